// Where the camera hangs and where its record says it looks.

import { icon } from "../map/config.js";
import { mapReady } from "../map/start.js";
import { placeAt } from "./editor.js";

const { map, config } = await mapReady();
const { lon, lat, bearing_deg: bearing, hfov_deg: width, range_m: range } = config.place;
const here = L.latLng(lat, lon);
const turns = Array.from({ length: 25 }, (_, i) => bearing - width / 2 + (width * i) / 24);
const sector = [...(width < 360 ? [here] : []), ...turns.map((turn) => placeAt(here, turn, range))];
L.polygon(sector, { color: "#0b5d7a", weight: 2, dashArray: "6 4", fillOpacity: 0.15, interactive: false }).addTo(map);
L.marker(here, { interactive: false, keyboard: false, icon: L.divIcon({ className: "cam-place", iconSize: [44, 44], html: icon("webcam-fill") }) }).addTo(map);
map.fitBounds(L.latLngBounds(sector).pad(0.2), { maxZoom: 18, animate: false });
