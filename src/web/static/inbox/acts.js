// What can be done with a ticket now, and why not: the rules of the server (`desk/queue.rs`), so that nobody presses a button
// only to be refused. The server decides; no page, no network.

const RUNNING = ["open", "waiting", "snoozed"];

/** Whether there is still something to do about it. */
export const isRunning = (ticket) => RUNNING.includes(ticket.state);

/** Whoever has the ticket so that others may not answer it; a claim that has run out holds nobody off. */
function holder(ticket, { me, manages }, now) {
  const isOver = ticket.claimed_until && Date.parse(ticket.claimed_until) <= now;
  return !ticket.assignee || ticket.assignee === me || manages || isOver ? null : ticket.assignee;
}

function closed(ticket) {
  if (ticket.state === "merged") return `It goes on in ${ticket.merged_into}.`;
  return `It is resolved${ticket.resolved_by ? ` by ${ticket.resolved_by}` : ""}. The customer’s next message opens it again.`;
}

/**
 * For each act, why it cannot be done now; null if it can. `desk` is who looks: `me` and `manages`, `nameOf` for the names of
 * colleagues, and `plate`, what they carry, if that is known.
 */
export function reasonsAgainst(ticket, desk, now = Date.now()) {
  const over = isRunning(ticket) ? null : closed(ticket);
  const has = holder(ticket, desk, now);
  const held = has && `${desk.nameOf(has)} has it. Ask them, or leave a note.`;
  const mine = ticket.assignee === desk.me;
  const { complex, capacity } = desk.plate ?? {};
  const full = ticket.complex && complex >= capacity ? `You have ${complex} complex tickets, and your limit is ${capacity}. Finish one first.` : null;
  return {
    claim: over ?? (mine ? "It is yours already." : null) ?? held ?? full,
    reply: over ?? held,
    note: ticket.state === "merged" ? over : null,
    resolve: over ?? held,
    snooze: over,
    wake: over ?? (ticket.state === "snoozed" ? null : "It is not snoozed."),
    escalate: over ?? (ticket.escalation > 0 ? "It is with a manager already." : null),
    release: over ?? (ticket.assignee ? held : "Nobody has it."),
    assign: over,
    route: over,
    merge: over,
    handBack: over ?? held,
    end: over ?? (desk.manages ? null : "Only a manager may do this."),
  };
}
