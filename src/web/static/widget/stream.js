// One stream of events for all tabs of a site: the tab that holds the lock reads it and tells the others.

import { Refused } from "./api.js";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const EARLY = 50;

export class Stream {
  #ended = null;
  #channel = null;
  /** What other tabs have told before this one had read the conversation. */
  #early = [];

  /** `heard(event)` gets each event once; `reached(yes)` says whether the help center answers; `gone()` that it knows nothing of it. */
  constructor({ api, memory, heard, reached, gone }) {
    Object.assign(this, { api, memory, heard, reached, gone, after: null, conversation: null });
    try {
      this.#channel = new BroadcastChannel(memory.prefix);
      this.#channel.onmessage = ({ data }) => {
        if (data.conversation === this.conversation?.id) this.#take(data);
        else this.#early = [...this.#early, data].slice(-EARLY);
      };
    } catch {
      // Where storage is forbidden, so is this; then there are no locks either, and each tab reads by itself.
    }
    // A page that sleeps in the browser's memory must not keep the others from reading.
    addEventListener("pagehide", () => this.#pause());
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.#run();
    });
  }

  get isRunning() {
    return this.#ended !== null;
  }

  /** Follows a conversation from event `after` on. */
  start(conversation, after) {
    if (this.conversation?.id === conversation.id && this.isRunning) return;
    this.stop();
    this.conversation = conversation;
    this.after = String(after);
    for (const event of this.#early.splice(0)) {
      if (event.conversation === conversation.id && numberOf(event.id) > numberOf(this.after)) this.#take(event);
    }
    this.#run();
  }

  stop() {
    this.#pause();
    this.conversation = null;
  }

  #pause() {
    this.#ended?.abort();
    this.#ended = null;
  }

  #run() {
    if (!this.conversation || this.#ended) return;
    const ended = new AbortController();
    this.#ended = ended;
    const read = () => this.#read(ended.signal);
    const lock = this.memory.alone("stream", read, { signal: ended.signal });
    Promise.resolve(lock).catch(() => {});
  }

  async #read(signal) {
    const { id, secret } = this.conversation;
    for (let wait = FIRST_WAIT_MS; !signal.aborted; ) {
      try {
        await this.api.follow(`/api/v1/conversations/${id}/stream`, {
          secret,
          after: this.after,
          signal,
          isOpen: () => {
            wait = FIRST_WAIT_MS;
            this.reached(true);
          },
          heard: (event) => {
            const told = { ...event, conversation: id };
            this.#take(told);
            this.#channel?.postMessage(told);
          },
        });
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Refused && [401, 404].includes(error.status)) return this.gone();
        if (error instanceof Refused && error.status === 400) return this.gone("position");
        if (!(error instanceof Refused)) this.reached(false);
        wait = Math.max(wait, error.wait ?? 0);
      }
      await pause(wait * (0.75 + Math.random() / 2), signal);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }

  #take(event) {
    if (event.id) this.after = event.id;
    this.heard(event);
  }
}

/** The number in `conversation:01M8…=17`, the id of an event, or in a bare `17`; what only passes has none. */
const numberOf = (id) => Number(String(id ?? "").split("=").at(-1) || NaN);

/** Waits, less if the connection comes back or nobody waits any more. */
export function pause(ms, signal) {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      signal?.removeEventListener("abort", end);
      done();
    };
    const timer = setTimeout(end, ms);
    addEventListener("online", end);
    signal?.addEventListener("abort", end);
  });
}
