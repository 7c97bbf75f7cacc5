// Drawing a route: a line of points that can be added, moved, put in between and removed, with the mouse, a finger
// or the keyboard. The page listens with `onChange(latlngs)` and may hand back the line along the streets.

import { icon, make, text } from "./config.js";

export class RouteDrawing {
  constructor({ map, config, frame }, { onChange = () => {}, points = [], most = 200 } = {}) {
    Object.assign(this, { map, config, onChange, most });
    this.points = points.map((p) => L.latLng(p));
    this.past = [];
    this.group = L.layerGroup().addTo(map);
    this.straight = L.polyline([], { color: "#a11a6e", weight: 2, dashArray: "4 6", interactive: false }).addTo(map);
    this.path = L.polyline([], { color: "#a11a6e", weight: 5, opacity: 0.85, interactive: false }).addTo(map);
    this.map.on("click", this.addAt, this);
    this.bar = make("div", { class: "map-tools", role: "toolbar", "aria-label": text(config, "drawHint") },
      make("button", { type: "button", class: "map-button", onclick: () => this.undo() }, icon("arrow-counterclockwise"), make("span", {}, text(config, "undo"))),
      make("button", { type: "button", class: "map-button", onclick: () => this.setPoints([]) }, icon("x-lg"), make("span", {}, text(config, "clear"))));
    frame.append(this.bar, (this.hint = make("p", { class: "map-hint" }, text(config, "drawHint"))));
    L.DomEvent.disableClickPropagation(this.bar);
    this.draw();
  }

  addAt(event) {
    this.setPoints([...this.points, event.latlng.wrap()]);
  }

  // All points anew; told to the page, and kept for "undo".
  setPoints(points, { silently = false } = {}) {
    if (points.length > this.most) return;
    this.past.push(this.points);
    this.points = points.map((p) => L.latLng(p));
    this.changed(silently);
  }

  undo() {
    if (!this.past.length) return;
    this.points = this.past.pop();
    this.changed(false);
  }

  changed(silently) {
    this.path.setLatLngs([]);
    this.draw();
    if (!silently) this.onChange(this.points.map((p) => [p.lat, p.lng]));
  }

  // The line along the streets as the server found it: [[lat, lon], …].
  setPath(latlngs) {
    this.path.setLatLngs(latlngs);
  }

  draw() {
    this.group.clearLayers();
    this.straight.setLatLngs(this.points);
    this.hint.hidden = this.points.length > 1;
    this.points.forEach((point, i) => this.group.addLayer(this.corner(point, i)));
    for (let i = 1; i < this.points.length; i++) this.group.addLayer(this.between(i));
  }

  corner(point, i) {
    const name = text(this.config, "point", { n: i + 1 });
    const marker = this.handle(point, "map-corner", String(i + 1), `${name}. ${text(this.config, "removePoint", { n: i + 1 })}: Delete`);
    marker.on("dragend", () => this.replace(i, 1, [marker.getLatLng()]));
    marker.on("contextmenu", () => this.replace(i, 1, []));
    marker.on("add", () => marker.getElement().addEventListener("keydown", (event) => this.keys(event, i)));
    return marker;
  }

  between(i) {
    const middle = L.latLngBounds([this.points[i - 1], this.points[i]]).getCenter();
    const marker = this.handle(middle, "map-between", "", text(this.config, "point", { n: `${i}–${i + 1}` }));
    marker.on("dragend", () => this.replace(i, 0, [marker.getLatLng()]));
    marker.on("click", (event) => {
      L.DomEvent.stop(event);
      this.replace(i, 0, [middle]);
    });
    return marker;
  }

  handle(at, className, words, label) {
    const marker = L.marker(at, { draggable: true, keyboard: true, icon: L.divIcon({ className, iconSize: null, html: make("span", {}, words) }), alt: label });
    marker.on("add", () => marker.getElement().setAttribute("aria-label", label));
    return marker;
  }

  replace(index, remove, added) {
    const points = [...this.points];
    points.splice(index, remove, ...added);
    this.setPoints(points);
  }

  keys(event, i) {
    const steps = { ArrowUp: [0, -8], ArrowDown: [0, 8], ArrowLeft: [-8, 0], ArrowRight: [8, 0] };
    if (event.key === "Delete" || event.key === "Backspace") this.replace(i, 1, []);
    else if (steps[event.key]) this.replace(i, 1, [this.map.layerPointToLatLng(this.map.latLngToLayerPoint(this.points[i]).add(steps[event.key]))]);
    else return;
    event.preventDefault();
    event.stopPropagation();
    const handles = this.map.getPane("markerPane").querySelectorAll(".map-corner");
    handles[Math.min(i, handles.length - 1)]?.focus();
  }

  remove() {
    this.map.off("click", this.addAt, this);
    for (const part of [this.group, this.straight, this.path]) part.remove();
    this.bar.remove();
    this.hint.remove();
  }
}
