/* Around htmx: what it can't say itself. A failed answer is told in words, in place; a busy part is told as busy.

   <div data-live-error="We couldn't check just now. You can send anyway." hidden></div> inside the form
*/

export function watchHtmx(root) {
  root.addEventListener("htmx:beforeRequest", ({ detail }) => detail.target?.setAttribute("aria-busy", "true"));
  root.addEventListener("htmx:afterRequest", ({ detail }) => {
    detail.target?.removeAttribute("aria-busy");
    tell(detail.elt, detail.successful ? "" : undefined);
  });
  root.addEventListener("htmx:sendError", ({ detail }) => tell(detail.elt));
  root.addEventListener("htmx:timeout", ({ detail }) => tell(detail.elt));
}

function tell(element, text) {
  const place = element?.closest("form")?.querySelector("[data-live-error]");
  if (!place) return;
  const words = text ?? place.dataset.liveError;
  place.hidden = !words;
  place.textContent = words;
}
