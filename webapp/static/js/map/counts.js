// How many things of each layer are in view, counted from the tiles that are there: nothing is asked for it.

export function countInView({ map, state, tiles, positions }) {
  const counts = {};
  const view = map.getPixelBounds();
  const zoom = map.getZoom();
  const areas = features(tiles.ground.views.get("areas"), zoom, view);
  const incidents = features(tiles.incidents?.views.get("incidents"), zoom, view);
  const codes = (layer, key = "code") => new Set(areas(layer).map((f) => f.props[key] ?? f.id)).size;
  const sum = (list, key) => list.reduce((total, f) => total + f.props[key], 0);
  if (state.isOn("cells")) counts.cells = codes("cells");
  if (state.isOn("vacant")) counts.vacant = new Set(areas("cells").filter((f) => !f.props.has_lead).map((f) => f.props.code)).size;
  if (state.isOn("cameras")) counts.cameras = areas("cameras", true).length + sum(areas("camera_counts", true), "cameras");
  if (state.isOn("route_plans")) counts.route_plans = codes("route_plans", "id");
  if (state.isOn("last_walked")) counts.last_walked = codes("street_parts", "id");
  if (state.isOn("coverage_gaps")) counts.coverage_gaps = codes("coverage_gaps", "id");
  if (state.isOn("incidents")) counts.incidents = incidents("incidents", true).length + sum(incidents("incident_counts", true), "incidents");
  if (state.isOn("positions") && positions) counts.positions = positions.countIn(map.getBounds());
  return counts;
}

// A function that gives the features of one layer in view: whole things by their box, points only inside their own tile.
function features(view, zoom, bounds) {
  if (!view) return () => [];
  const seen = new Map();
  const { min, max } = bounds;
  for (let x = Math.floor(min.x / 256); x <= Math.floor(max.x / 256); x++) {
    for (let y = Math.floor(min.y / 256); y <= Math.floor(max.y / 256); y++) {
      const part = view.dataTileForDisplayTile({ z: zoom, x, y });
      const entry = view.tileCache.cache.get(`${part.dataTile.x}:${part.dataTile.y}:${part.dataTile.z}`);
      if (entry) seen.set(`${part.dataTile.x}:${part.dataTile.y}`, { ...part, data: entry.data });
    }
  }
  return (layer, isPoint = false) => {
    const found = [];
    for (const { data, origin, scale, dim } of seen.values()) {
      for (const feature of data.get(layer) ?? []) {
        const { minX, minY, maxX, maxY } = feature.bbox;
        if (isPoint && (minX < 0 || minY < 0 || minX * scale >= dim || minY * scale >= dim)) continue;
        const isOutside = origin.x + maxX * scale < min.x || origin.x + minX * scale > max.x || origin.y + maxY * scale < min.y || origin.y + minY * scale > max.y;
        if (!isOutside) found.push(feature);
      }
    }
    return found;
  };
}
