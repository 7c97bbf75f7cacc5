// The queue's cases on the map: the same filter, the same choice.

import { incidentMark } from "./markers.js";
import { getJson } from "./net.js";

const SOON_MS = 250;

export class DeskMap {
  constructor({ map }, { onPick }) {
    Object.assign(this, { map, onPick, marks: new Map(), chosen: null, asked: 0 });
    this.renderer = L.canvas({ pane: "incidents", tolerance: 6 });
    map.getPane("incidents").style.pointerEvents = "auto";
    this.layer = L.layerGroup().addTo(map);
    this.ring = L.circleMarker([0, 0], { pane: "selection", renderer: L.svg({ pane: "selection" }), radius: 17, color: "#111827", weight: 3, fill: false, interactive: false });
    let timer = 0;
    map.on("moveend", () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => this.refresh(), SOON_MS);
    });
  }

  // The cases in view that fit the filter in the page's address.
  async refresh() {
    const size = this.map.getSize();
    if (!size.x || !size.y) return; // not shown: the list has the room
    const bounds = this.map.getBounds();
    const box = [Math.max(-180, bounds.getWest()), Math.max(-85, bounds.getSouth()), Math.min(180, bounds.getEast()), Math.min(85, bounds.getNorth())];
    const parameters = new URLSearchParams(window.location.search);
    for (const name of ["case", "page"]) parameters.delete(name);
    parameters.set("bbox", box.map((degrees) => degrees.toFixed(5)).join(","));
    const turn = ++this.asked;
    try {
      const answer = await getJson(`/api/incidents?${parameters}`);
      if (turn === this.asked) this.#draw(answer.features);
    } catch {
      // the list says when the server cannot be reached; the map keeps what it has
    }
  }

  #draw(features) {
    this.layer.clearLayers();
    this.marks.clear();
    const now = Date.now();
    // urgent ones last, so that they lie on top
    for (const { geometry, properties } of features.reverse()) {
      const [lon, lat] = geometry.coordinates;
      const isLate = properties.due_at !== null && properties.status !== "parked" && Date.parse(properties.due_at) < now;
      const mark = incidentMark([lat, lon], { priority: properties.priority, isLate }, { renderer: this.renderer });
      mark.on("click", (event) => {
        L.DomEvent.stopPropagation(event);
        this.onPick(properties.id);
      });
      this.marks.set(properties.id, mark);
      this.layer.addLayer(mark);
    }
  }

  // Ring the case and bring it near; without one, go back to where the map was before.
  choose(place) {
    this.ring.remove();
    if (!place) {
      if (this.before) this.map.setView(this.before.centre, this.before.zoom);
      this.before = null;
      return;
    }
    this.before ??= { centre: this.map.getCenter(), zoom: this.map.getZoom() };
    const at = L.latLng(place.lat, place.lon);
    this.ring.setLatLng(at).addTo(this.map);
    if (this.map.getZoom() < 15 || !this.map.getBounds().pad(-0.15).contains(at)) this.map.setView(at, Math.max(this.map.getZoom(), 16));
  }

  point(place) {
    if (!place) return this.hint?.remove();
    this.hint ??= L.circleMarker([0, 0], { pane: "selection", renderer: L.svg({ pane: "selection" }), radius: 15, color: "#111827", weight: 2, dashArray: "4 4", fill: false, interactive: false });
    return this.hint.setLatLng([place.lat, place.lon]).addTo(this.map);
  }
}
