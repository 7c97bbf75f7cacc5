// The ranked list of gaps and the map: a line shows its place, a number on the map chooses its line.

import { make, text } from "../map/config.js";
import { tieList } from "../map/list.js";
import { mapReady } from "../map/start.js";

const context = await mapReady();
const list = document.getElementById("gap-list");
if (list) {
  const words = { texts: context.config.coverage };
  const tied = tieList(list, context);
  for (const line of list.querySelectorAll("[data-code]")) {
    const [west, south, east, north] = line.dataset.box.split(",").map(Number);
    const rank = line.querySelector(".gap-rank").textContent;
    const icon = L.divIcon({ className: "gap-number", html: make("span", {}, rank), iconSize: [28, 24] });
    const marker = L.marker([(south + north) / 2, (west + east) / 2], { icon, keyboard: true, zIndexOffset: -100 * Number(rank), title: text(words, "gap", { rank }) });
    marker.addTo(context.map);
    marker.on("click", () => tied.select(line.dataset.code));
    marker.getElement().setAttribute("aria-label", text(words, "gap", { rank }));
    marker.getElement().addEventListener("keydown", (event) => event.key === "Enter" && tied.select(line.dataset.code)); // Leaflet leaves Enter to popups
  }
}
