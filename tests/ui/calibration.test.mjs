// The certificate: what the bot's confidence is worth, for everybody to read.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { DESKTOP, PHONE, accessible, launch, look, quiet, visit } from "./lib/browser.mjs";
import { ROOT, start } from "./lib/tanya.mjs";

const LABELS = join(ROOT, "kb", "questions.jsonl");
const QUESTION = "How do I track my order?";
const LOOKS = [
  [DESKTOP, false, "desktop"],
  [DESKTOP, true, "desktop-dark"],
  [PHONE, false, "phone"],
  [PHONE, true, "phone-dark"],
];

let tanya, browser;

/** The server follows the store within a moment. */
async function followed(hash) {
  for (let tries = 0; tries < 200; tries++) {
    const told = await tanya.api("GET", "/api/v1/calibration");
    if (told.hash === hash) return told;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error("the server does not follow");
}

async function calibrate(...more) {
  const made = tanya.command("calibrate", LABELS, "--json", ...more);
  assert.equal(made.status, 0, made.stderr);
  return JSON.parse(made.stdout);
}

before(async () => {
  browser = await launch();
  tanya = await start({ demo: false });
});

after(async () => {
  await browser?.close();
  await tanya?.stop();
});

describe("before anybody calibrated", () => {
  test("the page says what will stand there and the first step", async () => {
    const page = await visit(browser);
    await page.goto(`${tanya.url}/calibration`);
    assert.equal(await page.locator("h1").innerText(), "Nothing is proven yet");
    assert.equal(await page.locator("svg.drawing").count(), 0);
    await accessible(page, "calibration, none yet");
    await look(page, "calibration-empty-desktop");
    quiet(page);
    await page.context().close();
    const told = await tanya.api("GET", "/api/v1/calibration");
    assert.deepEqual([told.hash, told.used, told.calibration], [null, false, null]);
  });

  test("a dry run changes nothing", async () => {
    const made = await calibrate("--dry-run");
    assert.equal(made.published, false);
    assert.equal((await tanya.api("GET", "/api/v1/calibration")).hash, null);
    assert.match((await tanya.api("POST", "/api/v1/ask", { question: QUESTION, record: false })).calibration, /^built-in-/);
  });
});

describe("with a calibration", () => {
  let made;

  before(async () => {
    made = await calibrate("--error-budget", "0.2");
    await followed(made.hash);
  });

  test("servers decide by it, and so does the command line", async () => {
    const asked = await tanya.api("POST", "/api/v1/ask", { question: QUESTION, record: false });
    assert.equal(asked.calibration, made.hash);
    const spoken = JSON.parse(tanya.command("ask", QUESTION, "--json").stdout);
    assert.deepEqual([spoken.calibration, spoken.confidence, spoken.threshold], [made.hash, asked.confidence, asked.threshold]);
    const [threshold] = made.calibration.thresholds;
    assert.equal(threshold.finding, "proven");
    assert.ok(Math.abs(asked.threshold - threshold.confidence) < 1e-9);
  });

  test("anybody can read the page, in every size and light", async () => {
    const { certificate, thresholds } = made.calibration;
    for (const [size, dark, name] of LOOKS) {
      const page = await visit(browser, { size, dark });
      await page.goto(`${tanya.url}/calibration`);
      await accessible(page, `calibration ${name}`);
      await look(page, `calibration-${name}`);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing sticks out");
      quiet(page);
      await page.context().close();
    }
    const page = await visit(browser, { script: false });
    await page.goto(`${tanya.url}/calibration`);
    const told = await page.locator(".told").first().innerText();
    assert.match(told, new RegExp(`^Proven: of ${thresholds[0].answered} answers`));
    assert.match(told, new RegExp(`tested on ${thresholds[0].questions} questions`));
    assert.equal(await page.locator("svg.drawing").count(), 2);
    assert.equal(await page.locator("svg.drawing").first().locator("circle").count(), certificate.bins.length);
    assert.match(await page.locator(".facts").innerText(), new RegExp(made.hash.slice(0, 16)));
    const inUse = await page.locator("tr.use td").allInnerTexts();
    const step = certificate.steps.find((step) => step.in_use);
    assert.deepEqual(inUse.slice(0, 2), [String(step.answered), String(step.wrong)]);
    await page.context().close();
  });

  test("a report stands for itself in one file", async () => {
    const file = join(tanya.folder, "report.html");
    const ran = tanya.command("eval", LABELS, "--report", file);
    assert.equal(ran.status, 0, ran.stderr);
    assert.doesNotMatch(readFileSync(file, "utf8"), /<script|<link|src=/);
    const page = await visit(browser);
    await page.goto(`file://${file}`);
    assert.match(await page.locator(".facts").innerText(), /questions\.jsonl/);
    assert.equal(await page.locator("svg.drawing").count(), 2);
    await accessible(page, "report");
    await look(page, "calibration-report");
    await page.context().close();
  });
});
