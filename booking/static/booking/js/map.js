/* The picture of works as a map that can be moved and zoomed. The picture and the list say the same, and stay.

   <div data-map hidden data-outlines='[{"geometry": …, "kind": "works", "name": …, "url": …}]' data-tiles=""
        data-bundle="…leaflet.js" data-styles="…leaflet.css" data-look="…map.css" data-words='{"open": …}'></div>

   Without tiles the outlines lie on plain ground with their names, and no other host is asked for anything. */

export function mountMaps(root) {
  for (const place of root.querySelectorAll("[data-map]:not([data-mounted])")) {
    place.dataset.mounted = "";
    new Movable(place);
  }
}

class Movable {
  constructor(place) {
    this.place = place;
    this.words = JSON.parse(place.dataset.words);
    this.picture = place.previousElementSibling;
    this.button = element("button", { type: "button", class: "ds-button button button-secondary", "data-variant": "secondary", "data-size": "sm", "aria-expanded": "false" }, this.words.open);
    this.button.addEventListener("click", () => this.toggle());
    this.status = element("p", { role: "status" });
    this.status.hidden = true;
    this.ground = element("div", { class: "sk-movable__ground" });
    this.ground.hidden = true;
    place.append(this.ground, this.button, this.status);
    place.hidden = false;
  }

  async toggle() {
    const open = this.ground.hidden;
    if (open && !this.map) {
      try {
        await fetchLeaflet(this.place);
      } catch {
        this.status.textContent = this.words.failed;
        this.status.hidden = false;
        return;
      }
      this.status.hidden = true;
    }
    this.ground.hidden = !open;
    this.picture?.querySelector("svg")?.toggleAttribute("hidden", open);
    this.picture?.classList.toggle("is-aside", open);
    this.button.textContent = open ? this.words.close : this.words.open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open && !this.map) {
      this.map = plainMap(this.ground, this.place, this.words);
      const group = drawOutlines(this.map, JSON.parse(this.place.dataset.outlines));
      this.map.fitBounds(group.getBounds(), { padding: [48, 48], maxZoom: 18, animate: false });
    }
    if (open) this.ground.focus();
  }
}

/* A map with our words, and tiles only where the municipality has set some. */
export function plainMap(ground, place, words) {
  const { L } = window;
  const [lat, lon, zoom] = place.dataset.start.split(",").map(Number);
  const map = L.map(ground, { zoomControl: false, attributionControl: false, zoomSnap: 0.25, maxZoom: 20, minZoom: 2, zoomAnimation: false, fadeAnimation: false });
  L.control.zoom({ zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  if (place.dataset.tiles) {
    L.tileLayer(place.dataset.tiles, { maxZoom: 20, referrerPolicy: "origin" }).addTo(map);
    if (place.dataset.attribution) {
      // Set by an administrator, and still shown as text: nothing in it is read as markup.
      const line = element("span", {}, place.dataset.attribution);
      L.control.attribution({ prefix: false }).addAttribution(line.innerHTML).addTo(map);
    }
  }
  map.setView([lat, lon], zoom);
  ground.setAttribute("role", "region");
  ground.setAttribute("aria-label", words.map);
  return map;
}

/* Outlines, the later ones on top, each with its name. Answers the group of all of them. */
export function drawOutlines(map, outlines, onPress = null) {
  const { L } = window;
  const group = L.featureGroup().addTo(map);
  for (const one of outlines) {
    const layer = L.geoJSON(one.geometry, {
      style: ({ geometry }) => ({ className: classOf(one.kind, geometry) }),
      pointToLayer: (_feature, at) => L.circleMarker(at, { radius: 7, className: `sk-outline is-${one.kind}` }),
    });
    if (one.name) {
      layer.bindTooltip(element("span", {}, one.name), { permanent: true, direction: one.kind === "works" ? "top" : "center", offset: [0, one.kind === "works" ? -12 : 0], className: `sk-outline__name is-${one.kind}` });
    }
    if (onPress) layer.on("click", (event) => onPress(one, layer, event));
    else if (one.url) layer.on("click", () => window.location.assign(one.url));
    layer.addTo(group);
    one.layer = layer;
  }
  // Of names that would lie on each other one is shown: those of works first, then of the larger places.
  const named = outlines.filter((one) => one.name).sort((a, b) => rank(b) - rank(a));
  const tidy = () => {
    const kept = [];
    const frame = map.getContainer().getBoundingClientRect();
    for (const { layer } of named) {
      const name = layer.getTooltip()?.getElement();
      if (!name) continue;
      name.classList.remove("is-covered");
      // A name at the edge moves inwards until it can be read whole, as long as its place is in sight.
      name.style.translate = "";
      let at = name.getBoundingClientRect();
      if (map.getBounds().intersects(layer.getBounds())) {
        const across = inwards(at.left, at.right, frame.left, frame.right);
        const down = inwards(at.top, at.bottom, frame.top, frame.bottom);
        name.style.translate = `${across}px ${down}px`;
        at = name.getBoundingClientRect();
      }
      const free = kept.every((other) => at.right < other.left || at.left > other.right || at.bottom < other.top || at.top > other.bottom);
      name.classList.toggle("is-covered", !free);
      if (free) kept.push(at);
    }
  };
  map.on("zoomend moveend", () => requestAnimationFrame(tidy));
  return group;
}

function inwards(from, to, least, most) {
  if (from < least + 4) return least + 4 - from;
  return to > most - 4 ? Math.max(most - 4 - to, least + 4 - from) : 0;
}

function rank({ kind, layer }) {
  const bounds = layer.getBounds();
  return kind === "works" ? Infinity : (bounds.getNorth() - bounds.getSouth()) * (bounds.getEast() - bounds.getWest());
}

/* Lines have no inside to fill. */
export function classOf(kind, geometry) {
  return `sk-outline is-${kind}${/Line/.test(geometry.type) ? " is-open" : ""}`;
}

/* Leaflet, once for the page. */
export async function fetchLeaflet(place) {
  await Promise.all([fetched("script", place.dataset.bundle), fetched("link", place.dataset.styles).then(() => fetched("link", place.dataset.look))]);
}

function fetched(name, url) {
  if (document.querySelector(`[data-loaded="${CSS.escape(url)}"]`)) return Promise.resolve();
  return new Promise((done, failed) => {
    const tag = name === "script" ? element("script", { src: url }) : element("link", { rel: "stylesheet", href: url });
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

export function element(name, attributes = {}, text = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}
