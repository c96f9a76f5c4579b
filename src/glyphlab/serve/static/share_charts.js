// Two charts as SVG: probabilities as bars, and how they change over an image; each with its table and what saves it.
import { drawn } from "./chart.js";
import { make } from "./dom.js";
import { savers } from "./saving.js";

const [WIDE, NUMBER, BAR, GAP, LINE] = [340, 54, 13, 7, 17];
const LETTER = 6.6; // pixels of a letter, about
const MOST_LETTERS = 20;

const short = (name) => ([...name].length > MOST_LETTERS ? `${[...name].slice(0, MOST_LETTERS - 1).join("")}…` : name);
const percent = (share) => (share < 0.0005 && share > 0 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`);
const fileName = (title) => title.toLowerCase().replace(/\W+/g, "-");

/**
 * Draw probabilities as bars, a row a name.
 * @param series [{name, colour: 0…6, shares: Map of name to probability, others, left_out}]
 * @param title of the chart
 */
export function shareChart(series, title) {
  const names = [...new Set(series.flatMap((one) => [...one.shares.keys()]))];
  if (names.every((name) => /^-?\d{1,15}$/.test(name))) names.sort((a, b) => a - b);
  const left = 12 + LETTER * Math.min(MOST_LETTERS, Math.max(1, ...names.map((name) => [...name].length)));
  const row = series.length * BAR + GAP;
  const above = series.length > 1 ? series.length * LINE + GAP : 0; // their names
  const high = above + names.length * row + 4;
  const svg = drawn("svg", { viewBox: `0 0 ${WIDE} ${high}`, role: "img", "aria-label": `${title}: probabilities; its table stands below` });
  const span = WIDE - left - NUMBER;
  if (above) {
    series.forEach((one, place) => {
      svg.append(drawn("rect", { x: 0, y: place * LINE + 3, width: 14, height: BAR - 3, rx: 2, class: `bar s${one.colour}` }));
      svg.append(drawn("text", { x: 20, y: place * LINE + BAR, class: "tick" }, one.name));
    });
  }
  names.forEach((name, k) => {
    const top = above + k * row + GAP / 2;
    svg.append(drawn("text", { x: left - 8, y: top + (series.length * BAR) / 2 + 4, class: "tick end" }, short(name)));
    series.forEach((one, place) => {
      const listed = one.shares.has(name);
      const share = one.shares.get(name) ?? 0;
      const best = share === Math.max(...one.shares.values());
      const y = top + place * BAR;
      svg.append(drawn("rect", { x: left, y: y + 1, width: span, height: BAR - 4, rx: 2, class: "rail" }));
      svg.append(drawn("rect", { x: left, y: y + 1, width: Math.max(share * span, share > 0.0005 ? 1.5 : 0), height: BAR - 4, rx: 2, class: `bar s${one.colour}` }));
      svg.append(drawn("text", { x: WIDE, y: y + BAR - 2.5, class: best ? "tick end best" : "tick end" }, listed ? percent(share) : "–"));
    });
  });
  const rows = [["name", ...series.map((one) => one.name)], ...names.map((name) => [name, ...series.map((one) => one.shares.get(name) ?? "")])];
  const rest = series.filter((one) => one.left_out).map((one) => `${one.left_out.toLocaleString("en")} others together ${percent(one.others)}${series.length > 1 ? ` (${one.name})` : ""}`);
  return figureOf(title, svg, rows, percent, { shown: title, notes: rest.length ? [`And ${rest.join("; ")}.`] : [] });
}

/**
 * Draw how the probability of a label changes while a patch covers an image.
 * @param map as the studio answers it
 * @param title of the chart
 */
export function changeMap({ changes, step, side, picture, width, height, label, probability }, title) {
  const zoom = WIDE / Math.max(width, height);
  const all = changes.flat();
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const scale = Math.max(-least, most, 0.01);
  const svg = drawn("svg", { viewBox: `0 0 ${(width * zoom).toFixed(1)} ${(height * zoom).toFixed(1)}`, role: "img", "aria-label": `${title}; its table stands below` });
  svg.append(drawn("image", { href: `data:image/png;base64,${picture}`, width: width * zoom, height: height * zoom, preserveAspectRatio: "none", "image-rendering": "pixelated" }));
  changes.forEach((row, i) =>
    row.forEach((change, j) => {
      const [wide, high] = [Math.min(step, width - j * step), Math.min(step, height - i * step)].map((value) => value * zoom);
      const place = drawn("rect", {
        x: j * step * zoom, y: i * step * zoom, width: wide, height: high,
        class: change < 0 ? "less" : "more", "fill-opacity": (0.9 * Math.abs(change)) / scale,
      });
      place.append(drawn("title", {}, `row ${i + 1}, column ${j + 1}: ${points(change)}`));
      svg.append(place);
    }),
  );
  const at = all.indexOf(least);
  const where = `row ${Math.floor(at / changes[0].length) + 1}, column ${(at % changes[0].length) + 1}`;
  const notes = [
    least < -0.0005
      ? `Without a patch ${label} has ${percent(probability)}. It falls most, by ${points(least).slice(1)}, with the patch of ${side}×${side} pixels at ${where}${most > 0.0005 ? `, and rises by up to ${points(most).slice(1)} elsewhere` : ""}.`
      : `Without a patch ${label} has ${percent(probability)}, and a patch of ${side}×${side} pixels lowers that nowhere.`,
    `Full colour is ${points(scale).slice(1)}.`,
  ];
  const heads = ["row", ...changes[0].map((_, j) => j + 1)];
  const rows = [heads, ...changes.map((row, i) => [i + 1, ...row])];
  const legend = make("ul", { class: "legend" }, make("li", {}, make("span", { class: "patch less" }), "less probable"), make("li", {}, make("span", { class: "patch more" }), "more probable"));
  return figureOf(title, svg, rows, points, { shown: title, notes, legend });
}

/** A change of a probability in words. */
function points(change) {
  const said = (100 * Math.abs(change)).toFixed(1);
  return `${change < 0 ? "−" : "+"}${said} point${said === "1.0" ? "" : "s"}`;
}

function figureOf(title, svg, rows, format, { shown, notes, legend }) {
  const [heads, ...body] = rows;
  const table = make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, String(head))))),
    make("tbody", {}, ...body.map(([first, ...rest]) => make("tr", {}, make("th", { scope: "row" }, String(first)), ...rest.map((value) => make("td", {}, value === "" ? "–" : format(value)))))),
  );
  return make(
    "figure",
    { class: "chart", "data-title": title },
    make("figcaption", {}, make("b", {}, shown)),
    svg,
    legend,
    ...notes.map((note) => make("p", { class: "note" }, note)),
    make("details", {}, make("summary", {}, "As a table"), make("div", { class: "box", tabindex: 0, role: "region", "aria-label": `${title} as a table` }, table)),
    savers(fileName(title), { svg: () => svg, rows: () => rows }),
  );
}

/** Put figures where others were; tables that were open stay open. */
export function replaceFigures(place, figures) {
  const open = new Set([...place.querySelectorAll("figure[data-title]")].filter((one) => one.querySelector("details").open).map((one) => one.dataset.title));
  for (const figure of figures) if (open.has(figure.dataset.title)) figure.querySelector("details").open = true;
  place.replaceChildren(...figures);
}
