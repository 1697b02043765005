// On the page of results: they follow what is typed. The server renders them; this fetches the page for the words typed
// so far and shows its parts. Articles come after every key, the answer after a pause; neither is recorded. Sending the
// form loads the page as without script, and that is what counts as asking.
import { improve } from "./site.js";

const PAUSE_MS = 600;

const form = document.querySelector("form[data-live]");
const input = form?.querySelector("input[name=q]");
const live = document.querySelector("#live");
let shown = input?.value.trim() ?? "";
let number = 0;
let pause = 0;
let running = new AbortController();

if (input) {
  input.setAttribute("aria-controls", "rows");
  // Half a word of an input method is no word.
  input.addEventListener("input", (event) => event.isComposing || typed());
  input.addEventListener("compositionend", typed);
  document.addEventListener("keydown", walk);
}

function typed() {
  const text = input.value.trim();
  if (text === shown) return;
  shown = text;
  number += 1;
  clearTimeout(pause);
  running.abort();
  // What stands there answers another question.
  part(document, "decision").hidden = true;
  if (text.length < 2) return;
  running = new AbortController();
  const mine = number;
  show(text, mine, "rows", ["heading", "meant", "rows"]);
  pause = setTimeout(() => show(text, mine, "answer", ["heading", "meant", "decision", "rows"]), PAUSE_MS);
}

async function show(text, mine, depth, parts) {
  const query = new URLSearchParams({ q: text });
  const lang = form.querySelector("input[name=lang]")?.value;
  if (lang) query.set("lang", lang);
  const address = `/search?${query}`;
  try {
    const reply = await fetch(`${address}&live=${depth}`, { signal: running.signal });
    if (!reply.ok) return;
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    // A newer question has been typed: this reply is too late.
    if (mine !== number) return;
    for (const id of parts) replace(id, page);
    document.title = page.title;
    history.replaceState(null, "", address);
    live.textContent = document.querySelector("#count")?.textContent ?? document.querySelector("#heading").textContent;
  } catch (error) {
    // Sending the form still searches.
    if (error.name !== "AbortError") console.debug(error);
  }
}

const part = (root, id) => root.querySelector(`#${id}`);

function replace(id, page) {
  const [before, after] = [part(document, id), part(page, id)];
  // Whoever has gone on to the results must not lose the place.
  if (!before || !after || before.contains(document.activeElement)) return;
  const fresh = document.importNode(after, true);
  // One status is told: that of the line above.
  for (const status of fresh.querySelectorAll("[role=status]")) status.removeAttribute("role");
  before.replaceWith(fresh);
  improve(fresh);
}

/** The arrow keys go from the box to the results and back, Escape goes back at once. */
function walk(event) {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const places = [input, ...document.querySelectorAll(".results a")];
  const at = places.indexOf(document.activeElement);
  if (at < 0) return;
  if (event.key === "Escape" && at > 0) {
    event.preventDefault();
    input.focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = places[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}
