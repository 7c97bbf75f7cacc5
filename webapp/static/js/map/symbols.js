// Colours, patterns and shapes: the map and its legend are drawn by the same functions.
// Nothing is told apart by colour alone: patterns, dashes, shapes and words say the same.

export const INK = "#1c2733";
const PAPER = "#ffffff";

export const WATCHED = ["#c2410c", "#f08c3a", "#f6d28b", "#9cc9c4", "#2f7f8f"];
//: open ground is mostly fields and yards, so that a few per cent more tell a difference at the lower end
const WATCHED_FROM = [0, 5, 10, 20, 40];
export const watchedClass = (percent) => (percent === undefined || percent === null ? -1 : WATCHED_FROM.findLastIndex((from) => percent >= from));

const TAU = 2 * Math.PI;

function tile(size, paint) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  paint(canvas.getContext("2d"), size);
  return canvas;
}

// Diagonal lines that meet at the edges of their square; both ways when `crossed`.
function hatch(size, colour, width, crossed = false) {
  return tile(size, (c) => {
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.beginPath();
    for (const shift of [-size, 0, size]) {
      c.moveTo(shift - 1, size + 1);
      c.lineTo(shift + size + 1, -1);
      if (crossed) {
        c.moveTo(shift - 1, -1);
        c.lineTo(shift + size + 1, size + 1);
      }
    }
    c.stroke();
  });
}

function dots(size, colour, radius) {
  return tile(size, (c) => {
    c.fillStyle = colour;
    c.beginPath();
    c.arc(size / 2, size / 2, radius, 0, TAU);
    c.fill();
  });
}

const made = new Map();
function pattern(c, name) {
  if (!made.has(name)) made.set(name, PATTERNS[name]());
  return c.createPattern(made.get(name), "repeat");
}

const PATTERNS = {
  "watched-0": () => hatch(16, "rgb(120 40 0 / .3)", 1, true),
  "watched-1": () => hatch(8, "rgb(140 66 0 / .32)", 1),
  "watched-3": () => dots(16, "rgb(8 60 74 / .6)", 1.3),
  "watched-4": () => dots(8, "rgb(8 60 74 / .6)", 1.3),
  "watched-none": () => dots(8, "rgb(90 100 110 / .6)", 0.9),
  "cell-vacant": () => hatch(16, "rgb(150 20 60 / .6)", 2),
  "coverage-gap": () => hatch(8, "rgb(176 32 32 / .7)", 1.2),
};

function trace(c, geom) {
  c.beginPath();
  for (const ring of geom) ring.forEach((p, i) => (i ? c.lineTo(p.x, p.y) : c.moveTo(p.x, p.y)));
}

function fill(c, geom, colour, opacity, patternName = null) {
  trace(c, geom);
  c.globalAlpha = opacity;
  c.fillStyle = colour;
  c.fill("evenodd");
  c.globalAlpha = 1;
  if (patternName && PATTERNS[patternName]) {
    c.fillStyle = pattern(c, patternName);
    c.fill("evenodd");
  }
}

function stroke(c, geom, colour, width, dash = [], opacity = 1) {
  trace(c, geom);
  c.globalAlpha = opacity;
  c.strokeStyle = colour;
  c.lineWidth = width;
  c.lineJoin = c.lineCap = "round";
  c.setLineDash(dash);
  c.stroke();
  c.setLineDash([]);
  c.globalAlpha = 1;
}

const thicker = (z, from, least, most) => Math.max(least, Math.min(most, least + ((z - from) * (most - least)) / 6));

// ── areas and lines: (canvas, rings or lines, zoom) ────────────────────────────────────────────────────────────────
export const AREAS = {
  "division-county": (c, g, z) => stroke(c, g, "#6b3fa0", thicker(z, 10, 2, 4), [14, 4, 2, 4], 0.85),
  "division-township": (c, g, z) => stroke(c, g, "#7d55ad", thicker(z, 10, 1.1, 2.8), [10, 4], 0.8),
  "division-village": (c, g, z) => stroke(c, g, "#8d6fb5", thicker(z, 12, 1, 2.2), [3, 4], 0.9),
  "cell-general": (c, g, z) => {
    stroke(c, g, PAPER, thicker(z, 11, 1.6, 4), [], 0.7);
    stroke(c, g, "#40566b", thicker(z, 11, 0.7, 1.8));
  },
  "cell-dedicated": (c, g, z) => {
    fill(c, g, "#4b5fc4", 0.1);
    stroke(c, g, "#3547a8", thicker(z, 11, 1.2, 2.6), [6, 3]);
  },
  "cell-vacant": (c, g, z) => {
    fill(c, g, "#96143c", 0.06, "cell-vacant");
    stroke(c, g, "#96143c", thicker(z, 11, 1, 2));
  },
  "watched-none": (c, g) => fill(c, g, "#8a949d", 0.12, "watched-none"),
  "camera-view": (c, g) => {
    fill(c, g, "#0a7f9e", 0.24);
    stroke(c, g, "#08627a", 0.8, [], 0.7);
  },
  "coverage-gap": (c, g) => {
    fill(c, g, "#d92d20", 0.06, "coverage-gap");
    stroke(c, g, "#b02020", 1, [4, 2], 0.8);
  },
  "route-published": (c, g, z) => {
    stroke(c, g, PAPER, thicker(z, 12, 3, 7.5), [], 0.9);
    stroke(c, g, "#a11a6e", thicker(z, 12, 1.6, 4.5));
  },
  "route-draft": (c, g, z) => {
    stroke(c, g, PAPER, thicker(z, 12, 3, 7.5), [], 0.9);
    stroke(c, g, "#a11a6e", thicker(z, 12, 1.5, 4), [8, 7]);
  },
};
["#0b7a4b", "#6a9a1f", "#c98a00", "#b3402a"].forEach((colour, i) => {
  AREAS[`walked-${i}`] = (c, g, z) => {
    stroke(c, g, PAPER, thicker(z, 12, 3, 7), [], 0.85);
    stroke(c, g, colour, thicker(z, 12, 1.6, 4.5));
  };
});
AREAS["walked-never"] = (c, g, z) => stroke(c, g, "#5b6570", thicker(z, 12, 1.4, 3), [3, 4]);
WATCHED.forEach((colour, i) => {
  AREAS[`watched-${i}`] = (c, g, z) => fill(c, g, colour, z >= 15 ? 0.26 : 0.38, `watched-${i}`);
});

// ── points: (canvas, x, y, zoom, properties) ───────────────────────────────────────────────────────────────────────
function disc(c, x, y, r, colour, ring = PAPER, width = 1.5) {
  c.beginPath();
  c.arc(x, y, r, 0, TAU);
  c.fillStyle = colour;
  c.fill();
  if (!ring) return;
  c.strokeStyle = ring;
  c.lineWidth = width;
  c.stroke();
}

function polygon(c, points, colour, ring, width = 1.5) {
  c.beginPath();
  points.forEach(([x, y], i) => (i ? c.lineTo(x, y) : c.moveTo(x, y)));
  c.closePath();
  c.fillStyle = colour;
  c.fill();
  c.strokeStyle = ring;
  c.lineWidth = width;
  c.lineJoin = "round";
  c.stroke();
}

function word(c, x, y, content, colour = PAPER, size = 11) {
  c.font = `600 ${size}px system-ui, sans-serif`;
  c.textAlign = "center";
  c.textBaseline = "middle";
  c.fillStyle = colour;
  c.fillText(content, x, y + 0.5);
  c.textAlign = "start";
  c.textBaseline = "alphabetic";
}

const short = (n) => (n < 1000 ? String(n) : n < 10000 ? `${(n / 1000).toFixed(1)}k` : `${Math.round(n / 1000)}k`);

// Where a camera looks: a wedge of its field of view; round for a panoramic one. Bearings are clockwise from north.
function wedge(c, x, y, bearing, hfov, radius, colour) {
  const middle = ((bearing - 90) * Math.PI) / 180;
  const half = (Math.min(hfov, 360) * Math.PI) / 360;
  c.beginPath();
  if (hfov < 355) c.moveTo(x, y);
  c.arc(x, y, radius, middle - half, middle + half);
  c.closePath();
  c.globalAlpha = 0.35;
  c.fillStyle = colour;
  c.fill();
  c.globalAlpha = 0.9;
  c.strokeStyle = colour;
  c.lineWidth = 1;
  c.stroke();
  c.globalAlpha = 1;
}

const CAMERA = { online: "#0a5c78", offline: "#b02020", fault: "#b02020", planned: "#55606b" };

export function camera(c, x, y, z, p) {
  const colour = CAMERA[p.status] ?? CAMERA.online;
  const r = z >= 17 ? 6 : z >= 16 ? 5 : z >= 15 ? 3.6 : 2.6;
  if (z >= 16) wedge(c, x, y, p.bearing_deg, p.hfov_deg, r * 3.4, colour);
  if (p.status === "planned") {
    c.setLineDash([2, 2]);
    disc(c, x, y, r, PAPER, colour, 1.6);
    c.setLineDash([]);
  } else if (p.status === "online") {
    disc(c, x, y, r, colour, PAPER, r > 3 ? 1.5 : 0.8);
  } else {
    disc(c, x, y, r, PAPER, colour, r > 3 ? 2 : 1.4);
    c.beginPath();
    c.moveTo(x - r * 0.6, y + r * 0.6);
    c.lineTo(x + r * 0.6, y - r * 0.6);
    c.stroke();
  }
}

export function cameraCount(c, x, y, z, p) {
  const r = 9 + Math.min(9, 2.2 * Math.log2(p.cameras));
  c.globalAlpha = 0.88;
  disc(c, x, y, r, CAMERA.online, PAPER, 1.5);
  c.globalAlpha = 1;
  if (p.faulty) {
    c.beginPath();
    c.arc(x, y, r + 1, -Math.PI / 2, -Math.PI / 2 + (TAU * p.faulty) / p.cameras);
    c.strokeStyle = CAMERA.offline;
    c.lineWidth = 3;
    c.stroke();
  }
  word(c, x, y, short(p.cameras));
}

export function checkpoint(c, x, y, z, p) {
  disc(c, x, y, 9, PAPER, "#a11a6e", 2);
  word(c, x, y, String(p.seq), "#7d1055", 11);
}

const PRIORITY = { urgent: "#b3261e", important: "#b45f06", general: "#1f5fa8", long: "#1f5fa8" };

export function incident(c, x, y, z, p) {
  const isOverdue = p.is_open && p.due_s && p.due_s * 1000 < Date.now();
  const r = z >= 17 ? 8 : 6.5;
  if (!p.is_open) {
    disc(c, x, y, r - 2, "#6b7680", PAPER, 1.2);
    c.beginPath();
    c.moveTo(x - 2.2, y + 0.2);
    c.lineTo(x - 0.5, y + 2);
    c.lineTo(x + 2.5, y - 2);
    c.strokeStyle = PAPER;
    c.lineWidth = 1.3;
    c.stroke();
    return;
  }
  if (isOverdue) disc(c, x, y, r + 4, "rgb(255 255 255 / .85)", INK, 2);
  if (p.priority === "urgent") polygon(c, [[x, y - r - 1.5], [x + r + 1.5, y], [x, y + r + 1.5], [x - r - 1.5, y]], PRIORITY.urgent, PAPER);
  else if (p.priority === "important") polygon(c, [[x, y - r], [x + r, y + r * 0.8], [x - r, y + r * 0.8]], PRIORITY.important, PAPER);
  else disc(c, x, y, r - 1.5, PRIORITY.general, PAPER);
  if (p.priority === "urgent") word(c, x, y, "!", PAPER, r * 1.7);
}

export function incidentCount(c, x, y, z, p) {
  const r = 9 + Math.min(10, 1.4 * Math.log2(p.incidents));
  c.globalAlpha = 0.9;
  disc(c, x, y, r, p.open ? "#1f5fa8" : "#6b7680", PAPER, 2);
  c.globalAlpha = 1;
  if (p.urgent) {
    disc(c, x + r * 0.72, y - r * 0.72, 6.5, PRIORITY.urgent, PAPER, 1.5);
    word(c, x + r * 0.72, y - r * 0.72, "!", PAPER, 10);
  }
  word(c, x, y, short(p.incidents), PAPER, 12);
}

// A member on patrol: filled while fresh, hollow when old, dashed when lost; the words stand beside it on the map.
export function member(c, x, y, state, isSmall = false) {
  const colour = "#1d6b3a";
  if (isSmall) {
    disc(c, x, y, state === "fresh" ? 4.5 : 4, state === "fresh" ? colour : PAPER, state === "fresh" ? PAPER : state === "old" ? colour : "#6b7680", 1.6);
    return;
  }
  if (state === "fresh") disc(c, x, y, 8, colour, PAPER, 2);
  else {
    if (state === "lost") c.setLineDash([3, 2]);
    disc(c, x, y, 7, "rgb(255 255 255 / .9)", state === "lost" ? "#6b7680" : colour, 2.2);
    c.setLineDash([]);
  }
  const body = state === "fresh" ? PAPER : state === "lost" ? "#6b7680" : colour;
  disc(c, x, y - 2.4, 1.9, body, null);
  c.beginPath();
  c.arc(x, y + 4, 3.6, Math.PI, TAU);
  c.fillStyle = body;
  c.fill();
}

const POINTS = {
  "camera-online": (c, x, y) => camera(c, x - 3, y, 16, { status: "online", bearing_deg: 90, hfov_deg: 70 }),
  "camera-offline": (c, x, y) => camera(c, x - 3, y, 16, { status: "offline", bearing_deg: 90, hfov_deg: 70 }),
  "camera-planned": (c, x, y) => camera(c, x - 3, y, 16, { status: "planned", bearing_deg: 90, hfov_deg: 70 }),
  "camera-count": (c, x, y) => { disc(c, x, y, 8.5, CAMERA.online); word(c, x, y, "12", PAPER, 10); },
  checkpoint: (c, x, y) => checkpoint(c, x, y, 16, { seq: 1 }),
  "incident-urgent": (c, x, y) => incident(c, x, y, 16, { is_open: true, priority: "urgent" }),
  "incident-important": (c, x, y) => incident(c, x, y, 16, { is_open: true, priority: "important" }),
  "incident-general": (c, x, y) => incident(c, x, y, 16, { is_open: true, priority: "general" }),
  "incident-overdue": (c, x, y) => incident(c, x, y, 16, { is_open: true, priority: "general", due_s: 1 }),
  "incident-closed": (c, x, y) => incident(c, x, y, 16, { is_open: false }),
  "incident-count": (c, x, y) => { disc(c, x, y, 9, "#1f5fa8"); word(c, x, y, "7", PAPER, 11); },
  "member-fresh": (c, x, y) => member(c, x, y, "fresh"),
  "member-old": (c, x, y) => member(c, x, y, "old"),
  "member-lost": (c, x, y) => member(c, x, y, "lost"),
};

export const HEAT = { 0.25: "#3b6fb6", 0.45: "#4fa3a5", 0.65: "#f2c14e", 0.85: "#e4772e", 1: "#b3261e" };

const BOX = { w: 34, h: 20 };

function rectangle(inset) {
  const { w, h } = BOX;
  return [[[inset, inset], [w - inset, inset], [w - inset, h - inset], [inset, h - inset], [inset, inset]].map(([x, y]) => ({ x, y }))];
}

function line() {
  return [[{ x: 2, y: BOX.h / 2 }, { x: BOX.w - 2, y: BOX.h / 2 }]];
}

// The symbol of a legend line, drawn as on the map; it says nothing to a screen reader, the words beside it do.
export function swatch(style) {
  const ratio = window.devicePixelRatio || 1;
  const canvas = document.createElement("canvas");
  canvas.width = BOX.w * ratio;
  canvas.height = BOX.h * ratio;
  canvas.className = "map-swatch";
  canvas.setAttribute("aria-hidden", "true");
  const c = canvas.getContext("2d");
  c.scale(ratio, ratio);
  if (style === "heat") {
    const gradient = c.createLinearGradient(2, 0, BOX.w - 2, 0);
    for (const [stop, colour] of Object.entries(HEAT)) gradient.addColorStop(Number(stop), colour);
    c.fillStyle = gradient;
    c.fillRect(2, 4, BOX.w - 4, BOX.h - 8);
  } else if (POINTS[style]) POINTS[style](c, BOX.w / 2, BOX.h / 2);
  else if (AREAS[style]) AREAS[style](c, /^(division|route|walked)-/.test(style) ? line() : rectangle(2), 13);
  return canvas;
}
