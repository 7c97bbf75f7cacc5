// A plan on the map: a line for each team, its stations and checkpoints; while it is being made the lines get better.

import { text } from "../map/config.js";
import { mapReady } from "../map/start.js";

const COLOURS = ["#a11a6e", "#1d6b3a", "#8a5a00", "#3d4bb8", "#b3261e", "#0b5d7a", "#5b3a8c", "#4d5a00"];
const EVERY_MS = 1000;

const context = await mapReady();
const { map, config } = context;
const words = { texts: config.planning };
const drawn = L.featureGroup().addTo(map);
const lines = new Map();

function draw(team, path, side = 0) {
  const colour = COLOURS[(side ? side + 3 : team) % COLOURS.length];
  const style = { color: colour, weight: 4, opacity: 0.85, dashArray: side ? "6 5" : null };
  const line = L.geoJSON(path, { style }).addTo(drawn);
  line.bindTooltip(text(words, "team", { number: team + 1 }), { sticky: true });
  line.on("click", () => choose(team));
  lines.set(`${side}/${team}`, line);
}

function choose(team) {
  for (const [key, line] of lines) line.setStyle({ weight: key.endsWith(`/${team}`) ? 8 : 3, opacity: key.endsWith(`/${team}`) ? 1 : 0.5 });
  for (const item of document.querySelectorAll("#routes [data-team]")) item.classList.toggle("active", Number(item.dataset.team) === team);
}

for (const { team, path, side } of config.lines ?? []) draw(team, path, side ?? 0);
for (const { name, lon, lat } of config.stations ?? []) {
  L.circleMarker([lat, lon], { radius: 8, color: "#222", weight: 2, fillColor: "#fff", fillOpacity: 1 }).addTo(map).bindTooltip(text(words, "station", { name }));
}
(config.stops ?? []).forEach(({ name, lon, lat }, i) => {
  L.circleMarker([lat, lon], { radius: 6, color: "#b3261e", weight: 3, fillColor: "#fff", fillOpacity: 1 }).addTo(map).bindTooltip(name || text(words, "checkpoint", { number: i + 1 }));
});
if (lines.size) map.fitBounds(drawn.getBounds(), { padding: [30, 30], animate: false });
for (const item of document.querySelectorAll("#routes [data-team] button")) {
  item.addEventListener("click", () => {
    const team = Number(item.closest("[data-team]").dataset.team);
    choose(team);
    const line = lines.get(`0/${team}`);
    if (line) map.fitBounds(line.getBounds(), { padding: [30, 30] });
  });
}

const box = document.getElementById("progress");
if (box) {
  const bar = box.querySelector("progress");
  const says = box.querySelector("[role=status]");
  let isFitted = false;
  const ask = async () => {
    try {
      const response = await fetch(box.dataset.ask, { headers: { Accept: "application/json" } });
      const answer = await response.json();
      if (!answer.isOpen) return void window.location.reload();
      says.textContent = answer.words;
      bar.value = Math.round(100 * answer.share);
      const teams = Object.entries(answer.lines);
      if (teams.length) {
        drawn.clearLayers();
        lines.clear();
        for (const [team, coordinates] of teams) draw(Number(team), { type: "LineString", coordinates });
        if (!isFitted) map.fitBounds(drawn.getBounds(), { padding: [30, 30], animate: false });
        isFitted = true;
      }
    } catch {
      // the next question may be answered
    }
    window.setTimeout(ask, EVERY_MS);
  };
  window.setTimeout(ask, EVERY_MS);
}
