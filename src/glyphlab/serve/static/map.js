// A map of test images: hover, a selection by rectangle, lasso, keyboard or label, and its ids as CSV.
import { ask, say, tryTo } from "./asking.js";
import { drawn } from "./chart.js";
import { element, make, percent } from "./dom.js";
import { layersOf, plural } from "./gallery.js";
import { asCsv, save, savers } from "./saving.js";
import { bind, viewState } from "./view_state.js";

const { run } = element("run").dataset;
const path = `/api/inside/${encodeURIComponent(run)}/map`;
const state = viewState({ layer: element("layer").value, count: "1000", perplexity: "30", made: false }, () => {
  for (const one of shows) one();
  if (state.values.made) makeMap();
});
const shows = ["layer", "count", "perplexity"].map((key) => bind(element(key), state, key, () => {}));
const SIDE = Math.min(640, Math.max(340, element("map").clientWidth)); // so that labels stay readable on a phone
const PAD = 16;
const NEAR = 22; // pixels of the map within which a point is the one under the pointer
const MOST_SHOWN = 60;
const MOST_ROWS = 500;

async function makeMap() {
  const { layer, count, perplexity } = state.values;
  const query = new URLSearchParams({ layer, images: count, perplexity });
  const progress = element("progress");
  const button = element("wanted").querySelector("button");
  button.disabled = true;
  progress.textContent = "The map is being made.";
  const source = new EventSource(`${path}/events?${query}`); // for as long as this map is being made
  source.addEventListener("progress", (event) => {
    const { sentence } = JSON.parse(event.data);
    if (sentence) progress.textContent = `${sentence[0].toUpperCase()}${sentence.slice(1)}.`;
  });
  const found = await tryTo(() => ask(`${path}?${query}`));
  source.close();
  button.disabled = false;
  if (!found) return void (progress.textContent = "There is no map.");
  progress.textContent = `Made in ${found.seconds.toFixed(1)} s, and kept while the studio runs.`;
  const sheet = new Image();
  sheet.src = `${path}/sheet?${query}`;
  element("map").replaceChildren(...new ImageMap(found, sheet).parts);
  return undefined;
}

/** A colour that stands out from light and dark. */
const hue = (degrees) => `light-dark(hsl(${degrees} 75% 36%), hsl(${degrees} 75% 70%))`;

/** A map with its panel, its selection and its table. */
class ImageMap {
  constructor(found, sheet) {
    this.found = found;
    this.points = found.points;
    this.sheet = sheet;
    this.picked = new Set();
    this.here = -1;
    this.mode = matchMedia("(pointer: coarse)").matches ? "look" : "rectangle";
    this.colours = new Map(found.labels.map((label, k) => [label, hue(Math.round(25 + (320 * k) / Math.max(1, found.labels.length)))]));
    const xs = this.points.map((one) => one.x);
    const ys = this.points.map((one) => one.y);
    const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const scale = (SIDE - 2 * PAD) / Math.max(x1 - x0, y1 - y0, 1e-9);
    this.places = this.points.map((one) => [SIDE / 2 + (one.x - (x0 + x1) / 2) * scale, SIDE / 2 - (one.y - (y0 + y1) / 2) * scale]);
    this.draw();
    this.build();
    this.tell();
    sheet.decode().then(() => (this.show(this.here), this.listPicked()), () => say("The images of the map could not be loaded.", true));
  }

  draw() {
    const short = this.found.labels.every((label) => label.length <= 3);
    this.svg = drawn("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, tabindex: 0, role: "application", "aria-label": `Map of ${plural(this.points.length, "image")}`, "aria-describedby": "map-keys", class: "points" });
    this.marks = drawn("g", {});
    this.points.forEach((one, k) => {
      const [x, y] = this.places[k];
      const fill = one.kind === "generated" ? "var(--warm)" : one.kind === "real" ? "var(--s0)" : this.colours.get(one.label);
      if (short) this.marks.append(drawn("text", { x, y }, one.label));
      else this.marks.append(drawn("circle", { cx: x, cy: y, r: 3.2 }));
      const mark = this.marks.lastChild;
      mark.style.fill = fill;
      if (one.right === false) this.marks.append(drawn("circle", { cx: x, cy: y, r: 8, class: "missed" }));
    });
    this.rings = drawn("g", {});
    this.now = drawn("circle", { r: 11, class: "here", visibility: "hidden" });
    this.drag = drawn("polygon", { class: "drag", visibility: "hidden" });
    this.svg.append(this.marks, this.rings, this.now, this.drag);
    this.svg.addEventListener("pointermove", (event) => this.moved(event));
    this.svg.addEventListener("pointerdown", (event) => this.pressed(event));
    this.svg.addEventListener("pointerup", (event) => this.released(event));
    this.svg.addEventListener("pointercancel", () => this.endDrag());
    this.svg.addEventListener("keydown", (event) => this.key(event));
    this.svg.addEventListener("focus", () => this.here < 0 && this.show(this.middle()));
  }

  build() {
    const { found } = this;
    const radio = (mode, words) => make("label", { class: "tick" }, make("input", { type: "radio", name: "mode", value: mode, checked: mode === this.mode, onchange: () => this.setMode(mode) }), words);
    this.panel = make("div", { class: "panel" }, make("p", { class: "note" }, "Point at an image, or press an arrow key on the map."));
    this.live = make("p", { class: "hidden", "aria-live": "polite" });
    this.label = make("select", { id: "by-label" }, ...found.labels.map((one) => make("option", {}, one)));
    this.missed = make("input", { type: "checkbox" });
    const byLabel = (add) => () => {
      const some = this.points.map((_one, k) => k).filter((k) => this.points[k].label === this.label.value && (!this.missed.checked || this.points[k].right === false));
      this.pick(some, { add, remove: !add });
    };
    const test = this.points[0]?.kind === "test";
    const tools = make("div", { class: "tools", role: "group", "aria-label": "What a drag does" }, radio("rectangle", "Select a rectangle"), radio("lasso", "Select by lasso"), radio("look", "Only look"));
    this.setMode(this.mode);
    const choice = make(
      "div",
      { class: "tools", role: "group", "aria-label": "Select by label" },
      make("label", {}, "Label ", this.label),
      test ? make("label", { class: "tick" }, this.missed, "only predicted wrongly") : null,
      make("button", { type: "button", onclick: byLabel(true) }, "Add"),
      make("button", { type: "button", onclick: byLabel(false) }, "Remove"),
    );
    this.count = make("p", { role: "status", id: "picked" });
    this.list = make("ul", { class: "picked-images" });
    this.csv = make("button", { type: "button", class: "main", id: "save-ids", onclick: () => save(new Blob([asCsv(this.rows([...this.picked].sort((a, b) => a - b)))], { type: "text/csv" }), `${run}-selected.csv`) }, "Save their ids as CSV");
    this.clear = make("button", { type: "button", onclick: () => this.pick([], {}) }, "Select nothing");
    const scores = Object.entries(found.scores).map(([name, value]) => `${{ knn: "10-nearest-neighbour accuracy", silhouette: "silhouette", trust: "trustworthiness" }[name]} ${name === "knn" ? percent(value, 1) : value.toFixed(2)}`);
    const figure = make(
      "figure",
      { class: "chart" },
      make("figcaption", {}, make("b", {}, `${found.layer}, perplexity ${found.perplexity}`), ` ${found.what}. ${scores.join(", ")}. ${test ? "An orange ring is a wrong prediction." : "Orange is generated, blue is real."} ${found.remark}`),
      make("p", { class: "note", id: "map-keys" }, "Drag to select, with Shift to add. Keys: arrows go to the next image in a direction, Space selects it, Shift and arrows select on the way, Escape selects nothing."),
      this.svg,
      this.tableTwin(),
      savers(`map-of-${run}`, { svg: () => this.svg, rows: () => this.rows(this.points.map((_one, k) => k)) }),
    );
    this.parts = [tools, make("div", { class: "map-and-panel" }, figure, this.panel), this.live, make("section", { "aria-labelledby": "selection-title" }, make("h2", { id: "selection-title" }, "Selection"), choice, this.count, this.list, make("p", { class: "buttons" }, this.csv, this.clear))];
  }

  setMode(mode) {
    this.mode = mode;
    this.svg.classList.toggle("scrolls", mode === "look");
  }

  rows(numbers) {
    const test = this.points[0]?.kind === "test";
    const heads = test ? ["image", "glyphs", "label", "predicted", "confidence", "right", "x", "y"] : ["image", "kind", "label", "x", "y"];
    const cells = (one) => (test ? [one.image, one.glyphs.join(" "), one.label, one.predicted, one.confidence.toFixed(6), one.right, one.x.toFixed(5), one.y.toFixed(5)] : [one.image, one.kind, one.label, one.x.toFixed(5), one.y.toFixed(5)]);
    return [heads, ...numbers.map((k) => cells(this.points[k]))];
  }

  tableTwin() {
    const details = make("details", {}, make("summary", {}, "The map as a table"));
    details.addEventListener("toggle", () => {
      if (!details.open || details.children.length > 1) return;
      const [heads, ...rows] = this.rows(this.points.map((_one, k) => k));
      const body = rows.slice(0, MOST_ROWS).map(([first, ...rest]) => make("tr", {}, make("th", { scope: "row" }, String(first)), ...rest.map((value) => make("td", {}, String(value)))));
      if (rows.length > MOST_ROWS) details.append(make("p", { class: "note" }, `The first ${MOST_ROWS} of ${rows.length.toLocaleString("en")} rows; the CSV has all.`));
      details.append(make("div", { class: "box", tabindex: 0, role: "region", "aria-label": "The map as a table" }, make("table", {}, make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))), make("tbody", {}, ...body))));
    });
    return details;
  }

  at(event) {
    const box = this.svg.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  }

  nearest([x, y], within = Infinity) {
    let [best, least] = [-1, within ** 2];
    this.places.forEach(([px, py], k) => {
      const far = (px - x) ** 2 + (py - y) ** 2;
      if (far < least) [best, least] = [k, far];
    });
    return best;
  }

  middle() {
    return this.nearest([SIDE / 2, SIDE / 2]);
  }

  sprite(k, canvas = document.createElement("canvas")) {
    const { columns, width, height } = this.found.sheet;
    canvas.width = width;
    canvas.height = height;
    if (this.sheet.complete && this.sheet.naturalWidth) canvas.getContext("2d").drawImage(this.sheet, (k % columns) * width, Math.floor(k / columns) * height, width, height, 0, 0, width, height);
    return canvas;
  }

  words(one) {
    if (one.kind !== "test") return `${one.kind} image ${one.image}, ${one.label}`;
    return `image ${one.image}, label ${one.label}, predicted ${one.right ? "correctly" : `as ${one.predicted}`}, ${percent(one.confidence, 1)}`;
  }

  show(k, aloud = false) {
    this.here = k;
    const one = this.points[k];
    this.now.setAttribute("visibility", one ? "visible" : "hidden");
    if (!one) return;
    const [x, y] = this.places[k];
    this.now.setAttribute("cx", x);
    this.now.setAttribute("cy", y);
    const picture = this.sprite(k);
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", this.words(one));
    const test = one.kind === "test";
    this.panel.replaceChildren(
      picture,
      make("p", {}, test ? "Label " : `${one.kind}, `, make("b", {}, one.label)),
      ...(test ? [make("p", { class: one.right ? "" : "warning" }, `Predicted `, make("b", {}, one.predicted), ` with ${percent(one.confidence, 1)}`), make("p", { class: "note" }, `Image ${one.image}${one.glyphs.length ? `; glyph${one.glyphs.length > 1 ? "s" : ""} ${one.glyphs.join(", ")}` : ""}`), make("p", {}, make("a", { href: layersOf(run, one.image) }, "See its layers"))] : [make("p", { class: "note" }, `Image ${one.image}`)]),
    );
    if (aloud) this.live.textContent = `${this.words(one)}${this.picked.has(k) ? ", selected" : ""}`;
  }

  moved(event) {
    const here = this.at(event);
    if (this.path) {
      this.path.push(here);
      const outline = this.outline();
      this.drag.setAttribute("points", outline.map((one) => one.map((value) => value.toFixed(1)).join(",")).join(" "));
      this.drag.setAttribute("visibility", "visible");
      return;
    }
    const k = this.nearest(here, NEAR);
    if (k >= 0 && k !== this.here) this.show(k);
  }

  pressed(event) {
    if (event.button) return undefined;
    this.svg.focus({ preventScroll: true });
    if (this.mode === "look") return void this.show(this.nearest(this.at(event), NEAR), true);
    this.svg.setPointerCapture(event.pointerId);
    this.path = [this.at(event)];
    return undefined;
  }

  outline() {
    if (this.mode === "lasso") return this.path;
    const [[x0, y0], [x1, y1]] = [this.path[0], this.path.at(-1)];
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
  }

  released(event) {
    if (!this.path) return;
    this.path.push(this.at(event));
    const outline = this.outline();
    const wide = Math.max(...this.path.map(([x, y]) => Math.hypot(x - this.path[0][0], y - this.path[0][1])));
    const path = this.path;
    this.endDrag();
    if (wide < 4) {
      const k = this.nearest(path[0], NEAR);
      if (k < 0) return;
      this.show(k, true);
      this.toggle(k);
      return;
    }
    this.pick(this.places.map((_one, k) => k).filter((k) => within(outline, this.places[k])), { add: event.shiftKey });
  }

  endDrag() {
    this.path = undefined;
    this.drag.setAttribute("visibility", "hidden");
  }

  key(event) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (dx || dy) {
      const next = this.towards(dx, dy);
      if (event.shiftKey) this.pick([this.here, next].filter((k) => k >= 0), { add: true });
      if (next >= 0) this.show(next, true);
    } else if (event.key === " ") this.toggle(this.here);
    else if (event.key === "Escape") this.pick([], {});
    else return;
    event.preventDefault();
  }

  /** The nearest image in a direction: what lies aside counts three times as far. */
  towards(dx, dy) {
    const [x, y] = this.places[this.here] ?? [SIDE / 2, SIDE / 2];
    let [best, least] = [-1, Infinity];
    this.places.forEach(([px, py], k) => {
      const along = (px - x) * dx + (py - y) * dy;
      const aside = Math.abs((px - x) * dy) + Math.abs((py - y) * dx);
      if (k === this.here || along <= 0 || aside > 2 * along) return;
      const far = along + 3 * aside;
      if (far < least) [best, least] = [k, far];
    });
    return best;
  }

  toggle(k) {
    if (k >= 0) this.pick([k], { add: !this.picked.has(k), remove: this.picked.has(k) });
  }

  pick(numbers, { add = false, remove = false }) {
    if (!add && !remove) this.picked.clear();
    for (const k of numbers) remove ? this.picked.delete(k) : this.picked.add(k);
    this.tell();
  }

  tell() {
    this.rings.replaceChildren(...[...this.picked].map((k) => drawn("circle", { cx: this.places[k][0], cy: this.places[k][1], r: 6, class: "picked" })));
    this.count.textContent = this.picked.size ? `${plural(this.picked.size, "image")} of ${this.points.length.toLocaleString("en")} selected.` : "Nothing is selected.";
    this.csv.disabled = this.clear.disabled = !this.picked.size;
    this.listPicked();
  }

  listPicked() {
    const some = [...this.picked].sort((a, b) => a - b);
    this.list.replaceChildren(
      ...some.slice(0, MOST_SHOWN).map((k) => {
        const canvas = this.sprite(k);
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", this.words(this.points[k]));
        canvas.title = this.words(this.points[k]);
        return make("li", {}, canvas);
      }),
      ...(some.length > MOST_SHOWN ? [make("li", { class: "note" }, `and ${some.length - MOST_SHOWN} more`)] : []),
    );
  }
}

/** Whether a point lies within an outline, by the crossings of a ray to the right. */
function within(outline, [x, y]) {
  let inside = false;
  outline.forEach(([ax, ay], k) => {
    const [bx, by] = outline[(k + 1) % outline.length];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  });
  return inside;
}

element("wanted").addEventListener("submit", (event) => {
  event.preventDefault();
  state.set("made", true);
  makeMap();
});
if (state.values.made) makeMap();
