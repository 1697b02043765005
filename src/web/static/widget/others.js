// The visitor's other conversations: what is known of each, and what comes in there. They are not streamed; one tab asks now
// and then for those that people still have.

import { Refused } from "./api.js";
import { pause } from "./stream.js";

const WATCH_MS = 15_000;
const WATCH_HIDDEN_MS = 60_000;
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

  /** `changed()` is called when there is something new in one of them. */
  constructor({ api, memory, changed }) {
    Object.assign(this, { api, memory, changed });
    addEventListener("pagehide", () => this.#watching?.abort());
    addEventListener("pageshow", (event) => event.persisted && this.watch());
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
    this.watch();
  }

  /** Takes one out, to go on with it. */
  take(id) {
    const found = this.memory.get(`past:${id}`);
    this.memory.set(`past:${id}`, null);
    return found;
  }

  /** Asks what is new in those that people have, from one tab, as long as there are any. */
  watch() {
    if (this.#watching || this.#waiting().length === 0) return;
    const ended = new AbortController();
    this.#watching = ended;
    const look = async () => {
      while (!ended.signal.aborted && this.#waiting().length > 0) {
        let wait = document.visibilityState === "visible" ? WATCH_MS : WATCH_HIDDEN_MS;
        for (const { id } of this.#waiting()) wait = Math.max(wait, await this.look(id));
        await pause(wait, ended.signal);
      }
    };
    const done = () => {
      if (this.#watching === ended) this.#watching = null;
    };
    Promise.resolve(this.memory.alone("watch", look, { signal: ended.signal })).then(done, done);
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
