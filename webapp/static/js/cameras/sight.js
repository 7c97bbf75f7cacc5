// A camera's view on the map and beside it: quality tiers, what hides it, how much it sees.

import { make, text } from "../map/config.js";

const TIERS = ["detect", "observe", "recognise", "identify"];
const LOOK = { stroke: true, color: "#26323d", weight: 1, fillOpacity: 1, interactive: false };
const $ = (id) => document.getElementById(id);

export class Sight {
  constructor({ map, config }) {
    this.map = map;
    this.words = { texts: config.camera };
    for (const [name, zIndex] of [["sight", 410], ["hides", 412], ["kept", 414]]) {
      map.createPane(name).style.zIndex = zIndex;
      map.getPane(name).style.pointerEvents = "none";
    }
    this.renderers = Object.fromEntries(["sight", "hides", "kept"].map((pane) => [pane, L.svg({ pane, padding: 0.5 })]));
    this.drawn = L.layerGroup().addTo(map);
    this.keptOutline = L.layerGroup().addTo(map);
    this.kept = null;
  }

  shape(geojson, pane, style) {
    return L.geoJSON(geojson, { pane, interactive: false, style: { ...style, renderer: this.renderers[pane] } });
  }

  // What is kept now: its outline stays on the map while somebody tries something else.
  keep(preview) {
    this.kept = preview;
    this.keptOutline.clearLayers();
  }

  show(preview) {
    this.drawn.clearLayers();
    if (preview.view) this.drawn.addLayer(this.shape(preview.view, "sight", { ...LOOK, weight: 2, fillColor: "url(#tier-view)" }));
    for (const tier of TIERS) {
      const found = preview.tiers.find(({ name }) => name === tier);
      if (found?.view) this.drawn.addLayer(this.shape(found.view, "sight", { ...LOOK, fillColor: `url(#tier-${tier})` }));
    }
    for (const hider of preview.hiders) {
      if (hider.shape) this.drawn.addLayer(this.shape(hider.shape, "hides", this.hiderLook(hider)));
    }
    this.outline(preview);
    this.write(preview);
  }

  outline(preview) {
    this.keptOutline.clearLayers();
    if (!this.kept?.view || this.kept === preview) return;
    this.keptOutline.addLayer(this.shape(this.kept.view, "kept", { color: "#111827", weight: 2, dashArray: "5 4", fill: false, interactive: false }));
  }

  hiderLook({ known }) {
    return known
      ? { color: "#8c1d18", weight: 1.5, fillColor: "url(#hides)", fillOpacity: 1 }
      : { color: "#222222", weight: 1.5, dashArray: "4 3", fillColor: "url(#hides-unknown)", fillOpacity: 1 };
  }

  write(preview) {
    const isOther = this.kept && this.kept !== preview && this.kept.area !== preview.area;
    $("seen-area").textContent = isOther ? text(this.words, "before", { before: this.kept.area, after: preview.area }) : preview.area;
    $("seen-share").textContent = preview.share;
    $("seen-remarks").replaceChildren(...preview.remarks.map((sentence) => make("p", { class: "alert alert-warning py-1 mb-2" }, sentence)));
    for (const cell of document.querySelectorAll("[data-tier]")) {
      const tier = preview.tiers.find(({ name }) => name === cell.dataset.tier);
      if (tier) cell.textContent = tier.area;
      if (cell.dataset.tier === "view") cell.textContent = preview.coarse;
    }
    const rows = preview.hiders.map((hider, i) => this.row(hider, i));
    $("hiders").replaceChildren(...(rows.length ? rows : [make("li", { class: "text-body-secondary" }, text(this.words, "noHider"))]));
  }

  // A building of the list is pointed out on the map while it has the pointer or the focus.
  row(hider, i) {
    let ring = null;
    const point = () => {
      ring ??= hider.shape && this.shape(hider.shape, "kept", { color: "#111827", weight: 4, fill: false }).addTo(this.map);
    };
    const leave = () => {
      ring?.remove();
      ring = null;
    };
    return make("li", { tabindex: "0", onpointerenter: point, onpointerleave: leave, onfocus: point, onblur: leave },
      make("strong", {}, text(this.words, "hider", { n: i + 1 })), ` ${hider.height} · ${hider.hidden}`);
  }
}
