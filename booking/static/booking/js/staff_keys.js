// Single keys on a case's page. A key takes one to a place (a button, a field, a link); it decides nothing by itself.
// Loaded only for those who want it. Never in fields, never with Ctrl, Alt or Meta, never while a dialog is open.
(() => {
  "use strict";
  const writes = (element) =>
    element.closest("input, textarea, select, [contenteditable=''], [contenteditable='true'], [role='textbox'], [role='combobox'], [role='dialog'], dialog");

  const show = (element) => {
    for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  };

  const go = (element) => {
    if (element.matches("a[href]")) {
      element.click();
      return;
    }
    show(element);
    // A fold is opened, and the first thing in it that can be filled in is where one goes on.
    const field = element.matches("summary")
      ? element.parentElement.querySelector("input:not([type='hidden']), textarea, select") || element
      : element;
    field.focus();
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    field.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat || event.isComposing) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (!(event.target instanceof Element) || writes(event.target)) return;
    const wanted = event.key.length === 1 ? event.key.toLowerCase() : "";
    if (!wanted) return;
    const place = Array.from(document.querySelectorAll("[data-key]")).find((one) => one.dataset.key === wanted);
    if (!place) return;
    event.preventDefault();
    go(place);
  });
})();
