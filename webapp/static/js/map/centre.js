// The page of the centre's staff: the list of cells beside the map, and the panel about one cell.

import { getJson, icon, make, text } from "./config.js";
import { details } from "./identify.js";
import { isPhone } from "./layers.js";
import { tieList } from "./list.js";
import { mapReady } from "./start.js";
import { swatch, watchedClass } from "./symbols.js";

const ASK_AFTER_MS = 250;

mapReady().then((context) => new CellList(context, document.getElementById("cell-side")));

class CellList {
  constructor(context, side) {
    Object.assign(this, { ...context, side });
    this.query = { q: "", order: "code", down: "" };
    this.columns = ["name", "households", ...(this.state.has("watched") ? ["watched"] : []), "lead"];
    this.build();
    this.list = tieList(this.body, context, { onPick: (code) => this.open(code) });
    context.identify?.onPick((feature) => feature.layer === "cells" && this.open(feature.code, { quietly: true }));
    document.addEventListener("map:found", ({ detail }) => detail.kind === "cell" && this.open(detail.code));
    context.map.on("click", () => isPhone() && this.unfold(false));
    this.load();
  }

  text(name, values) {
    return text(this.config, name, values);
  }

  build() {
    const search = make("input", { type: "search", class: "form-control form-control-sm", id: "cell-filter", maxlength: "80", placeholder: this.text("cellSearch"), "aria-label": this.text("cellSearch") });
    let timer = 0;
    search.addEventListener("input", () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => { this.query.q = search.value.trim(); this.load(); }, ASK_AFTER_MS);
    });
    this.head = make("tr", {});
    this.body = make("tbody", {});
    this.more = make("button", { type: "button", class: "btn btn-sm btn-outline-secondary w-100", hidden: true, onclick: () => this.load(this.body.children.length) }, this.text("showMore"));
    this.shown = make("p", { class: "map-note", role: "status" });
    this.panel = make("section", { class: "cell-panel", hidden: true, tabindex: "-1", "aria-live": "polite" });
    this.table = make("div", { class: "cell-list" },
      search, this.shown,
      make("div", { class: "cell-table" }, make("table", { class: "table table-sm table-hover align-middle" }, make("caption", { class: "visually-hidden" }, this.text("cells")), make("thead", {}, this.head), this.body), this.more));
    this.body.id = "cell-rows";
    this.content = make("div", { class: "side-content", id: "side-content" }, this.table, this.panel);
    this.toggle = make("button", { type: "button", class: "side-toggle", "aria-controls": "side-content", onclick: () => this.unfold(this.content.hidden) }, icon("grid-3x3"), make("span", {}, this.text("cells")), icon("chevron-expand"));
    this.side.append(make("h2", { class: "side-title" }, this.toggle), this.content);
    this.unfold(!isPhone());
    this.drawHead();
  }

  unfold(isOpen) {
    this.content.hidden = !isOpen;
    this.toggle.setAttribute("aria-expanded", String(isOpen));
    this.side.classList.toggle("side-folded", !isOpen);
    this.map.invalidateSize(false);
  }

  drawHead() {
    const cells = this.columns.map((column) => {
      const isIt = this.query.order === column;
      const sort = isIt ? (this.query.down ? "descending" : "ascending") : "none";
      const arrow = isIt ? icon(this.query.down ? "caret-down-fill" : "caret-up-fill") : null;
      const button = make("button", { type: "button", class: "sort-button", "aria-label": this.text("sortBy", { column: this.text(column) }), onclick: () => this.sort(column) }, this.text(column), arrow);
      return make("th", { scope: "col", "aria-sort": sort, class: column === "households" || column === "watched" ? "num" : "" }, button);
    });
    this.head.replaceChildren(...cells);
  }

  sort(column) {
    this.query.down = this.query.order === column && !this.query.down ? "1" : "";
    this.query.order = column;
    this.drawHead();
    this.load();
  }

  async load(offset = 0) {
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const { total, cells } = await getJson(this.config, "/api/map/cells", { ...this.query, offset: offset || "" }, this.asking.signal);
      const rows = cells.map((cell) => this.row(cell));
      if (offset) this.body.append(...rows);
      else this.body.replaceChildren(...rows);
      const shown = this.body.children.length;
      this.more.hidden = shown >= total && offset + cells.length >= total;
      if (!offset) this.total = total;
      this.more.hidden = shown >= this.total;
      this.shown.textContent = this.total ? this.text("shownOf", { shown, total: this.total.toLocaleString(this.config.lang) }) : this.text("noCells");
    } catch (error) {
      if (error.name !== "AbortError") this.shown.textContent = error.message;
    }
  }

  row(cell) {
    const go = make("button", { type: "button", class: "row-button", "aria-label": this.text("showOnMap", { name: cell.name }) }, make("span", { class: "cell-name" }, cell.name), make("span", { class: "cell-code" }, cell.code));
    const parts = {
      name: make("th", { scope: "row" }, go),
      households: make("td", { class: "num" }, cell.households === null ? this.text("unknown") : cell.households.toLocaleString(this.config.lang)),
      watched: make("td", { class: "num" }, ...this.watched(cell.watched)),
      lead: make("td", { class: cell.lead ? "" : "overdue" }, cell.lead ?? this.text("nobody")),
    };
    return make("tr", { "data-code": cell.code, "data-box": cell.box.join(",") }, ...this.columns.map((column) => parts[column]));
  }

  watched(percent) {
    if (percent === null) return [this.text("unknown")];
    return [swatch(`watched-${watchedClass(percent)}`), make("span", {}, `${percent}%`)];
  }

  async open(code, { quietly = false } = {}) {
    this.list.select(code);
    try {
      const feature = await getJson(this.config, `/api/map/cells/${encodeURIComponent(code)}`);
      const back = make("button", { type: "button", class: "btn btn-sm btn-link", onclick: () => this.close() }, icon("arrow-left"), ` ${this.text("back")}`);
      this.panel.replaceChildren(back, make("h3", {}, feature.title), details(this.config, feature));
      this.panel.hidden = false;
      this.table.hidden = true;
      if (!quietly || !isPhone()) this.unfold(true);
      this.identify?.selection.show(feature);
      if (!quietly) this.panel.focus({ preventScroll: true });
    } catch (error) {
      this.shown.textContent = error.message;
    }
  }

  close() {
    const code = this.body.querySelector(".map-row-picked .row-button");
    this.panel.hidden = true;
    this.table.hidden = false;
    this.identify?.selection.clear();
    code?.focus();
  }
}
