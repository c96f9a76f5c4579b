// One run: its curves, live, and what can be done to it.
import { ask, follow, say, tryTo } from "./asking.js";
import { lineChart } from "./chart.js";
import { element, make, percent, seconds } from "./dom.js";

const actions = element("actions");
const { run } = actions.dataset;
const path = `/api/runs/${encodeURIComponent(run)}`;
const rows = JSON.parse(element("epochs").textContent);
const planned = Number(element("curves").dataset.planned) || undefined;
const readOnly = "readOnly" in document.body.dataset;

function curve(column, name) {
  return { name, points: rows.filter((row) => typeof row[column] === "number").map((row, k) => [row.epoch ?? k + 1, row[column]]) };
}

function draw() {
  const given = (...all) => all.filter((one) => one.points.length);
  const scores = given(curve("accuracy", "training"), curve("val_exact_match", "validation"));
  const losses = given(curve("loss", "training"), curve("val_loss", "validation"), curve("g_loss", "generator"), curve("d_loss", "discriminator"));
  const open = [...document.querySelectorAll("#curves details")].map((one) => one.open);
  element("curves").replaceChildren(
    ...(scores.length ? [lineChart(scores, { title: "Exact match", x: "epoch", y: "exact match", format: (value) => percent(value, 1), most: planned })] : []),
    ...(losses.length ? [lineChart(losses, { title: "Loss", x: "epoch", y: "loss", format: (value) => value.toFixed(3), most: planned })] : []),
  );
  if (!scores.length && !losses.length) element("curves").textContent = "No epoch has ended yet.";
  document.querySelectorAll("#curves details").forEach((one, k) => (one.open = open[k] ?? false));
}

const button = (text, work, kind = "") =>
  make("button", { type: "button", class: kind, onclick: () => tryTo(async () => say(`${run}: ${(await work()).done}.`)) }, text);

function offer(state) {
  if (readOnly) return;
  const stop = (now) => () => ask(`${path}/stop`, { method: "POST", json: { now } });
  const found = [];
  if (["running", "waiting"].includes(state)) found.push(button("Stop after this epoch", stop(false)));
  if (state === "stopping") found.push(button("Stop now", stop(true)));
  if (["interrupted", "failed"].includes(state)) found.push(button("Resume", () => ask(`${path}/resume`, { method: "POST" }), "main"));
  actions.replaceChildren(...found);
}

let before = actions.dataset.state;
function tell(said) {
  element("state").textContent = said.state;
  element("state").className = `state ${said.state.replace(" ", "-")}`;
  if (said.state === "removed") return (actions.replaceChildren(), true);
  const count = said.state === "done" || !said.epochs_planned ? `${said.epochs}` : `${said.epochs} of ${said.epochs_planned}`;
  element("progress").textContent = `${count} epoch${said.epochs === 1 ? "" : "s"}`;
  element("left").textContent = said.state === "running" && said.seconds_left ? `about ${seconds(said.seconds_left)} left` : "";
  element("problem").textContent = said.problem ?? "";
  element("problem").hidden = !said.problem;
  offer(said.state);
  if (said.state === "done" && before !== "done") location.reload();
  before = said.state;
  return said.state === "done";
}

draw();
offer(before);
if (before !== "done") {
  follow(`${path}/events`, {
    epoch({ epoch, row }) {
      rows.length = Math.min(rows.length, epoch - 1);
      rows.push(row);
      draw();
    },
    state: tell,
  });
}

// the page of the run is as high as what is in it
for (const frame of document.querySelectorAll("iframe.whole-page")) {
  const fit = () => {
    const inner = frame.contentDocument?.documentElement;
    if (inner) frame.height = inner.scrollHeight + 4;
  };
  frame.addEventListener("load", fit);
  fit();
}
