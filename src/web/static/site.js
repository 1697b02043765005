// On every page: the search box with suggestions (combobox pattern of the ARIA practices guide), the `/` key, times in
// the reader's own zone, forms that are sent once, votes in place, announcements that are put away. Without script all of
// it still works, plainer.
import { isOwnTime, localeOf, wholeTime } from "./shared.js";
import { asker, marked } from "./suggest.js";

for (const form of document.querySelectorAll("form[data-suggest]")) suggestUnder(form);
for (const menu of document.querySelectorAll("details.switch, details.me")) closeOutside(menu);
for (const button of document.querySelectorAll("[data-put-away]")) putAway(button);
document.addEventListener("keydown", focusSearch);
document.addEventListener("submit", vote);
improve(document);

/** What also holds for parts of a page that come later. */
export function improve(root) {
  // The first one names the zone of all that follow.
  const [first] = root.querySelectorAll("time[data-local=short]");
  for (const time of root.querySelectorAll("time[data-local]")) showLocally(time, time === first);
  for (const form of root.querySelectorAll("form[data-once]")) sendOnce(form);
  // What is told about a ticket, in letters too, is told in its customer's own time.
  for (const field of root.querySelectorAll("input[data-zone]")) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  // What scrolls sideways must be reached by keyboard, too.
  for (const box of root.querySelectorAll(".prose :is(pre, table)")) if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
}

function suggestUnder(form) {
  const input = form.querySelector("input[name=q]");
  const lang = form.querySelector("input[name=lang]")?.value;
  const list = document.createElement("div");
  const status = document.createElement("p");
  list.id = `${input.id}-suggestions`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.label);
  list.hidden = true;
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  form.querySelector(".search-field").append(list);
  form.append(status);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", "false"]]) {
    input.setAttribute(name, value);
  }

  let chosen = -1;
  const rows = () => [...list.children];

  function choose(index) {
    chosen = index;
    rows().forEach((row, at) => row.setAttribute("aria-selected", String(at === chosen)));
    const row = rows()[chosen];
    if (row) {
      input.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  }

  function open(isOpen) {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) choose(-1);
  }

  function show(suggestions) {
    list.replaceChildren(...suggestions.map((suggestion, at) => rowOf(suggestion, `${list.id}-${at}`)));
    const typed = input.value.trim().length >= 2;
    status.textContent = !typed ? "" : suggestions.length ? form.dataset.some.replace("{n}", suggestions.length) : form.dataset.none;
    open(suggestions.length > 0 && document.activeElement === input);
    choose(-1);
  }

  const ask = asker({ lang, limit: 6, show });
  input.addEventListener("input", () => ask(input.value));
  input.addEventListener("focus", () => open(list.children.length > 0 && input.value.trim().length >= 2));
  input.addEventListener("blur", () => open(false));
  // A press on a row must not take the focus away before its click arrives.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const count = list.children.length;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      open(false);
    } else if (event.key === "Enter" && !list.hidden && chosen >= 0) {
      event.preventDefault();
      location.assign(rows()[chosen].href);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count > 0) {
      event.preventDefault();
      if (list.hidden) open(true);
      // One more place than rows: past either end the focus is back in the box.
      const step = event.key === "ArrowDown" ? 1 : -1;
      choose(((chosen + 1 + step + count + 1) % (count + 1)) - 1);
    }
  });
}

function rowOf(suggestion, id) {
  // A link that is an option: it can be opened in another tab like any other.
  const row = document.createElement("a");
  row.id = id;
  row.href = suggestion.url;
  row.tabIndex = -1;
  row.setAttribute("role", "option");
  row.setAttribute("aria-selected", "false");
  row.lang = suggestion.lang;
  const text = document.createElement("span");
  text.append(marked(suggestion.text, suggestion.highlights));
  row.append(text);
  if (suggestion.title && suggestion.title !== suggestion.text) {
    const title = document.createElement("small");
    title.textContent = suggestion.title;
    row.append(title);
  }
  return row;
}

function focusSearch(event) {
  const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
  const input = document.querySelector("form[role=search] input[name=q]");
  if (!input) return;
  event.preventDefault();
  input.focus();
  input.select();
}

function showLocally(time, namesZone) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) return;
  const locale = localeOf(document.documentElement.lang);
  // In the reader's own zone already: a promise reads as in the letter about it.
  const whole = isOwnTime(time.dateTime) ? time.textContent : wholeTime(locale).format(at);
  if (time.dataset.local !== "short") {
    time.textContent = whole;
    return;
  }
  // Many moments on one page: short, with the long form for whoever points at it.
  time.title = whole;
  const short = { day: "numeric", month: "short", hour: "numeric", minute: "2-digit", ...(namesZone && { timeZoneName: "short" }) };
  time.textContent = new Intl.DateTimeFormat(locale, short).format(at);
}

function sendOnce(form) {
  const button = form.querySelector("button[type=submit]");
  const words = button.textContent;
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    button.setAttribute("aria-disabled", "true");
    button.textContent = form.dataset.sending;
  });
  // Coming back with the browser's button shows the page as it was left; it must be usable again.
  addEventListener("pageshow", () => {
    delete form.dataset.sent;
    button.removeAttribute("aria-disabled");
    button.textContent = words;
  });
}

// The server leaves out what this browser has put away; without script everything is shown.
function putAway(button) {
  const COOKIE = "tanya_put_away";
  const MOST = 20;
  const notice = button.closest("[data-announcement]");
  button.hidden = false;
  button.addEventListener("click", () => {
    const kept = document.cookie.split("; ").find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
    const ids = [...new Set([...(kept ? kept.split(".") : []), notice.dataset.announcement])].slice(-MOST);
    document.cookie = `${COOKIE}=${ids.join(".")}; path=/; max-age=7776000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
    const area = notice.closest(".notices");
    notice.remove();
    if (!area.querySelector("[data-announcement]")) area.remove();
    // The button that had the focus is gone.
    document.querySelector("#main").focus({ preventScroll: true });
  });
}

function closeOutside(menu) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

// "Did this help?" without leaving the page. If a vote cannot be sent from here, the form is sent as it is.
async function vote(event) {
  const form = event.target;
  const box = form.closest("[data-vote]");
  if (!box || form.dataset.plain) return;
  const data = new FormData(form, event.submitter);
  const helped = data.get("helped");
  const reason = data.get("reason")?.trim() || null;
  if (helped !== "yes" && helped !== "no") return;
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "yes";
  try {
    const reply = await fetch("/api/v1/feedback", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({
        article: data.get("article"),
        helped: helped === "yes",
        reason,
        decision: box.querySelector("input[name=decision]")?.value ?? null,
      }),
    });
    if (!reply.ok) throw new Error(String(reply.status));
    said(box, helped === "yes" ? "yes" : reason ? "why" : "no");
  } catch {
    form.dataset.plain = "yes";
    form.requestSubmit(event.submitter);
  } finally {
    delete form.dataset.sending;
  }
}

function said(box, word) {
  for (const form of box.querySelectorAll("form")) form.hidden = true;
  for (const part of box.querySelectorAll("[data-said]")) part.hidden = part.dataset.said !== word;
  const shown = box.querySelector(`[data-said="${word}"]`);
  // The button that had the focus is gone.
  const place = shown.querySelector("p");
  place.tabIndex = -1;
  place.focus();
}
