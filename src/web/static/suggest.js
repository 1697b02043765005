// Suggestions for an unfinished question. One asker per box: a newer question cancels the older one, and a reply that
// comes late all the same is dropped by its number.

// No pause by default: a reply takes a few milliseconds, and whoever types fast cancels the requests in between.
/** Returns `ask(text)`, which calls `show(suggestions)` with the newest reply, or with an empty list if there is none. */
export function asker({ lang, limit, wait = 0, show }) {
  let number = 0;
  let timer = 0;
  let running = new AbortController();

  async function fetchNow(text, mine) {
    running = new AbortController();
    const query = new URLSearchParams({ q: text.slice(0, 400), limit: String(limit) });
    if (lang) query.set("lang", lang);
    try {
      const reply = await fetch(`/api/v1/suggest?${query}`, { signal: running.signal, headers: { accept: "application/json" } });
      if (!reply.ok) throw new Error(String(reply.status));
      const { suggestions } = await reply.json();
      if (mine === number) show(suggestions);
    } catch (error) {
      // Suggestions are a help, not a promise: without them the box still searches.
      if (error.name !== "AbortError" && mine === number) show([]);
    }
  }

  return function ask(text) {
    const mine = ++number;
    clearTimeout(timer);
    running.abort();
    if (text.trim().length < 2) {
      show([]);
      return;
    }
    if (wait === 0) fetchNow(text.trim(), mine);
    else timer = setTimeout(() => fetchNow(text.trim(), mine), wait);
  };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The text with its highlights (byte offsets in UTF-8) as `<mark>` elements; everything through text nodes. */
export function marked(text, highlights) {
  const bytes = encoder.encode(text);
  const out = document.createDocumentFragment();
  let at = 0;
  for (const [from, to] of highlights ?? []) {
    if (from < at || to <= from || to > bytes.length) continue;
    out.append(decoder.decode(bytes.slice(at, from)));
    const mark = document.createElement("mark");
    mark.textContent = decoder.decode(bytes.slice(from, to));
    out.append(mark);
    at = to;
  }
  out.append(decoder.decode(bytes.slice(at)));
  return out;
}
