// Building elements. Words of people only ever become text.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes (`class`, `data-…`, `on…` for listeners; false and null are left out) and children. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

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
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", width: 16, height: 16, "aria-hidden": "true", class: "icon" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

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

/** What the page remembers in this browser; private windows may forget it at once. */
export const memory = {
  get(key, otherwise) {
    try {
      const kept = localStorage.getItem(`tanya.${key}`);
      return kept === null ? otherwise : JSON.parse(kept);
    } catch {
      return otherwise;
    }
  },
  set(key, value) {
    try {
      if (value === undefined) localStorage.removeItem(`tanya.${key}`);
      else localStorage.setItem(`tanya.${key}`, JSON.stringify(value));
    } catch {
      // Nothing is kept; the page works without.
    }
  },
};
