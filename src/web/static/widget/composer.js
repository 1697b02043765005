// Where the customer writes, and the card above it with what might answer already. The card is only shown: nothing is sent
// by itself.

import { el } from "../shared.js";
import { button, icon, link } from "./dom.js";

const DEBOUNCE_MS = 350;
/** Fewer characters are no question yet. Scripts without spaces say more with less. */
const SHORTEST = 8;
const SHORTEST_DENSE = 4;
const LINES = 5;

export class Composer {
  #timer = 0;
  #number = 0;
  #running = new AbortController();
  #offered = null;

  constructor(make) {
    const { t, memory } = make;
    this.make = make;
    this.card = el("div", { class: "suggestion", role: "region", "aria-label": t("suggestion"), hidden: true });
    this.news = el("p", { class: "hidden", role: "status" });
    this.field = el("textarea", {
      rows: "1",
      maxlength: "4000",
      enterkeyhint: "send",
      dir: "auto",
      "aria-label": t("message"),
      placeholder: t("message_hint"),
      oninput: () => this.#written(),
      onkeydown: (event) => this.#key(event),
    });
    this.button = el("button", { type: "submit", class: "send", "aria-label": t("send"), title: t("send") }, icon("send"));
    this.toPerson = button(t("person"), make.act(() => this.#person()), { class: "plain-link" });
    this.people = el("span", { class: "muted" });
    const box = el("input", { type: "checkbox", onchange: (event) => make.act(() => make.chat.showTyping(box.checked))(event) });
    this.consent = el("label", { class: "consent", hidden: true }, box, t("show_typing"));
    this.consentBox = box;
    this.else = button(t("ask_else"), () => make.askElse(), { class: "plain-link", hidden: true });
    this.form = el(
      "form",
      { class: "composer", onsubmit: (event) => (event.preventDefault(), this.send()) },
      el("div", { class: "field" }, this.field, this.button),
      el("div", { class: "foot" }, el("span", { class: "to-person" }, this.toPerson, this.people), this.consent, this.else),
    );
    this.#place();
  }

  /** Each conversation has its own draft; one that has been begun meanwhile takes over what stands there. */
  #place() {
    const { chat, memory } = this.make;
    const id = chat.kept?.id ?? "";
    if (this.id === id && this.place === chat.place) return;
    const isSame = this.place === chat.place;
    if (isSame) memory.set(`draft:${this.id}`, null, memory.tab);
    else this.field.value = memory.get(`draft:${id}`, memory.tab) ?? "";
    Object.assign(this, { id, place: chat.place });
    if (isSame) this.#kept();
    else this.#forget();
  }

  /** What stood there has gone elsewhere. */
  emptied() {
    this.#kept();
    this.make.chat.types("");
  }

  /** Words that were written elsewhere. */
  take(text) {
    this.#place();
    if (!text.trim()) return;
    this.field.value = text;
    this.#written();
  }

  /** What belongs to the state of the conversation. */
  show({ settings }) {
    const { chat, clock, t } = this.make;
    const { open, opens_at } = settings;
    this.#place();
    this.form.hidden = chat.isEnded;
    this.toPerson.parentElement.hidden = chat.withPeople;
    // A desk without hours promises none.
    this.people.textContent = open ? t("people_here") : opens_at ? t("people_back", { when: clock.soon(opens_at) }) : "";
    this.field.placeholder = t(chat.withPeople ? "message_hint_people" : "message_hint");
    this.consent.hidden = !(settings.typing_preview && chat.withPeople);
    this.consentBox.checked = chat.view?.shows_typing ?? false;
    this.else.hidden = !chat.withPeople;
    if (chat.withPeople) this.#offer(null);
    this.#sized();
  }

  /** Sends what stands there. */
  send() {
    const text = this.field.value.trim();
    if (!text) return this.field.focus();
    this.field.value = "";
    this.#kept();
    this.#forget();
    this.make.chat.say(text);
    this.field.focus();
  }

  async #person() {
    if (this.field.value.trim()) this.send();
    await this.make.chat.person();
  }

  #key(event) {
    // While a word is composed, Enter takes it.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.send();
  }

  #written() {
    this.#kept();
    this.make.chat.types(this.field.value.trim());
    this.#ask(this.field.value.trim());
  }

  #kept() {
    const { memory } = this.make;
    memory.set(`draft:${this.id}`, this.field.value || null, memory.tab);
    this.#sized();
  }

  /** As high as its words, up to five lines. */
  #sized() {
    const { field } = this;
    this.button.setAttribute("aria-disabled", String(field.value.trim() === ""));
    if (!field.isConnected) return;
    field.style.height = "auto";
    const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(field);
    const edge = parseFloat(paddingTop) + parseFloat(paddingBottom);
    const most = parseFloat(lineHeight) * LINES + edge;
    field.style.height = `${Math.min(field.scrollHeight, most)}px`;
  }

  #forget() {
    clearTimeout(this.#timer);
    this.#running.abort();
    this.#number++;
    this.#offer(null);
  }

  #ask(text) {
    const shortest = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(text) ? SHORTEST_DENSE : SHORTEST;
    clearTimeout(this.#timer);
    this.#running.abort();
    const mine = ++this.#number;
    if (text.length < shortest || this.make.chat.withPeople) return this.#offer(null);
    this.#timer = setTimeout(async () => {
      this.#running = new AbortController();
      const { context } = this.make.visitor();
      const body = { question: text, context, record: false };
      // Suggestions are a help, not a promise: without them the message is sent all the same.
      const decision = await this.make.api.call("POST", "/api/v1/ask", { body, signal: this.#running.signal }).catch(() => null);
      // A late reply is about other words than those that stand there.
      if (mine === this.#number) this.#offer(decision?.answer ?? null);
    }, DEBOUNCE_MS);
  }

  #offer(answer) {
    const { t, api } = this.make;
    const id = answer && `${answer.article.id}#${answer.section?.anchor}`;
    if (id === this.#offered) return;
    this.#offered = id;
    this.card.hidden = !answer;
    this.news.textContent = answer ? `${t("suggestion")}: ${answer.article.title}` : "";
    if (!answer) return this.card.replaceChildren();
    const { article, section, text } = answer;
    const address = api.address(article.url) + (section?.anchor ? `#${encodeURIComponent(section.anchor)}` : "");
    this.card.replaceChildren(
      el("p", { class: "muted" }, t("suggestion")),
      el("p", { class: "suggestion-title" }, link(address, { dir: "auto" }, article.title)),
      el("p", { class: "suggestion-text", dir: "auto" }, text),
      el("button", { type: "button", class: "icon", "aria-label": t("put_away"), title: t("put_away"), onclick: () => (this.#forget(), this.field.focus()) }, icon("close")),
    );
  }
}
