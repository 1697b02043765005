// The API, as the inbox uses it. Whoever is signed in by cookie sends the CSRF token with every change.

let csrf = document.querySelector("meta[name=csrf]")?.content ?? "";

/** A request that failed: `status` is 0 where nobody answered. */
export class Failure extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }

  /** The ticket has changed since it was seen, or somebody else has it. */
  get isConflict() {
    return this.status === 409 || this.status === 412;
  }
}

/** Longer than any answer takes; whoever waits for one that never comes could not try again. */
const LONGEST = 30_000;

async function send(method, path, { body, headers = {} } = {}) {
  try {
    return await fetch(path, {
      method,
      signal: AbortSignal.timeout(LONGEST),
      credentials: "same-origin",
      headers: {
        accept: "application/json",
        ...(method === "GET" ? {} : { "x-csrf-token": csrf }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "TimeoutError") throw new Failure(0, "unreachable", "The server did not answer in time.");
    throw new Failure(0, "unreachable", "The server cannot be reached.");
  }
}

async function call(method, path, options) {
  let reply = await send(method, path, options);
  if (reply.status === 204) return undefined;
  let read = await reply.json().catch(() => null);
  // Signed in again in another tab: the session is a new one, and so is its token.
  if (reply.status === 403 && read?.code === "cross_origin" && (await session.renew())) {
    reply = await send(method, path, options);
    if (reply.status === 204) return undefined;
    read = await reply.json().catch(() => null);
  }
  if (reply.status === 401) {
    session.ended();
    throw new Failure(401, "unauthorized", "You are signed out.");
  }
  if (!reply.ok) throw new Failure(reply.status, read?.code ?? "unknown", read?.detail ?? `The server answered with ${reply.status}.`);
  if (read === null) throw new Failure(0, "unreadable", "The answer of the server cannot be read.");
  return read;
}

/** Whether this page is still signed in as the one whom it was made for. */
export const session = {
  /** Called when a request says that nobody is signed in. */
  ended: () => {},
  /** Takes over the session that counts now, if it is the same person's; says whether it did. */
  async renew() {
    const reply = await send("GET", "/api/v1/session").catch(() => null);
    const now = reply?.ok ? await reply.json().catch(() => null) : null;
    if (now?.id !== document.getElementById("inbox").dataset.me || !now.csrf) return false;
    csrf = now.csrf;
    return true;
  },
};

const ticketPath = (reference) => `/api/v1/tickets/${encodeURIComponent(reference)}`;
const seen = (ticket) => ({ "if-match": `"${ticket.version}"` });

export const api = {
  list(view, { teams = [], cursor, limit = 50 } = {}) {
    const query = new URLSearchParams({ view, limit });
    if (view === "team") for (const team of teams) query.append("team", team);
    if (cursor) query.set("cursor", cursor);
    return call("GET", `/api/v1/tickets?${query}`);
  },
  counts: (teams) => call("GET", `/api/v1/tickets/counts?${new URLSearchParams({ teams: teams.join(",") })}`),
  ticket: (reference) => call("GET", ticketPath(reference)),
  turns: (reference) => call("GET", `${ticketPath(reference)}/turns`),
  customer: (reference) => call("GET", `${ticketPath(reference)}/customer`),
  facts: (reference) => call("GET", `${ticketPath(reference)}/facts`),
  nearest(reference, words) {
    const query = words ? `?${new URLSearchParams({ q: words })}` : "";
    return call("GET", `${ticketPath(reference)}/nearest${query}`);
  },
  claim: (ticket) => call("POST", `${ticketPath(ticket.reference)}/claim`, { headers: seen(ticket) }),
  reply(ticket, text, key) {
    return call("POST", `${ticketPath(ticket.reference)}/reply`, { body: { text }, headers: { ...seen(ticket), "idempotency-key": key } });
  },
  note(ticket, text, key) {
    // A note collides with nothing, so no version is asked for.
    return call("POST", `${ticketPath(ticket.reference)}/notes`, { body: { text }, headers: { "idempotency-key": key } });
  },
  act: (ticket, act) => call("POST", `${ticketPath(ticket.reference)}/acts`, { body: act, headers: seen(ticket) }),
  resolve: (ticket, note) => call("POST", `${ticketPath(ticket.reference)}/resolve`, { body: { note, version: ticket.version } }),
  presence: (reference, viewing, typing) => call("POST", `${ticketPath(reference)}/presence`, { body: { viewing, typing } }),
  people: () => call("GET", "/api/v1/people"),
  me: () => call("GET", "/api/v1/people/me"),
  duties: (since, until) => call("GET", `/api/v1/duties?${new URLSearchParams({ since, until })}`),
  availability: (availability) => call("POST", "/api/v1/people/me/availability", { body: { availability } }),
};
