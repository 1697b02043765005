// Messages on their way: kept until the server has them, sent in the order in which they were written, each once. What one
// conversation cannot take at the moment does not hold up the others.

import { Refused } from "./api.js";
import { newKey } from "./memory.js";
import { pause } from "./stream.js";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** So long a tab is given to send what was written in it. */
const ITS_OWN_MS = 3_000;

export class Outbox {
  #acknowledged = new Map();
  #sending = null;
  #nap = new AbortController();
  #help = 0;

  /** `deliver(message)` brings one to the server; `failed(error)` hears what went wrong, `changed()` that something has. */
  constructor({ memory, deliver, failed, changed }) {
    Object.assign(this, { memory, deliver, failed, changed, isStuck: false });
  }

  /** What waits for a conversation, or for the one that is to be begun. */
  waiting(to = null) {
    return this.memory.outbox().filter((message) => (message.to ?? null) === to);
  }

  /** Keeps a message, and sends it. */
  say(text, to = null) {
    this.memory.post({ key: newKey(), text, at: Date.now(), to });
    this.changed();
    return this.send();
  }

  /** Tries a message again that was refused. */
  again(message) {
    this.memory.post({ ...message, failed: undefined });
    this.changed();
    this.send();
  }

  /** Takes a message back that was refused. */
  takeBack(message) {
    this.memory.posted(message);
    this.changed();
  }

  /** What was to begin a conversation belongs to this one. */
  address(to) {
    for (const message of this.waiting()) this.memory.post({ ...message, to });
  }

  /** A turn with this key has been seen: its message has arrived. */
  arrived(key) {
    this.#acknowledged.get(key)?.();
  }

  /** The connection is back: what waits need not wait longer. */
  wake() {
    this.#nap.abort();
    this.send();
  }

  /** Whether something is on its way. */
  get isBusy() {
    return this.#next() !== undefined;
  }

  send() {
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = null));
    return this.#sending;
  }

  /**
   * Another tab has something to send, and does so unless it is closed meanwhile. Both at once could begin two conversations
   * for one message: neither sees at once what the other has written down.
   */
  help() {
    clearTimeout(this.#help);
    this.#help = setTimeout(() => this.send(), ITS_OWN_MS);
  }

  async #sendAll() {
    for (let wait = FIRST_WAIT_MS; this.#next(); ) {
      let trouble = null;
      try {
        await this.memory.alone("send", async () => {
          const stuck = new Set();
          for (let next = this.#next(stuck); next; next = this.#next(stuck)) {
            try {
              await this.#send(next);
              wait = FIRST_WAIT_MS;
            } catch (error) {
              stuck.add(next.to ?? null);
              trouble = error;
            }
          }
        });
      } catch (error) {
        trouble = error;
      }
      this.isStuck = trouble !== null;
      if (!trouble) continue;
      this.failed(trouble);
      this.#nap = new AbortController();
      await pause(Math.max(wait, trouble.wait ?? 0), this.#nap.signal);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
    this.isStuck = false;
    this.changed();
  }

  #next(stuck) {
    return this.memory.outbox().find((message) => !message.failed && !stuck?.has(message.to ?? null));
  }

  /** Sends one message. The next one may follow as soon as this one is kept, before the bot has replied to it. */
  async #send(message) {
    const { key } = message;
    const isKept = new Promise((done) => this.#acknowledged.set(key, done));
    const replied = this.deliver(message);
    replied.catch(() => {});
    try {
      await Promise.race([replied, isKept]);
      this.memory.posted(message);
    } catch (error) {
      if (!(error instanceof Refused) || error.isForNow) throw error;
      const isGone = [401, 404].includes(error.status) && (message.to ?? null) !== null;
      // A conversation that is gone is begun anew by the next try; what was taken back meanwhile is not.
      if (isGone) this.#again(message, { to: null });
      else this.#again(message, { failed: error.code ?? "refused" });
    } finally {
      this.#acknowledged.delete(key);
      this.changed();
    }
  }

  #again(message, more) {
    const now = this.now(message);
    if (now) this.memory.post({ ...now, ...more });
  }

  /** The message as it is kept now; nothing if it was taken back. */
  now({ key }) {
    return this.memory.outbox().find((message) => message.key === key);
  }
}
