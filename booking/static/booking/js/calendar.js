/* The calendar over the availability table. The table is the answer and stays; this paints the same answer as a week.

   <div data-calendar
        data-api="/api/booking/v1/resources/lillebyhallen/availability/"
        data-bundle="…event-calendar.min.js" data-styles="…event-calendar.min.css" data-look="…calendar.css"
        data-ask="/lillebyhallen/be-om/" data-lang="nb" data-from="2026-11-23"
        data-words='{"show": "Show as calendar", …}'></div>   (made by the tag calendar)

   A press on free time opens the request form with that time filled in. Arrow keys move between free times. */

const DAY = 86_400_000;
const REMEMBER = "samskap-calendar";

export function mountCalendars(root) {
  for (const place of root.querySelectorAll("[data-calendar]:not([data-mounted])")) {
    place.dataset.mounted = "";
    new Calendar(place);
  }
}

class Calendar {
  constructor(place) {
    this.place = place;
    this.words = JSON.parse(place.dataset.words);
    this.table = document.getElementById(place.dataset.table);
    this.build();
    if (this.remembered() === "calendar" || "calendarOpen" in place.dataset) this.show("calendar");
  }

  build() {
    const segment = element("div", { class: "sk-segment", role: "group", "aria-label": this.words.view });
    this.buttons = {};
    for (const view of ["list", "calendar"]) {
      const button = element("button", { type: "button", "aria-pressed": String(view === "list") }, this.words[view]);
      button.addEventListener("click", () => this.show(view, true));
      this.buttons[view] = segment.appendChild(button);
    }
    this.status = element("p", { class: "sk-loading", role: "status" });
    this.status.hidden = true;
    this.board = element("div", { class: "sk-calendar" });
    this.board.hidden = true;
    this.grid = element("div");
    this.board.append(this.bar(), this.grid);
    this.place.append(segment, this.status, this.board);
    this.place.hidden = false;
  }

  /* Our own buttons instead of the library's: they have names, in the page's language. */
  bar() {
    const bar = element("div", { class: "sk-calendar__bar" });
    this.title = element("p", { class: "sk-calendar__title", "aria-live": "polite" });
    const moves = element("div", { class: "sk-segment" });
    for (const [word, go] of [
      ["before", () => this.calendar.prev()],
      ["today", () => this.calendar.setOption("date", new Date())],
      ["after", () => this.calendar.next()],
    ]) {
      const button = element("button", { type: "button" }, this.words[word]);
      button.addEventListener("click", () => this.calendar && go());
      moves.append(button);
    }
    bar.append(this.title, moves);
    return bar;
  }

  remembered() {
    try {
      return localStorage.getItem(REMEMBER);
    } catch {
      return null; // storage may be forbidden; then nothing is remembered
    }
  }

  async show(view, chosen = false) {
    for (const [name, button] of Object.entries(this.buttons)) button.setAttribute("aria-pressed", String(name === view));
    if (chosen) {
      try {
        localStorage.setItem(REMEMBER, view);
      } catch {
        /* as above */
      }
    }
    this.board.hidden = view !== "calendar";
    if (this.table) this.table.hidden = view === "calendar";
    if (view === "calendar" && !this.calendar) await this.start();
  }

  async start() {
    this.say("loading");
    try {
      // Ours after the library's: the later one wins.
      await Promise.all([this.load("bundle"), this.load("styles").then(() => this.load("look"))]);
    } catch {
      this.fail();
      return;
    }
    const phone = window.matchMedia("(max-width: 47.99rem)").matches;
    const { from, lang } = this.place.dataset;
    const locale = { nb: ["nb-NO"], nn: ["nn-NO", "nb-NO"], en: ["en-GB"] }[lang] || [lang, "nb-NO"];
    const words = (options) => (date) => new Intl.DateTimeFormat(locale, options).format(date);
    const long = words({ day: "numeric", month: "long", year: "numeric" });
    this.calendar = window.EventCalendar.create(this.grid, {
      view: phone ? "timeGridDay" : "timeGridWeek",
      date: from,
      firstDay: 1,
      locale: Intl.DateTimeFormat.supportedLocalesOf(locale)[0],
      headerToolbar: { start: "", center: "", end: "" },
      dayHeaderFormat: words(phone ? { weekday: "long", day: "numeric", month: "long" } : { weekday: "short", day: "numeric" }),
      slotLabelFormat: (date) => String(date.getHours()).padStart(2, "0"),
      allDaySlot: false,
      nowIndicator: true,
      slotMinTime: "08:00",
      slotMaxTime: "22:00",
      flexibleSlotTimeLimits: true,
      slotDuration: "01:00",
      slotHeight: 40,
      editable: false,
      datesSet: ({ start, end }) => {
        const last = new Date(end.getTime() - DAY / 2);
        this.title.textContent = start.getDate() === last.getDate() ? long(start) : `${words({ day: "numeric", month: "long" })(start)} – ${long(last)}`;
      },
      eventSources: [{ events: (info) => this.events(info) }],
      eventContent: (info) => ({ domNodes: this.paint(info) }),
    });
    // The library calls this a table, which it is not to a screen reader: the list is the table.
    const root = this.grid.querySelector(".ec");
    for (const part of [root, ...root.querySelectorAll("[role]")]) part.removeAttribute("role");
    for (const part of root.querySelectorAll("[aria-colindex], [aria-colspan]")) {
      part.removeAttribute("aria-colindex");
      part.removeAttribute("aria-colspan");
    }
    this.grid.setAttribute("role", "group");
    this.grid.setAttribute("aria-label", this.words.calendar);
    this.board.addEventListener("keydown", (event) => this.step(event));
  }

  /* The same API everybody uses; times come with an offset and are shown on the venue's wall clock, not the reader's. */
  async events({ start, end }) {
    this.say("loading");
    const query = new URLSearchParams({ from: iso(start), to: iso(new Date(Math.max(end - 0, start - 0 + DAY))) });
    try {
      const api = this.place.dataset.api;
      const answer = await fetch(`${api}${api.includes("?") ? "&" : "?"}${query}`, {
        headers: { Accept: "application/json", "Accept-Language": this.place.dataset.lang },
        signal: AbortSignal.timeout(15000),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const data = await answer.json();
      this.say("");
      const now = Date.now();
      const free = data.free
        .filter((item) => Date.parse(item.end) > now)
        .map((item) => this.event(item, "free", this.words.free));
      const busy = data.busy.map((item) =>
        this.event(item, item.status, item.label ? `${this.words[item.status]}: ${item.label}` : this.words[item.status]),
      );
      return [...free, ...busy];
    } catch {
      this.fail();
      return [];
    }
  }

  event(item, kind, title) {
    return {
      start: item.start.slice(0, 16),
      end: item.end.slice(0, 16),
      title,
      classNames: ["sk-event", `is-${kind}`],
      extendedProps: { kind, start: item.start, end: item.end, quantity: item.quantity },
    };
  }

  paint({ event }) {
    const { kind, start, end } = event.extendedProps;
    const separator = this.place.dataset.lang === "en" ? ":" : ".";
    const clock = (text) => text.slice(11, 16).replace(":", separator);
    const until = clock(end) === `00${separator}00` ? `24${separator}00` : clock(end);
    const body = element("span", { class: "sk-event__body" }, `${clock(start)}–${until} `);
    body.append(element("b", {}, event.title));
    if (kind === "free" && this.place.dataset.ask) {
      const link = element("a", { href: this.askUrl(event), rel: "nofollow", class: "sk-event__link" });
      link.append(body, element("span", { class: "sk-sr" }, ` ${this.words.ask}`));
      return [link];
    }
    return [body];
  }

  askUrl(event) {
    const { start, end } = event.extendedProps;
    const url = new URL(this.place.dataset.ask, window.location.href);
    url.searchParams.set("free_from", start);
    url.searchParams.set("free_to", end);
    return url.href;
  }

  step(event) {
    const links = [...this.board.querySelectorAll("a.sk-event__link")];
    const here = links.indexOf(document.activeElement);
    const way = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (here < 0 || !way) return;
    event.preventDefault();
    links[(here + way + links.length) % links.length].focus();
  }

  say(word) {
    this.status.hidden = !word;
    this.status.replaceChildren();
    if (word) this.status.append(element("span", { class: "sk-spinner", "aria-hidden": "true" }), this.words[word]);
  }

  fail() {
    this.status.hidden = false;
    this.status.replaceChildren();
    const again = element("button", { type: "button", class: "ds-button", "data-variant": "secondary", "data-size": "sm" }, this.words.again);
    again.addEventListener("click", () => (this.calendar ? this.calendar.refetchEvents() : this.start()));
    this.status.append(this.words.failed, again);
  }

  /* A script or a style sheet, once for the page. */
  load(name) {
    const url = this.place.dataset[name];
    const known = document.querySelector(`[data-loaded="${CSS.escape(url)}"]`);
    if (known) return Promise.resolve();
    return new Promise((done, failed) => {
      const tag = name === "bundle" ? element("script", { src: url }) : element("link", { rel: "stylesheet", href: url });
      tag.addEventListener("load", () => {
        tag.dataset.loaded = url;
        done();
      });
      tag.addEventListener("error", () => {
        tag.remove();
        failed(new Error(url));
      });
      document.head.append(tag);
    });
  }
}

function iso(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function element(name, attributes = {}, text = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}
