// The register beside the map: a row and its place belong together.

import { tieList } from "../map/list.js";
import { mapReady } from "../map/start.js";

const context = await mapReady();
const rows = document.getElementById("camera-rows");
if (rows) {
  const list = tieList(rows, context, { maxZoom: 18 });
  context.identify?.onPick((feature) => feature.layer === "cameras" && list.select(feature.code));
}
