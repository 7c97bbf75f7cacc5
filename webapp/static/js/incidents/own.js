// The grid worker's start: the own cell with the own work on it, and what still waits to be sent from this phone.

import { mapReady } from "../map/start.js";
import { incidentMark, showOwnCells } from "./markers.js";
import { list } from "./store.js";

const { map, config } = await mapReady();
showOwnCells(map, config.ownCells);
for (const { lon, lat, priority, title, url } of config.ownWork) {
  incidentMark([lat, lon], { priority }, { pane: "markerPane", renderer: L.svg({ pane: "markerPane" }) })
    .bindTooltip(Object.assign(document.createElement("span"), { textContent: title }), { direction: "top" })
    .on("click", () => window.location.assign(url))
    .addTo(map);
}

const unsent = document.getElementById("unsent");
try {
  const waiting = await list(config.sender);
  unsent.hidden = waiting.length === 0;
  unsent.querySelector("a").textContent = unsent.dataset.text.replace("{n}", waiting.length);
} catch {
  unsent.hidden = true;
}
