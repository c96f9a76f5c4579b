// The catalogue of papers: searched, filtered, measured again; and the jobs that do so, live.
import { ask, follow, say, tryTo } from "./asking.js";
import { element, make } from "./dom.js";
import { showJobs } from "./reproduce_jobs.js";
import { asCsv, save } from "./saving.js";
import { bind, viewState } from "./view_state.js";

const FIRST = 40;
const readOnly = "readOnly" in document.body.dataset;
let all = false;
let rows = [];
let papers = [];

const state = viewState({ words: "", paper: "", verdict: "", basis: "" }, () => {
  shows.forEach((show) => show());
  draw();
});
let shows = [];

const fits = (row, words) => {
  const text = `${row.paper} ${row.id} ${row.what} ${row.metric} ${row.source} ${row.protocol} ${row.verdict}`.toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
};

function found({ verdict = state.values.verdict } = {}) {
  const { words, paper, basis } = state.values;
  return rows.filter((row) => (!paper || row.paper === paper) && (!verdict || row.verdict === verdict) && (!basis || row.basis === basis) && fits(row, words));
}

function draw() {
  const chosen = found();
  const paper = papers.find((one) => one.name === state.values.paper);
  element("about").textContent = paper ? paper.title : "";
  element("count").textContent = `${chosen.length} of ${rows.length} rows`;
  const counts = new Map();
  for (const row of found({ verdict: "" })) counts.set(row.verdict, (counts.get(row.verdict) ?? 0) + 1);
  const press = (verdict) => () => {
    state.set("verdict", state.values.verdict === verdict ? "" : verdict);
    shows.forEach((show) => show());
    draw();
    element("counts").querySelector(`[data-verdict="${verdict}"]`)?.focus();
  };
  element("counts").replaceChildren(
    ...[...counts].sort((a, b) => b[1] - a[1]).map(([verdict, count]) => make("li", {}, make("button", { type: "button", "data-verdict": verdict, "aria-pressed": String(state.values.verdict === verdict), onclick: press(verdict) }, `${verdict} ${count}`))),
  );
  element("rows").tBodies[0].replaceChildren(...chosen.slice(0, all ? Infinity : FIRST).map(line));
  element("more").hidden = all || chosen.length <= FIRST;
  element("more").textContent = `Show all ${chosen.length}`;
  element("csv").hidden = !chosen.length;
}

const cell = (label, ...content) => make("td", { "data-label": label }, ...content);

function line(row) {
  const said = [["Paper", row.title], ["Where", row.source], ["Protocol", row.protocol], ["Metric", row.metric], ["Rests on", row.basis], ["Why no verdict", row.why], ["Trained on", row.engines.join("; ")]].filter(([, text]) => text);
  const list = make("dl", {}, ...said.flatMap(([name, text]) => [make("dt", {}, name), make("dd", {}, text)]));
  return make(
    "tr",
    { "data-row": row.id },
    make("th", { scope: "row", class: "left" }, make("span", { class: "id" }, `${row.paper} ${row.id}`), row.what, make("details", {}, make("summary", {}, "Protocol and source"), list)),
    cell("reported", row.reported),
    cell("measured", row.measured, row.interval ? make("span", { class: "interval" }, row.interval) : null),
    cell("one more run", row.expected || "–"),
    cell("seeds", String(row.seeds || "–")),
    make("td", { class: "left", "data-label": "verdict" }, make("span", { class: `verdict ${row.verdict.replaceAll(" ", "-")}` }, row.verdict), row.wide ? make("span", { class: "interval" }, "wide") : null),
    make("td", {}, readOnly ? null : make("button", { type: "button", class: "small", "aria-label": `Measure ${row.paper} ${row.id} again`, onclick: () => offer(row) }, "Measure …")),
  );
}

let offered;
function offer(row) {
  offered = row;
  const paper = papers.find((one) => one.name === row.paper);
  element("run-what").textContent = `${row.paper} ${row.id}: ${row.what}`;
  const trainings = row.models ? `${row.models} model${row.models === 1 ? "" : "s"} with ${paper.seeds} seeds` : "a fact about the data, nothing is trained";
  element("run").querySelector(".data").textContent = paper.data;
  element("run").querySelector(".seeds").textContent = trainings;
  element("run-wrong").textContent = "";
  element("run").showModal();
}
element("run-no").addEventListener("click", () => element("run").close());
element("run-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const scale = new FormData(event.target).get("scale");
    await ask("/api/reproduce", { method: "POST", json: { paper: offered.paper, rows: [offered.id], scale } });
    element("run").close();
    say("It is being measured: see above. You may close this page.");
    element("jobs-part").scrollIntoView({ block: "start" });
  } catch (error) {
    element("run-wrong").textContent = error.message;
  }
});

element("more").addEventListener("click", () => {
  all = true;
  draw();
});
element("csv").addEventListener("click", () => {
  const keys = ["paper", "id", "what", "metric", "reported", "measured", "interval", "expected", "seeds", "verdict", "basis", "source", "protocol"];
  save(new Blob([asCsv([keys, ...found().map((row) => keys.map((key) => row[key]))])], { type: "text/csv" }), "reported-and-measured.csv");
});

let jobs = [];
const drawJobs = () => showJobs(jobs, { readOnly, recorded: (paper, id) => rows.find((row) => row.paper === paper && row.id === id) });
follow("/api/reproduce/events", {
  jobs(news) {
    jobs = news.jobs;
    drawJobs();
  },
});
const answer = await tryTo(() => ask("/api/reproduce"));
if (answer) {
  papers = answer.papers;
  rows = papers.flatMap((paper) => paper.rows.map((row) => ({ ...row, paper: paper.name, title: paper.title })));
  for (const key of ["verdict", "basis"]) {
    const values = [...new Set(rows.map((row) => row[key]))].filter(Boolean).sort();
    element(key).append(...values.map((value) => make("option", { value }, value)));
  }
  shows = ["words", "paper", "verdict", "basis"].map((key) => bind(element(key), state, key, () => ((all = false), draw())));
  document.querySelector("form.tools").addEventListener("submit", (event) => event.preventDefault());
  draw();
  drawJobs();
} else {
  element("count").textContent = "The catalogue could not be read.";
}
