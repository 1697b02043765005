// The button in the corner and the panel that it opens: head, log, composer; where the focus is; what is told when nothing
// works.

import { announcement, offered } from "./cards.js";
import { Composer } from "./composer.js";
import { el } from "../shared.js";
import { button, icon, isCalm } from "./dom.js";
import { Unreachable } from "./api.js";
import { List } from "./list.js";
import { Log, face } from "./log.js";

const PHONE = "(max-width: 639px)";
/** What takes more of the height than this is a keyboard, in pixels; bars of browsers take less. */
const KEYBOARD = 120;

export class Panel {
  #isDrawn = false;
  #sure = 0;

  /** `root` is the shadow, `make` what all pieces share. */
  constructor(root, make, settings) {
    const { t } = make;
    Object.assign(this, { root, make, settings, isOpen: false });
    make.act = (work) => (event) => this.#act(work, event);
    make.refresh = () => this.refresh();
    make.askElse = () => this.#askElse();
    this.log = new Log(make);
    this.composer = new Composer(make);
    this.list = new List(make, { choose: (id) => this.#choose(id), anew: () => this.#askElse() });
    this.listCount = el("span", { class: "count", "aria-hidden": "true" });
    this.listOpener = el("button", { type: "button", class: "icon", "aria-expanded": "false", hidden: true, onclick: () => this.#openList(!this.list.isOpen) }, icon("list"), this.listCount);
    this.count = el("span", { class: "count", "aria-hidden": "true", hidden: true });
    this.launcher = el("button", { type: "button", class: "launcher", "aria-expanded": "false", onclick: () => this.toggle() }, icon("chat"), icon("down"), this.count);
    this.teaser = el("div", { class: "teaser", hidden: true });
    this.head = el("div", { class: "who-is-there" });
    this.menu = this.#menu();
    this.banner = el("p", { class: "banner", role: "status", hidden: true });
    this.trouble = el("p", { class: "banner bad", role: "alert", hidden: true });
    this.panel = el(
      "section",
      { class: "panel", role: "dialog", "aria-label": t("title", { name: settings.title }), tabindex: "-1", hidden: true, onkeydown: (event) => this.#key(event) },
      el(
        "header",
        {},
        this.head,
        this.listOpener,
        this.menu,
        el("button", { type: "button", class: "icon", "aria-label": t("close"), title: t("close"), onclick: () => this.close() }, icon("close")),
      ),
      el("div", { class: "middle" }, this.log.box, this.log.latest, this.list.box),
      this.banner,
      this.trouble,
      this.composer.card,
      this.composer.news,
      this.composer.form,
    );
    root.append(el("div", { class: "corner", role: "region", "aria-label": t("title", { name: settings.title }) }, this.teaser, this.launcher), this.panel);
    make.chat.addEventListener("change", () => this.refresh());
    // What has been scrolled away while the tab was hidden has not been seen.
    document.addEventListener("visibilitychange", () => this.refresh());
    matchMedia(PHONE).addEventListener("change", () => this.#full());
    for (const name of ["resize", "scroll"]) globalThis.visualViewport?.addEventListener(name, () => this.#fit());
    this.refresh();
  }

  /** Shows what stands now; several changes at once are shown once. */
  refresh() {
    if (this.#isDrawn) return;
    this.#isDrawn = true;
    queueMicrotask(() => {
      this.#isDrawn = false;
      this.#show();
    });
  }

  #show() {
    const { chat, t } = this.make;
    const isVisible = this.isOpen && document.visibilityState === "visible";
    this.#showHead();
    this.log.show({ settings: this.settings, isVisible: this.isOpen });
    this.composer.show({ settings: this.settings });
    this.banner.hidden = chat.isReached;
    if (!chat.isReached) this.banner.textContent = t("offline");
    if (isVisible && !this.list.isOpen) chat.see();
    this.#showList();
    const unread = this.isOpen ? [] : chat.unread;
    const number = this.isOpen ? 0 : unread.length + chat.others.unread;
    counted(this.count, number);
    const open = number > 0 ? t("open_unread", { n: number }) : t("open");
    this.launcher.setAttribute("aria-label", this.isOpen ? t("close") : open);
    this.#showTeaser(unread);
  }

  /** The way to the other conversations, with what has come in there. */
  #showList() {
    const { chat, t } = this.make;
    const { all, unread } = chat.others;
    this.listOpener.hidden = all.length === 0;
    if (all.length === 0 && this.list.isOpen) this.#openList(false);
    this.list.show();
    counted(this.listCount, unread);
    const label = unread > 0 ? `${t("conversations")}, ${t("unread", { n: unread })}` : t("conversations");
    this.listOpener.setAttribute("aria-label", label);
    this.listOpener.title = label;
  }

  #showHead() {
    const { chat, t } = this.make;
    const person = chat.withPeople ? chat.said.findLast((turn) => turn.kind === "person") : undefined;
    const name = person?.data.name;
    const line = name ? t("head_person", { site: this.settings.name }) : chat.withPeople ? t("head_waiting") : t("head_machine");
    const key = JSON.stringify([name, person?.data.picture, line]);
    if (this.headKey === key) return;
    this.headKey = key;
    this.head.replaceChildren(
      face(name ? "person" : chat.withPeople ? "team" : "bot", person?.data ?? {}, this.make),
      el("div", {}, el("h2", {}, name ?? this.settings.title), el("p", { class: "muted" }, line)),
    );
  }

  /** Beside the button: what somebody has written, what one should know, or the articles that fit the page. */
  #showTeaser(unread) {
    const { chat, memory, t } = this.make;
    const passed = memory.get("passed", memory.tab) ?? [];
    const closed = memory.get("closed") ?? [];
    const here = location.pathname;
    const near = unread.findLast((turn) => turn.kind === "person");
    const other = near ? undefined : chat.others.all.find((one) => one.unread > 0 && one.said);
    const said = near ?? other?.said;
    const warning = this.settings.announcements.find(({ id, level }) => level === "warning" && !closed.includes(id));
    const isNew = !chat.kept && !passed.includes(here);
    const articles = isNew ? this.settings.articles.slice(0, 3) : [];
    const key = this.isOpen ? "" : JSON.stringify((said && [said.number, other?.id, said.text]) ?? warning?.id ?? articles.map(({ id }) => id));
    if (this.teaserKey === key) return;
    this.teaserKey = key;
    const pass = () => {
      memory.set("passed", [...passed, here].slice(-50), memory.tab);
      this.refresh();
    };
    const putAway = el("button", { type: "button", class: "icon", "aria-label": t("put_away"), title: t("put_away"), onclick: pass }, icon("close"));
    let inside = null;
    if (this.isOpen) {
      // Everything stands in the panel.
    } else if (said) {
      const open = () => {
        this.open();
        if (other) this.#choose(other.id);
      };
      inside = [el("button", { type: "button", class: "teaser-said", onclick: open }, face("person", said.data, this.make), el("span", { dir: "auto" }, el("b", {}, said.data.name ?? t("team")), " ", said.text.slice(0, 140)))];
    } else if (warning) {
      inside = [announcement(warning, this.make, () => {
        memory.set("closed", [...closed, warning.id].slice(-50));
        this.refresh();
      })];
    } else if (articles.length > 0) {
      inside = [offered(articles, this.make), putAway];
    }
    const hadFocus = this.teaser.contains(this.root.activeElement);
    this.teaser.hidden = !inside;
    this.teaser.replaceChildren(...(inside ?? []));
    // The button that put it away has gone with it.
    if (hadFocus && !this.isOpen) this.launcher.focus({ preventScroll: true });
  }

  // Open and closed

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  open({ focus = true } = {}) {
    if (this.isOpen) return;
    const { chat, memory } = this.make;
    this.isOpen = true;
    memory.set("open", true, memory.tab);
    this.panel.hidden = false;
    this.launcher.setAttribute("aria-expanded", "true");
    this.root.host.setAttribute("open", "");
    this.#full();
    this.#show();
    this.log.toEnd("auto");
    // On a phone the keyboard would cover what there is to read.
    if (focus) this.#focus();
    chat.opened();
    this.make.look();
  }

  close() {
    if (!this.isOpen) return;
    const { chat, memory } = this.make;
    const hadFocus = this.root.activeElement !== null;
    this.isOpen = false;
    memory.set("open", null, memory.tab);
    this.panel.hidden = true;
    this.menuList.hidden = true;
    this.#openList(false);
    this.launcher.setAttribute("aria-expanded", "false");
    this.root.host.removeAttribute("open");
    this.#full();
    this.#show();
    if (hadFocus) this.launcher.focus({ preventScroll: true });
    chat.closed();
  }

  /** To where one goes on: what one writes in, or the button that opens the chat. */
  #focus() {
    const field = matchMedia("(pointer: coarse)").matches || this.composer.form.hidden || this.list.isOpen ? this.panel : this.composer.field;
    (this.isOpen ? field : this.launcher).focus({ preventScroll: true });
  }

  /** On a phone the panel is all there is: the page under it neither scrolls nor gets the focus. */
  #full() {
    const isFull = this.isOpen && matchMedia(PHONE).matches;
    if (isFull) this.panel.setAttribute("aria-modal", "true");
    else this.panel.removeAttribute("aria-modal");
    const { style } = document.documentElement;
    if (isFull && this.overflow === undefined) {
      this.overflow = style.overflow;
      style.overflow = "hidden";
    } else if (!isFull && this.overflow !== undefined) {
      style.overflow = this.overflow;
      this.overflow = undefined;
    }
    this.#fit();
  }

  /** The keyboard of a phone takes its place from the panel; some phones move the page up under it besides. */
  #fit() {
    const view = globalThis.visualViewport;
    // Whoever looks closer at a part of the page wants it larger, not cut.
    if (!view || view.scale > 1.01) return;
    const { style } = this.panel;
    style.setProperty("--height", `${Math.round(view.height)}px`);
    style.setProperty("--top", `${Math.round(view.offsetTop)}px`);
    this.root.host.toggleAttribute("keyboard", innerHeight - view.height > KEYBOARD);
  }

  #key(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (!this.menuList.hidden) this.#openMenu(false);
      else if (this.list.isOpen) this.#openList(false, { focus: true });
      else this.close();
    }
    if (event.key !== "Tab" || !this.panel.hasAttribute("aria-modal")) return;
    const can = [...this.panel.querySelectorAll("a[href], button, input, textarea, summary, [tabindex='0']")].filter((node) => node.checkVisibility());
    const [first, last] = [can[0], can.at(-1)];
    const at = this.root.activeElement;
    if (event.shiftKey ? at === first || at === this.panel : at === last) {
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    }
  }

  // The menu

  #menu() {
    const { t } = this.make;
    const opener = el("button", { type: "button", class: "icon", "aria-label": t("menu"), title: t("menu"), "aria-expanded": "false", "aria-controls": "menu", onclick: () => this.#openMenu(this.menuList.hidden) }, icon("more"));
    this.menuOpener = opener;
    this.forget = button(t("forget"), () => this.#forget(), { class: "entry" });
    this.menuList = el(
      "div",
      { class: "menu", id: "menu", hidden: true },
      button(t("transcript"), (event) => (this.#openMenu(false), this.#act(() => this.#transcript(), event)), { class: "entry" }),
      this.forget,
    );
    this.root.addEventListener("click", (event) => {
      if (!this.menuList.hidden && !event.composedPath().includes(this.menu)) this.#openMenu(false);
    });
    return el("div", { class: "menu-place" }, opener, this.menuList);
  }

  #openMenu(isOpen) {
    const { chat, t } = this.make;
    this.#sure = 0;
    this.forget.textContent = t("forget");
    for (const entry of this.menuList.children) entry.disabled = !chat.kept;
    this.menuList.hidden = !isOpen;
    this.menuOpener.setAttribute("aria-expanded", String(isOpen));
    (isOpen ? (this.menuList.querySelector(":enabled") ?? this.menuOpener) : this.menuOpener).focus();
  }

  /** Asked for twice, since nothing brings it back. */
  #forget() {
    if (this.#sure++ === 0) {
      this.forget.textContent = this.make.t("forget_sure");
      return;
    }
    this.#openMenu(false);
    this.make.chat.forget();
    this.composer.field.focus();
  }

  // Several conversations

  /** The next words begin another conversation; what is written already goes along. */
  #askElse() {
    const { field } = this.composer;
    const words = this.list.isOpen || this.composer.form.hidden ? "" : field.value;
    if (words) {
      field.value = "";
      this.composer.emptied();
    }
    this.#openList(false);
    this.make.chat.startAnew();
    this.composer.take(words);
    this.#show();
    this.log.toEnd("auto");
    field.focus();
  }

  /** Goes on with another conversation, or with the one that stands here. */
  #choose(id) {
    this.#openList(false);
    if (id) this.make.chat.open(id);
    this.#show();
    this.log.toEnd("auto");
    this.#focus();
  }

  #openList(isOpen, { focus = false } = {}) {
    if (isOpen === this.list.isOpen) return;
    this.log.box.hidden = isOpen;
    this.panel.toggleAttribute("listing", isOpen);
    this.listOpener.setAttribute("aria-expanded", String(isOpen));
    this.list.toggle(isOpen);
    if (isOpen) return;
    this.refresh();
    if (focus) (this.listOpener.hidden ? this.panel : this.listOpener).focus();
  }

  async #transcript() {
    const href = URL.createObjectURL(await this.make.chat.transcript());
    const name = `${this.settings.name}.txt`.replace(/[^\p{L}\p{N}.]+/gu, "-");
    const save = el("a", { href, download: name, hidden: true });
    this.root.append(save);
    save.click();
    save.remove();
    setTimeout(() => URL.revokeObjectURL(href), 10_000);
  }

  // Troubles

  /** Does what a button is for; it cannot be pressed twice meanwhile, and what fails is told. */
  async #act(work, event) {
    const control = event?.submitter ?? event?.currentTarget;
    if (control?.getAttribute?.("aria-busy") === "true") return;
    control?.setAttribute?.("aria-busy", "true");
    const hadFocus = this.root.activeElement !== null;
    this.trouble.hidden = true;
    try {
      await work();
    } catch (error) {
      const { t } = this.make;
      this.trouble.textContent = error instanceof Unreachable ? t("no_connection") : error.code === "not_now" ? t("not_now") : t("went_wrong");
      this.trouble.hidden = false;
    } finally {
      control?.removeAttribute?.("aria-busy");
      // The button may be gone now; whoever uses the keyboard must not be sent back to the top of the page.
      setTimeout(() => this.isOpen && hadFocus && !this.root.activeElement && this.#focus());
    }
  }

  /** What the operator has set, for another page. */
  set(settings) {
    this.settings = settings;
    this.refresh();
  }
}

/** Shows a number in a small circle; none for nothing. */
function counted(circle, number) {
  circle.hidden = number === 0;
  circle.textContent = number > 9 ? "9+" : String(number);
}
