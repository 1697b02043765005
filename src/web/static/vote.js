// "Did this help?" without leaving the page. Every form also works without script; if a vote cannot be sent from here,
// the form is sent as it is.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  const box = form.closest("[data-vote]");
  if (!box || form.dataset.plain) return;
  const data = new FormData(form, event.submitter);
  const helped = data.get("helped");
  const reason = data.get("reason")?.trim() || null;
  if (helped !== "yes" && helped !== "no") return;
  event.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "yes";
  try {
    const reply = await fetch("/api/v1/feedback", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({
        article: data.get("article"),
        helped: helped === "yes",
        reason,
        decision: box.querySelector("input[name=decision]")?.value ?? null,
      }),
    });
    if (!reply.ok) throw new Error(String(reply.status));
    said(box, helped === "yes" ? "yes" : reason ? "why" : "no");
  } catch {
    form.dataset.plain = "yes";
    form.requestSubmit(event.submitter);
  } finally {
    delete form.dataset.sending;
  }
});

function said(box, word) {
  for (const form of box.querySelectorAll("form")) form.hidden = true;
  for (const part of box.querySelectorAll("[data-said]")) part.hidden = part.dataset.said !== word;
  const shown = box.querySelector(`[data-said="${word}"]`);
  // The button that had the focus is gone.
  const place = shown.querySelector("p");
  place.tabIndex = -1;
  place.focus();
}
