// Editing a camera on the map: drag it, drag its bearing, or use the numbers; the keyboard does all of it as well.
// `onChange(settings)` hears every change, whoever made it.

import { icon, make, text } from "../map/config.js";

const FIELDS = ["bearing_deg", "hfov_deg", "range_m", "mount_height_m", "pixels_h", "pitch_deg", "vfov_deg", "lon", "lat"];
const DEG = Math.PI / 180;
const HANDLE_SHARE = 0.7;

// Metres in a degree of longitude and of latitude here (series of the WGS 84 ellipsoid).
function perDegree(lat) {
  const phi = lat * DEG;
  return {
    east: 111412.84 * Math.cos(phi) - 93.5 * Math.cos(3 * phi) + 0.118 * Math.cos(5 * phi),
    north: 111132.92 - 559.82 * Math.cos(2 * phi) + 1.175 * Math.cos(4 * phi),
  };
}

export function bearingTo(from, to) {
  const { east, north } = perDegree(from.lat);
  const angle = Math.atan2((to.lng - from.lng) * east, (to.lat - from.lat) * north) / DEG;
  return (angle + 360) % 360;
}

export function placeAt(from, bearingDeg, metres) {
  const { east, north } = perDegree(from.lat);
  return L.latLng(from.lat + (Math.cos(bearingDeg * DEG) * metres) / north, from.lng + (Math.sin(bearingDeg * DEG) * metres) / east);
}

export class Editor {
  constructor({ map, config }, settings, form, { onChange }) {
    Object.assign(this, { map, form, onChange, settings: { ...settings } });
    this.words = { texts: config.camera };
    this.shaft = L.polyline([], { color: "#111827", weight: 2, interactive: false, pane: "kept", renderer: L.svg({ pane: "kept" }) }).addTo(map);
    for (const input of form.querySelectorAll("input[type=range]")) {
      input.addEventListener("input", () => this.change({ [input.dataset.for]: Number(input.value) }));
    }
    for (const name of FIELDS) this.input(name)?.addEventListener("input", () => this.typed(name));
    if (this.hasPlace()) this.putHandles();
    this.fill();
  }

  input(name) {
    return this.form.elements.namedItem(name);
  }

  hasPlace() {
    return Number.isFinite(this.settings.lon) && Number.isFinite(this.settings.lat);
  }

  at() {
    return L.latLng(this.settings.lat, this.settings.lon);
  }

  typed(name) {
    const words = this.input(name).value.trim();
    const mayBeUnknown = name === "pitch_deg" || name === "vfov_deg";
    if (!words && !mayBeUnknown) return;
    const value = words ? Number(words.replace(",", ".")) : null;
    if (words && !Number.isFinite(value)) return;
    this.change({ [name]: value }, { typing: name });
  }

  change(values, { typing = null } = {}) {
    const had = this.hasPlace();
    this.settings = { ...this.settings, ...values };
    if (values.bearing_deg !== undefined && !typing) this.settings.bearing_deg = Math.round((((values.bearing_deg % 360) + 360) % 360) * 10) / 10 % 360;
    if (!had && this.hasPlace()) this.putHandles();
    this.fill(typing);
    this.onChange({ ...this.settings });
  }

  // All inputs and handles show the settings; what is being typed is left as it is.
  fill(typing = null) {
    for (const name of FIELDS) {
      const value = this.settings[name];
      const slider = this.form.querySelector(`input[data-for=${name}]`);
      if (slider && value !== null) slider.value = String(value);
      const input = this.input(name);
      if (input && name !== typing) input.value = value === null || value === undefined ? "" : String(Math.round(value * 1e7) / 1e7);
    }
    this.moveHandles();
  }

  marker(className, label, content, extra = {}) {
    const made = L.marker(this.at(), {
      draggable: true, keyboard: true, alt: label, title: label,
      icon: L.divIcon({ className, iconSize: [44, 44], html: content }),
    }).addTo(this.map);
    const element = made.getElement();
    element.setAttribute("aria-label", label);
    for (const [name, value] of Object.entries(extra)) element.setAttribute(name, value);
    return made;
  }

  putHandles() {
    this.place = this.marker("cam-place", text(this.words, "camera"), icon("webcam-fill"));
    this.handle = this.marker("cam-bearing", text(this.words, "bearingHandle"), make("span", {}, icon("arrow-up")), { role: "slider", "aria-valuemin": "0", "aria-valuemax": "360" });
    this.place.on("drag", () => {
      const { lat, lng } = this.place.getLatLng().wrap();
      this.change({ lon: Math.round(lng * 1e7) / 1e7, lat: Math.round(lat * 1e7) / 1e7 });
    });
    this.handle.on("drag", () => this.change({ bearing_deg: bearingTo(this.at(), this.handle.getLatLng()) }));
    this.handle.on("dragend", () => this.moveHandles());
    this.place.getElement().addEventListener("keydown", (event) => this.placeKeys(event));
    this.handle.getElement().addEventListener("keydown", (event) => this.bearingKeys(event));
    this.map.on("zoomend", () => this.moveHandles());
  }

  moveHandles() {
    if (!this.place) return;
    const { bearing_deg: bearing, range_m: range } = this.settings;
    if (!this.place.dragging?._draggable?._moving) this.place.setLatLng(this.at());
    const end = placeAt(this.at(), bearing, Math.max(range * HANDLE_SHARE, this.pixels(70)));
    if (!this.handle.dragging?._draggable?._moving) this.handle.setLatLng(end);
    this.shaft.setLatLngs([this.at(), end]);
    const element = this.handle.getElement();
    element.setAttribute("aria-valuenow", String(Math.round(bearing)));
    element.setAttribute("aria-valuetext", text(this.words, "bearingValue", { deg: Math.round(bearing * 10) / 10 }));
    element.querySelector("span").style.transform = `rotate(${bearing}deg)`;
  }

  // So many pixels on the screen, in metres on the ground here.
  pixels(count) {
    const point = this.map.latLngToContainerPoint(this.at());
    return this.map.distance(this.at(), this.map.containerPointToLatLng(point.add([count, 0])));
  }

  placeKeys(event) {
    const far = event.shiftKey ? 5 : 0.5;
    const steps = { ArrowUp: 0, ArrowRight: 90, ArrowDown: 180, ArrowLeft: 270 };
    if (!(event.key in steps)) return;
    const { lat, lng } = placeAt(this.at(), steps[event.key], far);
    this.taken(event, { lon: lng, lat });
  }

  bearingKeys(event) {
    const far = event.shiftKey ? 10 : 1;
    const turns = { ArrowRight: far, ArrowUp: far, ArrowLeft: -far, ArrowDown: -far, PageUp: 45, PageDown: -45 };
    if (!(event.key in turns)) return;
    this.taken(event, { bearing_deg: this.settings.bearing_deg + turns[event.key] });
  }

  taken(event, values) {
    event.preventDefault();
    event.stopPropagation();
    this.change(values);
  }

  // Back to other settings, as kept or as they were; nobody is told.
  set(settings) {
    this.settings = { ...settings };
    this.fill();
  }
}
