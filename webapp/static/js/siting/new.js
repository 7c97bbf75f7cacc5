// A new study: the part of the map that is shown can be taken as its area.

import { text } from "../map/config.js";
import { mapReady } from "../map/start.js";

const { map, config } = await mapReady();
const words = { texts: config.coverage };
const button = document.getElementById("take-view");
const box = document.getElementById("box");
const said = document.getElementById("box-said");
let frame = null;

function take() {
  const bounds = map.getBounds();
  box.value = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((value) => value.toFixed(6)).join(",");
  frame?.remove();
  frame = L.rectangle(bounds, { color: "#7a1f5c", weight: 3, dashArray: "8 5", fill: false, interactive: false }).addTo(map);
  said.textContent = text(words, "useView");
  button.setAttribute("aria-pressed", "true");
  button.classList.add("active");
}

function drop() {
  box.value = "";
  frame?.remove();
  frame = null;
  said.textContent = "";
  button.setAttribute("aria-pressed", "false");
  button.classList.remove("active");
}

button.addEventListener("click", () => (box.value ? drop() : take()));
