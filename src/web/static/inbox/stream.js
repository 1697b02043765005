// One live stream for all tabs of this browser: one tab reads it and tells the others.
//
// Browsers allow six connections to a host, so ten tabs with a stream each would block each other. The reader is whoever
// holds a lock; when it closes, another tab gets the lock and goes on where the last one was.

import { readEvents } from "../shared.js";
import { session } from "./api.js";

const CHANNEL = "tanya-inbox";
const LOCK = "tanya-inbox-stream";
/** A tab that has not said for so long what it follows is gone. */
const FORGET = 60_000;
const SAY = 20_000;
const LONGEST_WAIT = 20_000;
/** How often a page that is signed out looks whether it is signed in again. */
const SIGNED_OUT = 15_000;
/** The server says every 15 seconds that it lives; a line that is silent for longer is cut, even if nobody says so. */
const SILENCE = 40_000;

export class LiveStream extends EventTarget {
  #tab = crypto.randomUUID?.() ?? String(Math.random());
  #channel = new BroadcastChannel(CHANNEL);
  #own = new Map();
  #wants = new Map();
  #lastId = null;
  #reading = null;
  #cut = false;
  #alive = null;
  #wake = () => {};
  #state = "connecting";
  isReader = false;

  start() {
    this.#channel.addEventListener("message", ({ data }) => this.#heard(data));
    setInterval(() => this.#say(), SAY);
    addEventListener("pagehide", () => this.#tell({ type: "gone", tab: this.#tab }));
    addEventListener("offline", () => this.#lose());
    addEventListener("online", () => this.#wake());
    document.addEventListener("visibilitychange", () => !document.hidden && this.#wake());
    addEventListener("focus", () => this.#wake());
    if (navigator.locks) navigator.locks.request(LOCK, () => this.#read());
    else this.#read();
    this.#tell({ type: "state?" });
  }

  /** Follows these conversations: a map of ids to the number of the last event that is known. */
  follow(conversations) {
    this.#own = new Map(conversations);
    this.#say();
  }

  /** A request was refused because nobody is signed in: the stream finds out the same. */
  signedOut() {
    if (this.#state !== "signed-out") this.#become("signed-out");
    if (this.isReader) this.#lose();
    else this.#tell({ type: "check" });
  }

  get state() {
    return this.#state;
  }

  #say() {
    const want = { type: "want", tab: this.#tab, conversations: [...this.#own] };
    this.#wanted(want);
    this.#tell(want);
  }

  #tell(message) {
    this.#channel.postMessage(message);
  }

  #heard(message) {
    if (message.type === "want") this.#wanted(message);
    else if (message.type === "gone") this.#wants.delete(message.tab);
    else if (message.type === "who") this.#say();
    else if (message.type === "check" && this.isReader) this.#lose();
    else if (message.type === "event") this.#got(message.id, message.kind, message.data);
    else if (message.type === "state") this.#become(message.state);
    else if (message.type === "state?" && this.isReader) this.#tell({ type: "state", state: this.#state });
  }

  #wanted({ tab, conversations }) {
    const before = this.#followed();
    this.#wants.set(tab, { at: Date.now(), conversations: new Map(conversations) });
    const after = this.#followed();
    const added = [...after.keys()].some((id) => !before.has(id));
    if (this.isReader && added) this.#reading?.abort();
  }

  #followed() {
    const all = new Map();
    for (const [tab, want] of this.#wants) {
      if (Date.now() - want.at > FORGET && tab !== this.#tab) this.#wants.delete(tab);
      else for (const [id, number] of want.conversations) all.set(id, number);
    }
    return all;
  }

  /** The line is cut: what is being read is given up. */
  #lose() {
    this.#cut = true;
    this.#reading?.abort();
  }

  #heardSomething() {
    clearTimeout(this.#alive);
    this.#alive = setTimeout(() => this.#lose(), SILENCE);
  }

  /** The position to go on from: that of the last event, with conversations that are new, without those that are left. */
  #position(followed) {
    if (this.#lastId === null) return null;
    const parts = this.#lastId.split(";").map((part) => {
      const at = part.lastIndexOf("=");
      return [part.slice(0, at), part.slice(at + 1)];
    });
    const position = new Map(parts.filter(([stream]) => !stream.startsWith("conversation:") || followed.has(stream.slice(13))));
    for (const [id, number] of followed) {
      if (!position.has(`conversation:${id}`)) position.set(`conversation:${id}`, number);
    }
    return [...position].map(([stream, number]) => `${stream}=${number}`).join(";");
  }

  async #read() {
    this.isReader = true;
    this.#tell({ type: "who" });
    let wait = 500;
    for (;;) {
      const followed = this.#followed();
      this.#reading = new AbortController();
      this.#cut = false;
      const after = this.#position(followed);
      const query = followed.size > 0 ? `?${new URLSearchParams({ conversations: [...followed.keys()].join(",") })}` : "";
      try {
        const reply = await fetch(`/api/v1/stream${query}`, {
          headers: { accept: "text/event-stream", ...(after === null ? {} : { "last-event-id": after }) },
          signal: this.#reading.signal,
          cache: "no-store",
        });
        if (reply.status === 401) {
          this.#share("signed-out");
          await this.#comeBack();
          continue;
        }
        if (reply.status === 400) this.#lastId = null;
        if (!reply.ok) throw new Error(`status ${reply.status}`);
        wait = 500;
        // What came before a first connection is not known; the page loads it once more.
        this.#share("live");
        await this.#events(reply.body);
        this.#share("lost");
      } catch (error) {
        if (error.name === "AbortError" && !this.#cut) continue;
        this.#share("lost");
      } finally {
        clearTimeout(this.#alive);
      }
      await new Promise((done) => {
        this.#wake = done;
        setTimeout(done, wait * (0.75 + Math.random() / 2));
      });
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }

  /** Waits until somebody is signed in again; by hand, so that it is looked for when this page is looked at. */
  async #comeBack() {
    do {
      await new Promise((done) => {
        this.#wake = done;
        setTimeout(done, SIGNED_OUT);
      });
    } while (!(await session.renew()));
  }

  async #events(body) {
    this.#heardSomething();
    const heard = ({ id, event, data }) => {
      this.#tell({ type: "event", id, kind: event, data });
      this.#got(id, event, data);
    };
    await readEvents(body, heard, () => this.#heardSomething());
  }

  #got(id, kind, data) {
    if (id !== null) this.#lastId = id;
    this.dispatchEvent(new CustomEvent(kind, { detail: data }));
  }

  #share(state) {
    this.#tell({ type: "state", state });
    this.#become(state);
  }

  #become(state) {
    const before = this.#state;
    this.#state = state;
    if (before !== state) this.dispatchEvent(new CustomEvent("state", { detail: { state, before } }));
  }
}
