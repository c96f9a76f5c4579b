// Two runs on the same test images: counts, the paired difference with its interval, and the images.
import { ask, tryTo } from "./asking.js";
import { drawn, ticks } from "./chart.js";
import { element, make, percent } from "./dom.js";
import { showImages, tile } from "./gallery.js";
import { savers } from "./saving.js";
import { viewState } from "./view_state.js";

const { run } = element("run").dataset;
const path = `/api/inside/${encodeURIComponent(run)}/against`;
const select = element("other");
const state = viewState({ other: "", which: "" }, show);
const WORDS = { both: "both correct", first: "only the first correct", second: "only the second correct", neither: "neither correct" };
const WIDE = Math.min(560, Math.max(340, element("counts").clientWidth)); // so that words stay readable on a phone
const [ROW, LEFT, RIGHT, BELOW] = [46, 12, 14, 40];
const points = (value) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(100 * value).toFixed(2)}`;

function verdict({ first, second, seeds, difference, low, high, verdict: said }) {
  const one = Math.min(...seeds) < 2;
  const words = { better: "is better than", worse: "is worse than", "not distinguished": "is not distinguished from", equivalent: "is equivalent to" };
  const counts = seeds.map((count) => `${count} training${count === 1 ? "" : "s"}`).join(" and ");
  const start = one ? "" : `${first} ${words[said] ?? said} ${second}. `;
  return `${start}Difference ${points(difference)} points (95 % interval ${points(low)} to ${points(high)}), of ${counts}.`;
}

function chart(rows) {
  const lows = Math.min(0, ...rows.map((one) => one.low));
  const highs = Math.max(0, ...rows.map((one) => one.high));
  const pad = (highs - lows || 0.01) * 0.08;
  const [x0, x1] = [lows - pad, highs + pad];
  const at = (value) => LEFT + ((value - x0) / (x1 - x0)) * (WIDE - LEFT - RIGHT);
  const high = rows.length * ROW + BELOW;
  const svg = drawn("svg", { viewBox: `0 0 ${WIDE} ${high}`, role: "img", "aria-label": "Differences with their intervals; their table stands below", class: "interval-chart" });
  for (const value of ticks(x0, x1, WIDE / 110)) {
    svg.append(drawn("line", { x1: at(value), x2: at(value), y1: 0, y2: high - BELOW, class: "rule" }));
    svg.append(drawn("text", { x: at(value), y: high - BELOW + 16, class: "tick middle" }, points(value)));
  }
  svg.append(drawn("line", { x1: at(0), x2: at(0), y1: 0, y2: high - BELOW, class: "zero" }));
  svg.append(drawn("text", { x: WIDE / 2, y: high - 4, class: "tick middle" }, "points of exact match, the first less the second"));
  rows.forEach((one, k) => {
    const y = k * ROW + 32;
    svg.append(drawn("text", { x: LEFT, y: y - 16, class: "name" }, one.title));
    svg.append(drawn("line", { x1: at(one.low), x2: at(one.high), y1: y, y2: y, class: "whisker" }));
    svg.append(drawn("circle", { cx: at(one.difference), cy: y, r: 5, class: "spot" }));
  });
  return svg;
}

function figure(found) {
  const rows = [{ title: "These two trainings", ...found.difference }];
  if (found.over_seeds) rows.push({ title: "Over all their seeds", ...found.over_seeds });
  const svg = chart(rows);
  const heads = ["of", "seeds", "difference", "low", "high"];
  const cells = rows.map((one) => [one.title, one.seeds.join(" and "), points(one.difference), points(one.low), points(one.high)]);
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))), make("tbody", {}, ...cells.map(([head, ...rest]) => make("tr", {}, make("th", { scope: "row" }, head), ...rest.map((cell) => make("td", {}, cell))))));
  return make(
    "figure",
    { class: "chart" },
    make("figcaption", {}, make("b", {}, "Paired difference"), ` ${verdict(found.over_seeds ?? found.difference)}${found.remark ? ` ${found.remark[0].toUpperCase()}${found.remark.slice(1)}.` : ""}`),
    svg,
    make("details", {}, make("summary", {}, "Paired difference as a table"), make("div", { class: "box", tabindex: 0, role: "region", "aria-label": "Paired difference" }, table)),
    savers("paired-difference", { svg: () => svg, rows: () => [heads, ...cells] }),
  );
}

function fourfold({ counts, images, first, second }) {
  const cell = (which) => make("td", {}, make("button", { type: "button", "data-which": which, "aria-pressed": "false", onclick: () => choose(which) }, make("b", {}, counts[which].toLocaleString("en")), make("span", {}, `${WORDS[which]} (${percent(counts[which] / images, 1)})`)));
  const head = (words, scope) => make("th", { scope }, words);
  return make(
    "div",
    { class: "box", tabindex: 0, role: "region", "aria-label": "Images by which run predicted them correctly" },
    make(
      "table",
      { class: "fourfold" },
      make("caption", {}, `The first is ${first}, the second ${second}; ${images.toLocaleString("en")} test images.`),
      make("thead", {}, make("tr", {}, make("td"), head("second correct", "col"), head("second wrong", "col"))),
      make("tbody", {}, make("tr", {}, head("first correct", "row"), cell("both"), cell("first")), make("tr", {}, head("first wrong", "row"), cell("second"), cell("neither"))),
    ),
  );
}

function each(one) {
  const line = (number, said, right, sure) => make("span", { class: "said" }, `${number}: `, right ? said : make("b", {}, said), make("span", { class: "aside" }, percent(sure, 1)));
  return tile(run, one, make("span", { class: "said" }, `true ${one.true}`), line("first", one.first, one.first_right, one.first_confidence), line("second", one.second, one.second_right, one.second_confidence), make("span", { class: "aside" }, `image ${one.image}`));
}

function choose(which) {
  state.set("which", which);
  gallery();
}

function gallery() {
  const { which, other } = state.values;
  element("images-part").hidden = !(which in WORDS);
  for (const one of document.querySelectorAll("[data-which]")) one.setAttribute("aria-pressed", one.dataset.which === which);
  if (!(which in WORDS)) return;
  element("images-title").textContent = WORDS[which][0].toUpperCase() + WORDS[which].slice(1);
  showImages(element("images"), `${path}/images?${new URLSearchParams({ other, which })}`, { none: "There is no such image.", order: "those first in which the two confidences differ most", name: `${which}-correct` }, each, true);
}

async function show() {
  const { other } = state.values;
  if (select && other !== select.value) select.value = other;
  element("counts").replaceChildren();
  element("images-part").hidden = true;
  if (!other) return;
  element("counts").replaceChildren(make("p", { class: "note" }, "The two runs are being compared."));
  const found = await tryTo(() => ask(`${path}?other=${encodeURIComponent(other)}`).catch((error) => {
    element("counts").replaceChildren(make("p", { class: "warning" }, error.message));
    throw error;
  }));
  if (!found) return;
  element("counts").replaceChildren(fourfold(found), figure(found));
  gallery();
}

select?.addEventListener("change", () => {
  state.set("other", select.value);
  show();
});
show();
