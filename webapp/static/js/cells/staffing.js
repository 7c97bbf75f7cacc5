// A cell chosen on the map, or found by its code, leads to its page.

import { mapReady } from "../map/start.js";

const { config, identify } = await mapReady();
const open = (code) => window.location.assign(config.cellPage.replace("CODE", encodeURIComponent(code)));
identify?.onPick((feature) => feature.layer === "cells" && open(feature.code));
document.addEventListener("map:found", ({ detail }) => detail.kind === "cell" && open(detail.code));
