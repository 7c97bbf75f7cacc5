// The layer switch with its legend: groups of switches, a symbol for every class, how many things are in view,
// the incidents' filter. A panel at the side; on a phone a sheet that comes up from below.

import { icon, make, text } from "./config.js";
import { countInView } from "./counts.js";
import { swatch } from "./symbols.js";

//: tiles asked for anew need a moment; the second count is right even on a slow line
const COUNT_AFTER_MS = [300, 1800];

export function layerPanel(context) {
  const { map, config, state, frame } = context;
  if (!config.layers.length) return;
  const panel = make("section", { class: "map-panel", id: "map-layers", "aria-label": text(config, "layers") });
  const toggle = make(
    "button",
    { type: "button", class: "map-button map-layers-toggle", "aria-controls": "map-layers", onclick: () => show(panel.hidden) },
    icon("layers"), make("span", {}, text(config, "layers")),
  );
  const close = make(
    "button",
    { type: "button", class: "btn-close", "aria-label": text(config, "closeLayers"), onclick: () => { show(false); toggle.focus(); } },
  );
  panel.append(make("header", { class: "map-panel-head" }, make("h2", {}, text(config, "layers")), close));
  const lines = new Map();
  for (const group of config.groups) {
    const own = config.layers.filter((layer) => layer.group === group.name);
    if (!own.length) continue;
    const set = make("fieldset", { class: "map-group" }, make("legend", {}, group.title));
    for (const layer of own) {
      const line = layerLine(context, layer);
      lines.set(layer.name, line);
      set.append(line.element);
    }
    if (group.name === "incidents" && config.filters) set.append(filterForm(context));
    if (group.name === "watching" && config.tiers) set.append(tierChoice(context));
    panel.append(set);
  }
  frame.append(toggle, panel);
  L.DomEvent.disableClickPropagation(panel);
  L.DomEvent.disableScrollPropagation(panel);

  function show(isOpen) {
    panel.hidden = !isOpen;
    toggle.setAttribute("aria-expanded", String(isOpen));
    if (isOpen && isPhone()) panel.querySelector("input")?.focus({ preventScroll: true });
  }
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    show(false);
    toggle.focus();
  });
  show(!isPhone() && !config.layersClosed);
  map.on("click", () => isPhone() && show(false));

  const refresh = () => {
    const counts = countInView(context);
    for (const [name, line] of lines) line.update(map.getZoom(), counts[name]);
  };
  let timers = [];
  const soon = () => {
    timers.forEach(window.clearTimeout);
    timers = COUNT_AFTER_MS.map((wait) => window.setTimeout(refresh, wait));
  };
  map.on("moveend zoomend", soon);
  for (const event of ["layers", "filter", "versions", "loaded"]) state.addEventListener(event, soon);
  refresh();
}

export const isPhone = () => window.matchMedia("(max-width: 767.98px)").matches;

function layerLine({ config, state }, layer) {
  const id = `layer-${layer.name}`;
  const box = make("input", { type: "checkbox", class: "form-check-input", role: "switch", id, onchange: () => state.switchLayer(layer.name, box.checked) });
  const note = make("span", { class: "map-note", id: `${id}-note` });
  box.setAttribute("aria-describedby", note.id);
  const legend = make("ul", { class: "map-legend", "aria-label": `${text(config, "legend")}: ${layer.title}` });
  for (const line of layer.legend) legend.append(make("li", {}, swatch(line.style), make("span", {}, line.text)));
  const label = make("label", { class: "form-check-label", for: id }, layer.title);
  const element = make("div", { class: "map-layer" }, make("div", { class: "form-check form-switch" }, box, label, note), legend);
  const update = (zoom, count) => {
    const isOn = state.isOn(layer.name);
    const isTooFar = zoom < layer.fromZoom;
    box.checked = isOn;
    legend.hidden = !isOn;
    element.classList.toggle("map-layer-far", isOn && isTooFar);
    note.textContent = !isOn ? "" : isTooFar ? text(config, "zoomCloser") : count === undefined ? "" : text(config, "count", { count: count.toLocaleString(config.lang) });
  };
  return { element, update };
}

function filterForm({ config, state }) {
  const form = make("div", { class: "map-filter", role: "group", "aria-label": text(config, "filter") });
  const choice = (name, title, options) => {
    const select = make("select", { class: "form-select form-select-sm", id: `filter-${name}` }, ...options);
    const apply = () => {
      const [kind, code] = select.value.includes(":") ? select.value.split(":") : [name, select.value];
      state.setFilter(name === "category" ? { group: "", category: "", [kind]: code } : { [kind]: code });
    };
    select.addEventListener("change", apply);
    form.append(make("label", { for: select.id }, title), select);
    return select;
  };
  const { statuses, days, categories } = config.filters;
  const option = ({ value, text: words }) => make("option", { value }, words);
  const status = choice("status", text(config, "status"), statuses.map(option));
  const category = choice("category", text(config, "category"), [
    make("option", { value: "" }, text(config, "allCategories")),
    ...groupsOf(categories).map(([group, lines]) => groupOptions(config, group, lines)),
  ]);
  const time = choice("days", text(config, "days"), days.map(option));
  const show = () => {
    status.value = state.filter.status;
    category.value = state.filter.category ? `category:${state.filter.category}` : state.filter.group ? `group:${state.filter.group}` : "";
    time.value = state.filter.days;
  };
  state.addEventListener("filter", show);
  show();
  return form;
}

// For which quality of the picture views and cells are shown.
function tierChoice({ config, state }) {
  const select = make("select", { class: "form-select form-select-sm", id: "filter-tier", onchange: () => state.setTier(select.value) },
    ...config.tiers.map(({ value, text: words }) => make("option", { value }, words)));
  const show = () => { select.value = state.tier; };
  state.addEventListener("tier", show);
  show();
  return make("div", { class: "map-filter map-tier" }, make("label", { for: select.id }, text(config, "tier")), select);
}

function groupsOf(categories) {
  const groups = new Map();
  for (const line of categories) groups.set(line.group ?? "", [...(groups.get(line.group ?? "") ?? []), line]);
  return [...groups];
}

function groupOptions(config, group, lines) {
  const options = lines.map((line) => make("option", { value: `category:${line.value}` }, line.text));
  if (!group) return make("optgroup", { label: text(config, "category") }, ...options);
  if (lines.length > 1) options.unshift(make("option", { value: `group:${group}` }, text(config, "wholeGroup", { group })));
  return make("optgroup", { label: group }, ...options);
}
