// The calm light base map from our own ground: land, water, roads with casing by kind, buildings, names.
// Rules for protomaps-leaflet (global `protomapsL`); z is the zoom of the display.

const P = window.protomapsL;

export const PAPER = "#f5f3ee";
const FONT = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const HALO = "rgba(255,255,255,.92)";

const LAND = {
  residential: "#edeae3",
  industrial: "#e7e4e3",
  farmland: "#eef0de",
  grass: "#e0ebd2",
  wood: "#cfe1c4",
  water: "#b7d5e8",
};

// Kinds of road from small to large, so that large ones lie on top. Widths in pixels: [zoom, width] pairs.
const ROADS = [
  { kinds: ["service"], colour: "#ffffff", casing: "#d8d2c6", from: 15, widths: [[15, 1.2], [17, 4], [19, 9]] },
  { kinds: ["pedestrian"], colour: "#f6f1f6", casing: "#cfc6cd", from: 14, widths: [[14, 1], [17, 5], [19, 12]] },
  { kinds: ["residential", "living_street", "unclassified", "road"], colour: "#ffffff", casing: "#cdc6b8", from: 13, widths: [[13, 0.9], [15, 3], [17, 8], [19, 18]] },
  { kinds: ["tertiary", "tertiary_link"], colour: "#ffffff", casing: "#bfb7a6", from: 12, widths: [[12, 1.4], [15, 5], [17, 11], [19, 22]] },
  { kinds: ["secondary", "secondary_link"], colour: "#fdf3cf", casing: "#cdb576", from: 10, widths: [[10, 1], [13, 2.8], [15, 6.5], [17, 13], [19, 25]] },
  { kinds: ["primary", "primary_link"], colour: "#fae0ae", casing: "#cd9f55", from: 8, widths: [[8, 0.8], [11, 2], [13, 3.6], [15, 7.5], [17, 14], [19, 27]] },
  { kinds: ["trunk", "trunk_link", "motorway", "motorway_link"], colour: "#f5cb94", casing: "#bf8338", from: 5, widths: [[6, 0.8], [10, 2.2], [13, 4.2], [15, 8], [17, 15], [19, 28]] },
];

const PATHS = [
  { kinds: ["track"], colour: "#b79b6c", dash: [6, 3], from: 15, widths: [[15, 1], [18, 2]] },
  { kinds: ["path", "footway", "bridleway"], colour: "#a78f78", dash: [3, 2.5], from: 15, widths: [[15, 0.9], [18, 1.8]] },
  { kinds: ["cycleway"], colour: "#5f86b3", dash: [5, 2.5], from: 15, widths: [[15, 0.9], [18, 1.8]] },
  { kinds: ["steps"], colour: "#9b5a4a", dash: [1.6, 1.6], from: 16, widths: [[16, 2.5], [19, 5]] },
];

const width = (stops, more = 0) => {
  const at = P.exp(1.5, stops);
  return (z) => at(z) + more;
};
const isOne = (kinds) => {
  const set = new Set(kinds);
  return (z, f) => set.has(f.props.kind);
};
const rule = (dataLayer, symbolizer, more = {}) => ({ dataSource: "ground", dataLayer, symbolizer, ...more });

export function groundPaint() {
  const rules = [];
  for (const [kind, colour] of Object.entries(LAND)) {
    const minzoom = kind === "residential" || kind === "industrial" ? 11 : undefined;
    rules.push(rule("land_covers", new P.PolygonSymbolizer({ fill: colour }), { filter: isOne([kind]), minzoom }));
  }
  rules.push(
    rule("buildings", new P.PolygonSymbolizer({ fill: "#ddd6ca", stroke: "#c2b9aa", width: (z) => (z >= 16 ? 0.8 : 0.4) }), { minzoom: 15 }),
  );
  for (const path of PATHS) {
    rules.push(
      rule("streets", new P.LineSymbolizer({ color: path.colour, width: width(path.widths), dash: path.dash }), { filter: isOne(path.kinds), minzoom: path.from }),
    );
  }
  for (const [part, more] of [["casing", 1.6], ["colour", 0]]) {
    for (const road of ROADS) {
      const symbolizer = new P.LineSymbolizer({
        color: road[part], width: width(road.widths, more), lineCap: "round", lineJoin: "round",
      });
      const minzoom = part === "casing" ? Math.max(road.from, 11) : road.from;
      rules.push(rule("streets", symbolizer, { filter: isOne(road.kinds), minzoom }));
    }
  }
  return rules;
}

const SETTLEMENTS = ["city", "town", "village", "suburb", "hamlet"];
const isSettlement = isOne(SETTLEMENTS);

// A small dot with the name beside it.
class Spot {
  constructor() {
    this.name = new P.OffsetTextSymbolizer({
      labelProps: ["name"], fill: "#4d5560", stroke: HALO, width: 3, font: `500 11px ${FONT}`,
      offsetX: 6, offsetY: 0, maxLineChars: 16, lineHeight: 1.35, placements: [3, 7],
    });
    this.dot = new P.CircleSymbolizer({ radius: 2.6, fill: "#7a6a58", stroke: "#ffffff", width: 1 });
  }

  place(layout, geom, feature) {
    const labels = this.name.place(layout, geom, feature);
    if (!labels) return undefined;
    const dot = this.dot;
    return labels.map((label) => ({
      ...label,
      draw: (c) => {
        dot.draw(c, [[{ x: 0, y: 0 }]], layout.zoom, feature);
        label.draw(c);
      },
    }));
  }
}

// The name of an area in the middle of its box, when the box has room for it.
class AreaName {
  constructor(fill) {
    this.name = new P.CenteredTextSymbolizer({ labelProps: ["name"], fill, stroke: HALO, width: 2.5, font: `italic 500 11.5px ${FONT}` });
  }

  place(layout, geom, feature) {
    const xs = geom.flat().map((p) => p.x);
    const ys = geom.flat().map((p) => p.y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    if (!feature.props.name || right - left < 60 || bottom - top < 20) return undefined;
    const middle = Object.assign(geom[0][0].clone(), { x: (left + right) / 2, y: (top + bottom) / 2 });
    return this.name.place(layout, [[middle]], feature);
  }
}

// Names of streets along them; large roads first, so that theirs win the room.
const STREET_NAMES = [
  { kinds: ["motorway", "trunk", "primary"], from: 12, size: 12, weight: 600 },
  { kinds: ["secondary"], from: 13, size: 12, weight: 500 },
  { kinds: ["tertiary"], from: 14, size: 11.5, weight: 500 },
  { kinds: ["residential", "living_street", "unclassified", "pedestrian", "road"], from: 15, size: 11, weight: 500 },
  { kinds: ["service", "footway", "path", "track", "steps", "cycleway"], from: 17, size: 10.5, weight: 400 },
];

// With divisions switched on, their names stand for the settlements' from afar.
export function groundLabels({ hasDivisions = false } = {}) {
  const rules = [
    rule("places", new P.CenteredTextSymbolizer({
      labelProps: ["name"], fill: "#1c2733", stroke: HALO, width: 3.5,
      font: (z, f) => `600 ${f?.props.kind === "town" || f?.props.kind === "city" ? 15 : f?.props.kind === "village" ? 13 : 12}px ${FONT}`,
    }), {
      filter: (z, f) => isSettlement(z, f) && (z >= 14 || (!hasDivisions && (["town", "city"].includes(f.props.kind) || (z >= 11 && f.props.kind === "village")))),
      maxzoom: 16,
      sort: (a, b) => SETTLEMENTS.indexOf(a.kind) - SETTLEMENTS.indexOf(b.kind),
    }),
  ];
  for (const street of STREET_NAMES) {
    rules.push(
      rule("streets", new P.LineLabelSymbolizer({
        labelProps: ["name"], fill: "#3a424c", stroke: HALO, width: 3, position: 2,
        font: `${street.weight} ${street.size}px ${FONT}`, repeatDistance: 380,
      }), { filter: isOne(street.kinds), minzoom: street.from }),
    );
  }
  rules.push(
    rule("land_covers", new AreaName("#33658a"), { filter: isOne(["water"]), minzoom: 13 }),
    rule("places", new Spot(), { filter: (z, f) => !isSettlement(z, f), minzoom: 16 }),
  );
  return rules;
}

export const labelFont = (weight, size) => `${weight} ${size}px ${FONT}`;
export const labelHalo = HALO;
