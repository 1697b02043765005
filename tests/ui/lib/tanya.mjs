// A server of its own for each test file: the demo help center, seeded, on a free port, with data that goes away.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PROGRAM = process.env.TANYA_PROGRAM ?? join(ROOT, "target", "debug", "tanya");
/** For programs' access to the API in tests. */
export const TOKEN = "token-of-the-browser-tests";

/**
 * Starts a server. `config` is TOML that is added to the settings; `demo: false` leaves out people and tickets; `kb` is
 * another folder of articles. Returns its address, the demo's sign-in links by role, `api` and `stop`.
 */
export async function start({ config = "", demo = true, kb = join(ROOT, "kb"), data } = {}) {
  const folder = data ?? mkdtempSync(join(tmpdir(), "tanya-ui-"));
  const settings = join(folder, "tanya.toml");
  // Rates per client would stop tests that act faster than people.
  writeFileSync(
    settings,
    `kb = ${JSON.stringify(kb)}\ndata = "data"\n${config}\n` +
      (config.includes("[server]") ? "" : "[server]\nrequests_per_minute = 0\ntickets_per_hour = 0\n") +
      (config.includes("[site]") ? "" : '[site]\nname = "Kawan Kopi"\n'),
  );
  const env = { ...process.env, TANYA_TOKEN: TOKEN, RUST_LOG: process.env.RUST_LOG ?? "warn" };
  const command = (...args) => spawnSync(PROGRAM, ["--config", settings, ...args], { cwd: ROOT, env, encoding: "utf8" });
  const links = {};
  if (demo) {
    const seeded = command("demo", "--json");
    if (seeded.status !== 0) throw new Error(`tanya demo failed: ${seeded.stderr}`);
    for (const { role, url } of JSON.parse(seeded.stdout)) links[role] = new URL(url).pathname;
  }
  const child = spawn(PROGRAM, ["--config", settings, "serve", "--listen", "127.0.0.1:0"], { cwd: ROOT, env });
  let log = "";
  const url = await new Promise((resolve, reject) => {
    const read = (chunk) => {
      log += chunk;
      const found = log.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) resolve(found[0]);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}:\n${log}`)));
  });
  for (let tries = 0; ; tries++) {
    const ready = await fetch(`${url}/healthz`).catch(() => undefined);
    if (ready?.ok) break;
    if (tries > 200) throw new Error(`the server does not answer:\n${log}`);
    await new Promise((done) => setTimeout(done, 50));
  }
  for (const role of Object.keys(links)) links[role] = url + links[role];
  return {
    url,
    links,
    folder,
    settings,
    command,
    log: () => log,
    /** Calls the API with the program's token; throws on an error. */
    async api(method, path, body, headers = {}) {
      const reply = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${TOKEN}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
      return reply.status === 204 ? undefined : reply.json();
    },
    async stop({ keep = false } = {}) {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await ended;
      if (!keep && !data) rmSync(folder, { recursive: true, force: true });
      if (/panicked/.test(log)) throw new Error(`the server panicked:\n${log}`);
    },
  };
}
