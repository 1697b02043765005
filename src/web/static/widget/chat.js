// The present conversation: what is known of it in this tab, and what the customer can do. Says `change` when something is
// new. What is said goes through the outbox, so that neither a lost connection nor a reload loses it or sends it twice. A
// customer may begin another one while people have the first; all tabs show the same one.

import { Refused, Unreachable } from "./api.js";
import { Others, summary } from "./others.js";
import { Outbox } from "./outbox.js";
import { Stream, pause } from "./stream.js";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** Whoever types says so again within this time. */
const TYPING_MS = 12_000;
const TYPING_EVERY_MS = 5_000;
const PREVIEW_EVERY_MS = 1_500;

export class Chat extends EventTarget {
  #typed = { at: 0, on: false, timer: 0 };
  #seenTimer = 0;
  #lookTimer = 0;
  #load = { timer: 0, wait: FIRST_WAIT_MS, number: 0 };
  #beginning = null;
  /** Another number for each conversation that stands here; one that is begun keeps its number. */
  place = 0;

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
    const changed = () => this.#tell();
    this.others = new Others({ api, memory, changed });
    this.outbox = new Outbox({
      memory,
      changed,
      deliver: (message) => this.#deliver(message),
      failed: (error) => {
        if (error instanceof Unreachable) this.#reach(false);
        this.isThinking = false;
        this.#tell();
      },
    });
    this.#clear();
    this.isReached = navigator.onLine;
    addEventListener("online", () => this.#reach(true));
    addEventListener("offline", () => this.#reach(false));
    memory.onChange((name) => this.#changedElsewhere(name));
    this.outbox.send();
    this.others.watch();
  }

  #clear() {
    this.stream.stop();
    clearTimeout(this.typing?.timer);
    for (const timer of [this.#typed.timer, this.#seenTimer, this.#lookTimer, this.#load.timer]) clearTimeout(timer);
    this.#typed = { at: 0, on: false, timer: 0 };
    this.turns = new Map();
    this.view = null;
    this.typing = null;
    this.isThinking = false;
    this.place++;
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

  /** Messages on their way here. */
  get unsent() {
    const sent = new Set(this.said.map((turn) => turn.key));
    return this.outbox.waiting(this.kept?.id).filter((message) => !sent.has(message.key));
  }

  get lastNumber() {
    return Math.max(0, ...this.turns.keys());
  }

  /** Turns of others that nobody has seen. */
  get unread() {
    const seen = this.#seen;
    return this.said.filter((turn) => turn.number > Math.max(seen, 1) && turn.kind !== "customer");
  }

  get #seen() {
    return this.memory.get(`seen:${this.kept?.id}`) ?? 0;
  }

  /** What the customer has said about an episode: `{ word, rating }`. */
  mark(episode) {
    return this.memory.get(`marks:${this.kept?.id}`)?.[episode] ?? {};
  }

  #setMark(kept, episode, mark) {
    const name = `marks:${kept.id}`;
    const marks = this.memory.get(name) ?? {};
    this.memory.set(name, { ...marks, [episode]: { ...marks[episode], ...mark } });
    this.#tell();
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
    const load = this.#load;
    clearTimeout(load.timer);
    if (!kept) return;
    // Another tab, or the customer, may have gone to another one meanwhile; or it is being read anew.
    const number = ++load.number;
    const isHere = () => this.kept?.id === kept.id && number === load.number;
    // What is told from now on may be newer than what is read: the stream keeps it until it goes on from there.
    this.stream.stop();
    try {
      const view = await this.#of(kept, "GET", "");
      if (!isHere()) return;
      load.wait = FIRST_WAIT_MS;
      this.#apply(view, { whole: true });
      this.follow();
    } catch (error) {
      if (!isHere() || !(error instanceof Unreachable || error.isForNow)) return;
      clearTimeout(load.timer);
      load.timer = setTimeout(() => this.load(), Math.max(load.wait, error.wait ?? 0));
      load.wait = Math.min(load.wait * 2, LONGEST_WAIT_MS);
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
    if (!kept) return;
    if (this.kept?.id === kept.id) this.forget({ keepUnsent: true });
    else this.memory.forget(kept.id);
  }

  #apply(view, { whole = false } = {}) {
    // A reply about the conversation that stood here before.
    if (this.kept?.id !== view.id) return;
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
      if (turn.key) this.outbox.arrived(turn.key);
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

  #lookAgain(wait = 150) {
    clearTimeout(this.#lookTimer);
    this.#lookTimer = setTimeout(async () => {
      const kept = this.kept;
      if (!kept) return;
      try {
        this.#apply(await this.#of(kept, "GET", ""));
      } catch (error) {
        // What was told once is not told again: it is asked for until there is an answer.
        const isForNow = error instanceof Unreachable || error.isForNow;
        if (isForNow && this.kept?.id === kept.id) this.#lookAgain(Math.max(FIRST_WAIT_MS * 5, error.wait ?? 0));
      }
    }, wait);
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
    if (yes) {
      this.outbox.wake();
      if (!this.view && (this.isOpen || this.kept?.people)) this.load();
    }
    this.#tell();
  }

  #changedElsewhere(name) {
    if (["conversation", ""].includes(name) && this.kept?.id !== this.view?.id) {
      this.#clear();
      if (this.isOpen || this.kept?.people) this.load();
    }
    if (name.startsWith("out:")) this.outbox.help();
    if (name.startsWith("past:")) this.others.watch();
    if (name === "soon") this.others.hurry();
    this.#tell();
  }

  // What the customer does

  /** Says something; it is kept until the server has it. */
  say(text) {
    this.types("");
    return this.outbox.say(text, this.kept?.id);
  }

  /** Brings a message to its conversation. */
  async #deliver(message) {
    const kept = await this.#addressee(message);
    // Forgotten meanwhile, and what was to be said there with it.
    if (!kept) return;
    const isHere = () => this.kept?.id === kept.id;
    if (isHere() && !this.withPeople) {
      this.isThinking = true;
      this.#tell();
    }
    try {
      const { text, key } = message;
      const said = await this.#of(kept, "POST", "/turns", { body: { text }, key });
      if (isHere()) this.#take([said.turn, ...said.replies]);
      else this.others.look(kept.id).then(() => this.others.soon());
    } catch (error) {
      if (error.status === 409 && isHere()) this.#lookAgain();
      throw error;
    } finally {
      if (isHere()) this.isThinking = false;
      this.#tell();
    }
  }

  /** The conversation for a message. One that was to begin a conversation does so even if the customer has left it. */
  async #addressee(message) {
    let { to } = message;
    if (!to) {
      await (this.kept ? this.#start({ aside: true }) : this.#startOnce());
      const now = this.outbox.now(message);
      to = now && (now.to ?? this.kept?.id);
    }
    return to && to === this.kept?.id ? this.begin() : this.memory.get(`past:${to}`);
  }

  #startOnce() {
    return (this.#beginning ??= this.#start().finally(() => (this.#beginning = null)));
  }

  /** The conversation, begun if there is none. */
  async begin() {
    if (!this.kept) await this.#startOnce();
    if (!this.view) await this.load();
    this.follow();
    // One that the server does not know any more has just been forgotten.
    return this.kept ?? this.begin();
  }

  /** Begins a conversation: the present one, or `aside` one among the others. */
  #start({ aside = false } = {}) {
    return this.memory.alone("begin", async () => {
      if (this.kept && !aside) return undefined;
      const { place } = this;
      const { lang, context, identity, subject } = this.visitor();
      // Times in letters and receipts are told in the visitor's own zone.
      const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      const body = { lang, context: { time_zone, ...context }, identity };
      const begin = (body) => this.api.call("POST", "/api/v1/conversations", { body });
      const { secret, ...view } = await begin(body).catch((error) => {
        if (!identity || error.status !== 401) throw error;
        console.warn(`Tanya: the identity is not valid; the conversation begins without it. ${error.message}`);
        return begin({ ...body, identity: null });
      });
      const kept = { id: view.id, secret, subject, people: view.with_people };
      this.outbox.address(view.id);
      this.memory.set(`seen:${view.id}`, view.turns.length);
      if (this.kept || this.place !== place) {
        this.others.keep({ ...kept, ...summary(view, view.turns) });
      } else {
        this.memory.set("conversation", kept);
        this.#apply(view, { whole: true });
      }
      return kept;
    });
  }

  // Several conversations

  /** Puts the present conversation aside; the next words begin another one. */
  startAnew() {
    this.#putAside();
    this.memory.set("conversation", null);
    this.#clear();
    this.#tell();
  }

  /** Goes on with another conversation. */
  open(id) {
    const other = this.others.take(id);
    if (!other) return this.#tell();
    this.#putAside();
    const { secret, subject, people } = other;
    this.memory.set("conversation", { id, secret, subject, people });
    this.#clear();
    this.#tell();
    return this.load();
  }

  #putAside() {
    const { kept, said } = this;
    if (!kept) return;
    const isEmpty = this.view && !kept.people && this.unsent.length === 0 && !said.some((turn) => turn.kind === "customer");
    if (isEmpty) return this.memory.forget(kept.id);
    const known = this.view ? summary(this.view, said) : { people: kept.people };
    this.others.keep({ ...kept, ...known, unread: this.unread.length });
  }

  /** What a list of conversations shows of the present one. */
  get summary() {
    return { id: this.kept?.id, ...summary(this.view, this.said) };
  }

  /** Asks for a person. */
  async person() {
    // What was written before belongs to it; without a connection this one cannot be kept for later as messages can.
    if (this.outbox.isBusy) await Promise.race([this.outbox.send(), pause(3_000)]);
    this.#apply(await this.#of(await this.begin(), "POST", "/person"));
  }

  /** Says whether it helped: `helped` or `did_not_help`. */
  async word(word, episode) {
    const kept = await this.begin();
    this.#apply(await this.#of(kept, "POST", "/word", { body: { word } }));
    this.#setMark(kept, episode, { word });
  }

  async details(details) {
    this.#apply(await this.#of(await this.begin(), "PATCH", "/details", { body: details }));
  }

  async rate(episode, rating, note) {
    const kept = await this.begin();
    await this.#of(kept, "PUT", "/rating", { body: { rating, note: note || null } });
    this.#setMark(kept, episode, { rating });
  }

  /** Lets agents see what is being typed, or no longer. */
  async showTyping(consent) {
    const kept = await this.begin();
    await this.#of(kept, "POST", "/presence", { body: { consent } });
    if (this.view?.id === kept.id) this.view.shows_typing = consent;
    this.#tell();
  }

  /** Everything up to the last turn has been on the screen. */
  see() {
    const last = this.lastNumber;
    if (!this.kept || last <= this.#seen) return;
    this.memory.set(`seen:${this.kept.id}`, last);
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
  forget({ keepUnsent = false } = {}) {
    const { id } = this.kept ?? {};
    // What waits to be said is for the next one, if this one is not known any more.
    if (keepUnsent) this.memory.release(id);
    this.memory.forget(id);
    this.#clear();
    this.#tell();
  }

  /** Somebody else is here now; what stood here may be forgotten already. */
  left() {
    if (this.view && this.kept?.id === this.view.id) return this.#tell();
    this.#clear();
    this.#tell();
  }

  /** Forgets all that this visitor has said on this device. */
  forgetAll() {
    this.memory.forgetAll();
    this.#clear();
    this.#tell();
  }
}
