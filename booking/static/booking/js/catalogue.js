/* "Near me" in the search: only where the browser can tell where it is. The position goes into the address and no
   further than our own server, rounded to about a hundred metres. */

const button = document.querySelector("[data-near]");
if (button && "geolocation" in navigator) {
  const field = document.getElementById(button.dataset.near);
  button.hidden = false;
  button.addEventListener("click", () => {
    button.setAttribute("aria-busy", "true");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        field.value = `${coords.latitude.toFixed(3)},${coords.longitude.toFixed(3)},5`;
        button.removeAttribute("aria-busy");
        field.form.requestSubmit();
      },
      () => {
        button.removeAttribute("aria-busy");
        const told = field.form.querySelector("[data-live-error]");
        told.hidden = false;
        told.textContent = button.dataset.nearDenied;
      },
      { maximumAge: 600_000, timeout: 10_000 },
    );
  });
}

// Selecting the whole address at once saves a fiddly drag on a phone.
for (const input of document.querySelectorAll("input[data-copy]")) {
  input.addEventListener("focus", () => input.select());
}

// An address worth sending to somebody: only what was asked for.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.id !== "search") return;
  for (const [name, value] of [...detail.formData.entries()]) if (value === "") detail.formData.delete(name);
});
