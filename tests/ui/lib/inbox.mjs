// What tests do in the inbox, and what customers do meanwhile.

import { signIn, visit } from "./browser.mjs";

/** Ways to work at the desk of a server that `tanya()` gives, in a browser that `browser()` gives. */
export function desk(browser, tanya) {
  /** Somebody who is signed in, with the inbox open. */
  async function atDesk(role, { view = "unassigned", ...options } = {}) {
    const page = await visit(browser(), options);
    // Links let in once, so each visit takes a new one.
    const links = JSON.parse(tanya().command("demo", "--json").stdout);
    const link = links.find((one) => one.role === role).url;
    await signIn(page, tanya().url + new URL(link, tanya().url).pathname);
    await page.goto(`${tanya().url}/inbox?view=${view}`);
    await page.locator(".row, .list-empty").first().waitFor();
    await page.locator("#inbox[data-live=live]").waitFor();
    return page;
  }

  /** Begins a chat and brings it to people; gives the reference, and a way to say more. */
  async function customerChat(text, { email, preview = false } = {}) {
    const post = async (path, body, secret, method = "POST") => {
      const reply = await fetch(tanya().url + path, {
        method,
        headers: { "content-type": "application/json", ...(secret ? { authorization: `Bearer ${secret}` } : {}) },
        body: JSON.stringify(body),
      });
      if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
      return reply.status === 204 ? undefined : reply.json();
    };
    const begun = await post("/api/v1/conversations", { lang: "en" });
    const { id } = begun.conversation ?? begun;
    const secret = begun.secret;
    const path = `/api/v1/conversations/${id}`;
    await post(`${path}/turns`, { text }, secret);
    await post(`${path}/person`, {}, secret);
    if (email) await post(`${path}/details`, { email }, secret, "PATCH");
    const shown = await (await fetch(tanya().url + path, { headers: { authorization: `Bearer ${secret}` } })).json();
    return {
      reference: shown.ticket,
      say: (more) => post(`${path}/turns`, { text: more }, secret),
      types: (typed) => post(`${path}/presence`, { typing: true, consent: true, preview: typed }, secret),
    };
  }

  const row = (page, reference) => page.locator(`.row[data-reference="${reference}"]`);

  async function openTicket(page, reference) {
    await row(page, reference).locator("a").click();
    await page.locator(".talk-meta .reference", { hasText: reference }).waitFor();
    await page.locator(".panel-part.p-article blockquote, .panel-part.p-article .hint:not([aria-busy]), .panel-part.p-article .failed").first().waitFor();
  }

  /** The ticket when this holds of it, or as it is after five seconds. */
  async function eventually(reference, holds) {
    for (let tries = 0; ; tries++) {
      const ticket = await tanya().api("GET", `/api/v1/tickets/${reference}`);
      if (holds(ticket) || tries >= 100) return ticket;
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  return { atDesk, customerChat, row, openTicket, eventually };
}
