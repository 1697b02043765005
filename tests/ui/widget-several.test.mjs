// Several conversations of one visitor: something else is asked while people have the first, and nothing of it is lost.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { PHONE, accessible, look, quiet, visit, watched } from "./lib/browser.mjs";
import { host } from "./lib/host.mjs";
import { ANSWERED, answered, handedOver, opened, say, together } from "./lib/widget.mjs";

let all, server, shop, browser, desk;
before(async () => {
  all = await together(`[widget]\norigins = ["*"]\n`);
  ({ server, shop, browser, desk } = all);
});
after(() => all?.stop());

const customer = (options) => all.customer(options);

const elseButton = (page) => page.locator(".composer").getByRole("button", { name: "Ask something else" });
const listButton = (page) => page.locator("header").getByRole("button", { name: /^Your conversations/ });
const rows = (page) => page.locator(".row");

/** Begins a conversation that waits with people, and another one with the bot; returns the reference of the first. */
async function two(page) {
  await say(page, "The grinder smells burnt");
  const reference = await handedOver(page);
  await elseButton(page).click();
  await page.locator(".customer").first().waitFor({ state: "detached" });
  await say(page, ANSWERED);
  await answered(page);
  return reference;
}

describe("a visitor with several conversations", () => {
  test("asks the bot something else while people have the first, and finds both again", async () => {
    const page = await customer();
    assert.equal(await elseButton(page).isHidden(), true);
    assert.equal(await listButton(page).isHidden(), true);
    const reference = await two(page);
    assert.equal(await page.locator(".customer .bubble").count(), 1);
    assert.equal(await page.locator("header h2").textContent(), "Kawan Kopi");
    await listButton(page).click();
    assert.deepEqual(await rows(page).locator(".row-title").allTextContents(), [ANSWERED, "The grinder smells burnt"]);
    assert.match(await rows(page).nth(0).innerText(), /With the assistant/);
    assert.match(await rows(page).nth(1).innerText(), /A person will answer/);
    assert.equal(await rows(page).nth(0).getAttribute("aria-current"), "true");
    assert.equal(await page.locator(".composer").isVisible(), false);
    await accessible(page, "widget-several");
    // Over a reload, too.
    await page.reload();
    await answered(page);
    await listButton(page).click();
    await rows(page).nth(1).click();
    await page.getByText(reference).waitFor();
    await say(page, "Since Monday");
    await page.locator(".customer:not(.pending) .bubble", { hasText: "Since Monday" }).waitFor();
    const heard = (await desk.turns(reference)).filter((turn) => turn.kind === "customer").map((turn) => turn.text);
    assert.deepEqual(heard, ["The grinder smells burnt", "Since Monday"]);
    quiet(page);
    await page.context().close();
  });

  test("is told by a number what people write in the other one, and goes there", async () => {
    const page = await customer();
    const reference = await two(page);
    await desk.claim(reference);
    await desk.reply(reference, "Please send a photo.");
    await listButton(page).locator(".count", { hasText: "1" }).waitFor({ timeout: 30_000 });
    assert.equal(await listButton(page).getAttribute("aria-label"), "Your conversations, 1 unread");
    await page.locator("header").getByRole("button", { name: "Close" }).click();
    assert.equal(await page.locator(".launcher").getAttribute("aria-label"), "Open the conversation, 1 unread");
    await page.reload();
    await page.locator(".teaser").getByText("Please send a photo.").click();
    await page.locator(".turn.person").getByText("Please send a photo.").waitFor();
    assert.equal(await page.locator("header h2").textContent(), desk.name);
    await listButton(page).click();
    assert.match(await rows(page).filter({ hasText: "grinder" }).innerText(), /Answered/);
    assert.equal(await page.locator(".row .count").count(), 0);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".list").isHidden(), true);
    quiet(page);
    await page.context().close();
  });

  test("hears of the other one within seconds after coming back, and nothing is asked while nobody looks", async () => {
    const page = await customer();
    const reference = await two(page);
    await desk.claim(reference);
    let asked = 0;
    page.on("request", (request) => {
      if (/\/conversations\/[^/]+\?after=/.test(request.url())) asked++;
    });
    const turn = (state) =>
      page.evaluate((state) => {
        Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, state);
    await turn("hidden");
    await page.waitForTimeout(200);
    asked = 0;
    await desk.reply(reference, "Please send a photo.");
    // Longer than the shortest pause between two looks.
    await page.waitForTimeout(6_500);
    assert.equal(asked, 0, "nothing is asked in a tab that nobody sees");
    await turn("visible");
    await listButton(page).locator(".count", { hasText: "1" }).waitFor({ timeout: 3_000 });
    // Somebody who stays reads the next words soon as well, and a quiet conversation is asked about more and more rarely.
    await desk.reply(reference, "And the number on its back.");
    await listButton(page).locator(".count", { hasText: "2" }).waitFor({ timeout: 9_000 });
    asked = 0;
    await page.waitForTimeout(9_000);
    assert.ok(asked >= 1 && asked <= 2, `${asked} looks in nine seconds`);
    // Back at the window: at once.
    asked = 0;
    await page.evaluate(() => dispatchEvent(new Event("focus")));
    await page.waitForTimeout(500);
    assert.equal(asked, 1);
    assert.equal(await page.evaluate(() => Object.keys(localStorage).some((name) => name.endsWith("soon"))), false);
    quiet(page);
    await page.context().close();
  });

  test("sees the same one in all tabs, over one stream", async () => {
    const page = await customer();
    const streams = new Set();
    const isStream = (request) => /\/stream$/.test(new URL(request.url()).pathname);
    const count = (tab) => {
      tab.on("request", (request) => isStream(request) && streams.add(request));
      for (const end of ["requestfinished", "requestfailed"]) tab.on(end, (request) => streams.delete(request));
    };
    count(page);
    await say(page, "The grinder smells burnt");
    const reference = await handedOver(page);
    assert.equal(await page.locator(".receipt input[type=email]").count(), 0, "no mail goes out here, so none is offered");
    const other = watched(await page.context().newPage());
    count(other);
    await other.goto(shop.url);
    await opened(other);
    await other.getByText(reference).waitFor();
    await elseButton(other).click();
    await page.locator(".receipt").waitFor({ state: "detached" });
    await say(page, ANSWERED);
    await answered(other);
    await answered(page);
    assert.equal(await other.locator(".customer .bubble").count(), 1);
    await listButton(page).click();
    await rows(page).filter({ hasText: "grinder" }).click();
    await other.getByText(reference).waitFor();
    await desk.claim(reference);
    await desk.reply(reference, "For both.");
    await page.getByText("For both.").waitFor();
    await other.getByText("For both.").waitFor();
    // Of the conversation that stands there, however many tabs show it.
    const { id } = await page.evaluate(() => JSON.parse(Object.entries(localStorage).find(([name]) => name.endsWith(":conversation"))[1]));
    assert.deepEqual([...streams].map((request) => new URL(request.url()).pathname), [`/api/v1/conversations/${id}/stream`]);
    quiet(page);
    quiet(other);
    await page.context().close();
  });

  test("hears in one tab what another is told while it still reads the conversation", async () => {
    const page = await customer();
    const other = watched(await page.context().newPage());
    let held = 0;
    await other.route(/\/api\/v1\/conversations\/[^/]+$/, async (route) => {
      const reply = await route.fetch();
      held++;
      // Until the tab that reads the stream has told everything.
      await answered(page);
      await other.waitForTimeout(300);
      await route.fulfill({ response: reply });
    });
    await other.goto(shop.url);
    await opened(other);
    await say(page, ANSWERED);
    await answered(other);
    assert.equal(held, 1);
    assert.equal(await other.locator(".customer .bubble").count(), 1);
    quiet(page);
    quiet(other);
    await page.context().close();
  });

  test("takes what is written along to the new one, and keeps a draft for each", async () => {
    const page = await customer();
    await handedOver(page);
    const field = page.locator(".composer textarea");
    await field.fill("Do you ship to Bali?");
    await elseButton(page).click();
    assert.equal(await field.inputValue(), "Do you ship to Bali?");
    await listButton(page).click();
    await rows(page).first().click();
    await page.locator(".receipt").waitFor();
    assert.equal(await field.inputValue(), "");
    await elseButton(page).click();
    assert.equal(await field.inputValue(), "Do you ship to Bali?");
    quiet(page);
    await page.context().close();
  });

  test("may write in one without a connection and go to another: each gets its own", async () => {
    const page = await customer();
    const reference = await handedOver(page);
    await page.context().setOffline(true);
    await say(page, "To people");
    await elseButton(page).click();
    await say(page, ANSWERED);
    await listButton(page).click();
    await rows(page).first().click();
    await page.locator(".customer .bubble", { hasText: "To people" }).waitFor();
    assert.equal(await page.locator(".customer .bubble").count(), 1);
    await page.context().setOffline(false);
    await page.locator(".customer:not(.pending) .bubble", { hasText: "To people" }).waitFor();
    await listButton(page).click();
    await rows(page).filter({ hasText: ANSWERED }).click();
    await answered(page);
    assert.deepEqual((await desk.turns(reference)).filter((turn) => turn.kind === "customer").map((turn) => turn.text), ["To people"]);
    await page.context().close();
  });

  test("forgets them all when somebody signs out", async () => {
    const page = await customer();
    await two(page);
    await page.locator(".composer textarea").fill("A draft");
    await page.evaluate(() => globalThis.Tanya.forget());
    await page.locator(".customer").first().waitFor({ state: "detached" });
    assert.equal(await listButton(page).isHidden(), true);
    const left = await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((name) => /:(conversation|past|seen|marks|out|draft)/.test(name)));
    assert.deepEqual(left, []);
    assert.equal(await page.locator(".composer textarea").inputValue(), "");
    quiet(page);
    await page.context().close();
  });

  test("on a phone, and read from the right", async () => {
    const site = await host(server.url, { lang: 'ar" dir="rtl' });
    const page = await visit(browser, { size: PHONE, lang: "ar" });
    await page.goto(site.url);
    await opened(page);
    await two(page);
    await look(page, "widget-several-phone-rtl", { full: false });
    await listButton(page).click();
    const wide = await page.evaluate(() => {
      const root = document.querySelector("tanya-chat").shadowRoot;
      return [...root.querySelectorAll(".panel, .list, .row")].filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.className);
    });
    assert.deepEqual(wide, []);
    const { opener, head } = await page.evaluate(() => {
      const root = document.querySelector("tanya-chat").shadowRoot;
      const x = (selector) => root.querySelector(selector).getBoundingClientRect().x;
      return { opener: x("header > .icon"), head: x("header h2") };
    });
    assert.ok(opener < head, "the buttons stand at the left, where the line ends");
    await accessible(page, "widget-several-phone-rtl");
    await look(page, "widget-list-phone-rtl", { full: false });
    quiet(page);
    await page.context().close();
    await site.stop();
  });
});
