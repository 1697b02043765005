// Keys for the whole page, if they are not switched off (`?` shows how). They never fire while somebody types, and never together with Ctrl, Alt or the command key.

import { memory } from "./dom.js";

/** After `g`, the next letter is waited for so long. */
const SECOND = 1200;

const isField = (element) => element instanceof HTMLElement && (element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])"));

/** `acts` by key; keys of two letters begin with `g`. */
export function keys(acts) {
  let prefix = 0;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (isField(event.target)) {
      // Out of the field, so that keys work again.
      if (event.key === "Escape") {
        event.target.blur();
        event.preventDefault();
      }
      return;
    }
    if (event.key !== "?" && !memory.get("keys", true)) return;
    // What scrolls by arrows goes on to do so.
    if (event.key.startsWith("Arrow") && event.target.closest?.(".turns, .context, .table, details")) return;
    const second = Date.now() - prefix < SECOND;
    prefix = 0;
    if (event.key === "g" && !second) {
      prefix = Date.now();
      return;
    }
    const act = acts[second ? `g ${event.key}` : event.key];
    if (!act) return;
    // Buttons and links keep Enter and space for themselves.
    if (event.key === "Enter" && event.target.closest?.("button, a, summary")) return;
    event.preventDefault();
    act();
  });
}
