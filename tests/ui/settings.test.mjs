// The settings pages: what is set there counts at once, what the file sets stays, what is wrong is told beside its field.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { DESKTOP, PHONE, accessible, launch, look, quiet, signIn, visit } from "./lib/browser.mjs";
import { start } from "./lib/tanya.mjs";

// The file sets the title of the widget and one target; everything else is left to the pages.
const CONFIG = `
[widget]
title = "Ask Kopi"
[desk]
time_zone = "Asia/Jakarta"
[desk.targets]
first = "2h"
[site]
language = "en"
`;

const PAGES = [
  "people",
  "teams",
  "teams/support",
  "rota",
  "hours",
  "promises",
  "rules/routing",
  "rules/routing?view=text",
  "rules/topics",
  "site",
  "announcements",
  "announcements?edit=new",
  "widget",
  "tokens",
  "audit",
];

let tanya;
let browser;
let admin;

before(async () => {
  tanya = await start({ config: CONFIG });
  browser = await launch();
  admin = await visit(browser);
  await signIn(admin, tanya.links.administrator);
  // What follows a sign-in is another page's business.
  admin.troubles = [];
});

after(async () => {
  await browser?.close();
  await tanya?.stop();
});

const open = (page, path) => page.goto(`${tanya.url}/settings/${path}`);
const save = (page) => page.getByRole("button", { name: "Save", exact: true }).click();

/** A visitor's page, fetched anew: no browser, no session. */
async function fetched(path) {
  const reply = await fetch(tanya.url + path);
  assert.ok(reply.ok, `${path}: ${reply.status}`);
  return reply.text();
}

async function accentNow() {
  const [, path] = (await fetched("/")).match(/href="(\/static\/accent\.[^"]+)"/);
  return fetched(path);
}

test("an accent that is set counts on the help center at once", async () => {
  const before = await accentNow();
  await open(admin, "site");
  await admin.getByLabel("Accent colour").fill("#1a4f8b");
  await save(admin);
  await admin.getByRole("status").getByText("nothing needs a restart").waitFor();
  const now = await accentNow();
  assert.notEqual(now, before);
  assert.match(now, /1a4f8b/i);
});

test("what the file sets is shown, named and kept", async () => {
  await open(admin, "widget");
  const title = admin.locator('[name="widget.title.en"]');
  assert.equal(await title.inputValue(), "Ask Kopi");
  assert.equal(await title.getAttribute("readonly"), "");
  const described = await title.getAttribute("aria-describedby");
  assert.match(await admin.locator(`#${described}`).innerText(), /Set in tanya\.toml/);
  // A program that sends it anyway changes nothing.
  const shown = await tanya.api("GET", "/api/v1/settings");
  const settings = { ...shown.settings, widget: { ...shown.settings.widget, title: "Another" } };
  const changed = await tanya.api("PUT", "/api/v1/settings", settings, { "if-match": "*" });
  assert.equal(changed.effective.widget.title, "Ask Kopi");
  assert.deepEqual(changed.sources["widget.title"], { from: "file", name: "tanya.toml" });
  assert.deepEqual(changed.sources["site.accent"], { from: "pages", name: null });
});

test("what is wrong stands beside its field, and nothing that was typed is lost", async () => {
  await open(admin, "site");
  await admin.getByLabel("Accent colour").fill("url(javascript:1)");
  await admin.locator('[name="link.0.text"]').fill("Imprint");
  await admin.locator('[name="link.0.url"]').fill("not an address");
  await save(admin);
  await admin.getByRole("alert").waitFor();
  assert.match(await admin.getByRole("alert").innerText(), /2 fields need a correction/);
  const accent = admin.getByLabel("Accent colour");
  assert.equal(await accent.inputValue(), "url(javascript:1)");
  assert.equal(await accent.getAttribute("aria-invalid"), "true");
  assert.match(await admin.locator("#site-accent-error").innerText(), /CSS colour/);
  await accessible(admin, "settings-wrong");
  await look(admin, "settings-wrong");
  // The head of the page leads to each field, by its label.
  await admin.getByRole("alert").getByRole("link", { name: "Link 1: Address" }).press("Enter");
  assert.equal(await admin.evaluate(() => document.activeElement.id), "link-0-url");
  assert.match(await admin.locator("#link-0-url-error").innerText(), /https/);
  assert.equal(await admin.locator('[name="link.0.text"]').inputValue(), "Imprint");
  assert.match(await accentNow(), /1a4f8b/i);
  // Corrected, it is taken.
  await accent.fill("#1a4f8b");
  await admin.locator('[name="link.0.url"]').fill("/articles/en/imprint");
  await save(admin);
  await admin.getByRole("status").waitFor();
  assert.match(await fetched("/"), /<a href="\/articles\/en\/imprint"[^>]*>Imprint</);
  admin.troubles = admin.troubles.filter((trouble) => !/422/.test(trouble));
});

test("two who change at once are told, and nothing is undone unseen", async () => {
  const other = await visit(browser);
  await other.context().addCookies(await admin.context().cookies());
  await open(admin, "site");
  await open(other, "site");
  await other.getByLabel("Name").fill("Kopi");
  await other.getByLabel("Accent colour").fill("#7a1f5c");
  await save(other);
  await other.getByRole("status").waitFor();
  await admin.getByLabel("Accent colour").fill("#0b6e4f");
  await save(admin);
  assert.match(await admin.getByRole("alert").innerText(), /Somebody else/);
  assert.equal(await admin.getByLabel("Accent colour").inputValue(), "#0b6e4f");
  assert.match(await accentNow(), /7a1f5c/i);
  // What others change on other pages is no conflict.
  await open(other, "site");
  await open(admin, "promises");
  await admin.getByLabel("Resolution").fill("3d");
  await save(admin);
  await admin.getByRole("status").waitFor();
  await other.getByLabel("Accent colour").fill("#1a4f8b");
  await save(other);
  await other.getByRole("status").waitFor();
  const { settings } = await tanya.api("GET", "/api/v1/settings");
  assert.equal(settings.desk.targets.resolve, "3d");
  assert.equal(settings.site.accent, "#1a4f8b");
  admin.troubles = admin.troubles.filter((trouble) => !/409/.test(trouble));
  await other.context().close();
});

test("a form that comes back to be corrected does not forget what its author saw", async () => {
  const other = await visit(browser);
  await other.context().addCookies(await admin.context().cookies());
  await open(admin, "promises");
  await open(other, "promises");
  await other.getByLabel("Answers that did not help").fill("3");
  await save(other);
  await other.getByRole("status").waitFor();
  // Refused before it is compared with what is there: no number.
  const minutes = admin.getByLabel("Minutes that a claim holds");
  await minutes.evaluate((field) => ((field.type = "text"), (field.value = "ten")));
  await save(admin);
  await admin.getByText("must be a whole number", { exact: false }).first().waitFor();
  await minutes.fill("12");
  await save(admin);
  assert.match(await admin.getByRole("alert").innerText(), /Somebody else/);
  await open(other, "promises");
  assert.equal(await other.getByLabel("Answers that did not help").inputValue(), "3");
  await other.context().close();
  admin.troubles = admin.troubles.filter((trouble) => !/422|409/.test(trouble));
});

test("hours count at once, and say what they mean while they are typed", async () => {
  await open(admin, "hours");
  await admin.getByLabel("In these hours").check();
  for (const day of ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]) {
    await admin.getByLabel(`${day}, hours 1, from`).fill("09:00");
    await admin.getByLabel(`${day}, hours 1, to`).fill("17:00");
  }
  const means = admin.locator("[data-lines]");
  await means.getByText(/18:05 is answered by Monday.*11:00/).waitFor();
  await admin.getByRole("button", { name: "Add a day" }).click();
  const date = admin.locator('[name="holiday.1.date"]');
  await date.fill("next week");
  await save(admin);
  assert.match(await admin.locator("#holiday-1-date-error").innerText(), /2026-12-25/);
  assert.equal(await date.inputValue(), "next week");
  assert.equal(await admin.getByLabel("Friday, hours 1, to").inputValue(), "17:00");
  await date.fill("12-25");
  await admin.locator('[name="holiday.1.name"]').fill("Christmas");
  await save(admin);
  await admin.getByRole("status").waitFor();
  const { effective } = await tanya.api("GET", "/api/v1/settings");
  assert.deepEqual(effective.desk.hours.weekdays, ["09:00-17:00"]);
  assert.deepEqual(effective.desk.hours.holidays, [{ date: "12-25", name: "Christmas" }]);
  // A ticket that is opened now is promised in these hours, without a restart.
  const tried = await tanya.api("POST", "/api/v1/rules/routing/try", { question: "hello", at: "2026-11-27T11:05:00Z" });
  assert.equal(tried.explanation.hours, "closed");
  assert.equal(tried.explanation.first_reply_by, "2026-11-30T04:00:00Z");
  await accessible(admin, "settings-hours");
  await look(admin, "settings-hours");
  admin.troubles = admin.troubles.filter((trouble) => !/422/.test(trouble));
});

test("an announcement is written, shown and removed", async () => {
  await open(admin, "announcements");
  await admin.getByRole("link", { name: "New announcement" }).click();
  await admin.locator('[name="text.en"]').fill("Deliveries to Bali take two days longer.");
  await admin.getByLabel("How serious it is").selectOption("warning");
  await admin.locator("[data-announced]").getByText("Deliveries to Bali").waitFor();
  await admin.getByLabel("More conditions").fill("weather = 'rain'");
  await save(admin);
  assert.match(await admin.locator("#more-error").innerText(), /weather/i);
  assert.equal(await admin.locator('[name="text.en"]').inputValue(), "Deliveries to Bali take two days longer.");
  await admin.getByLabel("More conditions").fill("");
  await admin.getByLabel("Until").fill("2020-01-01T00:00");
  await admin.getByLabel("From").fill("2021-01-01T00:00");
  await save(admin);
  assert.match(await admin.locator("#ends-error").innerText(), /after/);
  await admin.getByLabel("From").fill("2021-01-01T08:30");
  await admin.getByLabel("Until").fill("");
  await save(admin);
  await admin.getByText("Shown now").waitFor();
  const { effective } = await tanya.api("GET", "/api/v1/settings");
  assert.equal(effective.announcement[0].text, "Deliveries to Bali take two days longer.");
  assert.equal(effective.announcement[0].starts, "2021-01-01T08:30:00+07:00");
  await accessible(admin, "settings-announcements");
  await look(admin, "settings-announcements");
  await admin.getByRole("button", { name: "Remove" }).click();
  await admin.getByText("No announcement yet").waitFor();
  admin.troubles = admin.troubles.filter((trouble) => !/422/.test(trouble));
});

test("the widget's greeting and the line to copy", async () => {
  await open(admin, "widget");
  await admin.locator('[name="widget.greeting.en"]').fill("Hello from the roastery");
  await admin.locator('[name="widget.origins"]').fill("https://shop.example.com/path");
  await save(admin);
  assert.match(await admin.locator("#widget-origins-error").innerText(), /without a path/);
  await admin.locator('[name="widget.origins"]').fill("https://shop.example.com");
  await save(admin);
  await admin.getByRole("status").waitFor();
  assert.match(await admin.getByLabel("Line to copy").inputValue(), /^<script src="[^"]+\/widget\.js" async><\/script>$/);
  const { effective } = await tanya.api("GET", "/api/v1/settings");
  assert.equal(effective.widget.greeting, "Hello from the roastery");
  // The routes of customers answer the new origin at once.
  const reply = await fetch(`${tanya.url}/api/v1/suggest?q=beans`, { headers: { origin: "https://shop.example.com" } });
  assert.equal(reply.headers.get("access-control-allow-origin"), "https://shop.example.com");
  await look(admin, "settings-widget");
  admin.troubles = admin.troubles.filter((trouble) => !/422|widget/.test(trouble));
});

test("rules are tried, compared and published; a slip is told with its line", async () => {
  for (const question of ["is the grinder sold abroad?", "what does a sample box cost?"]) {
    await tanya.api("POST", "/api/v1/ask", { question, context: { plan: "basic" } });
  }
  await open(admin, "rules/routing?view=text");
  const text = admin.getByLabel("routing.toml");
  const original = await text.inputValue();
  await text.fill(`[[rule]]\nname = "basic"\nwhen = { plann = "basic" }\nteam = "beans"\n\n${original}`);
  await admin.getByRole("button", { name: "Check" }).click();
  await admin.getByRole("link", { name: "Line 3" }).waitFor();
  assert.match(await admin.locator(".mistakes").innerText(), /plann/);
  assert.ok((await text.inputValue()).includes("plann"));

  await text.fill((await text.inputValue()).replace("plann", "plan"));
  await admin.getByLabel("Question", { exact: true }).fill("is the grinder sold abroad?");
  await admin.getByText("About the customer and the moment").click();
  await admin.getByLabel("What the page says about the customer").fill("plan = basic");
  await admin.getByRole("button", { name: "Try it" }).click();
  await admin.locator(".tried").getByText("beans (named by a rule)").waitFor();
  await admin.locator(".trace .yes").getByText("basic").waitFor();
  await admin.getByRole("button", { name: "What would change" }).click();
  await admin.getByText(/of the last \d+ questions would/).first().waitFor();
  await accessible(admin, "settings-rules");
  await look(admin, "settings-rules");

  // Nothing counts before it is published.
  const before = await tanya.api("POST", "/api/v1/rules/routing/try", { question: "hello", context: { plan: "basic" } });
  assert.notEqual(before.explanation.result.team, "beans");
  await admin.getByRole("button", { name: "Publish" }).click();
  await admin.getByRole("status").getByText("Published").waitFor();
  const after = await tanya.api("POST", "/api/v1/rules/routing/try", { question: "hello", context: { plan: "basic" } });
  assert.equal(after.explanation.result.team, "beans");

  // The earlier version can be looked at and published again.
  await admin.getByRole("link", { name: /Look at it/ }).first().click();
  await admin.getByText("This is an earlier version.", { exact: false }).waitFor();
  assert.equal(await admin.getByLabel("routing.toml").inputValue(), original);
  await admin.getByRole("button", { name: "Publish" }).click();
  await admin.getByRole("status").getByText("Published").waitFor();
  const restored = await tanya.api("GET", "/api/v1/rules/routing");
  assert.equal(restored.files[0].text, original);
  admin.troubles = admin.troubles.filter((trouble) => !/422/.test(trouble));
});

test("topic rules whose examples fail are not published", async () => {
  await open(admin, "rules/topics?file=billing.toml");
  const text = admin.getByLabel("billing.toml");
  const original = await text.inputValue();
  await text.fill(original.replace(/^examples = \[/m, 'examples = [\n  "the moon is made of coffee",'));
  await admin.getByRole("button", { name: "Publish" }).click();
  await admin.getByRole("alert").waitFor();
  assert.match(await admin.locator(".mistakes").innerText(), /Line \d+: .*moon is made of coffee/);
  admin.troubles = admin.troubles.filter((trouble) => !/422/.test(trouble));
});

test("a person is added and comes in by the link", async () => {
  await open(admin, "people");
  await admin.getByText("Add a person", { exact: true }).click();
  await admin.getByLabel("Name", { exact: true }).fill("Ayu");
  await admin.getByLabel("E-mail address").fill("nowhere");
  await admin.getByLabel("Teams").fill("billing, support");
  await admin.getByRole("button", { name: /^Add and/ }).click();
  assert.match(await admin.locator("#email-error").innerText(), /e-mail address/);
  assert.equal(await admin.getByLabel("Teams").inputValue(), "billing, support");
  await admin.getByLabel("E-mail address").fill("ayu@kawan-kopi.example");
  await admin.getByLabel("What they are good at").fill("lang:ja");
  await admin.getByRole("button", { name: /^Add and/ }).click();
  const link = await admin.getByLabel("Sign-in link", { exact: true }).nth(1).inputValue();
  assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/login\/.{20,}/);
  await accessible(admin, "settings-people");
  await look(admin, "settings-people");
  const ayu = await visit(browser);
  await signIn(ayu, link);
  await ayu.goto(`${tanya.url}/account`);
  await ayu.getByText("ayu@kawan-kopi.example").waitFor();

  // Deactivated, she is out with the next click.
  await admin.getByRole("link", { name: "Ayu" }).click();
  await admin.getByRole("button", { name: "Deactivate" }).click();
  await admin.getByText("Deactivated", { exact: true }).waitFor();
  await ayu.goto(`${tanya.url}/account`);
  assert.equal(new URL(ayu.url()).pathname, "/login");
  await ayu.context().close();
  admin.troubles = admin.troubles.filter((trouble) => !/422/.test(trouble));
});

test("the rota, a token and the log of it all", async () => {
  await open(admin, "rota");
  await admin.getByLabel("Who").selectOption({ label: "Dewi" });
  const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  await admin.getByLabel("From").fill(`${day}T09:00`);
  await admin.getByLabel("To").fill(`${day}T08:00`);
  await admin.getByRole("button", { name: "Add", exact: true }).click();
  await admin.getByRole("alert").waitFor();
  assert.equal(await admin.getByLabel("From").inputValue(), `${day}T09:00`);
  await admin.getByLabel("To").fill(`${day}T17:00`);
  await admin.getByLabel("On call").check();
  await admin.getByRole("button", { name: "Add", exact: true }).click();
  await admin.locator(".duties").getByText("09:00 to 17:00", { exact: true }).waitFor();
  await admin.locator(".duties").getByText("on call", { exact: true }).waitFor();

  await open(admin, "tokens");
  await admin.getByLabel("Which program has it").fill("nightly export");
  await admin.getByLabel("Look at the queue").check();
  await admin.getByRole("button", { name: "Make a token" }).click();
  const secret = await admin.getByLabel("Token", { exact: true }).inputValue();
  const headers = { authorization: `Bearer ${secret}` };
  assert.equal((await fetch(`${tanya.url}/api/v1/tickets`, { headers })).status, 200);
  await open(admin, "tokens");
  assert.ok(!(await admin.content()).includes(secret));
  await admin.getByRole("button", { name: "Revoke nightly export" }).click();
  await admin.getByRole("status").waitFor();
  assert.equal((await fetch(`${tanya.url}/api/v1/tickets`, { headers })).status, 401);

  await open(admin, "audit");
  for (const deed of ["changed settings", "published rules", "added a person", "made a token"]) {
    await admin.getByText(deed).first().waitFor();
  }
  await look(admin, "settings-audit");
  await admin.getByLabel("What").selectOption({ label: "Tokens" });
  await admin.getByRole("button", { name: "Show" }).click();
  await admin.getByText("revoked a token").waitFor();
  assert.equal(await admin.getByText("changed settings").count(), 0);
  admin.troubles = admin.troubles.filter((trouble) => !/422/.test(trouble));
});

test("each page is only for those who may", async () => {
  const manager = await visit(browser);
  await signIn(manager, tanya.links.manager);
  await manager.goto(`${tanya.url}/settings`);
  assert.equal(new URL(manager.url()).pathname, "/settings/people");
  assert.equal(await manager.getByRole("link", { name: "Audit log" }).count(), 0);
  assert.equal((await open(manager, "hours")).status(), 403);
  assert.equal((await open(manager, "tokens")).status(), 403);
  await manager.context().close();

  const agent = await visit(browser);
  await signIn(agent, tanya.links.agent);
  for (const path of ["people", "hours", "rules/routing", "audit", "widget/preview"]) {
    assert.equal((await open(agent, path)).status(), 403, path);
  }
  await agent.goto(`${tanya.url}/settings`);
  await agent.getByText("It is for managers and administrators.", { exact: false }).waitFor();
  await accessible(agent, "staff-refused");
  await look(agent, "staff-refused");
  await agent.getByRole("main").getByRole("link", { name: "Inbox" }).click();
  await agent.waitForURL(/\/inbox/);
  await agent.locator("#inbox[data-live=live]").waitFor();
  // Whoever has the inbox open is seen in it.
  await open(admin, "people");
  await admin.getByRole("row").filter({ hasText: "agent" }).getByText("In the inbox now").first().waitFor();
  await agent.context().close();
  // Whoever closes it has gone, without waiting for a minute to pass.
  for (let tries = 0; await admin.getByText("In the inbox now").count(); tries++) {
    assert.ok(tries < 50, "still there");
    await new Promise((done) => setTimeout(done, 100));
    await open(admin, "people");
  }
  const nobody = await visit(browser);
  await open(nobody, "people");
  assert.equal(new URL(nobody.url()).pathname, "/login");
  assert.equal(new URL(nobody.url()).searchParams.get("next"), "/settings/people");
  await nobody.context().close();
});

test("without script a form is sent and read all the same", async () => {
  const plain = await visit(browser, { script: false });
  await plain.context().addCookies(await admin.context().cookies());
  await open(plain, "promises");
  await plain.getByLabel("Answers that did not help").fill("99");
  await save(plain);
  assert.match(await plain.locator("#desk-misses-error").innerText(), /1 to 10/);
  await plain.getByLabel("Answers that did not help").fill("3");
  await save(plain);
  await plain.getByText("nothing needs a restart").waitFor();
  const { effective } = await tanya.api("GET", "/api/v1/settings");
  assert.equal(effective.desk.misses, 3);
  await plain.context().close();
});

for (const dark of [false, true]) {
  for (const size of [PHONE, DESKTOP]) {
    test(`every page is for everybody: ${dark ? "dark" : "light"}, ${size.width}`, async () => {
      const page = await visit(browser, { size, dark });
      await page.context().addCookies(await admin.context().cookies());
      for (const path of PAGES) {
        await open(page, path);
        await accessible(page, `settings/${path}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
        if (process.env.SHOTS) await page.screenshot({ path: `target/ui/shot-${path.replaceAll("/", "-")}-${size.width}-${dark ? "dark" : "light"}.png`, fullPage: true });
      }
      page.troubles = page.troubles.filter((trouble) => !/widget/.test(trouble));
      quiet(page);
      await page.context().close();
    });
  }
}

test("nothing went wrong in the administrator's browser", () => quiet(admin));

test("settings and published rules survive a restart", async () => {
  const rules = await tanya.api("GET", "/api/v1/rules/routing");
  const text = `# mine\n${rules.files[0].text}`;
  await tanya.api("PUT", "/api/v1/rules/routing", { files: [{ name: "routing.toml", text }] }, { "if-match": `"${rules.version}"` });
  await tanya.stop({ keep: true });
  const again = await start({ config: CONFIG, demo: false, data: tanya.folder });
  try {
    const kept = await again.api("GET", "/api/v1/rules/routing");
    assert.equal(kept.files[0].text, text);
    const { effective } = await again.api("GET", "/api/v1/settings");
    assert.equal(effective.widget.greeting, "Hello from the roastery");
    const tried = await again.api("POST", "/api/v1/rules/routing/try", { question: "hello" });
    assert.ok(kept.version.startsWith(tried.explanation.routing_rules));
  } finally {
    await again.stop();
    tanya = undefined;
  }
});
