// Curves of trainings: of one run, or of groups of runs as mean and band over their seeds.
import { lineChart } from "./chart.js";
import { percent } from "./dom.js";

const COLUMNS = {
  "Exact match": [["accuracy", "training"], ["val_exact_match", "validation"]],
  Loss: [["loss", "training"], ["val_loss", "validation"]],
  "Losses of both nets": [["g_loss", "generator"], ["d_loss", "discriminator"]],
  "Fréchet distance": [["frechet", ""]],
  "Drawn as asked": [["label_accuracy", ""]],
};
const SHARES = new Set(["Exact match", "Drawn as asked"]);

const numbers = (rows, column) => rows.map((row, k) => [row.epoch ?? k + 1, row[column]]).filter(([, value]) => typeof value === "number");
const words = (title, most, of = title) => ({ title, x: "epoch", y: title.toLowerCase(), most, format: SHARES.has(of) ? (value) => percent(value, 1) : (value) => Number(value.toPrecision(3)).toString() });

/** Show the charts of a run in a place; parts that somebody opened stay open. */
export function showCurves(place, rows, most) {
  const charts = Object.entries(COLUMNS).map(([title, columns]) => {
    const series = columns.map(([column, name]) => ({ name: name || title, points: numbers(rows, column) })).filter((one) => one.points.length);
    return series.length ? lineChart(series, words(title, most)) : null;
  });
  put(place, charts);
}

/** Show the charts of groups: [{name, runs: [rows of each seed]}], the validation where there is one. */
export function showGroups(place, groups, most) {
  const charts = Object.entries(COLUMNS).flatMap(([title, columns]) => {
    return columns.map(([column, name]) => {
      const series = groups.map((group) => ({ name: group.name, ...overSeeds(group.runs.map((rows) => numbers(rows, column))) })).filter((one) => one.points.length);
      return series.length ? lineChart(series, words(name ? `${title}, ${name}` : title, most, title)) : null;
    });
  });
  put(place, charts);
}

/** The mean at every epoch that a seed has, and the lowest and the highest. */
export function overSeeds(curves) {
  const at = new Map();
  for (const curve of curves) for (const [x, y] of curve) at.set(x, [...(at.get(x) ?? []), y]);
  const places = [...at].sort((a, b) => a[0] - b[0]);
  const points = places.map(([x, ys]) => [x, ys.reduce((sum, one) => sum + one, 0) / ys.length]);
  const band = places.map(([x, ys]) => [x, Math.min(...ys), Math.max(...ys)]);
  return curves.filter((one) => one.length).length > 1 ? { points, band } : { points };
}

function put(place, charts) {
  const open = [...place.querySelectorAll("details")].map((one) => one.open);
  const found = charts.filter(Boolean);
  if (place.contains(document.activeElement) && found.length) {
    // somebody reads a table or is about to save a chart: it is drawn anew once they are done
    if (document.activeElement.closest("details, .savers")) return;
  }
  if (found.length) place.replaceChildren(...found);
  else place.textContent = "No epoch has ended yet.";
  place.querySelectorAll("details").forEach((one, k) => (one.open = open[k] ?? false));
}
