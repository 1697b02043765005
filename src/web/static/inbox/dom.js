// Icons, what is said and shown for a while, and what this browser remembers.

import { drawing, el } from "../shared.js";

const PATHS = {
  clock: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  alert: "M12 8v5M12 16.5v.1M12 3 2.5 20h19Z",
  check: "m5 12.5 4.5 4.5L19 7.5",
  back: "m14.5 5-7 7 7 7",
  pause: "M9 6v12M15 6v12",
  robot: "M5 9h14v10H5ZM12 9V5M9 13.5v1M15 13.5v1",
  note: "M5 4h14v10l-5 6H5ZM14 20v-6h5",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5",
  panel: "M4 5h16v14H4ZM15 5v14",
};

/** A small picture beside a word, which says the same. */
export const icon = (name) => drawing(PATHS[name], { width: 16, height: 16, class: "icon" });

/** Says something to screen readers. */
export function announce(text) {
  const place = document.getElementById("announce");
  // The same words again are only heard again if they went away in between.
  place.textContent = "";
  requestAnimationFrame(() => (place.textContent = text));
}

/** Says something to everybody for a while. */
export function toast(text, kind = "plain") {
  const shown = el("p", { class: `toast ${kind}` }, text);
  document.getElementById("toasts").append(shown);
  setTimeout(() => shown.remove(), 6000);
}

/** What the browser would not keep: while the page is open, drafts live here at least. */
const unkept = new Map();

/** What the page remembers in this browser; private windows may forget it at once. */
export const memory = {
  get(key, otherwise) {
    if (unkept.has(key)) return unkept.get(key) ?? otherwise;
    try {
      const kept = localStorage.getItem(`tanya.${key}`);
      return kept === null ? otherwise : JSON.parse(kept);
    } catch {
      return otherwise;
    }
  },
  set(key, value) {
    unkept.delete(key);
    try {
      if (value === undefined) localStorage.removeItem(`tanya.${key}`);
      else localStorage.setItem(`tanya.${key}`, JSON.stringify(value));
    } catch {
      // Full, or not allowed.
      unkept.set(key, value);
    }
  },
};
