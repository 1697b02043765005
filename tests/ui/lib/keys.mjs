// A page walked by the keyboard alone: after each key somebody must be able to see where they are.

import assert from "node:assert/strict";

/** What has the focus, in shadows too: its name, and whether that can be seen; `null` where it is lost to the page. */
export const focused = (page) =>
  page.evaluate(() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    if (!at || at === document.body || at === document.documentElement || at.shadowRoot) return null;
    const ringed = (node) => {
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(node);
      return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1 && !/rgba\(.*, 0\)/.test(outlineColor);
    };
    // The ring may stand around the field, or on what stands for a box that is not shown.
    const near = [at, at.parentElement, at.parentElement?.parentElement, at.nextElementSibling].filter(Boolean);
    // A ring that is always there tells nothing.
    const elsewhere = [...at.getRootNode().querySelectorAll("a[href], button, input, textarea, select, summary")];
    const always = elsewhere.filter((node) => !near.includes(node) && node.checkVisibility() && ringed(node)).length;
    const box = at.getBoundingClientRect();
    const label = at.labels?.[0]?.textContent;
    const name = at.getAttribute("aria-label") ?? label ?? (at.textContent || at.value || at.name || "");
    return {
      name: name.trim().replace(/\s+/g, " ").slice(0, 80),
      what: `${at.localName}.${at.className}`,
      isSeen: near.some(ringed) && always === 0 && at.checkVisibility() && box.width > 0,
      isOnScreen: box.bottom > 0 && box.top < innerHeight,
    };
  });

/** Presses a key; afterwards the focus must be somewhere, and be seen. Gives what has it. */
export async function press(page, key) {
  await page.keyboard.press(key);
  return seen(page, `after ${key}`);
}

/** What has the focus now; waits a moment for pages that move it when something has come back. */
export async function seen(page, when) {
  let at;
  for (let tries = 0; tries < 40; tries++) {
    at = await focused(page);
    if (at?.isSeen && at.isOnScreen) return at;
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.fail(`${when}: ${at ? `nobody sees that the focus is on ${at.what} "${at.name}"` : "the focus is lost"}`);
}

/** Goes on with Tab (`back`: with Shift and Tab) until something whose name is, or fits, `name` has the focus. */
export async function tabTo(page, name, { back = false, most = 60 } = {}) {
  const passed = [];
  for (let tries = 0; tries < most; tries++) {
    await page.keyboard.press(back ? "Shift+Tab" : "Tab");
    const at = await focused(page);
    // Past the last element the browser's own bars come, which a page without a window does not have.
    if (!at) continue;
    await seen(page, "after Tab");
    if (name instanceof RegExp ? name.test(at.name) : at.name === name) return at;
    passed.push(at.name);
  }
  assert.fail(`Tab does not lead to ${name}; it leads to ${passed.join(" | ")}`);
}
