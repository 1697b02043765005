// The inbox: puts list, conversation and context together and keeps them live.

import { el } from "../shared.js";
import { announce, memory, toast } from "./dom.js";
import { api, session } from "./api.js";
import { reasonsAgainst } from "./acts.js";
import { LiveStream } from "./stream.js";
import { notify, switches } from "./notify.js";
import { TicketList } from "./list.js";
import { Conversation } from "./conversation.js";
import { ContextPanel } from "./context.js";
import { showKeys } from "./dialogs.js";
import { Me } from "./me.js";
import { keys } from "./keys.js";
import { customerName, firstLine, promiseClock } from "./words.js";

const page = document.getElementById("inbox");
const { me, capacity, manages, reference } = page.dataset;
const teams = page.dataset.teams.split(",").filter(Boolean);
const people = new Map();
const knownTeams = new Set(teams);
const TITLE = document.title;

const nameOf = (id) => people.get(id)?.name ?? (id?.startsWith("token:") ? id.slice(6) : "somebody");
const stream = new LiveStream();
const self = new Me({ id: me, capacity: Number(capacity) });
/** Who looks, as the rules of acts need it. */
const viewer = {
  me,
  manages: manages === "true",
  nameOf,
  get plate() {
    return self.full;
  },
};

const list = new TicketList({ me, teams, nameOf, open, claim: (of) => claim(of) });
const conversation = new Conversation({
  me,
  manages: viewer.manages,
  nameOf,
  self: viewer,
  workers: () => [...people.values()].filter((person) => !person.disabled && person.role !== "writer"),
  teams: () => [...knownTeams].sort(),
  follow: (conversations) => stream.follow(conversations),
  changed,
  open,
  neighbour: (of) => list.neighbour(of),
  next: (of) => (of ? open(of) : back()),
  gone: (of) => refresh(of),
  back,
  showContext: () => pane("context"),
});
const context = new ContextPanel({
  insert: (passage) => {
    pane("conversation");
    conversation.insert(passage);
  },
  open,
  back: () => pane("conversation"),
});

/** On narrow windows one column is shown. */
function pane(name) {
  page.dataset.pane = name;
}

const isNarrow = () => matchMedia("(max-width: 899px)").matches;

async function open(of, { push = true } = {}) {
  page.dataset.open = of;
  list.current(of);
  pane("conversation");
  const address = `/inbox/${encodeURIComponent(of)}?view=${encodeURIComponent(list.view)}`;
  if (push && location.pathname + location.search !== address) history.pushState({ reference: of }, "", address);
  const ticket = await conversation.open(of);
  if (!ticket) return;
  list.saw(ticket);
  list.update(ticket);
  knownTeams.add(ticket.team);
  context.show(ticket);
  announce(`Open: ${firstLine(ticket.question)}, from ${customerName(ticket)}`);
  if (isNarrow()) conversation.focus();
}

function shut() {
  delete page.dataset.open;
  pane("list");
  conversation.close();
  context.clear();
  list.current(null);
}

function back() {
  shut();
  history.pushState({}, "", `/inbox?view=${encodeURIComponent(list.view)}`);
  list.focus();
}

/** A ticket as it is now, wherever it is shown. */
function changed(ticket) {
  list.update(ticket);
  knownTeams.add(ticket.team);
  if (ticket.reference === conversation.reference) {
    conversation.update(ticket);
    context.update(ticket);
    if (!document.hidden) list.saw(ticket);
  }
  countSoon();
}

async function claim(of) {
  if (of === conversation.reference) return conversation.claim();
  const ticket = list.ticket(of);
  if (!ticket) return;
  const why = reasonsAgainst(ticket, viewer).claim;
  if (why) return toast(why);
  try {
    changed(await api.claim(ticket));
    announce(`Claimed: ${firstLine(ticket.question)}`);
  } catch (error) {
    toast(`Not claimed: ${error.message}`, "bad");
    if (error.isConflict) refresh(of);
  }
}

async function show(view, { push = true } = {}) {
  memory.set("view", view);
  if (push) history.pushState({ reference: conversation.reference }, "", `${location.pathname}?view=${encodeURIComponent(view)}`);
  await list.load(view);
  list.current(page.dataset.open ?? null);
  const name = document.querySelector("#views [aria-current]")?.firstChild.textContent.trim() ?? view;
  announce(`${name}: ${list.tickets.length} tickets`);
}

// Numbers on the views.

let counting = null;

function countSoon() {
  counting ??= setTimeout(count, 400);
}

async function count() {
  counting = null;
  try {
    const counts = await api.counts(teams);
    for (const button of document.querySelectorAll("#views [data-view]")) {
      const number = counts[button.dataset.view];
      const place = button.querySelector(".count");
      if (place && number !== undefined) place.textContent = number > 999 ? "999+" : String(number);
    }
    self.plate(counts.mine_complex);
    document.title = counts.mine > 0 ? `(${counts.mine}) ${TITLE}` : TITLE;
  } catch {
    // The next event counts again.
  }
}

// What happens elsewhere.

const versions = new Map();
const warned = new Map();

async function refresh(of) {
  try {
    const ticket = await api.ticket(of);
    changed(ticket);
    return ticket;
  } catch (error) {
    if (error.status === 404) list.load();
    return null;
  }
}

function isOurs(ticket) {
  return teams.length === 0 || teams.includes(ticket.team);
}

stream.addEventListener("ticket", async ({ detail }) => {
  // A ticket is told in the streams of its team and its conversation.
  if ((versions.get(detail.reference) ?? 0) >= detail.version) return;
  versions.set(detail.reference, detail.version);
  const ticket = await refresh(detail.reference);
  // What could not be read is read with the next word of it.
  if (!ticket) versions.delete(detail.reference);
  if (!ticket || !stream.isReader) return;
  const last = ticket.events.at(-1);
  const title = (words) => `${words}: ${customerName(ticket)}`;
  if (detail.new && isOurs(ticket)) notify(title("New ticket"), firstLine(ticket.question), ticket.reference, () => open(ticket.reference));
  else if (ticket.assignee === me && ["wrote", "reopened", "disputed"].includes(last?.kind)) {
    notify(title("Reply in your ticket"), firstLine(ticket.question), ticket.reference, () => open(ticket.reference));
  }
});
for (const kind of ["turn", "note"]) {
  stream.addEventListener(kind, ({ detail }) => conversation.heard(detail.stream, detail));
}
stream.addEventListener("presence", ({ detail }) => conversation.presence(detail));
stream.addEventListener("reload", () => everything());
session.ended = () => stream.signedOut();
stream.addEventListener("state", ({ detail: { state, before } }) => {
  const lost = "The connection is lost. What you see may be old; it comes back by itself.";
  const signIn = el("a", { href: `/login?next=${encodeURIComponent(location.pathname)}`, target: "_blank", rel: "noopener" }, "Sign in in another tab");
  const told = { lost: [lost], "signed-out": ["You are signed out. What you have typed is kept. ", signIn, "; this page then goes on by itself."] };
  document.getElementById("live-state").replaceChildren(...(told[state] ?? []));
  page.dataset.live = state;
  // The server may have restarted: look again at what is shown.
  if (state === "live" && before !== "connecting") everything();
});

function everything() {
  list.load().catch(() => {});
  conversation.reload().catch(() => {});
  countSoon();
}

/** Tells once that a promise in one's own tickets is nearly missed. */
function watchPromises() {
  if (!stream.isReader) return;
  for (const ticket of list.tickets) {
    const { state, due, words } = promiseClock(ticket);
    if (ticket.assignee !== me || state !== "warn" || warned.get(ticket.reference) === due) continue;
    warned.set(ticket.reference, due);
    notify(`Promise nearly missed: ${words}`, firstLine(ticket.question), ticket.reference, () => open(ticket.reference));
  }
}

// Keys and buttons.

document.getElementById("views").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) show(button.dataset.view);
});
document.getElementById("show-keys").addEventListener("click", showKeys);
for (const menu of document.querySelectorAll(".desk-bar details")) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".desk-bar details[open], .more-acts[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

const goTo = (view) => () => show(view).then(() => list.focus());
keys({
  j: () => list.move(1),
  ArrowDown: () => list.move(1),
  k: () => list.move(-1),
  ArrowUp: () => list.move(-1),
  Enter: () => list.selected && open(list.selected),
  c: () => (conversation.reference && list.selected === conversation.reference ? conversation.claim() : list.selected ? claim(list.selected) : conversation.claim()),
  r: () => conversation.write("reply"),
  n: () => conversation.write("note"),
  a: () => conversation.article(),
  i: () => context.nearest && conversation.insert(context.nearest),
  e: () => conversation.escalate(),
  s: () => conversation.snooze(),
  x: () => conversation.resolve(),
  m: () => conversation.merge(),
  "?": () => showKeys(),
  "g m": goTo("mine"),
  "g t": goTo("team"),
  "g u": goTo("unassigned"),
  "g o": goTo("overdue"),
  "g e": goTo("escalated"),
});

addEventListener("popstate", () => {
  const of = decodeURIComponent(location.pathname.split("/")[2] ?? "");
  const view = new URLSearchParams(location.search).get("view");
  if (view && view !== list.view) list.load(view);
  if (!of) shut();
  else if (of !== conversation.reference) open(of, { push: false });
});

async function begin() {
  page.hidden = false;
  document.body.classList.add("has-inbox");
  switches();
  stream.start();
  self.load();
  try {
    for (const person of (await api.people()).people) people.set(person.id, person);
  } catch (error) {
    toast(`Names of colleagues cannot be loaded: ${error.message}`, "bad");
  }
  for (const person of people.values()) for (const team of person.teams) knownTeams.add(team);
  const wanted = new URLSearchParams(location.search).get("view") ?? memory.get("view", "unassigned");
  count();
  const loading = list.load(wanted);
  if (reference) await open(reference, { push: false });
  await loading;
  list.current(conversation.reference);
  setInterval(watchPromises, 30_000);
}

begin();
