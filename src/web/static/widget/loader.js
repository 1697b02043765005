// The one script that a page includes. It keeps what the page asks for until the chat is there, and loads the chat when the
// page has had its turn.
(() => {
  const files = "{files}";
  const script = document.currentScript ?? document.querySelector('script[src*="/widget.js"]');
  if (!script || globalThis.Tanya?.open) return;
  const base = new URL(script.src).origin;
  // Before this script came, the page may have said `(window.Tanya ||= []).push(["context", { plan: "team" }])`.
  const waiting = Array.isArray(globalThis.Tanya) ? [...globalThis.Tanya] : [];
  let call = (...what) => void waiting.push(what);
  const can = (name) => (...values) => call(name, ...values);
  globalThis.Tanya = Object.fromEntries(["open", "close", "identify", "context", "forget"].map((name) => [name, can(name)]));
  globalThis.Tanya.push = (what) => call(...what);
  const calls = (ready) => {
    call = ready;
    for (const what of waiting.splice(0)) ready(...what);
  };
  const begin = async () => {
    const { start } = await import(base + files.main);
    await start({ base, files, given: { ...script.dataset }, calls });
  };
  const whenReady = () => begin().catch((error) => console.warn("Tanya: the chat could not be loaded.", error));
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", whenReady, { once: true });
  else whenReady();
})();
