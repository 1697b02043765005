// The chat on a site of another origin with a strict content security policy: what one customer sees and does.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";

import { accessible, launch, quiet, visit } from "./lib/browser.mjs";
import { host } from "./lib/host.mjs";
import { start } from "./lib/tanya.mjs";
import { ANSWERED, CLARIFIES, UNKNOWN, answered, handedOver, mailing, opened, say } from "./lib/widget.mjs";

const CONFIG = `
[widget]
origins = ["*"]
greeting = "Ask us anything about coffee."
[[widget.page]]
pages = ["/checkout*"]
articles = ["en/billing/payment-methods", "en/delivery/track-a-parcel", "en/gone"]
[[announcement]]
text = { en = "Parcels to Sumatra take three days longer.", id = "Paket ke Sumatra terlambat." }
url = "/articles/en/delivery/track-a-parcel"
level = "warning"
when = { plan = "team" }
`;

let server, shop, browser;
before(async () => {
  server = await start({ config: CONFIG });
  shop = await host(server.url);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await shop?.stop();
  await server?.stop();
});

async function customer(path = "/", options) {
  const page = await visit(browser, options);
  await page.goto(shop.url + path);
  return page;
}

const turns = (page) => page.locator(".turn").count();

describe("the widget", () => {
  test("weighs less than 30 kB and asks nobody else", async () => {
    const page = await visit(browser);
    const parts = new Map();
    page.on("response", async (reply) => {
      const { origin, pathname } = new URL(reply.url());
      if (origin !== server.url) return;
      parts.set(pathname, reply.body());
    });
    await page.goto(shop.url);
    await opened(page);
    let raw = 0;
    let packed = 0;
    for (const [path, body] of parts) {
      if (!path.startsWith("/static/") && path !== "/widget.js") continue;
      const bytes = await body;
      raw += bytes.length;
      packed += gzipSync(bytes).length;
    }
    console.log(`widget: ${parts.size} requests, ${(raw / 1000).toFixed(1)} kB, ${(packed / 1000).toFixed(1)} kB gzipped, one language included`);
    assert.ok(packed > 1_000 && packed < 30_000, `${packed} bytes`);
    const words = [...parts.keys()].filter((path) => path.includes("words"));
    assert.equal(words.length, 1, "one language is loaded");
    assert.equal(await page.evaluate(() => document.querySelectorAll("style, [style]").length), 0);
    quiet(page);
    await page.context().close();
  });

  test("has a stable address that browsers ask again for cheaply", async () => {
    const first = await fetch(`${server.url}/widget.js`);
    assert.equal(first.headers.get("access-control-allow-origin"), "*");
    assert.equal(first.headers.get("cross-origin-resource-policy"), "cross-origin");
    assert.match(first.headers.get("cache-control"), /max-age=\d{1,3}$/);
    const again = await fetch(`${server.url}/widget.js`, { headers: { "if-none-match": first.headers.get("etag") } });
    assert.equal(again.status, 304);
  });

  test("says first that it is a machine", async () => {
    const page = await customer();
    await opened(page);
    assert.match(await page.locator(".turn.bot .bubble").first().textContent(), /automated assistant, not a person/);
    assert.equal(await page.locator(".turn.bot .face.machine").count(), 1);
    assert.equal(await page.locator(".who").first().textContent(), "Automated assistant");
    assert.equal(await page.locator(".greeting").textContent(), "Ask us anything about coffee.");
    quiet(page);
    await page.context().close();
  });

  test("answers with the passage, its source and the ways on", async () => {
    const page = await customer();
    await opened(page);
    await say(page, ANSWERED);
    await answered(page);
    const link = page.locator(".source a");
    assert.match(await link.getAttribute("href"), new RegExp(`^${server.url}/articles/en/delivery/track-a-parcel#find-the-tracking-number$`));
    assert.equal(await link.getAttribute("target"), "_blank");
    assert.match(await link.getAttribute("rel"), /noopener/);
    const ways = page.getByRole("group", { name: "Did it help?" }).getByRole("button");
    assert.deepEqual(await ways.allTextContents(), ["That helped", "That did not help", "Talk to a person"]);
    const widths = await ways.evaluateAll((all) => all.map((node) => Math.round(node.getBoundingClientRect().width)));
    assert.equal(new Set(widths).size, 1, `of equal size: ${widths}`);
    // Every message of the machine is marked.
    assert.equal(await page.locator(".turn.bot").count(), await page.locator(".turn.bot .face.machine").count());
    quiet(page);
    await page.context().close();
  });

  test("answers each of two questions in one message", async () => {
    const page = await customer();
    await opened(page);
    await say(page, "How do I make cold brew at home? And which plan is right for two people?");
    await answered(page);
    const sources = await page.locator(".turn.bot .source a").evaluateAll((links) => links.map((link) => new URL(link.href).pathname));
    assert.deepEqual(sources, ["/articles/en/brewing/cold-brew", "/articles/en/subscription/compare-plans"]);
    assert.equal(await page.getByRole("group", { name: "Did it help?" }).count(), 1, "the ways on stand once, under both");
    await page.screenshot({ path: "target/ui/widget-two-answers.png", animations: "disabled" });
    await accessible(page, "widget-two-answers");
    quiet(page);
    await page.context().close();
  });

  test("shows a table that ends with one rule", async () => {
    const page = await customer();
    await opened(page);
    await say(page, "what does E3 on the display mean");
    await page.locator(".turn.bot .passage table").waitFor();
    const widths = await page.locator(".turn.bot .bubble").last().evaluate((bubble) => ({
      rows: [...bubble.querySelectorAll("tbody tr")].map((row) => getComputedStyle(row.lastElementChild).borderBottomWidth),
      source: getComputedStyle(bubble.querySelector(".source")).borderTopWidth,
    }));
    assert.ok(widths.rows.length > 2);
    assert.deepEqual(widths.rows.slice(0, -1), widths.rows.slice(0, -1).map(() => "1px"));
    assert.equal(widths.rows.at(-1), "0px");
    assert.equal(widths.source, "1px");
    await page.screenshot({ path: "target/ui/widget-table.png" });
    await page.context().close();
  });

  test("asks which one is meant, and takes a press for an answer", async () => {
    const page = await customer();
    await opened(page);
    await say(page, CLARIFIES);
    const choices = page.locator(".choice");
    await choices.first().waitFor();
    assert.ok((await choices.count()) >= 2);
    const title = await choices.first().textContent();
    await choices.first().click();
    await page.locator(".customer .bubble", { hasText: title }).waitFor();
    await page.locator(".choice").first().waitFor({ state: "detached" });
    await answered(page);
    assert.match(await page.locator(".source a").textContent(), new RegExp(`^${title}`));
    quiet(page);
    await page.context().close();
  });

  test("shows what may answer while one types, and sends nothing by itself", async () => {
    const page = await customer();
    await opened(page);
    const sent = [];
    page.on("request", (request) => sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await page.locator(".composer textarea").pressSequentially(ANSWERED, { delay: 15 });
    await page.locator(".suggestion-title").waitFor();
    assert.equal(await page.locator(".suggestion-title").textContent(), "Track a parcel");
    assert.deepEqual([...new Set(sent.filter((line) => line.startsWith("POST")))], ["POST /api/v1/ask"]);
    assert.ok(sent.filter((line) => line === "POST /api/v1/ask").length <= 2, "it waits until one stops typing");
    assert.equal(await turns(page), 1);
    // Put away, it stays away until the words are others.
    await page.locator(".suggestion").getByRole("button").click();
    assert.equal(await page.locator(".suggestion").isHidden(), true);
    assert.equal(await page.locator(".composer textarea").inputValue(), ANSWERED);
    quiet(page);
    await page.context().close();
  });

  test("hands over when it did not help, with a receipt, and keeps the e-mail address", async () => {
    const page = await visit(browser);
    await mailing(page);
    await page.goto(shop.url);
    await opened(page);
    await say(page, ANSWERED);
    await answered(page);
    await page.getByRole("button", { name: "That did not help" }).focus();
    await page.keyboard.press("Enter");
    const card = page.locator(".receipt");
    await card.waitFor();
    assert.match(await card.textContent(), /did not help/);
    // The button has gone; the focus has not gone with it, but to where one writes.
    await page.waitForFunction(() => document.activeElement.shadowRoot?.activeElement?.localName === "textarea");
    const reference = (await page.locator("dd.reference").textContent()).trim();
    const by = await card.locator("time").getAttribute("datetime");
    const ticket = await server.api("GET", `/api/v1/tickets/${reference}`);
    assert.equal(Date.parse(by), Date.parse(ticket.promise_at));
    assert.match(await card.locator("time").textContent(), /GMT\+7|WIB/);
    // A wrong address is told beside the field, a right one is kept.
    await card.locator("input[type=email]").fill("ana@");
    await card.getByRole("button", { name: "Save" }).click();
    await card.getByText("This address is not complete").waitFor();
    await card.locator("input[type=email]").fill("ana@example.com");
    await card.getByRole("button", { name: "Save" }).click();
    await page.getByText("comes to ana@example.com").waitFor();
    assert.equal((await server.api("GET", `/api/v1/tickets/${reference}`)).contact, "ana@example.com");
    quiet(page);
    await page.context().close();
  });

  test("gives up after two questions without an answer", async () => {
    const page = await customer();
    await opened(page);
    await say(page, CLARIFIES);
    await page.locator(".choice").first().waitFor();
    await say(page, UNKNOWN);
    await page.locator(".receipt").waitFor();
    assert.equal(await page.getByRole("button", { name: "Talk to a person" }).count(), 0);
    await page.context().close();
  });

  test("leads to a person at any time, with what was written before", async () => {
    const page = await customer();
    await opened(page);
    await page.locator(".composer textarea").fill("The grinder smells burnt.");
    const reference = await handedOver(page);
    const ticket = await server.api("GET", `/api/v1/tickets/${reference}`);
    assert.equal(ticket.question, "The grinder smells burnt.");
    assert.equal(ticket.context.page_url, `${shop.url}/`);
    quiet(page);
    await page.context().close();
  });

  test("takes 'that helped' for an end, and a rating once", async () => {
    const page = await customer();
    await opened(page);
    await say(page, ANSWERED);
    await answered(page);
    await page.getByRole("button", { name: "That helped" }).click();
    await page.getByText("How was it?").waitFor();
    await page.getByRole("radio", { name: "4" }).check();
    await page.getByPlaceholder("What could be better?").fill("Faster.");
    const below = await page.getByText("How was it?").evaluate((node) => node.getBoundingClientRect().top);
    const thanks = page.getByText("Good. Write here if there is anything else.");
    assert.ok((await thanks.boundingBox()).y > below, "the thanks follow the question");
    const kept = page.waitForResponse((reply) => reply.url().endsWith("/rating") && reply.request().method() === "PUT");
    await page.getByRole("button", { name: "Send the rating" }).click();
    assert.equal((await kept).status(), 204);
    await page.getByText("Thank you for the rating.").waitFor();
    assert.ok((await thanks.boundingBox()).y > (await page.getByText("Thank you for the rating.").boundingBox()).y);
    await page.reload();
    await page.getByText("Thank you for the rating.").waitFor();
    quiet(page);
    await page.context().close();
  });

  test("keeps the conversation over a reload, open where it was open", async () => {
    const page = await customer();
    await opened(page);
    await say(page, ANSWERED);
    await answered(page);
    await page.locator(".composer textarea").fill("A draft");
    await page.goto(`${shop.url}/another/page`);
    await answered(page);
    assert.equal(await page.locator(".customer .bubble").count(), 1);
    assert.equal(await page.locator(".composer textarea").inputValue(), "A draft");
    quiet(page);
    await page.context().close();
  });

  test("gives the conversation as a text, and forgets it when asked twice", async () => {
    const page = await customer();
    await opened(page);
    await say(page, ANSWERED);
    await answered(page);
    await page.getByRole("button", { name: "More", exact: true }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download the conversation" }).click(),
    ]);
    const chunks = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    assert.match(text, /where is my order/);
    assert.match(text, /not a person/);
    assert.match(download.suggestedFilename(), /^Kawan-Kopi.*\.txt$/);
    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("button", { name: "Forget this conversation here" }).click();
    assert.equal(await page.locator(".customer").count(), 1);
    await page.getByRole("button", { name: "Press again to forget it" }).click();
    await page.locator(".customer").waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => Object.keys(localStorage).some((name) => name.endsWith(":conversation"))), false);
    quiet(page);
    await page.context().close();
  });

  test("offers the fitting articles on pages that the operator names", async () => {
    const page = await customer("/checkout/pay");
    const links = page.locator(".teaser .offered a");
    await links.first().waitFor();
    assert.deepEqual(await links.allTextContents(), ["Payment methods", "Track a parcel"]);
    await page.locator(".teaser > .icon").click();
    await page.reload();
    await page.locator(".launcher").waitFor();
    assert.equal(await page.locator(".teaser").isHidden(), true);
    await opened(page);
    assert.equal(await page.locator(".panel .offered a").count(), 2);
    await page.goto(`${shop.url}/elsewhere`);
    await page.locator(".turn.bot").waitFor();
    assert.equal(await page.locator(".offered").count(), 0);
    quiet(page);
    await page.context().close();
  });

  test("takes the article's translation for a reader of another language", async () => {
    const indonesian = await host(server.url, { lang: "id" });
    const page = await visit(browser, { lang: "id-ID" });
    await page.goto(`${indonesian.url}/checkout`);
    const link = page.locator(".teaser .offered a").first();
    await link.waitFor();
    assert.match(await link.getAttribute("href"), /\/articles\/id\/billing\/payment-methods$/);
    await page.context().close();
    await indonesian.stop();
  });

  test("tells announcements to those whom they are for, until they are put away", async () => {
    const team = await host(server.url, { attributes: `data-context='{"plan":"team"}'` });
    const page = await visit(browser);
    await page.goto(team.url);
    await page.locator(".teaser").getByText("Parcels to Sumatra").waitFor();
    await opened(page);
    await page.locator(".log .announcement").getByRole("button", { name: "Put away" }).click();
    await page.locator(".announcement").first().waitFor({ state: "detached" });
    await page.reload();
    await page.locator(".turn.bot").waitFor();
    assert.equal(await page.locator(".announcement").count(), 0);
    quiet(page);
    await page.context().close();
    await team.stop();
    const other = await customer();
    await other.locator(".launcher").waitFor();
    assert.equal(await other.locator(".announcement").count(), 0);
    await other.context().close();
  });

  test("sends with Enter, breaks a line with Shift, and grows to five lines", async () => {
    const page = await customer();
    await opened(page);
    const field = page.locator(".composer textarea");
    const height = () => field.evaluate((node) => node.clientHeight);
    const one = await height();
    for (let line = 0; line < 9; line++) {
      await field.pressSequentially("line");
      await field.press("Shift+Enter");
    }
    const most = await height();
    assert.ok(most > one * 2 && most <= one + 4 * 23, `${one} to ${most}`);
    await field.fill("first\nsecond");
    await field.press("Enter");
    await page.locator(".customer .bubble").waitFor();
    assert.equal(await page.locator(".customer .bubble").innerText(), "first\nsecond");
    assert.equal(await height(), one);
    await page.context().close();
  });

  test("goes by the keyboard: focus in, Escape, focus back", async () => {
    const page = await customer();
    await page.locator(".launcher").focus();
    await page.keyboard.press("Enter");
    const focus = () => page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.className ?? document.activeElement?.tagName);
    assert.equal(await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.tagName), "TEXTAREA");
    await page.keyboard.press("Escape");
    assert.equal(await focus(), "launcher");
    assert.equal(await page.locator(".launcher").getAttribute("aria-expanded"), "false");
    quiet(page);
    await page.context().close();
  });

  test("is all there is on a phone, and keeps the focus inside", async () => {
    const page = await customer("/", { size: { width: 390, height: 844 } });
    await opened(page);
    const box = await page.locator(".panel").boundingBox();
    assert.deepEqual([box.x, box.y, box.width, box.height].map(Math.round), [0, 0, 390, 844]);
    for (let press = 0; press < 12; press++) {
      await page.keyboard.press("Tab");
      const inside = await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.closest(".panel") !== null && document.activeElement?.localName === "tanya-chat");
      assert.ok(inside, `after ${press + 1} presses`);
    }
    await page.getByRole("button", { name: "Close" }).click();
    assert.equal(await page.evaluate(() => document.documentElement.style.overflow), "");
    quiet(page);
    await page.context().close();
  });

  test("wraps long words and shows words as words", async () => {
    const page = await customer();
    await opened(page);
    const word = "<img src=x onerror=alert(1)>" + "w".repeat(300);
    await say(page, word);
    const bubble = page.locator(".customer .bubble");
    assert.equal(await bubble.innerText(), word);
    const { inner, outer } = await bubble.evaluate((node) => ({ inner: node.scrollWidth, outer: node.clientWidth }));
    assert.ok(inner <= outer, `${inner} > ${outer}`);
    quiet(page);
    await page.context().close();
  });

  test("does what the page asks it, before and after it is there", async () => {
    const page = await visit(browser);
    await page.addInitScript(() => (globalThis.Tanya = [["context", { plan: "team" }], ["open"]]));
    await page.goto(shop.url);
    await page.locator(".panel").waitFor();
    await page.locator(".log .announcement").waitFor();
    await page.evaluate(() => globalThis.Tanya.close());
    assert.equal(await page.locator(".panel").isHidden(), true);
    await page.evaluate(() => globalThis.Tanya.open());
    await page.locator(".panel").waitFor();
    quiet(page);
    await page.context().close();
  });

  test("stands on the help center's own pages, not on those for staff", async () => {
    const page = await visit(browser);
    await page.goto(server.url);
    await opened(page);
    await say(page, ANSWERED);
    await answered(page);
    quiet(page);
    await page.goto(`${server.url}/login`);
    assert.equal(await page.locator("script[src='/widget.js']").count(), 0);
    await page.context().close();
  });
});

test("a site that is not in the list gets no answers", async () => {
  const other = await start({ config: `[widget]\norigins = ["https://shop.example.com"]\n`, demo: false });
  const stranger = await host(other.url);
  const page = await visit(browser);
  const asked = page.waitForEvent("requestfailed", (request) => new URL(request.url()).pathname === "/api/v1/widget");
  await page.goto(stranger.url);
  await asked;
  assert.equal(await page.locator(".launcher").count(), 0);
  for (const origin of [stranger.url, "https://shop.example.com"]) {
    const reply = await fetch(`${other.url}/api/v1/widget`, { headers: { origin } });
    const allowed = reply.headers.get("access-control-allow-origin");
    assert.equal(allowed, origin === stranger.url ? null : origin);
  }
  const refused = await page.evaluate(
    (url) => fetch(`${url}/api/v1/conversations`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" }).then(() => "an answer", () => "refused"),
    other.url,
  );
  assert.equal(refused, "refused");
  await page.context().close();
  await stranger.stop();
  await other.stop();
});

test("out of hours it says when people are back, in the visitor's time", async () => {
  const hour = (new Date().getUTCHours() + 12) % 24;
  const clock = (hour) => `${String(hour).padStart(2, "0")}:00`;
  const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
  const hours = days.map((day) => `${day} = ["${clock(hour)}-${clock(hour + 1)}"]`).join("\n");
  const asleep = await start({ config: `[widget]\norigins = ["*"]\n[desk.hours]\n${hours}\n`, demo: false });
  const site = await host(asleep.url);
  const page = await visit(browser);
  await page.goto(site.url);
  await opened(page);
  const opens = new Date(Date.UTC(2026, 0, 1, hour));
  const local = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit", timeZone: "Asia/Jakarta" }).format(opens);
  assert.match(await page.locator(".to-person").innerText(), new RegExp(`back .*${local}`));
  await handedOver(page);
  // In the words of the server, which are those of the letter and the page, and in the visitor's own zone all the same.
  const told = `${clock((hour + 7) % 24)} WIB`;
  assert.match(await page.locator(".closed").innerText(), new RegExp(`Nobody is here right now; we are back .*${told}`));
  quiet(page);
  await page.context().close();
  await site.stop();
  await asleep.stop();
});
