// Where is it: codes, numbers, names and coordinates. A combobox after the ARIA pattern; arrows, Enter, Escape.

import { getJson, icon, make, text } from "./config.js";

const ASK_AFTER_MS = 220;
const CLOSE_ZOOM = 17;

const ICONS = { cell: "grid-3x3", division: "bounding-box", street: "signpost", place: "geo-alt", camera: "camera-video", incident: "exclamation-circle", point: "crosshair" };

export function searchBox(context) {
  const { map, config, frame } = context;
  const results = make("ul", { class: "map-results", id: "map-results", role: "listbox", "aria-label": text(config, "searchResults"), hidden: true });
  const input = make("input", {
    type: "search", class: "form-control", id: "map-search", role: "combobox", autocomplete: "off", spellcheck: "false", maxlength: "80",
    "aria-expanded": "false", "aria-controls": "map-results", "aria-autocomplete": "list",
    placeholder: text(config, "searchHint"), "aria-label": `${text(config, "search")}: ${text(config, "searchHint")}`,
  });
  const said = make("div", { class: "visually-hidden", role: "status" });
  const box = make("div", { class: "map-search", role: "search" }, icon("search"), input, results, said);
  frame.append(box);
  L.DomEvent.disableClickPropagation(box);
  L.DomEvent.disableScrollPropagation(box);

  let found = [];
  let active = -1;
  let timer = 0;
  let asking = null;
  const ring = L.circleMarker([0, 0], { radius: 16, color: "#111827", weight: 3, fill: false, interactive: false, pane: "selection", renderer: L.svg({ pane: "selection" }) });

  const hide = () => {
    results.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    active = -1;
  };
  const mark = (index) => {
    active = index;
    [...results.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === index)));
    const item = results.children[index];
    if (!item) return;
    input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  };
  const pick = (hit) => {
    hide();
    input.value = hit.title;
    const [west, south, east, north] = hit.box ?? [hit.lon, hit.lat, hit.lon, hit.lat];
    map.fitBounds([[south, west], [north, east]], { maxZoom: CLOSE_ZOOM, padding: [40, 40] });
    ring.setLatLng([hit.lat, hit.lon]).addTo(map);
    window.setTimeout(() => ring.remove(), 6000);
    document.dispatchEvent(new CustomEvent("map:found", { detail: hit }));
  };
  const show = (words) => {
    results.replaceChildren(
      ...found.map((hit, i) =>
        make("li", { role: "option", id: `map-result-${i}`, "aria-selected": "false", onclick: () => pick(hit) },
          icon(ICONS[hit.kind] ?? "geo-alt"), make("span", { class: "map-result-title" }, hit.title), make("span", { class: "map-note" }, hit.note)),
      ),
    );
    if (!found.length) results.append(make("li", { class: "map-results-none" }, text(config, "searchNothing", { words })));
    said.textContent = found.length ? text(config, "searchFound", { count: found.length }) : text(config, "searchNothing", { words });
    results.hidden = false;
    input.setAttribute("aria-expanded", "true");
    active = -1;
  };
  const ask = async () => {
    const words = input.value.trim();
    asking?.abort();
    if (!words) return hide();
    asking = new AbortController();
    const { lat, lng } = map.getCenter().wrap();
    try {
      ({ results: found } = await getJson(config, "/api/search", { q: words, lon: lng.toFixed(5), lat: lat.toFixed(5) }, asking.signal));
      show(words);
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = error.message;
    }
    return undefined;
  };
  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, ASK_AFTER_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (found.length && !results.hidden) mark((active + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!results.hidden && found.length) pick(found[Math.max(0, active)]);
      else ask();
    } else if (event.key === "Escape") hide();
  });
  document.addEventListener("click", (event) => box.contains(event.target) || hide());
}
