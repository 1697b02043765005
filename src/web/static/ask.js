// On the form: articles that may answer the question, while it is being written.
import { asker, marked } from "./suggest.js";

const question = document.querySelector("#question");
const offers = document.querySelector("#offers");
if (question && offers) {
  const list = offers.querySelector("ul");
  const show = (suggestions) => {
    offers.hidden = suggestions.length === 0;
    list.replaceChildren(...suggestions.map(rowOf));
  };
  // Slower than the search box: a story is being told, not a word looked up.
  const ask = asker({ lang: offers.dataset.lang, limit: 3, wait: 500, show });
  question.addEventListener("input", () => ask(question.value));
  if (question.value) ask(question.value);
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
