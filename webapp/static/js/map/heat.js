// The heat of incidents: sums over a net, asked for the part in view, drawn by leaflet.heat.

import { getJson } from "./config.js";
import { HEAT } from "./symbols.js";

const RADIUS_PX = 22;
//: blobs fade towards their rim, so that neighbours add less than their whole number
const OVERLAP = 0.45;

export class Heat {
  constructor({ map, config, state }) {
    Object.assign(this, { map, config, state });
    this.layer = L.heatLayer([], { radius: RADIUS_PX, blur: 18, minOpacity: 0.25, max: 1, maxZoom: 1, gradient: HEAT });
    map.on("moveend", () => this.refresh());
    state.addEventListener("filter", () => this.refresh());
    state.addEventListener("layers", ({ detail }) => detail.name === "heat" && this.refresh());
    this.refresh();
  }

  // What the blobs add up to where they overlap most: that is the end of the scale.
  busiest(points) {
    const sums = new Map();
    const key = (x, y) => `${x}:${y}`;
    for (const [lat, lon, n] of points) {
      const { x, y } = this.map.latLngToContainerPoint([lat, lon]).divideBy(RADIUS_PX).floor();
      for (const dx of [-1, 0, 1]) for (const dy of [-1, 0, 1]) sums.set(key(x + dx, y + dy), (sums.get(key(x + dx, y + dy)) ?? 0) + n);
    }
    return Math.max(1, ...sums.values()) * OVERLAP;
  }

  async refresh() {
    if (!this.state.isOn("heat")) {
      this.layer.remove();
      return;
    }
    this.asking?.abort();
    this.asking = new AbortController();
    const box = this.map.getBounds().pad(0.1);
    const clamp = (value, most) => Math.max(-most, Math.min(most, value)).toFixed(5);
    const bbox = [clamp(box.getWest(), 180), clamp(box.getSouth(), 85), clamp(box.getEast(), 180), clamp(box.getNorth(), 85)].join(",");
    try {
      const { points } = await getJson(this.config, "/api/incidents/heat", { bbox, ...this.state.filterParameters() }, this.asking.signal);
      this.layer.setOptions({ max: this.busiest(points) });
      this.layer.setLatLngs(points);
      if (this.state.isOn("heat")) this.layer.addTo(this.map);
    } catch (error) {
      if (error.name !== "AbortError") this.layer.setLatLngs([]);
    }
  }
}
