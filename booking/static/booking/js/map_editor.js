/* Drawing the area of works: corner by corner on the map, into the form's own fields. Places can be ticked on it too.

   The fields stay and are what is sent; what is pasted there is shown here. With the keyboard: the arrow keys move the
   map, Enter sets a corner in its middle, Backspace takes the last one back, Escape stops. */

import { classOf, drawOutlines, element, fetchLeaflet, mountMaps, plainMap } from "./map.js";

const AREAS = ["footprint", "notify_area"];
const KINDS = { footprint: "works", notify_area: "felt" };

export function mountEditors(root) {
  for (const place of root.querySelectorAll("[data-map-editor]:not([data-mounted])")) {
    place.dataset.mounted = "";
    new Editor(place);
  }
}

class Editor {
  constructor(place) {
    this.place = place;
    this.words = JSON.parse(place.dataset.words);
    this.form = place.closest("form");
    this.fields = Object.fromEntries(AREAS.map((name) => [name, this.form.elements[name]]));
    this.shown = {};
    this.corners = [];
    this.build();
    // Folded away nobody needs it; it is fetched when somebody looks.
    new IntersectionObserver((seen, watcher) => {
      if (!seen.some((one) => one.isIntersecting)) return;
      watcher.disconnect();
      this.start();
    }).observe(this.place);
  }

  build() {
    this.status = element("p", { role: "status", class: "sk-movable__status" });
    this.ground = element("div", { class: "sk-movable__ground" });
    this.cross = element("div", { class: "sk-movable__cross", "aria-hidden": "true" });
    const frame = element("div", { class: "sk-movable__frame" });
    frame.append(this.ground, this.cross);
    this.bar = element("div", { class: "sk-movable__bar" });
    this.buttons = {};
    const make = (name, press) => {
      const button = element("button", { type: "button", class: "button button-small button-secondary" }, this.words[name]);
      button.addEventListener("click", press);
      this.buttons[name] = button;
      this.bar.append(button);
    };
    for (const area of AREAS) make(area, () => this.begin(area));
    make("point", () => this.add(this.map.getCenter()));
    make("undo", () => this.undo());
    make("done", () => this.finish());
    make("cancel", () => this.stop());
    for (const area of AREAS) make(`delete_${area}`, () => this.write(area, null));
    this.place.append(this.bar, this.status, frame);
    this.place.hidden = false;
  }

  async start() {
    try {
      await fetchLeaflet(this.place);
    } catch {
      this.place.replaceChildren(element("p", {}, this.words.failed));
      return;
    }
    const { L } = window;
    this.map = plainMap(this.ground, this.place, this.words);
    this.map.doubleClickZoom.disable();
    this.outlines = JSON.parse(this.place.dataset.outlines);
    const places = drawOutlines(this.map, this.outlines, (one, _layer, event) => this.press(one, event));
    this.sketch = L.featureGroup().addTo(this.map);
    this.map.on("click", ({ latlng }) => this.area && this.add(latlng));
    this.ground.addEventListener("keydown", (event) => this.key(event), true);
    for (const area of AREAS) {
      this.fields[area].addEventListener("change", () => this.read(area));
      this.read(area);
    }
    for (const box of this.boxes()) box.addEventListener("change", () => this.mark());
    this.mark();
    this.look(places);
    // Folded away the map had no size; when it is unfolded it takes what it gets.
    new ResizeObserver(() => {
      const before = this.map.getSize();
      this.map.invalidateSize({ animate: false });
      if (!before.x && this.map.getSize().x) this.look(places);
    }).observe(this.ground);
    this.refresh();
  }

  boxes() {
    return [...this.form.querySelectorAll('input[name="places"]')];
  }

  /* What is drawn; else what is ticked; else everything. */
  look(places) {
    const { L } = window;
    const drawn = L.featureGroup(AREAS.map((area) => this.shown[area]).filter(Boolean));
    const ticked = L.featureGroup(this.outlines.filter((one) => this.boxOf(one)?.checked).map((one) => one.layer));
    for (const group of [drawn, ticked, places]) {
      if (group.getLayers().length && group.getBounds().isValid()) {
        this.map.fitBounds(group.getBounds().pad(0.2), { maxZoom: 17, animate: false });
        return;
      }
    }
  }

  boxOf(one) {
    return this.boxes().find((box) => box.value === one.url);
  }

  /* A place: ticked by a press, unless somebody is drawing. */
  press(one, event) {
    window.L.DomEvent.stop(event);
    if (this.area) {
      this.add(event.latlng);
      return;
    }
    const box = this.boxOf(one);
    if (box) box.click();
  }

  mark() {
    for (const one of this.outlines) {
      const on = Boolean(this.boxOf(one)?.checked);
      one.layer.eachLayer((part) => part.getElement()?.classList.toggle("is-ticked", on));
    }
  }

  begin(area) {
    this.stop();
    this.area = area;
    this.say(this.words.drawing);
    this.refresh();
    this.ground.focus({ preventScroll: true });
  }

  add(at) {
    if (!this.area) return;
    const last = this.corners.at(-1);
    if (last && last.equals(at)) return;
    this.corners.push(at);
    this.paint();
    this.say(`${this.words.corners} ${this.corners.length}`);
  }

  undo() {
    this.corners.pop();
    this.paint();
    this.say(`${this.words.corners} ${this.corners.length}`);
  }

  stop() {
    this.area = null;
    this.corners = [];
    this.say("");
    this.paint();
  }

  finish() {
    const { area, corners } = this;
    if (!area || corners.length < 3) return;
    const ring = [...corners, corners[0]].map((at) => [round(at.lng), round(at.lat)]);
    this.stop();
    // What is there already stays: works may lie in several pieces.
    const before = parsed(this.fields[area].value);
    const pieces = before?.type === "Polygon" ? [before.coordinates] : before?.type === "MultiPolygon" ? before.coordinates : [];
    const all = [...pieces, [ring]];
    this.write(area, all.length === 1 ? { type: "Polygon", coordinates: all[0] } : { type: "MultiPolygon", coordinates: all });
    this.say(this.words.drawn);
  }

  key(event) {
    if (!this.area || event.target !== this.ground) return;
    const act = { Enter: () => this.add(this.map.getCenter()), Backspace: () => this.undo(), Escape: () => this.stop() }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  /* The sketch: corners, and the line that joins them. The first corner closes it. */
  paint() {
    const { L } = window;
    if (!this.sketch) return;
    this.sketch.clearLayers();
    if (this.corners.length) {
      L.polygon(this.corners, { className: `sk-outline is-${KINDS[this.area]} is-sketch`, interactive: false }).addTo(this.sketch);
      this.corners.forEach((at, number) => {
        const corner = L.circleMarker(at, { radius: 8, className: "sk-outline is-corner" }).addTo(this.sketch);
        corner.on("click", (event) => {
          L.DomEvent.stop(event);
          if (number === 0) this.finish();
        });
      });
    }
    this.refresh();
  }

  /* What the field holds, on the map, with corners that can be moved. */
  read(area) {
    const { L } = window;
    this.shown[area]?.remove();
    this.shown[area] = null;
    const text = this.fields[area].value.trim();
    const geometry = parsed(text);
    if (geometry) {
      try {
        const group = L.featureGroup();
        L.geoJSON(geometry, {
          interactive: false,
          style: (feature) => ({ className: classOf(KINDS[area], feature.geometry) }),
          pointToLayer: (_feature, at) => L.circleMarker(at, { radius: 7, className: `sk-outline is-${KINDS[area]}` }),
        }).addTo(group);
        for (const corner of cornersOf(geometry)) this.handle(area, geometry, corner).addTo(group);
        this.shown[area] = group.addTo(this.map);
      } catch {
        this.say(this.words.unreadable);
      }
    } else if (text) {
      this.say(this.words.unreadable);
    }
    this.refresh();
  }

  handle(area, geometry, { ring, at }) {
    const { L } = window;
    const icon = L.divIcon({ className: `sk-handle is-${KINDS[area]}`, iconSize: [18, 18] });
    const marker = L.marker([ring[at][1], ring[at][0]], { icon, draggable: true, keyboard: false });
    marker.on("dragend", () => {
      const to = marker.getLatLng();
      ring[at] = [round(to.lng), round(to.lat)];
      if (at === 0) ring[ring.length - 1] = ring[0];
      this.write(area, geometry);
    });
    return marker;
  }

  write(area, geometry) {
    this.fields[area].value = geometry ? JSON.stringify(geometry) : "";
    this.fields[area].dispatchEvent(new Event("change", { bubbles: true }));
  }

  refresh() {
    const drawing = Boolean(this.area);
    for (const area of AREAS) {
      this.buttons[area].hidden = drawing;
      this.buttons[`delete_${area}`].hidden = drawing || !this.fields[area].value.trim();
    }
    this.buttons.point.hidden = this.buttons.undo.hidden = this.buttons.done.hidden = this.buttons.cancel.hidden = !drawing;
    this.buttons.undo.disabled = !this.corners.length;
    this.buttons.done.disabled = this.corners.length < 3;
    this.cross.hidden = !drawing;
    this.ground.classList.toggle("is-drawing", drawing);
  }

  say(words) {
    this.status.textContent = words;
  }
}

/* Corners of plain polygons, few enough to be moved by hand. */
function cornersOf(geometry) {
  const rings = geometry.type === "Polygon" ? geometry.coordinates : geometry.type === "MultiPolygon" ? geometry.coordinates.flat() : [];
  const found = rings.flatMap((ring) => ring.slice(0, -1).map((_position, at) => ({ ring, at })));
  return found.length <= 100 ? found : [];
}

function parsed(text) {
  try {
    const found = JSON.parse(text);
    return found && typeof found === "object" && typeof found.type === "string" ? found : null;
  } catch {
    return null;
  }
}

function round(degrees) {
  return Math.round(degrees * 1e6) / 1e6;
}

mountMaps(document);
mountEditors(document);
