// What is more than words: an answer with its source and its ways on, articles to choose from, the receipt, the rating.

import { el } from "../shared.js";
import { button, icon, link, passage } from "./dom.js";

/** `make` is `{ chat, t, clock, api, act }`; `act(work)` runs what a button does and tells when it fails. */
export function answer(turn, make) {
  const { answer, more = [] } = turn.data.decision;
  return [answer, ...more].flatMap((one) => quoted(one, make));
}

/** One passage with its source. A message with several questions has several. */
function quoted(answer, { api, t }) {
  const { article, section } = answer;
  const page = api.address(article.url);
  const address = section?.anchor ? `${page}#${encodeURIComponent(section.anchor)}` : page;
  const path = [article.title, ...(section?.heading_path ?? []).filter((heading) => heading !== article.title)];
  return [
    passage(answer, page),
    el("p", { class: "source" }, icon("page"), el("span", {}, t("source"), " ", link(address, {}, path.join(" › ")))),
  ];
}

/** Articles to choose from: each says its title as the customer's next words. */
export function choices(turn, { chat, act }) {
  const options = turn.data.decision?.options ?? [];
  return el(
    "ul",
    { class: "choices" },
    options.map(({ article }) => el("li", {}, button(article.title, act(() => void chat.say(article.title)), { class: "choice" }))),
  );
}

/** "That helped", "that did not help", "talk to a person": of equal size, under the last thing that the bot has said. */
export function waysOn(turn, make) {
  const { chat, t, act } = make;
  const isAnswer = turn.data.kind === "answer";
  return el(
    "div",
    { class: "ways", role: "group", "aria-label": t("ways") },
    isAnswer && button(t("helped"), act(() => chat.word("helped", turn.episode))),
    button(t(isAnswer ? "did_not_help" : "none_of_these"), act(() => chat.word("did_not_help", turn.episode))),
    button(t("person"), act(() => chat.person())),
  );
}

/** What happens now that people have it. Once a person has answered, one line of it is enough. */
export function receipt(turn, make, { isAnswered, email, mails }) {
  const { t, clock } = make;
  const { why, by, by_local, by_words, reference, closed, closed_until, closed_until_local, asks = [] } = turn.data;
  const nobody = () => (clock.isOwn(closed_until_local) ? closed : t("nobody_here", { when: clock.whole(closed_until) }));
  if (isAnswered) return el("p", { class: "note" }, t("handed_over", { reference }));
  return el(
    "div",
    { class: "receipt" },
    el("p", { class: "receipt-title" }, icon("person"), t("receipt_title")),
    el("p", { dir: "auto" }, why),
    el(
      "dl",
      {},
      el("div", {}, el("dt", {}, t("receipt_by")), el("dd", {}, el("time", { datetime: by }, clock.isOwn(by_local) ? by_words : clock.whole(by)))),
      el("div", {}, el("dt", {}, t("receipt_reference")), el("dd", { class: "reference" }, reference)),
    ),
    closed_until && el("p", { class: "closed" }, icon("clock"), el("span", {}, nobody())),
    el("p", { class: "muted" }, t(mails && email !== null ? "receipt_meanwhile_email" : "receipt_meanwhile", { email })),
    (mails || asks.includes("order_number")) && details(make, { email, mails, asksOrder: asks.includes("order_number") }),
  );
}

/** Where to answer, if mails go out, and about which order: asked for once, never demanded. */
function details({ chat, t, act }, { email, mails, asksOrder }) {
  const mail = el("input", {
    type: "email",
    name: "email",
    autocomplete: "email",
    maxlength: "254",
    required: !asksOrder,
    placeholder: t("email_example"),
  });
  const order = asksOrder && el("input", { type: "text", name: "order", autocomplete: "off", maxlength: "100" });
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  const form = el(
    "form",
    {
      class: "details",
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        const isMail = mail.value.trim() !== "" && mail.checkValidity();
        const order_number = (order && order.value.trim()) || undefined;
        if (!mails && order_number === undefined) return order.focus();
        wrong.hidden = isMail || (mail.value.trim() === "" && order_number !== undefined);
        if (!wrong.hidden) {
          wrong.textContent = t("email_wrong");
          mail.setAttribute("aria-invalid", "true");
          mail.focus();
          return;
        }
        act(() => chat.details({ email: isMail ? mail.value.trim() : undefined, order_number }))(event);
      },
    },
    mails && el("label", {}, el("span", {}, t(email ? "email_other" : "email")), mail),
    order && el("label", {}, el("span", {}, t("order")), order),
    wrong,
    el("button", { type: "submit", class: "quiet" }, t("save")),
  );
  if (!email || !mails) return form;
  return el("details", {}, el("summary", {}, t("email_change")), form);
}

/** Staff think that it is solved: nothing is closed without the customer's word. */
export function solved({ chat, t, act }) {
  return el(
    "div",
    { class: "card", role: "group", "aria-label": t("solved_question") },
    el("p", { class: "ask" }, t("solved_question")),
    el(
      "div",
      { class: "ways" },
      button(t("solved_yes"), act(() => chat.word("helped", chat.episode))),
      button(t("solved_no"), act(() => chat.word("did_not_help", chat.episode))),
    ),
  );
}

/** Two questions at most: how was it, and how could it be better. */
export function rating(episode, { chat, t, act }) {
  const rated = chat.mark(episode).rating;
  if (rated) return el("p", { class: "note" }, icon("check"), t("rated"));
  const note = el("textarea", { rows: "2", maxlength: "1000", "aria-label": t("rating_note"), placeholder: t("rating_note") });
  const send = el("button", { type: "submit", class: "quiet" }, t("rating_send"));
  const more = el("div", { class: "more", hidden: true }, note, send);
  const stars = [1, 2, 3, 4, 5].map((value) =>
    el("label", {}, el("input", { type: "radio", name: "rating", value: String(value), onchange: () => (more.hidden = false) }), el("span", {}, String(value))),
  );
  return el(
    "form",
    {
      class: "card rating",
      onsubmit: (event) => {
        event.preventDefault();
        const chosen = form(event).get("rating");
        if (chosen) act(() => chat.rate(episode, Number(chosen), note.value.trim()))(event);
      },
    },
    el(
      "fieldset",
      {},
      el("legend", { class: "ask" }, t("rating_question")),
      el("div", { class: "scale" }, el("span", { class: "muted" }, t("rating_bad")), ...stars, el("span", { class: "muted" }, t("rating_good"))),
    ),
    more,
  );
}

const form = (event) => new FormData(event.currentTarget);

/** What visitors should know before they ask. */
export function announcement({ text, url, level }, { api, t }, putAway) {
  return el(
    "div",
    { class: `announcement ${level}` },
    icon(level === "warning" ? "warning" : "info"),
    el("p", { dir: "auto" }, el("span", { class: "hidden" }, t(level), ": "), text, url && [" ", link(api.address(url), {}, t("more"))]),
    el("button", { type: "button", class: "icon", "aria-label": t("put_away"), title: t("put_away"), onclick: putAway }, icon("close")),
  );
}

/** Articles that fit the page, before anybody asks. */
export function offered(articles, { api, t }) {
  return el(
    "div",
    { class: "offered" },
    el("p", { class: "ask" }, t("offered")),
    el(
      "ul",
      {},
      articles.map(({ title, url, lang }) => el("li", {}, link(api.address(url), { lang, dir: "auto" }, icon("page"), el("span", {}, title)))),
    ),
  );
}
