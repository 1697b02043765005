// Comfort on the settings pages: rows that are added, colours that are picked, lines with numbers, previews while one
// types. Without script everything can be set all the same.

for (const rows of document.querySelectorAll("[data-rows]")) growing(rows);
for (const field of document.querySelectorAll("[data-colour]")) pickable(field);
for (const button of document.querySelectorAll("[data-copy]")) copying(button);
for (const editor of document.querySelectorAll("[data-editor]")) numbered(editor);
for (const field of document.querySelectorAll("[data-absolute]")) field.value = new URL(field.value, location.href).href;
for (const form of document.querySelectorAll("form[data-preview]")) previewed(form);
for (const form of document.querySelectorAll("form[data-widget]")) framed(form);
for (const line of document.querySelectorAll("[data-announced]")) announced(line);
for (const day of document.querySelectorAll("[data-day]")) foldable(day);
for (const form of document.querySelectorAll("form[data-form]")) guarded(form);
for (const row of document.querySelectorAll("[data-condition]")) comparing(row);
for (const key of document.querySelectorAll("[data-key]")) keyed(key);
document.getElementById("desk-time_zone")?.setAttribute("list", "zones");
for (const field of document.querySelectorAll('input[name^="page."][name$=".articles"]')) field.setAttribute("list", "articles");
document.querySelector(".settings-pages [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
document.querySelector("[aria-invalid=true]")?.focus();

/** A button under a list of rows that adds an empty one, numbered after the last. */
function growing(rows) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet small";
  button.textContent = rows.dataset.rows;
  if (rows.querySelector("[readonly]")) return;
  rows.after(button);
  button.addEventListener("click", () => {
    const last = rows.lastElementChild;
    const number = Number(last.dataset.row);
    const row = last.cloneNode(true);
    row.dataset.row = String(number + 1);
    for (const part of row.querySelectorAll("*")) {
      for (const name of ["name", "id", "for", "aria-describedby"]) {
        const value = part.getAttribute(name);
        if (value) part.setAttribute(name, value.replace(/([.-])\d+([.-])/, `$1${number + 1}$2`));
      }
      if (part.matches("input")) part.value = "";
      part.removeAttribute("aria-invalid");
      if (part.matches(".field-error")) part.remove();
    }
    const legend = row.querySelector("legend");
    if (legend) legend.textContent = legend.textContent.replace(/\d+/, String(number + 2));
    rows.append(row);
    row.querySelector("input").focus();
  });
}

/** A picker beside a text field for a colour; the text stays what is sent, since it may be any CSS colour. */
function pickable(field) {
  if (field.readOnly) return;
  const picker = document.createElement("input");
  picker.type = "color";
  picker.tabIndex = -1;
  picker.setAttribute("aria-hidden", "true");
  const show = () => {
    picker.value = hex(field.value.trim() || field.placeholder) ?? "#000000";
  };
  show();
  field.addEventListener("input", show);
  picker.addEventListener("input", () => {
    field.value = picker.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  field.before(picker);
}

/** Any CSS colour as the six digits that the picker takes. */
function hex(colour) {
  if (!CSS.supports("color", colour)) return undefined;
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = colour;
  return /^#[0-9a-f]{6}$/.test(context.fillStyle) ? context.fillStyle : undefined;
}

function copying(button) {
  const field = button.previousElementSibling;
  const words = button.textContent;
  button.hidden = false;
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    field.select();
    let done = true;
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      // Pages without https have no clipboard; what is selected can be copied by hand.
      done = document.execCommand("copy");
    }
    button.textContent = done ? "Copied" : "Press Ctrl-C";
    setTimeout(() => (button.textContent = words), 2000);
  });
}

/** Numbers beside the lines of a text, scrolled with it; a link to a line goes there. */
function numbered(editor) {
  const text = editor.querySelector("textarea");
  const gutter = document.createElement("div");
  gutter.className = "gutter";
  gutter.setAttribute("aria-hidden", "true");
  let shown = 0;
  const count = () => {
    const lines = text.value.split("\n").length;
    if (lines === shown) return;
    shown = lines;
    gutter.textContent = Array.from({ length: lines }, (_, at) => at + 1).join("\n");
  };
  const follow = () => (gutter.scrollTop = text.scrollTop);
  editor.classList.add("numbered");
  count();
  text.addEventListener("input", count);
  text.addEventListener("scroll", follow);
  editor.prepend(gutter);
  for (const link of document.querySelectorAll("[data-line]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const lines = text.value.split("\n");
      const line = Number(link.dataset.line) - 1;
      const start = lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0);
      text.focus();
      text.setSelectionRange(start, start + (lines[line]?.length ?? 0));
      text.scrollTop = Math.max(0, (text.scrollHeight / lines.length) * (line - 4));
    });
  }
}

function debounced(work, wait) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, wait);
  };
}

/** Sentences about hours that are not saved yet; mistakes beside their fields. */
function previewed(form) {
  const list = form.querySelector("[data-lines]");
  let asked = 0;
  const ask = debounced(async () => {
    const mine = ++asked;
    const reply = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => undefined);
    if (!reply?.ok || mine !== asked) return;
    if (reply.redirected) {
      const told = "You are signed out. What you typed is still here: sign in on another tab, then save.";
      list.replaceChildren(Object.assign(document.createElement("li"), { textContent: told }));
      return;
    }
    const { lines, wrong } = await reply.json();
    const shown = lines.length ? lines : ["Not yet: something below is not as it must be."];
    list.replaceChildren(...shown.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    for (const day of form.querySelectorAll("[data-day]")) {
      const why = wrong[day.dataset.day];
      let told = day.querySelector(".field-error");
      if (!why) told?.remove();
      else {
        if (!told) {
          told = document.createElement("p");
          told.className = "field-error";
          day.querySelector("td").append(told);
        }
        told.textContent = why;
      }
    }
  }, 300);
  form.addEventListener("input", ask);
  form.addEventListener("change", ask);
}

/** The widget in its frame, with what the form holds. */
function framed(form) {
  const frame = form.querySelector("iframe");
  const show = debounced(() => {
    const address = new URL(frame.src);
    const lang = address.searchParams.get("lang");
    for (const [name, field] of [
      ["title", `widget.title.${lang}`],
      ["greeting", `widget.greeting.${lang}`],
      ["accent", "widget.accent"],
      ["side", "widget.side"],
    ]) {
      address.searchParams.set(name, form.elements.namedItem(field)?.value ?? "");
    }
    if (address.href !== frame.src) frame.src = address.href;
  }, 400);
  form.addEventListener("input", show);
  form.addEventListener("change", show);
}

/** How an announcement looks while it is written. */
function announced(line) {
  const form = line.closest("form");
  const text = form.querySelector('[name^="text."]');
  const level = form.elements.namedItem("level");
  const sign = document.createElement("span");
  const words = document.createElement("span");
  sign.className = "sign";
  sign.setAttribute("aria-hidden", "true");
  line.replaceChildren(sign, words);
  const show = () => {
    words.textContent = text.value.trim();
    const isWarning = level.value === "warning";
    sign.textContent = isWarning ? "!" : "i";
    line.classList.toggle("warning", isWarning);
    line.hidden = !text.value.trim();
  };
  show();
  form.addEventListener("input", show);
  form.addEventListener("change", show);
}

/** A day without more hours has a button in place of their empty fields. */
function foldable(day) {
  // Whoever types hours means them.
  day.addEventListener("input", () => {
    const these = day.closest("form")?.querySelector('input[name="always"][value="no"]:not([disabled])');
    if (these) these.checked = true;
  });
  const [, ...more] = [...day.querySelectorAll("td")].map((cell) => cell.querySelector(".span"));
  if (day.querySelector("[readonly]")) return;
  for (const span of more) {
    const fields = [...span.querySelectorAll("input")];
    if (fields.some((field) => field.value)) continue;
    const button = document.createElement("button");
    const name = day.querySelector("th").textContent.trim();
    Object.assign(button, { type: "button", className: "more", textContent: "Add hours" });
    button.setAttribute("aria-label", `Add hours on ${name}`);
    span.hidden = true;
    span.before(button);
    button.addEventListener("click", () => {
      span.hidden = false;
      button.remove();
      fields[0].focus();
    });
  }
}

/** Whether something is known needs no values. */
function comparing(row) {
  const select = row.querySelector("select");
  const values = row.querySelector("[data-values]");
  const show = () => (values.hidden = ["known", "unknown"].includes(select.value));
  show();
  select.addEventListener("change", show);
}

/** Only other values of the page have a name to type. */
function keyed(key) {
  const select = document.getElementById("add");
  const show = () => (key.hidden = select.value !== "context");
  show();
  select.addEventListener("change", show);
}

/** Asks before what was typed is left behind. */
function guarded(form) {
  // A draft that travels in the form is not published yet either.
  let changed = "changed" in form.dataset;
  form.addEventListener("input", () => (changed = true));
  form.addEventListener("submit", () => (changed = false));
  for (const link of document.querySelectorAll("[data-drop]")) link.addEventListener("click", () => (changed = false));
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}
