// A new plan: stations on the map, checkpoints by a click, each with its stay and its window.

import { make, text } from "../map/config.js";
import { mapReady } from "../map/start.js";

const { map, config } = await mapReady();
const words = { texts: config.planning };
const say = (name, values) => text(words, name, values);
const list = document.getElementById("checkpoints");
const field = document.getElementById("stops");
const stops = JSON.parse(field.value || "[]");
const markers = L.layerGroup().addTo(map);

for (const { name, lon, lat } of config.stations ?? []) {
  L.circleMarker([lat, lon], { radius: 7, color: "#222", weight: 2, fillColor: "#fff", fillOpacity: 1 }).addTo(map).bindTooltip(say("station", { name }));
}

function keep() {
  field.value = JSON.stringify(stops);
}

function input(stop, key, type, title) {
  const box = make("input", { type, class: "form-control form-control-sm", "aria-label": title, title, placeholder: title, maxlength: 80, min: 0, max: 2880 });
  box.value = stop[key] ?? "";
  box.addEventListener("input", () => {
    stop[key] = type === "number" ? (box.value === "" ? null : Number(box.value)) : box.value;
    keep();
  });
  return box;
}

function show() {
  markers.clearLayers();
  list.replaceChildren(...stops.map((stop, i) => {
    L.circleMarker([stop.lat, stop.lon], { radius: 7, color: "#b3261e", weight: 3, fillColor: "#fff", fillOpacity: 1 }).addTo(markers).bindTooltip(say("checkpoint", { number: i + 1 }), { permanent: stops.length < 12 });
    const remove = make("button", { type: "button", class: "btn-close ms-auto", "aria-label": `${say("remove")}: ${say("checkpoint", { number: i + 1 })}`, onclick: () => { stops.splice(i, 1); show(); } });
    return make("li", { class: "list-group-item d-flex gap-2 align-items-start" }, make("div", { class: "siting-fields flex-grow-1" }, input(stop, "name", "text", say("name")), input(stop, "dwell_min", "number", say("dwell")), input(stop, "opens_min", "number", say("opens")), input(stop, "closes_min", "number", say("closes"))), remove);
  }));
  keep();
}

map.on("click", ({ latlng }) => {
  stops.push({ lon: Number(latlng.lng.toFixed(6)), lat: Number(latlng.lat.toFixed(6)), name: "", dwell_min: 10, opens_min: null, closes_min: null });
  show();
});
show();
