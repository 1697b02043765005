// On the form: what may answer the question, while it is being written. Articles by their words after a short pause, the
// answer after a longer one; nothing of it is recorded.
import { asker, marked } from "./suggest.js";

const PAUSE_MS = 900;
/** Shorter than this is no question yet. */
const SHORTEST = 12;
/** A story says what it is about at its beginning; addresses have an end. */
const LONGEST = 1000;

const question = document.querySelector("#question");
const offers = document.querySelector("#offers");
const answerPlace = document.querySelector("#offered-answer");
const articlePlace = document.querySelector("#offered-articles");
let number = 0;
let pause = 0;
let running = new AbortController();

/** Leads to the offers where they stand below the form; the style hides it where they stand beside it. */
const pointer = document.createElement("a");
pointer.className = "offer-pointer";
pointer.href = "#offers";
pointer.hidden = true;
question?.after(pointer);

if (question && offers) {
  const list = articlePlace.querySelector("ul");
  const show = (suggestions) => {
    list.replaceChildren(...suggestions.map(rowOf));
    settle();
  };
  // Slower than the search box: a story is being told, not a word looked up.
  const ask = asker({ lang: offers.dataset.lang, limit: 3, wait: 500, show });
  const typed = () => {
    ask(question.value);
    number += 1;
    clearTimeout(pause);
    running.abort();
    running = new AbortController();
    const [text, mine] = [question.value.trim().slice(0, LONGEST), number];
    if (text.length < SHORTEST) answer(undefined);
    else pause = setTimeout(() => fetchAnswer(text, mine), PAUSE_MS);
  };
  question.addEventListener("input", typed);
  if (question.value.trim()) typed();
}

async function fetchAnswer(text, mine) {
  const query = new URLSearchParams({ q: text, lang: offers.dataset.lang, live: "answer" });
  try {
    const reply = await fetch(`/search?${query}`, { signal: running.signal });
    if (!reply.ok) throw new Error(String(reply.status));
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    // More has been written meanwhile: this reply is too late.
    if (mine === number) answer(page.querySelector("[data-answer]"));
  } catch (error) {
    // The form is there, with or without an answer beside it.
    if (error.name !== "AbortError" && mine === number) answer(undefined);
  }
}

/** Shows the answer's card, or takes it away. */
function answer(found) {
  const place = answerPlace.querySelector("div");
  const card = found ? document.importNode(found, true) : undefined;
  if (card) {
    // The section around it has a heading already; a person is what this form is for; looking must not lose what is written.
    card.querySelector("h2").remove();
    card.removeAttribute("aria-labelledby");
    for (const link of card.querySelectorAll('a[href^="/ask"]')) link.remove();
    for (const link of card.querySelectorAll("a[href]")) {
      link.target = "_blank";
      link.rel = "noopener";
    }
  }
  place.replaceChildren(...(card ? [card] : []));
  settle();
}

/** An answer makes the list of articles needless. */
function settle() {
  const isAnswered = answerPlace.querySelector("[data-answer]") !== null;
  answerPlace.hidden = !isAnswered;
  articlePlace.hidden = isAnswered || articlePlace.querySelector("li") === null;
  const shown = [answerPlace, articlePlace].find((place) => !place.hidden);
  pointer.hidden = !shown;
  if (shown) pointer.textContent = shown.querySelector("h2").textContent;
}

function rowOf(suggestion) {
  const row = document.createElement("li");
  const link = document.createElement("a");
  row.lang = suggestion.lang;
  link.href = suggestion.url;
  // What has been written must not be lost by looking.
  link.target = "_blank";
  link.rel = "noopener";
  link.append(marked(suggestion.text, suggestion.highlights));
  row.append(link);
  return row;
}
