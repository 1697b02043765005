// What several pages need: elements, pictures of lines, events from a reply that goes on, moments in the reader's own time.

/**
 * An element with attributes and children. Functions are listeners (`onclick`), `true` is an empty attribute; `false`, null
 * and undefined are left out, among children too. Words only ever become text.
 */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== false && child !== null && child !== undefined));
  return element;
}

/** A picture of one line, which means nothing to screen readers. */
export function drawing(path, attributes = {}) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", "aria-hidden": "true", ...attributes })) svg.setAttribute(key, value);
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/**
 * Reads `text/event-stream` to its end: `heard({ id, event, data })` is called for each event, its data parsed as JSON, and
 * `alive()` whenever anything came, be it only a sign of life.
 */
export async function readEvents(body, heard, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ; ) {
    const { value, done } = await reader.read();
    if (done) return;
    alive();
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) tell(block, heard);
  }
}

function tell(block, heard) {
  const event = { id: null, event: "message", data: "" };
  for (const line of block.split("\n")) {
    const [, field, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (field === "data") event.data += value;
    else if (field) event[field] = value;
  }
  if (event.data) heard({ ...event, data: JSON.parse(event.data) });
}

/** The reader's variety of a language: 24 November or November 24. */
export const localeOf = (lang) => navigator.languages.find((tag) => tag.split("-")[0] === lang) ?? lang;

/** A moment in full, with the name of the reader's zone. */
export function wholeTime(locale) {
  const format = { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" };
  return new Intl.DateTimeFormat(locale, format);
}

/** Whether a moment with its offset (`…+07:00`) has the reader's own time already: then the server's words for it stay. */
export function isOwnTime(iso) {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(iso ?? "") ?? [];
  return sign !== undefined && Number(`${sign}1`) * (hours * 60 + Number(minutes)) === -new Date(iso).getTimezoneOffset();
}
