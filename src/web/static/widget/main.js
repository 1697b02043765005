// Puts the chat on a page: reads what the page says about itself and its visitor, loads words, style and settings, and gives
// the page its few functions. Everything lives in the shadow of one element, with style sheets that need no permission.

import { Api } from "./api.js";
import { Chat } from "./chat.js";
import { clock, speaker } from "./dom.js";
import { Memory } from "./memory.js";
import { Panel } from "./panel.js";
import { pause } from "./stream.js";

const NAME = "tanya-chat";
/** How soon, and how seldom at the end, the settings are asked for again: a site that may not have them is not to ask often. */
const AGAIN_MS = 30_000;
const LONGEST_MS = 10 * 60_000;
const PART_AGAIN_MS = 2_000;

/** `base` is the help center's origin, `files` where its parts are, `given` the attributes of the script element. */
export async function start({ base, files, given, calls }) {
  if (document.querySelector(NAME)) return;
  const api = new Api(base);
  // The settings page shows what is not saved yet: beside what visitors have, in a memory of its own.
  const unsaved = asObject(given.preview);
  // A page that shows the announcements itself need not have them twice.
  const fixed = { ...unsaved, ...(given.announcements === "off" ? { announcements: [] } : {}) };
  const memory = new Memory(given.preview ? `${base}#preview` : base);
  const page = { context: asObject(given.context), identity: given.identity ?? null };
  const lang = languageOf(given.lang, Object.keys(files.words));
  const visitor = () => ({
    lang: wanted(given.lang)[0] ?? lang,
    // Without what follows the path: that is where secrets are.
    context: { ...page.context, page_url: location.origin + location.pathname },
    identity: page.identity,
    subject: subjectOf(page.identity),
  });
  const [words, style] = await Promise.all([part(base + files.words[lang], "json"), part(base + files.style, "text")]);
  let at = location.pathname;
  const settings = { ...(await settled(api, memory, visitor)), ...fixed };
  if (page.identity) keepFor(memory, subjectOf(page.identity));

  const element = document.createElement(NAME);
  element.lang = lang;
  element.setAttribute("side", settings.side);
  if (["light", "dark"].includes(given.scheme)) element.setAttribute("scheme", given.scheme);
  const root = element.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet(style), sheet(settings.style)];
  const chat = new Chat({ api, memory, visitor });
  let asked = 0;
  const look = async (isNew = false) => {
    if (!isNew && at === location.pathname) return;
    at = location.pathname;
    const mine = ++asked;
    const fresh = await ask(api, memory, visitor).catch(() => null);
    // The visitor may be on another page by now.
    if (fresh && mine === asked) panel.set({ ...fresh, ...fixed });
  };
  const make = { api, chat, memory, visitor, look, t: speaker(words), clock: clock(lang) };
  const panel = new Panel(root, make, settings);
  document.body.append(element);
  // Pages that change their address without loading anew.
  globalThis.navigation?.addEventListener("navigatesuccess", () => look());
  addEventListener("popstate", () => look());
  chat.start();
  // A panel that stood open is open on the next page, too; the focus stays where the visitor put it.
  if (given.preview || memory.get("open", memory.tab)) panel.open({ focus: false });

  const can = {
    open: () => panel.open(),
    close: () => panel.close(),
    context: (context) => {
      page.context = { ...page.context, ...context };
      look(true);
    },
    identify: (identity) => {
      page.identity = identity || null;
      if (!keepFor(memory, subjectOf(page.identity))) chat.left();
    },
    forget: () => chat.forgetAll(),
  };
  calls((name, ...values) => can[name]?.(...values));
}

/** Somebody else at the same device must not read on: forgets the conversations of another person, and says so. */
function keepFor(memory, subject) {
  let isKept = true;
  for (const name of ["conversation", ...memory.all("past:").map(({ id }) => `past:${id}`)]) {
    const kept = memory.get(name);
    if (kept?.subject && kept.subject !== subject) {
      isKept = false;
      memory.forget(kept.id);
    } else if (kept && subject) {
      // What was begun before signing in is theirs from now on.
      memory.set(name, { ...kept, subject });
    }
  }
  if (!isKept) memory.forget();
  return isKept;
}

/** A part of the widget. A connection that fails for a moment must not leave the page without a chat. */
async function part(address, form) {
  for (let wait = PART_AGAIN_MS; ; wait = Math.min(wait * 2, LONGEST_MS)) {
    try {
      const reply = await fetch(address, { credentials: "omit" });
      if (reply.ok) return await reply[form]();
    } catch {
      // Tried again below.
    }
    await pause(wait);
  }
}

/** The settings for this page; while there is no connection, those of the last visit, else it waits. */
async function settled(api, memory, visitor) {
  for (let wait = AGAIN_MS; ; wait = Math.min(wait * 2, LONGEST_MS)) {
    try {
      return await ask(api, memory, visitor);
    } catch {
      const known = memory.get("settings");
      if (known) return { ...known, articles: [], announcements: [] };
      await pause(wait);
    }
  }
}

async function ask(api, memory, visitor) {
  const { lang, context } = visitor();
  const { page_url, ...claims } = context;
  const query = new URLSearchParams({ page_url, lang });
  if (Object.keys(claims).length > 0) query.set("context", JSON.stringify(claims));
  const settings = await api.call("GET", `/api/v1/widget?${query}`);
  memory.set("settings", settings);
  return settings;
}

function sheet(css) {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}

function asObject(text) {
  try {
    const value = JSON.parse(text ?? "{}");
    return value && typeof value === "object" && !Array.isArray(value) ? value : {};
  } catch {
    console.warn("Tanya: data-context is not JSON.");
    return {};
  }
}

/** Languages of the page and its visitor, most wanted first. */
function wanted(given) {
  const tags = [given, document.documentElement.lang, ...navigator.languages].filter(Boolean);
  return tags.map((tag) => tag.toLowerCase().split("-")[0]);
}

function languageOf(given, known) {
  // The page's own language first: a page in Arabic with English words is odd, one with Japanese words is odder.
  return wanted(given).slice(0, given || document.documentElement.lang ? 1 : undefined).find((lang) => known.includes(lang)) ?? "en";
}

/** Whom a signed identity is about. It is only compared here; the server checks it. */
function subjectOf(identity) {
  try {
    const part = identity.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return String(JSON.parse(atob(part)).sub);
  } catch {
    return null;
  }
}
