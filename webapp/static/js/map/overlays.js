// What we know about the ground, upon it: divisions, cells, cameras, views, gaps, routes, incidents.

import { labelFont, labelHalo } from "./base.js";
import { AREAS, camera, cameraCount, checkpoint, incident, incidentCount, watchedClass } from "./symbols.js";

const P = window.protomapsL;

// A rule that draws areas or lines with the legend's own symbol, chosen for each feature.
function areas(dataLayer, style, more = {}) {
  return {
    dataSource: "areas",
    dataLayer,
    symbolizer: {
      draw(c, geom, z, feature) {
        const name = style(feature.props);
        if (name) AREAS[name](c, geom, z);
      },
    },
    ...more,
  };
}

function points(dataSource, dataLayer, draw) {
  return {
    dataSource,
    dataLayer,
    symbolizer: {
      draw(c, geom, z, feature) {
        for (const [p] of geom) draw(c, p.x, p.y, z, feature.props);
      },
    },
  };
}

const LEVELS = ["village", "township", "county"];

// How long ago a street was walked, as the name of its style.
function walkedClass(days) {
  if (days < 0) return "walked-never";
  const limits = [1, 3, 7];
  const at = limits.findIndex((limit) => days <= limit);
  return `walked-${at < 0 ? limits.length : at}`;
}

// Paint rules for the layers that are on, lowest first.
export function overlayPaint(state) {
  const rules = [];
  const on = (name) => state.isOn(name);
  if (on("watched")) {
    rules.push(areas("cells", (p) => (watchedClass(p.watched) < 0 ? "watched-none" : `watched-${watchedClass(p.watched)}`)));
  }
  if (on("camera_views")) rules.push(areas("camera_views", () => "camera-view"));
  if (on("coverage_gaps")) rules.push(areas("coverage_gaps", () => "coverage-gap"));
  if (on("vacant")) rules.push(areas("cells", (p) => (p.has_lead ? null : "cell-vacant")));
  if (on("cells") || on("watched") || on("vacant")) {
    rules.push(areas("cells", () => "cell-general"));
    if (on("cells")) rules.push(areas("cells", (p) => (p.kind === "dedicated" ? "cell-dedicated" : null)));
  }
  if (on("divisions")) {
    for (const level of LEVELS) rules.push(areas("divisions", (p) => (p.level === level ? `division-${level}` : null)));
  }
  if (on("last_walked")) rules.push(areas("street_parts", (p) => walkedClass(p.days)));
  if (on("route_plans")) {
    rules.push(areas("route_plans", (p) => (p.status === "draft" ? "route-draft" : "route-published")));
    rules.push(points("areas", "checkpoints", checkpoint));
  }
  if (on("cameras")) {
    rules.push(points("areas", "camera_counts", cameraCount));
    rules.push(points("areas", "cameras", camera));
  }
  return rules;
}

const name = (lang) => (lang === "zh" ? ["name"] : ["name_en", "name"]);

export function overlayLabels(state, lang) {
  const rules = [];
  if (state.isOn("divisions")) {
    rules.push(
      divisionNames(lang, "county", { maxzoom: 9, size: 16 }),
      divisionNames(lang, "township", { minzoom: 10, maxzoom: 13, size: 14 }),
      divisionNames(lang, "village", { minzoom: 14, maxzoom: 14, size: 12.5 }),
    );
  }
  if (state.isOn("cells") || state.isOn("watched")) {
    rules.push({
      dataSource: "areas", dataLayer: "cell_names", minzoom: 15,
      symbolizer: new P.FlexSymbolizer([
        new P.CenteredTextSymbolizer({ labelProps: ["name"], fill: "#22384d", stroke: labelHalo, width: 3.5, font: labelFont(650, 12.5) }),
        new P.CenteredTextSymbolizer({ labelProps: ["code"], fill: "#42596f", stroke: labelHalo, width: 3, font: labelFont(500, 10.5) }),
      ]),
    });
  }
  return rules;
}

function divisionNames(lang, level, { minzoom, maxzoom, size }) {
  return {
    dataSource: "areas", dataLayer: "division_names", minzoom, maxzoom,
    filter: (z, f) => f.props.level === level,
    symbolizer: new P.CenteredTextSymbolizer({
      labelProps: name(lang), fill: "#4a2a78", stroke: labelHalo, width: 4, font: labelFont(650, size),
    }),
  };
}

export function incidentPaint() {
  return [points("incidents", "incident_counts", incidentCount), points("incidents", "incidents", incident)];
}
