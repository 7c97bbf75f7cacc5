// A report in half a minute: what, where, a photo, sent. The report has its id before it leaves, and stays on this
// device until the server has named it.

import { mapReady } from "../map/start.js";
import { Pin } from "../map/pin.js";
import { Categories } from "./categories.js";
import { showOwnCells } from "./markers.js";
import { getJson, newId } from "./net.js";
import { Outbox } from "./outbox.js";
import { PhotoRow } from "./photo.js";
import { askToKeep } from "./store.js";
import { UnsentBox } from "./unsent.js";

const NEAR_AFTER_MS = 600;
const IMPRECISE_M = 100;

const form = document.getElementById("report");
const texts = JSON.parse(document.getElementById("report-texts").textContent);
const say = (name, values = {}) => texts[name].replace(/\{(\w+)\}/g, (whole, key) => String(values[key] ?? whole));
const field = (id) => document.getElementById(id);
const problem = form.querySelector(".report-problem");
const sendButton = field("send");
const sent = field("sent");

const context = await mapReady();
const { map, config } = context;
const settings = config.report;
const draftName = `gridbeat-draft-${settings.sender}`;
const personal = settings.personal.map((pattern) => new RegExp(pattern));
const outbox = new Outbox(settings.sender, config.csrf);
const state = { place: null, id: null };

// --- what ----------------------------------------------------------------------------------------------------------
const categories = new Categories(form, { onChoose: () => { keepDraft(); complain(""); } });

// --- where ---------------------------------------------------------------------------------------------------------
showOwnCells(map, config.ownCells);
let nearTimer = 0;
new Pin(context, {
  locateNow: Boolean(settings.locate),
  onChange: (place) => {
    state.place = place;
    const isRough = place.accuracy_m !== null && place.accuracy_m > IMPRECISE_M;
    hint("place-hint", isRough ? say("imprecise", { n: Math.round(place.accuracy_m) }) : "");
    hint("whose-hint", "");
    complain("");
    window.clearTimeout(nearTimer);
    nearTimer = window.setTimeout(showNear, NEAR_AFTER_MS);
  },
});

async function showNear() {
  const box = field("near");
  try {
    const { near, remark } = await getJson(`/api/incidents/near?lon=${state.place.lon.toFixed(6)}&lat=${state.place.lat.toFixed(6)}`);
    hint("whose-hint", remark);
    box.replaceChildren();
    box.hidden = near.length === 0;
    if (!near.length) return;
    box.append(Object.assign(document.createElement("p"), { textContent: say("near") }));
    const lines = document.createElement("ul");
    for (const line of near) {
      const words = [line.title, line.place, `${line.away_m} m`, line.number].filter(Boolean).join(" · ");
      lines.append(Object.assign(document.createElement("li"), { textContent: words }));
    }
    box.append(lines);
  } catch {
    box.hidden = true;
  }
}

// --- photo and note ------------------------------------------------------------------------------------------------
const photos = new PhotoRow(field("photos"), {
  most: settings.mostPhotos ?? 9, removeTitle: say("removePhoto"), photoTitle: (n) => say("photo", { n }), onChange: () => complain(""),
});
async function take(input) {
  if (!input?.files.length) return;
  const { unreadable, isFull } = await photos.add([...input.files]);
  input.value = "";
  if (unreadable) complain(say("photoUnreadable"));
  else if (isFull) complain(say("tooMany", { n: photos.most }));
}
for (const id of ["photo-take", "photo-choose"]) {
  field(id)?.addEventListener("change", (event) => take(event.target));
  take(field(id)); // chosen before this script was there
}
const note = field("note");
note.addEventListener("input", () => {
  checkPersonal();
  keepDraft();
});
const placeText = field("place-text");
placeText?.addEventListener("input", checkPersonal);
const settled = field("settled");
settled?.addEventListener("change", () => complain(""));

function checkPersonal() {
  const plain = `${note.value}\n${placeText?.value ?? ""}`.normalize("NFKC");
  hint("personal-hint", personal.some((pattern) => pattern.test(plain)) ? say("personal") : "");
}

// --- the draft: what was chosen and written, in case the page is closed before it is sent -----------------------------
function keepDraft() {
  try {
    localStorage.setItem(draftName, JSON.stringify({ category: categories.value, note: note.value }));
  } catch {
    // no room or not allowed: the draft lives as long as the page
  }
}

function takeUpDraft() {
  try {
    const draft = JSON.parse(localStorage.getItem(draftName) ?? "{}");
    if (draft.note) note.value = draft.note;
    if (draft.category) categories.choose(draft.category);
  } catch {
    // an unreadable draft is none
  }
  checkPersonal();
}

// --- sending -------------------------------------------------------------------------------------------------------
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (sendButton.disabled) return;
  const missing = !categories.value ? "needCategory" : !state.place ? "needPlace" : settled?.checked && !photos.blobs.length ? "needPhoto" : null;
  if (missing) {
    complain(say(missing));
    form.querySelector({ needCategory: "#category-search", needPlace: ".map-locate", needPhoto: "#photo-take" }[missing])?.focus();
    return;
  }
  busy(say("sending"));
  state.id = newId();
  const isKept = await outbox.add(seal());
  localStorage.removeItem(draftName);
  if (!isKept) complain(say("notKept"));
  askToKeep();
  outbox.flush();
});

// What is sent under an id never changes; a changed report is a new one.
function seal() {
  const stage = settled?.checked ? "handling" : "report";
  const payload = {
    id: state.id,
    category: categories.value,
    scheme: categories.scheme,
    lon: Number(state.place.lon.toFixed(7)),
    lat: Number(state.place.lat.toFixed(7)),
    accuracy_m: state.place.accuracy_m === null ? null : Math.round(state.place.accuracy_m * 10) / 10,
    reported_at: new Date().toISOString(),
    description: note.value.trim(),
    place_text: placeText?.value.trim() ?? "",
    priority: field("priority")?.value ?? "",
    self_handled: Boolean(settled?.checked),
  };
  return { id: state.id, title: categories.title, payload, photos: photos.blobs.map((blob) => ({ blob, stage, isSent: false })) };
}

const unsent = new UnsentBox(field("unsent"), outbox, say);
const isThis = (event) => event.detail.entry.id === state.id;

outbox.addEventListener("reported", (event) => {
  if (!isThis(event)) return;
  const left = event.detail.entry.photos.filter((photo) => !photo.isSent).length;
  if (left) busy(say("sendingPhotos", { n: left }));
});
outbox.addEventListener("photo-refused", (event) => isThis(event) && hint("personal-hint", say("photoRefused", { why: event.detail.why })));
outbox.addEventListener("sent", (event) => isThis(event) && showSent(event.detail.entry));
outbox.addEventListener("waiting", (event) => isThis(event) && showWaiting(event.detail.entry, "kept"));
outbox.addEventListener("signed-out", (event) => isThis(event) && showWaiting(event.detail.entry, "keptSignIn"));
outbox.addEventListener("refused", async (event) => {
  if (!isThis(event)) return;
  const { entry } = event.detail;
  if (entry.isReported) {
    showSent(entry, say("stillHandling", { why: entry.why }));
    return;
  }
  // what was written stays in the form; sending it again makes a new report with a new id
  await outbox.discard(entry.id);
  state.id = null;
  idle();
  complain(say("refused", { why: entry.why }));
});
outbox.addEventListener("rest", () => unsent.show(state.id));

function showSent(entry, remark = "") {
  form.hidden = true;
  sent.hidden = false;
  sent.querySelector(".sent-word").textContent = say("sent");
  sent.querySelector(".sent-number").textContent = say("sentNumber", { number: entry.number });
  const refused = entry.photos.filter((photo) => photo.why).map((photo) => say("photoRefused", { why: photo.why }));
  sent.querySelector(".sent-note").textContent = [remark, ...(entry.warnings ?? []), ...refused].filter(Boolean).join(" ");
  const toCase = sent.querySelector("[data-to-case]");
  if (toCase) toCase.href = form.dataset.case.replace("00000000-0000-0000-0000-000000000000", entry.id);
  sent.focus();
}

function showWaiting(entry, why) {
  sendButton.disabled = false;
  sendButton.querySelector("span").textContent = sendButton.dataset.again ?? sendButton.querySelector("span").textContent;
  complain(say(why));
  sendButton.type = "button";
  sendButton.onclick = () => {
    busy(say("sending"));
    outbox.flush();
  };
}

function busy(words) {
  complain("");
  seals(true);
  sendButton.disabled = true;
  sendButton.querySelector("span").textContent = words;
}

function idle() {
  seals(false);
  sendButton.disabled = false;
  sendButton.type = "submit";
  sendButton.onclick = null;
  sendButton.querySelector("span").textContent = sendWords;
}

// A report under way is sealed: what is seen is what is sent.
function seals(isSealed) {
  for (const part of document.querySelectorAll("#report .report-part, #report .new-place")) part.inert = isSealed;
}

function complain(words) {
  problem.textContent = words;
  problem.hidden = !words;
}

function hint(id, words) {
  field(id).textContent = words;
  field(id).hidden = !words;
}

const sendWords = sendButton.querySelector("span").textContent;
sendButton.dataset.again = say("again");
takeUpDraft();
unsent.show(null);
outbox.flush();
form.dataset.ready = "yes";
