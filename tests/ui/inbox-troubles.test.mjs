// The inbox when things go wrong: what somebody has typed is never lost, and no key acts on what is not seen.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { accessible, launch, look, PHONE, quiet } from "./lib/browser.mjs";
import { desk } from "./lib/inbox.mjs";
import { start } from "./lib/tanya.mjs";

let [browser, tanya] = [];
const { atDesk, customerChat, row, openTicket, eventually } = desk(
  () => browser,
  () => tanya,
);

before(async () => {
  tanya = await start();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await tanya?.stop();
});

const field = (page) => page.locator(".write-box textarea");
const typed = (page) => field(page).inputValue();

/** The browser tells of refusals and broken lines, too; those are what these tests are about. */
function quietBut(page, pattern) {
  page.troubles = page.troubles.filter((trouble) => !pattern.test(trouble));
  quiet(page);
}

test("acts that cannot be done are told why, by button and by key", async () => {
  const chat = await customerChat("My grinder smells of smoke, is that dangerous?", { email: "smoke@example.com" });
  await tanya.api("POST", `/api/v1/tickets/${chat.reference}/acts`, { act: "escalate", reason: "Smoke." });
  const page = await atDesk("manager", { view: "escalated" });
  await openTicket(page, chat.reference);
  const escalate = page.locator(".act", { hasText: "Escalate" });
  assert.equal(await escalate.getAttribute("aria-disabled"), "true");
  assert.equal(await escalate.getAttribute("title"), "It is with a manager already.");
  await page.locator(".talk-meta", { hasText: "unassigned" }).waitFor();
  assert.match(await page.locator(".turn-day").first().innerText(), /^Today · times in GMT\+7$/);
  // The button that appears on its row covers nothing of what the row says.
  const smoke = page.locator(".row", { hasText: "smells of smoke" });
  await smoke.hover();
  const covered = await smoke.evaluate((row) => {
    const button = row.querySelector(".row-act").getBoundingClientRect();
    const isUnder = (box) => box.right > button.left && box.left < button.right && box.bottom > button.top && box.top < button.bottom;
    return [...row.querySelectorAll(".row-who > *")].filter((part) => isUnder(part.getBoundingClientRect())).map((part) => part.textContent);
  });
  assert.deepEqual(covered, []);
  await accessible(page, "an escalated ticket of nobody");
  await look(page, "inbox-escalated", { full: false });
  await page.keyboard.press("e");
  await page.locator(".toast", { hasText: "It is with a manager already." }).waitFor();
  assert.equal(await page.locator("dialog").count(), 0);
  // Resolved by somebody else meanwhile: the draft stays, and says why it cannot go.
  await page.keyboard.press("r");
  await page.keyboard.type("Unplug it, please.");
  await tanya.api("POST", `/api/v1/tickets/${chat.reference}/resolve`, { note: "By phone.", version: (await tanya.api("GET", `/api/v1/tickets/${chat.reference}`)).version });
  await page.locator(".composer-why", { hasText: "It is resolved by" }).waitFor();
  assert.equal(await page.locator(".acts").count(), 0);
  await page.keyboard.press("Control+Enter");
  await page.locator(".toast", { hasText: "Your draft is kept." }).waitFor();
  assert.equal(await typed(page), "Unplug it, please.");
  await page.getByRole("button", { name: "Note", exact: true }).click();
  await page.keyboard.type("Told by phone to unplug it.");
  await page.keyboard.press("Control+Enter");
  await page.locator(".msg.k-note", { hasText: "Told by phone" }).waitFor();
  assert.equal(await typed(page), "Unplug it, please.");
  quiet(page);
  await page.context().close();
});

test("what is typed while a reply is on its way stays, and a reply that fails stays as well", async () => {
  const chat = await customerChat("Which cleaning tablets fit?", { email: "tablets@example.com" });
  const page = await atDesk("agent");
  await openTicket(page, chat.reference);
  await page.keyboard.press("r");
  await page.keyboard.type("The round ones.");
  await page.route("**/reply", (route) => route.abort(), { times: 1 });
  await page.keyboard.press("Control+Enter");
  await page.locator(".toast", { hasText: "Not sent: The server cannot be reached. Your draft is kept." }).waitFor();
  assert.equal(await typed(page), "The round ones.");
  let go;
  const held = new Promise((done) => (go = done));
  await page.route(
    "**/reply",
    async (route) => {
      await held;
      await route.continue();
    },
    { times: 1 },
  );
  await page.keyboard.press("Control+Enter");
  await page.keyboard.type(" And one more thing");
  go();
  await page.locator(".msg.k-person.own", { hasText: "The round ones." }).waitFor();
  await page.waitForFunction(() => document.querySelector(".write-box textarea").value === "And one more thing");
  await page.reload();
  await field(page).waitFor();
  assert.equal(await typed(page), "And one more thing");
  const { turns } = await tanya.api("GET", `/api/v1/tickets/${chat.reference}/turns`);
  assert.equal(turns.filter((turn) => turn.kind === "person").length, 1);
  quietBut(page, /ERR_FAILED/);
  await page.context().close();
});

test("a session that ends in the middle of a word costs nothing", async () => {
  const chat = await customerChat("Do you repair old machines?", { email: "repair@example.com" });
  const page = await atDesk("agent");
  await openTicket(page, chat.reference);
  await page.keyboard.press("r");
  await page.keyboard.type("We do, up to ten years");
  const before = await page.context().cookies();
  await page.evaluate(() => fetch("/api/v1/session", { method: "DELETE", headers: { "x-csrf-token": document.querySelector("meta[name=csrf]").content } }));
  await page.context().clearCookies();
  await page.keyboard.type(" back.");
  await page.keyboard.press("Control+Enter");
  await page.locator(".toast", { hasText: "You are signed out. Your draft is kept." }).waitFor();
  await page.locator("#live-state a", { hasText: "Sign in in another tab" }).waitFor();
  assert.equal(await typed(page), "We do, up to ten years back.");
  await accessible(page, "signed out while typing");
  await look(page, "inbox-signed-out", { full: false });
  // Another session of the same person, as after signing in in another tab.
  const links = JSON.parse(tanya.command("demo", "--json").stdout);
  const tab = await page.context().newPage();
  await tab.goto(tanya.url + new URL(links.find((one) => one.role === "agent").url).pathname);
  await tab.locator("main form button[type=submit]").first().click();
  await tab.waitForURL((url) => !url.pathname.startsWith("/login"));
  assert.notDeepEqual(await page.context().cookies(), before);
  await tab.close();
  await page.bringToFront();
  await page.evaluate(() => dispatchEvent(new Event("focus")));
  await page.locator("#inbox[data-live=live]").waitFor();
  assert.equal(await page.locator("#live-state").innerText(), "");
  await field(page).press("Control+Enter");
  await page.locator(".msg.k-person.own", { hasText: "We do, up to ten years back." }).waitFor();
  quietBut(page, /status of 40[13]/);
  await page.context().close();
});

test("words in a dialog stay when they are refused, and when it is closed", async () => {
  const chat = await customerChat("Is the warranty for two years?", { email: "warranty@example.com" });
  const page = await atDesk("agent");
  await openTicket(page, chat.reference);
  await page.keyboard.press("x");
  await page.locator("dialog textarea").waitFor();
  await page.keyboard.type("Said yes on the phone.");
  // Something that nobody has seen: the customer writes while the dialog is open.
  await chat.say("Hello? Anybody?");
  await eventually(chat.reference, (ticket) => ticket.events.at(-1).kind === "wrote");
  await page.keyboard.press("Control+Enter");
  await page.locator("dialog .dialog-problem", { hasText: "Not done" }).waitFor();
  assert.equal(await page.locator("dialog textarea").inputValue(), "Said yes on the phone.");
  await page.keyboard.press("Escape");
  await page.keyboard.press("x");
  assert.equal(await page.locator("dialog textarea").inputValue(), "Said yes on the phone.");
  await page.keyboard.press("Control+Enter");
  const ticket = await eventually(chat.reference, (ticket) => ticket.state === "resolved");
  assert.equal(ticket.note, "Said yes on the phone.");
  quietBut(page, /status of (409|412)/);
  await page.context().close();
});

test("while a ticket is being loaded, no key acts on the one before", async () => {
  const one = await customerChat("First of two: where is my invoice?", { email: "one@example.com" });
  const two = await customerChat("Second of two: where is my parcel?", { email: "two@example.com" });
  const page = await atDesk("agent");
  await openTicket(page, one.reference);
  let go;
  const held = new Promise((done) => (go = done));
  await page.route(`**/api/v1/tickets/${two.reference}/turns`, async (route) => {
    await held;
    await route.continue();
  });
  await row(page, two.reference).locator("a").click();
  await page.locator(".ghost-turns").waitFor();
  for (const key of ["x", "s", "e", "r", "n", "m"]) await page.keyboard.press(key);
  assert.equal(await page.locator("dialog").count(), 0);
  go();
  await page.locator(".talk-meta .reference", { hasText: two.reference }).waitFor();
  quiet(page);
  await page.context().close();
});

test("the search for a passage takes Enter for the words that were typed last, and for nothing if nothing is found", async () => {
  const chat = await customerChat("How long do beans keep?", { email: "beans@example.com" });
  const page = await atDesk("agent");
  await openTicket(page, chat.reference);
  await page.keyboard.press("a");
  await page.locator("#passages [aria-selected=true]").waitFor();
  await page.route("**/nearest?q=**", async (route) => route.fulfill({ json: { ...(await (await route.fetch()).json()), passages: [] } }));
  await page.keyboard.type("xqzzv wvvkq");
  await page.keyboard.press("Enter");
  await page.locator("dialog [role=status]", { hasText: "No article has these words." }).waitFor();
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("dialog").count(), 1);
  await page.unroute("**/nearest?q=**");
  await page.locator("dialog input").fill("track my order");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /\/articles\//.test(document.querySelector(".write-box textarea").value));
  assert.match(await typed(page), /track/i);
  quiet(page);
  await page.context().close();
});

test("keys can be switched off, and what has the focus keeps it", async () => {
  const chat = await customerChat("Can I get a refund for a gift?", { email: "gift@example.com" });
  const page = await atDesk("agent");
  await openTicket(page, chat.reference);
  await page.locator(".act", { hasText: "Snooze" }).focus();
  await page.keyboard.press("c");
  await page.locator(".talk-meta", { hasText: "yours" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.act), "snooze");
  await page.keyboard.press("?");
  await page.getByLabel(/^Keys work/).uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("x");
  assert.equal(await page.locator("dialog").count(), 0);
  await page.keyboard.press("?");
  await page.getByLabel(/^Keys work/).check();
  await page.keyboard.press("Escape");
  await page.keyboard.press("x");
  await page.locator("dialog", { hasText: "Resolve" }).waitFor();
  quiet(page);
  await page.context().close();
});

test("on a phone: claim, reply, note, passage, snooze, escalate, merge and resolve by touch", async () => {
  const other = await customerChat("The same customer asks about kettles.", { email: "phone@example.com" });
  const chat = await customerChat("Do you sell spare lids for the kettle?", { email: "phone@example.com" });
  const page = await atDesk("agent", { size: PHONE });
  const fits = async (name) => {
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width, `${name} is too wide`);
    await look(page, `inbox-phone-${name}`, { full: false });
  };
  const menu = async (name) => {
    await page.locator(".more-acts summary").tap();
    await page.locator(".more-acts .menu button", { hasText: name }).tap();
  };
  await row(page, chat.reference).locator("a").tap();
  await page.locator(".act", { hasText: "Claim" }).tap();
  await page.locator(".talk-meta", { hasText: "yours" }).waitFor();
  await page.locator(".composer-top .plain").tap();
  await page.locator("#passages li").first().waitFor();
  await fits("passages");
  await page.locator("#passages li").first().tap();
  await page.waitForFunction(() => /\/articles\//.test(document.querySelector(".write-box textarea").value));
  await fits("reply");
  await page.locator(".write-box button[type=submit]").tap();
  await page.locator(".msg.k-person.own").waitFor();
  await page.getByRole("button", { name: "Note", exact: true }).tap();
  await field(page).fill("Asked for the small one.");
  await page.locator(".write-box button[type=submit]").tap();
  await page.locator(".msg.k-note", { hasText: "small one" }).waitFor();
  await page.locator(".act", { hasText: "Escalate" }).tap();
  await page.locator("dialog input").fill("Spare lids?");
  await fits("escalate");
  await page.locator("dialog button[type=submit]").tap();
  await page.locator(".talk-meta .escalated").waitFor();
  await page.locator(".act", { hasText: "Snooze" }).tap();
  await fits("snooze");
  await page.locator("dialog .pick").first().tap();
  await page.locator(".act", { hasText: "End snooze" }).tap();
  await page.locator(".act", { hasText: /^Snooze/ }).waitFor();
  await page.locator(".more-acts summary").tap();
  await fits("menu");
  await page.locator(".more-acts summary").tap();
  await menu("Merge with another ticket");
  await page.locator("dialog .pick").first().waitFor();
  await fits("merge");
  await page.locator("dialog .pick", { hasText: "kettles" }).tap();
  await page.locator(".talk-meta .reference", { hasText: other.reference }).waitFor();
  await page.locator(".act", { hasText: "Resolve" }).tap();
  await page.locator("dialog button[type=submit]").tap();
  const ticket = await eventually(other.reference, (ticket) => ticket.state === "resolved");
  assert.equal(ticket.state, "resolved");
  quiet(page);
  await page.context().close();
});
