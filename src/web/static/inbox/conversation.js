// The conversation that is open: its messages, who else is here, and what is done with it.

import { el } from "../shared.js";
import { announce, icon, toast } from "./dom.js";
import { api } from "./api.js";
import { clock } from "./list.js";
import { Composer } from "./composer.js";
import { reasonsAgainst } from "./acts.js";
import { paintHead } from "./head.js";
import { authorOf, dayElement, turnElement } from "./turns.js";
import { askMerge, askPassage, askPerson, askReason, askResolve, askSnooze, askTeam, forget } from "./dialogs.js";
import { customerName } from "./words.js";

/** Somebody who has said nothing for so long is gone. */
const GONE = 15_000;
/** How often we say that we are here. */
const HERE = 10_000;

export class Conversation {
  #root = document.getElementById("conversation");
  #ticket = null;
  #thread = null;
  #composer = null;
  #others = new Map();
  #customer = null;
  #turn = 0;
  #lastSaid = 0;
  #saidTyping = false;
  #ends = null;

  /** `desk`: who we are, names, the stream, and what hears of changes. */
  constructor(desk) {
    this.desk = desk;
    this.#nothing();
    setInterval(() => this.#here(), HERE);
    setInterval(() => this.#paintPresence(), 2000);
    setInterval(() => this.#paintClock(), 15_000);
    document.addEventListener("visibilitychange", () => this.#here());
  }

  get ticket() {
    return this.#ticket;
  }

  get reference() {
    return this.#ticket?.reference ?? null;
  }

  async open(reference) {
    const turn = ++this.#turn;
    this.#leave();
    // Until the new one is there, no key may act on the old one.
    this.#ticket = this.#thread = this.#composer = null;
    this.#skeleton(reference);
    try {
      const [ticket, thread] = await Promise.all([api.ticket(reference), api.turns(reference)]);
      if (turn !== this.#turn) return null;
      this.#ticket = ticket;
      this.#thread = thread;
      this.#others.clear();
      this.#customer = null;
      this.#paint();
      this.desk.follow(this.#followed());
      this.#here();
      return ticket;
    } catch (error) {
      if (turn === this.#turn) this.#failed(reference, error);
      return null;
    }
  }

  /** Looks again at everything: events were missed. */
  async reload() {
    if (!this.#ticket) return;
    const [reference, turn] = [this.reference, this.#turn];
    const [ticket, thread] = await Promise.all([api.ticket(reference), api.turns(reference)]);
    if (turn !== this.#turn || reference !== this.reference) return;
    this.#thread = withNewer(thread, this.#thread);
    this.#paintTurns();
    this.update(ticket);
    this.desk.follow(this.#followed());
  }

  close() {
    this.#turn++;
    this.#leave();
    this.#ticket = this.#thread = null;
    this.#nothing();
    this.desk.follow(new Map());
  }

  #leave() {
    if (this.#ticket) api.presence(this.reference, false, false).catch(() => {});
  }

  #followed() {
    const all = [this.#thread, ...this.#thread.merged].filter((thread) => thread.conversation);
    return new Map(all.map((thread) => [thread.conversation, thread.stream]));
  }

  /** The ticket has changed. */
  update(ticket) {
    if (ticket.reference !== this.reference || ticket.version < this.#ticket.version) return;
    const absorbed = ticket.events.slice(this.#ticket.events.length).some((event) => event.kind === "absorbed");
    this.#ticket = ticket;
    this.#paintHead();
    // The words of the other ticket stand here from now on.
    if (absorbed) this.reload().catch(() => {});
  }

  /** A message has come in one of the streams that are followed. */
  heard(stream, turn) {
    const id = stream.slice("conversation:".length);
    const threads = this.#thread ? [this.#thread, ...this.#thread.merged] : [];
    const thread = threads.find((one) => one.conversation === id);
    if (!thread || thread.turns.some((known) => known.number === turn.number)) return;
    thread.turns.push(turn);
    if (turn.kind === "customer") this.#customer = null;
    this.#paintTurns();
    this.#paintPresence();
    if (turn.author !== this.desk.me && turn.kind !== "system") {
      const who = turn.kind === "customer" ? customerName(this.#ticket) : (turn.data?.name ?? "Bot");
      announce(`${who}: ${turn.text}`);
    }
  }

  /** Somebody looks at it or types. */
  presence({ stream, who, name, viewing, typing, preview }) {
    if (!this.#thread || !this.#followed().has(stream.slice("conversation:".length))) return;
    if (who === this.desk.me) return;
    if (who === "customer") {
      this.#customer = typing ? { preview, at: Date.now() } : null;
    } else if (viewing || typing) {
      const isNew = !this.#others.has(who);
      this.#others.set(who, { name, typing, at: Date.now() });
      // Whoever comes learns at once that we are here.
      if (isNew && Date.now() - this.#lastSaid > 1000) this.#here();
    } else {
      this.#others.delete(who);
    }
    this.#paintPresence();
  }

  #here() {
    if (!this.#ticket || document.hidden) return;
    this.#lastSaid = Date.now();
    this.#saidTyping = this.#composer?.isTyping ?? false;
    api.presence(this.reference, true, this.#saidTyping).catch(() => {});
  }

  // What is done with it.

  /** Why an act cannot be done now, by its name. */
  #against() {
    return reasonsAgainst(this.#ticket, this.desk.self);
  }

  /** Whether an act can be done now; says why if not. */
  #may(name) {
    const why = this.#ticket && this.#against()[name];
    if (why) toast(why);
    return Boolean(this.#ticket) && !why;
  }

  /** Does something with the ticket as it was seen; gives it as it is then, or why that was not done. */
  async #try(what, seen, act) {
    try {
      const ticket = await act(seen);
      announce(what);
      this.desk.changed(ticket);
      return { ticket };
    } catch (error) {
      if (!error.isConflict) return { problem: error.message };
      const now = await api.ticket(seen.reference).catch(() => null);
      if (now) this.desk.changed(now);
      return { problem: `${error.message} It is shown as it is now.` };
    }
  }

  async #do(what, act, seen = this.#ticket) {
    const { ticket, problem } = await this.#try(what, seen, act);
    if (problem) toast(`Not done: ${problem}`, "bad");
    return ticket ?? null;
  }

  /** Asks for words first. They are asked for again, as they were typed, as long as the act is refused. */
  async #doWithWords(name, what, ask, act) {
    if (!this.#may(name)) return null;
    const keep = `${name}.${this.reference}`;
    for (let problem = null; ; ) {
      // What happens while the dialog is open has not been seen by whoever types.
      const seen = this.#ticket;
      const told = await ask({ keep, problem });
      if (!told) return null;
      const done = await this.#try(what, seen, (seen) => act(seen, told));
      if (done.ticket) {
        forget(keep);
        return done.ticket;
      }
      if (this.reference !== seen.reference) {
        toast(`Not done in ${seen.reference}: ${done.problem}`, "bad");
        return null;
      }
      problem = `Not done: ${done.problem}`;
    }
  }

  claim() {
    if (this.#may("claim")) return this.#do("Claimed. It is yours.", (seen) => api.claim(seen));
  }

  escalate() {
    const ask = (options) => askReason("Escalate", "What should a manager know?", "Escalate", options);
    return this.#doWithWords("escalate", "Escalated.", ask, (seen, reason) => api.act(seen, { act: "escalate", reason }));
  }

  async snooze() {
    if (this.#ticket?.state === "snoozed") return this.wake();
    if (!this.#may("snooze")) return;
    const seen = this.#ticket;
    const minutes = await askSnooze();
    if (minutes) await this.#do("Snoozed.", (seen) => api.act(seen, { act: "snooze", minutes }), seen);
  }

  wake() {
    if (this.#may("wake")) return this.#do("It is back.", (seen) => api.act(seen, { act: "wake" }));
  }

  async resolve() {
    const { reference } = this;
    const done = await this.#doWithWords("resolve", "Resolved.", askResolve, (seen, { note }) => api.resolve(seen, note));
    if (!done || this.reference !== reference) return;
    const next = this.desk.neighbour(reference);
    this.desk.next(next === reference ? null : next);
  }

  async merge() {
    if (!this.#may("merge")) return;
    const seen = this.#ticket;
    let known;
    try {
      known = await api.customer(seen.reference);
    } catch (error) {
      toast(`Other tickets of this customer cannot be loaded: ${error.message}`, "bad");
      return;
    }
    const into = await askMerge(known.others);
    if (!into) return;
    const target = await this.#do("Merged.", (seen) => api.act(seen, { act: "merge", into }), seen);
    if (target) {
      this.desk.gone(seen.reference);
      this.desk.open(target.reference);
    }
  }

  async assign() {
    if (!this.#may("assign")) return;
    const seen = this.#ticket;
    const told = await askPerson(this.desk.workers(), this.desk.me);
    if (told) await this.#do("Given.", (seen) => api.act(seen, { act: "assign", person: told.person }), seen);
  }

  async route() {
    if (!this.#may("route")) return;
    const seen = this.#ticket;
    const team = await askTeam(this.desk.teams(), seen.team);
    if (team) await this.#do(`Moved to ${team}.`, (seen) => api.act(seen, { act: "route", team }), seen);
  }

  release() {
    if (this.#may("release")) return this.#do("Given back to the queue.", (seen) => api.act(seen, { act: "release" }));
  }

  handBack() {
    if (this.#may("handBack")) return this.#do("Given back to the bot.", (seen) => api.act(seen, { act: "hand_back" }));
  }

  end() {
    const ask = (options) => askReason("End against the customer’s will", "Why? It is never counted as resolved.", "End", options);
    return this.#doWithWords("end", "Ended.", ask, (seen, reason) => api.act(seen, { act: "end", reason }));
  }

  write(mode) {
    this.#composer?.use(mode);
  }

  async article() {
    if (!this.#ticket) return;
    const { reference } = this;
    const passage = await askPassage(this.#ticket);
    if (passage && this.reference === reference) this.insert(passage);
  }

  /** Puts a passage with its address into the reply. */
  insert(passage) {
    const anchor = passage.anchor ? `#${passage.anchor}` : "";
    const url = new URL(passage.article.url + anchor, location.origin);
    this.#composer?.insert(`${passage.text.trim()}\n${url}`);
    announce(`Inserted from ${passage.article.title}.`);
  }

  // What it looks like.

  #nothing() {
    this.#composer = null;
    this.#root.replaceChildren(
      el("div", { class: "nothing" }, el("p", { class: "empty-head" }, "No ticket is open."), el("p", {}, el("kbd", {}, "j"), " and ", el("kbd", {}, "k"), " move through the list, ", el("kbd", {}, "Enter"), " opens, ", el("kbd", {}, "?"), " shows all keys.")),
    );
  }

  #skeleton(reference) {
    this.#root.replaceChildren(this.#back(), el("div", { class: "ghost-turns", "aria-busy": "true" }, el("p", { class: "visually-hidden" }, `Loading ${reference}`), el("span"), el("span"), el("span")));
  }

  #failed(reference, error) {
    this.#ticket = null;
    this.#root.replaceChildren(
      this.#back(),
      el(
        "div",
        { class: "nothing", role: "alert" },
        el("p", { class: "empty-head" }, error.status === 404 ? `There is no ticket ${reference}.` : "The ticket cannot be loaded."),
        el("p", {}, error.status === 404 ? "It may have been erased with its customer." : `${error.message} Drafts are kept.`),
        error.status !== 404 && el("p", {}, el("button", { type: "button", class: "button quiet small", onclick: () => this.desk.open(reference) }, "Try again")),
      ),
    );
  }

  #back() {
    return el("button", { type: "button", class: "back icon-button", "data-act": "back", "aria-label": "Back to the list", onclick: () => this.desk.back() }, icon("back"));
  }

  #paint() {
    this.#head = el("header", { class: "talk-head" });
    this.#turns = el("ol", { class: "turns", tabindex: "0", "aria-label": "Messages" });
    this.#typing = el("p", { class: "typing" });
    this.#composer = new Composer({
      ticket: () => this.#ticket,
      against: (mode) => this.#ticket && this.#against()[mode],
      lastTurn: () => this.#thread.turns.at(-1)?.number ?? 0,
      refresh: async (last) => {
        await this.reload();
        this.desk.changed(this.#ticket);
        const turns = this.#thread.turns.filter((turn) => turn.number > last && ["customer", "person", "note"].includes(turn.kind));
        return { ticket: this.#ticket, turns: turns.map((turn) => ({ text: turn.text, who: authorOf(turn, this.#names()) })) };
      },
      sent: ({ ticket, turn }) => {
        this.desk.changed(ticket);
        // By now another ticket may be open; and the first reply to an old ticket begins its conversation.
        if (ticket.reference === this.reference && ticket.conversation !== this.#thread.conversation) this.reload().catch(() => {});
        else if (turn) this.heard(`conversation:${ticket.conversation}`, turn);
        this.#here();
      },
      typing: () => (!this.#saidTyping || Date.now() - this.#lastSaid > 3000) && this.#here(),
      article: () => this.article(),
    });
    this.#root.replaceChildren(this.#head, this.#turns, this.#typing, this.#composer.element);
    this.#paintHead();
    this.#paintTurns();
    this.#turns.scrollTop = this.#turns.scrollHeight;
    // The last message stays in sight while what is below grows.
    let height = this.#turns.clientHeight;
    this.#ends?.disconnect();
    this.#ends = new ResizeObserver(([{ target }]) => {
      const wasAtEnd = target.scrollHeight - target.scrollTop - height < 80;
      height = target.clientHeight;
      if (wasAtEnd) target.scrollTop = target.scrollHeight;
    });
    this.#ends.observe(this.#turns);
  }

  #head = null;
  #turns = null;
  #typing = null;

  #paintClock() {
    if (this.#ticket) this.#head?.querySelector(".clock")?.replaceWith(clock(this.#ticket));
  }

  #paintHead() {
    const { me, nameOf, manages, showContext } = this.desk;
    const acts = Object.fromEntries(["claim", "resolve", "snooze", "wake", "escalate", "release", "assign", "route", "merge", "handBack", "end"].map((name) => [name, () => this[name]()]));
    paintHead(this.#head, { ticket: this.#ticket, me, nameOf, manages, against: this.#against(), acts, back: this.#back(), showContext: () => showContext() });
    this.#composer.allow();
  }

  #paintTurns() {
    const list = this.#turns;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
    const context = this.#names();
    const own = this.#thread.turns.map((turn) => ({ ...turn, conversation: this.#thread.conversation }));
    const merged = this.#thread.merged.flatMap((thread) => thread.turns.map((turn) => ({ ...turn, conversation: thread.conversation })));
    const turns = [...own, ...merged].sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.number - b.number);
    const elements = [];
    let last = null;
    for (const turn of turns) {
      const on = new Date(turn.at).toDateString();
      const element = turnElement(turn, context);
      if (!element) continue;
      if (on !== last) elements.push(dayElement(turn.at, last === null));
      last = on;
      elements.push(element);
    }
    list.replaceChildren(...elements);
    if (atEnd) list.scrollTop = list.scrollHeight;
  }

  #names() {
    return { me: this.desk.me, nameOf: this.desk.nameOf, customer: customerName(this.#ticket), language: this.#ticket.language };
  }

  #paintPresence() {
    if (!this.#composer) return;
    const now = Date.now();
    for (const [who, other] of this.#others) if (now - other.at > GONE) this.#others.delete(who);
    this.#composer.warn([...this.#others.values()]);
    if (this.#customer && now - this.#customer.at > GONE) this.#customer = null;
    const text = this.#customer ? `${customerName(this.#ticket)} is typing${this.#customer.preview ? ":" : "…"}` : "";
    const preview = this.#customer?.preview ?? "";
    if (this.#typing.dataset.text === text + preview) return;
    this.#typing.dataset.text = text + preview;
    this.#typing.replaceChildren(text, preview && el("q", { dir: "auto" }, preview));
  }

  focus() {
    this.#root.querySelector("h2")?.focus();
  }
}

/** A thread as it was read, with the messages that came meanwhile: both are told by number. */
function withNewer(read, known) {
  const join = (thread, before) => {
    const last = thread.turns.at(-1)?.number ?? 0;
    return { ...thread, turns: [...thread.turns, ...(before?.turns ?? []).filter((turn) => turn.number > last)] };
  };
  const of = (id) => known.merged.find((other) => other.conversation === id);
  return { ...join(read, known.conversation === read.conversation ? known : null), merged: read.merged.map((other) => join(other, of(other.conversation))) };
}
