// Sound and desktop notifications: off until somebody switches them on.

import { memory } from "./inbox-dom.js";

let audio = null;

const settings = () => memory.get("notify", { sound: false, desktop: false });

function beep() {
  audio ??= new AudioContext();
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.setValueAtTime(660, audio.currentTime);
  tone.frequency.setValueAtTime(880, audio.currentTime + 0.09);
  volume.gain.setValueAtTime(0.08, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.3);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.3);
}

/** Tells somebody who may look elsewhere; `open` is called if they come by it. */
export function notify(title, body, tag, open) {
  const { sound, desktop } = settings();
  document.dispatchEvent(new CustomEvent("tanya-notified", { detail: { title, body } }));
  if (sound) beep();
  if (desktop && globalThis.Notification?.permission === "granted" && document.hidden) {
    const shown = new Notification(title, { body, tag });
    shown.addEventListener("click", () => {
      window.focus();
      shown.close();
      open();
    });
  }
}

/** The switches. */
export function switches() {
  const [sound, desktop, hint] = ["notify-sound", "notify-desktop", "notify-hint"].map((id) => document.getElementById(id));
  const kept = settings();
  sound.checked = kept.sound;
  desktop.checked = kept.desktop && globalThis.Notification?.permission === "granted";
  sound.addEventListener("change", () => {
    memory.set("notify", { ...settings(), sound: sound.checked });
    if (sound.checked) beep();
  });
  desktop.addEventListener("change", async () => {
    hint.textContent = "";
    if (desktop.checked) {
      const allowed = globalThis.Notification ? await Notification.requestPermission() : "denied";
      if (allowed !== "granted") {
        desktop.checked = false;
        hint.textContent = "The browser does not allow it. Its settings for this site can change that.";
      }
    }
    memory.set("notify", { ...settings(), desktop: desktop.checked });
  });
}
