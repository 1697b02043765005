// The visitor's other conversations: what is known of each, and what comes in there. They are not streamed; one tab that can
// be seen asks for those that people still have: soon after somebody came to the page, wrote there or was answered there, more
// and more rarely where nothing happens, never while nobody looks.

import { Refused } from "./api.js";
import { pause } from "./stream.js";

const SOONEST_MS = 5_000;
const LATEST_MS = 60_000;
/** From one look that found nothing to the next. */
const SLOWER = 1.5;
/** So many are kept; the oldest one that nobody has to answer goes first. */
const MOST = 8;
const LONGEST_TITLE = 120;
const LONGEST_SAID = 140;

/** What a list shows of a conversation: `{ title, at, state, people }`. */
export function summary(view, turns) {
  const last = turns.at(-1);
  return {
    title: turns.find((turn) => turn.kind === "customer")?.text.slice(0, LONGEST_TITLE),
    at: last?.at,
    state: view?.ticket_state ?? null,
    people: view?.with_people ?? false,
  };
}

/** What stands between a conversation and its end, as the name of a text. */
export function standing({ state, people }) {
  if (state === "ended" || state === "solved") return `state_${state}`;
  if (!people) return "state_bot";
  return state === "waiting" || state === "resolved" ? "state_answered" : "head_waiting";
}

export class Others {
  #watching = null;
  /** The wait between two looks: what ends it, how long it is, and before when the server wants none. */
  #nap = null;
  #pace = SOONEST_MS;
  #notBefore = 0;

  /** `changed()` is called when there is something new in one of them. */
  constructor({ api, memory, changed }) {
    Object.assign(this, { api, memory, changed });
    addEventListener("pagehide", () => this.#rest());
    addEventListener("pageshow", (event) => event.persisted && this.watch());
    // The lock goes with it, so that a tab that can be seen gets it.
    document.addEventListener("visibilitychange", () => (isSeen() ? this.watch() : this.#rest()));
    addEventListener("focus", () => this.soon());
  }

  /** Newest first. */
  get all() {
    return this.memory.all("past:").sort((a, b) => (b.at ?? "").localeCompare(a.at ?? ""));
  }

  get unread() {
    return this.all.reduce((sum, { unread = 0 }) => sum + unread, 0);
  }

  #waiting() {
    return this.all.filter(({ people, state }) => people && !["ended", "solved"].includes(state));
  }

  /** Puts a conversation here: `{ id, secret, subject }` with its summary. */
  keep(conversation) {
    this.memory.set(`past:${conversation.id}`, conversation);
    const surplus = this.all.length - MOST;
    const waiting = new Set(this.#waiting().map(({ id }) => id));
    const oldest = this.all.reverse().sort((a, b) => waiting.has(a.id) - waiting.has(b.id));
    for (const { id } of oldest.filter(({ id }) => id !== conversation.id).slice(0, Math.max(0, surplus))) this.memory.forget(id);
    this.soon();
  }

  /** Takes one out, to go on with it. */
  take(id) {
    const found = this.memory.get(`past:${id}`);
    this.memory.set(`past:${id}`, null);
    return found;
  }

  /** Asks what is new in those that people have, from one tab, as long as there are any. */
  watch() {
    if (this.#watching || !isSeen() || this.#waiting().length === 0) return;
    const ended = new AbortController();
    this.#watching = ended;
    const look = async () => {
      this.#pace = SOONEST_MS;
      while (!ended.signal.aborted && this.#waiting().length > 0) {
        let asked = 0;
        for (const { id } of this.#waiting()) asked = Math.max(asked, await this.look(id));
        if (ended.signal.aborted) return;
        this.#notBefore = performance.now() + asked;
        this.#nap = new AbortController();
        const wait = Math.max(asked, this.#pace);
        this.#pace = Math.min(this.#pace * SLOWER, LATEST_MS);
        await pause(wait, this.#nap.signal);
      }
    };
    const done = () => {
      if (this.#watching === ended) this.#watching = null;
    };
    Promise.resolve(this.memory.alone("watch", look, { signal: ended.signal })).then(done, done);
  }

  /** Something may be new: looks at once, in whichever tab it is that looks, and stays at it for a while. */
  soon() {
    if (this.#waiting().length === 0) return;
    // A word to the other tabs; nothing of it is to stay.
    this.memory.set("soon", Date.now());
    this.memory.set("soon", null);
    this.hurry();
  }

  /** What another tab has learned by `soon`. */
  hurry() {
    this.#pace = SOONEST_MS;
    this.watch();
    if (performance.now() >= this.#notBefore) this.#nap?.abort();
  }

  #rest() {
    this.#watching?.abort();
    this.#watching = null;
    this.#nap?.abort();
  }

  /** Asks what is new in one; returns for how long it had better not ask again, in milliseconds. */
  async look(id) {
    const one = this.memory.get(`past:${id}`);
    if (!one) return 0;
    const seen = Math.max(this.memory.get(`seen:${id}`) ?? 0, 1);
    try {
      const view = await this.api.call("GET", `/api/v1/conversations/${id}?after=${one.title ? seen : 0}`, { secret: one.secret });
      const now = this.memory.get(`past:${id}`);
      // Another tab may have gone on with it meanwhile.
      if (!now) return 0;
      const { title, at, ...fresh } = summary(view, view.turns);
      const unread = view.turns.filter((turn) => turn.number > seen && turn.kind !== "customer");
      const said = unread.findLast((turn) => turn.kind === "person");
      const next = { ...now, ...fresh, title: now.title ?? title, at: at ?? now.at, unread: unread.length, said: said && { text: said.text.slice(0, LONGEST_SAID), data: said.data } };
      if (JSON.stringify(next) !== JSON.stringify(now)) {
        this.#pace = SOONEST_MS;
        this.memory.set(`past:${id}`, next);
        this.changed();
      }
    } catch (error) {
      if (error instanceof Refused && [401, 404].includes(error.status)) {
        this.memory.forget(id);
        this.changed();
      }
      return error.wait ?? 0;
    }
    return 0;
  }
}

const isSeen = () => document.visibilityState === "visible";
