// A study's proposals on the map: numbers with their views; a number chooses its line, a line shows its place.

import { make, text } from "../map/config.js";
import { tieList } from "../map/list.js";
import { mapReady } from "../map/start.js";

const context = await mapReady();
const list = document.getElementById("proposal-list");
if (list) {
  const words = { texts: context.config.coverage };
  const views = new Map();
  const plain = { color: "#084a61", weight: 1.5, fillColor: "#0b5d7a", fillOpacity: 0.22, interactive: false };
  const raise = (id) => {
    for (const [key, view] of views) view.setStyle(key === id ? { ...plain, weight: 4, fillOpacity: 0.4 } : plain);
  };
  const tied = tieList(list, context, { onPick: raise, maxZoom: 18 });
  for (const { id, rank, lon, lat, decision, view } of context.config.proposals) {
    const code = String(id);
    if (view) views.set(code, L.geoJSON(view, { style: plain, interactive: false }).addTo(context.map));
    const name = text(words, "proposal", { rank });
    const icon = L.divIcon({ className: `proposal-number ${decision}`, html: make("span", {}, String(rank)), iconSize: [26, 24] });
    const marker = L.marker([lat, lon], { icon, keyboard: true, title: name }).addTo(context.map);
    marker.getElement().setAttribute("aria-label", name);
    const choose = () => {
      tied.select(code);
      raise(code);
    };
    marker.on("click", choose);
    marker.getElement().addEventListener("keydown", (event) => event.key === "Enter" && choose()); // Leaflet leaves Enter to popups
  }
}
