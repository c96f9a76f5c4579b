// A chart of lines with bands, as SVG, with its table twin; both are made of the same series, and can be saved.
import { make } from "./dom.js";
import { savers } from "./saving.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDE, HIGH, LEFT, BELOW, ABOVE, RIGHT] = [560, 260, 58, 36, 12, 14];
const COLOURS = 7;

/** Make an SVG element. */
export function drawn(name, attributes, ...children) {
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
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw * 0.999);
  const found = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + step * 1e-9; value += step) found.push(Number(value.toPrecision(12)));
  return found;
}

/**
 * Draw lines.
 * @param series [{name, points: [[x, y], …], band: [[x, low, high], …] or none}]
 * @param words {title, x, y, format, most}: names of chart and axes, text of a y, and the largest x that will come
 * @returns a figure: the chart, what saves it, and its table in a part that opens
 */
export function lineChart(series, { title, x, y, format = (value) => String(value), most }) {
  const figure = make("figure", { class: "chart" });
  const points = series.flatMap((one) => [...one.points, ...(one.band ?? []).flatMap(([at, low, high]) => [[at, low], [at, high]])]);
  if (!points.length) return figure;
  const xs = points.map((point) => point[0]);
  const ys = points.map((point) => point[1]);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs, most ?? -Infinity)];
  let [y0, y1] = [Math.min(...ys), Math.max(...ys)];
  if (y0 === y1) [y0, y1] = [y0 - 0.5, y1 + 0.5];
  const at = ([px, py]) => [LEFT + (x1 === x0 ? 0.5 : (px - x0) / (x1 - x0)) * (WIDE - LEFT - RIGHT), ABOVE + (1 - (py - y0) / (y1 - y0)) * (HIGH - ABOVE - BELOW)];
  const path = (all) => all.map((point) => at(point).map((value) => value.toFixed(1)).join(",")).join(" ");
  const svg = drawn("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": `${title}: ${y} by ${x}; its table stands below` });
  for (const value of ticks(y0, y1)) {
    const [, py] = at([x0, value]);
    svg.append(drawn("line", { x1: LEFT, x2: WIDE - RIGHT, y1: py, y2: py, class: "rule" }));
    svg.append(drawn("text", { x: LEFT - 8, y: py + 4, class: "tick end" }, format(value)));
  }
  for (const value of ticks(x0, x1).filter(Number.isInteger)) svg.append(drawn("text", { x: at([value, y0])[0], y: HIGH - BELOW + 18, class: "tick middle" }, String(value)));
  svg.append(drawn("text", { x: (LEFT + WIDE - RIGHT) / 2, y: HIGH - 3, class: "tick middle" }, x));
  series.forEach((one, place) => {
    const colour = `s${place % COLOURS}`;
    if (one.band?.length > 1) {
      const edge = [...one.band.map(([bx, low]) => [bx, low]), ...one.band.toReversed().map(([bx, , high]) => [bx, high])];
      svg.append(drawn("polygon", { points: path(edge), class: `band ${colour}` }));
    }
    svg.append(drawn("polyline", { points: path(one.points), class: `line ${colour}${place >= COLOURS ? " dashed" : ""}` }));
    if (one.points.length === 1) svg.append(drawn("circle", { cx: at(one.points[0])[0], cy: at(one.points[0])[1], r: 3, class: `spot ${colour}` }));
  });
  const legend = series.length > 1 ? [make("ul", { class: "legend" }, ...series.map((one, place) => make("li", {}, make("span", { class: `swatch s${place % COLOURS}${place >= COLOURS ? " dashed" : ""}` }), one.name)))] : [];
  const rows = tableRows(series, x);
  figure.append(make("figcaption", {}, make("b", {}, title)), svg, ...legend, table(rows, { title, y, format }), savers(title.toLowerCase().replace(/\W+/g, "-"), { svg: () => svg, rows: () => rows }));
  return figure;
}

/** Heads and rows: x, then of each line its y, and the lowest and highest of its band. */
function tableRows(series, x) {
  const places = [...new Set(series.flatMap((one) => one.points.map((point) => point[0])))].sort((a, b) => a - b);
  const heads = series.flatMap((one) => (one.band ? [one.name, `${one.name}, lowest`, `${one.name}, highest`] : [one.name]));
  const body = places.map((value) => [
    value,
    ...series.flatMap((one) => {
      const point = one.points.find((each) => each[0] === value)?.[1] ?? "";
      const band = one.band?.find((each) => each[0] === value);
      return one.band ? [point, band?.[1] ?? "", band?.[2] ?? ""] : [point];
    }),
  ]);
  return [[x, ...heads], ...body];
}

function table([heads, ...rows], { title, y, format }) {
  const text = (value) => (value === "" ? "–" : format(value));
  return make(
    "details",
    {},
    make("summary", {}, `${title} as a table`),
    make(
      "div",
      { class: "box", tabindex: 0, role: "region", "aria-label": `${title}: ${y}` },
      make(
        "table",
        {},
        make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
        make("tbody", {}, ...rows.map(([first, ...rest]) => make("tr", {}, make("th", { scope: "row" }, String(first)), ...rest.map((value) => make("td", {}, text(value)))))),
      ),
    ),
  );
}
