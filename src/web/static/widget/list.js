// The visitor's conversations, each with where it stands, in place of the log: to go on with one, or to begin another.

import { el } from "../shared.js";
import { button } from "./dom.js";
import { standing } from "./others.js";

export class List {
  #key = "";

  /** `choose(id)` goes on with one, `anew()` begins another. */
  constructor(make, { choose, anew }) {
    const { t } = make;
    Object.assign(this, { make, choose, anew });
    this.rows = el("ul", { class: "rows" });
    this.heading = el("h3", { id: "conversations", tabindex: "-1" }, t("conversations"));
    this.box = el("div", { class: "list", hidden: true, role: "region", "aria-labelledby": "conversations" }, this.heading, this.rows, button(t("ask_else"), () => this.anew()));
  }

  get isOpen() {
    return !this.box.hidden;
  }

  /** Opens it, with what is new by now, or closes it. */
  toggle(isOpen) {
    const { others } = this.make.chat;
    this.box.hidden = !isOpen;
    if (!isOpen) return;
    for (const { id, people, title } of others.all) if (people || !title) others.look(id);
    this.show();
    this.heading.focus();
  }

  show() {
    if (!this.isOpen) return;
    const { chat } = this.make;
    const here = chat.kept ? [{ ...chat.summary, isHere: true }] : [];
    const all = [...here, ...chat.others.all];
    const key = JSON.stringify(all);
    if (key === this.#key) return;
    this.#key = key;
    const focused = this.rows.getRootNode().activeElement?.dataset?.id;
    this.rows.replaceChildren(...all.map((one) => el("li", {}, this.#row(one))));
    if (focused) this.rows.querySelector(`[data-id="${focused}"]`)?.focus();
  }

  #row({ id, title, at, state, people, unread, isHere }) {
    const { clock, t } = this.make;
    return el(
      "button",
      { type: "button", class: "row", "data-id": id, "aria-current": isHere && "true", onclick: () => this.choose(isHere ? null : id) },
      el("span", { class: "row-title", dir: "auto" }, title ?? t("log")),
      el("span", { class: "muted" }, t(standing({ state, people })), at && [" · ", el("time", { datetime: at }, clock.date(at))]),
      unread > 0 && el("span", { class: "count" }, el("span", { "aria-hidden": "true" }, String(unread)), el("span", { class: "hidden" }, t("unread", { n: unread }))),
    );
  }
}
