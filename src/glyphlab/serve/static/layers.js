// What each layer of a net makes of one image: grids of small pictures, with their numbers as tables.
import { ask, tryTo } from "./asking.js";
import { drawn } from "./chart.js";
import { element, make, percent } from "./dom.js";
import { plural } from "./gallery.js";
import { savers } from "./saving.js";
import { bind, viewState } from "./view_state.js";

const { run } = element("run").dataset;
const path = `/api/inside/${encodeURIComponent(run)}`;
const state = viewState({ image: "0", steps: false }, () => {
  for (const one of shows) one();
  show();
});
const shows = [bind(element("steps"), state, "steps", hideSteps)];
const WIDEST = 1040; // pixels of the sheets of a layer, all together
const GAP = 16;

const size = (picture) =>
  new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve([image.naturalWidth, image.naturalHeight]);
    image.onerror = () => reject(new Error("A picture could not be shown."));
    image.src = picture;
  });

async function sheet(layer, picture, words) {
  const [wide, high] = await size(picture);
  const zoom = Math.max(1, Math.min(layer.kind === "units" ? 24 : 8, Math.floor((WIDEST / layer.sheets.length - GAP) / wide) || 1, Math.floor(420 / high) || 1));
  const svg = drawn("svg", { viewBox: `0 0 ${wide * zoom} ${high * zoom}`, width: wide * zoom, height: high * zoom, role: "img", "aria-label": words });
  svg.append(drawn("image", { href: picture, width: wide * zoom, height: high * zoom, "image-rendering": "pixelated" }));
  return svg;
}

/** All sheets of a layer side by side, as a file has them. */
function side(svgs) {
  const sizes = svgs.map((svg) => svg.getAttribute("viewBox").split(" ").slice(2).map(Number));
  const whole = drawn("svg", { viewBox: `0 0 ${sizes.reduce((sum, [wide]) => sum + wide + GAP, -GAP)} ${Math.max(...sizes.map(([, high]) => high))}` });
  let x = 0;
  svgs.forEach((svg, k) => {
    const image = svg.firstChild.cloneNode();
    image.setAttribute("x", x);
    whole.append(image);
    x += sizes[k][0] + GAP;
  });
  return whole;
}

const number = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

async function shown(layer, parts) {
  const what = layer.kind === "maps" ? "map" : "unit";
  const title = (k) => (layer.sheets.length > 1 ? `${layer.name}, position ${k + 1}` : layer.name);
  const svgs = await Promise.all(layer.sheets.map((one, k) => sheet(layer, one, `${title(k)}: ${plural(layer.shown, what)} as grey pictures; a table stands below`)));
  const left = layer.shown < layer.count ? `, the first ${layer.shown} shown` : "";
  const scale = layer.lowest < 0 ? `middle grey is 0, white ${number(Math.max(-layer.lowest, layer.highest))} and black the same below 0` : `black is 0, white ${number(layer.highest)}`;
  const heads = [what, ...layer.sheets.flatMap((_one, k) => (layer.sheets.length > 1 ? [`position ${k + 1}, mean`, `position ${k + 1}, highest`] : ["mean", "highest"]))];
  const rows = layer.means[0].map((_mean, k) => [k + 1, ...layer.sheets.flatMap((_one, part) => [layer.means[part][k], layer.peaks[part][k]])]);
  const details = make("details", {}, make("summary", {}, `${layer.name} as a table`));
  details.addEventListener("toggle", () => {
    if (!details.open || details.children.length > 1) return;
    const body = rows.map(([first, ...rest]) => make("tr", {}, make("th", { scope: "row" }, String(first)), ...rest.map((value) => make("td", {}, number(value)))));
    details.append(make("div", { class: "box", tabindex: 0, role: "region", "aria-label": `${layer.name} as a table` }, make("table", {}, make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))), make("tbody", {}, ...body))));
  });
  const name = `${layer.name}-of-image-${state.values.image}`.replaceAll(".", "-");
  return make(
    "section",
    { class: layer.within ? "layer within" : "layer" },
    make("h2", {}, layer.name),
    make("p", { class: "note" }, `${plural(layer.count, what)}${layer.kind === "maps" ? ` of ${layer.width}×${layer.height}` : ""}${left}; ${scale}.`),
    make("div", { class: "sheets" }, ...svgs.map((svg, k) => make("figure", {}, svg, layer.sheets.length > 1 ? make("figcaption", {}, `position ${k + 1}`) : null))),
    details,
    savers(name, { svg: () => side(svgs), rows: () => [heads, ...rows] }),
  );
}

function hideSteps() {
  for (const one of document.querySelectorAll(".layer.within")) one.hidden = !state.values.steps;
}

async function show() {
  const { image } = state.values;
  element("image").value = image;
  element("layers").replaceChildren(make("p", { class: "note", role: "status" }, "The image is passed through the net; the first time its test images are loaded, which may take a while."));
  const found = await tryTo(async () => {
    await ask(`${path}/image?image=${encodeURIComponent(image)}`);
    return ask(`${path}/layers?image=${encodeURIComponent(image)}`);
  });
  if (!found) return void element("layers").replaceChildren();
  const one = found.image;
  element("shown").replaceChildren(
    make("div", { class: "one-image" }, make("img", { src: one.picture, alt: `Test image ${one.image}` }), make("div", {}, make("p", {}, `True label: `, make("b", {}, one.true)), make("p", { class: one.right ? "" : "warning" }, `Predicted: `, make("b", {}, one.predicted), ` with ${percent(one.confidence, 1)}`), found.parts > 1 ? make("p", { class: "note" }, `The net sees the image in ${found.parts} parts, one by one.`) : null)),
  );
  const parts = await tryTo(() => Promise.all(found.layers.map((layer) => shown(layer, found.parts))));
  element("layers").replaceChildren(...(parts ?? []));
  hideSteps();
}

element("choice").addEventListener("submit", (event) => {
  event.preventDefault();
  state.set("image", element("image").value || "0");
  show();
});
const wrong = JSON.parse(element("next-wrong").dataset.wrong);
element("next-wrong").addEventListener("click", () => {
  const at = wrong.indexOf(Number(state.values.image));
  state.set("image", String(wrong[(at + 1) % wrong.length]));
  show();
});
show();
