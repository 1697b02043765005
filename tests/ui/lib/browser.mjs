// One Chromium for all tests of a file, and what every test asks of a page.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

import { ROOT } from "./tanya.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SHOTS = join(ROOT, "target", "ui");
const LOOKS = new URL("../looks.json", import.meta.url);

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 800 };

function program() {
  const names = [process.env.TANYA_BROWSER, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return names.find((name) => name && existsSync(name));
}

export async function launch() {
  return chromium.launch({
    executablePath: program(),
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--force-color-profile=srgb",
      "--font-render-hinting=none",
    ],
  });
}

/**
 * A page in a browser profile of its own. What goes wrong in it (errors of scripts, violations of the content security
 * policy, requests that fail or leave for other hosts) is collected in `page.troubles`; `quiet(page)` demands none.
 */
export async function visit(browser, { size = DESKTOP, dark = false, lang = "en-US", script = true, ...more } = {}) {
  const context = await browser.newContext({
    viewport: size,
    colorScheme: dark ? "dark" : "light",
    locale: lang,
    timezoneId: "Asia/Jakarta",
    reducedMotion: "reduce",
    javaScriptEnabled: script,
    hasTouch: size.width < 600,
    ...more,
  });
  return watched(await context.newPage());
}

/** Starts to collect what goes wrong in a page. */
export function watched(page) {
  page.troubles = [];
  page.setDefaultTimeout(10_000);
  page.on("pageerror", (error) => page.troubles.push(`script: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") page.troubles.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    const own = ["127.0.0.1", "localhost"].includes(hostname) || ["data:", "blob:"].includes(protocol);
    if (!own) page.troubles.push(`a request to ${request.url()}`);
  });
  return page;
}

export function quiet(page) {
  assert.deepEqual(page.troubles, []);
}

/** Signs in by a one-time link and ends on the page that follows. */
export async function signIn(page, link) {
  await page.goto(link);
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
}

/** WCAG 2.2 AA by axe-core; names what violates it. Looks into open shadow roots, too. */
export async function accessible(page, name, include) {
  // Through the debugger, since pages forbid inline scripts.
  await page.evaluate(AXE);
  const found = await page.evaluate(
    (include) =>
      globalThis.axe.run(include ?? document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      }),
    include,
  );
  const told = found.violations.map(
    (violation) =>
      `${violation.id} (${violation.impact}): ${violation.help}\n` +
      violation.nodes.map((node) => `    ${node.target.join(" ")}: ${node.failureSummary?.replaceAll("\n", " ")}`).join("\n"),
  );
  console.log(`axe ${name}: ${found.violations.length} violations, ${found.passes.length} rules passed`);
  assert.deepEqual(told, [], `axe on ${name}`);
}

/** Takes a screenshot into target/ui and compares it loosely with how the page looked when somebody looked at it. */
export async function look(page, name, { full = true, mask = [] } = {}) {
  mkdirSync(SHOTS, { recursive: true });
  const shot = await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: full, mask, animations: "disabled" });
  const seen = await signature(page, shot);
  const looks = existsSync(LOOKS) ? JSON.parse(readFileSync(LOOKS, "utf8")) : {};
  if (process.env.UPDATE_LOOKS) {
    looks[name] = seen;
    const sorted = Object.fromEntries(Object.entries(looks).sort(([a], [b]) => (a < b ? -1 : 1)));
    const lines = Object.entries(sorted).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
    writeFileSync(LOOKS, `{\n${lines.join(",\n")}\n}\n`);
    return;
  }
  const known = looks[name];
  assert.ok(known, `nobody has looked at ${name} yet: look at target/ui/${name}.png, then run with UPDATE_LOOKS=1`);
  const off = difference(known, seen);
  assert.ok(off < 0.12, `${name} looks different (${off.toFixed(3)}): look at target/ui/${name}.png; UPDATE_LOOKS=1 accepts it`);
}

const CELLS = 12;

/** The picture as 12 × 12 greys in hexadecimal, and its shape: enough to see that a page fell apart, blind to fonts. */
async function signature(page, shot) {
  const helper = await page.context().newPage();
  try {
    return await helper.evaluate(
      async ([data, cells]) => {
        const image = new Image();
        image.src = `data:image/png;base64,${data}`;
        await image.decode();
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = cells;
        const context = canvas.getContext("2d");
        context.imageSmoothingQuality = "high";
        context.drawImage(image, 0, 0, cells, cells);
        const pixels = context.getImageData(0, 0, cells, cells).data;
        let greys = "";
        for (let at = 0; at < pixels.length; at += 4) {
          const grey = Math.round((pixels[at] + pixels[at + 1] + pixels[at + 2]) / 3);
          greys += grey.toString(16).padStart(2, "0");
        }
        return { width: image.width, height: image.height, greys };
      },
      [shot.toString("base64"), CELLS],
    );
  } finally {
    await helper.close();
  }
}

function difference(known, seen) {
  let sum = 0;
  for (let at = 0; at < known.greys.length; at += 2) {
    sum += Math.abs(parseInt(known.greys.slice(at, at + 2), 16) - parseInt(seen.greys.slice(at, at + 2), 16)) / 255;
  }
  const shape = Math.abs(known.height - seen.height) / Math.max(known.height, seen.height);
  return sum / (CELLS * CELLS) + shape / 4;
}

/** Bytes that came over the wire for a page, and how long until it could be used. */
export async function weight(browser, url, options) {
  const page = await visit(browser, options);
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  let bytes = 0;
  session.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
  await page.goto(url, { waitUntil: "networkidle" });
  const interactive = await page.evaluate(() => {
    const [entry] = performance.getEntriesByType("navigation");
    return entry.domContentLoadedEventEnd - entry.startTime;
  });
  await page.context().close();
  return { bytes, interactive };
}
