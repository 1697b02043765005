// Which acts the inbox offers: the rules of the state machine (src/desk/queue.rs), without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { reasonsAgainst } from "../../src/web/static/inbox/acts.js";

const NOW = Date.parse("2026-11-25T08:00:00Z");
const ticket = (change) => ({ state: "open", assignee: null, claimed_until: null, escalation: 0, complex: true, ...change });
const agent = { me: "dewi", manages: false, nameOf: (id) => (id === "kenji" ? "Kenji" : id), plate: { complex: 2, capacity: 10 } };
const manager = { ...agent, manages: true };
const possible = (one, desk = agent) =>
  Object.entries(reasonsAgainst(ticket(one), desk, NOW))
    .filter(([, why]) => why === null)
    .map(([name]) => name)
    .sort();

const ALWAYS = ["assign", "merge", "note", "route", "snooze"];
const sorted = (...names) => [...ALWAYS, ...names].sort();

test("what nobody has can be taken, answered and brought to a manager, but not given back", () => {
  assert.deepEqual(possible({}), sorted("claim", "escalate", "handBack", "reply", "resolve"));
});

test("what is one's own cannot be claimed again", () => {
  assert.deepEqual(possible({ assignee: "dewi" }), sorted("escalate", "handBack", "release", "reply", "resolve"));
});

test("what somebody else has is answered by them and by managers, until their claim has run out", () => {
  assert.deepEqual(possible({ assignee: "kenji" }), sorted("escalate"));
  assert.match(reasonsAgainst(ticket({ assignee: "kenji" }), agent, NOW).reply, /^Kenji has it\./);
  const all = sorted("claim", "escalate", "handBack", "release", "reply", "resolve");
  assert.deepEqual(possible({ assignee: "kenji" }, manager), [...all, "end"].sort());
  assert.deepEqual(possible({ assignee: "kenji", claimed_until: "2026-11-25T07:59:00Z" }), all);
  assert.deepEqual(possible({ assignee: "kenji", claimed_until: "2026-11-25T08:01:00Z" }), sorted("escalate"));
});

test("what is escalated is not escalated again", () => {
  assert.ok(!possible({ escalation: 1 }, manager).includes("escalate"));
  assert.equal(reasonsAgainst(ticket({ escalation: 1 }), manager, NOW).escalate, "It is with a manager already.");
});

test("only what is snoozed can be woken", () => {
  assert.ok(possible({ state: "snoozed" }).includes("wake"));
  for (const state of ["open", "waiting"]) assert.ok(!possible({ state }).includes("wake"), state);
});

test("what is over takes notes, what is merged nothing", () => {
  assert.deepEqual(possible({ state: "resolved", resolved_by: "Kenji" }, manager), ["note"]);
  assert.match(reasonsAgainst(ticket({ state: "resolved", resolved_by: "Kenji" }), agent, NOW).reply, /^It is resolved by Kenji\./);
  assert.deepEqual(possible({ state: "merged", merged_into: "T-2" }, manager), []);
});

test("whoever has as many complex tickets as they can have claims simple ones only", () => {
  const full = { ...agent, plate: { complex: 10, capacity: 10 } };
  assert.match(reasonsAgainst(ticket({}), full, NOW).claim, /^You have 10 complex tickets/);
  assert.equal(reasonsAgainst(ticket({ complex: false }), full, NOW).claim, null);
  assert.equal(reasonsAgainst(ticket({}), { ...agent, plate: null }, NOW).claim, null);
});
