// The chat while other things happen: people answer, tabs share, the connection goes and comes back.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { quiet, visit, watched } from "./lib/browser.mjs";
import { ANSWERED, answered, handedOver, opened, say, together } from "./lib/widget.mjs";

let all, server, shop, browser, desk;
before(async () => {
  all = await together(`[widget]\norigins = ["*"]\ntyping_preview = true\n`);
  ({ server, shop, browser, desk } = all);
});
after(() => all?.stop());

const customer = (options) => all.customer(options);

/** What the desk has of the customer's words. */
const heard = async (reference) => (await desk.turns(reference)).filter((turn) => turn.kind === "customer").map((turn) => turn.text);

async function until(what, is, ms = 10_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await what();
    if (is(value)) return value;
    if (Date.now() > end) assert.fail(`still ${JSON.stringify(value)}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

describe("people", () => {
  test("answer live, with name and picture, and are seen typing", async () => {
    const dot = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
    await desk.picture(dot, "image/png");
    const page = await customer();
    await say(page, ANSWERED);
    await answered(page);
    const reference = await handedOver(page);
    await page.getByText("A person will answer").waitFor();
    await desk.claim(reference);
    await desk.typing(reference);
    await page.getByText(`${desk.name} is typing`).waitFor();
    await desk.reply(reference, "Your parcel left Bandung this morning: https://example.com/a");
    const turn = page.locator(".turn.person");
    await turn.waitFor();
    assert.equal(await turn.locator(".who").textContent(), desk.name);
    assert.match(await turn.locator(".face img").getAttribute("src"), new RegExp(`^${server.url}/api/v1/people/${desk.id}/picture`));
    assert.ok(await turn.locator(".face img").evaluate((image) => image.decode().then(() => image.naturalWidth > 0)));
    assert.equal(await page.locator(".typing").count(), 0);
    // The receipt has become one line, the head says who it is.
    await page.getByText(`Handed to our team: ${reference}`).waitFor();
    assert.equal(await page.locator("header h2").textContent(), desk.name);
    quiet(page);
    await page.context().close();
  });

  test("who write while the panel is closed are told by a number", async () => {
    const page = await customer();
    const reference = await handedOver(page);
    await page.getByRole("button", { name: "Close" }).first().click();
    await desk.claim(reference);
    await desk.reply(reference, "One.");
    await desk.reply(reference, "Two.");
    await page.locator(".count", { hasText: "2" }).waitFor();
    assert.equal(await page.locator(".launcher").getAttribute("aria-label"), "Open the conversation, 2 unread");
    await page.locator(".teaser").getByText("Two.").waitFor();
    await page.reload();
    await page.locator(".count", { hasText: "2" }).waitFor();
    await page.locator(".teaser-said").click();
    await page.getByText("Two.").waitFor();
    assert.equal(await page.locator(".launcher .count").isHidden(), true);
    await page.reload();
    await page.locator(".turn.person").first().waitFor();
    assert.equal(await page.locator(".launcher .count").isHidden(), true);
    quiet(page);
    await page.context().close();
  });

  test("see that the customer types, and the words only after a yes", async () => {
    const page = await customer();
    const reference = await handedOver(page);
    const sent = [];
    page.on("request", (request) => request.url().endsWith("/presence") && sent.push(request.postDataJSON()));
    await page.locator(".composer textarea").pressSequentially("my secret", { delay: 20 });
    await until(() => sent.filter((body) => body.typing).length, (count) => count > 0);
    assert.ok(sent.every((body) => body.preview === undefined));
    const box = page.getByRole("checkbox", { name: "Let the team see what I type before I send it" });
    await box.check();
    await until(() => sent.some((body) => body.consent === true), Boolean);
    await page.locator(".composer textarea").pressSequentially(" word", { delay: 20 });
    await until(() => sent.find((body) => body.preview)?.preview, (preview) => preview?.startsWith("my secret"));
    await page.context().close();
    assert.ok(reference);
  });

  test("think that it is solved, and the customer says so or not", async () => {
    const page = await customer();
    const reference = await handedOver(page);
    await desk.claim(reference);
    await desk.reply(reference, "It is fixed.");
    await desk.resolve(reference);
    await page.getByText("Our team thinks that this is solved").waitFor();
    await page.getByRole("button", { name: "No, not yet" }).click();
    await until(async () => (await server.api("GET", `/api/v1/tickets/${reference}`)).state, (state) => state === "open");
    await page.getByText("Our team thinks that this is solved").waitFor({ state: "detached" });
    await desk.reply(reference, "Now it is.");
    await desk.resolve(reference);
    await page.getByRole("button", { name: "Yes, it is solved" }).click();
    await page.getByText("How was it?").waitFor();
    const ticket = await server.api("GET", `/api/v1/tickets/${reference}`);
    assert.equal(ticket.outcome, "confirmed");
    quiet(page);
    await page.context().close();
  });

  test("who end a conversation leave a way to begin another", async () => {
    const page = await customer();
    const reference = await handedOver(page);
    await desk.end(reference, "Spam.");
    await page.getByText("Our team has ended this conversation.").waitFor();
    assert.equal(await page.locator(".composer").isHidden(), true);
    await page.getByRole("button", { name: "Ask something else" }).click();
    await say(page, ANSWERED);
    await answered(page);
    quiet(page);
    await page.context().close();
  });
});

describe("tabs and connections", () => {
  test("two tabs show the same and read one stream", async () => {
    const page = await customer();
    const streams = [];
    const count = (tab) => tab.on("request", (request) => /\/stream$/.test(new URL(request.url()).pathname) && streams.push(tab));
    count(page);
    const reference = await handedOver(page);
    const other = watched(await page.context().newPage());
    count(other);
    await other.goto(shop.url);
    await opened(other);
    await other.getByText(reference).waitFor();
    await say(other, "From the second tab");
    await page.locator(".customer:not(.pending) .bubble", { hasText: "From the second tab" }).waitFor();
    await desk.claim(reference);
    await desk.reply(reference, "For both.");
    await page.getByText("For both.").waitFor();
    await other.getByText("For both.").waitFor();
    assert.equal(streams.length, 1, `${streams.length} streams`);
    // The tab that reads goes; the other one takes over and misses nothing.
    const [reader] = streams;
    const stays = reader === page ? other : page;
    await reader.close();
    await desk.reply(reference, "After one has gone.");
    await stays.getByText("After one has gone.").waitFor();
    assert.equal(streams.length, 2);
    assert.equal(await stays.locator(".turn.person").count(), 2);
    quiet(stays);
    await page.context().close();
  });

  test("what is written without a connection is sent once, after a reload, too", async () => {
    const page = await customer();
    const reference = await handedOver(page);
    await page.context().setOffline(true);
    await page.getByText("No connection. What you write is kept and sent later.").waitFor();
    await say(page, "Written on the train");
    await say(page, "And one more");
    await page.getByText("Not sent yet").first().waitFor();
    await page.context().setOffline(false);
    await page.reload();
    await page.locator(".customer:not(.pending) .bubble", { hasText: "And one more" }).waitFor();
    assert.deepEqual(await page.locator(".customer .bubble").allInnerTexts(), ["Written on the train", "And one more"]);
    assert.deepEqual(await heard(reference), ["Written on the train", "And one more"]);
    await page.context().close();
  });

  test("a message whose acknowledgement is lost is not doubled", async () => {
    const page = await customer();
    const reference = await handedOver(page);
    // The server gets it, the browser never hears of it; nor does the stream say so.
    let lost = 0;
    await page.route("**/stream", (route) => route.abort());
    await page.route("**/turns", async (route) => {
      if (route.request().method() !== "POST" || lost++ > 0) return route.continue();
      await route.fetch();
      await route.abort();
    });
    await page.reload();
    await page.locator(".composer textarea").waitFor();
    await say(page, "Only once, please");
    await page.locator(".customer:not(.pending) .bubble", { hasText: "Only once, please" }).waitFor();
    assert.ok(lost >= 2, "it was sent again");
    assert.deepEqual(await heard(reference), ["Only once, please"]);
    assert.equal(await page.locator(".customer .bubble").count(), 1);
    await page.context().close();
  });

  test("the first message of all waits for a connection, too", async () => {
    const page = await customer();
    await page.context().setOffline(true);
    await say(page, ANSWERED);
    await page.getByText("Not sent yet").waitFor();
    await page.getByRole("button", { name: "Talk to a person" }).last().click();
    await page.getByText("No connection, so nothing was changed.").waitFor();
    await page.context().setOffline(false);
    await answered(page);
    assert.equal(await page.locator(".customer .bubble").count(), 1);
    await page.context().close();
  });

  test("a conversation that the server does not know any more is begun anew", async () => {
    const page = await customer();
    await say(page, ANSWERED);
    await answered(page);
    await page.evaluate(() => {
      const name = Object.keys(localStorage).find((name) => name.endsWith(":conversation"));
      localStorage.setItem(name, JSON.stringify({ ...JSON.parse(localStorage.getItem(name)), secret: "0".repeat(64) }));
    });
    await page.reload();
    await page.locator(".turn.bot").waitFor();
    await say(page, ANSWERED);
    await answered(page);
    assert.equal(await page.locator(".customer .bubble").count(), 1);
    await page.context().close();
  });

  test("what people wrote while the stream was cut comes when it is back", async () => {
    const page = await customer();
    const reference = await handedOver(page);
    let cut = 0;
    await page.route("**/stream", (route) => (cut++, route.abort()));
    await page.reload();
    await page.locator(".receipt").waitFor();
    await desk.claim(reference);
    await until(() => cut, (times) => times > 0);
    await desk.reply(reference, "Meanwhile.");
    await until(() => cut, (times) => times > 1);
    assert.equal(await page.locator(".turn.person").count(), 0);
    await page.unroute("**/stream");
    await page.getByText("Meanwhile.").waitFor();
    await page.context().close();
  });
});
