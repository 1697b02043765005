// Words for times, states and what happened; no page, no network.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of milliseconds: `5 min`, `3 h`, `2 days`. */
export function span(ms) {
  const size = Math.abs(ms);
  if (size < MINUTE) return "less than a minute";
  if (size < 90 * MINUTE) return `${Math.round(size / MINUTE)} min`;
  if (size < 36 * HOUR) return `${Math.round(size / HOUR)} h`;
  return `${Math.round(size / DAY)} days`;
}

/**
 * The promise clock of a ticket: what it says, and whether that is `good`, `warn` (less than a quarter is left), `bad`
 * (missed) or `rest` (nobody waits for us).
 */
export function promiseClock(ticket, now = Date.now()) {
  if (ticket.state === "resolved") return { words: "resolved", state: "rest", icon: "check" };
  if (ticket.state === "merged") return { words: "merged", state: "rest", icon: "check" };
  if (ticket.state === "snoozed") {
    const back = Date.parse(ticket.snoozed_until) - now;
    return { words: `back in ${span(back)}`, state: "rest", icon: "pause" };
  }
  const since = Date.parse(ticket.waiting_since ?? ticket.opened_at);
  if (ticket.state === "waiting") return { words: "customer’s turn", state: "rest", icon: "check" };
  const due = Date.parse((ticket.first_reply_at ? ticket.next_due_at : ticket.promise_at) ?? "");
  if (Number.isNaN(due)) return { words: `waits ${span(now - since)}`, state: "good", icon: "clock" };
  const left = due - now;
  if (left < 0) return { words: `missed by ${span(left)}`, state: "bad", icon: "alert", due };
  const state = left < (due - since) / 4 ? "warn" : "good";
  return { words: `${span(left)} left`, state, icon: state === "warn" ? "alert" : "clock", due };
}

/** The moment in words of this browser. */
export function moment(iso) {
  const at = new Date(iso);
  const today = new Date().toDateString() === at.toDateString();
  const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return today ? time : `${at.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${time}`;
}

/** The same with the day always said, for what stands under the heading of another day. */
export function momentOfDay(iso) {
  const at = new Date(iso);
  return new Date().toDateString() === at.toDateString() ? `today, ${moment(iso)}` : moment(iso);
}

// Made once: making one takes longer than all else about a row.
const withZone = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" });

/** What this browser calls its zone then, such as `GMT+7`: the settings and what customers are told may have another one. */
export function zoneName(iso) {
  const parts = withZone.formatToParts(new Date(iso));
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
}

/** The moment in full, for whoever points at it. */
export const wholeMoment = (iso) => `${new Date(iso).toLocaleString("en-GB")} ${zoneName(iso)}`;

/** The day, for lines between messages. */
export function day(iso) {
  const at = new Date(iso);
  if (new Date().toDateString() === at.toDateString()) return "Today";
  return at.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
}

/** Who the customer is, as far as that is known. */
export const customerName = (ticket) => ticket.customer_name ?? ticket.contact ?? ticket.customer ?? "A visitor";

const LANGUAGES = new Intl.DisplayNames("en", { type: "language" });

/** The name of a language. */
export function language(code) {
  try {
    return LANGUAGES.of(code);
  } catch {
    return code;
  }
}

/** The first line of a question. */
export const firstLine = (text) => text.trim().split("\n", 1)[0];

export const PRIORITIES = { 1: "low", 2: "normal", 3: "high", 4: "urgent" };

const REASONS = {
  low_confidence: "No article was sure enough",
  no_match: "No article fits",
  sensitive_topic: "A topic that belongs to people",
  wants_person: "The customer wants a person",
  people_first: "Goes to people first",
  not_helped: "The bot’s answers did not help",
  repeated_misses: "The bot missed more than once",
  taken_over: "Taken over from the bot",
};
export const reason = (word) => REASONS[word] ?? word.replaceAll("_", " ");

/** `money_to_billing` and `account-security` as words. */
export const plain = (word) => word.replaceAll(/[_-]+/g, " ");

const EVENTS = {
  opened: () => "opened it",
  claimed: () => "claimed it",
  released: () => "gave it back",
  returned: () => "the claim ran out, it went back",
  assigned: (data) => (data.person ? `gave it to ${data.name ?? "somebody"}` : "made it unassigned"),
  routed: (data) => `moved it from ${data.from} to ${data.to}`,
  changed(data) {
    if (data.promise === "missed") return "the promise was missed";
    if (data.promise === "soon") return "the promise is nearly missed";
    if (data.priority) return `set the priority to ${PRIORITIES[data.priority[1]]}`;
    return "changed its tags";
  },
  replied: () => "replied",
  wrote: () => "wrote",
  noted: () => "left a note",
  snoozed: (data) => `snoozed it until ${moment(data.until)}`,
  woke: () => "it came back",
  merged: (data) => `merged it into ${data.into}`,
  absorbed: (data) => `merged ${data.reference} into it`,
  escalated: (data) => (data.reason ? `escalated it: ${data.reason}` : "it climbed the ladder of escalation"),
  handed_back: () => "gave it back to the bot",
  details: (data) => `left ${Object.keys(data).map(plain).join(", ") || "details"}`,
  resolved: () => "resolved it",
  reopened: () => "wrote again: reopened",
  confirmed: () => "said that it is solved",
  disputed: () => "said that it is not solved",
  fell_silent: () => "nobody said anything more",
  ended: (data) => `ended it: ${data.reason}`,
  rated: (data) => `rated it ${data.rating} of 5`,
};

/** What happened, to be read after who did it. */
export const deed = (event) => EVENTS[event.kind]?.(event.data ?? {}) ?? plain(event.kind);
export const doer = (who) => ({ clock: "By itself", bot: "The bot", customer: "The customer" })[who] ?? who;
