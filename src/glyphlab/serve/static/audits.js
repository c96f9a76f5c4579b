// The audit of a source: what matters, its classes, what splits share, and its first images.
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
  const most = Math.max(1, ...found.classes.map((one) => one.train));
  return [
    make("p", {}, `${plural(found.train, "training image")} and ${plural(found.test, "test image")} of ${found.width}×${found.height} pixels, ${plural(found.classes.length, "class").replace("classs", "classes")}. Licence: ${found.licence}.`),
    ...wrong.map(([kind, text]) => make("p", { class: "leak" }, make("b", {}, kind), sentence(text))),
    ...(wrong.length ? [] : [make("p", {}, "The audit found nothing against it: no copies between the splits, no blank images, no inverted ones.")]),
    ...(found.done.length ? [make("ul", { class: "note" }, ...found.done.map((one) => make("li", {}, sentence(one))))] : []),
    make("figure", { class: "chart" }, make("figcaption", {}, make("b", {}, "The first images of each class")), make("div", { class: "contact", tabindex: 0, role: "region", "aria-label": "The first images of each class" }, svg), savers(`${name}-images`, { svg: () => svg })),
    make("figure", { class: "chart" }, make("figcaption", {}, make("b", {}, "Training images of each class")), make("ul", { class: "bars" }, ...found.classes.map((one) => make("li", {}, make("span", {}, one.name), bar(one.train / most), make("span", { class: "number" }, one.train.toLocaleString("en"))))), make("details", {}, make("summary", {}, "Classes as a table"), table("Images of each class", heads, classes)), savers(`${name}-classes`, { rows: () => [heads, ...classes] })),
    ...(Object.keys(found.overlap).length ? [make("details", {}, make("summary", {}, "What the splits share, and what each family of models can reach"), table("Glyphs of the second split whose ink is in the first", ["splits", "glyphs"], Object.entries(found.overlap).map(([pair, share]) => [PAIRS[pair] ?? pair, percent(share, 1)])), table("Highest exact match open to each family", ["family", "ceiling"], Object.entries(found.ceilings).map(([family, share]) => [family, percent(share, 1)])))] : []),
  ];
}

function bar(share) {
  const fill = make("span", { class: "fill" });
  fill.style.width = `${100 * share}%`;
  return make("span", { class: "rail", "aria-hidden": "true" }, fill);
}
