/* Moving a time on the grid of a proposal, by drag or by keyboard. Nothing is saved here: letting go opens "Move …" with
   the place and time filled in. Only at the meeting table (data-post names a form) the change holds at once.

   <table data-week-edit data-lanes="3" data-step="30" [data-post="id of a form"]>
     <td data-weekday="1" data-start="1020" data-place="slug" data-say="tirsdag 17.00, …">
       <a data-slot="7" data-minutes="90" data-weekday data-start data-where href="…">                               */

/* How long a finger stays on a time before it is lifted, in milliseconds: as long as phones take for their own menus. */
const LONG_PRESS = 450;
/* How near to an edge the week scrolls on, and by how much a frame at most; both in pixels. */
const EDGE = 56;
const FASTEST = 14;

/* By how much to scroll so that what lies beyond the edge near `at` comes into sight. */
function pull(at, from, to) {
  const edge = Math.min(EDGE, (to - from) / 4);
  if (at < from + edge) return -Math.ceil(FASTEST * Math.min(1, (from + edge - at) / edge));
  return at > to - edge ? Math.ceil(FASTEST * Math.min(1, (at - to + edge) / edge)) : 0;
}

/* A hall may be drawn as several tables, days with the same parts together; each moves what is its own. */
for (const table of document.querySelectorAll("[data-week-edit]")) mount(table);

function mount(table) {
  const say = document.querySelector("[data-week-say]");
  const lanes = Number(table.dataset.lanes);
  for (const hint of document.querySelectorAll(".sk-tt-how")) hint.hidden = false;
  let held = null; // {slot, x, y, at, grip, far, target, keys, touch}

  const cells = [...table.querySelectorAll("td[data-weekday]")];
  // Where each cell lies: its lane within the weekday, from what stands before it in the row.
  const at = (cell) => ({ weekday: Number(cell.dataset.weekday), start: Number(cell.dataset.start), place: cell.dataset.place });

  const tell = (words) => { if (say) say.textContent = words; };

  const mark = (cell) => {
    for (const one of table.querySelectorAll(".is-target")) one.classList.remove("is-target");
    if (cell) cell.classList.add("is-target");
  };

  const clear = () => {
    mark(null);
    if (held) {
      held.slot.classList.remove("is-held");
      held.slot.removeAttribute("aria-grabbed");
    }
    held = null;
  };

  // A time over several parts keeps its place; one in a part goes into the part it is let go on.
  const wide = (slot) => lanes > 1 && slot.closest("td").colSpan > 1;
  const placeFor = (slot, cell) => (wide(slot) ? slot.dataset.where : cell.dataset.place);

  const letGo = (slot, cell) => {
    const to = at(cell);
    const place = placeFor(slot, cell);
    const nothing = to.weekday === Number(slot.dataset.weekday) && to.start === Number(slot.dataset.start) && place === slot.dataset.where;
    clear();
    if (nothing) return;
    if (table.dataset.post) {
      const form = document.getElementById(table.dataset.post);
      form.elements.slot.value = slot.dataset.slot;
      form.elements.weekday.value = to.weekday;
      form.elements.start.value = to.start;
      form.elements.place.value = place;
      form.requestSubmit();
      return;
    }
    const url = new URL(slot.href);
    url.searchParams.set("weekday", to.weekday);
    url.searchParams.set("start", to.start);
    url.searchParams.set("place", place);
    window.location.assign(url.href);
  };

  // --- by pointer: a mouse or pen drags at once, a finger that stays on a time lifts it, and one that moves scrolls ---

  const wrap = table.parentElement;
  let waiting = 0; // the timer of a finger that stays
  let frame = 0;

  const letLie = () => {
    clearTimeout(waiting);
    waiting = 0;
  };

  const follow = () => {
    const under = document.elementFromPoint(held.at.x, held.at.y - held.grip + 4);
    const found = under?.closest("td[data-weekday]") ?? null;
    held.target = found && table.contains(found) ? found : null;
    mark(held.target);
  };

  // Near the edge of what is in sight the week (and the page) scroll on by themselves, faster the nearer.
  const scrollOn = () => {
    frame = 0;
    if (!held || held.keys || !held.far) return;
    const box = wrap.getBoundingClientRect();
    const first = table.querySelector("th.sk-tt__time")?.getBoundingClientRect().width ?? 0;
    const across = pull(held.at.x, Math.max(box.left, 0) + first, Math.min(box.right, window.innerWidth));
    const down = pull(held.at.y, 0, window.innerHeight);
    if (across || down) {
      wrap.scrollLeft += across;
      window.scrollBy(0, down);
      follow();
    }
    frame = requestAnimationFrame(scrollOn);
  };

  const lift = () => {
    held.far = true;
    held.slot.classList.add("is-held");
    if (!frame) frame = requestAnimationFrame(scrollOn);
  };

  const put = () => {
    letLie();
    if (!held || held.keys) return;
    const { slot, far, target } = held;
    if (!far) {
      clear();
      return;
    }
    // The click that follows must not open the form of the slot as it was.
    const swallow = (click) => { click.preventDefault(); click.stopPropagation(); };
    window.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => window.removeEventListener("click", swallow, { capture: true }), 50);
    if (target) letGo(slot, target);
    else clear();
  };

  table.addEventListener("pointerdown", (event) => {
    const slot = event.target.closest("[data-slot]");
    if (!slot || event.button !== 0 || !event.isPrimary) return;
    if (held && !held.keys) clear();
    // Where in the slot it was taken: its upper edge follows, not the finger.
    const grip = event.clientY - slot.closest("td").getBoundingClientRect().top;
    const touch = event.pointerType === "touch";
    held = { slot, x: event.clientX, y: event.clientY, at: { x: event.clientX, y: event.clientY }, grip, far: false, target: null, keys: false, touch };
    if (touch) {
      waiting = setTimeout(() => {
        waiting = 0;
        if (!held?.touch) return;
        lift();
        follow();
        navigator.vibrate?.(15);
        tell(`${say?.dataset.picked ?? ""} ${slot.title}`);
      }, LONG_PRESS);
    }
  });

  window.addEventListener("pointermove", (event) => {
    if (!held || held.keys || !event.isPrimary) return;
    held.at = { x: event.clientX, y: event.clientY };
    if (!held.far) {
      if (Math.hypot(event.clientX - held.x, event.clientY - held.y) < (held.touch ? 10 : 6)) return;
      if (held.touch) {
        letLie();
        clear();
        return;
      }
      lift();
    }
    follow();
  });

  window.addEventListener("pointerup", put);
  window.addEventListener("pointercancel", () => {
    letLie();
    if (held && !held.keys) clear();
  });
  // Once a time is lifted the finger moves it, and the page must not go along; until then the page scrolls as ever.
  table.addEventListener("touchmove", (event) => { if (held?.touch && held.far && event.cancelable) event.preventDefault(); }, { passive: false });
  // A finger that stays would also open the browser's menu of a link.
  table.addEventListener("contextmenu", (event) => { if (held?.touch) event.preventDefault(); });
  window.addEventListener("keydown", (event) => { if (event.key === "Escape" && held && !held.keys) { letLie(); clear(); } });
  table.addEventListener("dragstart", (event) => event.preventDefault());

  // --- by keyboard ---

  const boxes = () => new Map(cells.map((cell) => [cell, cell.getBoundingClientRect()]));

  // The cell beside this one, as the eye sees it: up and down one step of the grid, left and right one column.
  const beside = (cell, key) => {
    const all = boxes();
    const own = all.get(cell);
    const dx = key === "ArrowLeft" ? -1 : key === "ArrowRight" ? 1 : 0;
    const dy = key === "ArrowUp" ? -1 : key === "ArrowDown" ? 1 : 0;
    const x = dx < 0 ? own.left - 8 : dx > 0 ? own.right + 8 : own.left + 8;
    const y = dy < 0 ? own.top - 4 : dy > 0 ? own.bottom + 4 : own.top + 4;
    for (const [one, box] of all) if (box.left <= x && x < box.right && box.top <= y && y < box.bottom) return one;
    return null;
  };

  table.addEventListener("keydown", (event) => {
    const slot = event.target.closest("[data-slot]");
    if (!slot) return;
    if (event.key === " ") {
      event.preventDefault();
      if (held) {
        letGo(held.slot, held.target);
        return;
      }
      held = { slot, target: slot.closest("td"), keys: true, far: true };
      slot.classList.add("is-held");
      mark(held.target);
      tell(`${say?.dataset.picked ?? ""} ${slot.title}`);
      return;
    }
    if (!held || !held.keys) return;
    if (event.key === "Escape") {
      event.preventDefault();
      clear();
      tell(say?.dataset.back ?? "");
    } else if (event.key === "Enter") {
      event.preventDefault();
      letGo(held.slot, held.target);
    } else if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      const next = beside(held.target, event.key);
      if (!next) return;
      held.target = next;
      mark(next);
      next.scrollIntoView({ block: "nearest", inline: "nearest" });
      tell(next.dataset.say);
    } else if (event.key === "Tab") {
      clear();
    }
  });
}
