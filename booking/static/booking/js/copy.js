/* <input readonly value="https://…" data-copy="Copy" data-copied="Copied">: a button beside it that copies the value. */

export function offerCopies(root) {
  for (const field of root.querySelectorAll("input[data-copy]")) {
    field.addEventListener("focus", () => field.select());
    if (!field.dataset.copy) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "ds-button";
    button.dataset.variant = "secondary";
    button.dataset.size = "sm";
    button.textContent = field.dataset.copy;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(field.value);
      button.textContent = field.dataset.copied;
      window.setTimeout(() => (button.textContent = field.dataset.copy), 3000);
    });
    button.setAttribute("aria-live", "polite");
    field.after(button);
  }
}
