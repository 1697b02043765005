// What tests do with the chat on a page, and what somebody at the desk does meanwhile.

import { launch, signIn, visit } from "./browser.mjs";
import { host } from "./host.mjs";
import { start } from "./tanya.mjs";

export const CLARIFIES = "after how long is a parcel considerd lost";
export const ANSWERED = "where is my order";
export const UNKNOWN = "im pregnant, how many cups";

/** A help center, a site of another origin with its chat, a browser, and a manager at the desk. */
export async function together(config) {
  const server = await start({ config });
  const shop = await host(server.url);
  const browser = await launch();
  const desk = await atTheDesk(browser, server, "manager");
  return {
    server,
    shop,
    browser,
    desk,
    async customer(options) {
      const page = await visit(browser, options);
      await page.goto(shop.url);
      await opened(page);
      return page;
    },
    async stop() {
      await browser.close();
      await shop.stop();
      await server.stop();
    },
  };
}

/** From now on the chat on the page believes that mails go out: the servers of these tests send none. */
export const mailing = (page) =>
  page.route("**/api/v1/widget?*", async (route) => {
    const reply = await route.fetch();
    await route.fulfill({ response: reply, json: { ...(await reply.json()), mail: true } });
  });

/** Opens the chat on the page and waits until one can write. */
export async function opened(page) {
  await page.locator(".launcher").click();
  await page.locator(".panel").waitFor();
}

/** Writes and sends; returns when the message stands in the log. */
export async function say(page, text) {
  await page.locator(".composer textarea").fill(text);
  await page.locator(".composer textarea").press("Enter");
  await page.locator(".customer .bubble", { hasText: text }).waitFor();
}

/** Asks for a person; returns the reference on the receipt. */
export async function handedOver(page) {
  await page.getByRole("button", { name: "Talk to a person" }).last().click();
  return (await page.locator("dd.reference").textContent()).trim();
}

/** The bot's answer, when it is there. */
export const answered = (page) => page.locator(".turn.bot .source").last().waitFor();

/** Somebody who is signed in at the desk, and works by the API. */
export async function atTheDesk(browser, server, role = "agent") {
  const page = await visit(browser);
  await signIn(page, server.links[role]);
  const session = await (await page.request.get(`${server.url}/api/v1/session`)).json();
  const call = async (method, path, data, headers = {}) => {
    const reply = await page.request.fetch(server.url + path, {
      method,
      data,
      headers: { "x-csrf-token": session.csrf, ...headers },
    });
    if (!reply.ok()) throw new Error(`${method} ${path}: ${reply.status()} ${await reply.text()}`);
    return reply;
  };
  const seen = async (reference) => {
    const reply = await call("GET", `/api/v1/tickets/${reference}`);
    return { "if-match": reply.headers().etag };
  };
  return {
    id: session.id,
    name: session.name,
    call,
    typing: (reference) => call("POST", `/api/v1/tickets/${reference}/presence`, { viewing: true, typing: true }),
    claim: async (reference) => call("POST", `/api/v1/tickets/${reference}/claim`, undefined, await seen(reference)),
    reply: async (reference, text) => call("POST", `/api/v1/tickets/${reference}/reply`, { text }, await seen(reference)),
    resolve: async (reference) => {
      const { version } = await (await call("GET", `/api/v1/tickets/${reference}`)).json();
      await call("POST", `/api/v1/tickets/${reference}/resolve`, { version });
    },
    end: async (reference, reason) => call("POST", `/api/v1/tickets/${reference}/acts`, { act: "end", reason }, await seen(reference)),
    turns: async (reference) => (await (await call("GET", `/api/v1/tickets/${reference}/turns`)).json()).turns,
    async picture(bytes, type) {
      await call("PUT", "/api/v1/people/me/picture", bytes, { "content-type": type });
    },
    close: () => page.context().close(),
  };
}
