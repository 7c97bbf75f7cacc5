// On patrol: started, paused and ended by the member's own act; positions are taken only in between and never in a
// pause, kept on the phone until the server has them, and sent in batches. Closing the page stops the taking; the
// patrol goes on until it is ended.

import { text } from "../map/config.js";
import { mapReady } from "../map/start.js";
import { Ahead } from "./ahead.js";
import { Following } from "./following.js";
import { holdToCall } from "./help.js";
import { Keeping } from "./keeping.js";
import "./route.js";

const SEND_EVERY_MS = 20000;
const HELP_EVERY_MS = 5000;
const DENIED = 1;
const $ = (id) => document.getElementById(id);

const { map, config } = await mapReady();
const words = { texts: config.patrol };
const say = (name, values) => text(words, name, values);
const walk = config.walk;
const state = { session: walk.session, startedAt: walk.started_at, pausedAt: walk.paused_at, place: null, problem: "", help: null };
const keeping = new Keeping(walk.user, $("walk-script").dataset.token);
const mark = L.circleMarker([0, 0], { radius: 8, color: "#fff", weight: 3, fillColor: "#0b5d7a", fillOpacity: 1 });
const sure = L.circle([0, 0], { radius: 1, color: "#0b5d7a", weight: 1, fillOpacity: 0.12, interactive: false });
const track = L.polyline([], { color: "#0b5d7a", weight: 4, opacity: 0.7, interactive: false }).addTo(map);
const now = () => new Date().toISOString();
const clock = (at) => new Date(at).toLocaleTimeString(config.lang === "zh" ? "zh-CN" : "en-GB", { hour: "2-digit", minute: "2-digit" });
const ahead = $("walk-ahead") ? new Ahead(map, $("walk-ahead"), walk, say, checkIn) : null;

const following = new Following({
  onPlace: ({ coords }, place) => {
    state.place = { lat: coords.latitude, lon: coords.longitude, accuracy_m: coords.accuracy };
    state.problem = "";
    mark.setLatLng(place).addTo(map).bindTooltip(say("you", { m: Math.round(coords.accuracy) }));
    sure.setLatLng(place).setRadius(coords.accuracy).addTo(map);
    ahead?.moved(place, coords.accuracy);
  },
  onFix: ({ coords, timestamp }) => {
    if (!state.session || state.pausedAt) return;
    track.addLatLng([coords.latitude, coords.longitude]);
    keeping.add("fix", state.session, { at: new Date(timestamp).toISOString(), ...state.place });
  },
  onFail: ({ code }) => {
    state.problem = say(code === DENIED ? "positionDenied" : "positionFailed");
    tell();
  },
});

function status(sentence, kind = "light") {
  const box = $("walk-status");
  box.hidden = !sentence;
  box.className = `alert alert-${kind} ${kind === "light" ? "border" : ""} py-2`;
  box.textContent = sentence;
}

async function tell() {
  if (!state.session) return;
  const waiting = await keeping.count("fix");
  if (!state.session) return; // it has ended meanwhile
  const time = clock(state.startedAt);
  if (state.problem) status(state.problem, "warning");
  else if (state.pausedAt) status(say("paused", { time: clock(state.pausedAt) }), "info");
  else if (!navigator.onLine) status(say("offline", { waiting }));
  else status(say("walking", { time, count: keeping.fixesSent, waiting }));
}

function show() {
  if (!$("walk-start")) return;
  const isOut = Boolean(state.session);
  $("walk-start").hidden = isOut || walk.elsewhere;
  $("walk-going").hidden = !isOut;
  $("walk-leave").hidden = isOut;
  $("walk-pause").hidden = Boolean(state.pausedAt);
  $("walk-resume").hidden = !state.pausedAt;
  $("walk-help-box").hidden = !isOut;
  if ($("walk-ahead")) $("walk-ahead").hidden = !isOut;
  if (isOut && !state.pausedAt) following.start();
  else following.stop();
  if (isOut) ahead?.show();
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16));
}

async function start() {
  $("walk-start").disabled = true;
  try {
    const answer = await keeping.post(`/api/patrols/sessions/${newId()}/start`, { shift_id: walk.shift });
    Object.assign(state, { session: answer.id, startedAt: answer.started_at, pausedAt: null });
    navigator.storage?.persist?.().catch(() => false);
    show();
    tell();
  } catch (error) {
    status(error.status && error.message ? error.message : say("failed"), "warning");
  }
  $("walk-start").disabled = false;
}

// Each act is kept first and sent then: without a network it counts from the moment it was done.
async function act(kind, changes) {
  const at = now();
  Object.assign(state, changes(at));
  await keeping.add(kind, state.session, { at });
  show();
  tell();
  keeping.flush();
}

async function checkIn(point) {
  const { session, place } = state;
  ahead.visited(point.id, now());
  await keeping.add("visit", session, { checkpoint_id: point.id, at: now(), ...place });
  keeping.flush();
}

async function end() {
  if (!window.confirm(say("confirmEnd"))) return;
  const { session } = state;
  following.stop();
  await keeping.add("end", session, { at: now() });
  Object.assign(state, { session: null, pausedAt: null });
  mark.remove();
  sure.remove();
  ahead?.line.setLatLngs([]);
  $("walk-going").hidden = true;
  const isSent = await keeping.flush();
  status(say(isSent ? "ended" : "endedOffline"), isSent ? "success" : "warning");
  show();
}

// --- the call for help -----------------------------------------------------------------------------------------------
async function call() {
  state.help = newId();
  const box = $("walk-help-said");
  box.hidden = false;
  box.textContent = say("helpCalling");
  await keeping.add("help", state.session, { id: state.help, at: now(), ...(state.place ?? {}) });
  const timer = window.setInterval(() => state.help && keeping.flush(), HELP_EVERY_MS);
  state.helpTimer = timer;
  keeping.flush();
}

keeping.addEventListener("answered", ({ detail: { kind, answer } }) => {
  if (kind === "help") {
    window.clearInterval(state.helpTimer);
    state.help = null;
    $("walk-help-said").textContent = say("helpSent");
  } else if (kind === "visited") {
    for (const visit of answer.visits) {
      ahead?.visited(visit.checkpoint_id, visit.visited_at ?? null);
      if (visit.error) state.problem = visit.error;
    }
    tell();
    state.problem = "";
  }
});
keeping.addEventListener("refused", ({ detail: { kind, why } }) => {
  if (kind === "help") $("walk-help-said").textContent = say("helpRefused", { why });
  else if (kind !== "fix") status(why, "warning");
});
keeping.addEventListener("changed", tell);

$("walk-start")?.addEventListener("click", start);
$("walk-pause")?.addEventListener("click", () => act("pause", (at) => ({ pausedAt: at })));
$("walk-resume")?.addEventListener("click", () => act("resume", () => ({ pausedAt: null })));
$("walk-end")?.addEventListener("click", end);
if ($("walk-help")) holdToCall($("walk-help"), call);
window.addEventListener("online", () => keeping.flush());
window.addEventListener("offline", tell);
document.addEventListener("visibilitychange", () => document.hidden || keeping.flush());
window.setInterval(() => keeping.flush(), SEND_EVERY_MS);
show();
tell();
keeping.flush();
document.body.dataset.walkReady = "yes";
