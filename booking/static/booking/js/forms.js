/* Forms: one submission per press, questions before what can't be undone, and rows that can be added.

   <form data-once>                 the button is busy and dead until the answer comes (the default of every POST form)
   <form data-confirm="Sure?">      asks first; also on a button (its own question)
   <form data-auto-submit>          a change of a select or a checkbox sends the form (filters); its button hides
*/

const BUSY_AGAIN_AFTER = 15000; // a lost connection must not leave a dead button behind

export function guardForms(root) {
  root.addEventListener("submit", onSubmit);
  root.addEventListener("change", onChange);
  // Back from the browser's memory: buttons that were busy work again.
  window.addEventListener("pageshow", (event) => event.persisted && document.querySelectorAll("form").forEach(release));
  for (const form of root.querySelectorAll("form[data-auto-submit]")) {
    for (const button of form.querySelectorAll("[data-auto-submit-button]")) button.hidden = true;
  }
}

function onSubmit(event) {
  const form = event.target;
  const button = event.submitter;
  const question = button?.dataset.confirm || form.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  // htmx sends these itself and marks them busy while it waits.
  if (form.method !== "post" || form.hasAttribute("hx-post") || event.defaultPrevented) return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "yes";
  // The button's own name and value belong to the form, so it must not be disabled before it is sent.
  if (button) button.setAttribute("aria-busy", "true");
  window.setTimeout(() => release(form), BUSY_AGAIN_AFTER);
}

function release(form) {
  delete form.dataset.sending;
  for (const busy of form.querySelectorAll("[aria-busy]")) busy.removeAttribute("aria-busy");
}

function onChange(event) {
  const form = event.target.form;
  if (form?.matches("[data-auto-submit]") && event.target.matches("select, [type=checkbox], [type=radio]")) {
    form.requestSubmit();
  }
}
