// The rules as forms: a support manager adds, tries, compares, publishes and moves rules without a line of TOML.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { DESKTOP, PHONE, accessible, launch, look, quiet, signIn, visit } from "./lib/browser.mjs";
import { start } from "./lib/tanya.mjs";

// One rule that rows cannot say, with comments that must survive.
const ROUTING = `# Of the coffee shop.

# Both, or the page.
[[rule]]
name   = "roasters" # odd spelling
when = { plan = "roaster", any = [{ topic = "billing" }, { page_url = "/trade*" }] }
team = "trade"

# Who pays more.
[[rule]]
name = "enterprise"
when = { plan = "enterprise" }
team = "key accounts"
priority = "high"

[[rule]]
name = "everything else"
when = { reason = ["low_confidence", "no_match"] }
team = "support"
`;

let tanya;
let browser;
let admin;

before(async () => {
  // Rules and topics name teams that there are.
  const teams = ["roastery", "shop", "theirs", "mine", "lawyers", "comfort"];
  tanya = await start({ config: teams.map((team) => `[desk.team.${team}]\n`).join("") });
  browser = await launch();
  admin = await visit(browser);
  await signIn(admin, tanya.links.administrator);
  admin.troubles = [];
  await publish("routing", [{ name: "routing.toml", text: ROUTING }]);
});

after(async () => {
  await browser?.close();
  await tanya?.stop();
});

const open = (page, path) => page.goto(`${tanya.url}/settings/rules/${path}`);
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const publish = (kind, files) => tanya.api("PUT", `/api/v1/rules/${kind}`, { files }, { "if-match": "*" });
const ask = (question) => tanya.api("POST", "/api/v1/ask", { question });

async function routing() {
  const { files } = await tanya.api("GET", "/api/v1/rules/routing");
  return files[0].text;
}

/** The same session in a page of its own. */
async function another(options = {}) {
  const page = await visit(browser, options);
  await page.context().addCookies(await admin.context().cookies());
  return page;
}

test("a topic is added by its form, tried, compared, published, and its questions go to people", async () => {
  const question = "is the wholesale price list still valid?";
  for (let n = 0; n < 3; n++) await ask(`${question} ${n}`);
  assert.notEqual((await ask(question)).handoff?.topic, "wholesale");

  await open(admin, "topics");
  await admin.getByText(/When somebody asks something like “I was charged twice this month”/).waitFor();
  assert.ok(!/\\b|\(\?:/.test(await admin.locator("main").innerText()), "no patterns in anybody's face");
  await press(admin, "Add a topic");
  await press(admin, "Keep in the list");
  await admin.getByRole("alert").waitFor();
  assert.match(await admin.locator("#title-error").innerText(), /name/);
  await admin.getByLabel("Name", { exact: true }).fill("Wholesale");
  await admin.getByLabel("Team that gets it").fill("trad");
  await press(admin, "Keep in the list");
  assert.match(await admin.locator("#team-error").innerText(), /teams that there are: .*trade.*“trad” is none of them/);
  await admin.getByRole("alert").getByRole("link", { name: "Team that gets it" }).waitFor();
  await admin.getByLabel("Team that gets it").fill("trade");
  await admin.locator('[name="lang.en.phrases"]').fill("wholesale price*\nresell");
  await admin.locator('[name="lang.en.examples"]').fill("Where is your whole sale list?");
  await press(admin, "Keep in the list");
  assert.match(await admin.locator("#lang-en-examples-error").innerText(), /has none of the words/);
  await admin.locator('[name="lang.en.examples"]').fill("Can I see the wholesale prices?");
  await press(admin, "What would change");
  await admin.getByText("This topic matched 4 of them.").waitFor();
  await admin.getByText(/4 of the last \d+ questions would go to team trade instead of/).waitFor();
  await admin.getByRole("cell", { name: /Team trade, .* topic “Wholesale”/ }).first().waitFor();
  await admin.getByLabel("Question", { exact: true }).fill("may I RESELL your beans?");
  await press(admin, "Try it");
  await admin.getByText("The topic “Wholesale”, because of the words “resell”.", { exact: false }).waitFor();
  await accessible(admin, "rules-topic");
  await look(admin, "rules-topic");
  await press(admin, "Keep in the list");

  // Nothing counts before it is published.
  assert.notEqual((await ask(question)).handoff?.topic, "wholesale");
  // It is the last, so that it takes nothing away from the others.
  const row = admin.locator(".rules > li").last();
  assert.match(await row.innerText(), /Wholesale New[\s\S]*When a question has “wholesale price\*” or “resell”/);
  await press(admin, "Publish");
  await admin.getByRole("status").getByText("Published").waitFor();
  const decided = await ask(question);
  assert.deepEqual([decided.decision, decided.handoff.topic, decided.handoff.team], ["handoff", "wholesale", "trade"]);

  // As a customer sees it.
  const customer = await visit(browser);
  await customer.goto(`${tanya.url}/search?q=${encodeURIComponent("what are your wholesale prices?")}`);
  await customer.locator(".answer.person").waitFor();
  assert.equal(await customer.locator("[data-answer]").count(), 0);
  await customer.context().close();
  admin.troubles = admin.troubles.filter((trouble) => !/422/.test(trouble));
});

test("a rule is added with conditions as rows, and rules by text survive", async () => {
  await open(admin, "routing");
  await admin.getByText("When the plan is “enterprise”, the ticket goes to team key accounts, priority high.").waitFor();
  await admin.getByText("Its condition is written as text").waitFor();
  await press(admin, "Add a rule");
  await admin.getByLabel("Name", { exact: true }).fill("gift cards");
  await admin.getByLabel("Add a condition").selectOption({ label: "Words of the question" });
  await press(admin, "Add");
  await admin.getByLabel("Values").fill("gift card\nvoucher*");
  await admin.getByLabel("Add a condition").selectOption({ label: "Language" });
  await press(admin, "Add");
  assert.equal(await admin.getByLabel("Values").inputValue(), "gift card\nvoucher*");
  await admin.getByLabel("English").check();
  await admin.getByLabel("Team", { exact: true }).fill("shop");
  await admin.getByLabel("Priority", { exact: true }).selectOption("urgent");
  await admin.getByLabel("Who has the question first").selectOption("yes");
  await admin.getByLabel("First reply within").fill("soon");
  await press(admin, "Keep in the list");
  assert.match(await admin.locator("#set-first-error").innerText(), /30m/);
  await admin.getByLabel("First reply within").fill("30m");

  await press(admin, "What would change");
  await admin.getByText(/None of the last \d+ questions would be treated differently\./).waitFor();
  await admin.getByText("This rule matched none of them.").waitFor();
  await admin.getByLabel("Question", { exact: true }).fill("where is my gift card?");
  await press(admin, "Try it");
  await admin.getByText("The rule “gift cards” sends it to people before the bot.").waitFor();
  await admin.locator(".trace .yes").getByText("gift cards").waitFor();
  await admin.locator(".trace .skipped").getByText("enterprise").waitFor();
  await accessible(admin, "rules-rule");
  await look(admin, "rules-rule");
  await press(admin, "Keep in the list");
  await accessible(admin, "rules-list-edited");
  await press(admin, "Publish");
  await admin.getByRole("status").getByText("Published").waitFor();
  const text = await routing();
  const at = text.indexOf('[[rule]]\nname = "gift cards"\n');
  assert.ok(at > 0, text);
  assert.equal(text.slice(0, at) + text.slice(text.indexOf("# Both")), ROUTING);
  const tried = await tanya.api("POST", "/api/v1/rules/routing/try", { question: "my voucher is gone" });
  assert.equal(tried.explanation.result.team, "shop");
  assert.equal(tried.explanation.result.priority, "urgent");
  admin.troubles = admin.troubles.filter((trouble) => !/422/.test(trouble));
});

test("rules are moved and deleted, and the list says what is not published", async () => {
  await publish("routing", [{ name: "routing.toml", text: ROUTING }]);
  await open(admin, "routing");
  await press(admin, "Move enterprise up");
  await admin.getByText("Your changes are not published yet.").waitFor();
  assert.match(await admin.locator(".rules > li").first().innerText(), /enterprise/);
  await press(admin, "Delete everything else");
  await admin.getByText("Deleted: “everything else”").waitFor();
  await press(admin, "Publish");
  await admin.getByRole("status").getByText("Published").waitFor();
  const blocks = ROUTING.split("\n\n");
  assert.equal(await routing(), [blocks[0], blocks[2], blocks[1]].join("\n\n") + "\n");
});

test("a condition as text is edited as text; what rows say stays where it is not touched", async () => {
  await publish("routing", [{ name: "routing.toml", text: ROUTING }]);
  await open(admin, "routing");
  await press(admin, "Edit roasters");
  const condition = admin.getByLabel("Condition, as text");
  assert.match(await condition.inputValue(), /plan = "roaster"/);
  await admin.getByLabel("Team", { exact: true }).fill("roastery");
  await press(admin, "Keep in the list");
  await press(admin, "As text");
  assert.equal(await admin.getByLabel("routing.toml").inputValue(), ROUTING.replace('"trade"', '"roastery"'));
  await press(admin, "As a list");
  await press(admin, "Edit roasters");
  await condition.fill((await condition.inputValue()).replace("roaster", "cafe") + "\nweather = 'rain'");
  await press(admin, "Keep in the list");
  assert.match(await admin.locator("#when-error").innerText(), /not a known condition/);
  await condition.fill((await condition.inputValue()).replace("\nweather = 'rain'", ""));
  await press(admin, "Keep in the list");
  await admin.getByText(/the plan is “cafe”/).waitFor();
  // A text that is no list of rules stays text, with the line of the mistake.
  await press(admin, "As text");
  await admin.getByLabel("routing.toml").fill("[[rule]]\nname = \n");
  await press(admin, "As a list");
  await admin.getByRole("heading", { name: "To correct" }).waitFor();
  assert.equal(await admin.getByLabel("routing.toml").inputValue(), "[[rule]]\nname = \n");
  await admin.getByRole("link", { name: "Drop them" }).click();
  assert.equal(await admin.getByLabel("routing.toml").inputValue(), ROUTING);
  admin.troubles = admin.troubles.filter((trouble) => !/422/.test(trouble));
});

test("of two who edit at once the second sees what the first did", async () => {
  await publish("routing", [{ name: "routing.toml", text: ROUTING }]);
  const other = await another();
  await open(admin, "routing");
  await open(other, "routing");
  await press(other, "Edit enterprise");
  await other.getByLabel("Priority", { exact: true }).selectOption("urgent");
  await press(other, "Keep in the list");
  await press(other, "Publish");
  await other.getByRole("status").getByText("Published").waitFor();
  await press(admin, "Delete everything else");
  await press(admin, "Publish");
  assert.match(await admin.getByRole("alert").innerText(), /Somebody else has published/);
  const theirs = admin.locator("#theirs");
  assert.match(await theirs.innerText(), /“enterprise” was changed\. Before: .*priority high\. Now: .*priority urgent\./);
  await theirs.getByText("Line by line: routing.toml").click();
  await accessible(admin, "rules-conflict");
  await look(admin, "rules-conflict");
  assert.match(await routing(), /urgent[\s\S]*everything else/);
  // Changes of different rules go together: publishing again undoes nothing of theirs.
  await admin.locator(".rules").getByText("priority urgent").waitFor();
  await admin.getByText("Deleted: “everything else”").waitFor();
  await press(admin, "Publish");
  await admin.getByRole("status").getByText("Published").waitFor();
  assert.equal(await routing(), ROUTING.replace('"high"', '"urgent"').split("\n\n[[rule]]\nname = \"everything")[0] + "\n");

  // Of the same rule they do not: the second decides, having seen both.
  await open(admin, "routing");
  await open(other, "routing");
  for (const [page, team] of [[other, "theirs"], [admin, "mine"]]) {
    await press(page, "Edit enterprise");
    await page.getByLabel("Team", { exact: true }).fill(team);
    await press(page, "Keep in the list");
    await press(page, "Publish");
  }
  await admin.getByText(/puts your rules in place of theirs/).waitFor();
  assert.match(await theirs.innerText(), /Now: .*team theirs/);
  assert.match(await routing(), /"theirs"/);
  await admin.getByRole("link", { name: "Drop my changes and see theirs" }).click();
  await admin.getByText("team theirs").waitFor();

  // Topics are files of their own: changes of different ones go together.
  await open(admin, "topics");
  await open(other, "topics");
  for (const [page, topic, team] of [[other, "Legal", "lawyers"], [admin, "Complaint", "comfort"]]) {
    await page.getByRole("button", { name: new RegExp(`^Edit .*${topic}`, "i") }).click();
    await page.getByLabel("Team that gets it").fill(team);
    await press(page, "Keep in the list");
    await press(page, "Publish");
    await page.getByRole("status").getByText("Published").waitFor();
  }
  await admin.getByText("What somebody else has published meanwhile").waitFor();
  const { files } = await tanya.api("GET", "/api/v1/rules/topics");
  const text = files.map((file) => file.text).join("\n");
  assert.match(text, /team = "lawyers"/);
  assert.match(text, /team = "comfort"/);
  admin.troubles = admin.troubles.filter((trouble) => !/409/.test(trouble));
  await other.context().close();
});

test("without script a rule is added, moved and published all the same", async () => {
  await publish("routing", [{ name: "routing.toml", text: ROUTING }]);
  const plain = await another({ script: false });
  await open(plain, "routing");
  await press(plain, "Add a rule");
  await plain.getByLabel("Name", { exact: true }).fill("vip");
  await plain.getByLabel("Add a condition").selectOption("context");
  await plain.getByLabel("Which value of the page").fill("vip");
  await press(plain, "Add");
  await plain.getByLabel("Values").fill("true");
  await plain.getByLabel("Team", { exact: true }).fill("shop");
  await press(plain, "Keep in the list");
  await press(plain, "Move vip down");
  await press(plain, "Publish");
  await plain.getByText("Published. These rules count now").waitFor();
  assert.match(await routing(), /name {3}= "roasters"[\s\S]*name = "vip"\nwhen = \{ context = \{ vip = true \} \}\nteam = "shop"/);
  await plain.context().close();
});

for (const dark of [false, true]) {
  for (const size of [PHONE, DESKTOP]) {
    const kind = `${size === PHONE ? "phone" : "desktop"}${dark ? "-dark" : ""}`;
    test(`the forms are for everybody: ${kind}`, async () => {
      await publish("routing", [{ name: "routing.toml", text: ROUTING }]);
      const page = await another({ size, dark });
      const check = async (name) => {
        await accessible(page, `${name}-${kind}`);
        await look(page, `${name}-${kind}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
      };
      await open(page, "routing");
      await check("rules-routing-list");
      await press(page, "Edit everything else");
      await page.getByLabel("Add a condition").selectOption({ label: "How long they have been a customer" });
      await press(page, "Add");
      await check("rules-routing-form");
      await open(page, "topics");
      await check("rules-topics-list");
      await page.getByRole("button", { name: /^Edit Billing/ }).click();
      await check("rules-topics-form");
      await open(page, "topics?view=text");
      await check("rules-topics-text");
      quiet(page);
      await page.context().close();
    });
  }
}

test("nothing went wrong in the administrator's browser", () => quiet(admin));
