// Small questions before something is done, and the search for a passage.

import { el } from "../shared.js";
import { icon, memory } from "./dom.js";
import { api } from "./api.js";
import { customerName, firstLine, moment } from "./words.js";

/** What was typed into dialogs and has not been done: it is there again when the same question is asked. */
const unsent = new Map();

/** What was typed for it has been done. */
export const forget = (key) => unsent.delete(key);

/**
 * Shows a dialog; resolves to what was chosen, or to null. The focus goes back to where it was. What is typed into its text
 * field is kept under `keep` until [`forget`]; `problem` says why it was not done the last time.
 */
function ask(title, content, { submit = null, wide = false, keep = null, problem = null } = {}) {
  return new Promise((done) => {
    const back = document.activeElement;
    let answer = null;
    // At once, not when the browser comes to tell that it is closed: the next key may follow sooner, and must find it gone.
    const end = () => {
      if (!dialog.isConnected) return;
      dialog.close();
      dialog.remove();
      if (back?.isConnected) back.focus();
      done(answer);
    };
    if (problem) content = [el("p", { class: "dialog-problem", role: "alert" }, icon("alert"), problem), content];
    const close = el("button", { type: "button", class: "close", "aria-label": "Close", onclick: end }, "×");
    const form = el("form", { method: "dialog" }, content, submit && el("p", { class: "dialog-do" }, el("button", { type: "button", class: "button quiet", onclick: end }, "Cancel"), el("button", { type: "submit", class: "button" }, submit)));
    const dialog = el("dialog", { class: wide ? "roomy" : null, "aria-labelledby": "dialog-title" }, el("header", {}, el("h2", { id: "dialog-title" }, title), close), form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      answer = Object.fromEntries(new FormData(form, event.submitter));
      end();
    });
    dialog.addEventListener("close", end);
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      end();
    });
    // A slip beside the dialog must not throw away what was typed into it.
    const isEmpty = () => [...dialog.querySelectorAll("input:not([type=checkbox], [type=search]), textarea")].every((field) => field.value.trim() === "");
    dialog.addEventListener("click", (event) => event.target === dialog && isEmpty() && end());
    const text = keep && form.querySelector("textarea, input");
    if (text) {
      text.value = unsent.get(keep) ?? "";
      text.addEventListener("input", () => unsent.set(keep, text.value));
    }
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !submit) return;
      event.preventDefault();
      form.requestSubmit();
    });
    document.body.append(dialog);
    dialog.choose = (value) => {
      answer = value;
      end();
    };
    dialog.showModal();
    dialog.querySelector("[autofocus]")?.focus();
  });
}

const field = (label, control) => el("label", { class: "dialog-field" }, el("span", {}, label), control);

export async function askReason(title, label, submit, options) {
  // Spaces are no reason.
  const input = el("input", { name: "reason", required: true, pattern: ".*\\S.*", title: "A few words", maxlength: 500, autofocus: true, autocomplete: "off" });
  const told = await ask(title, field(label, input), { submit, ...options });
  return told?.reason.trim() || null;
}

/** Minutes until a ticket comes back. */
export async function askSnooze() {
  const now = new Date();
  const tomorrow = new Date(now);
  tomorrow.setDate(now.getDate() + 1);
  tomorrow.setHours(9, 0, 0, 0);
  const monday = new Date(now);
  monday.setDate(now.getDate() + ((8 - now.getDay()) % 7 || 7));
  monday.setHours(9, 0, 0, 0);
  const until = (at) => Math.max(1, Math.round((at - now) / 60_000));
  const choices = [
    ["In 1 hour", 60],
    ["In 4 hours", 240],
    [`Tomorrow, ${moment(tomorrow.toISOString())}`, until(tomorrow)],
    [`Monday, ${moment(monday.toISOString())}`, until(monday)],
  ];
  const list = choices.map(([label, minutes], i) => el("button", { type: "submit", name: "minutes", value: minutes, class: "pick", autofocus: i === 0 }, label));
  const told = await ask("Snooze until", [el("p", { class: "hint" }, "The customer’s next message brings it back at once."), el("div", { class: "picks" }, list)]);
  return told ? Number(told.minutes) : null;
}

export async function askResolve(options) {
  const note = el("textarea", { name: "note", rows: 3, maxlength: 4000, autofocus: true });
  const told = await ask("Resolve", [el("p", { class: "hint" }, "The customer is asked whether it is solved; their word counts."), field("Note for colleagues, if there is something to know", note)], { submit: "Resolve", ...options });
  return told && { note: told.note.trim() || null };
}

export async function askPerson(people, me) {
  const options = [el("option", { value: "" }, "Unassigned: back to the queue"), ...people.map((person) => el("option", { value: person.id }, person.id === me ? `${person.name} (you)` : person.name))];
  const told = await ask("Give it to", field("Person", el("select", { name: "person", autofocus: true }, options)), { submit: "Give" });
  return told && { person: told.person || null };
}

export async function askTeam(teams, own) {
  const known = el("datalist", { id: "known-teams" }, teams.filter((team) => team !== own).map((team) => el("option", { value: team })));
  const input = el("input", { name: "team", required: true, maxlength: 100, list: "known-teams", autofocus: true, autocomplete: "off" });
  const told = await ask("Move to another team", [field("Team", input), known], { submit: "Move" });
  return told?.team.trim() || null;
}

/** Another running ticket of the same customer. */
export async function askMerge(others) {
  const running = others.filter((other) => !["merged", "resolved"].includes(other.state));
  if (running.length === 0) {
    await ask("Merge", el("p", {}, "This customer has no other open ticket. Tickets are merged only with those of the same customer."));
    return null;
  }
  const choices = running.map((other, i) => el("button", { type: "submit", name: "into", value: other.reference, class: "pick", autofocus: i === 0 }, el("span", { dir: "auto" }, firstLine(other.question)), el("small", {}, `${other.reference}, ${moment(other.opened_at)}`)));
  const told = await ask("Go on in", [el("p", { class: "hint" }, "What the customer writes from now on stands there. This cannot be undone."), el("div", { class: "picks" }, choices)]);
  return told?.into ?? null;
}

const HOW = "Enter or a click inserts a passage with its link.";

/** A passage of an article for a reply: found by words, chosen by Enter; at first those nearest to the question. */
export function askPassage(ticket) {
  const input = el("input", { type: "search", "aria-label": "Search articles", placeholder: "Search articles", autofocus: true, autocomplete: "off", role: "combobox", "aria-expanded": "true", "aria-controls": "passages", "aria-autocomplete": "list" });
  const list = el("ul", { id: "passages", role: "listbox", "aria-label": "Passages" });
  const state = el("p", { class: "hint", role: "status" }, HOW);
  let [found, chosen, timer, turn] = [[], 0, null, 0];
  // What is listed belongs to these words; Enter waits for what was typed last.
  let [isCurrent, isWanted] = [false, false];
  const choose = (passage) => list.closest("dialog").choose(passage);
  const mark = (at) => {
    chosen = at;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    input.setAttribute("aria-activedescendant", `passage-${at}`);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const look = async () => {
    const mine = ++turn;
    try {
      const nearest = await api.nearest(ticket.reference, input.value.trim());
      if (mine !== turn) return;
      found = nearest.passages;
      list.replaceChildren(
        ...found.map((passage, i) =>
          el(
            "li",
            { role: "option", id: `passage-${i}`, onclick: () => choose(passage) },
            el("strong", { dir: "auto" }, passage.article.title),
            passage.heading_path.length > 0 && el("small", {}, passage.heading_path.join(" › ")),
            el("span", { class: "passage-text", dir: "auto", lang: passage.language }, passage.text),
          ),
        ),
      );
      isCurrent = true;
      if (found.length > 0) mark(0);
      state.textContent = found.length > 0 ? HOW : "No article has these words.";
      if (isWanted && found[0]) choose(found[0]);
    } catch (error) {
      if (mine === turn) state.textContent = `Articles cannot be searched: ${error.message}`;
    } finally {
      if (mine === turn) isWanted = false;
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    [isCurrent, isWanted] = [false, false];
    turn++;
    timer = setTimeout(look, 150);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && chosen < found.length - 1) mark(chosen + 1);
    else if (event.key === "ArrowUp" && chosen > 0) mark(chosen - 1);
    else if (event.key === "Enter" && isCurrent) found[chosen] && choose(found[chosen]);
    else if (event.key === "Enter") isWanted = true;
    else return;
    event.preventDefault();
  });
  look();
  return ask(`Article for ${customerName(ticket)}`, [input, state, list], { wide: true });
}

export const KEYS = [
  ["In the list", [["j", "↓"], "next ticket"], [["k", "↑"], "ticket before"], [["Enter"], "open it"], [["c"], "claim it"]],
  ["In a ticket", [["r"], "reply"], [["n"], "note for colleagues"], [["a"], "insert from an article"], [["i"], "insert the nearest passage"], [["s"], "snooze, or end it"], [["e"], "escalate"], [["x"], "resolve"], [["m"], "merge"], [["Ctrl Enter"], "send"], [["Esc"], "leave the field"]],
  ["Views", [["g m"], "mine"], [["g t"], "team"], [["g u"], "unassigned"], [["g o"], "overdue"], [["g e"], "escalated"], [["?"], "these keys"]],
];

export function showKeys() {
  const groups = KEYS.map(([title, ...keys]) =>
    el("section", {}, el("h3", {}, title), el("dl", {}, keys.map(([strokes, what]) => el("div", {}, el("dt", {}, strokes.map((stroke) => stroke.split(" ").map((key) => el("kbd", {}, key)))), el("dd", {}, what))))),
  );
  const works = el("input", { type: "checkbox", checked: memory.get("keys", true), onchange: () => memory.set("keys", works.checked) });
  // Whoever speaks to the machine, or hits keys by accident, needs them off (WCAG 2.1.4).
  const choice = el("label", { class: "keys-choice" }, works, "Keys work. Without them, everything has a button.");
  return ask("Keys", [el("div", { class: "keys" }, groups), choice], { wide: true });
}
