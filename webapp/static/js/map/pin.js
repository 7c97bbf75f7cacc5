// One pin for the place of a report: dragged, tapped, moved with the arrow keys, or put where the phone says we are,
// with a circle that shows how sure that is.

import { icon, make, text } from "./config.js";

const STEP_PX = 8;
const LOCATE = { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 };

export class Pin {
  // `onChange({lat, lon, accuracy_m, how})` where how is "gps" or "hand".
  constructor({ map, config, frame }, { at = null, onChange = () => {}, locateNow = false } = {}) {
    Object.assign(this, { map, config, onChange });
    this.circle = L.circle([0, 0], { radius: 1, color: "#0b5d7a", weight: 1, fillOpacity: 0.12, interactive: false });
    this.marker = L.marker(at ?? map.getCenter(), {
      draggable: true, keyboard: true, alt: text(config, "pin"), title: text(config, "pin"), autoPan: true,
      icon: L.divIcon({ className: "map-pin", iconSize: [40, 48], iconAnchor: [20, 46], html: icon("geo-alt-fill") }),
    }).addTo(map);
    const element = this.marker.getElement();
    element.setAttribute("aria-label", text(config, "pin"));
    element.addEventListener("keydown", (event) => this.keys(event));
    this.marker.on("dragend", () => this.set(this.marker.getLatLng()));
    map.on("click", (event) => this.set(event.latlng));
    this.said = make("p", { class: "map-hint", role: "status" }, text(config, "pinHint"));
    this.button = make("button", { type: "button", class: "map-button map-locate", onclick: () => this.locate() }, icon("crosshair2"), make("span", {}, text(config, "useMyPosition")));
    frame.append(this.said, this.button);
    if (locateNow) this.locate();
  }

  set(latlng, accuracyM = null, how = "hand") {
    const place = latlng.wrap();
    this.marker.setLatLng(place);
    if (accuracyM === null) this.circle.remove();
    else this.circle.setLatLng(place).setRadius(accuracyM).addTo(this.map);
    this.onChange({ lat: place.lat, lon: place.lng, accuracy_m: accuracyM, how });
  }

  locate() {
    if (!navigator.geolocation) {
      this.said.textContent = text(this.config, "locateFailed");
      return;
    }
    this.said.textContent = text(this.config, "locating");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const place = L.latLng(coords.latitude, coords.longitude);
        this.set(place, coords.accuracy, "gps");
        this.map.setView(place, Math.max(this.map.getZoom(), coords.accuracy > 200 ? 15 : 17));
        this.said.textContent = text(this.config, "accuracy", { n: Math.round(coords.accuracy) });
      },
      (error) => {
        this.said.textContent = text(this.config, error.code === error.PERMISSION_DENIED ? "locateDenied" : "locateFailed");
      },
      LOCATE,
    );
  }

  keys(event) {
    const steps = { ArrowUp: [0, -STEP_PX], ArrowDown: [0, STEP_PX], ArrowLeft: [-STEP_PX, 0], ArrowRight: [STEP_PX, 0] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    this.set(this.map.layerPointToLatLng(this.map.latLngToLayerPoint(this.marker.getLatLng()).add(step)));
  }
}
