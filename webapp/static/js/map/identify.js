// What is here: a click, a tap, or Enter at the centre of the map asks the server and shows the answer in a popup.
// Everything in it is text; nobody's words become markup.

import { getJson, icon, make, text } from "./config.js";

export function identifyOn(context) {
  const { map, config, state, frame } = context;
  const selection = selectionOn(map);
  const listeners = new Set();
  let asking = null;

  async function at(latlng) {
    const { lat, lng } = latlng.wrap();
    const question = { lon: lng.toFixed(6), lat: lat.toFixed(6), zoom: map.getZoom(), layers: state.namesOn().join(","), ...state.filterParameters() };
    await say(latlng, async (signal) => (await getJson(config, "/api/identify", question, signal)).features);
  }

  // A popup at a place with what `find` answers.
  async function say(latlng, find) {
    asking?.abort();
    asking = new AbortController();
    const popup = L.popup({ maxWidth: 320, minWidth: 240, className: "map-popup", closeButton: true, ...roomFor(frame) })
      .setLatLng(latlng)
      .setContent(make("p", { class: "map-popup-wait" }, text(config, "loading")))
      .openOn(map);
    nameCloseButton(popup, config);
    try {
      const features = await find(asking.signal);
      popup.setContent(features.length ? describe(config, features, show, () => listeners.size > 0) : make("p", {}, text(config, "nothingHere")));
      nameCloseButton(popup, config);
      popup.getElement()?.querySelector("h3, p")?.focus?.();
      if (features.length) show(features[0]);
    } catch (error) {
      if (error.name !== "AbortError") popup.setContent(make("p", { role: "alert" }, error.message));
    }
  }

  function show(feature) {
    selection.show(feature);
    for (const listener of listeners) listener(feature);
  }

  map.on("click", (event) => context.positions?.describe(event) || at(event.latlng));
  document.addEventListener("map:found", ({ detail }) => {
    if (detail.kind === "camera") say(L.latLng(detail.lat, detail.lon), async (signal) => [await getJson(config, `/api/map/cameras/${encodeURIComponent(detail.code)}`, {}, signal)]);
  });
  map.on("popupclose", () => selection.clear());
  map.getContainer().addEventListener("pointerdown", () => frame.classList.remove("map-keyboard"));
  map.getContainer().addEventListener("keydown", (event) => {
    frame.classList.add("map-keyboard");
    if (event.key === "Enter" && event.target === map.getContainer()) at(map.getCenter());
    if (event.key === "Escape") map.closePopup();
  });
  const cross = make("div", { class: "map-cross", "aria-hidden": "true" });
  const centre = make("button", { type: "button", class: "map-button map-identify", onclick: () => at(map.getCenter()) }, icon("crosshair"), make("span", {}, text(config, "identifyCentre")));
  frame.append(cross, centre);
  return { at, show, selection, onPick: (listener) => listeners.add(listener) };
}

// A popup keeps clear of the search above it and of the open layers beside it.
function roomFor(frame) {
  const panel = frame.querySelector(".map-panel:not([hidden])");
  const right = panel && panel.offsetWidth < frame.offsetWidth / 2 ? panel.offsetWidth + 24 : 24;
  return { autoPanPaddingTopLeft: [24, 72], autoPanPaddingBottomRight: [right, 24] };
}

function nameCloseButton(popup, config) {
  popup.getElement()?.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", text(config, "close"));
}

function describe(config, features, show, hasPanel) {
  const parts = features.map((feature, i) => {
    const body = details(config, feature, hasPanel() ? feature.brief : null);
    const entry = make("details", { class: "map-feature", open: i === 0 }, make("summary", {}, feature.title), body);
    entry.addEventListener("toggle", () => entry.open && show(feature));
    return entry;
  });
  return make("div", { class: "map-features", tabindex: "-1" }, ...parts);
}

// Label and value of every line, and the link when there is one; used by popups and panels.
export function details(config, feature, brief = null) {
  const list = make("dl", { class: "map-lines" });
  for (const [name, value] of brief ?? feature.lines) list.append(make("dt", {}, name), make("dd", {}, value));
  const link = feature.link ? make("a", { href: feature.link, class: "btn btn-sm btn-outline-primary" }, text(config, "open")) : null;
  return make("div", {}, list, link);
}

// The outline of what was picked, above everything else.
function selectionOn(map) {
  let layer = null;
  const halo = { color: "#ffffff", weight: 7, opacity: 0.9, fill: false, interactive: false, pane: "selection" };
  const ring = { color: "#111827", weight: 3, opacity: 1, dashArray: "1 0", fillColor: "#ffd54a", fillOpacity: 0.18, interactive: false, pane: "selection" };
  const renderer = L.svg({ pane: "selection" });
  const clear = () => {
    layer?.remove();
    layer = null;
  };
  const show = (feature) => {
    clear();
    const parts = [];
    if (feature.shape) {
      parts.push(L.geoJSON(feature.shape, { style: { ...halo, renderer }, pane: "selection", interactive: false }));
      parts.push(L.geoJSON(feature.shape, { style: { ...ring, renderer, fill: !/Line/.test(feature.shape.type) }, pane: "selection", interactive: false }));
    }
    if (feature.lon !== undefined) {
      parts.push(L.circleMarker([feature.lat, feature.lon], { ...halo, radius: 14, renderer }), L.circleMarker([feature.lat, feature.lon], { ...ring, radius: 14, fill: false, renderer }));
    }
    layer = L.layerGroup(parts).addTo(map);
  };
  return { show, clear };
}
