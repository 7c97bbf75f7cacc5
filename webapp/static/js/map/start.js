// The entrance: called by the script folium writes, with the map and the name of the page's configuration.

import { getJson, readConfig, text } from "./config.js";
import { Heat } from "./heat.js";
import { identifyOn } from "./identify.js";
import { isPhone, layerPanel } from "./layers.js";
import { listen } from "./live.js";
import { permalink } from "./permalink.js";
import { Positions } from "./positions.js";
import { searchBox } from "./search.js";
import { MapState } from "./state.js";
import { TileLayers } from "./tiles.js";

const ASK_AGAIN_MS = 60_000;
const SETTLED_MS = 1500;
const waiting = new Map();
const ready = new Map();

// The map of this configuration as soon as it stands: {map, config, state, tiles, frame, …}.
export function mapReady(id = "map-config") {
  if (ready.has(id)) return Promise.resolve(ready.get(id));
  return new Promise((resolve) => waiting.set(id, [...(waiting.get(id) ?? []), resolve]));
}

export function start(map, { config: id, bounds }) {
  const config = readConfig(id);
  const state = new MapState(config);
  const frame = map.getContainer().closest(".map-frame");
  const context = { map, config, state, frame };
  map.getContainer().setAttribute("role", "application");
  map.getContainer().setAttribute("aria-label", text(config, "map"));
  for (const [pane, zIndex] of [["incidents", 420], ["members", 430], ["selection", 440]]) map.createPane(pane).style.zIndex = zIndex;
  for (const pane of ["incidents", "members", "selection"]) map.getPane(pane).style.pointerEvents = "none";
  const panelWidth = config.tools.includes("layers") && !isPhone() ? 320 : 12;
  map.fitBounds(bounds, { paddingTopLeft: [12, 12], paddingBottomRight: [panelWidth, 12], animate: false });
  const tools = new Set(config.tools);
  if (tools.has("permalink")) permalink(context);
  context.tiles = new TileLayers(map, config, state);
  if (state.has("heat")) context.heat = new Heat(context);
  if (state.has("positions")) context.positions = new Positions(context);
  if (tools.has("layers")) layerPanel(context);
  if (tools.has("identify")) context.identify = identifyOn(context);
  if (tools.has("search")) searchBox(context);
  if (tools.has("fresh")) keepFresh(context);
  saySignedOut(context);
  ready.set(id, context);
  for (const resolve of waiting.get(id) ?? []) resolve(context);
  map.getContainer().dataset.ready = "yes";
}

// Pages that stay open ask now and then whether their tiles are still the newest.
function keepFresh(context) {
  const { config, state } = context;
  const ask = async () => {
    if (document.hidden) return;
    try {
      state.setVersions(await getJson(config, "/api/map/versions", state.filterParameters()));
    } catch {
      // without an answer the map shows what it has; the next minute asks again
    }
  };
  window.setInterval(ask, ASK_AGAIN_MS);
  let timer = 0;
  listen({
    onHello: ask,
    onNews: ({ map }) => {
      if (map && !timer) timer = window.setTimeout(() => { timer = 0; ask(); }, SETTLED_MS); // an import changes much at once
    },
  });
  // an edit in one window is seen in all of them at once
  const changes = new BroadcastChannel("gridbeat-map");
  changes.addEventListener("message", ask);
  context.changed = async () => {
    changes.postMessage("changed");
    await ask();
  };
}

function saySignedOut({ config, frame }) {
  document.addEventListener("map:signed-out", () => {
    if (frame.querySelector(".map-notice")) return;
    const notice = document.createElement("div");
    notice.className = "map-notice alert alert-warning";
    notice.setAttribute("role", "alert");
    const link = document.createElement("a");
    link.href = config.signIn;
    link.textContent = text(config, "signIn");
    notice.append(`${text(config, "signedOut")} `, link);
    frame.append(notice);
  });
}
