// Members on patrol, on one canvas of our own: ten thousand of them stay smooth where ten thousand markers do not.
// A position has an age, and the map says it.

import { getJson, make, text } from "./config.js";
import { isLive, listen } from "./live.js";
import { member } from "./symbols.js";

const ASK_EVERY_MS = 15_000;
const ASK_WHEN_LIVE_MS = 120_000;
const OLD_S = 120;
const LOST_S = 900;
const REACH_PX = 14;
const WORDS_UP_TO = 60;
const WORDS_FROM_ZOOM = 14;

export const stateOf = (ageS) => (ageS < OLD_S ? "fresh" : ageS < LOST_S ? "old" : "lost");

const MembersLayer = L.Layer.extend({
  initialize(config) {
    this.config = config;
    this.members = [];
    this.askedAt = Date.now();
  },
  onAdd(map) {
    this.canvas = L.DomUtil.create("canvas", "leaflet-zoom-hide", map.getPane("members"));
    map.on("moveend viewreset resize", this.draw, this);
    this.draw();
  },
  onRemove(map) {
    map.off("moveend viewreset resize", this.draw, this);
    this.canvas.remove();
  },
  ageOf(one) {
    return one.age_s + (Date.now() - this.askedAt) / 1000;
  },
  draw() {
    const map = this._map;
    if (!map) return;
    const size = map.getSize();
    const ratio = window.devicePixelRatio || 1;
    L.DomUtil.setPosition(this.canvas, map.containerPointToLayerPoint([0, 0]));
    this.canvas.width = size.x * ratio;
    this.canvas.height = size.y * ratio;
    this.canvas.style.width = `${size.x}px`;
    this.canvas.style.height = `${size.y}px`;
    const c = this.canvas.getContext("2d");
    c.scale(ratio, ratio);
    const inView = this.members.map((one) => ({ one, p: map.latLngToContainerPoint([one.lat, one.lon]) })).filter(({ p }) => p.x > -20 && p.y > -20 && p.x < size.x + 20 && p.y < size.y + 20);
    for (const { one, p } of inView) {
      const state = stateOf(this.ageOf(one));
      member(c, p.x, p.y, state, map.getZoom() < WORDS_FROM_ZOOM - 1);
      if (state !== "fresh" && inView.length <= WORDS_UP_TO && map.getZoom() >= WORDS_FROM_ZOOM) this.sayAge(c, p, ago(this.config, this.ageOf(one)));
    }
  },
  sayAge(c, p, words) {
    c.font = "600 11px system-ui, sans-serif";
    c.textBaseline = "middle";
    c.lineWidth = 3;
    c.strokeStyle = "rgb(255 255 255 / .95)";
    c.strokeText(words, p.x + 12, p.y);
    c.fillStyle = "#33424f";
    c.fillText(words, p.x + 12, p.y);
  },
  near(point) {
    const map = this._map;
    return this.members.filter((one) => map.latLngToContainerPoint([one.lat, one.lon]).distanceTo(point) <= REACH_PX);
  },
});

export function ago(config, ageS) {
  if (ageS < 90) return text(config, "secondsAgo", { n: Math.round(ageS) });
  if (ageS < 5400) return text(config, "minutesAgo", { n: Math.round(ageS / 60) });
  return text(config, "hoursAgo", { n: Math.round(ageS / 3600) });
}

export class Positions {
  constructor({ map, config, state }) {
    Object.assign(this, { map, config, state });
    this.layer = new MembersLayer(config);
    state.addEventListener("layers", ({ detail }) => detail.name === "positions" && this.show());
    window.setInterval(() => this.askWhenDue(), ASK_EVERY_MS);
    listen({ onHello: () => this.ask(), onNews: ({ moved }) => moved && this.move(moved) });
    document.addEventListener("visibilitychange", () => document.hidden || this.ask());
    if (!config.tools.includes("identify")) map.on("click", (event) => this.describe(event));
    this.show();
  }

  show() {
    if (this.state.isOn("positions")) {
      this.layer.addTo(this.map);
      this.ask();
    } else this.layer.remove();
  }

  // Ages grow in sight all the same: the canvas is drawn anew at every turn.
  askWhenDue() {
    if (isLive() && Date.now() - this.askedAt < ASK_WHEN_LIVE_MS) this.layer.draw();
    else this.ask();
  }

  // Members who have moved; one we do not know yet has just set out, so we ask who is out.
  move(moved) {
    if (document.hidden || !this.state.isOn("positions")) return;
    const known = new Map(this.layer.members.map((one) => [one.id, one]));
    const ahead = (Date.now() - this.layer.askedAt) / 1000;
    for (const { id, lon, lat, accuracy_m: accuracy, age_s: age } of moved) {
      const one = known.get(id);
      if (!one) return void this.ask();
      Object.assign(one, { lon, lat, accuracy_m: accuracy, age_s: age - ahead, silent: null });
    }
    this.tell();
  }

  tell() {
    document.dispatchEvent(new CustomEvent("map:members", { detail: this.layer.members }));
    this.layer.draw();
  }

  async ask() {
    this.askedAt = Date.now();
    if (document.hidden || !this.state.isOn("positions")) return;
    try {
      const { members } = await getJson(this.config, "/api/positions");
      this.layer.members = members;
      this.layer.askedAt = Date.now();
    } catch {
      // the positions stay where they are and grow old in sight
    }
    this.tell();
    this.state.dispatchEvent(new CustomEvent("loaded"));
  }

  countIn(bounds) {
    return this.layer.members.filter((one) => bounds.contains([one.lat, one.lon])).length;
  }

  // Says who is here, if anybody; then the click meant the person, not the ground below.
  describe(event) {
    const found = this.state.isOn("positions") ? this.layer.near(event.containerPoint) : [];
    if (!found.length) return false;
    const { config } = this;
    const parts = found.slice(0, 8).map((one) => {
      const lines = [
        [text(config, "kind"), one.kind], [text(config, "team"), one.team ?? text(config, "unknown")],
        [text(config, "lastSeen", { ago: ago(config, this.layer.ageOf(one)) }), one.accuracy_m === null ? "" : text(config, "accuracy", { n: Math.round(one.accuracy_m) })],
      ];
      if (one.silent) lines.push([text(config, "silentBecause"), one.silent]);
      const list = make("dl", { class: "map-lines" });
      for (const [name, value] of lines) list.append(make("dt", {}, name), make("dd", {}, value));
      return make("details", { class: "map-feature", open: found.length === 1 }, make("summary", {}, one.name), list);
    });
    L.popup({ maxWidth: 300, minWidth: 220, className: "map-popup" }).setLatLng(event.latlng).setContent(make("div", {}, ...parts)).openOn(this.map);
    return true;
  }
}
