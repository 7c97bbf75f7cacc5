// The dispatcher's desk: a queue that keeps itself fresh, a map with the same cases, one case open beside them.
// What is chosen and filtered stands in the address, so that it can be sent to a colleague and survives a reload.

import { isLive, listen } from "../map/live.js";
import { mapReady } from "../map/start.js";
import { DeskMap } from "./desk_map.js";
import { getPiece, Refused } from "./net.js";
import { liveSteps } from "./steps.js";

const NOBODY = "00000000-0000-0000-0000-000000000000";
const SETTLED_MS = 300;
const LIVE_POLL_MS = 60_000; // deadlines pass without news
const WIDE = window.matchMedia("(min-width: 992px)");

const context = await mapReady();
const { config } = context;
const { desk, deskTexts: texts } = config;
const box = document.getElementById("desk-list");
const panel = document.getElementById("desk-case");
const saying = document.getElementById("desk-say");
const filter = document.querySelector(".desk-filter");
const known = new Set(items().map((item) => item.dataset.id));
let fresh = 0;

function items() {
  return [...box.querySelectorAll(".desk-item")];
}

const itemOf = (id) => items().find((item) => item.dataset.id === id);
const placeOf = (element) => element && { lon: Number(element.dataset.lon), lat: Number(element.dataset.lat) };
const chosenId = () => new URLSearchParams(window.location.search).get("case");

// --- the map ---------------------------------------------------------------------------------------------------------
const deskMap = new DeskMap(context, { onPick: (id) => openCase(id) });
deskMap.refresh();

// --- the queue -------------------------------------------------------------------------------------------------------
async function refresh() {
  const parameters = new URLSearchParams(window.location.search);
  parameters.delete("case");
  try {
    const html = await getPiece(`${desk.list}?${parameters}`);
    const focused = document.activeElement?.closest?.(".desk-item")?.dataset.id;
    const scroll = box.scrollTop;
    box.innerHTML = html;
    box.scrollTop = scroll;
    if (focused) itemOf(focused)?.focus({ preventScroll: true });
    box.classList.remove("desk-stale");
    refreshedAt = new Date();
    markChosen();
    sayNew();
  } catch (error) {
    box.classList.add("desk-stale");
    say(error instanceof Refused && error.status === 401 ? texts.signIn : texts.failed.replace("{time}", refreshedAt.toLocaleTimeString(config.lang)));
  }
}
let refreshedAt = new Date();

function sayNew() {
  const added = items().filter((item) => !known.has(item.dataset.id));
  for (const item of added) {
    known.add(item.dataset.id);
    item.classList.add("desk-new");
  }
  if (added.length) say(texts.new.replace("{count}", added.length));
  fresh = document.hasFocus() ? 0 : fresh + added.length;
  document.title = `${fresh ? `(${fresh}) ` : ""}${plainTitle}`;
}
const plainTitle = document.title;

function say(sentence) {
  saying.textContent = sentence;
  saying.classList.toggle("visually-hidden", !box.classList.contains("desk-stale"));
}

function refreshAll() {
  refresh();
  deskMap.refresh();
}
let due = 0;
window.setInterval(() => (isLive() && new Date() - refreshedAt < LIVE_POLL_MS ? null : refreshAll()), desk.poll_s * 1000);
listen({
  onHello: refreshAll,
  onNews: ({ cases = [], map }) => {
    if (!cases.length && !map) return; // an import tells of no single case, but the map has changed
    window.clearTimeout(due);
    due = window.setTimeout(refreshAll, SETTLED_MS);
    if (cases.some(({ id }) => id === chosenId())) say(texts.changed);
  },
});
window.addEventListener("focus", () => {
  fresh = 0;
  document.title = plainTitle;
});

// --- one case --------------------------------------------------------------------------------------------------------
async function openCase(id, { keepsAddress = false, keepsFocus = false } = {}) {
  if (!WIDE.matches) {
    window.location.assign(itemOf(id)?.href ?? `/incidents/${id}`);
    return;
  }
  if (!keepsAddress) setAddress({ case: id });
  markChosen();
  try {
    panel.innerHTML = await getPiece(desk.case.replace(NOBODY, id));
  } catch (error) {
    panel.replaceChildren(Object.assign(document.createElement("p"), { className: "alert alert-danger m-3", textContent: error.message || texts.signIn }));
  }
  panel.hidden = false;
  panel.scrollTop = 0;
  context.map.invalidateSize({ pan: false });
  deskMap.choose(placeOf(panel.querySelector("[data-case]")));
  if (!keepsFocus) panel.querySelector("#case-title")?.focus({ preventScroll: true });
}

function closeCase() {
  const id = chosenId();
  setAddress({ case: null });
  panel.hidden = true;
  panel.replaceChildren();
  context.map.invalidateSize({ pan: false });
  deskMap.choose(null);
  markChosen();
  itemOf(id)?.focus();
}

function markChosen() {
  const id = chosenId();
  for (const item of items()) {
    if (item.dataset.id === id) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  }
}

function setAddress(changes) {
  const address = new URL(window.location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  window.history.replaceState(null, "", address);
}

liveSteps(panel, {
  csrf: config.csrf,
  texts: { lost: texts.lost },
  onDone: async (_action, id) => {
    await refresh();
    deskMap.refresh();
    await openCase(id, { keepsAddress: true });
    say(texts.done);
  },
});
panel.addEventListener("click", (event) => event.target.closest("[data-close]") && closeCase());

// --- mouse and keyboard ----------------------------------------------------------------------------------------------
box.addEventListener("click", (event) => {
  const item = event.target.closest(".desk-item");
  if (!item || event.metaKey || event.ctrlKey || event.shiftKey || !WIDE.matches) return;
  event.preventDefault();
  openCase(item.dataset.id);
});
for (const type of ["pointerover", "focusin"]) box.addEventListener(type, (event) => deskMap.point(placeOf(event.target.closest(".desk-item"))));
for (const type of ["pointerleave", "focusout"]) box.addEventListener(type, () => deskMap.point(null));

function step(by) {
  const all = items();
  const at = all.indexOf(document.activeElement?.closest?.(".desk-item"));
  const from = at >= 0 ? at : all.findIndex((item) => item.dataset.id === chosenId());
  const next = all[Math.min(all.length - 1, Math.max(0, from < 0 ? 0 : from + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && !panel.hidden) closeCase();
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "/") {
    event.preventDefault();
    document.getElementById("q").focus();
  }
});

// --- filter: in the address, at once -----------------------------------------------------------------------------------
filter.querySelector("[data-needless]").hidden = true;
const more = filter.querySelector(".desk-more");
const openFilter = (isOpen) => {
  filter.classList.toggle("is-open", isOpen);
  more.setAttribute("aria-expanded", String(isOpen));
};
more.addEventListener("click", () => openFilter(!filter.classList.contains("is-open")));
openFilter(["priority", "group", "cell", "overdue"].some((name) => new URLSearchParams(window.location.search).get(name)));
filter.addEventListener("change", () => filter.requestSubmit());
filter.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (!value || (name === "status" && value === "open")) formData.delete(name);
});

// --- on a phone: the list or the map -----------------------------------------------------------------------------------
document.querySelector(".desk-switch").addEventListener("click", (event) => {
  const view = event.target.closest("[data-show]")?.dataset.show;
  if (!view) return;
  document.body.classList.toggle("desk-shows-map", view === "map");
  context.map.invalidateSize();
  const places = items().map(placeOf).map(({ lat, lon }) => [lat, lon]);
  if (places.length) context.map.fitBounds(places, { maxZoom: 16, padding: [30, 30], animate: false });
  deskMap.refresh();
});

if (chosenId() && WIDE.matches) openCase(chosenId(), { keepsAddress: true, keepsFocus: true });
