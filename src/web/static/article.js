// On an article: links to its sections, and buttons that copy code.
const prose = document.querySelector(".prose");

for (const heading of prose?.querySelectorAll(":is(h2, h3, h4)[id]") ?? []) {
  const link = document.createElement("a");
  link.className = "anchor";
  link.href = `#${heading.id}`;
  link.setAttribute("aria-label", `${prose.dataset.section}: ${heading.textContent}`);
  link.textContent = "#";
  heading.append(" ", link);
}

for (const code of navigator.clipboard ? (prose?.querySelectorAll("pre") ?? []) : []) {
  const text = code.textContent;
  const frame = document.createElement("div");
  const button = document.createElement("button");
  const status = document.createElement("span");
  frame.className = "code";
  button.type = "button";
  button.className = "copy";
  button.textContent = prose.dataset.copy;
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  code.replaceWith(frame);
  frame.append(button, code, status);
  let timer = 0;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Not allowed here: mark it, so that the keys copy it.
      getSelection().selectAllChildren(code);
      return;
    }
    button.textContent = status.textContent = prose.dataset.copied;
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.textContent = prose.dataset.copy;
      status.textContent = "";
    }, 2000);
  });
}
