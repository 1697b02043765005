// Messages as they stand in a conversation. Everything is text; only links to our own articles are links.

import { el } from "../shared.js";
import { icon } from "./dom.js";
import { day, moment, momentOfDay, wholeMoment, zoneName } from "./words.js";

/** Articles that the bot answered with or offered. */
function shownArticles(data) {
  const decision = data.decision;
  const answer = decision?.answer?.article;
  const options = decision?.options?.map((option) => option.article) ?? [];
  return answer ? [answer] : options;
}

function articleLinks(data) {
  const articles = shownArticles(data).filter((article) => /^(https?:\/\/|\/)/.test(article.url ?? ""));
  if (articles.length === 0) return null;
  return el("p", { class: "turn-source" }, articles.map((article) => el("a", { href: article.url, target: "_blank", rel: "noopener" }, article.title)));
}

/** Who says it. */
export function authorOf(turn, context) {
  if (turn.kind === "customer") return context.customer;
  if (turn.kind === "bot" || turn.kind === "receipt") return "Bot";
  if (turn.author === context.me) return "You";
  return turn.data?.name ?? context.nameOf(turn.author);
}

const SYSTEM = {
  handed_back: "Given back to the bot",
  masked: "Something secret was taken out of the message before it",
};

function systemWords(turn) {
  if (turn.text) return turn.text;
  if (SYSTEM[turn.data?.kind]) return SYSTEM[turn.data.kind];
  if (turn.data?.name) return `${turn.data.name} joined`;
  return null;
}

/** One message. */
export function turnElement(turn, context) {
  const key = { "data-turn": `${turn.conversation ?? ""}:${turn.number}` };
  const time = el("time", { datetime: turn.at, title: wholeMoment(turn.at) }, moment(turn.at));
  if (turn.kind === "system") {
    const words = systemWords(turn);
    return words && el("li", { class: "msg k-system", ...key }, el("p", {}, words, " ", time));
  }
  if (turn.kind === "receipt") {
    return el(
      "li",
      { class: "msg k-receipt", ...key },
      el("details", {}, el("summary", {}, time, " Handed over to people", turn.data?.by ? `, promised by ${momentOfDay(turn.data.by)}` : ""), el("p", { dir: "auto" }, turn.text)),
    );
  }
  const mark = { bot: "robot", note: "note" }[turn.kind];
  const label = { bot: "Machine", note: "Note" }[turn.kind];
  return el(
    "li",
    { class: `msg k-${turn.kind}${turn.author === context.me ? " own" : ""}`, ...key },
    el("p", { class: "turn-head" }, mark && icon(mark), el("span", { class: "turn-author", dir: "auto" }, authorOf(turn, context)), label && el("span", { class: "turn-label" }, label), time),
    el("div", { class: "turn-text", dir: "auto", lang: turn.kind === "customer" ? context.language : null }, turn.text),
    turn.kind === "bot" && articleLinks(turn.data ?? {}),
  );
}

/** A line between the messages of two days; the first one says in which zone all of these times are. */
export const dayElement = (iso, isFirst) => el("li", { class: "turn-day" }, day(iso), isFirst && ` · times in ${zoneName(iso)}`);
