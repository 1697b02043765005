// The conversation: what is known of it in this tab, and what the customer can do. Says `change` when something is new.
// What is said goes through the outbox, so that neither a lost connection nor a reload loses it or sends it twice.

import { Refused, Unreachable } from "./api.js";
import { newKey } from "./memory.js";
import { Stream, pause } from "./stream.js";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** Whoever types says so again within this time. */
const TYPING_MS = 12_000;
const TYPING_EVERY_MS = 5_000;
const PREVIEW_EVERY_MS = 1_500;

export class Chat extends EventTarget {
  #acknowledged = new Map();
  #typed = { at: 0, on: false, timer: 0 };
  #seenTimer = 0;
  #stop = new AbortController();

  /** `visitor` gives `{ lang, context, identity, subject }` of the moment. */
  constructor({ api, memory, visitor }) {
    super();
    Object.assign(this, { api, memory, visitor });
    this.stream = new Stream({
      api,
      memory,
      heard: (event) => this.#heard(event),
      reached: (yes) => this.#reach(yes),
      gone: (what) => (what ? this.load() : this.#gone()),
    });
    this.#clear();
    this.isReached = navigator.onLine;
    addEventListener("online", () => this.#reach(true));
    addEventListener("offline", () => this.#reach(false));
    memory.onChange((name) => this.#changedElsewhere(name));
    this.#drain();
  }

  #clear() {
    this.turns = new Map();
    this.view = null;
    this.typing = null;
    this.isThinking = false;
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }

  /** What this site remembers of the conversation: `{ id, secret, subject, people }`. */
  get kept() {
    return this.memory.get("conversation");
  }

  get withPeople() {
    return this.view?.with_people ?? false;
  }

  get isEnded() {
    return this.view?.ticket_state === "ended";
  }

  /** Turns, oldest first. */
  get said() {
    return [...this.turns.values()].sort((a, b) => a.number - b.number);
  }

  /** Messages on their way. */
  get outbox() {
    const sent = new Set(this.said.map((turn) => turn.key));
    return this.memory.outbox().filter((message) => !sent.has(message.key));
  }

  get lastNumber() {
    return Math.max(0, ...this.turns.keys());
  }

  /** Turns of others that nobody has seen. */
  get unread() {
    const seen = this.memory.get("seen") ?? 0;
    return this.said.filter((turn) => turn.number > Math.max(seen, 1) && turn.kind !== "customer");
  }

  /** What the customer has said about an episode: `{ word, rating }`. */
  mark(episode) {
    return this.memory.get("marks")?.[episode] ?? {};
  }

  #setMark(episode, mark) {
    const marks = this.memory.get("marks") ?? {};
    this.memory.set("marks", { ...marks, [episode]: { ...marks[episode], ...mark } });
  }

  /** The customer's episode, a span from a question to its end. */
  get episode() {
    return Math.max(0, ...this.said.map((turn) => turn.episode));
  }

  // What stands

  /** The page is there: what people have to say is followed even while the panel is closed. */
  start() {
    if (this.kept?.people) this.load();
  }

  opened() {
    this.isOpen = true;
    if (this.view) this.follow();
    else this.load();
  }

  closed() {
    this.isOpen = false;
    if (!this.kept?.people) this.unfollow();
  }

  /** Reads the conversation that this site remembers, if there is one, and follows it. */
  async load() {
    const kept = this.kept;
    if (!kept) return;
    try {
      const view = await this.#of(kept, "GET", "");
      // Another tab may have begun a new one meanwhile.
      if (this.kept?.id === kept.id) this.#apply(view, { whole: true });
      this.stream.stop();
      this.follow();
    } catch (error) {
      if (error instanceof Unreachable || error.isForNow) setTimeout(() => this.load(), FIRST_WAIT_MS * 5);
    }
  }

  /** Live events, if anybody looks or somebody may write; from where the conversation was read. */
  follow() {
    const { kept, view } = this;
    if (kept && view && (this.isOpen || kept.people)) this.stream.start(kept, view.stream);
  }

  /** No live events until it is asked for again. */
  unfollow() {
    this.stream.stop();
  }

  /** A request about the conversation. One that the server does not know any more is forgotten. */
  async #of(kept, method, path, more = {}) {
    try {
      const reply = await this.api.call(method, `/api/v1/conversations/${kept.id}${path}`, { secret: kept.secret, ...more });
      this.#reach(true);
      return reply;
    } catch (error) {
      if (error instanceof Unreachable) this.#reach(false);
      if (error instanceof Refused && [401, 404].includes(error.status)) this.#gone(kept);
      throw error;
    }
  }

  #gone(kept = this.stream.conversation) {
    if (kept && this.kept?.id === kept.id) this.forget();
  }

  #apply(view, { whole = false } = {}) {
    if (whole) this.turns.clear();
    this.view = view;
    this.#merge(view.turns);
    const kept = this.kept;
    if (kept && kept.people !== view.with_people) this.memory.set("conversation", { ...kept, people: view.with_people });
    this.#tell();
  }

  #merge(turns) {
    for (const turn of turns) {
      this.turns.set(turn.number, turn);
      if (turn.key) this.#acknowledged.get(turn.key)?.();
      if (turn.kind === "person") this.typing = null;
    }
    const last = this.said.at(-1);
    if (last && last.kind !== "customer" && last.data.kind !== "masked") this.isThinking = false;
    this.#tell();
  }

  /** Turns that have just come; a receipt among them means that people have it from now on. */
  #take(turns) {
    const kept = this.kept;
    if (this.view && kept && turns.some((turn) => turn.kind === "receipt" && !this.turns.has(turn.number))) {
      this.view.with_people = true;
      this.memory.set("conversation", { ...kept, people: true });
      this.follow();
    }
    this.#merge(turns);
  }

  #heard({ event, data }) {
    if (event === "turn") this.#take([data]);
    if (event === "presence") this.#showTyping(data);
    // The rest says that something stands otherwise now, not how.
    if (event === "ticket" || event === "conversation") this.#lookAgain();
    if (event === "reload") this.load();
  }

  #lookAgain() {
    clearTimeout(this.lookTimer);
    this.lookTimer = setTimeout(async () => {
      const kept = this.kept;
      const view = kept && (await this.#of(kept, "GET", "").catch(() => null));
      if (view && this.kept?.id === kept.id) this.#apply(view);
    }, 150);
  }

  #showTyping({ name, picture }) {
    clearTimeout(this.typing?.timer);
    const timer = setTimeout(() => {
      this.typing = null;
      this.#tell();
    }, TYPING_MS);
    this.typing = { name, picture, timer };
    this.#tell();
  }

  #reach(yes) {
    if (this.isReached === yes) return;
    this.isReached = yes;
    if (yes) this.#drain();
    this.#tell();
  }

  #changedElsewhere(name) {
    if (name === "conversation" && this.kept?.id !== this.view?.id) {
      this.#clear();
      this.stream.stop();
      this.load();
    }
    if (name.startsWith("out:")) this.#drain();
    this.#tell();
  }

  // What the customer does

  /** Says something; it is kept until the server has it. */
  say(text) {
    this.memory.post({ key: newKey(), text, at: Date.now() });
    this.types("");
    this.#tell();
    return this.#drain();
  }

  /** Tries a message again that was refused. */
  again(message) {
    this.memory.post({ ...message, failed: undefined });
    this.#tell();
    this.#drain();
  }

  /** Takes a message back that was refused. */
  takeBack(message) {
    this.memory.posted(message);
    this.#tell();
  }

  #drain() {
    this.draining ??= this.#sendAll().finally(() => (this.draining = null));
    return this.draining;
  }

  async #sendAll() {
    for (let wait = FIRST_WAIT_MS; this.#next(); ) {
      try {
        await this.memory.alone("send", async () => {
          for (let next = this.#next(); next; next = this.#next()) {
            await this.#send(next);
            wait = FIRST_WAIT_MS;
          }
        });
      } catch (error) {
        if (error instanceof Unreachable) this.#reach(false);
        this.isThinking = false;
        this.#tell();
        await pause(Math.max(wait, error.wait ?? 0), this.#stop.signal);
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      }
    }
  }

  #next() {
    return this.memory.outbox().find((message) => !message.failed);
  }

  /** Sends one message. The next one may follow as soon as this one is kept, before the bot has replied to it. */
  async #send(message) {
    const kept = await this.begin();
    const { key, text } = message;
    if (!this.withPeople) {
      this.isThinking = true;
      this.#tell();
    }
    const isKept = new Promise((done) => this.#acknowledged.set(key, done));
    const replied = this.#of(kept, "POST", "/turns", { body: { text }, key }).then((said) => {
      if (this.kept?.id === kept.id) this.#take([said.turn, ...said.replies]);
      this.isThinking = false;
      this.#tell();
    });
    replied.catch(() => (this.isThinking = false));
    try {
      await Promise.race([replied, isKept]);
      this.memory.posted(message);
    } catch (error) {
      // A conversation that is gone is begun anew by the next try.
      if (!(error instanceof Refused) || error.isForNow) throw error;
      if (![401, 404].includes(error.status)) {
        this.memory.post({ ...message, failed: error.code ?? "refused" });
        if (error.status === 409) this.#lookAgain();
      }
    } finally {
      this.#acknowledged.delete(key);
      this.#tell();
    }
  }

  /** The conversation, begun if there is none. */
  async begin() {
    if (!this.kept) {
      await this.memory.alone("begin", async () => {
        if (this.kept) return;
        const { lang, context, identity, subject } = this.visitor();
        const body = { lang, context, identity };
        const begin = (body) => this.api.call("POST", "/api/v1/conversations", { body });
        const { secret, ...view } = await begin(body).catch((error) => {
          if (!identity || error.status !== 401) throw error;
          console.warn("Tanya: the identity is not valid; the conversation begins without it.");
          return begin({ ...body, identity: null });
        });
        this.memory.set("seen", view.turns.length);
        this.memory.set("conversation", { id: view.id, secret, subject, people: view.with_people });
        this.#apply(view, { whole: true });
      });
    }
    if (!this.view) await this.load();
    this.follow();
    return this.kept;
  }

  /** Asks for a person. */
  async person() {
    // What was written before belongs to it; without a connection this one cannot be kept for later as messages can.
    if (this.#next()) await Promise.race([this.#drain(), pause(3_000)]);
    this.#apply(await this.#of(await this.begin(), "POST", "/person"));
  }

  /** Says whether it helped: `helped` or `did_not_help`. */
  async word(word, episode) {
    this.#apply(await this.#of(this.kept, "POST", "/word", { body: { word } }));
    this.#setMark(episode, { word });
    this.#tell();
  }

  async details(details) {
    this.#apply(await this.#of(await this.begin(), "PATCH", "/details", { body: details }));
  }

  async rate(episode, rating, note) {
    await this.#of(this.kept, "PUT", "/rating", { body: { rating, note: note || null } });
    this.#setMark(episode, { rating });
    this.#tell();
  }

  /** Lets agents see what is being typed, or no longer. */
  async showTyping(consent) {
    await this.#of(await this.begin(), "POST", "/presence", { body: { consent } });
    if (this.view) this.view.shows_typing = consent;
    this.#tell();
  }

  /** Everything up to the last turn has been on the screen. */
  see() {
    const last = this.lastNumber;
    if (last <= (this.memory.get("seen") ?? 0)) return;
    this.memory.set("seen", last);
    this.#tell();
    clearTimeout(this.#seenTimer);
    this.#seenTimer = setTimeout(() => this.#presence({ seen: this.lastNumber }), 700);
  }

  /** The customer is typing; people who have the conversation are told, now and then. */
  types(text) {
    if (!this.withPeople) return;
    const typed = this.#typed;
    const preview = this.view.shows_typing ? text : undefined;
    const every = preview === undefined ? TYPING_EVERY_MS : PREVIEW_EVERY_MS;
    clearTimeout(typed.timer);
    const tell = (typing) => {
      Object.assign(typed, { at: Date.now(), on: typing });
      this.#presence({ typing, preview: typing ? preview : undefined });
    };
    if (!text) {
      if (typed.on) tell(false);
      return;
    }
    const left = typed.at + every - Date.now();
    if (!typed.on || left <= 0) tell(true);
    else if (preview !== undefined) typed.timer = setTimeout(() => tell(true), left);
    if (preview === undefined) typed.timer = setTimeout(() => tell(false), TYPING_EVERY_MS + 1_000);
  }

  #presence(body) {
    const kept = this.kept;
    // What only passes is not worth a second try.
    if (kept) this.#of(kept, "POST", "/presence", { body }).catch(() => {});
  }

  /** The conversation as a text. */
  async transcript() {
    const kept = this.kept;
    const reply = await this.#of(kept, "GET", "/transcript", { raw: true });
    return reply.blob();
  }

  /** Forgets the conversation on this device. */
  forget() {
    this.stream.stop();
    this.memory.forget();
    this.#clear();
    this.#tell();
  }
}
