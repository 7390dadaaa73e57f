/* Passkeys. A button with data-passkey="create|get" inside of a form with a hidden field "credential"; the options stand
   in a JSON script element (data-options="its id") or are fetched (data-options-url). Without this script, or in a
   browser that knows no passkeys, the buttons stay hidden and the other ways in remain. */

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const words = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function options(given) {
  const made = structuredClone(given.publicKey ?? given);
  made.challenge = bytes(made.challenge);
  if (made.user) made.user.id = bytes(made.user.id);
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    for (const one of made[list] ?? []) one.id = bytes(one.id);
  }
  return { publicKey: made };
}

function answer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = words(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: words(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

async function given(button) {
  if (button.dataset.options) return JSON.parse(document.getElementById(button.dataset.options).textContent);
  const reply = await fetch(button.dataset.optionsUrl, { headers: { Accept: "application/json" } });
  if (!reply.ok) throw new Error(reply.status);
  return reply.json();
}

for (const button of document.querySelectorAll("button[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  const form = button.form;
  const problem = form.querySelector("[data-passkey-problem]");
  button.closest("[data-passkey-box]")?.removeAttribute("hidden");
  button.addEventListener("click", async () => {
    problem.hidden = true;
    try {
      const wanted = options(await given(button));
      const credential = await navigator.credentials[button.dataset.passkey](wanted);
      form.elements.credential.value = JSON.stringify(answer(credential));
      form.submit();
    } catch {
      problem.hidden = false;
    }
  });
}
