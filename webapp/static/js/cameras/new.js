// A new camera: click where it hangs, turn it, see what it would see, save.

import { text } from "../map/config.js";
import { mapReady } from "../map/start.js";
import { Editor } from "./editor.js";
import { LivePreview } from "./live.js";
import { post, say, unsay } from "./net.js";
import { Sight } from "./sight.js";

const $ = (id) => document.getElementById(id);
const context = await mapReady();
const { map, config } = context;
const words = { texts: config.camera };
const sight = new Sight(context);
const live = new LivePreview(config, "/api/cameras/preview", {
  onShow: (preview) => {
    sight.show(preview);
    unsay($("said"), "preview");
    document.body.dataset.seen = "yes";
  },
  onFail: (error) => say($("said"), error.message, "warning", "preview"),
});
const editor = new Editor(context, config.settings, $("edit"), {
  onChange: (settings) => {
    if (!editor.hasPlace()) return;
    $("save").disabled = false;
    $("place-hint").hidden = true;
    live.later(settings);
  },
});

function put({ lat, lng }) {
  editor.change({ lon: Math.round(lng * 1e7) / 1e7, lat: Math.round(lat * 1e7) / 1e7 });
}
map.on("click", (event) => put(event.latlng.wrap()));
$("put-centre").addEventListener("click", () => put(map.getCenter().wrap()));

$("edit").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!$("code").value.trim()) {
    say($("said"), text(words, "codeMissing"), "warning");
    $("code").focus();
    return;
  }
  $("save").disabled = true;
  try {
    const answer = await post(config, "/api/cameras", {
      ...editor.settings, code: $("code").value, name: $("camera-name").value, kind: $("kind").value, status: $("status").value,
    });
    await context.changed?.();
    window.location.assign(answer.page);
  } catch (error) {
    say($("said"), error.message, "warning");
    $("save").disabled = false;
  }
});
