// The inbox for agents, driven as they do: by keys, live, two at once.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { accessible, DESKTOP, launch, look, PHONE, quiet, signIn, visit } from "./lib/browser.mjs";
import { desk } from "./lib/inbox.mjs";
import { start } from "./lib/tanya.mjs";

const SECRET = "0123456789abcdef0123456789abcdef";

let [browser, tanya, systems] = [];
const { atDesk, customerChat, row, openTicket, eventually } = desk(
  () => browser,
  () => tanya,
);

/** The company's own systems: they tell facts, or fail as they are told to. */
async function companySystems() {
  const asked = [];
  const state = { reply: [200, { Plan: "team", Orders: 12, Account: "https://shop.example.com/admin/customers/rosa" }] };
  const server = createServer((request, response) => {
    asked.push({ url: request.url, time: request.headers["tanya-time"], signature: request.headers["tanya-signature"] });
    const [status, body] = state.reply;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}`, asked, state, stop: () => new Promise((done) => server.close(done)) };
}

before(async () => {
  systems = await companySystems();
  tanya = await start({
    config:
      `[inbox]\ncontext_url = "${systems.url}/tanya?email={email}&customer={customer}&order={order}"\ncontext_secret = "${SECRET}"\n` +
      '[widget]\ntyping_preview = true\n',
  });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await tanya?.stop();
  await systems?.stop();
});

const ofQuestion = async (words) => {
  const { tickets } = await tanya.api("GET", "/api/v1/tickets?limit=100");
  return tickets.find((ticket) => ticket.question.includes(words));
};

test("without script the page says where the queue is", async () => {
  const page = await visit(browser, { script: false });
  const links = JSON.parse(tanya.command("demo", "--json").stdout);
  await signIn(page, tanya.url + new URL(links.find((one) => one.role === "agent").url, tanya.url).pathname);
  await page.goto(`${tanya.url}/inbox`);
  assert.match(await page.locator("main").innerText(), /tanya tickets list/);
  await page.context().close();
});

test("views show what they promise, in the order of work, with their numbers", async () => {
  const page = await atDesk("agent");
  const questions = await page.locator(".row-question").allInnerTexts();
  assert.ok(questions.length >= 5);
  for (const [view, word] of [["mine", "Mine"], ["escalated", "Escalated"], ["team", "Team"]]) {
    await page.locator(`#views [data-view=${view}]`).click();
    await page.locator(`#views [data-view=${view}][aria-current]`).waitFor();
    const wanted = (await tanya.api("GET", `/api/v1/tickets/counts`))[view];
    if (view !== "mine") await page.waitForFunction((n) => document.querySelectorAll(".row").length === n, wanted);
    assert.match(await page.locator(`#views [data-view=${view}]`).innerText(), new RegExp(`${word}\\s*\\d+`));
  }
  // The promise that is due first stands first.
  const shown = await page.locator(".row").evaluateAll((rows) => rows.map((one) => one.dataset.reference));
  const { tickets } = await tanya.api("GET", "/api/v1/tickets?view=team&limit=100");
  assert.deepEqual(shown, tickets.map((ticket) => ticket.reference));
  await page.locator("#views [data-view=overdue]").click();
  await page.locator(".list-empty", { hasText: "No promise is missed." }).waitFor();
  await accessible(page, "an empty view");
  await page.goBack();
  await page.locator("#views [data-view=team][aria-current]").waitFor();
  quiet(page);
  await page.context().close();
});

test("claim, reply and resolve with keys only", async () => {
  const chat = await customerChat("The lid of my jar does not close, what now?", { email: "keys@example.com" });
  const page = await atDesk("agent");
  const keyboard = page.keyboard;
  await row(page, chat.reference).waitFor();
  await keyboard.press("j");
  for (let tries = 0; tries < 40; tries++) {
    const at = await page.evaluate(() => document.activeElement.closest(".row")?.dataset.reference);
    if (at === chat.reference) break;
    await keyboard.press("j");
  }
  assert.equal(await page.evaluate(() => document.activeElement.closest(".row")?.dataset.reference), chat.reference);
  await keyboard.press("Enter");
  await page.locator(".talk-meta .reference", { hasText: chat.reference }).waitFor();
  assert.equal(new URL(page.url()).pathname, `/inbox/${chat.reference}`);
  await keyboard.press("c");
  await page.locator(".talk-meta", { hasText: "yours" }).waitFor();
  await keyboard.press("r");
  // Letters are letters while somebody types.
  await keyboard.type("excuse me: jars can be exchanged");
  assert.equal(await page.locator(".write-box textarea").inputValue(), "excuse me: jars can be exchanged");
  assert.equal(await page.locator("dialog").count(), 0);
  await keyboard.press("Control+Enter");
  await page.locator(".msg.k-person.own", { hasText: "jars can be exchanged" }).waitFor();
  assert.equal(await page.locator(".write-box textarea").inputValue(), "");
  await keyboard.press("Escape");
  await keyboard.press("x");
  await page.locator("dialog", { hasText: "Resolve" }).waitFor();
  await accessible(page, "the question before resolving");
  await keyboard.type("Exchanged.");
  await keyboard.press("Tab");
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  await page.waitForFunction((reference) => !document.querySelector(`.row[data-reference="${reference}"]`), chat.reference);
  // The row has left this view with the claim; that it is resolved takes a request more.
  const ticket = await eventually(chat.reference, (ticket) => ticket.state === "resolved");
  assert.deepEqual([ticket.state, ticket.note, ticket.resolved_by], ["resolved", "Exchanged.", "Dewi"]);
  assert.equal(ticket.promise_kept, true);
  // g and a letter change the view.
  await keyboard.press("g");
  await keyboard.press("m");
  await page.locator("#views [data-view=mine][aria-current]").waitFor();
  await keyboard.press("?");
  await page.locator("dialog .keys").waitFor();
  await accessible(page, "the keys");
  await look(page, "inbox-keys", { full: false });
  await keyboard.press("Escape");
  assert.equal(await page.locator("dialog").count(), 0);
  quiet(page);
  await page.context().close();
});

test("a new ticket and a customer's words arrive without reload, and so do typing and its preview", async () => {
  const page = await atDesk("agent");
  await page.evaluate(() => {
    window.told = [];
    window.stays = true;
    document.addEventListener("tanya-notified", (event) => window.told.push(event.detail.title));
  });
  const chat = await customerChat("Do you ship grinders to Timor?", { email: "live@example.com" });
  await row(page, chat.reference).waitFor();
  await page.waitForFunction(() => window.told.some((title) => title.startsWith("New ticket")));
  assert.ok(await row(page, chat.reference).evaluate((element) => element.classList.contains("unread")));
  await openTicket(page, chat.reference);
  assert.ok(!(await row(page, chat.reference).evaluate((element) => element.classList.contains("unread"))));
  await page.keyboard.press("c");
  await page.locator(".talk-meta", { hasText: "yours" }).waitFor();
  await page.locator("#views [data-view=mine]").click();
  await row(page, chat.reference).waitFor();
  await chat.types("and also to Dil");
  await page.locator(".typing", { hasText: "is typing" }).waitFor();
  await page.locator(".typing q", { hasText: "and also to Dil" }).waitFor();
  await chat.say("And also to Dili?");
  await page.locator(".msg.k-customer", { hasText: "And also to Dili?" }).waitFor();
  await page.waitForFunction(() => document.querySelector(".typing").textContent === "");
  await page.waitForFunction(() => window.told.some((title) => title.startsWith("Reply in your ticket")));
  assert.ok(await page.evaluate(() => window.stays), "the page was not loaded again");
  quiet(page);
  await page.context().close();
});

test("a second tab shares the stream of the first and takes it over", async () => {
  const first = await atDesk("agent");
  const streams = [];
  first.context().on("request", (request) => request.url().includes("/api/v1/stream") && streams.push(request.frame().page()));
  const second = await first.context().newPage();
  await second.goto(`${tanya.url}/inbox?view=unassigned`);
  await second.locator("#inbox[data-live=live]").waitFor();
  assert.ok(!streams.includes(second), "the second tab opened a stream of its own");
  let chat = await customerChat("Which paper fits the V60?");
  await row(second, chat.reference).waitFor();
  await first.close();
  chat = await customerChat("And which one fits the Chemex?");
  await row(second, chat.reference).waitFor();
  assert.ok(streams.includes(second));
  await second.context().close();
});

test("two agents: each sees the other, and nothing is sent over what has changed", async () => {
  const chat = await customerChat("My filter basket has a crack, is that covered?", { email: "crack@example.com" });
  const dewi = await atDesk("agent");
  const kenji = await atDesk("manager");
  await openTicket(dewi, chat.reference);
  await openTicket(kenji, chat.reference);
  await dewi.locator(".composer-warning", { hasText: "Kenji is looking at this, too." }).waitFor();
  await kenji.locator(".composer-warning", { hasText: "Dewi is looking at this, too." }).waitFor();
  await dewi.keyboard.press("r");
  await dewi.keyboard.type("Yes, it is covered for two years.");
  await kenji.locator(".composer-warning.strong", { hasText: "Dewi is writing a reply." }).waitFor();
  await accessible(kenji, "a collision");
  // Kenji's page hears nothing while the customer writes once more, so it sends over what it has not seen.
  await kenji.keyboard.press("r");
  await kenji.keyboard.type("Please send a photo.");
  await kenji.route(
    "**/reply",
    async (route) => {
      await chat.say("It is the small one.");
      await route.continue();
    },
    { times: 1 },
  );
  await kenji.keyboard.press("Control+Enter");
  await kenji.locator(".conflict", { hasText: "the ticket has changed since you looked" }).waitFor();
  assert.match(await kenji.locator(".conflict").innerText(), /crack@example\.com: It is the small one\./);
  assert.equal(await kenji.locator(".write-box textarea").inputValue(), "Please send a photo.");
  await accessible(kenji, "a refused reply");
  await look(kenji, "inbox-refused", { full: false });
  assert.equal(await kenji.locator(".msg.k-person").count(), 0);
  await kenji.locator(".conflict button[type=submit]").click();
  await kenji.locator(".msg.k-person", { hasText: "Please send a photo." }).waitFor();
  // Dewi sees Kenji's reply live; her draft survives a reload, and her reply is refused, since Kenji has the ticket now.
  await dewi.locator(".msg.k-person", { hasText: "Please send a photo." }).waitFor();
  await dewi.reload();
  await dewi.locator(".write-box textarea").waitFor();
  assert.equal(await dewi.locator(".write-box textarea").inputValue(), "Yes, it is covered for two years.");
  await dewi.locator(".composer-why", { hasText: "Kenji has it." }).waitFor();
  await dewi.locator(".write-box textarea").press("Control+Enter");
  await dewi.locator(".toast", { hasText: "Kenji has it." }).waitFor();
  assert.equal(await dewi.locator(".write-box textarea").inputValue(), "Yes, it is covered for two years.");
  for (const page of [dewi, kenji]) {
    // Refusals are told by the browser, too.
    page.troubles = page.troubles.filter((trouble) => !/status of (409|412)/.test(trouble));
    quiet(page);
    await page.context().close();
  }
});

test("a passage comes into the reply with its link; notes, snoozing and escalating work", async () => {
  const chat = await customerChat("how do I descale the coffee machine with vinegar from Madagascar?", { email: "acts@example.com" });
  const page = await atDesk("agent");
  await openTicket(page, chat.reference);
  assert.match(await page.locator(".panel-part.p-article").innerText(), /It would answer with \d+ % probability/);
  await page.keyboard.press("i");
  const draft = await page.locator(".write-box textarea").inputValue();
  assert.match(draft, /\nhttp:\/\/127\.0\.0\.1:\d+\/articles\/\S+$/);
  await page.locator(".write-box textarea").fill("");
  await page.keyboard.press("Escape");
  await page.keyboard.press("a");
  await page.locator("#passages [aria-selected=true]").waitFor();
  await page.keyboard.type("track my order");
  await page.locator("#passages li strong", { hasText: /track/i }).first().waitFor();
  await accessible(page, "the search for a passage");
  await look(page, "inbox-article", { full: false });
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /\/articles\//.test(document.querySelector(".write-box textarea").value));
  await page.keyboard.press("Control+Enter");
  await page.locator(".msg.k-person.own").waitFor();

  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.keyboard.type("Asked for vinegar twice.");
  await page.keyboard.press("Control+Enter");
  await page.locator(".msg.k-note", { hasText: "Asked for vinegar twice." }).waitFor();
  await page.keyboard.press("Escape");

  await page.keyboard.press("e");
  await page.keyboard.type("Might damage the machine.");
  await page.keyboard.press("Enter");
  await page.locator(".talk-meta .escalated").waitFor();
  await page.locator(".panel-part.p-history", { hasText: "Might damage the machine." }).waitFor();

  await page.keyboard.press("s");
  await page.locator("dialog .pick").first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".talk-meta .clock", { hasText: "back in 60 min" }).waitFor();
  // The customer's next words bring it back at once.
  await chat.say("Hello?");
  await page.locator(".talk-meta .clock", { hasText: "left" }).waitFor();
  const ticket = await tanya.api("GET", `/api/v1/tickets/${chat.reference}`);
  assert.deepEqual([ticket.state, ticket.escalation], ["open", 1]);
  quiet(page);
  await page.context().close();
});

test("tickets of the same customer are merged", async () => {
  const one = await customerChat("The kettle whistles too early, why?", { email: "twice@example.com" });
  const two = await customerChat("Kettle again: it also leaks.", { email: "twice@example.com" });
  const page = await atDesk("agent");
  await openTicket(page, two.reference);
  await page.locator(".panel-part.p-others a", { hasText: "The kettle whistles" }).waitFor();
  await page.keyboard.press("m");
  await page.locator("dialog .pick", { hasText: "The kettle whistles" }).click();
  await page.locator(".talk-meta .reference", { hasText: one.reference }).waitFor();
  await page.locator(".msg.k-customer", { hasText: "it also leaks" }).waitFor();
  await row(page, two.reference).waitFor({ state: "detached" });
  quiet(page);
  await page.context().close();
});

test("the company's own systems tell facts, signed, and failures are told plainly", async () => {
  const rosa = await ofQuestion("charged twice");
  const page = await atDesk("agent");
  systems.asked.length = 0;
  await openTicket(page, rosa.reference);
  await page.locator(".panel-part.p-facts dd", { hasText: "team" }).waitFor();
  assert.equal(await page.locator(".panel-part.p-facts a").getAttribute("href"), "https://shop.example.com/admin/customers/rosa");
  assert.match(await page.locator(".panel-part.p-facts").innerText(), /which nobody has confirmed/);
  const [{ url, time, signature }] = systems.asked;
  assert.equal(url, "/tanya?email=rosa%40example%2Ecom&customer=&order=");
  const expected = createHmac("sha256", SECRET).update(`${time}\n${systems.url}${url}`).digest("hex");
  assert.equal(signature, `v1=${expected}`);
  assert.ok(Math.abs(Number(time) - Date.now() / 1000) < 60);
  assert.match(await page.locator(".panel-part.p-customer").innerText(), /Says the page; not signed/);
  await accessible(page, "a conversation with its context");
  await look(page, "inbox-context", { full: false });
  systems.state.reply = [500, {}];
  await page.reload();
  await page.locator(".panel-part.p-facts", { hasText: "Your system gave no facts: it answered with the status 500" }).waitFor();
  const forbidden = await fetch(`${tanya.url}/api/v1/tickets/${rosa.reference}/facts`);
  assert.equal(forbidden.status, 401);
  quiet(page);
  await page.context().close();
});

test("away and back", async () => {
  const page = await atDesk("agent");
  await page.locator("#away summary").click();
  await page.locator("#rota", { hasText: "no duty planned for you" }).waitFor();
  await accessible(page, "the away switch");
  await page.getByRole("button", { name: "Pause for 10 minutes" }).click();
  await page.locator("#away-state", { hasText: "Paused until" }).waitFor();
  const { people } = await tanya.api("GET", "/api/v1/people");
  assert.equal(people.find((person) => person.name === "Dewi").availability.state, "paused");
  await page.locator("#away summary").click();
  await page.getByRole("button", { name: "Take new work" }).click();
  await page.locator("#away-state", { hasText: "Available" }).waitFor();
  assert.match(await page.locator("#plate").innerText(), /^\d+ of 10 complex/);
  await page.locator("#bell summary").click();
  await page.getByLabel("Sound").check();
  await page.reload();
  await page.locator("#bell summary").click();
  assert.ok(await page.getByLabel("Sound").isChecked());
  quiet(page);
  await page.context().close();
});

test("failing is told: the list, a ticket that is not there, and a connection that is lost", async () => {
  const page = await atDesk("agent");
  await page.route("**/api/v1/tickets?**", (route) => route.abort());
  await page.locator("#views [data-view=team]").click();
  await page.locator(".list-empty.failed", { hasText: "cannot be loaded" }).waitFor();
  await accessible(page, "a list that failed");
  await page.unroute("**/api/v1/tickets?**");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".row").first().waitFor();
  await page.goto(`${tanya.url}/inbox/T-2222-2222`);
  await page.locator(".nothing", { hasText: "There is no ticket T-2222-2222." }).waitFor();
  await page.locator("#inbox[data-live=live]").waitFor();
  await page.context().setOffline(true);
  await page.locator("#live-state", { hasText: "The connection is lost." }).waitFor();
  const chat = await customerChat("Said while the line was down?");
  await page.context().setOffline(false);
  await page.locator("#inbox[data-live=live]").waitFor({ timeout: 30_000 });
  assert.equal(await page.locator("#live-state").innerText(), "");
  await row(page, chat.reference).waitFor();
  await page.context().close();
});

test("the inbox opens from two hundred tickets, page by page", async () => {
  for (let i = 0; i < 200; i += 20) {
    await Promise.all(
      Array.from({ length: 20 }, (_, j) =>
        fetch(`${tanya.url}/api/v1/tickets`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ question: `Load test question number ${i + j}, please answer it.` }),
        }).then((reply) => assert.ok(reply.ok)),
      ),
    );
  }
  const page = await atDesk("agent");
  assert.equal(await page.locator(".row").count(), 50);
  const began = Date.now();
  await page.goto(`${tanya.url}/inbox?view=unassigned`);
  await page.locator(".row").nth(49).waitFor();
  console.log(`inbox of 200 tickets: ${Date.now() - began} ms until the first page is there`);
  await page.getByRole("button", { name: "Show more" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".row").length === 100);
  const jank = await page.evaluate(async () => {
    const tasks = [];
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
    for (let i = 0; i < 40; i++) {
      document.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }));
      await new Promise((done) => requestAnimationFrame(done));
    }
    return Math.max(0, ...tasks);
  });
  console.log(`longest task while moving through the list: ${jank} ms`);
  assert.ok(jank < 250, `a task of ${jank} ms`);
  quiet(page);
  await page.context().close();
});

for (const [name, options] of [
  ["desktop", { size: DESKTOP }],
  ["desktop-dark", { size: DESKTOP, dark: true }],
  ["phone", { size: PHONE }],
  ["phone-dark", { size: PHONE, dark: true }],
]) {
  test(`list and conversation, ${name}`, async () => {
    const page = await atDesk("agent", { view: "team", ...options });
    await accessible(page, `the list, ${name}`);
    await look(page, `inbox-list-${name}`, { full: false });
    const lena = await ofQuestion("third box in a row");
    await page.goto(`${tanya.url}/inbox/${lena.reference}?view=mine`);
    await page.locator(".msg.k-person").first().waitFor();
    await accessible(page, `a conversation, ${name}`);
    await look(page, `inbox-conversation-${name}`, { full: false });
    if (name.startsWith("phone")) {
      await page.locator(".to-context").click();
      await page.locator(".panel-part.p-article .article-title").waitFor();
      await accessible(page, `the context, ${name}`);
      await look(page, `inbox-context-${name}`, { full: false });
      await page.locator(".context .back").click();
      await page.locator(".talk-title .back").click();
      await page.locator(".row").first().waitFor();
    }
    quiet(page);
    await page.context().close();
  });

  test(`numbers, ${name}`, async () => {
    const page = await atDesk("manager", { view: "team", ...options });
    await page.goto(`${tanya.url}/numbers`);
    await page.locator(".told", { hasText: "wait for a reply" }).waitFor();
    assert.ok((await page.locator(".bars li").count()) > 0);
    await page.locator(".chart.replies:visible").waitFor();
    if (name.startsWith("phone")) {
      await page.locator("summary", { hasText: "Table" }).click();
      // Nothing is cut off and nothing must be pushed aside to be read.
      const out = await page.evaluate(() => [...document.querySelectorAll(".numbers :is(th, td, text, a, p, .bar-words)")].filter((one) => one.getBoundingClientRect().right > innerWidth && !one.closest("thead")).map((one) => one.textContent));
      assert.deepEqual(out, []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
      await page.locator("summary", { hasText: "Table" }).click();
    }
    await accessible(page, `numbers, ${name}`);
    await look(page, `numbers-${name}`);
    await page.getByRole("link", { name: "7 days" }).click();
    await page.locator(".spans [aria-current]", { hasText: "7 days" }).waitFor();
    quiet(page);
    await page.context().close();
  });
}

test("numbers are for managers, as JSON and CSV, too", async () => {
  const agent = await atDesk("agent");
  const reply = await agent.goto(`${tanya.url}/numbers`);
  assert.equal(reply.status(), 403);
  assert.equal((await agent.request.get(`${tanya.url}/api/v1/numbers`)).status(), 403);
  await agent.context().close();
  const numbers = await tanya.api("GET", "/api/v1/numbers?days=7");
  assert.equal(numbers.replies.length, 7);
  assert.ok(numbers.people.some((person) => person.name === "Dewi" && person.taken > 0));
  const evil = await tanya.api("POST", "/api/v1/tickets", { question: '=HYPERLINK("http://evil.example","click")' });
  await tanya.api("POST", `/api/v1/tickets/${evil.reference}/acts`, { act: "escalate", reason: "A formula." });
  const csv = await fetch(`${tanya.url}/api/v1/numbers/urgent.csv`, { headers: { authorization: "Bearer token-of-the-browser-tests" } });
  assert.match(csv.headers.get("content-type"), /text\/csv/);
  const text = await csv.text();
  assert.match(text, /,"'=HYPERLINK/);
  assert.doesNotMatch(text, /,"?=HYPERLINK/);
  await assert.rejects(tanya.api("GET", "/api/v1/numbers?days=5"), /invalid_query/);
  await assert.rejects(tanya.api("GET", "/api/v1/numbers/secrets.csv"), /not_found/);
});
