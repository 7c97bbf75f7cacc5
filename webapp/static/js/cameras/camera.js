// The record of one camera: its view on the map, editing with a live preview, saving, switching on and off.

import { make, text } from "../map/config.js";
import { mapReady } from "../map/start.js";
import { Editor } from "./editor.js";
import { LivePreview } from "./live.js";
import { cameraPath, post, say, unsay } from "./net.js";
import { Sight } from "./sight.js";

const $ = (id) => document.getElementById(id);
const context = await mapReady();
const { map, config } = context;
const words = { texts: config.camera };
const sight = new Sight(context);
let kept = { ...config.settings };
let { version } = config;
let isSaving = false;

const live = new LivePreview(config, cameraPath(config.code, "/preview"), {
  onShow: (preview) => {
    sight.show(preview);
    unsay($("said"), "preview");
  },
  onFail: (error) => say($("said"), error.message, "warning", "preview"),
});
const editor = config.mayChange ? new Editor(context, kept, $("edit"), { onChange: edited }) : null;
if (!editor) {
  L.marker([kept.lat, kept.lon], { interactive: false, keyboard: false, icon: L.divIcon({ className: "cam-place", iconSize: [44, 44], html: make("i", { class: "bi bi-webcam-fill" }) }) }).addTo(map);
}
keepShown().then((preview) => {
  if (!preview) return;
  const box = L.latLngBounds([[kept.lat, kept.lon]]);
  if (preview.view) box.extend(L.geoJSON(preview.view).getBounds());
  map.fitBounds(box.pad(0.25), { maxZoom: 19, animate: false });
  document.body.dataset.seen = "yes";
});

// The view as it is kept: what everything tried is compared with. It is asked for apart from the tries, so that no
// quick hand can stop it.
async function keepShown() {
  try {
    const preview = await post(config, cameraPath(config.code, "/preview"), kept);
    sight.keep(preview);
    if (editor && Object.keys(changed()).length) live.later(editor.settings);
    else sight.show(preview);
    return preview;
  } catch (error) {
    say($("said"), error.message, "warning", "preview");
    return null;
  }
}

function changed() {
  const now = editor.settings;
  return Object.fromEntries(Object.keys(kept).filter((name) => now[name] !== kept[name]).map((name) => [name, now[name]]));
}

function edited(settings) {
  tellState();
  live.later(settings);
}

function tellState() {
  const isOther = Object.keys(changed()).length > 0;
  $("save").disabled = $("undo").disabled = !isOther;
  $("edit-state").textContent = text(words, isOther ? "changed" : "unchanged");
}

async function send(values) {
  if (isSaving) return;
  isSaving = true;
  try {
    const answer = await post(config, cameraPath(config.code), { ...values, version });
    version = answer.version;
    for (const input of document.querySelectorAll("[data-version]")) input.value = String(version);
    showCells(answer.cells);
    say($("said"), text(words, "saved"), "success");
    await context.changed?.();
    document.body.dataset.version = String(version);
    return answer;
  } catch (error) {
    say($("said"), error.message, error.status === 409 ? "danger" : "warning");
    return null;
  } finally {
    isSaving = false;
  }
}

function showCells(cells) {
  $("cells-changed").hidden = false;
  const lines = cells.map((cell) => make("li", { "data-code": cell.code }, text(words, "cellLine", cell)));
  $("cells-changed").replaceChildren(...(lines.length ? lines : [make("li", {}, text(words, "noCell"))]));
}

$("edit")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const values = changed();
  if (!Object.keys(values).length) return;
  $("save").disabled = true;
  const answer = await send(values);
  if (!answer) {
    $("save").disabled = false;
    return;
  }
  kept = { ...kept, ...values };
  tellState();
  await keepShown();
});

$("undo")?.addEventListener("click", () => {
  editor.set(kept);
  edited(kept);
});

for (const button of document.querySelectorAll("button[data-status]")) {
  button.addEventListener("click", async () => {
    if (editor && Object.keys(changed()).length && !window.confirm(text(words, "leave"))) return;
    button.disabled = true;
    const answer = await send({ status: button.dataset.status });
    button.disabled = false;
    if (answer) {
      window.sessionStorage.setItem("camera-cells", JSON.stringify(answer.cells));
      window.location.reload();
    }
  });
}

// After the state was switched the page comes anew; what it did to the cells is said there.
const told = window.sessionStorage.getItem("camera-cells");
if (told && $("cells-changed")) {
  window.sessionStorage.removeItem("camera-cells");
  showCells(JSON.parse(told));
  say($("said"), text(words, "saved"), "success");
}

window.addEventListener("beforeunload", (event) => {
  if (editor && !isSaving && Object.keys(changed()).length) event.preventDefault();
});

// A neighbour of the list is pointed out on the map while it has the pointer or the focus.
const shapes = new Map(config.neighbours.map(({ code, shape }) => [code, shape]));
for (const row of document.querySelectorAll("#neighbours [data-code]")) {
  let ring = null;
  const point = () => {
    const shape = shapes.get(row.dataset.code);
    ring ??= shape && sight.shape(JSON.parse(shape), "kept", { color: "#0b5d7a", weight: 3, dashArray: "2 4", fill: true, fillColor: "#0b5d7a", fillOpacity: 0.15 }).addTo(map);
  };
  const leave = () => {
    ring?.remove();
    ring = null;
  };
  row.addEventListener("pointerenter", point);
  row.addEventListener("pointerleave", leave);
  row.addEventListener("focusin", point);
  row.addEventListener("focusout", leave);
}
