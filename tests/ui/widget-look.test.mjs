// How the chat looks, whether everybody can use it, and whether it speaks all its languages.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { DESKTOP, PHONE, accessible, launch, look, quiet, visit } from "./lib/browser.mjs";
import { host } from "./lib/host.mjs";
import { start } from "./lib/tanya.mjs";
import { ANSWERED, CLARIFIES, answered, atTheDesk, handedOver, opened, say } from "./lib/widget.mjs";

const CONFIG = `
[widget]
origins = ["*"]
greeting = { en = "How can we help?" }
typing_preview = true
[[widget.page]]
pages = ["/checkout*"]
articles = ["en/billing/payment-methods", "en/delivery/track-a-parcel"]
[[announcement]]
text = "Parcels to Sumatra take three days longer this week."
url = "/articles/en/delivery/track-a-parcel"
level = "warning"
when = { page_url = "/checkout*" }
`;

let server, shop, browser, desk;
before(async () => {
  server = await start({ config: CONFIG });
  shop = await host(server.url);
  browser = await launch();
  desk = await atTheDesk(browser, server);
  const artist = await visit(browser);
  const portrait = await drawn(artist);
  await desk.picture(portrait, "image/png");
  await artist.context().close();
});
after(async () => {
  await browser?.close();
  await shop?.stop();
  await server?.stop();
});

/** A portrait of nobody. */
async function drawn(page) {
  const data = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 96, height: 96 });
    const paint = canvas.getContext("2d");
    for (const [colour, x, y, r] of [["#e8d9c5", 48, 48, 96], ["#5b3a29", 48, 36, 26], ["#c98f6b", 48, 42, 20], ["#2f5d50", 48, 104, 42]]) {
      paint.fillStyle = colour;
      paint.beginPath();
      paint.arc(x, y, r, 0, 7);
      paint.fill();
    }
    return canvas.toDataURL().split(",")[1];
  });
  return Buffer.from(data, "base64");
}

const KINDS = [
  ["desktop", { size: DESKTOP }],
  ["desktop-dark", { size: DESKTOP, dark: true }],
  ["phone", { size: PHONE }],
  ["phone-dark", { size: PHONE, dark: true }],
];

for (const [kind, options] of KINDS) {
  test(`looks and can be used by everybody: ${kind}`, async () => {
    const page = await visit(browser, options);
    const shown = async (name) => {
      // Times, references and promises are others each day.
      await look(page, `${name}-${kind}`, { full: false });
      await accessible(page, `${name}-${kind}`);
    };
    await page.goto(`${shop.url}/checkout/pay`);
    await page.locator(".teaser").waitFor();
    await shown("widget-closed");
    await opened(page);
    await shown("widget-first");
    await say(page, ANSWERED);
    await answered(page);
    await shown("widget-answer");
    await say(page, CLARIFIES);
    await page.locator(".choice").first().waitFor();
    await page.locator(".composer textarea").fill("can I pause for two months?");
    await page.locator(".suggestion-title").waitFor();
    await shown("widget-options");
    await page.locator(".composer textarea").fill("");
    const reference = await handedOver(page);
    await shown("widget-receipt");
    await desk.claim(reference);
    await desk.reply(reference, "I have looked: your parcel left Bandung this morning and comes tomorrow between 9 and 12.");
    await page.locator(".turn.person").waitFor();
    await say(page, "Great, thank you. Can the courier ring twice?");
    await page.locator(".customer:not(.pending) .bubble", { hasText: "ring twice" }).waitFor();
    await desk.reply(reference, "I have told them.");
    await page.getByText("I have told them.").waitFor();
    await desk.typing(reference);
    await page.locator(".typing").waitFor();
    await shown("widget-agent");
    quiet(page);
    await page.context().close();
  });
}

test("speaks seven languages, each without a word of another one", async () => {
  for (const lang of ["en", "id", "ja", "de", "fr", "es", "zh"]) {
    const site = await host(server.url, { lang });
    const page = await visit(browser, { lang });
    await page.goto(site.url);
    await opened(page);
    assert.equal(await page.locator("tanya-chat").getAttribute("lang"), lang);
    await say(page, ANSWERED);
    await answered(page);
    await page.locator(".ways button").last().click();
    await page.locator(".receipt").waitFor();
    const own = await page.locator(".panel").evaluate((panel) => panel.innerText + [...panel.querySelectorAll("[aria-label], [placeholder]")].map((node) => `\n${node.getAttribute("aria-label")} ${node.placeholder ?? ""}`).join(""));
    assert.ok(!/undefined|\{\w+\}/.test(own), own);
    if (lang !== "en") assert.ok(!/Answer by|Reference\b|Talk to|Write a|Close|Conversation\n/.test(own.replace(/Conversation|Référence/g, "")), `${lang}: ${own}`);
    const first = await page.locator(".turn.bot .bubble").first().textContent();
    assert.equal(/^Hello/.test(first), lang === "en", `${lang}: ${first}`);
    quiet(page);
    await look(page, `widget-language-${lang}`, { full: false });
    await page.context().close();
    await site.stop();
  }
});

test("follows the direction of a page that is read from the right", async () => {
  const site = await host(server.url, { lang: 'ar" dir="rtl' });
  const page = await visit(browser, { lang: "ar" });
  await page.goto(site.url);
  await opened(page);
  assert.equal(await page.locator("tanya-chat").getAttribute("lang"), "en");
  const box = await page.locator(".panel").boundingBox();
  assert.ok(box.x < 100, `the end of the page is at its left: ${box.x}`);
  await say(page, "أين طلبي؟");
  await page.locator(".receipt, .turn.bot .source").first().waitFor();
  const sides = await page.evaluate(() => {
    const root = document.querySelector("tanya-chat").shadowRoot;
    const at = (selector) => root.querySelector(selector).getBoundingClientRect();
    return { face: at(".turn.bot .face").x, bubble: at(".turn.bot .bubble").x, wide: root.querySelector(".log").scrollWidth - root.querySelector(".log").clientWidth };
  });
  assert.ok(sides.face > sides.bubble, "faces stand at the right");
  assert.equal(sides.wide, 0);
  await look(page, "widget-right-to-left", { full: false });
  quiet(page);
  await page.context().close();
  await site.stop();
});

test("can be used with the operator's colour, whatever it is", async () => {
  const yellow = await start({ config: `[widget]\norigins = ["*"]\naccent = "#ffd400"\nside = "start"\n`, demo: false });
  const site = await host(yellow.url);
  for (const dark of [false, true]) {
    const page = await visit(browser, { dark });
    await page.goto(site.url);
    await opened(page);
    await say(page, ANSWERED);
    await answered(page);
    await accessible(page, `widget in yellow${dark ? ", dark" : ""}`);
    assert.ok((await page.locator(".launcher").boundingBox()).x < 100);
    await page.context().close();
  }
  await site.stop();
  await yellow.stop();
});
