// Requests to the help center. Nothing rides on cookies: a conversation's secret goes in a header, never in an address.

import { readEvents } from "../shared.js";

/** The server has answered, and said no. */
export class Refused extends Error {
  constructor(status, problem, wait) {
    super(problem.detail ?? String(status));
    Object.assign(this, { status, code: problem.code, wait });
  }

  /** Whether the same request may be granted later. */
  get isForNow() {
    return this.status === 429 || this.status >= 500;
  }
}

/** No answer came: there is no connection, or the help center does not know this site. */
export class Unreachable extends Error {}

/** A request that takes longer than this is given up; it may be sent again with its key. */
const PATIENCE_MS = 20_000;
/** A stream says every 15 seconds that it lives. */
const SILENCE_MS = 45_000;

export class Api {
  constructor(base) {
    this.base = base;
  }

  /** The address of something that the help center names by its path. */
  address(path) {
    return new URL(path, this.base).href;
  }

  /** A request and its answer as JSON; `raw` gives the response. Throws `Refused`, `Unreachable`, or `AbortError`. */
  async call(method, path, { body, secret, key, signal, raw } = {}) {
    const giveUp = new AbortController();
    const late = setTimeout(() => giveUp.abort("late"), PATIENCE_MS);
    const cancel = () => giveUp.abort();
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const reply = await this.#send(method, path, {
        headers: headersOf({ body, secret, key }),
        body: body && JSON.stringify(body),
        signal: giveUp.signal,
      });
      if (raw) return reply;
      return reply.status === 204 ? undefined : await reply.json();
    } catch (error) {
      if (error instanceof Refused || signal?.aborted) throw error;
      throw new Unreachable();
    } finally {
      clearTimeout(late);
      signal?.removeEventListener("abort", cancel);
    }
  }

  /**
   * Follows a stream of events until it ends; `after` is the id of the last event that was seen. `heard({ id, event, data })`
   * is called for each, `isOpen()` once it runs.
   */
  async follow(path, { secret, after, signal, heard, isOpen }) {
    const giveUp = new AbortController();
    const cancel = () => giveUp.abort();
    signal.addEventListener("abort", cancel, { once: true });
    let silence = setTimeout(cancel, SILENCE_MS);
    try {
      const reply = await this.#send("GET", path, {
        headers: { ...headersOf({ secret }), accept: "text/event-stream", ...(after ? { "last-event-id": after } : {}) },
        signal: giveUp.signal,
        cache: "no-store",
      });
      isOpen();
      await readEvents(reply.body, heard, () => {
        clearTimeout(silence);
        silence = setTimeout(cancel, SILENCE_MS);
      });
    } finally {
      clearTimeout(silence);
      signal.removeEventListener("abort", cancel);
    }
  }

  async #send(method, path, more) {
    const reply = await fetch(this.base + path, { method, credentials: "omit", ...more });
    if (reply.ok) return reply;
    const problem = await reply.json().catch(() => ({}));
    throw new Refused(reply.status, problem, Number(reply.headers.get("retry-after")) * 1000 || 0);
  }
}

function headersOf({ body, secret, key }) {
  const headers = { accept: "application/json" };
  if (body) headers["content-type"] = "application/json";
  if (secret) headers.authorization = `Bearer ${secret}`;
  if (key) headers["idempotency-key"] = key;
  return headers;
}
