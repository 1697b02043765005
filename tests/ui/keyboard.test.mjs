// Customers without a mouse: the whole chat and the help center by Tab, Enter, Escape and arrows. The focus can be seen after
// each key, and no act loses it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { PHONE, quiet, visit } from "./lib/browser.mjs";
import { focused, press, seen, tabTo } from "./lib/keys.mjs";
import { ANSWERED, answered, mailing, together } from "./lib/widget.mjs";

const CONFIG = `
[widget]
origins = ["*"]
[[widget.page]]
pages = ["/checkout*"]
articles = ["en/billing/payment-methods", "en/delivery/track-a-parcel"]
[[announcement]]
text = { en = "Parcels to Sumatra take three days longer." }
level = "warning"
when = { plan = "team" }
`;

let all, server, shop, browser;
before(async () => {
  all = await together(CONFIG);
  ({ server, shop, browser } = all);
});
after(() => all?.stop());

/** The shop's page with its chat, nothing of which has been touched; mails go out. */
async function arrived(path = "/", options) {
  const page = await visit(browser, options);
  await mailing(page);
  await page.goto(shop.url + path);
  await page.locator(".launcher").waitFor();
  return page;
}

describe("the chat by the keyboard", () => {
  test("from the first question to the person, the list, the rating and out again", async () => {
    const page = await arrived();
    await tabTo(page, "Ask a question");
    assert.equal((await press(page, "Enter")).name, "Your message");

    // What may answer, shown above; put away it gives the focus back.
    await page.keyboard.type(ANSWERED);
    await page.locator(".suggestion-title").waitFor();
    await tabTo(page, "Put away", { back: true });
    assert.equal((await press(page, "Enter")).name, "Your message");
    await press(page, "Enter");
    await answered(page);
    assert.equal((await seen(page, "after the answer")).name, "Your message");

    // Did not help: a person, and an address to write to.
    await tabTo(page, "That did not help", { back: true });
    await page.keyboard.press("Enter");
    await page.locator(".receipt").waitFor();
    await seen(page, "after the receipt");
    await tabTo(page, /^Get the answer by e-mail/, { back: true });
    await page.keyboard.type("ana@");
    await press(page, "Enter");
    await page.getByText("This address is not complete").waitFor();
    assert.match((await seen(page, "after a wrong address")).name, /^Get the answer by e-mail/);
    await page.keyboard.type("example.com");
    await page.keyboard.press("Enter");
    await page.getByText("comes to ana@example.com").waitFor();
    await seen(page, "after the address is kept");
    await tabTo(page, "Change the address", { back: true });
    assert.equal((await press(page, "Enter")).name, "Change the address");

    // Something else meanwhile, and the list of both.
    await tabTo(page, "Ask something else");
    assert.equal((await press(page, "Enter")).name, "Your message");
    await page.keyboard.type(ANSWERED);
    await press(page, "Enter");
    await answered(page);
    await tabTo(page, /^Your conversations/, { back: true });
    assert.match((await press(page, "Enter")).what, /^h3/);
    assert.match((await press(page, "Escape")).name, /^Your conversations/);
    await press(page, "Enter");
    await press(page, "Tab");
    await press(page, "Tab");
    await press(page, "Enter");
    await page.locator("dd.reference").waitFor();
    await seen(page, "after a conversation was chosen");
    await tabTo(page, /^Your conversations/, { back: true });
    await press(page, "Enter");
    await tabTo(page, new RegExp(`^${ANSWERED}.*With the assistant`));
    await press(page, "Enter");
    await answered(page);
    await seen(page, "after the other was chosen");

    // It helped: five radio buttons are one stop, arrows choose.
    await tabTo(page, "That helped", { back: true });
    await page.keyboard.press("Enter");
    await page.getByText("How was it?").waitFor();
    await seen(page, "after it helped");
    await tabTo(page, /^[1-5]$/, { back: true });
    for (const key of ["ArrowRight", "ArrowRight"]) assert.match((await press(page, key)).name, /^[1-5]$/);
    await tabTo(page, /^What could be better/);
    await page.keyboard.type("Faster.");
    await tabTo(page, "Send the rating");
    await page.keyboard.press("Enter");
    await page.getByText("Thank you for the rating.").waitFor();
    await seen(page, "after the rating");

    // The menu, and out.
    await tabTo(page, "More", { back: true });
    assert.equal((await press(page, "Enter")).name, "Download the conversation");
    await press(page, "Tab");
    assert.equal((await press(page, "Enter")).name, "Press again to forget it");
    assert.equal((await press(page, "Escape")).name, "More");
    assert.equal((await press(page, "Escape")).name, "Ask a question");
    await press(page, "Enter");
    await tabTo(page, "Close", { back: true });
    assert.equal((await press(page, "Enter")).name, "Ask a question");
    quiet(page);
    await page.context().close();
  });

  test("to a person at once, and forgetting it all", async () => {
    const page = await arrived();
    await tabTo(page, "Ask a question");
    await press(page, "Enter");
    await tabTo(page, "Talk to a person");
    await page.keyboard.press("Enter");
    await page.locator(".receipt").waitFor();
    await seen(page, "after the receipt");
    await tabTo(page, "More", { back: true });
    await press(page, "Enter");
    await press(page, "Tab");
    await press(page, "Enter");
    assert.equal((await press(page, "Enter")).name, "Your message");
    quiet(page);
    await page.context().close();
  });

  test("what stands beside the button is put away, and the focus goes to the button", async () => {
    const page = await arrived("/checkout/pay");
    await page.locator(".teaser .offered").waitFor();
    await tabTo(page, "Put away");
    assert.equal((await press(page, "Enter")).name, "Ask a question");
    await page.locator(".teaser").waitFor({ state: "hidden" });
    quiet(page);
    await page.context().close();
  });

  test("on a phone with a keyboard the panel keeps the focus inside", async () => {
    const page = await arrived("/", { size: PHONE });
    await tabTo(page, "Ask a question");
    await press(page, "Enter");
    const names = new Set();
    for (let tries = 0; tries < 12; tries++) names.add((await press(page, "Tab")).name);
    assert.ok(names.has("Close") && names.has("Your message"), [...names].join(" | "));
    assert.equal((await press(page, "Escape")).name, "Ask a question");
    await page.context().close();
  });
});

describe("the help center by the keyboard", () => {
  const open = async (path) => {
    const page = await visit(browser, { lang: "en-US" });
    await page.goto(server.url + path);
    return page;
  };

  test("search with suggestions, results and their filters", async () => {
    const page = await open("/?lang=en");
    await press(page, "/");
    await page.keyboard.type("grinder");
    await page.getByRole("option").first().waitFor();
    await press(page, "ArrowDown");
    await press(page, "Escape");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/search\?/);
    await page.locator(".results").waitFor();
    const filter = page.locator(".filters a:not([aria-current])").first();
    const name = (await filter.textContent()).trim();
    await tabTo(page, name);
    await page.keyboard.press("Enter");
    await page.waitForURL(/category=/);
    await tabTo(page, /Kawan Grinder|grinder/i);
    quiet(page);
    await page.context().close();
  });

  test("a vote against an article, its reason, and the way to a person", async () => {
    const page = await open("/articles/en/devices/kawan-brew-error-codes");
    await tabTo(page, "No");
    await page.keyboard.press("Enter");
    await page.locator("#vote-reason").waitFor();
    await seen(page, "after the vote");
    await tabTo(page, /why|missing|wrong|What/i);
    await page.keyboard.type("E9 is not in the list");
    await tabTo(page, /^Send/);
    await page.keyboard.press("Enter");
    await page.locator(".voted[data-said=why]").waitFor();
    await seen(page, "after the reason");
    quiet(page);
    await page.context().close();
  });

  test("the form for a person, with its mistake and its receipt", async () => {
    const page = await open("/ask?lang=en");
    await tabTo(page, /question|happened/i);
    await page.keyboard.type("The kettle came without its lid");
    await tabTo(page, /^Send/);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/receipts?\/|\/t\//);
    await tabTo(page, /message/i);
    await page.keyboard.type("It is the small one");
    await tabTo(page, /^Send/);
    await page.keyboard.press("Enter");
    await page.getByText("It is the small one").waitFor();
    await press(page, "Tab");
    assert.notEqual(await focused(page), null);
    quiet(page);
    await page.context().close();
  });
});
