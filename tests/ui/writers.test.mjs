// The writers' page: what is asked, what articles answer, what they lack.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { DESKTOP, PHONE, accessible, launch, look, quiet, signIn, visit } from "./lib/browser.mjs";
import { start } from "./lib/tanya.mjs";

const ANSWERED = ["Where is my order?", "How do I track my order?", "how long does delivery take"];
const UNANSWERED = [
  "can my uncle's hovercraft from 1962 carry your espresso roast?",
  "Can my uncle's HOVERCRAFT from 1962 carry your espresso roast",
  "can you engrave a kettle with our company logo",
  "do you sell gift vouchers at the airport in Denpasar?",
  "apakah kopi ini cocok untuk kucing saya",
];
const FORMULA = '=HYPERLINK("http://example.com","free zebra")';

let tanya, browser, tracked;

async function ask(question) {
  return tanya.api("POST", "/api/v1/ask", { question });
}

/** The log is written a moment after the answer. */
async function counted(least) {
  for (let tries = 0; tries < 100; tries++) {
    const { questions } = await tanya.api("GET", "/api/v1/coverage?days=7");
    if (questions >= least) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error("the questions are not counted");
}

async function page(options = {}, path = "/writers") {
  const opened = await visit(browser, options);
  await signIn(opened, await link("writer"));
  await opened.goto(tanya.url + path);
  return opened;
}

/** A sign-in link works once. */
async function link(role) {
  const made = JSON.parse(tanya.command("demo", "--json").stdout).find((person) => person.role === role);
  return tanya.url + new URL(made.url).pathname;
}

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

describe("before anybody asked", () => {
  before(async () => {
    tanya = await start({ config: "[desk]\ntime_zone = \"Asia/Jakarta\"\n", demo: false });
    const added = tanya.command("user", "add", "maya@example.com", "--name", "Maya", "--role", "writer", "--json");
    assert.equal(added.status, 0, added.stderr);
    const { sign_in } = JSON.parse(added.stdout);
    tanya.links.writer = tanya.url + new URL(sign_in.url).pathname;
  });

  after(async () => {
    await tanya.stop();
  });

  test("the page says what will appear and the first step", async () => {
    const maya = await visit(browser);
    await signIn(maya, tanya.links.writer);
    await maya.goto(`${tanya.url}/writers`);
    const cookies = await maya.context().cookies();
    assert.match(await maya.locator("h1").innerText(), /^No questions in the last 28 days/);
    assert.ok(await maya.getByRole("link", { name: "Ask something on the help center" }).isVisible());
    assert.equal(await maya.locator("table").count(), 0);
    await accessible(maya, "writers, empty");
    await look(maya, "writers-empty-desktop");
    quiet(maya);
    await maya.context().close();
    for (const [size, dark, name] of [
      [DESKTOP, true, "writers-empty-desktop-dark"],
      [PHONE, false, "writers-empty-phone"],
      [PHONE, true, "writers-empty-phone-dark"],
    ]) {
      const other = await visit(browser, { size, dark });
      await other.context().addCookies(cookies);
      await other.goto(`${tanya.url}/writers`);
      await accessible(other, name);
      await look(other, name);
      await other.context().close();
    }
  });
});

describe("with questions", () => {
  before(async () => {
    tanya = await start({ config: "[desk]\ntime_zone = \"Asia/Jakarta\"\n" });
    let answered;
    for (const question of ANSWERED) {
      const decision = await ask(question);
      if (decision.decision === "answer") answered ??= decision.answer.article.id;
    }
    for (const question of [...UNANSWERED, FORMULA]) {
      const decision = await ask(question);
      assert.notEqual(decision.decision, "answer", question);
    }
    tracked = answered;
    assert.ok(tracked, "an article answers one of the questions");
    await ask("I want my money back");
    for (const [agent, helped, reason] of [
      ["a", true, null],
      ["b", false, "My parcel has two numbers. Which one do I type in?"],
      ["c", false, "<b>The picture is old</b>"],
      ["d", true, null],
    ]) {
      await tanya.api("POST", "/api/v1/feedback", { article: tracked, helped, reason }, { "user-agent": `reader ${agent}` });
    }
    // The demo's conversations are in the log, too.
    await counted(ANSWERED.length + UNANSWERED.length + 2);
  });

  after(async () => {
    await tanya.stop();
  });

  test("page, API and command line tell the same numbers", async () => {
    const report = await tanya.api("GET", "/api/v1/coverage?days=28&limit=1000");
    const spoken = JSON.parse(tanya.command("coverage", "--since", report.first_day, "--json").stdout);
    assert.deepEqual(
      [spoken.questions, spoken.covered, spoken.for_people, spoken.articles, spoken.unanswered],
      [report.questions, report.covered, report.for_people, report.articles, report.unanswered],
    );
    const over = await tanya.api("GET", "/api/v1/coverage/over-time?days=28");
    assert.equal(over.periods.length, 28);
    const sum = (key) => over.periods.reduce((sum, period) => sum + period[key], 0);
    assert.equal(sum("answered"), report.answered.count);
    assert.equal(sum("for_people"), report.for_people.count);
    const maya = await page();
    const percent = `${Math.round(report.covered.share * 100)} %`;
    assert.equal(await maya.locator("h1").innerText(), `${percent} of questions were answered by articles`);
    const lead = await maya.locator(".lead").innerText();
    assert.match(lead, new RegExp(`^${report.covered.count} of ${report.covered.of} questions`));
    assert.match(lead, new RegExp(`${report.for_people.count} more belong`));
    quiet(maya);
    await maya.context().close();
  });

  test("an unanswered question stands there with its count, its nearest article and the words that lack", async () => {
    const maya = await page();
    const row = maya.locator("table.questions tbody tr").filter({ hasText: /hovercraft/i });
    assert.equal(await row.count(), 1, "equal texts are one question");
    assert.equal(await row.locator("td").nth(1).innerText(), "2");
    assert.match(await row.innerText(), /\d+ % sure, \d+ % needed/);
    const words = await row.locator(".word").allInnerTexts();
    assert.ok(words.includes("HOVERCRAFT"), words.join());
    assert.ok(!words.includes("1962"), "numbers are left out");
    assert.ok(!words.includes("my") && !words.includes("can"), "words that tell no subject are left out");
    await row.locator(".nearest a").click();
    await maya.waitForURL(/\/writers\/articles\//);
    assert.match(await maya.locator("section[aria-labelledby=nearly]").innerText(), /hovercraft/i);
    quiet(maya);
    await maya.context().close();
  });

  test("an article's page tells how often it was shown, what it answered and what readers wrote", async () => {
    const maya = await page();
    await maya.locator("table.articles tbody tr").filter({ hasText: tracked }).locator(".asked a").click();
    const numbers = await tanya.api("GET", `/api/v1/coverage/articles/${tracked}`);
    assert.deepEqual([numbers.helped.count, numbers.helped.of], [2, 4]);
    const text = await maya.locator("main").innerText();
    assert.match(text, /It helped 2 of 4 readers who voted: 50 % \(15–85 %\)/);
    assert.match(text, /My parcel has two numbers/);
    assert.match(text, /<b>The picture is old<\/b>/, "words of readers are text");
    assert.equal(await maya.locator(".said-list b").count(), 0);
    const markdown = await maya.getByRole("link", { name: "Its Markdown" }).getAttribute("href");
    const source = await fetch(tanya.url + markdown);
    assert.match(source.headers.get("content-type"), /text\/markdown/);
    await maya.getByRole("link", { name: "Coverage", exact: true }).last().click();
    await maya.waitForURL(`${tanya.url}/writers`);
    const gone = await fetch(`${tanya.url}/api/v1/coverage/articles/no/such`, {
      headers: { authorization: "Bearer token-of-the-browser-tests" },
    });
    assert.equal(gone.status, 404);
    quiet(maya);
    await maya.context().close();
  });

  test("tables are files for spreadsheets, and no question is a formula there", async () => {
    const maya = await page();
    const fetched = async (path) => {
      const reply = await maya.request.get(tanya.url + path);
      assert.equal(reply.status(), 200, path);
      assert.match(reply.headers()["content-type"], /text\/csv; charset=utf-8/);
      assert.match(reply.headers()["content-disposition"], /attachment; filename="[a-z-]+-\d{4}-\d\d-\d\d\.csv"/);
      const text = (await reply.body()).toString("utf8");
      assert.ok(text.startsWith("\ufeff"), "a byte order mark");
      return text.slice(1);
    };
    const [download] = await Promise.all([
      maya.waitForEvent("download"),
      maya.getByRole("link", { name: "CSV of the unanswered questions" }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^unanswered-/);
    const csv = await fetched("/writers/unanswered.csv");
    assert.ok(csv.startsWith("question,count,lang,reason,nearest_article,nearest_title,confidence,threshold,last_asked,missing_words\n"));
    assert.ok(csv.includes(`"'=HYPERLINK(""http://example.com"",""free zebra"")"`), csv);
    assert.ok(!/(^|\n)"?[=+@-]/.test(csv), "no cell at the start of a line begins like a formula");
    const only = await fetched("/writers/unanswered.csv?reason=clarify");
    assert.ok(only.trim().split("\n").length < csv.trim().split("\n").length);
    assert.match(await fetched("/writers/articles.csv"), /My parcel has two numbers/);
    assert.match(await fetched("/writers/over-time.csv"), /^from,to,answered,asked_back,no_answer,for_people,covered,low,high\n/);
    assert.match(await fetched("/writers/people.csv"), /topic,/);
    assert.match(await fetched("/writers/languages.csv"), /\nen,/);
    assert.match(await fetched(`/writers/article.csv?id=${encodeURIComponent(tracked)}`), /\nyes,/);
    await maya.context().close();
  });

  test("filters, sorting and the keyboard work without script", async () => {
    const maya = await page({ script: false });
    await maya.getByRole("navigation", { name: "Language of the questions" }).getByRole("link", { name: "Bahasa Indonesia" }).click();
    await maya.waitForURL(/lang=id/);
    const questions = await maya.locator("table.questions .words").allInnerTexts();
    assert.ok(questions.some((question) => question.includes("kucing")) && !questions.some((question) => question.includes("1962")));
    await maya.getByRole("navigation", { name: "Days" }).getByRole("link", { name: "7 days" }).click();
    await maya.waitForURL(/days=7&lang=id/);
    await maya.goto(`${tanya.url}/writers?reason=clarify`);
    const reasons = await maya.locator("table.questions .asked .hint").allInnerTexts();
    assert.ok(reasons.every((reason) => reason.startsWith("Asked back")), reasons.join());
    await maya.goto(`${tanya.url}/writers`);
    const heading = maya.locator("table.questions thead a", { hasText: "Question" });
    await heading.focus();
    await maya.keyboard.press("Enter");
    await maya.waitForURL(/sort=question#unanswered/);
    assert.equal(await maya.locator("table.questions th").first().getAttribute("aria-sort"), "ascending");
    const sorted = (await maya.locator("table.questions .words").allInnerTexts()).map((text) => text.toLowerCase());
    assert.deepEqual(sorted, [...sorted].sort());
    await maya.locator("table.questions thead a", { hasText: "Question" }).click();
    await maya.waitForURL(/sort=-question/);
    await maya.context().close();
    const wrong = await page();
    const refused = await wrong.request.get(`${tanya.url}/writers?days=0`);
    assert.equal(refused.status(), 400);
    await wrong.context().close();
  });

  test("charts have words, intervals and numbers beside them", async () => {
    const maya = await page();
    const chart = maya.locator(".wide-only svg");
    assert.match(await chart.getAttribute("aria-label"), /with 95 % intervals/);
    assert.equal(await chart.locator(".interval").count(), 1, "one day has questions");
    assert.match(await chart.locator(".interval title").textContent(), /: \d+ of \d+, \d+ % \(\d+–\d+ %\)/);
    await maya.locator(".numbers summary").click();
    assert.equal(await maya.locator(".numbers tbody tr").count(), 28);
    await maya.context().close();
  });

  test("who may not see coverage is told so", async () => {
    const dewi = await visit(browser);
    await signIn(dewi, await link("agent"));
    for (const path of ["/writers", `/writers/articles/${tracked}`, "/writers/unanswered.csv", "/api/v1/coverage"]) {
      const reply = await dewi.request.get(tanya.url + path);
      assert.equal(reply.status(), 403, path);
    }
    await dewi.goto(`${tanya.url}/writers`);
    assert.match(await dewi.locator("main").innerText(), /Your role does not open this page/);
    await dewi.context().close();
    const nobody = await visit(browser);
    await nobody.goto(`${tanya.url}/writers`);
    assert.match(nobody.url(), /\/login/);
    await nobody.context().close();
  });

  test("it can be used by everybody, in both themes and widths", async () => {
    for (const [size, dark, name] of [
      [DESKTOP, false, "desktop"],
      [DESKTOP, true, "desktop-dark"],
      [PHONE, false, "phone"],
      [PHONE, true, "phone-dark"],
    ]) {
      const maya = await page({ size, dark });
      assert.ok(await maya.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name}: nothing sticks out`);
      // The parts of a row stand close to each other, whatever their names mean elsewhere.
      const gaps = await maya.evaluate(() =>
        [...document.querySelectorAll(".list tbody tr")].map((tr) => {
          const boxes = [...tr.children].map((cell) => cell.getBoundingClientRect()).filter((box) => box.height > 0);
          const edges = boxes.map((box) => [box.top, box.bottom]).sort((a, b) => a[0] - b[0]);
          return Math.max(0, ...edges.slice(1).map(([top], i) => top - Math.max(...edges.slice(0, i + 1).map(([, bottom]) => bottom))));
        }),
      );
      assert.ok(Math.max(...gaps) <= 12, `${name}: gaps of ${gaps.join(", ")} px`);
      await accessible(maya, `writers, ${name}`);
      await look(maya, `writers-${name}`);
      await maya.goto(`${tanya.url}/writers/articles/${tracked}`);
      assert.ok(await maya.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name}: nothing sticks out`);
      await accessible(maya, `writers-article, ${name}`);
      await look(maya, `writers-article-${name}`);
      quiet(maya);
      await maya.context().close();
    }
  });
});
