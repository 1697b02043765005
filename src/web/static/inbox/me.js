// Oneself: whether one takes new work, how full the plate is, and today's duties.

import { el } from "../shared.js";
import { announce, toast } from "./dom.js";
import { api } from "./api.js";
import { moment, zoneName } from "./words.js";

const REFRESH = 60_000;

export class Me {
  #away = document.getElementById("away");

  constructor({ id, capacity }) {
    Object.assign(this, { id, capacity });
    this.#away.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const minutes = Number(button.dataset.pause);
      const until = () => new Date(Date.now() + minutes * 60_000).toISOString();
      this.#set(minutes ? { state: "paused", until: until() } : { state: button.dataset.availability });
    });
  }

  async load() {
    try {
      const start = new Date();
      start.setHours(0, 0, 0, 0);
      const end = new Date(start);
      end.setDate(end.getDate() + 1);
      const [me, { duties }] = await Promise.all([api.me(), api.duties(start.toISOString(), end.toISOString())]);
      this.#show(me);
      this.#rota(duties.filter((duty) => duty.person === this.id));
    } catch {
      document.getElementById("away-state").textContent = "Availability unknown";
    }
    setTimeout(() => this.load(), REFRESH);
  }

  #show(me) {
    const { state, until } = me.availability;
    const paused = state === "paused" && Date.parse(until) > Date.now();
    this.#away.dataset.state = paused ? "paused" : state === "away" ? "away" : "available";
    document.getElementById("away-state").textContent = paused ? `Paused until ${moment(until)}` : state === "away" ? "Away" : "Available";
    this.capacity = me.capacity;
    for (const button of this.#away.querySelectorAll("button[data-availability]")) {
      button.hidden = button.dataset.availability === this.#away.dataset.state;
    }
  }

  #rota(duties) {
    const told = duties.map((duty) => `${moment(duty.starts_at)} to ${moment(duty.ends_at)}${duty.team ? `, ${duty.team}` : ""}${duty.on_call ? ", on call" : ""}`);
    document.getElementById("rota").replaceChildren(el("strong", {}, `Today (${zoneName(Date.now())}): `), told.length > 0 ? told.join("; ") : "no duty planned for you.");
  }

  async #set(availability) {
    try {
      this.#show(await api.availability(availability));
      this.#away.open = false;
      this.#away.querySelector("summary").focus();
      announce(document.getElementById("away-state").textContent);
    } catch (error) {
      toast(`Not changed: ${error.message}`, "bad");
    }
  }

  /** What one carries: complex tickets now, and how many one can have; nothing as long as that is not known. */
  full = null;

  /** Complex tickets that one has now. */
  plate(complex) {
    this.full = { complex, capacity: this.capacity };
    const place = document.getElementById("plate");
    place.textContent = `${complex} of ${this.capacity} complex`;
    place.classList.toggle("full", complex >= this.capacity);
    if (complex >= this.capacity) place.append(el("strong", {}, " full"));
  }
}
