// The head of a conversation: what the ticket is, and what can be done with it now.

import { el } from "../shared.js";
import { icon, toast } from "./dom.js";
import { isRunning } from "./acts.js";
import { clock } from "./list.js";
import { firstLine, plain, PRIORITIES } from "./words.js";

/** Fills `head` for a ticket; `against` says for each act why it cannot be done now, `acts` does it. */
export function paintHead(head, { ticket, me, nameOf, manages, against, acts, back, showContext }) {
  const mine = ticket.assignee === me;
  const owner = mine ? "yours" : ticket.assignee ? nameOf(ticket.assignee) : "unassigned";
  // What is clicked and cannot be done says why; it keeps its place, so that nothing jumps under the hand.
  const click = (name) => () => (against[name] ? toast(against[name]) : acts[name]());
  const able = (name) => ({ "data-act": name, "aria-disabled": against[name] && "true", title: against[name] });
  const button = (name, label, key) => el("button", { type: "button", class: "act", "aria-keyshortcuts": key, onclick: click(name), ...able(name) }, label, el("kbd", { "aria-hidden": "true" }, key));
  const item = (name, label) =>
    el("button", {
      type: "button",
      onclick: (event) => {
        event.target.closest("details").open = false;
        click(name)();
      },
      ...able(name),
    }, label);
  const snoozed = ticket.state === "snoozed";
  const focused = head.contains(document.activeElement) ? document.activeElement : null;
  const hadMenu = head.querySelector("details")?.open;
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
  const menu = isRunning(ticket) && [
    ticket.assignee && item("release", "Give it back to the queue"),
    item("assign", "Give it to somebody…"),
    item("route", "Move to another team…"),
    item("merge", "Merge with another ticket…"),
    item("handBack", "Give it back to the bot"),
    manages && item("end", "End it…"),
  ];
  const group =
    isRunning(ticket) &&
    el(
      "div",
      { class: "acts", role: "group", "aria-label": "What to do" },
      !mine && button("claim", "Claim", "c"),
      button("resolve", "Resolve", "x"),
      snoozed ? button("wake", "End snooze", "s") : button("snooze", "Snooze", "s"),
      button("escalate", "Escalate", "e"),
      el("details", { class: "more-acts", open: hadMenu }, el("summary", { "data-act": "more" }, "More"), el("div", { class: "menu" }, menu)),
    );
  const panel = el("button", { type: "button", class: "to-context icon-button", "data-act": "context", "aria-label": "Customer and article", onclick: showContext }, icon("panel"));
  head.replaceChildren(el("div", { class: "talk-title" }, back, title, panel), meta, ...(group ? [group] : []));
  if (!focused) return;
  // Whoever works by keys goes on where they were, or at the title if that is gone.
  const same = focused.dataset.act && head.querySelector(`[data-act="${focused.dataset.act}"]`);
  (same || title).focus();
}
