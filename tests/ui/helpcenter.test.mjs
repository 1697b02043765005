// The help center in a browser: with and without script, by keyboard, on a phone, in the dark, in the operator's brand.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { DESKTOP, PHONE, accessible, launch, look, quiet, signIn, visit, weight } from "./lib/browser.mjs";
import { ROOT, TOKEN, start } from "./lib/tanya.mjs";

const NAME = "Kawan Kopi";
const LONG_NAME = "Perkumpulan Petani Kopi Dataran Tinggi Gayo";
const ARTICLES = 220;

/** The demo as it is. */
let demo;
/** The demo's articles and more, in a brand with a long name. */
let brand;
let browser;
let folder;
/** The demo's first page before anybody asked anything. */
let firstPage;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "tanya-brand-"));
  browser = await launch();
  [demo, brand] = await Promise.all([start(), start({ demo: false, kb: writeArticles(), config: writeBrand() })]);
  firstPage = await (await fetch(`${demo.url}/?lang=en`)).text();
  await askOften();
});

/** Recorded questions about three articles, before anybody sees the first page: it counts once a minute. */
async function askOften() {
  const asks = { "which payment methods do you take": 4, "how do I track my parcel": 3, "how do I descale the kawan brew": 2 };
  for (const [question, times] of Object.entries(asks)) {
    for (let at = 0; at < times; at += 1) {
      const { decision } = await brand.api("POST", "/api/v1/ask", { question, lang: "en" });
      assert.notEqual(decision, "handoff", question);
    }
  }
  for (let tries = 0; questionsAt(brand) < 9; tries += 1) {
    assert.ok(tries < 20, "the log is written within moments");
    await new Promise((done) => setTimeout(done, 250));
  }
}

after(async () => {
  await browser?.close();
  await demo?.stop();
  await brand?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function writeArticles() {
  const kb = join(folder, "kb");
  cpSync(join(ROOT, "kb"), kb, { recursive: true });
  const write = (path, text) => {
    mkdirSync(join(kb, path, ".."), { recursive: true });
    writeFileSync(join(kb, path), text);
  };
  write(
    "en/orders/webhooks.md",
    "---\ntitle: Webhooks for shops\naliases: [old/webhooks]\n---\n\nWe call your address when an order ships.\n\n" +
      "## The request\n\n```json\n{\"order\": \"KK-1042\", \"state\": \"shipped\"}\n```\n\n" +
      "## The states\n\n| State | Meaning |\n|---|---|\n| packed | It is in a box. |\n| shipped | The courier has it. |\n\n" +
      "## Try it\n\nRead [the standard](https://example.com/webhooks) or [track a parcel](../delivery/track-a-parcel.md).\n",
  );
  const languages = {
    de: ["Bestellung verfolgen", "Öffnen Sie Bestellungen und wählen Sie Verfolgen."],
    fr: ["Suivre une commande", "Ouvrez Commandes et choisissez Suivre."],
    es: ["Seguir un pedido", "Abra Pedidos y elija Seguir."],
    zh: ["查询订单", "打开订单，选择查询。"],
  };
  for (const [lang, [title, text]] of Object.entries(languages)) write(`${lang}/orders/track.md`, `---\ntitle: ${title}\n---\n\n${text}\n`);
  const subjects = ["Ethiopia", "Kenya", "Brazil", "Colombia", "Sumatra", "Java", "Bali", "Peru", "Rwanda", "Honduras"];
  for (let at = 0; at < ARTICLES - 120; at += 1) {
    const name = `${subjects[at % 10]} lot ${Math.floor(at / 10) + 1}`;
    write(`en/lots/lot-${at}.md`, `---\ntitle: Notes on ${name}\n---\n\nThis lot was picked in week ${at} and dried for ${at % 20} days.\n\n## How it tastes\n\nSweet, with ${at} points.\n`);
  }
  return kb;
}

function writeBrand() {
  const logo = join(folder, "logo.svg");
  writeFileSync(logo, '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 60"><rect width="400" height="60" rx="8" fill="#7a3e12"/><circle cx="30" cy="30" r="16" fill="#fff"/><rect x="60" y="22" width="320" height="16" rx="8" fill="#fff"/></svg>');
  const css = join(folder, "own.css");
  writeFileSync(css, ".foot { border-top-width: 3px; }");
  const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  return `
[site]
name = ${JSON.stringify(LONG_NAME)}
accent = "#7a3e12"
logo = ${JSON.stringify(logo)}
css = ${JSON.stringify(css)}
[[site.footer]]
text = { en = "Terms and conditions of sale", de = "Allgemeine Geschäftsbedingungen" }
url = "https://example.com/terms"
[[site.footer]]
text = "Imprint"
url = "/articles/en/account/contact-us"
[[announcement]]
text = { en = "Parcels to Sumatra are two days late because of floods.", de = "Pakete nach Sumatra kommen zwei Tage später." }
url = "/articles/en/delivery/late-or-lost-parcel"
level = "warning"
[[announcement]]
text = "New beans from Gayo are here."
ends = "${day(2)}"
[[announcement]]
text = "This is over."
ends = "${day(-2)}"
[[announcement]]
text = "This is only told on the form."
when = { page_url = "/ask*" }
`;
}

/** Opens a ticket through the form and returns its receipt's path. */
async function receiptOf(server, question, email = "") {
  const reply = await fetch(`${server.url}/ask?lang=en`, {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" },
    body: new URLSearchParams({ question, email }),
  });
  assert.equal(reply.status, 303, await reply.text());
  return reply.headers.get("location");
}

/** How many questions are in the log. */
function questionsAt(server) {
  const { status, stdout, stderr } = server.command("coverage", "--json");
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout).questions;
}

/** The receipt's path of a ticket that somebody opened in a chat: they get it by mail. */
function receiptPath(server, reference) {
  const tag = createHmac("sha256", readFileSync(join(server.folder, "data", "receipt.key"))).update(`receipt:${reference}`).digest("hex");
  return `/receipts/${reference}.${tag.slice(0, 32)}?lang=en`;
}

const referenceOf = (path) => path.match(/T-[0-9A-Z]{4}-[0-9A-Z]{4}/)[0];

const everyWay = [
  ["phone", { size: PHONE }],
  ["phone-dark", { size: PHONE, dark: true }],
  ["desktop", { size: DESKTOP }],
  ["desktop-dark", { size: DESKTOP, dark: true }],
];

test("every page, in both widths and both themes, is accessible and looks as it should", { timeout: 240_000 }, async () => {
  const waiting = await receiptOf(demo, "My grinder broke and I want to talk to somebody about it");
  const answered = await receiptOf(demo, "I want to talk to a person about my last order", "ana@example.com");
  await demo.api("POST", `/api/v1/tickets/${referenceOf(answered)}/reply`, { text: "Hello. I have looked into it: the box left today." }, { "if-match": "*" });
  const pages = {
    home: "/",
    search: "/search?q=grind+size&lang=en",
    "search-answer": "/search?q=how+do+I+track+my+parcel&lang=en",
    "search-person": "/search?q=I+want+a+refund&lang=en",
    "search-nothing": "/search?q=quantum+chromodynamics+lagrangian&lang=en",
    article: "/articles/en/delivery/track-a-parcel",
    "article-table": "/articles/en/delivery/delivery-times-and-fees",
    category: "/categories/delivery?lang=en",
    ask: "/ask?lang=en",
    feedback: "/feedback?article=en%2Fdelivery%2Ftrack-a-parcel&said=no&lang=en",
    receipt: waiting,
    "receipt-answered": answered,
    "not-found": "/articles/en/delivery/trak-parcels",
    login: "/login",
  };
  for (const [way, options] of everyWay) {
    const page = await visit(browser, options);
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(demo.url + path);
      await page.waitForLoadState("networkidle");
      await accessible(page, `${name} ${way}`);
      await look(page, `help-${name}-${way}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${name} ${way} scrolls sideways by ${wide}px`);
    }
    page.troubles = page.troubles.filter((trouble) => !/status of 404/.test(trouble));
    quiet(page);
    await page.context().close();
  }
});

test("whoever works here sees their account in the frame of their pages, and the way there from the help center", async () => {
  const context = await browser.newContext({ locale: "en-US", viewport: DESKTOP, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(demo.links.agent);
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
  for (const [way, { size, dark }] of everyWay) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
    await page.goto(`${demo.url}/account`);
    await accessible(page, `account ${way}`);
    await look(page, `help-account-${way}`);
  }
  await page.getByRole("button", { name: "Set yourself away" }).click();
  await page.getByText("You are away and get no new work.").waitFor();
  await page.getByRole("button", { name: "Take new work" }).click();
  await page.getByText("You take new work.").waitFor();
  await page.goto(`${demo.url}/`);
  assert.equal(await page.getByRole("link", { name: "Staff pages" }).count(), 1);
  await context.close();
  const stranger = await visit(browser);
  await stranger.goto(`${demo.url}/`);
  assert.equal(await stranger.getByRole("link", { name: "Staff pages" }).count(), 0);
  await stranger.context().close();
});

test("suggestions: arrows choose, Enter opens, Escape closes, the slash key comes back, the choice is announced", async () => {
  const page = await visit(browser, { lang: "en-US" });
  await page.goto(`${demo.url}/?lang=en`);
  await page.keyboard.press("/");
  const box = page.getByRole("combobox");
  assert.ok(await box.evaluate((node) => node === document.activeElement));
  const last = page.waitForResponse(/suggest\?q=trakc\+my\+parcl&/);
  await page.keyboard.type("trakc my parcl");
  await (await last).finished();
  const options = page.getByRole("option");
  await options.first().waitFor();
  assert.match(await options.first().textContent(), /Track a parcel/);
  assert.match(await page.locator("form[role=search] [role=status]").textContent(), /^\d+ suggestions\. Use the arrow keys to choose\.$/);
  await page.keyboard.press("ArrowDown");
  const active = await box.getAttribute("aria-activedescendant");
  assert.equal(await page.locator(`#${active}`).getAttribute("aria-selected"), "true");
  await page.keyboard.press("ArrowUp");
  assert.equal(await box.getAttribute("aria-activedescendant"), null, "past the first row one is back in the box");
  await accessible(page, "suggestions");
  await look(page, "help-suggestions-desktop", { full: false });
  await page.keyboard.press("Escape");
  await options.first().waitFor({ state: "hidden" });
  assert.equal(await box.inputValue(), "trakc my parcl", "Escape keeps the words");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/articles\/en\/delivery\/track-a-parcel/);
  quiet(page);
  await page.context().close();
});

test(`suggestions are there within 50 ms of the key on ${ARTICLES} articles`, async () => {
  const page = await visit(browser);
  await page.goto(`${brand.url}/?lang=en`);
  const box = page.getByRole("combobox");
  await box.focus();
  await page.keyboard.type("de");
  await page.getByRole("option").first().waitFor();
  // From the key to the change of the list.
  await page.evaluate(() => {
    window.times = [];
    let began = 0;
    document.addEventListener("keydown", () => (began = performance.now()), { capture: true });
    const seen = new MutationObserver(() => window.times.push(performance.now() - began));
    seen.observe(document.querySelector("#q-suggestions"), { childList: true });
  });
  const keys = [..."livery address ch"];
  for (const [at, key] of keys.entries()) {
    await page.keyboard.press(key === " " ? "Space" : key);
    await page.waitForFunction((at) => window.times.length > at, at);
  }
  const times = await page.evaluate(() => window.times);
  times.sort((a, b) => a - b);
  const [median, worst] = [times[Math.floor(times.length / 2)], times.at(-1)];
  console.log(`suggestions on ${ARTICLES} articles: ${median.toFixed(1)} ms median, ${worst.toFixed(1)} ms at worst, from the key to the list`);
  assert.ok(median < 50, `${median} ms`);
  quiet(page);
  await page.context().close();
});

test("a reply that comes late is dropped, under the box and on the page of results", async () => {
  const page = await visit(browser);
  // What was asked for first comes last. Aborting is taken away, so that only the number can drop it.
  await page.addInitScript(() => {
    const fetched = window.fetch;
    window.fetch = (address, options) => fetched(address, { ...options, signal: undefined });
  });
  let held;
  const isHeld = new Promise((done) => (held = done));
  let release;
  const released = new Promise((done) => (release = done));
  await page.route(/suggest\?q=track/, async (route) => {
    held();
    await released;
    await route.continue();
  });
  await page.goto(`${demo.url}/?lang=en`);
  const box = page.getByRole("combobox");
  await box.fill("track");
  await isHeld;
  await box.fill("descale");
  await page.getByRole("option", { name: /Descale/ }).first().waitFor();
  const late = page.waitForResponse(/suggest\?q=track/);
  release();
  await (await late).finished();
  await page.waitForTimeout(50);
  assert.match(await page.getByRole("option").first().textContent(), /[Dd]escal/);

  let releaseResults;
  const resultsReleased = new Promise((done) => (releaseResults = done));
  await page.goto(`${demo.url}/search?q=grinder&lang=en`);
  await page.route(/q=tracking.*live=rows/, async (route) => {
    await resultsReleased;
    await route.continue();
  });
  const input = page.locator("#q");
  await input.fill("tracking");
  await input.fill("descale");
  await page.locator(".results a", { hasText: "Descale" }).first().waitFor();
  const lateResults = page.waitForResponse(/q=tracking.*live=rows/);
  releaseResults();
  await (await lateResults).finished();
  await page.waitForTimeout(50);
  assert.match(await page.locator("#heading").textContent(), /descale/);
  assert.match(await page.locator(".results a").first().textContent(), /Descale/);
  quiet(page);
  await page.context().close();
});

test("results follow what is typed, the address too; the answer comes after a pause; only sending is recorded", async () => {
  const page = await visit(browser);
  const asked = async () => questionsAt(brand);
  await page.goto(`${brand.url}/search?q=coffee&lang=en`);
  const loads = [];
  page.on("framenavigated", () => loads.push(page.url()));
  const depths = [];
  page.on("request", (request) => {
    const live = new URL(request.url()).searchParams.get("live");
    if (live) depths.push(live);
  });
  const before = await asked();
  const input = page.locator("#q");
  await input.click();
  await input.fill("");
  await input.pressSequentially("how do I track my parcel", { delay: 20 });
  await page.locator(".results a", { hasText: "Track a parcel" }).first().waitFor();
  await page.locator("#decision .answer", { hasText: "tracking number" }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get("q"), "how do I track my parcel");
  assert.match(await page.title(), /how do I track my parcel/);
  assert.match(await page.locator("#live").textContent(), /\d+ results/);
  assert.ok(depths.filter((depth) => depth === "rows").length > 5, "articles after every key");
  assert.equal(depths.filter((depth) => depth === "answer").length, 1, "the answer once, after the pause");
  assert.deepEqual(loads.filter((url) => url.includes("live")), []);
  assert.equal(await asked(), before, "typing is not asking");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement.closest(".results") !== null), true);
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.activeElement.id), "q");
  await input.pressSequentially(" please");
  await page.keyboard.press("Enter");
  await page.waitForURL(/please/);
  await page.waitForLoadState("load");
  for (let tries = 0; (await asked()) !== before + 1; tries += 1) {
    assert.ok(tries < 50, "sending is asking");
    await page.waitForTimeout(100);
  }
  quiet(page);
  await page.context().close();
});

test("typos find things, and the page says what was probably meant", async () => {
  const page = await visit(browser, { script: false });
  for (const [typed, meant, found] of [
    ["delievry adress", "delivery address", "Change the delivery address"],
    ["trakc my parcl", "track my parcel", "Track a parcel"],
    ["subscribtion", "subscription", "subscription"],
    ["grnder jams", "grinder jams", "grinder"],
  ]) {
    await page.goto(`${demo.url}/search?q=${encodeURIComponent(typed)}&lang=en`);
    const rows = await page.locator(".results a").allTextContents();
    assert.ok(rows.slice(0, 3).some((row) => row.toLowerCase().includes(found.toLowerCase())), `${typed}: ${rows.slice(0, 3)}`);
    assert.equal(await page.locator(".meant a").textContent(), meant);
    assert.ok((await page.locator(".results mark").count()) > 0, "matched words are marked");
  }
  await page.locator(".meant a").click();
  assert.match(page.url(), /q=grinder%20jams/);
  assert.equal(await page.locator(".meant").count(), 0);
  await page.goto(`${demo.url}/search?q=payment+methods&lang=en`);
  assert.equal(await page.locator(".meant").count(), 0, "nothing was mistyped");
  await page.context().close();
});

test("an answer can be voted on in place, and no leads to a person", async () => {
  const page = await visit(browser);
  await page.goto(`${demo.url}/search?q=how+do+I+track+my+parcel&lang=en`);
  const buttons = page.locator(".answer .actions > .button");
  const sizes = await buttons.evaluateAll((all) => all.map((one) => `${Math.round(one.offsetWidth)}x${one.offsetHeight}`));
  assert.equal(sizes.length, 3);
  assert.equal(new Set(sizes).size, 1, `${sizes}`);
  const counted = page.waitForResponse("**/api/v1/feedback");
  await page.getByRole("button", { name: "That did not help" }).click();
  const vote = await counted;
  assert.equal(vote.status(), 200);
  assert.ok(vote.request().postDataJSON().decision, "the vote names the decision");
  await page.getByText("Sorry that this did not help").waitFor();
  await look(page, "help-answer-voted-desktop", { full: false });
  const reason = page.getByLabel("What was missing or wrong?");
  await reason.fill("Which of the two numbers?");
  await page.locator(".answer").getByRole("button", { name: "Send" }).click();
  await page.getByText("Our writers read this.").waitFor();
  await accessible(page, "voted");
  await page.locator(".answer").getByRole("link", { name: "Talk to a person" }).click();
  await page.waitForURL(/\/ask\?/);
  assert.equal(await page.locator("#question").inputValue(), "how do I track my parcel");
  quiet(page);
  await page.context().close();
});

test("an article: anchors, copy, votes in place, other languages, print", async () => {
  const page = await visit(browser, { permissions: ["clipboard-read", "clipboard-write"] });
  await page.goto(`${brand.url}/old/webhooks`);
  assert.equal(new URL(page.url()).pathname, "/articles/en/orders/webhooks", "aliases lead on");
  const moved = await fetch(`${brand.url}/old/webhooks`, { redirect: "manual" });
  assert.equal(moved.status, 301);
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal((await page.evaluate(() => navigator.clipboard.readText())).trim(), '{"order": "KK-1042", "state": "shipped"}');
  const anchor = page.getByRole("link", { name: "Link to this section: The states" });
  const opacity = () => anchor.evaluate((node) => getComputedStyle(node).opacity);
  assert.equal(await opacity(), "0");
  await page.getByRole("heading", { name: "The states" }).hover();
  assert.equal(await opacity(), "1");
  await page.mouse.move(0, 0);
  await anchor.focus();
  assert.equal(await opacity(), "1");
  await anchor.click();
  assert.equal(new URL(page.url()).hash, "#the-states");
  await accessible(page, "article with code");
  await page.getByRole("button", { name: "Yes", exact: true }).click();
  await page.getByText("Your vote tells our writers").waitFor();
  assert.equal(new URL(page.url()).pathname, "/articles/en/orders/webhooks");
  await page.emulateMedia({ media: "print" });
  for (const chrome of [".bar", ".foot", ".vote", ".side", ".copy", ".notices"]) {
    const shown = await page.locator(chrome).evaluateAll((all) => all.some((node) => node.checkVisibility()));
    assert.equal(shown, false, `${chrome} is not printed`);
  }
  const printed = await page.locator('.prose a[href^="https"]').evaluate((link) => getComputedStyle(link, "::after").content);
  assert.match(printed, /example\.com\/webhooks/);
  await look(page, "help-article-print");
  await page.emulateMedia({ media: "screen" });
  await page.goto(`${demo.url}/articles/en/delivery/track-a-parcel`);
  await page.locator("details.switch summary").click();
  await page.locator("details.switch").getByRole("link", { name: "Bahasa Indonesia" }).click();
  await page.waitForURL(/\/articles\/id\/.*/);
  assert.equal(await page.locator("article").getAttribute("lang"), "id");
  assert.ok((await page.locator(".related a").count()) > 0);
  quiet(page);
  await page.context().close();
});

test("the form answers while one writes, keeps what was written, and opens a ticket", async () => {
  const page = await visit(browser);
  await page.goto(`${demo.url}/ask?lang=en`);
  const question = page.getByLabel("Your question");
  await question.pressSequentially("How do I track my parcel?", { delay: 10 });
  await page.locator("#offered-answer .answer").waitFor();
  assert.match(await page.locator("#offered-answer").textContent(), /tracking number/);
  assert.equal(await page.locator("#offered-articles").isVisible(), false);
  await accessible(page, "form with answer");
  await look(page, "help-ask-answer-desktop");
  await page.setViewportSize(PHONE);
  await page.getByRole("link", { name: "This may answer it already" }).click();
  assert.ok(await page.locator("#offered-answer").evaluate((node) => node.getBoundingClientRect().top < innerHeight));
  await look(page, "help-ask-answer-phone");
  await page.setViewportSize(DESKTOP);
  await question.fill("My neighbour's parrot has learned to order beans by voice, what now");
  await page.locator("#offered-answer .answer").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Send" }).last().click();
  await page.waitForURL(/\/receipts\//);
  await page.getByRole("heading", { name: "We have your question" }).waitFor();
  quiet(page);
  await page.context().close();
});

test("a promise reads the same with script and without, in the reader's own zone", async () => {
  const page = await visit(browser);
  await page.goto(`${demo.url}/ask?lang=en`);
  await page.getByLabel("Your question").fill("I want to talk to a person about a parrot");
  await page.getByRole("button", { name: "Send" }).last().click();
  await page.waitForURL(/\/receipts\//);
  const promise = page.locator(".facts time").first();
  const told = await promise.textContent();
  assert.match(told, /\d\d:\d\d WIB$/);
  const plain = await visit(browser, { script: false });
  await plain.goto(page.url());
  assert.equal(await plain.locator(".facts time").first().textContent(), told);
  assert.equal(/UTC/.test(await plain.locator("#talk").innerText()), false);
  await plain.context().close();
  // Somebody elsewhere reads their own time.
  const abroad = await visit(browser, { timezoneId: "Europe/Berlin" });
  await abroad.goto(page.url());
  assert.match(await abroad.locator(".facts time").first().textContent(), /GMT\+1$/);
  // Of the messages the first one names the zone.
  assert.match(await abroad.locator(".said-head time").first().textContent(), /GMT\+1$/);
  await abroad.context().close();
  quiet(page);
  await page.context().close();
});

test("news on a receipt take nothing away that is being filled in", async () => {
  const path = await receiptOf(demo, "I want to talk to a person about my kettle");
  const reply = (text) => demo.api("POST", `/api/v1/tickets/${referenceOf(path)}/reply`, { text }, { "if-match": "*" });
  await reply("First.");
  const page = await visit(browser);
  await page.goto(demo.url + path);
  await page.locator(".rate summary").click();
  await page.getByLabel("How could it have been better?").fill("A long note");
  // It is not where the focus is any more.
  await page.getByLabel("Write a message").focus();
  const looked = page.waitForResponse((response) => response.url().includes("/receipts/"), { timeout: 15_000 });
  await reply("Second.");
  await looked;
  await page.waitForTimeout(200);
  assert.equal(await page.getByLabel("How could it have been better?").inputValue(), "A long note");
  await page.context().close();
});

test("a receipt goes on by itself, takes the customer's word and a rating, with script and without", async () => {
  const path = await receiptOf(demo, "I want to talk to a person about my grinder");
  const page = await visit(browser);
  await page.goto(demo.url + path);
  await page.getByRole("heading", { name: "We have your question" }).waitFor();
  assert.equal(await page.getByText("Is it solved?").count(), 0, "not before a reply");
  await demo.api("POST", `/api/v1/tickets/${referenceOf(path)}/reply`, { text: "Please hold the button for five seconds." }, { "if-match": "*" });
  await page.getByText("Please hold the button for five seconds.").waitFor({ timeout: 15_000 });
  await page.locator("#news", { hasText: "something new" }).waitFor({ state: "attached" });
  await page.getByRole("button", { name: "No, not yet" }).click();
  await page.getByRole("heading", { name: "We have your message" }).waitFor();
  await demo.api("POST", `/api/v1/tickets/${referenceOf(path)}/reply`, { text: "Then we send you a new one." }, { "if-match": "*" });
  await page.context().close();

  const plain = await visit(browser, { script: false });
  await plain.goto(demo.url + path);
  await plain.getByRole("button", { name: "Yes, it is solved" }).click();
  await plain.getByRole("heading", { name: "Your question has been dealt with" }).waitFor();
  assert.equal(await plain.getByText("Is it solved?").count(), 0);
  await plain.getByLabel("Very good").check();
  await plain.getByLabel("How could it have been better?").fill("Faster.");
  await plain.getByRole("button", { name: "Send rating" }).click();
  await plain.getByText("Your rating is kept.").waitFor();
  await look(plain, "help-receipt-rated-desktop");
  await plain.context().close();
});

test("a table in an answer is a table on the receipt", async () => {
  const begun = await brand.api("POST", "/api/v1/conversations", { lang: "en", context: {} });
  const own = { authorization: `Bearer ${begun.secret}` };
  const said = await brand.api("POST", `/api/v1/conversations/${begun.id}/turns`, { text: "What do the states packed and shipped mean in webhooks for shops?" }, own);
  const answer = said.replies.find((turn) => turn.data.decision?.answer);
  assert.ok(answer?.data.decision.answer.html.includes("<table"), JSON.stringify(said.replies));
  await brand.api("POST", `/api/v1/conversations/${begun.id}/word`, { word: "did_not_help" }, own);
  const { ticket } = await brand.api("GET", `/api/v1/conversations/${begun.id}`, undefined, own);
  const page = await visit(browser);
  await page.goto(brand.url + receiptPath(brand, ticket));
  await page.locator(".turn.bot table td", { hasText: "The courier has it." }).waitFor();
  assert.equal(await page.getByText("|---").count(), 0);
  await accessible(page, "receipt with a table");
  await look(page, "help-receipt-table-desktop");
  quiet(page);
  await page.context().close();
});

test("a lost reader is shown what comes near", async () => {
  const page = await visit(browser, { script: false });
  const reply = await page.goto(`${demo.url}/help/delivery/trak-my_parcel.html`);
  assert.equal(reply.status(), 404);
  const near = await page.locator(".nearest a").allTextContents();
  assert.ok(near.length <= 3 && near.some((title) => title === "Track a parcel"), `${near}`);
  assert.equal(await page.locator("#q").inputValue(), "delivery trak my parcel");
  await page.getByRole("link", { name: "Track a parcel" }).click();
  await page.getByRole("heading", { level: 1, name: "Track a parcel" }).waitFor();
  assert.equal((await page.goto(`${demo.url}/1`)).status(), 404);
  assert.equal(await page.locator(".nearest").count(), 0, "an address without words offers nothing");
  await page.context().close();
});

test("the first page shows what is asked most; before, what is expected to be asked", async () => {
  const page = await visit(browser, { script: false });
  await page.goto(`${brand.url}/?lang=en`);
  const titles = await page.locator(".asked a").allTextContents();
  assert.equal(await page.locator("#asked").textContent(), "Asked most often");
  assert.equal(titles[0], "Payment methods");
  assert.ok(titles.includes("Track a parcel"), `${titles}`);
  assert.match(firstPage, /<h2 id="asked">Common questions<\/h2>\s*<ul>\s*<li>/, "nobody had asked anything yet");
  await page.context().close();
});

test("the operator's brand and announcements: long names fit a phone, what is put away stays away", async () => {
  for (const [way, options] of everyWay) {
    const page = await visit(browser, options);
    await page.goto(`${brand.url}/?lang=en`);
    const name = page.locator(".bar .brand span");
    assert.equal(await name.textContent(), LONG_NAME);
    const { width, height, whole } = await name.evaluate((node) => ({ width: node.clientWidth, height: node.clientHeight, whole: node.scrollHeight }));
    assert.ok(width > 90, `the name has ${width}px`);
    assert.ok(whole <= height * 2, `the name is cut: ${whole} of ${height}`);
    const box = await page.locator("#q").evaluate((input) => {
      const canvas = document.createElement("canvas").getContext("2d");
      canvas.font = getComputedStyle(input).font;
      const style = getComputedStyle(input);
      return { text: canvas.measureText(input.placeholder).width, room: input.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) };
    });
    assert.ok(box.text <= box.room, `the placeholder needs ${box.text}px and has ${box.room}px`);
    await accessible(page, `brand ${way}`);
    await look(page, `help-brand-${way}`);
    await page.goto(`${brand.url}/articles/en/orders/webhooks`);
    await accessible(page, `brand article ${way}`);
    await look(page, `help-brand-article-${way}`);
    quiet(page);
    await page.context().close();
  }
  const page = await visit(browser);
  await page.goto(`${brand.url}/?lang=en`);
  const notices = page.locator(".notice");
  assert.deepEqual(await notices.locator("strong").allTextContents(), ["Known problem:", "Good to know:"]);
  assert.equal(await page.locator(".notices [role=status]").count(), 1);
  await notices.first().getByRole("button", { name: "Dismiss this announcement" }).click();
  assert.equal(await notices.count(), 1);
  await page.reload();
  assert.equal(await notices.count(), 1);
  assert.match(await notices.textContent(), /New beans/);
  await page.goto(`${brand.url}/ask?lang=en`);
  await page.getByText("This is only told on the form.").waitFor();
  assert.equal(await page.locator("footer").getByRole("link", { name: "Terms and conditions of sale" }).count(), 1);
  quiet(page);
  await page.context().close();
  const plain = await visit(browser, { script: false, lang: "de-DE" });
  await plain.goto(`${brand.url}/?lang=de`);
  await plain.getByText("Pakete nach Sumatra").waitFor();
  assert.equal(await plain.getByRole("button", { name: "Diesen Hinweis schließen" }).count(), 0, "without script nothing can be put away");
  await plain.getByRole("heading", { name: "Wie können wir helfen?" }).waitFor();
  await plain.context().close();
});

test("every language of the pages speaks for itself", async () => {
  const page = await visit(browser, { size: PHONE });
  const greetings = {
    en: "How can we help?",
    id: "Ada yang bisa kami bantu?",
    ja: "どのようなご用件ですか",
    de: "Wie können wir helfen?",
    fr: "Comment pouvons-nous vous aider ?",
    es: "¿En qué podemos ayudarle?",
    zh: "有什么可以帮您？",
  };
  for (const [lang, greeting] of Object.entries(greetings)) {
    for (const path of ["/", "/ask", "/login"]) {
      await page.goto(`${brand.url}${path}?lang=${lang}`);
      assert.equal(await page.locator("html").getAttribute("lang"), lang);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${path} in ${lang} scrolls sideways by ${wide}px`);
      if (path === "/") assert.equal(await page.locator("h1").textContent(), greeting);
      await look(page, `help-${path.slice(1) || "home"}-${lang}-phone`, { full: false });
    }
  }
  quiet(page);
  await page.context().close();
});

test("without script everything works, plainer", async () => {
  const page = await visit(browser, { script: false });
  await page.goto(`${demo.url}/?lang=en`);
  await page.locator("#q").fill("how do I track my parcel");
  await page.getByRole("button", { name: "Search" }).click();
  await page.locator(".answer", { hasText: "tracking number" }).waitFor();
  assert.match(page.url(), /\/search\?q=how/);
  await page.locator(".filters").first().getByRole("link", { name: "Delivery" }).click();
  const crumbs = await page.locator(".result-path").allTextContents();
  assert.ok(crumbs.length > 0 && crumbs.every((crumb) => crumb.startsWith("Delivery")), `${crumbs}`);
  await page.goBack();
  await page.getByRole("button", { name: "That did not help" }).click();
  await page.getByLabel("What was missing or wrong?").fill("Where is the number?");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("Our writers read this.").waitFor();
  await page.goto(`${demo.url}/articles/en/delivery/track-a-parcel`);
  await page.getByRole("button", { name: "Yes", exact: true }).click();
  await page.getByText("Your vote tells our writers").waitFor();
  await page.goto(`${demo.url}/ask?lang=en`);
  await page.getByLabel("Your question").fill("Nobody answers the door at your shop in Bandung");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("heading", { name: "We have your question" }).waitFor();
  await page.getByLabel("Write a message").fill("It was yesterday at noon.");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByText("It was yesterday at noon.").waitFor();
  await page.context().close();
});

test("pages are light and quick", async () => {
  const pages = { home: "/", search: "/search?q=delivery&lang=en", article: "/articles/en/delivery/track-a-parcel", category: "/categories/delivery?lang=en", ask: "/ask?lang=en" };
  for (const [name, path] of Object.entries(pages)) {
    // The best of some, without what the browser takes for a page of one word: other programs of the machine are not
    // the page's fault.
    const bare = (await weight(browser, `${brand.url}/healthz`)).interactive;
    let { bytes, interactive } = await weight(browser, brand.url + path);
    for (let at = 0; at < 12 && interactive - bare >= 200; at += 1) {
      interactive = Math.min(interactive, (await weight(browser, brand.url + path)).interactive);
    }
    console.log(`${name}: ${(bytes / 1000).toFixed(1)} kB, interactive after ${interactive.toFixed(0)} ms, ${bare.toFixed(0)} of them the browser's own`);
    assert.ok(bytes < 60_000, `${name} weighs ${bytes} bytes`);
    assert.ok(interactive - bare < 200, `${name} is interactive after ${interactive} ms`);
  }
});
