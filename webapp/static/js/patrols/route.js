// A kept route on the map, with its checkpoints numbered, and homes of members where the page has any.

import { make, text } from "../map/config.js";
import { mapReady } from "../map/start.js";

const PAPER_MAP_MS = 1200;

const { map, config } = await mapReady();
const words = { texts: config.patrol };

function numbered(number, className) {
  return L.divIcon({ className, iconSize: [26, 26], html: make("span", {}, String(number)) });
}

if (config.route) {
  const [path, ...checkpoints] = config.route.features;
  const line = path.geometry.coordinates.map(([lon, lat]) => [lat, lon]);
  L.polyline(line, { color: "#fff", weight: 8, opacity: 0.9, interactive: false }).addTo(map);
  L.polyline(line, { color: "#a11a6e", weight: 4.5, interactive: false }).addTo(map);
  L.marker(line[0], { icon: L.divIcon({ className: "map-corner", iconSize: [26, 26], html: make("i", { class: "bi bi-flag-fill" }) }), alt: text(words, "station"), title: text(words, "station"), keyboard: false }).addTo(map);
  for (const { geometry, properties } of checkpoints) {
    const [lon, lat] = geometry.coordinates;
    L.marker([lat, lon], { icon: numbered(properties.seq, "map-corner"), title: properties.name ?? text(words, "checkpoint"), alt: properties.name ?? text(words, "checkpoint"), keyboard: false }).addTo(map);
  }
  const bounds = L.latLngBounds(line).pad(0.08);
  if (document.body.classList.contains("print-page")) map.options.zoomSnap = 0.25;
  map.fitBounds(bounds, { animate: false });
  document.getElementById("print")?.addEventListener("click", () => print(bounds));
}

for (const person of config.people ?? []) {
  const style = person.busy ? { color: "#55636f", fillOpacity: 0 } : { color: "#0b5d7a", fillOpacity: 0.75 };
  const dot = L.circleMarker([person.lat, person.lon], { radius: 6, weight: 2, ...style }).addTo(map);
  dot.bindTooltip(make("span", {}, text(words, person.busy ? "busy" : "home")));
  const row = () => document.querySelector(`[data-member="${person.id}"]`);
  dot.on("click", () => {
    row()?.scrollIntoView({ block: "center" });
    (row()?.querySelector("button") ?? row())?.focus?.();
  });
  row()?.addEventListener("mouseenter", () => dot.setRadius(11).bringToFront());
  row()?.addEventListener("mouseleave", () => dot.setRadius(6));
}

// The sheet takes the breadth of the paper first, and its map is drawn for that breadth before it is printed.
async function print(bounds) {
  document.body.classList.add("is-printing");
  map.invalidateSize({ animate: false });
  map.fitBounds(bounds, { animate: false });
  await new Promise((resolve) => window.setTimeout(resolve, PAPER_MAP_MS));
  window.print();
  document.body.classList.remove("is-printing");
  map.invalidateSize({ animate: false });
  map.fitBounds(bounds, { animate: false });
}
