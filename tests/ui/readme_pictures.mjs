// Takes the pictures of the README: `node tests/ui/readme_pictures.mjs` writes docs/screenshots.

import { createServer } from "node:http";
import { join } from "node:path";

import { launch, signIn, visit } from "./lib/browser.mjs";
import { ROOT, start } from "./lib/tanya.mjs";
import { ANSWERED, answered, opened, say } from "./lib/widget.mjs";

const FOLDER = join(ROOT, "docs", "screenshots");
const SIZE = { width: 1200, height: 760 };
const ASKED = [
  ["Where is my order?", 14],
  ["can I pause for two months?", 9],
  ["how do I clean the grinder", 7],
  ["what does error E3 mean", 6],
  ["can you engrave a kettle with our logo?", 5],
  ["do you have a shop in Berlin?", 3],
  ["is the packaging free of plastic?", 2],
  ["I was charged twice", 4],
];

/** A shop that a company might have. */
async function shop(tanya) {
  const server = createServer((request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Kawan Kopi</title>
<style>body{margin:0;font:17px/1.5 system-ui,sans-serif;color:#2b211b;background:#fbf7f1}header{display:flex;gap:28px;padding:20px 40px;background:#fff}
header b{flex:1}main{padding:40px;max-width:640px}.row{display:flex;gap:20px;margin-top:28px}.box{flex:1;padding:18px;border-radius:12px;background:#fff}
.box i{display:block;height:120px;border-radius:8px;margin-bottom:12px}h1{font-size:34px;line-height:1.2;margin:0 0 12px}</style>
<script src="${tanya}/widget.js" async></script></head><body><header><b>Kawan Kopi</b><span>Coffee</span><span>Devices</span><span>Subscription</span></header>
<main><h1>Coffee that was roasted on Thursday</h1><p>Beans from Java, Sumatra and Sulawesi, at your door on Saturday.</p>
<div class="row"><div class="box"><i style="background:#c9a27e"></i>Gayo, light<br>250 g, € 11</div><div class="box"><i style="background:#8a5a3b"></i>Toraja, medium<br>250 g, € 12</div></div></main></body></html>`);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

const tanya = await start({ config: '[widget]\norigins = ["*"]\n' });
const site = await shop(tanya.url);
const browser = await launch();
const take = (page, name) => page.screenshot({ path: join(FOLDER, `${name}.png`), animations: "disabled" });
try {
  for (const [question, times] of ASKED) {
    for (let n = 0; n < times; n++) await tanya.api("POST", "/api/v1/ask", { question });
  }

  const reader = await visit(browser, { size: SIZE });
  await reader.goto(`${tanya.url}/search?q=can+I+pause+for+two+months`);
  await reader.locator(".launcher").waitFor();
  await take(reader, "search");

  const customer = await visit(browser, { size: SIZE });
  await customer.goto(site.url);
  await opened(customer);
  await say(customer, ANSWERED);
  await answered(customer);
  await customer.mouse.move(10, 700);
  await take(customer, "widget");

  const agent = await visit(browser, { size: SIZE });
  await signIn(agent, tanya.links.agent);
  await agent.goto(`${tanya.url}/inbox?view=team`);
  const row = agent.locator(".row", { hasText: "charged twice" }).first();
  await row.waitFor();
  await row.locator("a").click();
  await agent.locator(".panel-part.p-article blockquote").waitFor();
  await agent.mouse.move(600, 790);
  await take(agent, "inbox");

  const writer = await visit(browser, { size: SIZE });
  await signIn(writer, tanya.links.writer);
  await writer.goto(`${tanya.url}/writers?days=7`);
  await take(writer, "writers");
} finally {
  await browser.close();
  site.stop();
  await tanya.stop();
}
