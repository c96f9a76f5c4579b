// A small chart of lines, as SVG, with its table twin; both are made of the same series.
import { make } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDE, HIGH, LEFT, BELOW, ABOVE, RIGHT] = [560, 260, 56, 34, 12, 14];

function drawn(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Round steps that cover a range in about `count` parts. */
export function ticks(low, high, count = 5) {
  if (!(high > low)) return [low];
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) found.push(Number(value.toPrecision(12)));
  return found;
}

/**
 * Draw lines.
 * @param series [{name, points: [[x, y], …]}]
 * @param words {title, x, y}
 * @returns a figure: the chart, and its table in a part that opens
 */
export function lineChart(series, { title, x, y, format = (value) => String(value), most }) {
  const points = series.flatMap((one) => one.points);
  const figure = make("figure", { class: "chart" });
  if (!points.length) return figure;
  const xs = points.map((point) => point[0]);
  const ys = points.map((point) => point[1]);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs, most ?? -Infinity)];
  let [y0, y1] = [Math.min(...ys), Math.max(...ys)];
  if (y0 === y1) [y0, y1] = [y0 - 0.5, y1 + 0.5];
  const at = ([px, py]) => [
    LEFT + (x1 === x0 ? 0.5 : (px - x0) / (x1 - x0)) * (WIDE - LEFT - RIGHT),
    ABOVE + (1 - (py - y0) / (y1 - y0)) * (HIGH - ABOVE - BELOW),
  ];
  const svg = drawn("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": title });
  for (const value of ticks(y0, y1)) {
    const [, py] = at([x0, value]);
    svg.append(drawn("line", { x1: LEFT, x2: WIDE - RIGHT, y1: py, y2: py, class: "rule" }));
    svg.append(drawn("text", { x: LEFT - 8, y: py + 4, class: "tick end" }, format(value)));
  }
  for (const value of ticks(x0, x1).filter(Number.isInteger)) {
    const [px] = at([value, y0]);
    svg.append(drawn("text", { x: px, y: HIGH - BELOW + 18, class: "tick middle" }, String(value)));
  }
  svg.append(drawn("text", { x: (LEFT + WIDE - RIGHT) / 2, y: HIGH - 2, class: "tick middle" }, x));
  series.forEach((one, place) => {
    const path = one.points.map((point) => at(point).map((value) => value.toFixed(1)).join(","));
    svg.append(drawn("polyline", { points: path.join(" "), class: `line s${place % 7}` }));
    if (one.points.length === 1) svg.append(drawn("circle", { cx: at(one.points[0])[0], cy: at(one.points[0])[1], r: 3, class: `dot-of s${place % 7}` }));
  });
  const legend = make("ul", { class: "legend" }, ...series.map((one, place) => make("li", { class: `s${place % 7}` }, one.name)));
  figure.append(make("figcaption", {}, make("b", {}, title)), svg, ...(series.length > 1 ? [legend] : []), table(series, { title, x, y, format }));
  return figure;
}

function table(series, { title, x, y, format }) {
  const rows = [...new Set(series.flatMap((one) => one.points.map((point) => point[0])))].sort((a, b) => a - b);
  const head = make("tr", {}, make("th", { scope: "col" }, x), ...series.map((one) => make("th", { scope: "col" }, one.name)));
  const body = rows.map((value) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, String(value)),
      ...series.map((one) => make("td", {}, format(one.points.find((point) => point[0] === value)?.[1] ?? NaN).replace("NaN", "–"))),
    ),
  );
  return make(
    "details",
    {},
    make("summary", {}, `${title} as a table`),
    make("div", { class: "box", tabindex: 0, role: "region", "aria-label": `${title}: ${y}` }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...body))),
  );
}
