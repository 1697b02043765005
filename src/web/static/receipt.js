// On a receipt: the conversation as it goes on. The page itself is asked for again, since its address is the only right
// that its reader has; often at first, then less, and never while nobody looks.
import { improve } from "./site.js";

const OFTEN_MS = 8_000;
const SELDOM_MS = 60_000;
/** For so long often. */
const FRESH_MS = 10 * 60_000;
/** A request that takes longer is given up. */
const PATIENCE_MS = 20_000;

const news = document.querySelector("#news");
const began = Date.now();
let timer = 0;

if (news) {
  schedule();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") look();
    else clearTimeout(timer);
  });
}

function schedule(wait = 0) {
  clearTimeout(timer);
  timer = setTimeout(look, Math.max(wait, Date.now() - began < FRESH_MS ? OFTEN_MS : SELDOM_MS));
}

async function look() {
  clearTimeout(timer);
  let wait = 0;
  if (document.visibilityState !== "visible") return;
  try {
    const reply = await fetch(location.pathname + location.search, { headers: { accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE_MS) });
    // The address is none any more: asking again changes nothing.
    if ([404, 410].includes(reply.status)) return;
    wait = Number(reply.headers.get("retry-after")) * 1000 || 0;
    if (reply.ok) take(new DOMParser().parseFromString(await reply.text(), "text/html"));
  } catch {
    // Offline for a while: the next look tries again.
  }
  schedule(wait);
}

function take(page) {
  const [before, after] = [document.querySelector("#talk"), page.querySelector("#talk")];
  if (!before || !after || before.dataset.mark === after.dataset.mark) return;
  // Whoever is about to rate or to answer must not lose the place.
  if (before.contains(document.activeElement) || isBegun(before)) return;
  const fresh = document.importNode(after, true);
  before.replaceWith(fresh);
  improve(fresh);
  document.title = page.title;
  news.textContent = "";
  setTimeout(() => (news.textContent = news.dataset.text), 100);
}

/** Whether something has been filled in there that is not sent. */
function isBegun(part) {
  return [...part.querySelectorAll("input, textarea")].some((field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked);
}
