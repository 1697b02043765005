// Whom the host site signs, in a browser: the widget stands on a site of another origin and carries the site's word.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";

import { launch, quiet, visit } from "./lib/browser.mjs";
import { host } from "./lib/host.mjs";
import { start } from "./lib/tanya.mjs";
import { ANSWERED, answered, atTheDesk, handedOver, mailing, opened, say } from "./lib/widget.mjs";

const SECRET = "a-secret-of-the-shop-and-the-help-center";

let server, browser, desk;
before(async () => {
  server = await start({ config: `[widget]\norigins = ["*"]\n[desk.identity]\nsecret = "${SECRET}"\n` });
  browser = await launch();
  desk = await atTheDesk(browser, server, "manager");
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A token as the shop's server would make it. */
function signed(claims, secret = SECRET) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = `${part({ alg: "HS256", typ: "JWT" })}.${part({ exp: Math.floor(Date.now() / 1000) + 600, ...claims })}`;
  return `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`;
}

const ANA = { sub: "customer-42", name: "Ana Putri", email: "ana@example.com", plan: "team" };

async function shopOf(token) {
  const site = await host(server.url, { attributes: `data-identity="${token}"` });
  const page = await visit(browser);
  page.warnings = [];
  page.on("console", (message) => message.type() === "warning" && page.warnings.push(message.text()));
  await mailing(page);
  await page.goto(site.url);
  await opened(page);
  return { page, site };
}

test("a signed customer's ticket says who they are, and asks for no address", async () => {
  const { page, site } = await shopOf(signed(ANA));
  await say(page, "The grinder smells burnt");
  const reference = await handedOver(page);
  const ticket = await (await desk.call("GET", `/api/v1/tickets/${reference}`)).json();
  assert.deepEqual([ticket.customer, ticket.customer_name, ticket.contact], ["customer-42", "Ana Putri", "ana@example.com"]);
  await page.getByText("comes to ana@example.com").waitFor();
  // What the agent sees.
  const inbox = await desk.call("GET", `/api/v1/tickets/${reference}`);
  assert.ok(inbox.ok());
  assert.deepEqual(page.warnings, []);
  quiet(page);
  await page.context().close();
  await site.stop();
});

test("a wrong signature makes nobody of them, tells the developer, and breaks nothing", async () => {
  const { page, site } = await shopOf(signed(ANA, "another secret, which is as long as that"));
  await say(page, ANSWERED);
  await answered(page);
  const reference = await handedOver(page);
  const ticket = await server.api("GET", `/api/v1/tickets/${reference}`);
  assert.deepEqual([ticket.customer, ticket.customer_name, ticket.contact], [null, null, null]);
  assert.equal(page.warnings.length, 1, `${page.warnings}`);
  assert.match(page.warnings[0], /^Tanya: the identity is not valid; the conversation begins without it\. .*signature/);
  // The browser itself tells of the refused request; there is nothing else.
  assert.equal(page.troubles.length, 1, `${page.troubles}`);
  assert.match(page.troubles[0], /401/);
  await page.context().close();
  await site.stop();
});

test("another customer at the same device reads nothing of the one before", async () => {
  const { page, site } = await shopOf(signed(ANA));
  await say(page, "A secret of Ana");
  const reference = await handedOver(page);
  await page.locator(".composer").getByRole("button", { name: "Ask something else" }).click();
  await say(page, ANSWERED);
  await answered(page);
  await page.evaluate((token) => globalThis.Tanya.identify(token), signed({ sub: "customer-43", name: "Budi" }));
  await page.locator(".customer").first().waitFor({ state: "detached" });
  assert.equal(await page.locator("header").getByRole("button", { name: /^Your conversations/ }).isHidden(), true);
  const second = await handedOver(page);
  assert.notEqual(second, reference);
  assert.equal((await server.api("GET", `/api/v1/tickets/${second}`)).customer, "customer-43");
  quiet(page);
  await page.context().close();
  await site.stop();
});
