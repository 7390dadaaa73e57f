/* <div data-poll="4">: this part of the page is fetched anew every so many seconds until it says data-poll-done. The page
   is the same one; without JavaScript one loads it anew. When it is done the whole page is, so that forms come back. */

const part = document.querySelector("[data-poll]");

if (part && !("pollDone" in part.dataset)) {
  const seconds = Number(part.dataset.poll);
  const again = async () => {
    try {
      const answer = await fetch(window.location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(15000) });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-poll]");
      if (!fresh || "pollDone" in fresh.dataset) {
        window.location.reload();
        return;
      }
      if (fresh.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) part.replaceChildren(...fresh.childNodes);
    } catch {
      /* the server is away for a moment: the next try may get through */
    }
    window.setTimeout(again, seconds * 1000);
  };
  window.setTimeout(again, seconds * 1000);
}
