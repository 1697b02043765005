// The list of tickets: a view of the queue, page by page, kept in order while things change.

import { el } from "../shared.js";
import { announce, icon, memory, toast } from "./dom.js";
import { api } from "./api.js";
import { isRunning } from "./acts.js";
import { customerName, firstLine, plain, PRIORITIES, promiseClock, wholeMoment } from "./words.js";

/** Versions of tickets that this browser remembers as seen. */
const REMEMBERED = 500;

const EMPTY = {
  mine: ["Nothing is yours right now.", "Press g then u for what is unassigned, and c to claim it."],
  team: ["Nothing waits in your teams.", "New questions appear here by themselves."],
  unassigned: ["Everything is in somebody’s hands.", "What the bot hands over appears here by itself."],
  overdue: ["No promise is missed.", "A ticket whose time has run out appears here."],
  escalated: ["Nothing is escalated.", "What somebody brings to a manager appears here."],
};

/** In the order of work: the promise that is due first, then the ticket that was opened first. */
function before(a, b) {
  for (const key of ["promise_at", "opened_at"]) {
    const off = Date.parse(a[key]) - Date.parse(b[key]);
    if (off !== 0) return off;
  }
  return a.reference < b.reference ? -1 : Number(a.reference !== b.reference);
}

export class TicketList {
  #root = document.getElementById("rows");
  #rows = new Map();
  #next = null;
  #loading = 0;
  #selected = null;
  #later = null;
  #fetching = false;
  /** Tickets that have changed while the view is being loaded. */
  #meanwhile = null;
  #ticks = 0;
  #seen = new Map(memory.get("seen", []));
  view = "mine";

  /** `nameOf` turns an id of a colleague into a name; `open` opens a ticket; `claim` claims one. */
  constructor({ me, teams, nameOf, open, claim }) {
    Object.assign(this, { me, teams, nameOf, open, claim });
    this.#root.addEventListener("click", (event) => this.#clicked(event));
    this.#root.addEventListener("focusin", (event) => {
      const row = event.target.closest(".row");
      if (row) this.#mark(row.dataset.reference);
    });
    setInterval(() => this.tick(), 15_000);
  }

  get selected() {
    return this.#selected;
  }

  ticket(reference) {
    return this.#rows.get(reference)?.ticket;
  }

  get tickets() {
    return [...this.#rows.values()].map((row) => row.ticket);
  }

  /** Shows a view from its beginning. */
  async load(view = this.view) {
    const isOther = view !== this.view;
    this.view = view;
    for (const button of document.querySelectorAll("#views button")) {
      if (button.dataset.view === view) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    if (isOther || this.#rows.size === 0) this.#skeleton();
    const turn = ++this.#loading;
    this.#meanwhile = [];
    try {
      const page = await api.list(view, { teams: this.teams });
      if (turn !== this.#loading) return;
      const [hadFocus, top] = [this.#root.contains(document.activeElement), this.#root.scrollTop];
      this.#rows.clear();
      this.#take(page);
      this.#paint();
      // What changed while the page was on its way may be newer than the page.
      const newer = this.#meanwhile;
      this.#meanwhile = null;
      for (const ticket of newer) this.update(ticket);
      this.#root.scrollTop = isOther ? 0 : top;
      if (hadFocus) this.focus();
    } catch (error) {
      if (turn !== this.#loading) return;
      this.#meanwhile = null;
      // Rows that are there are better than none; what they may lack is told.
      if (isOther || this.#rows.size === 0) this.#failed(error);
      else toast(`The list cannot be loaded again: ${error.message} It may be old.`, "bad");
    }
  }

  async more() {
    if (this.#next === null || this.#fetching) return;
    this.#fetching = true;
    const turn = this.#loading;
    const button = this.#root.querySelector(".more button");
    button?.setAttribute("aria-disabled", "true");
    try {
      const page = await api.list(this.view, { teams: this.teams, cursor: this.#next });
      if (turn !== this.#loading) return;
      this.#take(page);
      this.#paint();
    } catch (error) {
      button?.removeAttribute("aria-disabled");
      toast(`More tickets cannot be loaded: ${error.message}`, "bad");
    } finally {
      this.#fetching = false;
    }
  }

  #take(page) {
    for (const ticket of page.tickets) {
      const known = this.#rows.get(ticket.reference);
      if (!known || known.ticket.version < ticket.version) this.#rows.set(ticket.reference, { ticket, element: null });
    }
    this.#next = page.next ?? null;
  }

  /** A ticket has changed: it comes into the view, moves or leaves. Whether it was new here. */
  update(ticket) {
    this.#meanwhile?.push(ticket);
    const known = this.#rows.get(ticket.reference);
    if (known && known.ticket.version > ticket.version) return false;
    if (!this.#belongs(ticket)) {
      if (known) this.#leave(ticket.reference);
      return false;
    }
    // What lies behind the last page comes with its page.
    const last = this.tickets.sort(before).at(-1);
    if (!known && this.#next !== null && last && before(last, ticket) < 0) return false;
    const element = this.#row(ticket);
    if (known?.element) known.element.replaceWith(element);
    this.#rows.set(ticket.reference, { ticket, element });
    this.#paint({ keep: true });
    return !known;
  }

  #belongs(ticket) {
    const now = Date.now();
    const running = isRunning(ticket);
    const passed = (iso) => iso !== null && iso !== undefined && Date.parse(iso) < now;
    switch (this.view) {
      case "mine":
        return running && ticket.assignee === this.me;
      case "team":
        return running && (this.teams.length === 0 || this.teams.includes(ticket.team));
      case "unassigned":
        return running && !ticket.assignee;
      case "overdue":
        return ticket.state === "open" && (passed(ticket.next_due_at) || (!ticket.first_reply_at && passed(ticket.promise_at)));
      case "escalated":
        return running && ticket.escalation > 0;
      default:
        // Only the server knows the rules of other views.
        this.#later ??= setTimeout(() => {
          this.#later = null;
          this.load();
        }, 1000);
        return running && this.#rows.has(ticket.reference);
    }
  }

  #leave(reference) {
    const order = this.order;
    const at = order.indexOf(reference);
    const row = this.#rows.get(reference);
    const hadFocus = row.element?.contains(document.activeElement);
    row.element?.remove();
    this.#rows.delete(reference);
    if (this.#selected === reference) this.#selected = order[at + 1] ?? order[at - 1] ?? null;
    this.#paint({ keep: true });
    if (hadFocus) this.focus();
  }

  get order() {
    return this.tickets.sort(before).map((ticket) => ticket.reference);
  }

  /** The ticket that stands after this one, or before it at the end. */
  neighbour(reference) {
    const order = this.order;
    const at = order.indexOf(reference);
    return at < 0 ? (order[0] ?? null) : (order[at + 1] ?? order[at - 1] ?? null);
  }

  /** Moves the selection, and the focus with it. */
  move(by) {
    const order = this.order;
    if (order.length === 0) return;
    const at = order.indexOf(this.#selected);
    const to = at < 0 ? (by > 0 ? 0 : order.length - 1) : Math.min(Math.max(at + by, 0), order.length - 1);
    this.#mark(order[to]);
    this.focus();
    if (to >= order.length - 3) this.more();
  }

  focus() {
    this.#rows.get(this.#selected)?.element?.querySelector("a").focus();
  }

  #mark(reference) {
    const link = (of) => this.#rows.get(of)?.element?.querySelector("a");
    link(this.#selected)?.setAttribute("tabindex", "-1");
    this.#rows.get(this.#selected)?.element?.classList.remove("selected");
    this.#selected = reference;
    link(reference)?.setAttribute("tabindex", "0");
    const element = this.#rows.get(reference)?.element;
    element?.classList.add("selected");
    element?.scrollIntoView({ block: "nearest" });
  }

  /** The ticket that is open beside the list. */
  current(reference) {
    for (const [of, row] of this.#rows) {
      const link = row.element?.querySelector("a");
      if (of === reference) link?.setAttribute("aria-current", "true");
      else link?.removeAttribute("aria-current");
    }
    this.opened = reference;
    if (reference && this.#rows.has(reference)) this.#mark(reference);
  }

  /** This version has been looked at. */
  saw(ticket) {
    this.#seen.delete(ticket.reference);
    this.#seen.set(ticket.reference, ticket.version);
    while (this.#seen.size > REMEMBERED) this.#seen.delete(this.#seen.keys().next().value);
    memory.set("seen", [...this.#seen]);
    this.#rows.get(ticket.reference)?.element?.classList.remove("unread");
    this.#rows.get(ticket.reference)?.element?.querySelector(".unread-word")?.remove();
  }

  #isUnread(ticket) {
    return ticket.state === "open" && (this.#seen.get(ticket.reference) ?? 0) < ticket.version;
  }

  tick() {
    // Tickets become overdue without anybody doing anything.
    if (this.view === "overdue" && ++this.#ticks % 4 === 0) this.load();
    for (const { ticket, element } of this.#rows.values()) element?.querySelector(".clock")?.replaceWith(clock(ticket));
  }

  #clicked(event) {
    const row = event.target.closest(".row");
    if (!row) return;
    const { reference } = row.dataset;
    if (event.target.closest(".row-act")) {
      this.claim(reference);
    } else if (event.target.closest("a") && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      this.open(reference);
    }
  }

  #row(ticket) {
    const unread = this.#isUnread(ticket);
    const owner = ticket.assignee === this.me ? "you" : ticket.assignee ? this.nameOf(ticket.assignee) : "unassigned";
    const urgent = ticket.priority >= 3 && PRIORITIES[ticket.priority];
    const isSelected = ticket.reference === this.#selected;
    const link = el(
      "a",
      {
        href: `/inbox/${encodeURIComponent(ticket.reference)}`,
        tabindex: isSelected ? "0" : "-1",
        "aria-current": ticket.reference === this.opened && "true",
      },
      el("span", { class: "row-top" }, clock(ticket), el("span", { class: "row-topic" }, plain(ticket.topic ?? ticket.team), " · ", el("abbr", { title: "Language of the question" }, ticket.language))),
      el("span", { class: "row-question", lang: ticket.language, dir: "auto" }, unread && el("span", { class: "unread-word visually-hidden" }, "Unread: "), firstLine(ticket.question)),
      el(
        "span",
        { class: "row-who" },
        el("span", { class: "row-name", dir: "auto" }, customerName(ticket)),
        el("span", { class: "row-owner" }, owner),
        urgent && el("span", { class: `tag ${urgent}` }, urgent),
        ticket.escalation > 0 && el("span", { class: "tag escalated" }, "escalated"),
      ),
    );
    const canClaim = isRunning(ticket) && !ticket.assignee;
    return el(
      "li",
      { class: `row${unread ? " unread" : ""}${isSelected ? " selected" : ""}`, "data-reference": ticket.reference },
      link,
      canClaim && el("button", { type: "button", class: "row-act", tabindex: "-1", "aria-label": `Claim: ${firstLine(ticket.question)}` }, "Claim"),
    );
  }

  #paint({ keep = false } = {}) {
    const order = this.order;
    if (order.length === 0) return this.#empty();
    if (!this.#rows.has(this.#selected)) this.#selected = this.#rows.has(this.opened) ? this.opened : order[0];
    let list = this.#root.querySelector("ul");
    if (!list) {
      list = el("ul", { class: "row-list", "aria-label": "Tickets" });
      this.#root.replaceChildren(list);
    }
    if (!keep) list.replaceChildren();
    // Only what is not where it belongs is moved: whoever reads a row keeps it under the eyes.
    let expected = list.firstElementChild;
    for (const reference of order) {
      const row = this.#rows.get(reference);
      row.element ??= this.#row(row.ticket);
      if (row.element === expected) expected = expected.nextElementSibling;
      else list.insertBefore(row.element, expected);
    }
    while (expected) {
      const gone = expected;
      expected = expected.nextElementSibling;
      gone.remove();
    }
    list.querySelector(".selected a")?.setAttribute("tabindex", "0");
    this.#root.removeAttribute("aria-busy");
    let more = this.#root.querySelector(".more");
    if (this.#next === null) more?.remove();
    else {
      more ??= el("p", { class: "more" });
      more.replaceChildren(el("button", { type: "button", class: "button quiet small", onclick: () => this.more() }, "Show more"));
      this.#root.append(more);
    }
  }

  #skeleton() {
    this.#root.setAttribute("aria-busy", "true");
    const ghost = () => el("div", { class: "ghost", "aria-hidden": "true" }, el("span"), el("span"), el("span"));
    this.#root.replaceChildren(el("p", { class: "visually-hidden" }, "Loading tickets"), ...Array.from({ length: 6 }, ghost));
  }

  #empty() {
    const [head, text] = EMPTY[this.view] ?? ["Nothing in this view.", "Tickets for which its rule holds appear here."];
    this.#root.removeAttribute("aria-busy");
    this.#selected = null;
    this.#root.replaceChildren(el("div", { class: "list-empty" }, el("p", { class: "empty-head" }, head), el("p", {}, text)));
  }

  #failed(error) {
    this.#root.removeAttribute("aria-busy");
    announce("The tickets cannot be loaded.");
    this.#root.replaceChildren(
      el(
        "div",
        { class: "list-empty failed" },
        el("p", { class: "empty-head" }, "The tickets cannot be loaded."),
        el("p", {}, `${error.message} Nothing was lost; drafts are kept.`),
        el("p", {}, el("button", { type: "button", class: "button quiet small", onclick: () => this.load() }, "Try again")),
      ),
    );
  }
}

/** The promise clock of a ticket. */
export function clock(ticket) {
  const { words, state, icon: name, due } = promiseClock(ticket);
  const title = due ? `Promised by ${wholeMoment(due)}` : null;
  return el("span", { class: `clock ${state}`, title }, icon(name), words);
}
