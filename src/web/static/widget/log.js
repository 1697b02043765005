// What was said, as it stands on the screen. Only what has changed is made anew, so that nothing jumps, a field that is being
// filled in stays, and screen readers are told what is new and nothing else.

import * as cards from "./cards.js";
import { el } from "../shared.js";
import { button, icon, isCalm } from "./dom.js";

/** Nearer to the end than this, the visitor is taken to read along. */
const NEAR = 80;
/** A machine that takes longer than this says what it does. */
const SLOW_MS = 400;

export class Log {
  #shown = new Map();
  #slow = 0;

  constructor(make) {
    this.make = make;
    this.list = el("div", { class: "turns" });
    this.box = el("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": make.t("log"), tabindex: "0" }, this.list);
    this.latest = button(make.t("latest"), () => this.toEnd(), { class: "latest", hidden: true });
    this.box.addEventListener("scroll", () => {
      this.isAtEnd = this.#isAtEnd();
      if (this.isAtEnd) this.latest.hidden = true;
    });
    // What stands under the log may grow; the newest words stay in view.
    this.isAtEnd = true;
    new ResizeObserver(() => this.isAtEnd && this.toEnd("auto")).observe(this.box);
  }

  #isAtEnd() {
    return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR;
  }

  /** Shows what stands now. */
  show({ settings, isVisible }) {
    const { place } = this.make.chat;
    if (this.place !== place) {
      // Another conversation: nothing of the one before is the same.
      this.list.replaceChildren();
      this.#shown.clear();
      this.latest.hidden = true;
      this.isAtEnd = true;
      this.place = place;
    }
    const wasAtEnd = this.isAtEnd;
    // Settings that were kept from a visit before do not say; then there was mail or there was not, and an address is asked for.
    this.mails = settings.mail !== false;
    const entries = this.#entries(settings);
    const before = this.#shown;
    this.#shown = new Map();
    let added;
    let previous = null;
    for (const { name, state, draw } of entries) {
      const key = JSON.stringify(state ?? null);
      const old = before.get(name);
      const node = old?.key === key ? old.node : draw();
      if (old && old.node !== node) old.node.replaceWith(node);
      const next = previous ? previous.nextSibling : this.list.firstChild;
      if (node !== next) this.list.insertBefore(node, next);
      if (!old) added = node;
      before.delete(name);
      this.#shown.set(name, { key, node });
      previous = node;
    }
    for (const { node } of before.values()) node.remove();
    if (!isVisible || !added) return;
    if (wasAtEnd || added.classList.contains("customer")) this.#bring(added);
    else this.latest.hidden = false;
  }

  /** Brings what is new into view: its beginning if it is long, for that is where one reads on. */
  #bring(node) {
    const isLong = node.offsetHeight > this.box.clientHeight - 2 * NEAR;
    const top = isLong ? node.offsetTop - 12 : this.box.scrollHeight;
    this.box.scrollTo({ top, behavior: isCalm() ? "auto" : "smooth" });
  }

  /** To the newest words, at once when the panel opens. */
  toEnd(behavior = isCalm() ? "auto" : "smooth") {
    this.latest.hidden = true;
    this.box.scrollTo({ top: this.box.scrollHeight, behavior });
  }

  /** Everything on the screen, with what it depends on. */
  #entries(settings) {
    const { chat, memory, t } = this.make;
    const entries = [];
    const put = (name, state, draw) => entries.push({ name, state, draw });
    const closed = memory.get("closed") ?? [];
    for (const told of settings.announcements.filter(({ id }) => !closed.includes(id))) {
      put(`told-${told.id}`, told, () =>
        cards.announcement(told, this.make, () => {
          memory.set("closed", [...closed, told.id].slice(-50));
          this.make.refresh();
        }),
      );
    }
    const said = chat.said;
    if (said.length === 0) {
      if (settings.greeting) put("greeting", settings.greeting, () => el("p", { class: "greeting", dir: "auto" }, settings.greeting));
      put("first", settings.first_words, () => this.#turn({ kind: "bot", text: settings.first_words, data: {} }));
      if (settings.articles.length > 0) put("offered", settings.articles, () => cards.offered(settings.articles, this.make));
    }
    let day = "";
    const last = said.at(-1);
    const answered = said.findLast((turn) => turn.kind === "person");
    for (const turn of said) {
      const today = turn.at.slice(0, 10);
      if (day && today !== day) put(`day-${today}`, 0, () => el("p", { class: "note" }, this.make.clock.day(turn.at)));
      day = today;
      this.#put(put, turn, last, answered);
    }
    for (const message of chat.unsent) {
      const isLate = !chat.isReached || chat.outbox.isStuck;
      put(`out-${message.key}`, [message.failed, isLate], () => this.#outgoing(message, isLate));
    }
    this.#now(put, chat, last, t);
    return entries;
  }

  #put(put, turn, last, answered) {
    const { chat } = this.make;
    const name = turn.key ? `out-${turn.key}` : `turn-${turn.number}`;
    if (turn.kind === "receipt") {
      const isAnswered = answered && answered.number > turn.number;
      const email = chat.view?.email ?? null;
      const state = { isAnswered: Boolean(isAnswered), email, mails: this.mails };
      return put(name, state, () => (isAnswered ? cards.receipt(turn, this.make, state) : this.#turn(turn, cards.receipt(turn, this.make, state))));
    }
    if (turn.kind === "system") return put(name, 0, () => el("p", { class: "note", dir: "auto" }, turn.text));
    const kind = turn.kind === "bot" ? turn.data.kind : "";
    const mark = kind === "answer" ? chat.mark(turn.episode) : {};
    const isLast = turn === last && chat.unsent.length === 0 && !chat.withPeople;
    const waits = isLast && !mark.word && (kind === "answer" || kind === "clarify");
    return put(name, ["sent", waits, mark.word], () => {
      if (kind === "answer") return this.#turn(turn, cards.answer(turn, this.make), waits && cards.waysOn(turn, this.make));
      const body = el("p", { class: "plain" }, turn.text);
      if (kind !== "clarify") return this.#turn(turn, body);
      return this.#turn(turn, [body, waits && cards.choices(turn, this.make)], waits && cards.waysOn(turn, this.make));
    });
  }

  /** What is going on at the moment, and what is asked at the end. */
  #now(put, chat, last, t) {
    if (chat.isThinking && !chat.withPeople) {
      put("thinking", 0, () => {
        const line = el("p", { class: "note thinking", hidden: true }, t("thinking"));
        clearTimeout(this.#slow);
        this.#slow = setTimeout(() => (line.hidden = false), SLOW_MS);
        return line;
      });
    }
    if (chat.typing) {
      put("typing", chat.typing.name, () =>
        el("p", { class: "note typing" }, el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")), t("typing", { name: chat.typing.name })),
      );
    }
    const { episode } = chat;
    const { word, rating } = chat.mark(episode);
    const state = chat.view?.ticket_state;
    if (state === "ended") {
      put("ended", 0, () => el("div", { class: "card" }, el("p", {}, t("ended")), button(t("ask_else"), () => this.make.askElse())));
    } else if (state === "resolved" && chat.withPeople && last?.kind !== "customer") {
      put("solved", episode, () => cards.solved(this.make));
    }
    const isHelped = word === "helped" && (!last || last.episode === episode) && last?.kind !== "customer";
    if (isHelped || state === "solved") {
      // What is asked stands first; the way on stands last, where one writes.
      put(`rating-${episode}`, rating ?? 0, () => cards.rating(episode, this.make));
      put(`helped-${episode}`, 0, () => el("p", { class: "note" }, t("thanks")));
    }
  }

  #outgoing(message, isLate) {
    const { chat, t } = this.make;
    const failed = message.failed && [
      el("p", { class: "wrong" }, t(message.failed === "not_now" ? "failed_ended" : "failed")),
      el("div", { class: "ways" }, button(t("try_again"), () => chat.outbox.again(message)), button(t("take_back"), () => chat.outbox.takeBack(message))),
    ];
    const waits = !message.failed && isLate && el("p", { class: "muted waits" }, icon("clock"), t("waits"));
    const turn = { kind: "customer", text: message.text, data: {}, at: new Date(message.at).toISOString() };
    const node = this.#turn(turn, el("p", { class: "plain", dir: "auto" }, message.text), failed || waits);
    node.classList.add("pending");
    return node;
  }

  /** One message: who, what, when; what belongs to it stands under it. */
  #turn(turn, body = el("p", { class: "plain", dir: "auto" }, turn.text), under) {
    const { clock, t } = this.make;
    const kind = turn.kind === "receipt" ? "bot" : turn.kind;
    const time = turn.at && el("time", { datetime: turn.at }, clock.time(turn.at));
    const who = { customer: t("you"), bot: t("machine"), person: turn.data.name ?? t("team") }[kind];
    return el(
      "div",
      { class: `turn ${kind}` },
      kind !== "customer" && face(kind, turn.data, this.make),
      el(
        "div",
        { class: "said" },
        el("p", { class: kind === "customer" ? "head quiet-head" : "head" }, el("span", { class: kind === "customer" ? "hidden" : "who" }, who), " ", time),
        el("div", { class: "bubble" }, body),
        under,
      ),
    );
  }
}

/** A machine has a square of dashes, a person a round picture or the first letter of the name. */
export function face(kind, { name, picture }, { api }) {
  if (kind === "bot") return el("span", { class: "face machine", "aria-hidden": "true" }, icon("machine"));
  const isOurs = picture?.startsWith("/") && !picture.startsWith("//");
  const inside = isOurs ? el("img", { src: api.address(picture), alt: "", width: "32", height: "32" }) : (name ?? "").trim().slice(0, 1).toUpperCase() || icon("person");
  return el("span", { class: "face", "aria-hidden": "true" }, inside);
}
