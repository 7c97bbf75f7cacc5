// On patrol: started and ended by the member's own act; positions are taken only in between, kept on the phone until the
// server has them, and sent in batches. Closing the page stops the taking; the patrol goes on until it is ended.

import { text } from "../map/config.js";
import { mapReady } from "../map/start.js";
import "./route.js";

const SEND_EVERY_MS = 10000;
const MOST_IN_BATCH = 500;
const LEAST_MOVE_M = 10;
const LEAST_WAIT_MS = 30000;
const $ = (id) => document.getElementById(id);

const { map, config } = await mapReady();
const words = { texts: config.patrol };
const say = (name, values) => text(words, name, values);
const token = $("walk-script").dataset.token;
const { shift, user } = config.walk;

const QUEUE = `gridbeat-fixes-${user}`;
let session = config.walk.session;
let startedAt = config.walk.started_at;
let watch = null;
let sent = 0;
let last = null;
let isSending = false;
const me = L.circleMarker([0, 0], { radius: 8, color: "#fff", weight: 3, fillColor: "#0b5d7a", fillOpacity: 1 });
const sure = L.circle([0, 0], { radius: 1, color: "#0b5d7a", weight: 1, fillOpacity: 0.12, interactive: false });
const track = L.polyline([], { color: "#0b5d7a", weight: 4, opacity: 0.7, interactive: false }).addTo(map);

// Queued positions by session, so that those of a patrol that was ended offline still find their way.
function queue() {
  try {
    return JSON.parse(window.localStorage.getItem(QUEUE) ?? "{}");
  } catch {
    return {};
  }
}
const keep = (fixes) => window.localStorage.setItem(QUEUE, JSON.stringify(fixes));
const waiting = () => Object.values(queue()).reduce((sum, fixes) => sum + fixes.length, 0);

async function post(path, body) {
  const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body: JSON.stringify(body) });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error(answer.error ?? say("failed")), { status: response.status });
  return answer;
}

function status(sentence, kind = "light") {
  $("walk-status").hidden = !sentence;
  $("walk-status").className = `alert alert-${kind} ${kind === "light" ? "border" : ""} py-2`;
  $("walk-status").textContent = sentence;
}

function tell() {
  if (!session) return;
  const time = new Date(startedAt).toLocaleTimeString(config.lang === "zh" ? "zh-CN" : "en-GB", { hour: "2-digit", minute: "2-digit" });
  status(navigator.onLine ? say("walking", { time, count: sent, waiting: waiting() }) : say("offline", { waiting: waiting() }));
}

function take({ coords, timestamp }) {
  const place = L.latLng(coords.latitude, coords.longitude);
  me.setLatLng(place).addTo(map).bindTooltip(say("you", { m: Math.round(coords.accuracy) }));
  sure.setLatLng(place).setRadius(coords.accuracy).addTo(map);
  if (!session) return;
  if (last && timestamp - last.at < LEAST_WAIT_MS && place.distanceTo(last.place) < LEAST_MOVE_M) return;
  last = { at: timestamp, place };
  track.addLatLng(place);
  const all = queue();
  (all[session] ??= []).push({ at: new Date(timestamp).toISOString(), lat: coords.latitude, lon: coords.longitude, accuracy_m: coords.accuracy });
  keep(all);
  tell();
}

async function send() {
  if (isSending || !waiting()) return;
  isSending = true;
  try {
    for (const [id, fixes] of Object.entries(queue())) {
      const batch = fixes.slice(0, MOST_IN_BATCH);
      if (!batch.length) continue;
      try {
        sent += (await post(`/api/patrols/sessions/${id}/fixes`, { fixes: batch })).added;
      } catch (error) {
        if (!error.status || error.status >= 500 || error.status === 401) throw error; // kept, tried again
      }
      const all = queue();
      all[id] = (all[id] ?? []).slice(batch.length);
      if (!all[id].length) delete all[id];
      keep(all);
    }
  } catch {
    // without a network they wait on the phone
  }
  isSending = false;
  tell();
}

function follow() {
  if (!navigator.geolocation) return;
  watch ??= navigator.geolocation.watchPosition(take, (error) => status(say(error.code === error.PERMISSION_DENIED ? "positionDenied" : "positionFailed"), "warning"), { enableHighAccuracy: true, maximumAge: 5000, timeout: 30000 });
}

function unfollow() {
  if (watch !== null) navigator.geolocation.clearWatch(watch);
  watch = null;
}

function show() {
  if (!$("walk-start")) return;
  $("walk-start").hidden = Boolean(session);
  $("walk-going").hidden = !session;
  $("walk-going").classList.toggle("d-flex", Boolean(session));
  $("walk-leave").hidden = Boolean(session);
}

async function start() {
  $("walk-start").disabled = true;
  const id = crypto.randomUUID ? crypto.randomUUID() : "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => (c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (c / 4)))).toString(16));
  try {
    const answer = await post(`/api/patrols/sessions/${id}/start`, { shift_id: shift });
    session = answer.id;
    startedAt = answer.started_at;
    follow();
    show();
    tell();
  } catch (error) {
    status(error.status ? error.message : say("failed"), "warning");
  }
  $("walk-start").disabled = false;
}

async function end() {
  if (!window.confirm(say("confirmEnd"))) return;
  unfollow();
  await send();
  try {
    await post(`/api/patrols/sessions/${session}/end`, {});
    session = null;
    me.remove();
    sure.remove();
    show();
    status(say("ended"), "success");
  } catch (error) {
    status(error.status ? error.message : say("failed"), "warning");
    follow();
  }
}

$("walk-start")?.addEventListener("click", start);
$("walk-end")?.addEventListener("click", end);
window.addEventListener("online", send);
window.addEventListener("offline", tell);
document.addEventListener("visibilitychange", () => document.hidden || send());
window.setInterval(send, SEND_EVERY_MS);
if (session) follow();
show();
tell();
send();
