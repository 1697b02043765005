// What stands beside a conversation: the customer, the nearest article and what it lacked, other tickets, history.

import { el } from "../shared.js";
import { icon } from "./dom.js";
import { api } from "./api.js";
import { customerName, deed, doer, firstLine, language, moment, plain, reason } from "./words.js";

const percent = (share) => `${Math.round(share * 100)} %`;
const section = (title, ...content) => el("section", {}, el("h2", {}, title), content);
const row = (label, value) => value && el("div", {}, el("dt", {}, label), el("dd", { dir: "auto" }, value));

/** Claims as rows; what is no text or number is for programs. */
function claims(values) {
  return Object.entries(values ?? {})
    .filter(([key, value]) => ["string", "number", "boolean"].includes(typeof value) && !["iat", "exp", "nbf"].includes(key))
    .map(([key, value]) => row(plain(key), String(value)));
}

export class ContextPanel {
  #root = document.getElementById("context");
  #turn = 0;
  #nearest = null;
  #shown = null;

  constructor({ insert, open, back }) {
    Object.assign(this, { insert, open, back });
    this.clear();
  }

  get nearest() {
    return this.#nearest;
  }

  clear() {
    this.#turn++;
    this.#shown = null;
    this.#nearest = null;
    this.#root.replaceChildren();
  }

  /** Shows what belongs to a ticket; each part comes when it is there. */
  show(ticket) {
    const turn = ++this.#turn;
    this.#shown = ticket.reference;
    this.#nearest = null;
    const parts = Object.fromEntries(["customer", "facts", "article", "others", "why", "history"].map((name) => [name, el("div", { class: `panel-part p-${name}` })]));
    this.parts = parts;
    const back = el("button", { type: "button", class: "back icon-button", "aria-label": "Back to the conversation", onclick: () => this.back() }, icon("back"));
    this.#root.replaceChildren(back, ...Object.values(parts));
    this.#customer(ticket, null);
    this.#history(ticket);
    parts.article.replaceChildren(section("Nearest article", el("p", { class: "hint", "aria-busy": "true" }, "Looking…")));
    const current = () => turn === this.#turn;
    api.customer(ticket.reference).then(
      (known) => {
        if (!current()) return;
        this.#customer(ticket, known);
        this.#others(known);
        this.#why(ticket, known);
        if (known.has_facts) this.#facts(ticket, current);
      },
      (error) => current() && parts.others.replaceChildren(section("Customer", el("p", { class: "failed" }, `What is known of the customer cannot be loaded: ${error.message}`))),
    );
    api.nearest(ticket.reference).then(
      (nearest) => current() && this.#article(ticket, nearest),
      (error) => current() && parts.article.replaceChildren(section("Nearest article", el("p", { class: "failed" }, `Articles cannot be searched: ${error.message}`))),
    );
  }

  /** The ticket has changed: what changes with it is shown anew. */
  update(ticket) {
    if (ticket.reference === this.#shown) this.#history(ticket);
  }

  #customer(ticket, known) {
    const unsigned = { ...(known?.unsigned ?? ticket.context) };
    this.parts.customer.replaceChildren(
      section(
        "Customer",
        el("p", { class: "who", dir: "auto" }, customerName(ticket)),
        el("dl", {}, row("E-mail", ticket.contact !== customerName(ticket) && ticket.contact), row("Phone", ticket.phone), row("Order", ticket.order_number), row("Says it is", ticket.urgency && `${ticket.urgency} urgency`), row("Writes", language(ticket.language))),
        known?.signed && [el("p", { class: "source signed" }, icon("check"), "Signed by your site"), el("dl", {}, claims(known.signed))],
        Object.keys(unsigned).length > 0 && [el("p", { class: "source" }, "Says the page; not signed"), el("dl", {}, claims(unsigned))],
      ),
    );
  }

  async #facts(ticket, current) {
    const title = "From your systems";
    this.parts.facts.replaceChildren(section(title, el("p", { class: "hint", "aria-busy": "true" }, "Asking…")));
    const told = await api.facts(ticket.reference).catch((error) => ({ problem: `the request failed (${error.message})`, facts: [] }));
    if (!current()) return;
    const values = told.facts.map((fact) => row(fact.label, fact.link ? el("a", { href: fact.link, target: "_blank", rel: "noopener noreferrer" }, linkText(fact.link)) : fact.text));
    this.parts.facts.replaceChildren(
      section(
        title,
        told.looked_up_by === "unconfirmed" && values.length > 0 && el("p", { class: "source warn" }, icon("alert"), "Looked up by what the customer left, which nobody has confirmed"),
        values.length > 0 && el("dl", {}, values),
        told.problem && el("p", { class: "failed" }, `Your system gave no facts: ${told.problem}.`),
        !told.problem && values.length === 0 && el("p", { class: "hint" }, "It knows nothing about this customer."),
      ),
    );
  }

  #article(ticket, nearest) {
    const [best, ...rest] = nearest.passages;
    this.#nearest = best ?? null;
    if (!best) {
      this.parts.article.replaceChildren(section("Nearest article", el("p", { class: "hint" }, "No article has anything of this question.")));
      return;
    }
    const lacks = [];
    if (nearest.confidence < nearest.threshold) lacks.push(`It would answer with ${percent(nearest.confidence)} probability; the bot answers from ${percent(nearest.threshold)} on.`);
    else lacks.push(`It would answer with ${percent(nearest.confidence)} probability, which is enough for the bot: it is here for another reason, told below.`);
    if (!best.answerable) lacks.push("The bot must not answer with it.");
    if (!best.same_language) lacks.push(`It is in another language (${best.language}).`);
    const heading = best.heading_path.length > 0 ? best.heading_path.join(" › ") : null;
    this.parts.article.replaceChildren(
      section(
        "Nearest article",
        el("p", { class: "article-title" }, el("a", { href: best.article.url + (best.anchor ? `#${best.anchor}` : ""), target: "_blank", rel: "noopener", dir: "auto" }, best.article.title), heading && heading !== best.article.title && el("small", { dir: "auto" }, heading)),
        el("p", { class: "why-not" }, lacks.join(" ")),
        nearest.missing.length > 0 && el("p", { class: "missing" }, "It says nothing of ", nearest.missing.flatMap((word, i) => [i > 0 && ", ", el("q", { dir: "auto" }, word)]), "."),
        // A long one scrolls, by keys as well.
        el("blockquote", { dir: "auto", lang: best.language, tabindex: "0", "aria-label": "The passage", role: "region" }, best.text),
        el("button", { type: "button", class: "button quiet small", "aria-keyshortcuts": "i", onclick: () => this.insert(best) }, "Insert passage", el("kbd", { "aria-hidden": "true" }, "i")),
        rest.length > 0 &&
          el(
            "details",
            {},
            el("summary", {}, `${rest.length} more`),
            el("ul", { class: "plain-list" }, rest.map((passage) => el("li", {}, el("button", { type: "button", class: "link", title: "Insert passage", dir: "auto", onclick: () => this.insert(passage) }, passage.article.title)))),
          ),
      ),
    );
  }

  #others({ others }) {
    const list = others.map((other) =>
      el(
        "li",
        {},
        el("a", {
          href: `/inbox/${encodeURIComponent(other.reference)}`,
          dir: "auto",
          onclick: (event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            this.open(other.reference);
          },
        }, firstLine(other.question)),
        el("small", {}, `${other.state}, ${moment(other.opened_at)}`),
      ),
    );
    this.parts.others.replaceChildren(section("Other conversations", list.length > 0 ? el("ul", { class: "plain-list" }, list) : el("p", { class: "hint" }, "None of this customer, as far as is known.")));
  }

  #why(ticket, known) {
    this.parts.why.replaceChildren(
      section("Why it is here", el("p", {}, `${reason(ticket.reason)}${ticket.topic ? ` (${plain(ticket.topic)})` : ""}; team ${plain(ticket.team)}.`), known.rules.length > 0 && el("p", { class: "hint" }, `Rule${known.rules.length > 1 ? "s" : ""}: ${known.rules.join(", ")}`)),
    );
  }

  #history(ticket) {
    const events = ticket.events.map((event) => el("li", {}, el("span", { dir: "auto" }, `${doer(event.by)} ${deed(event)}`), el("time", { datetime: event.at }, moment(event.at))));
    this.parts.history.replaceChildren(section("History", el("ol", { class: "history-list" }, events.reverse())));
  }
}

/** Host and path are enough to know where a link leads. */
function linkText(link) {
  const { host, pathname } = new URL(link);
  return host + (pathname.length > 24 ? `${pathname.slice(0, 23)}…` : pathname);
}
