/* Small helps on top of pages that work without them. Each module starts only where its mark stands in the page. */

import { guardForms } from "./forms.js";
import { watchHtmx } from "./live.js";

guardForms(document);
watchHtmx(document);

// A form that came back with errors: the summary is where the reader goes on.
document.querySelector("[data-error-summary]")?.focus();

// The calendar's own bundle is fetched only when somebody wants to see it. htmx may bring a new one with an answer.
function calendars(root) {
  if (!root.querySelector("[data-calendar]:not([data-mounted])")) return;
  import("./calendar.js").then(({ mountCalendars }) => mountCalendars(root));
}
calendars(document);
document.addEventListener("htmx:load", ({ detail }) => calendars(detail.elt.parentElement ?? document));

// A map is fetched when somebody opens it.
if (document.querySelector("[data-map]")) import("./map.js").then(({ mountMaps }) => mountMaps(document));

// An address to copy: the button is there only where copying works.
if (navigator.clipboard && document.querySelector("[data-copy]")) {
  import("./copy.js").then(({ offerCopies }) => offerCopies(document));
}
