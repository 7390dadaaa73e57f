// Dragging a bar of the timeline opens "Move …" with the time and the thing it was let go on. Nothing is moved here.
const table = document.querySelector("[data-timeline]");
const STEP = { 1: 15, 7: 30, 28: 24 * 60 }; // minutes; over four weeks a bar keeps its time of day

if (table) {
  const days = Number(table.dataset.days);
  const opens = Number(table.dataset.opens);
  const [year, month, date] = table.dataset.first.split("-").map(Number);
  const minutesShown = (24 - opens) * 60;
  let held = null;

  // Days that have passed lie to the left: what can still be changed is what one comes for.
  const here = table.querySelector("tbody .sk-tl-now");
  if (here && days > 1) {
    const box = table.closest(".sk-tl-scroll");
    const name = table.querySelector("tbody th").getBoundingClientRect().width;
    const passed = Math.floor((Number.parseFloat(here.getAttribute("x1")) / 100) * days);
    box.scrollLeft = (passed * (table.getBoundingClientRect().width - name)) / days;
  }

  const width = () => table.querySelector("tbody svg").getBoundingClientRect().width;

  // How many minutes of the wall clock a bar was moved, counted in what is shown of each day.
  const moved = (pixels, start) => {
    const perDay = width() / days;
    const [hours, minutes] = start.split(":").map(Number);
    const at = hours * 60 + minutes - opens * 60;
    const total = at + (pixels / perDay) * minutesShown;
    let day = Math.floor(total / minutesShown);
    let minute = total - day * minutesShown;
    if (STEP[days] >= 24 * 60) {
      day = Math.round(pixels / perDay);
      minute = at;
    } else {
      minute = Math.round(minute / STEP[days]) * STEP[days];
    }
    return { day, minute: Math.min(opens * 60 + minute, 23 * 60 + 45) };
  };

  const rowAt = (event) => {
    const found = document.elementFromPoint(event.clientX, event.clientY);
    return found && found.closest("tr[data-resource]");
  };

  const clear = () => {
    for (const row of table.querySelectorAll(".sk-tl-target")) row.classList.remove("sk-tl-target");
    if (held) {
      held.bar.classList.remove("sk-tl-dragged");
      held.bar.removeAttribute("transform");
    }
    held = null;
  };

  table.addEventListener("pointerdown", (event) => {
    const bar = event.target.closest("[data-move]");
    if (!bar || event.button !== 0) return;
    const box = bar.getBoundingClientRect();
    const row = bar.closest("svg.sk-tl-row").getBoundingClientRect();
    held = { bar, x: event.clientX, y: event.clientY, day: Math.floor((box.left - row.left + 1) / (row.width / days)), far: false };
  });

  table.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.far && Math.hypot(dx, dy) < 6) return;
    held.far = true;
    held.bar.classList.add("sk-tl-dragged");
    held.bar.setAttribute("transform", `translate(${dx} 0)`);
    for (const row of table.querySelectorAll(".sk-tl-target")) row.classList.remove("sk-tl-target");
    const row = rowAt(event);
    if (row) row.classList.add("sk-tl-target");
  });

  window.addEventListener("pointerup", (event) => {
    if (!held || !held.far) {
      clear();
      return;
    }
    const { bar, x, day } = held;
    const row = rowAt(event);
    const to = moved(event.clientX - x, bar.dataset.start);
    clear();
    // The click that follows must not open the case. Where none follows, the next one is somebody's own.
    const swallow = (click) => { click.preventDefault(); click.stopPropagation(); };
    window.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => window.removeEventListener("click", swallow, { capture: true }), 0);
    if (!row) return;
    const when = new Date(Date.UTC(year, month - 1, date + day + to.day));
    const start = `${String(Math.floor(to.minute / 60)).padStart(2, "0")}:${String(to.minute % 60).padStart(2, "0")}`;
    const asked = new URLSearchParams({ day: when.toISOString().slice(0, 10), start, resource: row.dataset.resource });
    window.location.assign(`${bar.dataset.move}?${asked}`);
  });

  // The finger turned out to scroll.
  window.addEventListener("pointercancel", clear);
  window.addEventListener("keydown", (event) => { if (event.key === "Escape") clear(); });
  table.addEventListener("dragstart", (event) => event.preventDefault());
}
