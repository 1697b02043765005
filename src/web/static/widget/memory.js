// What outlives a page: in the storage of the host site, under names of our own. Whatever two tabs may write at the same
// moment has an entry of its own, so that they take nothing from each other.
//
// `conversation` { id, secret, subject, people } is the present one, `past:…` the visitor's others (others.js); of each
// conversation `seen:…` (number of a turn) and `marks:…` { episode: { word, rating } }; `out:…` messages that are not sent,
// `closed` announcements that were put away; for the tab alone: `open`, `draft:…`, `passed` pages.

/** A lock that took longer was held by another tab. */
const AT_ONCE_MS = 20;
/** Two tabs see what the other has written after some milliseconds, more on a busy machine. */
const SETTLED_MS = 150;

const kept = new Map();

/** Storage that may be forbidden, full or gone: then things are kept until the page goes. */
function storage(kind) {
  const attempt = (work) => {
    try {
      return work(globalThis[kind]);
    } catch {
      return undefined;
    }
  };
  return {
    // What could not be written is newer than what stands there.
    get: (name) => kept.get(kind + name) ?? attempt((real) => real.getItem(name)) ?? null,
    set(name, text) {
      const isWritten = attempt((real) => (real.setItem(name, text), true));
      if (isWritten) kept.delete(kind + name);
      else kept.set(kind + name, text);
    },
    remove(name) {
      kept.delete(kind + name);
      attempt((real) => real.removeItem(name));
    },
    names() {
      const here = [...kept.keys()].filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));
      return [...new Set([...(attempt((real) => Object.keys(real)) ?? []), ...here])];
    },
  };
}

export class Memory {
  constructor(base) {
    this.prefix = `tanya:${base}:`;
    this.local = storage("localStorage");
    this.tab = storage("sessionStorage");
  }

  get(name, area = this.local) {
    try {
      return JSON.parse(area.get(this.prefix + name));
    } catch {
      return null;
    }
  }

  set(name, value, area = this.local) {
    if (value === null || value === undefined) area.remove(this.prefix + name);
    else area.set(this.prefix + name, JSON.stringify(value));
  }

  /** All values whose names begin so, in the order of their names. */
  all(beginning, area = this.local) {
    return this.#names(beginning, area).map((name) => this.get(name, area)).filter(Boolean);
  }

  #names(beginning, area = this.local) {
    const names = area.names().filter((name) => name.startsWith(this.prefix + beginning));
    return names.sort().map((name) => name.slice(this.prefix.length));
  }

  /** Messages that are not sent yet, oldest first. */
  outbox() {
    return this.all("out:");
  }

  /** Keeps a message, or what is new about it. */
  post(message) {
    this.set(nameOf(message), message);
  }

  /** The message is sent, or given up. */
  posted(message) {
    this.set(nameOf(message), null);
  }

  /** What waits to be said in a conversation is to begin another one. */
  release(id) {
    for (const message of this.outbox()) if (message.to === id) this.post({ ...message, to: null });
    const draft = this.get(`draft:${id}`, this.tab);
    if (draft) this.set("draft:", draft, this.tab);
  }

  /** Forgets a conversation and all that belongs to it; without an id what was to begin one. */
  forget(id = null) {
    for (const message of this.outbox()) if ((message.to ?? null) === id) this.posted(message);
    this.set(`draft:${id ?? ""}`, null, this.tab);
    if (!id) return;
    if (this.get("conversation")?.id === id) this.set("conversation", null);
    for (const name of ["past", "seen", "marks"]) this.set(`${name}:${id}`, null);
  }

  /** Forgets everything that a visitor has said or been told. */
  forgetAll() {
    for (const { id } of [this.get("conversation"), ...this.all("past:")].filter(Boolean)) this.forget(id);
    this.forget();
    for (const message of this.outbox()) this.posted(message);
    for (const name of this.#names("draft:", this.tab)) this.set(name, null, this.tab);
  }

  /** Calls back when another tab has changed something. */
  onChange(changed) {
    addEventListener("storage", (event) => {
      if (event.key === null || event.key.startsWith(this.prefix)) changed((event.key ?? "").slice(this.prefix.length));
    });
  }

  /**
   * Does the work while no other tab does it. Where there are no locks, or none are allowed, tabs are alone. What the tab
   * before has written may arrive here after its lock: whoever had to wait gives it that moment.
   */
  alone(name, work, options = {}) {
    if (!navigator.locks) return work();
    const asked = performance.now();
    let isRunning = false;
    const run = async () => {
      isRunning = true;
      if (performance.now() - asked > AT_ONCE_MS) await new Promise((done) => setTimeout(done, SETTLED_MS));
      return work();
    };
    return navigator.locks.request(this.prefix + name, options, run).catch((error) => {
      if (isRunning || options.signal?.aborted) throw error;
      return work();
    });
  }
}

const nameOf = ({ at, key }) => `out:${String(at).padStart(14, "0")}:${key}`;

/** A key that nobody else has. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
