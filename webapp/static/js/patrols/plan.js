// Make a route: draw places that the server joins along the streets, or ask for a suggestion.

import { make, text } from "../map/config.js";
import { RouteDrawing } from "../map/draw.js";
import { mapReady } from "../map/start.js";

const COLOURS = ["#a11a6e", "#1d6b3a", "#8a5a00", "#3d4bb8", "#b3261e", "#0b5d7a", "#5b3a8c", "#4d5a00"];
const WAIT_MS = 250;
const $ = (id) => document.getElementById(id);

const context = await mapReady();
const { map, config } = context;
const words = { texts: config.patrol };
const say = (name, values) => text(words, name, values);
const token = $("plan-script").dataset.token;

let places = []; // as drawn: {lat, lng, name, dwell_min, is_checkpoint}
let drawing = null;
let asked = 0;
let timer = null;
let station = null;
let found = L.layerGroup().addTo(map);

async function post(path, body) {
  let response;
  try {
    response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body: JSON.stringify(body) });
  } catch {
    throw new Error(say("failed"));
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? say("failed"));
  return answer;
}

function status(sentence, kind = "light") {
  $("status").className = `alert alert-${kind} ${kind === "light" ? "border" : ""} py-2`;
  $("status").textContent = sentence;
}

function timeOf(seconds) {
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? say("time", { minutes }) : say("timeHours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

const stops = () => places.map(({ lat, lng, name, dwell_min, is_checkpoint }) => ({ lat, lon: lng, name: name ?? "", dwell_min: dwell_min ?? 0, is_checkpoint: Boolean(is_checkpoint) }));

// The drawing knows only points; names and stays stay with the place that is nearest to where it was.
function redrawn(latlngs) {
  const before = places;
  places = latlngs.map(([lat, lng]) => {
    const same = before.find((place) => place.lat === lat && place.lng === lng);
    return same ?? { lat, lng };
  });
  if (latlngs.length === before.length) places.forEach((place, i) => Object.assign(place, { ...before[i], lat: place.lat, lng: place.lng }));
  list();
  ask();
}

function list() {
  $("places").replaceChildren(...places.map(row));
}

function row(place, i) {
  const box = make("input", { type: "checkbox", class: "form-check-input m-0", id: `checkpoint-${i}` });
  box.checked = Boolean(place.is_checkpoint);
  const name = make("input", { type: "text", class: "form-control form-control-sm", maxlength: 80, placeholder: say("name"), "aria-label": `${say("place", { number: i + 1 })}: ${say("name")}` });
  const dwell = make("input", { type: "number", class: "form-control form-control-sm", min: 0, max: 720, "aria-label": `${say("place", { number: i + 1 })}: ${say("dwell")}`, title: say("dwell") });
  name.value = place.name ?? "";
  dwell.value = place.dwell_min ?? 5;
  const show = () => { name.hidden = dwell.hidden = !place.is_checkpoint; };
  box.addEventListener("change", () => {
    place.is_checkpoint = box.checked;
    place.dwell_min = box.checked ? Number(dwell.value) : 0;
    show();
    ask();
  });
  name.addEventListener("input", () => { place.name = name.value; });
  dwell.addEventListener("change", () => { place.dwell_min = Math.min(720, Math.max(0, Math.round(Number(dwell.value) || 0))); ask(); });
  show();
  const remove = make("button", { type: "button", class: "btn-close", "aria-label": `${say("remove")}: ${say("place", { number: i + 1 })}`, onclick: () => drawing.replace(i, 1, []) });
  return make("li", { class: "list-group-item" }, make("div", { class: "place-fields" }, box, make("label", { for: box.id, class: "small" }, say("checkpoint")), name, dwell), remove);
}

function ask() {
  window.clearTimeout(timer);
  $("save").disabled = true; // until the way through these places is found
  if (places.length < 2) {
    $("length").textContent = "–";
    $("time").textContent = "";
    status(say(places.length ? "one" : "empty"));
    return;
  }
  timer = window.setTimeout(route, WAIT_MS);
}

async function route() {
  const mine = ++asked;
  status(say("asking"));
  try {
    const answer = await post("/api/patrols/route", { stops: stops(), loop: $("loop").checked });
    if (mine !== asked) return; // the line of a later drawing is on its way
    drawing.setPath(answer.path.coordinates.map(([lon, lat]) => [lat, lon]));
    const stay = 60 * stops().reduce((sum, stop) => sum + (stop.is_checkpoint ? stop.dwell_min : 0), 0);
    $("length").textContent = say("length", { km: (answer.length_m / 1000).toFixed(2) });
    $("time").textContent = timeOf(answer.walk_s + stay);
    const left = answer.unreached.map(({ place, reason }) => say("unreachable", { number: place + 1, reason }));
    status(left.length ? left.join(" ") : "", left.length ? "warning" : "light");
    $("status").hidden = !left.length;
    $("save").disabled = left.length > 0;
  } catch (error) {
    if (mine === asked) status(error.message, "warning");
    $("status").hidden = false;
  }
}

async function save() {
  if (!$("name").value.trim()) {
    status(say("nameMissing"), "warning");
    $("status").hidden = false;
    $("name").focus();
    return;
  }
  $("save").disabled = true;
  try {
    const answer = await post("/api/patrols/plans", { name: $("name").value, division_code: $("division").value, stops: stops(), loop: $("loop").checked });
    window.location.assign(answer.page);
  } catch (error) {
    status(error.message, "danger");
    $("status").hidden = false;
    $("save").disabled = false;
  }
}

function placeStation(latlng) {
  station?.remove();
  station = L.marker(latlng, { draggable: true, alt: say("station"), title: say("station"), icon: L.divIcon({ className: "map-corner", iconSize: [28, 28], html: make("i", { class: "bi bi-flag-fill" }) }) }).addTo(map);
  $("ask").disabled = false;
  status("");
  $("status").hidden = true;
}

async function suggest() {
  const { lat, lng } = station.getLatLng();
  $("ask").disabled = true;
  $("status").hidden = false;
  status(say("suggesting"));
  try {
    const answer = await post("/api/patrols/suggestion", { lon: lng, lat, members: Number($("members").value), hours: Number($("hours").value), seed: Math.floor(Math.random() * 1e9), division_code: $("division").value });
    $("status").hidden = true;
    show(answer);
  } catch (error) {
    status(error.message, "warning");
  }
  $("ask").disabled = false;
}

function show({ teams, summary }) {
  found.clearLayers();
  $("share").textContent = say("share", { share: Math.round(100 * summary.share_covered) });
  const lines = teams.map((team, i) => L.polyline(team.path.coordinates.map(([lon, lat]) => [lat, lon]), { color: COLOURS[i % COLOURS.length], weight: 5, opacity: 0.85, dashArray: i % 2 ? "10 6" : null }));
  lines.forEach((line) => found.addLayer(line));
  if (lines.length) map.fitBounds(L.featureGroup(lines).getBounds().pad(0.08));
  $("teams").replaceChildren(...teams.map((team, i) => card(team, i, lines[i])));
}

function card(team, i, line) {
  const { reasons } = team;
  const name = make("input", { class: "form-control form-control-sm", name: "name", maxlength: 120, value: team.name, "aria-label": say("nameOf", { number: i + 1 }) });
  const form = make("form", { method: "post", action: team.keep, class: "d-flex gap-2 mt-2" },
    make("input", { type: "hidden", name: "csrf_token", value: token }), name, make("button", { class: "btn btn-sm btn-primary text-nowrap" }, say("keep")));
  const box = make("div", { class: "team-line" },
    make("strong", {}, say("team", { number: i + 1 })),
    make("p", { class: "small mb-0" }, say("reasons", { km: reasons.km, minutes: reasons.minutes, streets: reasons.streets, incidents: reasons.incidents, places: reasons.places, blind: reasons.blind_streets })), form);
  box.style.setProperty("--team-colour", COLOURS[i % COLOURS.length]);
  box.addEventListener("mouseenter", () => line.setStyle({ weight: 9 }).bringToFront());
  box.addEventListener("mouseleave", () => line.setStyle({ weight: 5 }));
  return box;
}

function choose(how) {
  const isDrawing = how === "draw";
  $("draw-panel").hidden = !isDrawing;
  $("suggest-panel").hidden = isDrawing;
  $("status").hidden = false;
  found.clearLayers();
  if (isDrawing) {
    station?.remove();
    station = null;
    map.off("click", pick);
    drawing = new RouteDrawing(context, { onChange: redrawn, points: places.map(({ lat, lng }) => [lat, lng]) });
    list();
    ask();
  } else {
    drawing?.remove();
    drawing = null;
    map.on("click", pick);
    $("ask").disabled = true;
    status(say("chooseStation"));
  }
}

const pick = (event) => {
  if ($("station")) $("station").value = "";
  placeStation(event.latlng);
};

for (const input of document.querySelectorAll("input[name=how]")) input.addEventListener("change", () => choose(input.value));
$("loop").addEventListener("change", ask);
$("save").addEventListener("click", save);
$("ask").addEventListener("click", suggest);
$("station")?.addEventListener("change", (event) => {
  if (!event.target.value) return;
  const [lon, lat] = event.target.value.split(",").map(Number);
  placeStation([lat, lon]);
  map.setView([lat, lon], Math.max(map.getZoom(), 14));
});
choose("draw");
