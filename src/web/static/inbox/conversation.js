// The conversation that is open: its messages, who else is here, and what is done with it.

import { el } from "../shared.js";
import { announce, icon, toast } from "./dom.js";
import { api } from "./api.js";
import { clock } from "./list.js";
import { Composer } from "./composer.js";
import { authorOf, dayElement, turnElement } from "./turns.js";
import { askMerge, askPassage, askPerson, askReason, askResolve, askSnooze, askTeam } from "./dialogs.js";
import { customerName, firstLine, plain, PRIORITIES } from "./words.js";

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
    this.#thread = thread;
    this.#paintTurns();
    this.update(ticket);
  }

  close() {
    this.#turn++;
    this.#leave();
    this.#ticket = null;
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
    this.#ticket = ticket;
    this.#paintHead();
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

  async #do(what, act) {
    const before = this.#ticket;
    try {
      const ticket = await act();
      if (!ticket) return null;
      announce(what);
      this.desk.changed(ticket);
      return ticket;
    } catch (error) {
      if (error.isConflict) {
        const now = await api.ticket(before.reference).catch(() => null);
        if (now) this.desk.changed(now);
        toast(`Not done: ${error.message} It is shown as it is now.`, "bad");
      } else toast(`Not done: ${error.message}`, "bad");
      return null;
    }
  }

  claim() {
    if (this.#ticket) return this.#do("Claimed. It is yours.", () => api.claim(this.#ticket));
  }

  async escalate() {
    if (!this.#ticket) return;
    const reason = await askReason("Escalate", "What should a manager know?", "Escalate");
    if (reason) await this.#do("Escalated.", () => api.act(this.#ticket, { act: "escalate", reason }));
  }

  async snooze() {
    if (!this.#ticket) return;
    if (this.#ticket.state === "snoozed") return this.#do("It is back.", () => api.act(this.#ticket, { act: "wake" }));
    const minutes = await askSnooze();
    if (minutes) await this.#do("Put aside.", () => api.act(this.#ticket, { act: "snooze", minutes }));
  }

  async resolve() {
    if (!this.#ticket) return;
    const told = await askResolve();
    if (!told) return;
    const { reference } = this.#ticket;
    const next = this.desk.neighbour(reference);
    const done = await this.#do("Resolved.", () => api.resolve(this.#ticket, told.note));
    if (done && this.reference === reference) this.desk.next(next === reference ? null : next);
  }

  async merge() {
    if (!this.#ticket) return;
    const { others } = await api.customer(this.reference).catch(() => ({ others: [] }));
    const into = await askMerge(others);
    if (!into) return;
    const before = this.reference;
    const target = await this.#do("Merged.", () => api.act(this.#ticket, { act: "merge", into }));
    if (target) {
      this.desk.gone(before);
      this.desk.open(target.reference);
    }
  }

  async assign() {
    const told = await askPerson(this.desk.workers(), this.desk.me);
    if (told) await this.#do("Given.", () => api.act(this.#ticket, { act: "assign", person: told.person }));
  }

  async route() {
    const team = await askTeam(this.desk.teams(), this.#ticket.team);
    if (team) await this.#do(`Moved to ${team}.`, () => api.act(this.#ticket, { act: "route", team }));
  }

  release() {
    return this.#do("Given back to the queue.", () => api.act(this.#ticket, { act: "release" }));
  }

  handBack() {
    return this.#do("Given back to the bot.", () => api.act(this.#ticket, { act: "hand_back" }));
  }

  async end() {
    const reason = await askReason("End against the customer’s will", "Why? It is never counted as resolved.", "End");
    if (reason) await this.#do("Ended.", () => api.act(this.#ticket, { act: "end", reason }));
  }

  write(mode) {
    this.#composer?.use(mode);
  }

  async article() {
    if (!this.#ticket) return;
    const passage = await askPassage(this.#ticket);
    if (passage) this.insert(passage);
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
    return el("button", { type: "button", class: "back icon-button", "aria-label": "Back to the list", onclick: () => this.desk.back() }, icon("back"));
  }

  #paint() {
    this.#head = el("header", { class: "talk-head" });
    this.#turns = el("ol", { class: "turns", tabindex: "0", "aria-label": "Messages" });
    this.#typing = el("p", { class: "typing" });
    this.#composer = new Composer({
      ticket: () => this.#ticket,
      lastTurn: () => this.#thread.turns.at(-1)?.number ?? 0,
      refresh: async (last) => {
        await this.reload();
        this.desk.changed(this.#ticket);
        const turns = this.#thread.turns.filter((turn) => turn.number > last && ["customer", "person", "note"].includes(turn.kind));
        return { ticket: this.#ticket, turns: turns.map((turn) => ({ text: turn.text, who: authorOf(turn, this.#names()) })) };
      },
      sent: ({ ticket, turn }) => {
        this.desk.changed(ticket);
        if (turn && this.#thread.conversation) this.heard(`conversation:${this.#thread.conversation}`, turn);
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
    const ticket = this.#ticket;
    const running = ["open", "waiting", "snoozed"].includes(ticket.state);
    const mine = ticket.assignee === this.desk.me;
    const owner = mine ? "yours" : ticket.assignee ? this.desk.nameOf(ticket.assignee) : "nobody’s";
    const button = (label, key, act, attributes = {}) => el("button", { type: "button", class: "act", "aria-keyshortcuts": key, onclick: act, ...attributes }, label, el("kbd", { "aria-hidden": "true" }, key));
    const item = (label, act) =>
      el("button", {
        type: "button",
        onclick: (event) => {
          event.target.closest("details").open = false;
          act();
        },
      }, label);
    const hadMenu = this.#head.querySelector("details")?.open;
    const title = el("h2", { tabindex: "-1", dir: "auto", lang: ticket.language }, firstLine(ticket.question));
    const meta = el(
      "p",
      { class: "talk-meta" },
      clock(ticket),
      el("span", { class: "reference" }, ticket.reference),
      el("span", {}, plain(ticket.topic ?? ticket.team)),
      el("span", {}, owner),
      ticket.priority !== 2 && el("span", { class: `tag ${PRIORITIES[ticket.priority]}` }, PRIORITIES[ticket.priority]),
      ticket.escalation > 0 && el("span", { class: "tag escalated" }, "escalated"),
      ticket.merged_into && el("a", { href: `/inbox/${ticket.merged_into}` }, `goes on in ${ticket.merged_into}`),
    );
    const acts =
      running &&
      el(
        "div",
        { class: "acts", role: "group", "aria-label": "What to do" },
        !mine && button("Claim", "c", () => this.claim()),
        button("Resolve", "x", () => this.resolve()),
        button(ticket.state === "snoozed" ? "Take up" : "Snooze", "s", () => this.snooze()),
        button("Escalate", "e", () => this.escalate()),
        el(
          "details",
          { class: "more-acts", open: hadMenu },
          el("summary", {}, "More"),
          el(
            "div",
            { class: "menu" },
            mine && item("Give it back to the queue", () => this.release()),
            item("Give it to somebody…", () => this.assign()),
            item("Move to another team…", () => this.route()),
            item("Merge with another ticket…", () => this.merge()),
            item("Give it back to the bot", () => this.handBack()),
            this.desk.manages && item("End it…", () => this.end()),
          ),
        ),
      );
    const panel = el("button", { type: "button", class: "to-context icon-button", "aria-label": "Customer and article", onclick: () => this.desk.showContext() }, icon("panel"));
    this.#head.replaceChildren(el("div", { class: "talk-title" }, this.#back(), title, panel), meta, ...(acts ? [acts] : []));
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
      if (on !== last) elements.push(dayElement(turn.at));
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
