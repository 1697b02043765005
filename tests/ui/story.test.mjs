// The whole story, told by the pages themselves: a customer searches, asks in the chat of a shop, is handed over; an agent
// answers; the customer sees it live and rates it; a writer sees what no article answered.
//
// STORY_ROUNDS tells it several times in a row, each with a server and browsers of its own (`make soak`: 20).

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { accessible, launch, quiet, signIn, visit } from "./lib/browser.mjs";
import { host } from "./lib/host.mjs";
import { start } from "./lib/tanya.mjs";
import { ANSWERED, answered, opened, say } from "./lib/widget.mjs";

const ROUNDS = Number(process.env.STORY_ROUNDS ?? 1);
const HARD = "does your grinder run on 110 volts in Guatemala?";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

for (let round = 1; round <= ROUNDS; round++) {
  test(`the whole story${ROUNDS > 1 ? `, ${round} of ${ROUNDS}` : ""}`, async () => {
    const tanya = await start({ config: '[widget]\norigins = ["*"]\n' });
    const shop = await host(tanya.url);
    try {
      await story(tanya, shop);
    } finally {
      await shop.stop();
      await tanya.stop();
    }
  });
}

async function story(tanya, shop) {
  // The customer searches in the help center and finds the article.
  const customer = await visit(browser);
  await customer.goto(tanya.url);
  await customer.keyboard.press("/");
  await customer.keyboard.type("track a parcel");
  await customer.getByRole("option").first().waitFor();
  await customer.keyboard.press("ArrowDown");
  await customer.keyboard.press("Enter");
  await customer.getByRole("heading", { level: 1, name: "Track a parcel" }).waitFor();

  // An agent is at the desk meanwhile.
  const agent = await visit(browser);
  await signIn(agent, tanya.links.agent);
  await agent.goto(`${tanya.url}/inbox?view=unassigned`);
  await agent.locator("#inbox[data-live=live]").waitFor();

  // In the shop, on another origin, the chat answers the one question and hands the other over.
  await customer.goto(`${shop.url}/grinders`);
  await opened(customer);
  await say(customer, ANSWERED);
  await answered(customer);
  await say(customer, HARD);
  const person = customer.getByRole("button", { name: "Talk to a person" }).last();
  const receipt = customer.locator("dd.reference");
  await Promise.race([receipt.waitFor(), customer.waitForTimeout(4_000)]);
  if ((await receipt.count()) === 0) await person.click();
  const reference = (await receipt.textContent()).trim();
  assert.match(reference, /^T-/);
  await accessible(customer, "the chat with a receipt");

  // The ticket arrives by itself; claimed, answered and sent with keys.
  const row = agent.locator(`.row[data-reference="${reference}"]`);
  await row.waitFor();
  await row.locator("a").click();
  await agent.locator(".talk-meta .reference", { hasText: reference }).waitFor();
  await agent.locator(".conversation", { hasText: HARD }).waitFor();
  await agent.locator("#conversation h2, .talk-meta").first().click();
  await agent.keyboard.press("c");
  await agent.locator(".talk-meta", { hasText: "yours" }).waitFor();
  await agent.keyboard.press("r");
  await agent.keyboard.type("Yes: it takes 100 to 240 volts. You only need an adapter for the plug.");
  await agent.keyboard.press("Control+Enter");

  // The customer sees it without doing anything, by name.
  const reply = customer.locator(".turn.person", { hasText: "100 to 240 volts" });
  await reply.waitFor();
  assert.match(await reply.textContent(), /Dewi/);

  // The agent thinks that it is solved; the customer says so, and rates it.
  await agent.keyboard.press("Escape");
  await agent.keyboard.press("x");
  await agent.locator("dialog", { hasText: "Resolve" }).waitFor();
  await agent.keyboard.type("It takes 100 to 240 volts.");
  await agent.keyboard.press("Tab");
  await agent.keyboard.press("Tab");
  await agent.keyboard.press("Enter");
  await customer.getByRole("button", { name: "Yes, it is solved" }).click();
  const rating = customer.locator(".card.rating");
  await rating.locator("label", { hasText: "5" }).click();
  await rating.getByRole("button", { name: "Send the rating" }).click();
  await customer.getByText("Thank you for the rating.").waitFor();

  // Solved by the customer's word, not by ours.
  const ticket = await tanya.api("GET", `/api/v1/tickets/${reference}`);
  assert.deepEqual([ticket.state, ticket.outcome], ["resolved", "confirmed"]);

  // On Monday the writer sees what no article answered.
  const writer = await visit(browser);
  await signIn(writer, tanya.links.writer);
  await writer.goto(`${tanya.url}/writers`);
  await writer.getByText(HARD).first().waitFor();
  for (const page of [customer, agent, writer]) {
    quiet(page);
    await page.context().close();
  }
}
