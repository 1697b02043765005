// Icons, buttons, times: what every piece of the view is made of. People's words become text nodes only; the one HTML that
// is taken over is a passage that the help center has sanitised.

import { drawing, el, isOwnTime, localeOf, wholeTime } from "../shared.js";

const ICONS = {
  chat: "M4 5.500h16v11h-8.500L7 20v-3.500H4z",
  close: "M6 6l12 12M18 6 6 18",
  down: "m6 9.500 6 6 6-6",
  send: "M12 19V5.500M6 11l6-6 6 6",
  more: "M12 5.500v.01M12 12v.01M12 18.500v.01",
  machine: "M5 9h14v10H5zM12 9V5.500M9 13v2M15 13v2",
  check: "m5 12.500 4.500 4.500L19 7.500",
  person: "M12 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM5 20c.7-3.500 3.400-5.500 7-5.500s6.300 2 7 5.500",
  info: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 11v5M12 8v.01",
  warning: "M12 4 3.500 19h17zM12 10v4M12 16.500v.01",
  clock: "M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 7.500V12l3 2",
  list: "M9 7h11M9 12h11M9 17h11M4.500 7v.01M4.500 12v.01M4.500 17v.01",
  page: "M6 3.500h8l4 4v13H6zM9 12h6M9 16h6",
};

/** A picture of lines that means nothing to screen readers. */
export const icon = (name) => drawing(ICONS[name]);

/** A button with words. */
export function button(words, onclick, props = {}) {
  return el("button", { type: "button", class: "quiet", ...props, onclick }, words);
}

/** A link that opens beside the host page, and tells the other page nothing about it. */
export function link(href, props, ...children) {
  return el("a", { href, target: "_blank", rel: "noopener noreferrer", ...props }, ...children);
}

/** The texts of one language: `t("key", { name: "value" })`. */
export function speaker(words) {
  return (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Formats of times in the visitor's variety of the widget's language. */
export function clock(lang) {
  const locale = localeOf(lang);
  const format = (options) => new Intl.DateTimeFormat(locale, options);
  const time = format({ hour: "numeric", minute: "2-digit" });
  const day = format({ weekday: "long", day: "numeric", month: "long" });
  const whole = wholeTime(locale);
  const date = format({ day: "numeric", month: "short" });
  const soon = format({ weekday: "short", hour: "numeric", minute: "2-digit" });
  return {
    soon: (at) => soon.format(new Date(at)),
    time: (at) => time.format(new Date(at)),
    day: (at) => day.format(new Date(at)),
    date: (at) => date.format(new Date(at)),
    whole: (at) => whole.format(new Date(at)),
    // The words of the server are those of letters and pages.
    isOwn: isOwnTime,
  };
}

/** Whether the visitor wants nothing to move. */
export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const HARMLESS = ["http:", "https:", "mailto:", "tel:"];

/**
 * A passage of an article. Links lead to the article's site and open beside the page; pictures of other sites become links,
 * since loading them would tell those sites who reads here. Where the host page forbids HTML altogether, it is plain text.
 */
export function passage({ html, text }, address) {
  const box = document.createElement("template");
  try {
    box.innerHTML = html;
  } catch {
    return el("p", { class: "plain" }, text);
  }
  for (const node of box.content.querySelectorAll("*")) {
    for (const { name } of [...node.attributes]) {
      if (name === "style" || name === "id" || name.startsWith("on")) node.removeAttribute(name);
    }
  }
  for (const node of box.content.querySelectorAll("a[href]")) {
    const href = resolved(node.getAttribute("href"), address);
    if (href) Object.assign(node, { href, target: "_blank", rel: "noopener noreferrer" });
    else node.removeAttribute("href");
  }
  for (const node of box.content.querySelectorAll("img, video, audio, iframe")) {
    const src = resolved(node.getAttribute("src") ?? node.querySelector("source")?.getAttribute("src") ?? "", address);
    const own = src && new URL(src).origin === new URL(address).origin;
    if (own && node.localName === "img") Object.assign(node, { src, loading: "lazy" });
    else node.replaceWith(src ? link(src, {}, node.getAttribute("alt") || src) : "");
  }
  // Headings of the article are none of this page.
  for (const node of box.content.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    node.replaceWith(el("p", { class: "heading" }, ...node.childNodes));
  }
  for (const node of box.content.querySelectorAll("table, pre")) {
    const frame = el("div", { class: "scrolls", tabindex: "0" });
    node.replaceWith(frame);
    frame.append(node);
  }
  return el("div", { class: "passage", dir: "auto" }, box.content);
}

function resolved(href, address) {
  try {
    const url = new URL(href, address);
    return HARMLESS.includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}
