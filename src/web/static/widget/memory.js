// What outlives a page: in the storage of the host site, under names of our own. Every message that is not sent yet has an
// entry of its own, so that two tabs that write at the same moment take nothing from each other.
//
// `conversation` { id, secret, subject, people }, `seen` (number of a turn), `marks` { episode: { word, rating } },
// `out:…` messages, `closed` announcements that were put away; for the tab alone: `open`, `draft`, `passed` pages.

const kept = new Map();

/** Storage that may be forbidden, full or gone: then things are kept until the page goes. */
function storage(kind) {
  let real;
  try {
    real = globalThis[kind];
    real.getItem("tanya");
  } catch {
    real = undefined;
  }
  return {
    get(name) {
      const text = real ? real.getItem(name) : undefined;
      return text ?? kept.get(kind + name) ?? null;
    },
    set(name, text) {
      try {
        real.setItem(name, text);
      } catch {
        kept.set(kind + name, text);
      }
    },
    remove(name) {
      kept.delete(kind + name);
      real?.removeItem(name);
    },
    names() {
      return [...(real ? Object.keys(real) : []), ...[...kept.keys()].map((name) => name.slice(kind.length))];
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

  /** Messages that are not sent yet, oldest first. */
  outbox() {
    const prefix = `${this.prefix}out:`;
    const names = this.local.names().filter((name) => name.startsWith(prefix));
    return names.sort().map((name) => this.get(name.slice(this.prefix.length))).filter(Boolean);
  }

  /** Keeps a message, or what is new about it. */
  post(message) {
    this.set(`out:${String(message.at).padStart(14, "0")}:${message.key}`, message);
  }

  /** The message is sent, or given up. */
  posted(message) {
    this.set(`out:${String(message.at).padStart(14, "0")}:${message.key}`, null);
  }

  /** Forgets the conversation and all that belongs to it. */
  forget() {
    for (const name of ["conversation", "seen", "marks"]) this.set(name, null);
  }

  /** Calls back when another tab has changed something. */
  onChange(changed) {
    addEventListener("storage", (event) => {
      if (event.key === null || event.key.startsWith(this.prefix)) changed((event.key ?? "").slice(this.prefix.length));
    });
  }

  /** Does the work while no other tab does it. Pages that are not secure have no locks; there tabs are alone. */
  alone(name, work, options = {}) {
    if (!navigator.locks) return work();
    return navigator.locks.request(this.prefix + name, options, work);
  }
}

/** A key that nobody else has. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
