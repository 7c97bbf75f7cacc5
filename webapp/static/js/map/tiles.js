// The two canvases of vector tiles: ground with everything that rests on it, and incidents above, which change often.

import { PAPER, groundLabels, groundPaint } from "./base.js";
import { fetchOwn } from "./config.js";
import { incidentPaint, overlayLabels, overlayPaint } from "./overlays.js";

const P = window.protomapsL;

const MAX_DATA_ZOOM = 16;
//: the tiles that can be had for one quality of the picture
const TIERED = ["cells", "camera_views"];
//: a wide screen shows more tiles at once than the library keeps labels for
const LABELLED_TILES = 64;

// Where the drawing library gets its tiles: the shape of its archives' door, because that one looks at the answer's status.
class TileSource {
  constructor(url) {
    this.url = url;
  }

  // Nothing is drawn where the session has ended; what else goes wrong is tried again with the next movement.
  async getZxy(z, x, y, signal) {
    const response = await fetchOwn(this.url.replace("{z}", z).replace("{x}", x).replace("{y}", y), { signal });
    if (response.status === 401) return undefined;
    if (!response.ok) throw new Error(`${response.status} ${response.url}`);
    return { data: await response.arrayBuffer() };
  }
}

export class TileLayers {
  constructor(map, config, state) {
    this.map = map;
    this.config = config;
    this.state = state;
    this.ground = this.layer({ paint: [], labels: [], background: PAPER, pane: "tilePane" });
    this.ground.views.clear();
    this.setSource(this.ground, "ground", this.address(config.tiles.ground, state.versions));
    this.refreshAreas();
    this.ground.addTo(map);
    if (state.has("incidents")) this.refreshIncidents();
    state.addEventListener("layers", ({ detail }) => (detail.name === "incidents" ? this.refreshIncidents() : this.refreshAreas()));
    state.addEventListener("filter", () => this.refreshIncidents());
    state.addEventListener("tier", () => this.refreshAreas());
    state.addEventListener("versions", ({ detail }) => this.refreshVersions(detail.changed));
  }

  address(kinds, versions, parameters = {}) {
    const path = this.config.tiles.path.replace("{kinds}", kinds.join(","));
    const query = new URLSearchParams({ v: kinds.map((kind) => versions[kind]).join("-"), ...parameters });
    return `${path}?${query}`;
  }

  layer({ paint, labels, background, pane }) {
    const made = P.leafletLayer({
      url: "/none/{z}/{x}/{y}.mvt", paintRules: paint, labelRules: labels, backgroundColor: background,
      attribution: this.config.attribution, lang: this.config.lang, pane, maxDataZoom: MAX_DATA_ZOOM,
      noWrap: true, keepBuffer: 1, updateWhenZooming: false,
    });
    made.labelers.maxLabeledTiles = LABELLED_TILES;
    made.on("load", () => this.state.dispatchEvent(new CustomEvent("loaded")));
    return made;
  }

  setSource(layer, name, url) {
    if (layer.sourceAddress?.[name] === url) return;
    layer.sourceAddress = { ...layer.sourceAddress, [name]: url };
    if (url) layer.views.set(name, P.sourcesToViews({ url: new TileSource(url), maxDataZoom: MAX_DATA_ZOOM }).get(""));
    else layer.views.delete(name);
  }

  refreshAreas() {
    const kinds = this.state.kindsOn();
    const isTiered = this.state.tier && kinds.some((kind) => TIERED.includes(kind));
    const parameters = isTiered ? { tier: this.state.tier } : {};
    this.setSource(this.ground, "areas", kinds.length ? this.address(kinds, this.state.versions, parameters) : null);
    this.ground.paintRules = [...groundPaint(), ...overlayPaint(this.state)];
    this.ground.labelRules = [...overlayLabels(this.state, this.config.lang), ...groundLabels({ hasDivisions: this.state.isOn("divisions") })];
    this.redraw(this.ground);
  }

  refreshIncidents() {
    if (!this.state.isOn("incidents")) {
      this.incidents?.remove();
      this.incidents = null;
      return;
    }
    if (!this.incidents) {
      this.incidents = this.layer({ paint: incidentPaint(), labels: [], pane: "incidents" });
      this.incidents.views.clear();
      this.incidents.addTo(this.map);
    }
    this.setSource(this.incidents, "incidents", this.address(["incidents"], this.state.versions, this.state.filterParameters()));
    this.redraw(this.incidents);
  }

  refreshVersions(changed) {
    if (changed.some((kind) => this.config.tiles.ground.includes(kind))) {
      this.setSource(this.ground, "ground", this.address(this.config.tiles.ground, this.state.versions));
    }
    if (changed.some((kind) => kind !== "incidents")) this.refreshAreas();
    if (changed.includes("incidents") && this.state.has("incidents")) this.refreshIncidents();
  }

  redraw(layer) {
    layer.clearLayout();
    layer.labelers.maxLabeledTiles = LABELLED_TILES;
    if (layer._map) layer.rerenderTiles();
  }
}
