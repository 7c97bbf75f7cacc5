// Cameras that fail: chosen on the map, by code, by class or area; what would be lost is drawn, nothing is stored.

import { icon, make, text } from "../map/config.js";
import { mapReady } from "../map/start.js";
import { post, say } from "./net.js";

const $ = (id) => document.getElementById(id);
const context = await mapReady();
const { map, config, identify } = context;
const words = { texts: config.camera };
const chosen = new Map();
map.createPane("lost").style.zIndex = 412;
map.getPane("lost").style.pointerEvents = "none";
const renderer = L.svg({ pane: "lost", padding: 0.5 });
const drawn = L.layerGroup().addTo(map);

function add(code, name = "") {
  const clean = code.trim();
  if (!clean || chosen.has(clean)) return;
  chosen.set(clean, name);
  list();
}

function list() {
  $("chosen").replaceChildren(...[...chosen].map(([code, name]) =>
    make("li", { "data-code": code }, make("span", { dir: "auto" }, name ? `${name} (${code})` : code),
      make("button", { type: "button", class: "btn-close", "aria-label": text(words, "remove", { name: name || code }), onclick: () => {
        chosen.delete(code);
        list();
      } }))));
}

identify?.onPick((feature) => feature.layer === "cameras" && add(feature.code, feature.title));
document.addEventListener("map:found", ({ detail }) => detail.kind === "camera" && add(detail.code));
$("add").addEventListener("click", () => {
  add($("code").value);
  $("code").value = "";
  $("code").focus();
});
$("code").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  $("add").click();
});
$("clear").addEventListener("click", () => {
  chosen.clear();
  $("ask").reset();
  drawn.clearLayers();
  $("result").hidden = true;
  say($("said"), "");
  list();
});

$("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!chosen.size && !$("class").value && !$("cell").value) {
    say($("said"), text(words, "choose"), "warning");
    return;
  }
  say($("said"), text(words, "computing"));
  try {
    show(await post(config, "/api/cameras/what-if", { codes: [...chosen.keys()], owner_class: Number($("class").value) || null, cell: $("cell").value }));
  } catch (error) {
    say($("said"), error.message, "warning");
  }
});

function show({ cameras, cells, gaps, lost }) {
  say($("said"), cells.length ? "" : text(words, "nothingLost"), "info");
  $("result").hidden = !cells.length;
  $("lost").textContent = text(words, "lost", { area: lost });
  $("cells").replaceChildren(...cells.map((cell) => make("tr", {},
    make("th", { scope: "row" }, cell.name, make("br"), make("code", {}, cell.code)), ...[cell.before, cell.after, cell.lost, cell.street].map((value) => make("td", { class: "num" }, value)))));
  drawn.clearLayers();
  const look = { pane: "lost", interactive: false };
  const wholes = gaps.map((gap) => L.geoJSON(gap.shape, { ...look, style: { color: "#8c1d18", weight: 1, dashArray: "3 4", fill: false, renderer } }));
  const shapes = gaps.map((gap) => L.geoJSON(gap.part, { ...look, style: { color: "#8c1d18", weight: 2, fillColor: "url(#fails)", fillOpacity: 1, renderer } }));
  const crosses = cameras.map(({ lat, lon, name }) => L.marker([lat, lon], { interactive: false, keyboard: false, alt: name, icon: L.divIcon({ className: "cam-failed", iconSize: [22, 22], html: icon("x-circle-fill") }) }));
  for (const layer of [...wholes, ...shapes, ...crosses]) drawn.addLayer(layer);
  $("gaps").replaceChildren(...gaps.map((gap, i) => make("li", { "data-cell": gap.name },
    make("button", { type: "button", class: "btn btn-link p-0 text-start", onclick: () => map.fitBounds(shapes[i].getBounds(), { maxZoom: 18, padding: [60, 60] }) }, text(words, "newGap", gap)))));
  const bounds = L.featureGroup([...shapes, ...crosses]).getBounds();
  if (bounds.isValid()) map.fitBounds(bounds.pad(0.3), { maxZoom: 18 });
}

const asked = new URLSearchParams(window.location.search).get("code");
if (asked) {
  add(asked);
  $("ask").requestSubmit();
}
