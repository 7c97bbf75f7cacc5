// How incidents and own cells look on our maps. Urgent ones differ by size, ring and sign, not by colour alone.

const LOOK = {
  urgent: { color: "#ffffff", fillColor: "#b3261e", radius: 10, weight: 2.5 },
  important: { color: "#ffffff", fillColor: "#c77700", radius: 8, weight: 2 },
  general: { color: "#ffffff", fillColor: "#0b5d7a", radius: 6.5, weight: 1.5 },
  long: { color: "#ffffff", fillColor: "#6b7780", radius: 6, weight: 1.5 },
};

export function incidentMark(latlng, { priority, isLate = false }, more = {}) {
  const look = LOOK[priority] ?? LOOK.general;
  const late = isLate ? { color: "#1c2733", weight: 3 } : {};
  return L.circleMarker(latlng, { pane: "incidents", fillOpacity: 0.95, ...look, ...late, ...more });
}

// A large sign with a point, for the one place a page is about.
export function placeMark(latlng, { priority }) {
  const icon = document.createElement("i");
  icon.className = `bi bi-geo-alt-fill place-mark place-mark-${priority}`;
  return L.marker(latlng, {
    keyboard: false, interactive: false,
    icon: L.divIcon({ className: "map-place", html: icon, iconSize: [34, 34], iconAnchor: [17, 34] }),
  });
}

export function showOwnCells(map, shapes) {
  if (!shapes?.length) return;
  const renderer = L.svg({ pane: "selection" });
  const options = { pane: "selection", interactive: false, renderer };
  L.geoJSON(shapes, { ...options, style: { ...options, color: "#ffffff", weight: 6, opacity: 0.9, fill: false } }).addTo(map);
  L.geoJSON(shapes, { ...options, style: { ...options, color: "#0b5d7a", weight: 3, fillColor: "#0b5d7a", fillOpacity: 0.07 } }).addTo(map);
}
