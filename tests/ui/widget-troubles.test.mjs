// The chat where things fail: no storage, too many requests, a server that breaks, parts that do not load; and where a
// keyboard takes half of the screen.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { PHONE, launch, look, quiet, visit } from "./lib/browser.mjs";
import { host } from "./lib/host.mjs";
import { start } from "./lib/tanya.mjs";
import { ANSWERED, answered, handedOver, mailing, opened, say } from "./lib/widget.mjs";

let server, shop, browser;
before(async () => {
  server = await start({ config: `[widget]\norigins = ["*"]\n`, demo: false });
  shop = await host(server.url);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await shop?.stop();
  await server?.stop();
});

const refusal = (status, more = {}) => ({
  status,
  contentType: "application/problem+json",
  headers: { "access-control-allow-origin": "*", "access-control-expose-headers": "retry-after", ...more },
  body: JSON.stringify({ type: "about:blank", title: "No", status, detail: "No.", code: "rate_limited" }),
});

describe("the widget goes on", () => {
  test("where the site may keep nothing", async () => {
    const page = await visit(browser);
    await page.addInitScript(() => {
      const forbidden = () => {
        throw new DOMException("No.", "SecurityError");
      };
      for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(globalThis, name, { get: forbidden });
      navigator.locks.request = async () => forbidden();
      globalThis.BroadcastChannel = class {
        constructor() {
          forbidden();
        }
      };
    });
    await page.goto(shop.url);
    await opened(page);
    await say(page, ANSWERED);
    await answered(page);
    await handedOver(page);
    await page.locator(".composer").getByRole("button", { name: "Ask something else" }).click();
    await page.locator(".receipt").waitFor({ state: "detached" });
    await page.locator("header").getByRole("button", { name: "Your conversations" }).click();
    assert.equal(await page.locator(".row").count(), 1);
    quiet(page);
    await page.context().close();
  });

  test("where storage is full, and says nothing twice", async () => {
    const page = await visit(browser);
    await page.goto(shop.url);
    await opened(page);
    await say(page, ANSWERED);
    await answered(page);
    await page.evaluate(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException("Full.", "QuotaExceededError");
      };
    });
    await handedOver(page);
    await say(page, "One more thing");
    await page.locator(".customer:not(.pending) .bubble", { hasText: "One more thing" }).waitFor();
    assert.equal(await page.locator(".customer .bubble").count(), 2);
    // What is newer than what could be written counts: people have it now.
    await page.locator(".composer").getByRole("button", { name: "Ask something else" }).click();
    await page.locator(".customer").first().waitFor({ state: "detached" });
    quiet(page);
    await page.context().close();
  });

  test("after too many requests, and says meanwhile that nothing is sent yet", async () => {
    const page = await visit(browser);
    await page.goto(shop.url);
    await opened(page);
    let refused = 0;
    await page.route("**/api/v1/conversations", (route) => (route.request().method() === "POST" && refused++ < 1 ? route.fulfill(refusal(429, { "retry-after": "2" })) : route.continue()));
    await say(page, ANSWERED);
    await page.getByText("Not sent yet").waitFor();
    await answered(page);
    assert.equal(refused, 2);
    assert.equal(await page.getByText("Not sent yet").count(), 0);
    assert.equal(await page.locator(".customer .bubble").count(), 1);
    await page.context().close();
  });

  test("when a button fails, and tells it", async () => {
    const page = await visit(browser);
    await page.goto(shop.url);
    await opened(page);
    await say(page, ANSWERED);
    await answered(page);
    await page.route("**/word", (route) => route.fulfill(refusal(500)));
    const helped = page.getByRole("button", { name: "That helped" });
    await helped.click();
    await page.getByText("That did not work. Please try again in a moment.").waitFor();
    await page.unroute("**/word");
    await helped.click();
    await page.getByText("How was it?").waitFor();
    assert.equal(await page.getByText("That did not work.").isHidden(), true);
    await page.context().close();
  });

  test("when one of its parts does not load at first", async () => {
    const page = await visit(browser);
    let failed = 0;
    await page.route("**/widget-words-*", (route) => (failed++ < 1 ? route.abort() : route.continue()));
    await page.goto(shop.url);
    await opened(page);
    assert.equal(failed, 2);
    await page.context().close();
  });

  test("with what people wrote while the server could not say how it stands", async () => {
    const page = await visit(browser);
    await page.goto(shop.url);
    await opened(page);
    await handedOver(page);
    let asked = 0;
    await page.route(/\/conversations\/[^/]+$/, (route) => (asked++ < 1 ? route.fulfill(refusal(503)) : route.continue()));
    await page.reload();
    await page.locator(".receipt").waitFor();
    assert.ok(asked >= 2);
    await page.context().close();
  });
});

for (const direction of ["ltr", "rtl"]) {
  test(`on a phone the composer stands above the keyboard: ${direction}`, async () => {
    const site = await host(server.url, { lang: `en" dir="${direction}` });
    const page = await visit(browser, { size: PHONE });
    // No keyboard comes up here; what the browser would tell of it does.
    await page.addInitScript(() => {
      const view = Object.assign(new EventTarget(), { width: innerWidth, height: innerHeight, offsetTop: 0, offsetLeft: 0, scale: 1 });
      Object.defineProperty(globalThis, "visualViewport", { value: view });
      globalThis.keyboard = (height, offsetTop) => {
        Object.assign(view, { height, offsetTop });
        view.dispatchEvent(new Event("resize"));
        view.dispatchEvent(new Event("scroll"));
      };
    });
    await mailing(page);
    await page.goto(site.url);
    await opened(page);
    await say(page, ANSWERED);
    await answered(page);
    const box = async (selector) => {
      const { y, height } = await page.locator(selector).boundingBox();
      return [y, y + height].map(Math.round);
    };
    assert.deepEqual(await box(".panel"), [0, 844]);
    await page.locator(".composer textarea").focus();
    await page.evaluate(() => globalThis.keyboard(480, 60));
    assert.deepEqual(await box(".panel"), [60, 540]);
    const [, bottom] = await box(".composer");
    assert.equal(bottom, 540);
    assert.ok((await box("header"))[0] >= 60);
    await look(page, `widget-keyboard-${direction}`, { full: false });
    await page.evaluate(() => globalThis.keyboard(844, 0));
    assert.deepEqual(await box(".panel"), [0, 844]);
    // Fields in which phones would enlarge the page are large enough not to.
    await handedOver(page);
    const size = await page.locator(".details input").first().evaluate((node) => parseFloat(getComputedStyle(node).fontSize));
    assert.ok(size >= 16, `${size}px`);
    quiet(page);
    await page.context().close();
    await site.stop();
  });
}
