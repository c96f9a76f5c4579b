// The list of runs, live.
import { follow } from "./asking.js";
import { element, make, percent, seconds } from "./dom.js";

const body = element("runs").tBodies[0];
const runs = new Map();

function row(run) {
  const left = (text) => make("td", { class: "left" }, text);
  return make(
    "tr",
    { "data-run": run.name },
    make("th", { scope: "row", class: "left" }, make("a", { href: `/runs/${encodeURIComponent(run.name)}` }, run.name)),
    make("td", { class: "left" }, make("span", { class: `state ${run.state.replace(" ", "-")}` }, run.state)),
    left(run.task ?? "–"),
    left(run.model ?? "–"),
    make("td", {}, String(run.seed ?? "–")),
    make("td", {}, run.exact_match === null ? (run.verdict ?? "–") : percent(run.exact_match)),
    make("td", {}, run.state === "done" || !run.epochs_planned ? String(run.epochs) : `${run.epochs} of ${run.epochs_planned}`),
    make("td", {}, seconds(run.fit_seconds)),
  );
}

function show() {
  const shown = [...runs.values()].filter((run) => !run.hidden).sort((a, b) => (a.name < b.name ? -1 : 1));
  body.replaceChildren(...shown.map(row));
  const hidden = runs.size - shown.length;
  element("count").textContent = `${shown.length} run${shown.length === 1 ? "" : "s"}${hidden ? `, and ${hidden} hidden` : ""}`;
}

follow("/api/runs/events", {
  runs({ changed, removed }) {
    for (const run of changed) runs.set(run.name, run);
    for (const name of removed) runs.delete(name);
    show();
  },
});
