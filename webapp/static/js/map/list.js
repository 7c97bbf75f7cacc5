// A table beside the map whose rows are things on the map: pointing at one shows it there, choosing one goes there.
// Rows carry `data-code` and either `data-box="west,south,east,north"` or `data-lon` and `data-lat`.

export function tieList(rows, { map }, { onPick = () => {}, maxZoom = 17 } = {}) {
  const renderer = L.svg({ pane: "selection" });
  const look = { color: "#111827", weight: 2.5, dashArray: "5 4", fill: false, interactive: false, pane: "selection", renderer };
  let mark = null;
  const placeOf = (row) => {
    if (row.dataset.box) {
      const [west, south, east, north] = row.dataset.box.split(",").map(Number);
      return L.latLngBounds([south, west], [north, east]);
    }
    const lat = Number(row.dataset.lat);
    const lon = Number(row.dataset.lon);
    return row.dataset.lat && Number.isFinite(lat) ? L.latLngBounds([lat, lon], [lat, lon]) : null;
  };
  const rowOf = (event) => event.target.closest?.("[data-code]");
  const point = (event) => {
    const row = rowOf(event);
    const place = row && placeOf(row);
    mark?.remove();
    mark = null;
    if (!place) return;
    mark = row.dataset.box ? L.rectangle(place, look) : L.circleMarker(place.getCenter(), { ...look, radius: 15 });
    mark.addTo(map);
  };
  const leave = () => {
    mark?.remove();
    mark = null;
  };
  const go = (row) => {
    const place = placeOf(row);
    if (place) map.fitBounds(place, { maxZoom, padding: [50, 50] });
    select(row.dataset.code);
    onPick(row.dataset.code, row);
  };
  const select = (code) => {
    for (const row of rows.querySelectorAll("[data-code]")) {
      const isIt = row.dataset.code === code;
      row.classList.toggle("map-row-picked", isIt);
      if (isIt) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
      if (isIt) row.scrollIntoView({ block: "nearest" });
    }
  };
  rows.addEventListener("pointerover", point);
  rows.addEventListener("focusin", point);
  rows.addEventListener("pointerleave", leave);
  rows.addEventListener("focusout", leave);
  rows.addEventListener("click", (event) => {
    const row = rowOf(event);
    if (row && !event.target.closest("a")) go(row);
  });
  return { select };
}
