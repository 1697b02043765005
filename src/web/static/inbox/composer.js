// Writing a reply or a note: drafts that survive, sending that never overwrites what somebody else did.

import { el } from "../shared.js";
import { announce, icon, memory, toast } from "./dom.js";
import { api } from "./api.js";
import { deed, doer, moment } from "./words.js";

const draftKey = (reference, mode) => `draft.${mode}.${reference}`;

export class Composer {
  #mode = "reply";
  #sending = false;
  // A request that is repeated after a failure must be the same reply, or the same note.
  #keys = {};
  #typed = 0;
  // Narrow windows have little room.
  #least = matchMedia("(max-width: 899px)").matches ? 2 : 3;

  /** `ticket` and `lastTurn` give what is seen; `against` why something cannot be written now, if so; `refresh` loads it again and tells the messages after one; `sent` hears of what was sent. */
  constructor({ ticket, lastTurn, against, refresh, sent, typing, article }) {
    Object.assign(this, { ticket, lastTurn, against, refresh, sent, typing });
    this.field = el("textarea", { rows: 3, "aria-label": "Reply to the customer", maxlength: 4000, enterkeyhint: "enter" });
    this.warning = el("div", { class: "composer-warning", role: "status" });
    this.conflict = el("div", { class: "conflict", role: "alert" });
    this.why = el("p", { class: "composer-why", role: "status" });
    this.send = el("button", { type: "submit", class: "button" }, "Send");
    const mode = (name, label) => el("button", { type: "button", "data-mode": name, "aria-pressed": String(name === "reply"), onclick: () => this.use(name) }, label);
    this.modes = el("div", { class: "modes", role: "group", "aria-label": "What to write" }, mode("reply", "Reply"), mode("note", "Note"));
    const insert = el("button", { type: "button", class: "plain", onclick: article }, "Insert article", el("kbd", { "aria-hidden": "true" }, "a"));
    this.element = el(
      "form",
      { class: "write-box" },
      this.warning,
      this.conflict,
      el("div", { class: "composer-top" }, this.modes, insert),
      this.field,
      this.why,
      el("div", { class: "composer-end" }, el("span", { class: "hint" }, el("kbd", {}, "Ctrl"), " ", el("kbd", {}, "Enter"), " sends"), this.send),
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.field.addEventListener("input", () => this.#changed());
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.#submit();
      }
    });
    this.#restore();
  }

  get isTyping() {
    return this.#mode === "reply" && Date.now() - this.#typed < 6000;
  }

  use(mode) {
    this.#mode = mode;
    for (const button of this.modes.children) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    this.element.classList.toggle("is-note", mode === "note");
    this.field.setAttribute("aria-label", mode === "note" ? "Note for colleagues" : "Reply to the customer");
    this.send.textContent = mode === "note" ? "Leave note" : "Send";
    this.conflict.replaceChildren();
    this.#restore();
    this.allow();
    this.field.focus();
  }

  /** Puts text where the cursor is. */
  insert(text) {
    if (this.#mode !== "reply") this.use("reply");
    const { selectionStart: from, selectionEnd: to, value } = this.field;
    const lead = from > 0 && !value.slice(0, from).endsWith("\n") ? "\n\n" : "";
    this.field.setRangeText(lead + text, from, to, "end");
    this.field.focus();
    this.#changed();
  }

  /** Says why what is chosen cannot be written now; the words stay. */
  allow() {
    const why = this.against(this.#mode);
    const text = why ? `${why}${this.#mode === "reply" && !this.against("note") ? " Notes can be left." : ""}` : "";
    if (this.why.textContent !== text) this.why.textContent = text;
    if (why || this.#sending) this.send.setAttribute("aria-disabled", "true");
    else this.send.removeAttribute("aria-disabled");
    return why;
  }

  /** Who else is here. */
  warn(others) {
    const writing = others.filter((other) => other.typing).map((other) => other.name);
    const looking = others.filter((other) => !other.typing).map((other) => other.name);
    const told = [];
    if (writing.length > 0) told.push(`${writing.join(" and ")} ${writing.length > 1 ? "are" : "is"} writing a reply.`);
    if (looking.length > 0) told.push(`${looking.join(" and ")} ${looking.length > 1 ? "are" : "is"} looking at this, too.`);
    const text = told.join(" ");
    if (this.warning.dataset.text === text) return;
    this.warning.dataset.text = text;
    this.warning.classList.toggle("strong", writing.length > 0);
    this.warning.replaceChildren(...(text ? [icon("eye"), text] : []));
  }

  #restore() {
    this.field.value = memory.get(draftKey(this.ticket().reference, this.#mode), "");
    this.#grow();
  }

  #changed() {
    this.#typed = Date.now();
    delete this.#keys[this.#mode];
    const key = draftKey(this.ticket().reference, this.#mode);
    memory.set(key, this.field.value === "" ? undefined : this.field.value);
    this.#grow();
    if (this.#mode === "reply") this.typing();
  }

  #grow() {
    this.field.rows = Math.min(Math.max(this.field.value.split("\n").length, this.#least), 10);
  }

  async #submit() {
    const text = this.field.value.trim();
    if (text === "" || this.#sending) return;
    const why = this.allow();
    if (why) return toast(`Not sent: ${why} Your draft is kept.`, "bad");
    // What is chosen and typed may be something else by the time that the answer is here.
    const [mode, ticket, last] = [this.#mode, this.ticket(), this.lastTurn()];
    const key = (this.#keys[mode] ??= crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`);
    this.#sending = true;
    this.send.setAttribute("aria-disabled", "true");
    this.conflict.replaceChildren();
    let answer = null;
    try {
      answer = mode === "note" ? { ticket: await api.note(ticket, text, key) } : await api.reply(ticket, text, key);
    } catch (error) {
      // Another ticket is open by now: there nobody would look for it.
      if (!this.element.isConnected) toast(`Not sent in ${ticket.reference}: ${error.message} The draft is kept there.`, "bad");
      else if (error.isConflict) await this.#refused(ticket, last, error);
      else toast(`Not sent: ${error.message} Your draft is kept.`, "bad");
    }
    this.#sending = false;
    if (this.element.isConnected) this.allow();
    if (answer) this.#done(mode, ticket, text, answer);
  }

  #done(mode, ticket, text, answer) {
    delete this.#keys[mode];
    const key = draftKey(ticket.reference, mode);
    // What was typed while it was on its way stays.
    const now = memory.get(key, "");
    const rest = now.trim() === text ? "" : now.trimStart().startsWith(text) ? now.trimStart().slice(text.length).trimStart() : now;
    memory.set(key, rest || undefined);
    if (mode === this.#mode) {
      this.#typed = 0;
      if (this.field.value !== rest) this.field.value = rest;
      this.#grow();
    }
    announce(mode === "note" ? "Note left." : "Reply sent.");
    this.sent(answer);
    if (mode === "note" && this.#mode === "note" && rest === "") this.use("reply");
  }

  /** Somebody was faster: the draft stays, what happened is shown, and it can be sent all the same. */
  async #refused(before, last, error) {
    // What is known of it is told; sending again is refused again if nothing is known.
    const { ticket, turns } = await this.refresh(last).catch(() => ({ ticket: before, turns: [] }));
    const said = new Set(["wrote", "replied", "noted"]);
    const news = ticket.events.slice(before.events.length).filter((event) => turns.length === 0 || !said.has(event.kind));
    const words = turns.map((turn) => el("li", {}, `${turn.who}: `, el("q", { dir: "auto" }, turn.text)));
    const deeds = news.map((event) => el("li", {}, `${doer(event.by)} ${deed(event)}, ${moment(event.at)}`));
    const told = [...words, ...deeds];
    this.conflict.replaceChildren(
      el("p", {}, icon("alert"), el("strong", {}, told.length === 0 ? "Not sent." : "Not sent: the ticket has changed since you looked."), " Your draft is kept."),
      told.length > 0 ? el("ul", {}, told) : el("p", {}, error.message),
      el(
        "p",
        { class: "conflict-do" },
        el("button", { type: "submit", class: "button small" }, "Send all the same"),
        el("button", { type: "button", class: "button quiet small", onclick: () => this.conflict.replaceChildren() }, "Not yet"),
      ),
    );
    this.field.focus();
  }
}
