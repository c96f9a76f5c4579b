// Several runs beside each other: curves as mean and band over seeds, live while they train.
import { ask, tryTo } from "./asking.js";
import { showGroups } from "./curves.js";
import { element, make, percent, seconds } from "./dom.js";
import { fitFrames } from "./frames.js";
import { grouped } from "./run_groups.js";
import { whenBack } from "./stopped.js";

const EVERY = 2000; // milliseconds between two questions, while something trains

function row(run) {
  return make(
    "tr",
    {},
    make("th", { scope: "row", class: "left" }, make("a", { href: `/runs/${encodeURIComponent(run.name)}` }, run.name)),
    make("td", { class: "left", "data-label": "state" }, make("span", { class: `state ${run.state.replace(" ", "-")}` }, run.state)),
    make("td", { "data-label": "exact match" }, run.exact_match === null ? (run.verdict ?? "–") : percent(run.exact_match)),
    make("td", { "data-label": "epochs" }, String(run.epochs)),
    make("td", { "data-label": "time left" }, run.seconds_left === null ? "–" : seconds(run.seconds_left)),
  );
}

let known = "";
async function look() {
  const { runs, epochs } = await ask(`/api/compare/curves${location.search}`);
  const now = JSON.stringify(runs);
  if (now !== known) {
    known = now;
    const history = new Map(runs.map((run, k) => [run.name, epochs[k]]));
    const found = grouped(runs);
    const title = ({ name, members }) => (found.filter((one) => one.name === name).length > 1 ? members[0].name : name); // tries of Play have one name
    const groups = found.map((group) => ({ name: group.members.length > 1 ? `${title(group)} (${group.members.length} seeds)` : group.members[0].name, runs: group.members.map((one) => history.get(one.name)) }));
    showGroups(element("curves"), groups);
    element("rows").tBodies[0].replaceChildren(...runs.map(row));
  }
  if (runs.some((run) => ["running", "waiting", "stopping"].includes(run.state))) setTimeout(() => tryTo(look), EVERY);
}

fitFrames();
whenBack(() => tryTo(look));
tryTo(look);
