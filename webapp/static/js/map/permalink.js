// The address names what is shown: #zoom/lat/lon/layers, with the filter after a question mark. Copy it, send it, come back to it.

export function permalink({ map, config, state }) {
  const apply = () => {
    const [place, query = ""] = window.location.hash.slice(1).split("?");
    const [zoom, lat, lon, layers] = place.split("/");
    if (layers !== undefined) state.setOn(layers.split(",").filter((name) => state.has(name)));
    const filter = Object.fromEntries(new URLSearchParams(query));
    const known = ["status", "group", "category", "days"].filter((name) => filter[name] !== undefined);
    if (known.length) state.setFilter(Object.fromEntries(known.map((name) => [name, filter[name]])));
    if (filter.tier !== undefined && config.tiers?.some((tier) => tier.value === filter.tier)) state.setTier(filter.tier);
    const view = [lat, lon, zoom].map(Number);
    if (place && view.every(Number.isFinite) && Math.abs(view[0]) <= 85) map.setView([view[0], view[1]], view[2], { animate: false });
  };
  const write = () => {
    const { lat, lng } = map.getCenter();
    const query = new URLSearchParams({ ...state.filterParameters(), ...(state.tier ? { tier: state.tier } : {}) }).toString();
    const hash = `#${map.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}/${state.namesOn().join(",")}${query ? `?${query}` : ""}`;
    if (hash !== window.location.hash) window.history.replaceState(null, "", hash);
  };
  apply();
  map.on("moveend", write);
  state.addEventListener("layers", write);
  state.addEventListener("filter", write);
  state.addEventListener("tier", write);
  window.addEventListener("hashchange", apply);
}
