// What was planned and what was walked: route, counted streets, planned ones nobody walked, gaps dashed, positions.

import { make } from "../map/config.js";
import { mapReady } from "../map/start.js";

const { map, config } = await mapReady();
const { track } = config;

function drawn(geometry, style) {
  if (geometry) L.geoJSON(geometry, { style: { interactive: false, ...style } }).addTo(map);
}

function fill(text, facts) {
  return text.replaceAll(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
}

drawn(track.path, { color: "#8a97a3", weight: 7, opacity: 0.55 });
drawn(track.missed, { color: "#b3261e", weight: 5, opacity: 0.9 });
drawn(track.walked, { color: "#0b7a4b", weight: 5, opacity: 0.9 });
for (const gap of track.gaps) {
  const line = gap.line.map(([lon, lat]) => [lat, lon]);
  const dashed = L.polyline(line, { color: "#1d2731", weight: 2.5, dashArray: "3 7" }).addTo(map);
  dashed.bindTooltip(make("span", {}, fill(track.texts.gap, gap)));
}
const clock = new Intl.DateTimeFormat(config.lang === "zh" ? "zh-CN" : "en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
for (const [lon, lat, mark, at, code] of track.fixes) {
  const style = code === "ok" ? { color: "#0b5d7a", fillOpacity: 0.9, radius: 2.5 } : { color: "#b3261e", fillOpacity: 0, radius: 3.5 };
  const dot = L.circleMarker([lat, lon], { weight: 1, ...style }).addTo(map);
  dot.bindTooltip(() => make("span", {}, fill(track.texts.fix, { time: clock.format(new Date(at)), mark })));
}
for (const point of track.checkpoints) {
  const number = make("span", {}, String(point.seq));
  const icon = L.divIcon({ className: `map-corner track-${point.state || "ahead"}`, iconSize: [26, 26], html: number });
  const title = point.name || track.texts.checkpoint;
  L.marker([point.lat, point.lon], { icon, title, alt: title, keyboard: false }).addTo(map);
}
