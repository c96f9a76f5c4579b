// Which labels are confused: a matrix, its table, the most frequent pairs, and the images of a cell.
import { ask, tryTo } from "./asking.js";
import { drawn } from "./chart.js";
import { element, make, percent } from "./dom.js";
import { plural, saidOf, showImages, tile } from "./gallery.js";
import { savers } from "./saving.js";
import { viewState } from "./view_state.js";

const { run } = element("run").dataset;
const path = `/api/inside/${encodeURIComponent(run)}`;
const [SIDE, LEFT, ABOVE, BELOW] = [420, 62, 10, 54];
const FEW = 12; // classes whose cells have room for a number
const state = viewState({ position: "0", true: "", predicted: "" }, show);
const position = element("position");
let found;

const shortened = (name, most = 8) => (name.length > most ? `${name.slice(0, most - 1)}…` : name);
const counted = () => (found.positions > 1 && found.position === 0 ? "symbol" : "image");
const cellWords = (k, l, count) => `${found.names[k]} predicted as ${found.names[l]}: ${plural(count, counted())}`;

function choose(k, l) {
  state.set("true", found.values[k]);
  state.set("predicted", found.values[l]);
  mark();
  images(true);
}

function mark() {
  for (const one of document.querySelectorAll("#matrix [data-true]")) {
    const here = one.dataset.true === state.values.true && one.dataset.predicted === state.values.predicted;
    one.classList.toggle("chosen", here);
    if (one.tagName === "BUTTON") one.setAttribute("aria-pressed", here);
  }
}

function matrix() {
  const { counts, names, values } = found;
  const size = values.length;
  const step = SIDE / size;
  const sums = counts.map((row) => Math.max(1, row.reduce((a, b) => a + b, 0)));
  const most = Math.max(1e-12, ...counts.flatMap((row, k) => row.map((count, l) => (k === l ? 0 : count / sums[k]))));
  const svg = drawn("svg", { viewBox: `0 0 ${LEFT + SIDE + 4} ${ABOVE + SIDE + BELOW}`, role: "group", "aria-label": "Confusion matrix: a row for each true label, a column for each prediction. Arrow keys move between cells, Enter shows the images.", class: "matrix" });
  svg.append(drawn("rect", { x: LEFT, y: ABOVE, width: SIDE, height: SIDE, class: "frame" }));
  const every = Math.ceil(size / 26);
  names.forEach((name, k) => {
    if (k % every) return;
    const middle = (k + 0.5) * step;
    svg.append(drawn("text", { x: LEFT - 6, y: ABOVE + middle + 5, class: "name", "text-anchor": "end" }, shortened(name)));
    const below = drawn("text", { x: LEFT + middle, y: ABOVE + SIDE + 18, class: "name", "text-anchor": size > FEW || name.length > 3 ? "end" : "middle" }, shortened(name, 6));
    if (name.length > 3) below.setAttribute("transform", `rotate(-40 ${LEFT + middle} ${ABOVE + SIDE + 14})`);
    svg.append(below);
  });
  svg.append(drawn("text", { x: LEFT + SIDE / 2, y: ABOVE + SIDE + BELOW - 8, class: "axis" }, "predicted as"));
  svg.append(drawn("text", { x: 12, y: ABOVE + SIDE / 2, class: "axis", transform: `rotate(-90 12 ${ABOVE + SIDE / 2})` }, "true label"));
  const cells = new Map();
  counts.forEach((row, k) =>
    row.forEach((count, l) => {
      if (!count) return;
      const share = count / sums[k];
      const depth = k === l ? 0.08 + 0.42 * share : 0.08 + (0.52 * share) / most;
      const cell = drawn("g", { class: "cell", role: "button", tabindex: cells.size ? -1 : 0, "aria-label": cellWords(k, l, count), "data-true": values[k], "data-predicted": values[l] });
      cell.append(drawn("rect", { x: LEFT + l * step + 1, y: ABOVE + k * step + 1, width: step - 2, height: step - 2, class: k === l ? "right" : "wrong", "fill-opacity": depth.toFixed(3) }));
      if (size <= FEW) cell.append(drawn("text", { x: LEFT + (l + 0.5) * step, y: ABOVE + (k + 0.5) * step + 5 }, String(count)));
      cell.append(drawn("title", {}, cellWords(k, l, count)));
      cell.addEventListener("click", () => choose(k, l));
      cell.addEventListener("keydown", (event) => {
        const [dy, dx] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
        if (event.key === "Enter" || event.key === " ") choose(k, l);
        else if (!dy && !dx) return;
        else {
          for (let y = k + dy, x = l + dx; y >= 0 && x >= 0 && y < size && x < size; y += dy, x += dx) {
            const next = cells.get(`${y} ${x}`);
            if (!next) continue;
            cell.setAttribute("tabindex", -1);
            next.setAttribute("tabindex", 0);
            next.focus();
            break;
          }
        }
        event.preventDefault();
      });
      cells.set(`${k} ${l}`, cell);
      svg.append(cell);
    }),
  );
  return svg;
}

const button = (k, l, count, words) => make("button", { type: "button", class: "count", "aria-pressed": "false", "aria-label": cellWords(k, l, count), "data-true": found.values[k], "data-predicted": found.values[l], onclick: () => choose(k, l) }, words ?? String(count));

function table() {
  const { counts, names } = found;
  return make(
    "details",
    {},
    make("summary", {}, "The matrix as a table"),
    make(
      "div",
      { class: "box", tabindex: 0, role: "region", "aria-label": "Confusion matrix as a table" },
      make(
        "table",
        {},
        make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "true \\ predicted"), ...names.map((name) => make("th", { scope: "col" }, name)))),
        make("tbody", {}, ...counts.map((row, k) => make("tr", {}, make("th", { scope: "row" }, names[k]), ...row.map((count, l) => make("td", { class: k === l ? "diagonal" : "" }, count ? button(k, l, count) : "0"))))),
      ),
    ),
  );
}

function pairs() {
  const at = (value) => found.values.indexOf(value);
  if (!found.pairs.length) return make("p", {}, "None: every label was predicted correctly.");
  const rows = found.pairs.map((one) => make("tr", {}, make("th", { scope: "row" }, `${one.true_name} → ${one.predicted_name}`), make("td", {}, button(at(one.true), at(one.predicted), one.count))));
  const head = make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "true → predicted"), make("th", { scope: "col" }, `${counted()}s`)));
  const part = (some) => make("table", {}, head.cloneNode(true), make("tbody", {}, ...some));
  const rest = rows.slice(8);
  return make("div", {}, part(rows.slice(0, 8)), rest.length ? make("details", {}, make("summary", {}, `${rest.length} more`), part(rest)) : null, savers("confusions", { rows: () => [["true", "predicted", "count"], ...found.pairs.map((one) => [one.true_name, one.predicted_name, one.count])] }));
}

function images(move = false) {
  const { true: known, predicted } = state.values;
  const [k, l] = [found.values.indexOf(known), found.values.indexOf(predicted)];
  if (k < 0 || l < 0) return;
  const where = found.positions > 1 && found.position ? ` at position ${found.position}` : "";
  element("cell-title").textContent = k === l ? `${found.names[k]} predicted correctly${where}` : `${found.names[k]} predicted as ${found.names[l]}${where}`;
  const query = new URLSearchParams({ position: state.values.position, true: known, predicted });
  showImages(
    element("images"),
    `${path}/cell?${query}`,
    { none: "No test image is in this cell.", order: k === l ? "the least confident first" : "the most confident first", name: `${run}-${found.names[k]}-as-${found.names[l]}` },
    (one) => tile(run, one, ...saidOf(one)),
  );
  if (move) element("cell").scrollIntoView({ behavior: "smooth", block: "nearest" });
}

async function show() {
  if (position) position.value = state.values.position;
  found = await tryTo(() => ask(`${path}/confusion?position=${encodeURIComponent(state.values.position)}`));
  if (!found) return;
  const figure = make("figure", { class: "chart" }, make("figcaption", {}, make("b", {}, "Confusion matrix"), ` ${percent(found.wrong / found.counted)} of ${found.counted.toLocaleString("en")} ${counted()}s wrong; blue is correct, orange is wrong, the deeper the more of a row.`));
  if (found.counts.length) {
    const svg = matrix();
    const rows = () => [["true \\ predicted", ...found.names], ...found.counts.map((row, k) => [found.names[k], ...row])];
    figure.append(svg, table(), savers("confusion-matrix", { svg: () => svg, rows }));
  } else figure.append(make("p", { class: "note" }, `${found.values.length.toLocaleString("en")} different labels are too many for a matrix: the most frequent confusions stand beside.`));
  element("matrix").replaceChildren(figure);
  element("pairs").replaceChildren(pairs());
  mark();
  images();
}

position?.addEventListener("change", () => {
  state.set("position", position.value);
  show();
});
show();
