// The map and the panel beside it, from the data in the page. Text from outside becomes text nodes only: nothing here
// builds markup or script from a string, and a link is made only of a http or https address.
(function () {
"use strict";
const SCALE = 1e5;
const SVG = "http://www.w3.org/2000/svg";
const ARABIC = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/;
const MAX_LABELS = 140;
const MAX_ROWS = 300;
const FIRST_ROWS = 4;

const WORDS = {
  en: { figures: "Figures", layers: "Layers", about: "About", search: "Find a place", nothing: "Nothing found", language: "Names: both", names: ["both", "English", "العربية"],
    map: "Show on the map", rows: "List of rows", report: "Whole text", source: "Source", play: "Play", pause: "Pause", date: "Date", seen: "appears when you zoom in", of: "of",
    maybe: "may happen", derived: "computed from the text", published: "published", by: "according to", quote: "In the reports", limits: "Limits", disclaimer: "Boundaries and names", sources: "Sources and licences",
    withheld: "Left out or coarsened for this audience", method: "How this was made", reports: "Reports", close: "Show or hide the panel", base: "Online base map (needs a network)", none: "No figures.", more: "more", details: "Details",
    schematic: "Schematic roads: for orientation, not for navigation", asof: "As of", skip: "Skip the map", side: "Figures, layers and search" },
  ar: { figures: "الأرقام", layers: "الطبقات", about: "حول", search: "ابحث عن مكان", nothing: "لا نتائج", language: "الأسماء", names: ["both", "English", "العربية"],
    map: "أظهر على الخريطة", rows: "قائمة العناصر", report: "النص الكامل", source: "المصدر", play: "تشغيل", pause: "إيقاف", date: "التاريخ", seen: "يظهر عند التقريب", of: "من",
    maybe: "قد يحدث", derived: "محسوب من النص", published: "نُشر في", by: "بحسب", quote: "في التقارير", limits: "الحدود والقيود", disclaimer: "الحدود والأسماء", sources: "المصادر والتراخيص",
    withheld: "ما حُجب أو عُمّم", method: "كيف أُعدّت الخريطة", reports: "التقارير", close: "إظهار اللوحة أو إخفاؤها", base: "خريطة أساس عبر الشبكة", none: "لا أرقام.", more: "أخرى", details: "تفاصيل",
    schematic: "طرق تخطيطية: للاستدلال لا للملاحة", asof: "حتى تاريخ", skip: "تجاوز الخريطة", side: "الأرقام والطبقات والبحث" },
};

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name, value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(3)) if (child !== null && child !== undefined && child !== "") made.append(child);
  return made;
}
function node(tag, attributes, ...children) { return fill(document.createElement(tag), attributes, children); }
function shape(tag, attributes, ...children) { return fill(document.createElementNS(SVG, tag), attributes, children); }
// A run of text in its own direction.
function text(value) {
  const words = String(value === null || value === undefined ? "" : value);
  // A range such as 2–5 keeps its lower end first within Arabic.
  return ARABIC.test(words) ? node("bdi", { lang: "ar", dir: "rtl", class: "ar" }, words.replace(/\d[\d,.]*–\d[\d,.]*/g, "\u2066$&\u2069")) : node("bdi", {}, words);
}
// Numbers and ranges keep their order within a line of Arabic.
function ltr(words) { return ARABIC.test(words) ? text(words) : node("bdi", { dir: "ltr" }, words); }
function link(address, words) {
  let safe = null;
  try { const parsed = new URL(String(address)); if (parsed.protocol === "https:" || parsed.protocol === "http:") safe = parsed.href; } catch (error) { safe = null; }
  return safe ? node("a", { href: safe, target: "_blank", rel: "noopener noreferrer" }, text(words || safe)) : text(words || address);
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const exact = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const one = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
// The language of the panel, and what codes and English words of the data are called in it.
const spoken = { language: "en", words: { en: {}, ar: {} } };
function said(words) {
  const own = Object.hasOwn(spoken.words.en, words) ? spoken.words.en[words] : String(words).replace(/_/g, " ");
  return spoken.language === "ar" && Object.hasOwn(spoken.words.ar, own) ? spoken.words.ar[own] : own;
}
function amount(value, unit) {
  if (typeof value !== "number") return said(value);
  if (unit === "m") return Math.abs(value) >= 1000 ? one.format(value / 1000) + " " + said("km") : whole.format(value) + " " + said("m");
  if (unit === "m²") return value >= 1e6 ? whole.format(value / 1e6) + " " + said("km²") : whole.format(value) + " " + said("m²");
  if (unit === "s") {
    const minutes = Math.round(value / 60);
    return minutes < 60 ? minutes + " " + said("min") : Math.floor(minutes / 60) + " " + said("h") + (minutes % 60 ? " " + (minutes % 60) + " " + said("min") : "");
  }
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? whole.format(value) : exact.format(value);
  return unit ? digits + " " + said(unit) : digits;
}
const MONTHS = { en: ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
  ar: ["كانون الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران", "تموز", "آب", "أيلول", "تشرين الأول", "تشرين الثاني", "كانون الأول"] };
function day(iso) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso || "");
  return parts ? Number(parts[3]) + " " + MONTHS[spoken.language][Number(parts[2]) - 1] + " " + parts[1] : String(iso || "");
}
function shown(column, row) {
  const value = "all" in column ? column.all : column.values[row];
  if (value === null || value === "") return null;
  if (column.type === "interval") {
    const [low, mid, high] = value;
    if (mid === null) return null;
    const centre = amount(mid, column.unit);
    return low === null || high === null || (low === mid && high === mid) ? centre : centre + " (" + amount(low, column.unit) + " – " + amount(high, column.unit) + ")";
  }
  if (column.type === "date") return day(value);
  if (typeof value === "boolean") return said(value ? "yes" : "no");
  return amount(value, column.unit);
}

// Drawing: marks of several shapes, and lines with a casing beneath.
const MARKS = {
  square: [[-1, -1], [1, -1], [1, 1], [-1, 1]], diamond: [[0, -1.15], [1.15, 0], [0, 1.15], [-1.15, 0]], triangle: [[0, -1.15], [1.05, 0.85], [-1.05, 0.85]],
  cross: [[-1, -0.35], [-0.35, -0.35], [-0.35, -1], [0.35, -1], [0.35, -0.35], [1, -0.35], [1, 0.35], [0.35, 0.35], [0.35, 1], [-0.35, 1], [-0.35, 0.35], [-1, 0.35]],
  star: Array.from({ length: 10 }, (unused, at) => { const reach = at % 2 ? 0.48 : 1.2, angle = (at * Math.PI) / 5 - Math.PI / 2; return [reach * Math.cos(angle), reach * Math.sin(angle)]; }),
};
L.Canvas.include({
  _mark: function (layer) {
    if (!this._drawing || layer._empty()) return;
    const context = this._ctx, at = layer._point, reach = layer._radius, corners = MARKS[layer.options.mark];
    context.beginPath();
    if (corners) { corners.forEach(([x, y], step) => context[step ? "lineTo" : "moveTo"](at.x + x * reach, at.y + y * reach)); context.closePath(); }
    else context.arc(at.x, at.y, reach, 0, Math.PI * 2);
    this._fillStroke(context, layer);
  },
  _casing: function (layer) {
    if (!this._drawing || !layer._parts.length) return;
    const context = this._ctx;
    context.save();
    context.beginPath();
    for (const part of layer._parts) part.forEach((at, step) => context[step ? "lineTo" : "moveTo"](at.x, at.y));
    context.strokeStyle = layer.options.casing;
    context.lineWidth = layer.options.casingWidth;
    context.lineCap = context.lineJoin = "round";
    context.setLineDash([]);
    context.stroke();
    context.restore();
  },
  // The head of an arrow at the middle of the way: at its end the circles of camps would cover it.
  _head: function (layer) {
    if (!this._drawing) return;
    for (const part of layer._parts) {
      const found = half(part);
      if (!found) continue;
      const context = this._ctx, reach = layer.options.arrow / 2;
      context.save();
      context.translate(found.x, found.y);
      context.rotate(found.turn);
      context.beginPath();
      context.moveTo(reach, 0); context.lineTo(-reach, -0.8 * reach); context.lineTo(-reach, 0.8 * reach); context.closePath();
      context.fillStyle = layer.options.color;
      context.globalAlpha = 1;
      context.fill();
      context.strokeStyle = "#ffffff";
      context.lineWidth = 0.8;
      context.setLineDash([]);
      context.stroke();
      context.restore();
    }
  },
});
function half(points) {
  const steps = points.slice(1).map((at, step) => at.distanceTo(points[step]));
  let left = steps.reduce((sum, one) => sum + one, 0) / 2;
  for (let at = 0; at < steps.length; at++) {
    if (steps[at] && left <= steps[at]) {
      const from = points[at], to = points[at + 1], share = left / steps[at];
      return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share, turn: Math.atan2(to.y - from.y, to.x - from.x) };
    }
    left -= steps[at];
  }
  return null;
}
const Mark = L.CircleMarker.extend({ _updatePath: function () { this._renderer._mark(this); } });
const Line = L.Polyline.extend({ _updatePath: function () { if (this.options.casing) this._renderer._casing(this); this._renderer._updatePoly(this); if (this.options.arrow) this._renderer._head(this); } });

function line(steps) {
  const points = [];
  let x = 0, y = 0;
  for (let at = 0; at < steps.length; at += 2) { x += steps[at]; y += steps[at + 1]; points.push([y / SCALE, x / SCALE]); }
  return points;
}
function point(pair) { return L.latLng(pair[1] / SCALE, pair[0] / SCALE); }
function options(look, renderer) {
  return { renderer: renderer, color: look.stroke || look.fill, weight: look.width || 0, stroke: Boolean(look.stroke && look.width), opacity: look.opacity || 1,
    fill: Boolean(look.fill), fillColor: look.fill, fillOpacity: look.opacity || 1, radius: look.radius || 4, mark: look.marker,
    dashArray: look.dash ? look.dash.join(",") : null, lineCap: look.dash ? "butt" : "round", casing: look.casing, casingWidth: look.casing_width, arrow: look.arrow, smoothFactor: 1.2, bubblingMouseEvents: false };
}
function draw(kind, coordinates, drawn) {
  if (kind === "Point") return new Mark(point(coordinates), drawn);
  if (kind === "Polygon") return L.polygon(coordinates.map((rings) => rings.map(line)), drawn);
  return new Line(coordinates.map(line), Object.assign(drawn, { fill: false }));
}
// Many lines: unpacked once into flat arrays, sorted into squares of the ground, drawn a tile at a time.
const SQUARE = 11;
function unpack(packed, scale) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  let at = 0;
  const next = () => { let shift = 0, number = 0, byte; do { byte = bytes[at++]; number += (byte & 127) * 2 ** shift; shift += 7; } while (byte & 128); return number % 2 ? -(number + 1) / 2 : number / 2; };
  const xs = [], ys = [], lines = [];
  while (at < bytes.length) {
    const parts = [];
    for (let count = next(); count > 0; count--) {
      const first = xs.length;
      let x = 0, y = 0;
      for (let left = next(); left > 0; left--) {
        x += next(); y += next();
        const sine = Math.sin((y / scale) * Math.PI / 180);
        xs.push(128 + (x / scale) * 256 / 360);
        ys.push(128 - Math.log((1 + sine) / (1 - sine)) * 64 / Math.PI);
      }
      parts.push([first, xs.length]);
    }
    lines.push(parts);
  }
  return { xs: Float64Array.from(xs), ys: Float64Array.from(ys), lines: lines };
}
const Dense = L.GridLayer.extend({
  initialize: function (layer, look, chosen) { L.GridLayer.prototype.initialize.call(this, { pane: "dense", updateWhenZooming: false, keepBuffer: 2 }); Object.assign(this, { layer: layer, look: look, squares: new Map() }); for (const row of chosen) this.file(row); },
  file: function (row) {
    const { xs, ys, lines } = this.layer.dense, size = 256 / 2 ** SQUARE, rim = size / 32;
    let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
    for (const [first, end] of lines[row]) for (let at = first; at < end; at++) { left = Math.min(left, xs[at]); right = Math.max(right, xs[at]); top = Math.min(top, ys[at]); bottom = Math.max(bottom, ys[at]); }
    for (let x = Math.floor((left - rim) / size); x <= Math.floor((right + rim) / size); x++) for (let y = Math.floor((top - rim) / size); y <= Math.floor((bottom + rim) / size); y++) {
      const key = x * 4096 + y;
      this.squares.has(key) ? this.squares.get(key).push(row) : this.squares.set(key, [row]);
    }
  },
  within: function (x, y, zoom) {
    const found = new Set(), step = 2 ** (SQUARE - zoom);
    if (step <= 1) for (const row of this.squares.get(Math.floor(x * step) * 4096 + Math.floor(y * step)) || []) found.add(row);
    else for (let i = x * step; i < (x + 1) * step; i++) for (let j = y * step; j < (y + 1) * step; j++) for (const row of this.squares.get(i * 4096 + j) || []) found.add(row);
    return found;
  },
  createTile: function (at) {
    const rows = this.within(at.x, at.y, at.z);
    // A picture without a line costs as much at every frame as one full of them.
    if (!rows.size) return document.createElement("div");
    const tile = document.createElement("canvas"), size = this.getTileSize(), ratio = window.devicePixelRatio || 1, scale = 2 ** at.z;
    tile.width = size.x * ratio; tile.height = size.y * ratio;
    const context = tile.getContext("2d"), { xs, ys, lines } = this.layer.dense;
    context.scale(ratio, ratio);
    Object.assign(context, { strokeStyle: this.look.stroke, lineWidth: this.look.width, globalAlpha: this.look.opacity || 1, lineCap: this.look.dash ? "butt" : "round", lineJoin: "round" });
    context.setLineDash(this.look.dash || []);
    context.beginPath();
    for (const row of rows) for (const [first, end] of lines[row]) {
      let px = NaN, py = NaN;
      for (let step = first; step < end; step++) {
        const x = xs[step] * scale - at.x * size.x, y = ys[step] * scale - at.y * size.y;
        if (step === first) context.moveTo(x, y);
        else if (step === end - 1 || Math.abs(x - px) + Math.abs(y - py) > 0.7) context.lineTo(x, y);
        else continue;
        px = x; py = y;
      }
    }
    context.stroke();
    return tile;
  },
  nearest: function (latlng, zoom, reach) {
    const spot = L.CRS.EPSG3857.latLngToPoint(latlng, 0), { xs, ys, lines } = this.layer.dense, size = 256 / 2 ** SQUARE;
    let best = { row: -1, far: reach / 2 ** zoom };
    for (const row of this.squares.get(Math.floor(spot.x / size) * 4096 + Math.floor(spot.y / size)) || []) for (const [first, end] of lines[row]) for (let at = first; at < end - 1; at++) {
      const far = L.LineUtil.pointToSegmentDistance(spot, L.point(xs[at], ys[at]), L.point(xs[at + 1], ys[at + 1]));
      if (far < best.far) best = { row: row, far: far };
    }
    return best;
  },
});

function swatch(kind, look) {
  const made = shape("svg", { width: 30, height: 18, viewBox: "0 0 30 18", "aria-hidden": "true" });
  const stroke = { stroke: look.stroke || "none", "stroke-width": Math.min(look.width || 0, 9), "stroke-dasharray": look.dash ? look.dash.join(" ") : null, "stroke-opacity": look.opacity || 1 };
  if (kind === "LineString") {
    if (look.casing) made.append(shape("line", { x1: 1, x2: 29, y1: 9, y2: 9, stroke: look.casing === "#ffffff" ? "#dddddd" : look.casing, "stroke-width": Math.min(look.casing_width, 14) }));
    made.append(shape("line", { x1: 1, x2: 29, y1: 9, y2: 9, ...stroke }));
    if (look.arrow) { const reach = Math.min(look.arrow, 18) / 2; made.append(shape("polygon", { points: [[15 + reach, 9], [15 - reach, 9 - 0.8 * reach], [15 - reach, 9 + 0.8 * reach]].join(" "), fill: look.stroke })); }
  } else if (kind === "Point") {
    const reach = Math.min(look.radius || 4, 8), corners = MARKS[look.marker];
    const paint = { fill: look.fill || "none", "fill-opacity": look.opacity || 1, ...stroke, stroke: look.stroke === "#ffffff" ? "none" : stroke.stroke };
    made.append(corners ? shape("polygon", { points: corners.map(([x, y]) => 15 + x * reach + "," + (9 + y * reach)).join(" "), ...paint }) : shape("circle", { cx: 15, cy: 9, r: reach, ...paint }));
  } else made.append(shape("rect", { x: 3, y: 3, width: 24, height: 12, fill: look.fill || "none", "fill-opacity": look.opacity || 1, ...stroke }));
  return made;
}

// Names are compared without marks, hamza seats and articles, and as the ear hears them, so that either script and
// most ways to spell a name find a place.
function plain(words) {
  return String(words).normalize("NFKD").toLowerCase().replace(/[\u0300-\u036f\u064b-\u065f\u0670\u0640]/g, "").replace(/[\u0622\u0623\u0625\u0671]/g, "\u0627").replace(/\u0649/g, "\u064a").replace(/\u0629/g, "\u0647")
    .replace(/['‘’ʿʾ`´\u02bb\u02bc]/g, "").replace(/ı/g, "i").replace(/[^\p{L}\p{N}]+/gu, " ").replace(/(^|\s)([ae](?:[lnrstdz]|sh|th))\s+(?=\S)/g, "$1").replace(/(^|\s)\u0627\u0644/g, "$1")
    .replace(/ou|oo|o/g, "u").replace(/ee|e(?=y)/g, "i").replace(/e/g, "a").replace(/[qc](?!h)/g, "k").replace(/dj/g, "j").replace(/([^\W\d])\1+/g, "$1").replace(/\s+/g, " ").trim();
}
// What is left of a Latin name without its vowels; those are written in too many ways.
function bones(key) { return key.replace(/[aeiuwy\s]/g, ""); }

function Atlas(map, data) {
  const meta = data.meta;
  let language = "en";
  let naming = 0;
  spoken.language = language;
  spoken.words = data.words;
  let date = null;
  const word = (key) => WORDS[language][key];
  const either = (thing, key) => (language === "ar" && thing[key + "_ar"]) || thing[key];
  const canvas = L.canvas({ padding: 0.4, tolerance: 6 });
  const below = L.canvas({ padding: 0.4, pane: map.createPane("ground").className && "ground" });
  map.getPane("ground").style.zIndex = 150;
  map.getPane("ground").style.pointerEvents = "none";

  // The denominator of the map's scale, on a screen of 96 dots an inch.
  const denominator = () => (156543.034 * Math.cos((map.getCenter().lat * Math.PI) / 180) / 2 ** map.getZoom()) * 3779.5;

  // The ground: sea, land with its coast, the country of the reports on it, and the lines where countries meet.
  const ground = data.ground, [left, bottom, right, top] = ground.box;
  map.getContainer().style.background = meta.sea;
  const lay = (parts, look) => { if (parts.length) draw("Polygon", parts, Object.assign({ renderer: below, interactive: false, stroke: false, fillOpacity: 1 }, look)).addTo(map); };
  lay(ground.land, { fillColor: meta.land_other, stroke: true, color: meta.coast, weight: 1 });
  lay(ground.origin, { fillColor: meta.land });
  if (ground.lines.length) new Line(ground.lines.map(line), { renderer: below, interactive: false, color: "#a59d90", weight: 1.2, opacity: 0.9, smoothFactor: 1.2 }).addTo(map);
  // A name in the reader's language, from the browser; the English one where it does not know it.
  const countryName = (country) => { try { return (language === "ar" && country.code && new Intl.DisplayNames(["ar"], { type: "region" }).of(country.code)) || country.name; } catch (error) { return country.name; } };
  if (meta.tiles) {
    map.createPane("tiles").style.zIndex = 160;
  }

  const value = (layer, use, row) => {
    const column = layer.columns.find((one) => one.use === use);
    return column ? ("all" in column ? column.all : column.values[row]) : null;
  };
  const named = (layer, name, row) => {
    const column = layer.columns.find((one) => one.name === name);
    return column ? ("all" in column ? column.all : column.values[row]) : null;
  };
  const title = (layer, row) => {
    const parts = ["title0", "title1"].map((use) => value(layer, use, row)).filter((part) => part !== null && part !== "");
    if (parts.length) return parts.join(" → ");
    const look = layer.classes[layer.class_of[row]];
    return look ? layer.title + ": " + look.label : layer.title;
  };

  // Areas under lines that are drawn in tiles need a canvas of their own, beneath these.
  map.createPane("dense").style.zIndex = 350;
  map.createPane("areas").style.zIndex = 340;
  const under = L.canvas({ padding: 0.4, pane: "areas" });
  const packed = data.layers.filter((layer) => layer.packed);
  const lowest = packed.length ? Math.min(...packed.map((layer) => layer.z)) : -Infinity;
  for (const layer of data.layers) {
    layer.groups = layer.classes.map(() => L.featureGroup());
    if (layer.packed) {
      layer.dense = unpack(layer.packed, SCALE);
      layer.packed = null;
      layer.groups = layer.classes.map((look, at) => new Dense(layer, look, layer.class_of.flatMap((one, row) => (one === at ? [row] : []))));
      layer.groups.forEach((group, at) => { group.setZIndex(layer.groups.length - at); group.filled = "always"; });
    }
    layer.features = layer.geometry.map((coordinates, row) => {
      const look = layer.classes[layer.class_of[row]];
      if (!look) return null;
      const feature = draw(layer.kind, coordinates, options(look, layer.kind === "Polygon" && layer.z < lowest ? under : canvas));
      feature.row = row;
      return feature;
    });
    layer.geometry = null;
    layer.on = layer.visible;
    if (!layer.dense) for (const group of layer.groups) group.on("click", (event) => open(layer, (event.propagatedFrom || event.layer).row, event.latlng));
  }
  for (const raster of data.rasters) {
    const [west, south, east, north] = raster.bounds;
    raster.pane = "raster" + raster.z;
    map.createPane(raster.pane).style.zIndex = 200 + raster.z;
    raster.overlay = L.imageOverlay(raster.image, [[south, west], [north, east]], { pane: raster.pane, interactive: false, alt: raster.title });
    raster.image = null;
    raster.on = raster.visible;
  }
  const upward = data.layers.slice().sort((first, second) => first.z - second.z);

  // Time: one column is a state of that day, the latest up to the date is shown; two columns are from and to.
  const stated = (layer, column, row) => named(layer, column, row);
  function current(layer) {
    const [from, to] = layer.time;
    if (!date || !from) return () => true;
    if (to) return (row) => { const start = layer.times[0][row], end = layer.times[1][row]; return (!start || start <= date) && (!end || end >= date); };
    const latest = layer.times[0].filter((one) => one && one <= date).sort().pop();
    return (row) => !layer.times[0][row] || layer.times[0][row] === latest;
  }
  const days = new Set(meta.as_of ? [meta.as_of] : []);
  // Closures that began years ago are in force all along; the slider runs over the period of the reports.
  const told_of = (one, from) => (!meta.as_of || one <= meta.as_of) && (!from || !meta.since || one >= meta.since);
  for (const layer of data.layers) {
    layer.times = layer.time.map((column) => layer.class_of.map((unused, row) => stated(layer, column, row)));
    for (const column of layer.times) for (const one of column) if (one && told_of(one, layer.times.length > 1)) days.add(one);
  }
  const dated = data.layers.some((layer) => layer.times.length);
  const steps = dated ? [...days].sort() : [];

  function refresh() {
    const scale = denominator();
    let changed = false;
    for (const layer of upward) {
      const fits = layer.on && !(layer.min_scale && scale > layer.min_scale) && !(layer.max_scale && scale < layer.max_scale);
      const now = current(layer);
      layer.groups.forEach((group, at) => {
        const look = layer.classes[at];
        const seen = fits && !(look.min_scale && scale > look.min_scale);
        if (look.item) look.item.classList.toggle("unseen", layer.on && !seen);
        if (seen && !layer.dense && group.filled !== String(date)) {
          group.clearLayers();
          layer.features.forEach((feature, row) => { if (feature && layer.class_of[row] === at && now(row)) group.addLayer(feature); });
          group.filled = String(date);
          changed = true;
        }
        if (seen && !map.hasLayer(group)) { group.addTo(map); changed = true; }
        if (!seen && map.hasLayer(group)) group.remove();
      });
    }
    // One canvas takes all clicks; what was added last would lie on top whatever its layer.
    if (changed) for (const layer of upward) for (const group of layer.groups.slice().reverse()) if (!layer.dense && map.hasLayer(group)) group.eachLayer((feature) => feature.bringToFront());
    for (const raster of data.rasters) raster.on ? raster.overlay.addTo(map) : raster.overlay.remove();
    names();
  }

  // Names on the map, placed from the most important down; one that would touch another is left out at this zoom.
  const bench = document.createElement("canvas").getContext("2d");
  const pane = map.createPane("names");
  pane.style.zIndex = 640;
  pane.style.pointerEvents = "none";
  const sheet = node("div", { class: "names", "aria-hidden": "true" });
  pane.append(sheet);
  const font = (size, bold) => (bold ? "600 " : "") + size + "px 'Noto Sans','Segoe UI','Noto Naskh Arabic','Noto Sans Arabic',Tahoma,Arial,sans-serif";

  function candidates() {
    const wanted = [], view = map.getBounds().pad(0.02), scale = denominator();
    for (const layer of data.layers) {
      const style = layer.label;
      if (!layer.on || !style || map.getZoom() < style.min_zoom) continue;
      for (const group of layer.groups) {
        if (layer.dense || !map.hasLayer(group)) continue;
        group.eachLayer((feature) => {
          const row = feature.row, at = layer.kind === "Point" ? feature.getLatLng() : middle(feature);
          if (!at || !view.contains(at)) return;
          const label = value(layer, "label", row) !== null ? value(layer, "label", row) : value(layer, "title0", row);
          const arabic = value(layer, "title_ar", row);
          const both = naming === 0 ? [label, arabic] : naming === 1 ? [label || arabic] : [arabic || label];
          const lines = [...new Set(both.filter((words) => words))].map((words) => String(words).slice(0, 60));
          const emphasis = layer.name === "places" && ["origin", "destination"].includes(named(layer, "role", row));
          if (lines.length) wanted.push({ feature: feature, minor: layer.optional.includes(layer.class_of[row]), optional: layer.optional.includes(layer.class_of[row]) && scale > 60000, lines: lines, at: map.latLngToLayerPoint(at), style: style, radius: layer.kind === "Point" ? feature.options.radius : 0, kind: layer.name === "roads" ? "ref" : "",
            look: layer.classes[layer.class_of[row]], bold: emphasis, order: style.rank + (emphasis ? 5 : 0), within: Number(value(layer, "priority", row)) || 0 });
        });
      }
    }
    for (const country of ground.names) if (scale > 150000) for (const [step, at] of country.at.entries()) if (view.contains(point(at))) wanted.push({ lines: [countryName(country)], at: map.latLngToLayerPoint(point(at)), style: { size: 10.5, colour: "#8d8a80", halo: "#ffffff", halo_mm: 0.5 }, radius: 0, kind: "land", order: -1, within: -step });
    return wanted.sort((first, second) => second.order - first.order || second.within - first.within || (first.lines[0] < second.lines[0] ? -1 : 1)).slice(0, 1500);
  }
  function middle(feature) {
    let longest = null;
    for (const part of feature.getLatLngs()) if (!longest || part.length > longest.length) longest = part;
    return longest && longest[Math.floor(longest.length / 2)];
  }
  function names() {
    const placed = [], taken = new Map(), room = new Set(), view = map.getPixelBounds(), origin = map.getPixelOrigin();
    const frame = { left: view.min.x - origin.x + 2, top: view.min.y - origin.y + 2, right: view.max.x - origin.x - 2, bottom: view.max.y - origin.y - 2 };
    const wanted = candidates();
    const marks = wanted.filter((one) => one.radius >= 4 && !one.optional).map((one) => ({ owner: one, left: one.at.x - one.radius, right: one.at.x + one.radius, top: one.at.y - one.radius, bottom: one.at.y + one.radius }));
    // What stands on the map covers what is beneath it.
    const corner = map.getContainer().getBoundingClientRect();
    for (const box of document.querySelectorAll("main .time, main .leaflet-control")) {
      const own = box.getBoundingClientRect(), least = map.containerPointToLayerPoint([own.left - corner.left, own.top - corner.top]);
      if (own.width) placed.push({ left: least.x - 3, top: least.y - 3, right: least.x + own.width + 3, bottom: least.y + own.height + 3 });
    }
    const made = document.createDocumentFragment();
    const touches = (first, second) => first.left < second.right && first.right > second.left && first.top < second.bottom && first.bottom > second.top;
    for (const one of wanted) {
      if (made.childElementCount >= MAX_LABELS) break;
      if (one.kind === "ref" && (taken.get(one.lines[0]) || []).some((at) => at.distanceTo(one.at) < 260)) continue;
      if (one.kind === "land" && taken.has(one.lines[0])) continue;
      const own = { left: one.at.x - one.radius, right: one.at.x + one.radius, top: one.at.y - one.radius, bottom: one.at.y + one.radius };
      if (one.optional && placed.some((other) => touches(own, other))) continue;
      const size = one.style.size * 1.45, sizes = one.lines.map((words, at) => (at ? size * 0.92 : size));
      const widths = one.lines.map((words, at) => { bench.font = font(sizes[at], one.bold || one.kind === "land"); return bench.measureText(one.kind === "land" ? words.toUpperCase() : words).width + (one.kind === "land" ? words.length * 0.28 * size : 0); });
      const width = Math.max(...widths) + (one.kind === "ref" ? 9 : 3), height = sizes.reduce((sum, each) => sum + each * 1.2, 0), gap = one.radius + 2;
      const places = one.radius ? [[gap, -height / 2], [-gap - width, -height / 2], [-width / 2, -gap - height], [-width / 2, gap], [gap * 0.7, -gap * 0.7 - height], [gap * 0.7, gap * 0.7], [-gap * 0.7 - width, -gap * 0.7 - height], [-gap * 0.7 - width, gap * 0.7]] : [[-width / 2, -height / 2]];
      for (const [dx, dy] of places) {
        const box = { left: one.at.x + dx, top: one.at.y + dy, right: one.at.x + dx + width, bottom: one.at.y + dy + height };
        if (box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom) continue;
        if (placed.some((other) => touches(box, other)) || marks.some((mark) => mark.owner !== one && touches(box, mark))) continue;
        if (one.optional) { placed.push(own); room.add(one.feature); }
        placed.push({ left: box.left - 2, right: box.right + 2, top: box.top - 1, bottom: box.bottom + 1 });
        taken.set(one.lines[0], [...(taken.get(one.lines[0]) || []), one.at]);
        const label = node("span", { class: one.kind }, one.lines.map((words, at) => {
          const part = node(at ? "i" : "b", ARABIC.test(words) ? { dir: "rtl", lang: "ar" } : { dir: "ltr" }, words);
          part.style.fontSize = sizes[at] + "px";
          return part;
        }));
        const halo = one.style.halo;
        Object.assign(label.style, { left: box.left + "px", top: box.top + "px", width: width + "px", color: one.style.colour, fontWeight: one.bold ? "600" : "", fontStyle: one.style.italic ? "italic" : "",
          textShadow: one.kind === "ref" ? "none" : [[1, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, -1], [1, -1], [-1, 1]].map(([x, y]) => x * 1.3 + "px " + y * 1.3 + "px 1px " + halo).join(",") });
        if (one.kind !== "land") label.style.textAlign = dx > 0 ? "left" : dx <= -width ? "right" : "center";
        made.append(label);
        break;
      }
    }
    sheet.replaceChildren(made);
    // A mark without room for its name says little and hides much; it comes back as the reader zooms in.
    for (const one of wanted) if (one.minor) {
      const seen = !one.optional || room.has(one.feature), paint = seen ? options(one.look, canvas) : { fillOpacity: 0, opacity: 0 };
      if (one.feature.seen !== seen) { one.feature.setStyle({ fillOpacity: paint.fillOpacity, opacity: paint.opacity }); one.feature.seen = seen; }
    }
  }

  // What a click shows.
  function quote(sentence, publisher, published, url) {
    return node("blockquote", {}, text(sentence), node("footer", {}, [publisher ? link(url, publisher) : url ? link(url, url) : null, published ? [", ", text(day(published))] : null]));
  }
  function place(figure) {
    return [figure.origin, figure.destination].map((words) => (words ? text(words) : null));
  }
  function figureValue(figure) {
    const centre = figure.value !== null ? whole.format(figure.value) : null;
    const bounds = figure.low !== null && figure.high !== null && figure.low !== figure.high ? whole.format(figure.low) + " – " + whole.format(figure.high) : null;
    const open = figure.low !== null && figure.high === null && figure.low !== figure.value ? said("at least") + " " + whole.format(figure.low) : figure.high !== null && figure.low === null && figure.high !== figure.value ? said("at most") + " " + whole.format(figure.high) : null;
    return { main: ltr(centre || bounds || open || "?"), bounds: centre && (bounds || open) ? ltr(bounds || open) : null };
  }
  function period(figure) {
    const ends = [figure.period_start, figure.period_end].map((one) => (one ? day(one) : null));
    if (ends[0] && ends[1]) return ends[0] === ends[1] ? ends[0] : ends[0] + " – " + ends[1];
    return ends[0] ? said("from") + " " + ends[0] : ends[1] ? said("until") + " " + ends[1] : null;
  }
  function figureNode(figure) {
    const { main, bounds } = figureValue(figure), [origin, destination] = place(figure), when = period(figure);
    const unit = said(figure.unit || "");
    return node("article", { class: "figure", "data-figure": figure.id },
      node("div", { class: "value" }, figure.qualifier ? node("small", {}, text(said(figure.qualifier)), " ") : null, main, " ", node("small", {}, text(unit))),
      node("p", {}, node("span", { class: "chip" }, text(said(figure.kind))), figure.modality === "conditional" ? node("span", { class: "chip maybe" }, word("maybe")) : figure.modality === "derived" ? node("span", { class: "chip" }, word("derived")) : null),
      bounds ? node("p", { class: "soft" }, bounds) : null,
      origin || destination ? node("p", {}, origin, origin && destination ? " → " : destination ? "→ " : null, destination) : null,
      when || figure.source_org ? node("p", { class: "soft" }, when ? text(when) : null, when && figure.source_org ? " · " : null, figure.source_org ? [word("by") + " ", text(figure.source_org)] : null) : null,
      figure.sentence ? quote(figure.sentence, figure.publisher, figure.published, figure.url) : null,
      locate(figure).length ? node("button", { type: "button", class: "link", click: () => showFigure(figure) }, word("map")) : null);
  }
  function locate(figure) {
    const found = [];
    for (const layer of data.layers) layer.features.forEach((feature, row) => {
      if (!feature) return;
      if (value(layer, "figure", row) === figure.id || (layer.name === "places" && figure.places.includes(value(layer, "key", row)))) found.push([layer, row]);
    });
    return found;
  }
  function showFigure(figure) {
    const found = locate(figure), box = L.latLngBounds([]);
    for (const [layer, row] of found) { layer.on = true; box.extend(extent(layer.features[row])); }
    refresh();
    ticks();
    if (window.matchMedia("(max-width: 760px)").matches) toggle(true);
    map.fitBounds(box.pad(0.15), { maxZoom: 12, animate: false });
    const [layer, row] = found[0];
    open(layer, row, centre(layer.features[row]));
  }
  const extent = (feature) => (feature.getBounds ? feature.getBounds() : L.latLngBounds([feature.getLatLng(), feature.getLatLng()]));
  function centre(feature) { return feature.getLatLng ? feature.getLatLng() : middle(feature) instanceof L.LatLng ? middle(feature) : extent(feature).getCenter(); }

  function open(layer, row, at) {
    const arabic = value(layer, "title_ar", row), rows = [];
    for (const column of layer.columns) {
      if (column.use || (layer.name === "mentions" && column.name === "sentence")) continue;
      const words = shown(column, row);
      if (words === null) continue;
      rows.push(node("dt", {}, text(either(column, "title"))), node("dd", {}, column.name === "url" ? link(words, words) : text(typeof words === "string" ? said(words) : words)));
    }
    const figure = data.figures.find((one) => one.id === value(layer, "figure", row));
    // The number and its sentence come before what only a specialist asks for.
    const rest = figure ? rows.splice(2 * FIRST_ROWS) : [];
    const sentences = layer.name === "places" ? data.sentences[value(layer, "key", row)] || [] : [];
    const content = node("div", { class: "popup", lang: language, dir: language === "ar" ? "rtl" : "ltr" },
      node("h3", {}, text(title(layer, row)), arabic ? [" ", text(arabic)] : null),
      node("div", { class: "soft" }, either(layer, "title")),
      node("dl", {}, rows),
      layer.name === "mentions" && named(layer, "sentence", row) ? quote(named(layer, "sentence", row), null, null, null) : null,
      figure ? figureNode(figure) : null,
      rest.length ? node("details", {}, node("summary", {}, word("details")), node("dl", {}, rest)) : null,
      sentences.length ? node("div", { class: "soft" }, word("quote")) : null,
      sentences.slice(0, 6).map((one) => quote(...one)),
      sentences.length > 6 ? node("p", { class: "soft" }, "+ " + (sentences.length - 6) + " " + word("more")) : null,
      layer.source ? node("p", { class: "soft" }, word("source") + ": ", text(layer.source)) : null);
    // A popup is never higher than the map, whose own edge would cut its title and its button off.
    const size = map.getSize(), small = size.x < 500;
    L.popup({ maxWidth: small ? 250 : 330, minWidth: 200, maxHeight: Math.max(90, Math.min(size.y * 0.62, size.y - 96)), autoPanPadding: [12, 14] }).setLatLng(at).setContent(content).openOn(map);
  }
  // The last day of the slider on which a row is in force; where there is none, its popup alone is shown.
  function showTime(layer, row) {
    const before = date;
    for (const one of steps.slice().reverse()) { date = one; if (current(layer)(row)) return setDate(one); }
    date = before;
  }
  function visit(layer, row) {
    if (window.matchMedia("(max-width: 760px)").matches) toggle(true);
    layer.on = true;
    if (layer.times.length && !current(layer)(row)) showTime(layer, row);
    refresh();
    ticks();
    const feature = layer.features[row], box = extent(feature);
    if (feature.getLatLng) map.setView(feature.getLatLng(), Math.max(map.getZoom(), 11), { animate: false });
    else map.fitBounds(box.pad(0.2), { maxZoom: 12, animate: false });
    open(layer, row, centre(feature));
    const close = document.querySelector(".leaflet-popup-close-button");
    if (close) close.focus();
  }

  // The panel.
  const side = document.querySelector("aside");
  const pages = { figures: null, layers: null, about: null };
  let boxes = [];
  function ticks() { for (const [box, thing] of boxes) box.checked = thing.on; }
  function legend(thing, kind) {
    return node("ul", { class: "legend" }, thing.classes.map((look) => { look.item = node("li", {}, swatch(kind, look), text(either(look, "label") || either(thing, "legend"))); return look.item; }));
  }
  function layerNode(thing) {
    const box = node("input", { type: "checkbox", change: () => { thing.on = box.checked; refresh(); } });
    box.checked = thing.on;
    boxes.push([box, thing]);
    const rows = thing.features ? thing.features.map((feature, row) => (feature ? row : -1)).filter((row) => row >= 0) : [];
    const listed = ["roads", "border", "border_bands", "border_buffers", "edge_flows", "camp_hexes", "isochrones"].includes(thing.name) ? [] : rows;
    const list = node("ul", {});
    return node("div", { class: "layer", "data-layer": thing.name, title: thing.description },
      node("label", {}, box, node("span", {}, text(either(thing, "legend") || either(thing, "title"))), thing.count ? node("span", { class: "soft" }, whole.format(thing.count)) : null),
      legend(thing, thing.overlay ? "Polygon" : thing.kind),
      thing.facts && thing.facts.length ? node("p", { class: "soft legend" }, thing.facts.filter((fact) => fact[0] === "bandwidth_m").map((fact) => "kernel: " + amount(Number(fact[1]), "m"))) : null,
      listed.length ? node("details", { toggle: (event) => { if (event.target.open && !list.childElementCount) list.append(...listed.slice().sort((a, b) => String(title(thing, a)).localeCompare(String(title(thing, b)), "en") || (thing.times.length && String(thing.times[0][a]).localeCompare(String(thing.times[0][b]), "en")) || thing.class_of[a] - thing.class_of[b]).slice(0, MAX_ROWS).map((row) => node("li", {}, node("button", { type: "button", class: "link", click: () => visit(thing, row) }, text(title(thing, row)), thing.times && thing.times.length === 1 && thing.times[0][row] ? [", ", text(day(thing.times[0][row]))] : thing.name === "routes" ? [", ", text(either(thing.classes[thing.class_of[row]] || thing, thing.classes[thing.class_of[row]] ? "label" : "legend"))] : null)))); } },
        node("summary", {}, word("rows")), list) : null);
  }
  function layersPage() {
    boxes = [];
    const groups = [...new Set([...data.layers, ...data.rasters].map((thing) => thing.group))];
    const base = meta.tiles ? node("div", { class: "layer" }, node("label", {}, tilesBox(), node("span", {}, word("base")))) : null;
    return node("div", {}, groups.map((group) => [node("h2", {}, text(said(group))), [...data.layers, ...data.rasters].filter((thing) => thing.group === group).map(layerNode)]), base);
  }
  function tilesBox() {
    const box = node("input", { type: "checkbox", change: () => { box.checked ? tiles.addTo(map) : tiles.remove(); } });
    const tiles = (Atlas.tiles = Atlas.tiles || L.tileLayer(meta.tiles, { pane: "tiles", maxZoom: 19, crossOrigin: false, referrerPolicy: "no-referrer" }));
    box.checked = map.hasLayer(tiles);
    return box;
  }
  function figuresPage() {
    if (!data.figures.length) return node("p", { class: "soft" }, word("none"));
    return node("div", {}, data.kinds.map((group, at) => {
      const own = data.figures.filter((figure) => figure.group === at);
      return own.length ? [node("h2", {}, text(either(group, "title"))), own.map(figureNode)] : null;
    }));
  }
  function aboutPage() {
    const lines = (key, items) => (items.length ? [node("h2", {}, word(key)), node("ul", { class: "soft" }, items.map((item) => node("li", {}, item)))] : null);
    return node("div", {},
      meta.summary ? node("p", {}, text(meta.summary)) : null,
      meta.method ? node("p", {}, node("a", { href: meta.method }, word("method"))) : null,
      node("h2", {}, word("disclaimer")), node("p", { class: "soft" }, text(said(meta.disclaimer))),
      lines("limits", meta.limits.map(text)), lines("sources", meta.credits.map(text)),
      lines("reports", data.reports.map((report) => [report.url ? link(report.url, report.title || report.publisher) : text(report.title || report.publisher), " · ", text(report.publisher || ""), report.published ? ", " + day(report.published) : null,
        report.text ? node("details", {}, node("summary", {}, word("report")), node("pre", {}, text(report.text))) : null])),
      data.withheld.length ? [node("h2", {}, word("withheld")), node("table", {}, node("tbody", {}, data.withheld.map((row) => node("tr", {}, row.map((cell) => node("td", {}, text(cell)))))))] : null);
  }
  // The lines above and below the map, in the language of the reader.
  function dress() {
    const arabic = language === "ar", set = (of, ...parts) => { const found = document.querySelector(of); if (found) found.replaceChildren(...parts.flat(3)); };
    Object.assign(document.documentElement, { lang: language, dir: arabic ? "rtl" : "ltr" });
    const other = arabic ? meta.title : meta.title_ar;
    set("header h1", text((arabic && meta.title_ar) || meta.title), other && meta.title_ar ? [" ", node("span", { class: "other", lang: arabic ? "en" : "ar", dir: arabic ? "ltr" : "rtl" }, other)] : []);
    const period = meta.period_ends.map((one) => (one ? day(one) : "")).filter((one, at, all) => one && all.indexOf(one) === at).join(" – ");
    set("header p", [meta.subtitle ? text(meta.subtitle) : "", meta.subtitle && period ? " · " : "", period ? text(period) : ""].filter((one) => one));
    set("header .badge:not(.note)", text(said(meta.protection_text)));
    set("header .note", word("schematic"));
    set("footer .said", [meta.as_of_text ? [word("asof") + " " + day(meta.as_of) + ". "] : [], text(said(meta.disclaimer)), " "]);
    set("a.skip", word("skip"));
    side.setAttribute("aria-label", word("side"));
  }
  function build(chosen) {
    dress();
    side.setAttribute("dir", language === "ar" ? "rtl" : "ltr");
    side.setAttribute("lang", language);
    const makers = { figures: figuresPage, layers: layersPage, about: aboutPage };
    const tabs = node("div", { class: "tabs", role: "tablist" });
    const select = (name) => {
      for (const button of tabs.querySelectorAll("[role=tab]")) button.setAttribute("aria-selected", String(button.dataset.tab === name)), (button.tabIndex = button.dataset.tab === name ? 0 : -1);
      for (const [key, page] of Object.entries(pages)) page.hidden = key !== name;
      toggle(false);
      side.dataset.tab = name;
    };
    for (const name of Object.keys(makers)) {
      pages[name] = node("section", { class: "page", role: "tabpanel", id: "page-" + name, "aria-labelledby": "tab-" + name, tabindex: 0 }, makers[name]());
      tabs.append(node("button", { type: "button", role: "tab", id: "tab-" + name, "data-tab": name, "aria-controls": "page-" + name, click: () => select(name) }, word(name)));
    }
    tabs.append(node("button", { type: "button", class: "sheet", "aria-label": word("close"), click: () => toggle(!side.classList.contains("closed")) }, "⇕"));
    tabs.addEventListener("keydown", (event) => {
      const keys = Object.keys(makers), step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = keys[(keys.indexOf(side.dataset.tab) + step * (language === "ar" ? -1 : 1) + keys.length) % keys.length];
      select(next);
      document.getElementById("tab-" + next).focus();
    });
    const closed = side.classList.contains("closed");
    side.replaceChildren(searchBox(), tabs, ...Object.values(pages));
    select(chosen);
    toggle(closed);
  }
  function toggle(closed) { if (!closed && side.classList.contains("closed")) map.closePopup(); side.classList.toggle("closed", closed); map.invalidateSize({ animate: false }); }

  // Search in either script.
  const index = [];
  for (const name of ["places", "crossings", "camps"]) {
    const layer = data.layers.find((one) => one.name === name);
    // Of a thing that is there with several dates the last one is found.
    const last = new Map();
    if (layer && layer.times.length === 1) layer.features.forEach((feature, row) => { const of = title(layer, row), before = last.get(of); if (feature && (before === undefined || String(layer.times[0][row]) > String(layer.times[0][before]))) last.set(of, row); });
    if (layer) layer.features.forEach((feature, row) => {
      if (!feature || (last.size && last.get(title(layer, row)) !== row)) return;
      const own = [value(layer, "title0", row), value(layer, "title_ar", row)].filter((words) => words);
      if (own.length) index.push({ layer: layer, row: row, words: own, keys: own.map(plain), bones: own.map((words) => bones(plain(words))), weight: Number(value(layer, "priority", row)) || 0 });
    });
  }
  function searchBox() {
    const list = node("ul", { role: "listbox", id: "found", hidden: true });
    let hits = [], chosen = -1;
    const input = node("input", { type: "search", role: "combobox", "aria-controls": "found", "aria-expanded": "false", "aria-autocomplete": "list", autocomplete: "off", placeholder: word("search"), "aria-label": word("search"), dir: "auto" });
    const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); chosen = -1; input.removeAttribute("aria-activedescendant"); };
    const mark = () => [...list.children].forEach((item, at) => { item.setAttribute("aria-selected", String(at === chosen)); if (at === chosen) { input.setAttribute("aria-activedescendant", item.id); item.scrollIntoView({ block: "nearest" }); } });
    const go = (at) => { const hit = hits[at]; close(); input.value = hit.words[0]; visit(hit.layer, hit.row); };
    input.addEventListener("input", () => {
      const wanted = plain(input.value), bare = bones(wanted);
      const near = (entry) => (bare.length < 2 ? 0 : Math.max(...entry.bones.map((key) => (key === bare ? 1.8 : bare.length > 2 && key.startsWith(bare) ? 0.8 : 0))));
      // A place comes before the sum of the camps in the sub-district that is named after it.
      const score = (entry) => (entry.layer.name === "camps" ? 0.4 : 1) * Math.max(near(entry), ...entry.keys.map((key) => (key === wanted ? 3 : key.startsWith(wanted) ? 2 : (" " + key).includes(" " + wanted) ? 1.5 : key.includes(wanted) ? 1 : 0)));
      hits = wanted ? index.map((entry) => ({ ...entry, score: score(entry) })).filter((entry) => entry.score > 0).sort((a, b) => b.score - a.score || b.weight - a.weight || (a.words[0] < b.words[0] ? -1 : 1)).slice(0, 10) : [];
      list.replaceChildren(...(hits.length ? hits.map((hit, at) => node("li", { role: "option", id: "found-" + at, click: () => go(at) }, node("span", {}, text(hit.words[0]), hit.words[1] ? [" ", text(hit.words[1])] : null), node("small", {}, either(hit.layer, "title")))) : [node("li", { role: "option", "aria-disabled": "true" }, word("nothing"))]));
      list.hidden = !wanted;
      input.setAttribute("aria-expanded", String(Boolean(wanted)));
      chosen = hits.length ? 0 : -1;
      mark();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" && hits.length) { chosen = (chosen + 1) % hits.length; mark(); event.preventDefault(); }
      if (event.key === "ArrowUp" && hits.length) { chosen = (chosen + hits.length - 1) % hits.length; mark(); event.preventDefault(); }
      if (event.key === "Enter" && chosen >= 0) { go(chosen); event.preventDefault(); }
      if (event.key === "Escape") close();
    });
    input.addEventListener("blur", () => setTimeout(close, 200));
    const button = node("button", { type: "button", title: "English / العربية", lang: language === "en" ? "ar" : "en", click: () => { spoken.language = language = language === "en" ? "ar" : "en"; naming = language === "ar" ? 2 : 0; map.closePopup(); build(side.dataset.tab); if (slider && date) setDate(date); map.invalidateSize({ animate: false }); refresh(); } }, language === "en" ? "العربية" : "English");
    return node("div", { class: "search", role: "search" }, input, list, button);
  }

  // The time slider, where the layers have more than one date.
  let slider = null, told = null;
  function setDate(iso) {
    date = iso;
    if (slider) { slider.value = String(Math.max(0, steps.indexOf(iso))); slider.setAttribute("aria-valuetext", day(iso)); told.textContent = day(iso); }
  }
  if (steps.length > 1) {
    let timer = null;
    slider = node("input", { type: "range", min: 0, max: steps.length - 1, step: 1, "aria-label": word("date"), input: () => { setDate(steps[Number(slider.value)]); refresh(); } });
    told = node("output", { dir: "auto" });
    const stop = () => { clearInterval(timer); timer = null; play.textContent = "▶"; play.setAttribute("aria-label", word("play")); };
    const play = node("button", { type: "button", "aria-label": word("play"), click: () => {
      if (timer) return stop();
      if (Number(slider.value) === steps.length - 1) setDate(steps[0]);
      refresh();
      play.textContent = "❚❚";
      play.setAttribute("aria-label", word("pause"));
      timer = setInterval(() => { const next = Number(slider.value) + 1; setDate(steps[next]); refresh(); if (next >= steps.length - 1) stop(); }, 1200);
    } }, "▶");
    const bar = node("div", { class: "time", role: "group", "aria-label": word("date") }, play, slider, told);
    L.DomEvent.disableClickPropagation(bar);
    document.querySelector("main").append(bar);
    setDate(steps[steps.length - 1]);
  } else if (steps.length) date = null;

  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  const where = node("div", { class: "where" });
  const corner = L.control({ position: "bottomright" });
  corner.onAdd = () => where;
  corner.addTo(map);
  const tell = (at) => { where.textContent = Math.abs(at.lat).toFixed(4) + "° " + (at.lat < 0 ? "S" : "N") + "  " + Math.abs(at.lng).toFixed(4) + "° " + (at.lng < 0 ? "W" : "E"); };
  map.on("mousemove", (event) => tell(event.latlng));
  map.on("move", () => tell(map.getCenter()));
  map.attributionControl.setPrefix(false);

  // What a click on the uppermost canvas missed: a line drawn in tiles, else an area beneath.
  if (packed.length) map.on("click", (event) => {
    const near = data.layers.filter((layer) => layer.dense && layer.on).flatMap((layer) => layer.groups.filter((group) => map.hasLayer(group)).map((group) => ({ layer: layer, ...group.nearest(event.latlng, map.getZoom(), 7) }))).filter((one) => one.row >= 0).sort((a, b) => a.far - b.far)[0];
    if (near) return open(near.layer, near.row, event.latlng);
    for (const layer of upward.slice().reverse()) if (layer.kind === "Polygon" && layer.z < lowest) for (const group of layer.groups) if (map.hasLayer(group)) for (const feature of group.getLayers()) if (feature._containsPoint(event.layerPoint)) return open(layer, feature.row, event.latlng);
  });

  // Escape closes what a click or a key opened, and the focus goes back to where it was.
  let opener = null;
  map.on("popupopen", () => { if (!document.activeElement.closest(".leaflet-popup")) opener = document.activeElement; });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !document.querySelector(".leaflet-popup")) return;
    map.closePopup();
    if (opener && opener.isConnected) opener.focus();
  });

  const [west, south, east, north] = meta.bounds;
  // Beyond the ground that is drawn there is nothing to see.
  const whole_ground = L.latLngBounds([bottom, left], [top, right]);
  map.setMaxBounds(whole_ground);
  map.options.maxBoundsViscosity = 1;
  const nearest = () => map.setMinZoom(Math.ceil(map.getBoundsZoom(whole_ground, true) * 2) / 2);
  nearest();
  map.on("resize", nearest);
  map.fitBounds([[south, west], [north, east]], { animate: false });
  build(data.figures.length ? "figures" : "layers");
  if (window.matchMedia("(max-width: 760px)").matches) toggle(true);
  map.invalidateSize();
  map.fitBounds([[south, west], [north, east]], { animate: false });
  map.getContainer().setAttribute("aria-label", meta.title + ": map");
  map.getContainer().setAttribute("role", "application");
  tell(map.getCenter());
  refresh();
  map.on("zoomanim", () => { sheet.hidden = true; });
  map.on("zoomend", () => { sheet.hidden = false; refresh(); });
  map.on("moveend resize", names);
  document.documentElement.dataset.ready = "yes";
}
window.idlibgeoAtlas = Atlas;
})();
