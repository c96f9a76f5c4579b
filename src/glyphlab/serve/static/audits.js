// The audit of a source: what matters, its classes, what splits share, and its first images.
import { drawn } from "./chart.js";
import { make, percent } from "./dom.js";
import { plural } from "./gallery.js";
import { savers } from "./saving.js";

const PAIRS = { train_test: "training and test", train_val: "training and validation", val_test: "validation and test" };
const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;

function picture(text) {
  const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  return document.importNode(svg, true);
}

function table(caption, heads, rows) {
  const body = rows.map(([first, ...rest]) => make("tr", {}, make("th", { scope: "row" }, first), ...rest.map((value) => make("td", {}, String(value)))));
  return make("div", { class: "box", tabindex: 0, role: "region", "aria-label": caption }, make("table", {}, make("caption", {}, caption), make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))), make("tbody", {}, ...body)));
}

/** Parts of a page that show an audit. */
export function auditParts(found, name) {
  const classes = found.classes.map((one) => [one.name, one.train, one.test]);
  const heads = ["class", "training", "test"];
  const svg = picture(found.pictures);
  const wrong = [...found.leaks.map((one) => ["Leak: ", one]), ...found.remarks.map((one) => ["Remark: ", one]), ...(found.problem ? [["Nothing can be trained on it: ", found.problem]] : [])];
  const chart = bars(found.classes);
  return [
    make("p", {}, `${plural(found.train, "training image")} and ${plural(found.test, "test image")} of ${found.width}×${found.height} pixels, ${found.classes.length} ${found.classes.length === 1 ? "class" : "classes"}. Licence: ${found.licence}.`),
    ...wrong.map(([kind, text]) => make("p", { class: "leak" }, make("b", {}, kind), sentence(text))),
    ...(wrong.length ? [] : [make("p", {}, "The audit found nothing against it: no copies between the splits, no blank images, no inverted ones.")]),
    ...(found.done.length ? [make("ul", { class: "note" }, ...found.done.map((one) => make("li", {}, sentence(one))))] : []),
    make("figure", { class: "chart" }, make("figcaption", {}, make("b", {}, "The first images of each class")), make("div", { class: "contact", tabindex: 0, role: "region", "aria-label": "The first images of each class" }, svg), savers(`${name}-images`, { svg: () => svg })),
    make("figure", { class: "chart" }, make("figcaption", {}, make("b", {}, "Training images of each class")), chart, make("details", {}, make("summary", {}, "Classes as a table"), table("Images of each class", heads, classes)), savers(`${name}-classes`, { svg: () => chart, rows: () => [heads, ...classes] })),
    ...(Object.keys(found.overlap).length ? [make("details", {}, make("summary", {}, "What the splits share, and what each family of models can reach"), table("Glyphs of the second split whose ink is in the first", ["splits", "glyphs"], Object.entries(found.overlap).map(([pair, share]) => [PAIRS[pair] ?? pair, percent(share, 1)])), table("Highest exact match open to each family", ["family", "ceiling"], Object.entries(found.ceilings).map(([family, share]) => [family, percent(share, 1)])))] : []),
  ];
}

const WIDE = Math.min(560, Math.max(340, document.querySelector("main").clientWidth - 40)); // words stay readable on a phone
const [ROW, LEFT, RIGHT] = [26, 130, 60];

/** A bar for each class, its name before and its number behind it. */
function bars(classes) {
  const most = Math.max(1, ...classes.map((one) => one.train));
  const svg = drawn("svg", { viewBox: `0 0 ${WIDE} ${classes.length * ROW}`, role: "img", "aria-label": "Training images of each class; a table stands below", class: "class-bars" });
  classes.forEach((one, k) => {
    const y = k * ROW;
    const name = one.name.length > 17 ? `${one.name.slice(0, 16)}…` : one.name;
    svg.append(drawn("text", { x: LEFT - 10, y: y + 17, class: "name end" }, name));
    svg.append(drawn("rect", { x: LEFT, y: y + 6, width: ((WIDE - LEFT - RIGHT) * one.train) / most, height: ROW - 12, class: "fill" }));
    svg.append(drawn("text", { x: WIDE - RIGHT + 10, y: y + 17, class: "tick" }, one.train.toLocaleString("en")));
  });
  return svg;
}
