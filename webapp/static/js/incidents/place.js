// The map of one case: its place, and how sure that is.

import { mapReady } from "../map/start.js";
import { placeMark } from "./markers.js";

const { map, config } = await mapReady();
const { lon, lat, priority, accuracy_m: accuracyM } = config.place;
if (accuracyM) L.circle([lat, lon], { radius: accuracyM, color: "#0b5d7a", weight: 1, fillOpacity: 0.12, interactive: false }).addTo(map);
placeMark([lat, lon], { priority }).addTo(map);
map.setView([lat, lon], 17, { animate: false });
