// Play: a choice, its ceiling before training, and a training that is watched epoch by epoch.
import { ask, follow, say, tryTo } from "./asking.js";
import { lineChart } from "./chart.js";
import { element, make, percent, seconds } from "./dom.js";
import { Wall, showKernels } from "./play_frames.js";
import { Tries, inShort } from "./play_tries.js";

const options = JSON.parse(element("options").textContent);
const form = element("choice");
const ranges = Object.fromEntries(options.ranges.map((one) => [one.key, one.values]));
const plain = ["task", "strategy", "net", "augment"];
const readOnly = "readOnly" in document.body.dataset;
const tries = new Tries({ show, use });

// ---- the choice -----------------------------------------------------------------------------------------------------

const textOf = (key, value) => (key === "images" ? value.toLocaleString("en") : String(value));

function chosen() {
  const found = Object.fromEntries(plain.map((key) => [key, element(key).value]));
  for (const [key, values] of Object.entries(ranges)) found[key] = values[Number(element(key).value)];
  return { ...found, seed: Number(element("seed").value) || 0 };
}

function offerStrategies(task, wanted) {
  const found = options.tasks[task];
  const kept = found.some((one) => one.name === wanted) ? wanted : found[0].name;
  element("strategy").replaceChildren(...found.map((one) => make("option", { value: one.name, selected: one.name === kept }, one.name)));
}

function use(choice) {
  element("task").value = choice.task;
  offerStrategies(choice.task, choice.strategy);
  element("net").value = choice.net;
  element("augment").value = choice.augment;
  element("seed").value = choice.seed;
  for (const [key, values] of Object.entries(ranges)) {
    const nearest = values.reduce((best, one, place) => (Math.abs(one - choice[key]) < Math.abs(values[best] - choice[key]) ? place : best), 0);
    element(key).value = nearest;
  }
  chose();
}

let asked = 0;
let later;
function chose() {
  const choice = chosen();
  for (const [key, values] of Object.entries(ranges)) {
    const value = textOf(key, values[Number(element(key).value)]);
    element(`${key}-value`).textContent = value;
    element(key).setAttribute("aria-valuetext", value);
  }
  element("strategy-about").textContent = options.tasks[choice.task].find((one) => one.name === choice.strategy).about;
  clearTimeout(later);
  later = setTimeout(() => foresee(choice), 150);
}

async function foresee(choice) {
  const turn = ++asked;
  const place = element("foresight");
  try {
    const found = await ask(`/api/play/foresight?${new URLSearchParams(choice)}`);
    if (turn !== asked) return;
    place.classList.toggle("low", found.ceiling < 1);
    const others = Object.entries(found.ceilings).filter(([name, value]) => name !== choice.strategy && value > found.ceiling);
    const better = others.length ? [make("p", {}, `Open to ${others.map(([name, value]) => `${name} ${percent(value, 0)}`).join(", ")}.`)] : [];
    const size = `${found.parameters.toLocaleString("en")} parameters; ${found.train.toLocaleString("en")} images to train on, ${found.steps.toLocaleString("en")} steps.`;
    place.replaceChildren(make("p", {}, make("b", {}, "Before training: "), found.words), ...better, make("p", { class: "note" }, size), ...found.remarks.map((one) => make("p", { class: "note" }, `${one}.`)));
    if (element("train")) element("train").disabled = false;
  } catch (error) {
    if (turn !== asked) return;
    place.classList.add("low");
    place.replaceChildren(make("p", {}, error.message));
    if (element("train")) element("train").disabled = true;
  }
}

form.addEventListener("input", (event) => {
  if (event.target.id === "task") offerStrategies(element("task").value, element("strategy").value);
  chose();
});
element("another").addEventListener("click", () => {
  element("seed").value = Number(element("seed").value || 0) + 1;
  chose();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!readOnly) tryTo(train);
});

// ---- the training ---------------------------------------------------------------------------------------------------

let shown; // {run, try, rows, frames, wall, leave, state, follows}
const mine = new Set();

async function train() {
  const busy = shown && mine.has(shown.run) && ["running", "waiting", "stopping"].includes(shown.state);
  const wanted = chosen();
  element("train").disabled = true;
  try {
    if (busy && JSON.stringify(sorted(wanted)) !== JSON.stringify(sorted(shown.try.choice))) {
      await ask(`/api/runs/${encodeURIComponent(shown.run)}/stop`, { method: "POST", json: { now: true } }).catch(() => undefined); // it may just have ended
    }
    const found = await ask("/api/play", { method: "POST", json: wanted });
    if (found.done === "finished already") say("This was trained already: here it is. Another seed gives another training.");
    if (found.done === "followed") say("This is being trained already: here it is.");
    mine.add(found.run);
    await show(found.run);
    if (matchMedia("(max-width: 60rem)").matches) element("live").scrollIntoView({ block: "start" });
  } finally {
    element("train").disabled = false;
  }
}

const sorted = (choice) => Object.fromEntries(Object.entries(choice).sort());

async function show(run) {
  shown?.leave?.();
  const [found] = await Promise.all([tryTo(() => ask(`/api/play/${encodeURIComponent(run)}`)), tries.load(run)]);
  if (!found) return;
  const picture = new Image();
  picture.src = `/api/play/${encodeURIComponent(run)}/pictures`;
  const one = (shown = { run, try: found, rows: found.epochs, frames: new Map(), state: found.row.state, follows: true });
  history.replaceState(null, "", `/play?run=${encodeURIComponent(run)}`);
  element("live-title").textContent = inShort(found.choice);
  element("empty").hidden = true;
  element("frames").hidden = true;
  element("result").hidden = true;
  drawCurves();
  tell(found.row);
  // a tab in the background loads no pictures: everything else goes on meanwhile
  picture.onerror = () => say("The images of this try cannot be shown.", true);
  picture.onload = () => {
    if (shown !== one) return;
    one.wall = new Wall(found, picture);
    drawFrame();
  };
  one.leave = follow(`/api/play/${encodeURIComponent(run)}/events`, {
    epoch({ epoch, row }) {
      if (shown !== one) return true;
      one.rows.length = Math.min(one.rows.length, epoch - 1);
      one.rows.push(row);
      drawCurves();
      return false;
    },
    state: (row) => (shown === one ? tell(row) : true),
    problem: ({ problem }) => problem && say(`The epochs cannot be shown: ${problem}`, true),
    frame(frame) {
      if (shown !== one) return true;
      one.frames.set(frame.epoch, frame);
      drawFrame();
      return false;
    },
  });
}

function drawCurves() {
  const last = tries.before(shown.run);
  const of = (rows, column) => rows.map((row, k) => [row.epoch ?? k + 1, row[column]]).filter((point) => typeof point[1] === "number");
  const before = last?.lines ?? [];
  if (last && !last.lines) {
    last.lines = [];
    ask(`/api/runs/${encodeURIComponent(last.row.name)}`).then((found) => ((last.lines = found.epochs), drawCurves()), () => undefined);
  }
  const most = Math.max(shown.try.choice.epochs, before.length);
  const charts = [
    ["Exact match", [["validation", "val_exact_match"], ["training", "accuracy"]], (value) => percent(value, 0)],
    ["Loss", [["validation", "val_loss"], ["training", "loss"]], (value) => Number(value.toPrecision(3)).toString()],
  ].map(([title, columns, format]) => {
    const series = columns.map(([name, column]) => ({ name, points: of(shown.rows, column) }));
    series.push({ name: "last try, validation", points: of(before, columns[0][1]) });
    const there = series.filter((one) => one.points.length);
    return there.length && shown.rows.length ? lineChart(there, { title, x: "epoch", y: title.toLowerCase(), format, most }) : null;
  });
  const place = element("curves");
  if (document.activeElement?.closest("#curves details, #curves .savers")) return;
  const open = [...place.querySelectorAll("details")].map((one) => one.open);
  place.replaceChildren(...charts.filter(Boolean));
  place.querySelectorAll("details").forEach((one, k) => (one.open = open[k] ?? false));
}

function drawFrame() {
  const epochs = [...shown.frames.keys()].sort((a, b) => a - b);
  if (!epochs.length || !shown.wall) return;
  const slider = element("epoch");
  slider.max = epochs.length;
  if (shown.follows) slider.value = epochs.length;
  const place = Number(slider.value) - 1;
  const [frame, before] = [shown.frames.get(epochs[place]), shown.frames.get(epochs[place - 1])];
  element("when").hidden = epochs.length < 2;
  element("epoch-value").textContent = `${frame.epoch} of ${shown.try.choice.epochs}`;
  slider.setAttribute("aria-valuetext", `epoch ${frame.epoch}`);
  element("frames").hidden = false;
  showKernels(frame, before);
  shown.wall.show(frame, before);
}

element("epoch").addEventListener("input", () => {
  shown.follows = element("epoch").value === element("epoch").max;
  drawFrame();
});
let resized;
addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(() => shown?.frames.size && drawFrame(), 120);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => shown?.frames.size && drawFrame());

function tell(row) {
  const before = shown.state;
  shown.state = row.state;
  const state = element("state");
  state.hidden = false;
  state.textContent = row.state;
  state.className = `state ${row.state.replace(" ", "-")}`;
  element("problem").hidden = !row.problem;
  element("problem").textContent = row.problem ?? "";
  offer(row.state);
  if (row.state === "removed") {
    element("progress").textContent = "It was removed, by you in another tab or by somebody else. What was seen of it stays until you leave.";
    element("bar").hidden = true;
    tries.load("");
    return true;
  }
  const planned = row.epochs_planned ?? shown.try.choice.epochs;
  const left = row.state === "running" && row.seconds_left !== null && row.epochs ? `, about ${seconds(row.seconds_left)} left` : "";
  const begins = row.state === "running" && !row.epochs ? "It starts: the first epoch ends in a few seconds." : `${row.epochs} of ${planned} epochs${left}`;
  element("progress").textContent = row.state === "waiting" ? "It waits for its turn: another training runs." : begins;
  element("bar").hidden = row.state === "done";
  element("bar").value = row.epochs / planned;
  if (row.state === "done") ended(row);
  tries.update(row);
  if (row.state !== before || row.state === "done") tries.load(shown.run).then(() => besides(row));
  return false;
}

function ended(row) {
  const last = shown.rows.at(-1);
  const best = Math.max(...shown.rows.map((one) => one.val_exact_match ?? 0));
  const took = shown.rows.reduce((sum, one) => sum + (one.seconds ?? 0), 0);
  const place = element("result");
  place.hidden = false;
  place.replaceChildren(
    `Trained in ${seconds(row.fit_seconds ?? took)}: ${percent(row.exact_match, 1)} of ${shown.try.test} test images are correct, after at best ${percent(best, 1)} of the ${shown.try.validation} validation images${last && last.accuracy ? ` and ${percent(last.accuracy, 1)} of those it was trained on` : ""}. `,
    make("a", { href: `/runs/${encodeURIComponent(shown.run)}` }, "Its whole page"),
    ".",
  );
}

function besides(row) {
  const place = element("beside");
  const found = row.epochs ? tries.beside(shown.run) : null;
  place.hidden = !found;
  place.replaceChildren(...(found ?? []));
  drawCurves();
}

function offer(state) {
  if (readOnly) return;
  const path = `/api/runs/${encodeURIComponent(shown.run)}`;
  const button = (text, work, kind = "") => make("button", { type: "button", class: kind, onclick: () => tryTo(work) }, text);
  const found = [];
  if (["running", "waiting"].includes(state)) found.push(button("Pause after this epoch", () => ask(`${path}/stop`, { method: "POST", json: { now: false } })));
  if (state === "stopping") found.push(button("Stop now", () => ask(`${path}/stop`, { method: "POST", json: { now: true } })));
  if (["interrupted", "failed"].includes(state)) {
    const resume = async () => {
      await ask(`${path}/resume`, { method: "POST" });
      mine.add(shown.run);
      await show(shown.run);
    };
    found.push(button("Resume", resume, "main"));
  }
  const offered = [shown.run, ...found.map((one) => one.textContent)].join("\n");
  if (element("actions").dataset.offered === offered) return; // a button that is just pressed stays
  element("actions").dataset.offered = offered;
  const focused = element("actions").contains(document.activeElement);
  element("actions").replaceChildren(...found);
  if (focused) (found[0] ?? element("train")).focus();
}

document.addEventListener("visibilitychange", () => document.hidden || tries.load());
use(options.usual);
const wanted = form.dataset.shown;
if (wanted) {
  await show(wanted);
  if (shown) use(shown.try.choice);
} else {
  await tries.load("");
  const last = tries.all.find((one) => ["running", "stopping"].includes(one.row.state)) ?? tries.all[0];
  if (last) await show(last.row.name);
  if (shown) use(shown.try.choice); // whoever comes back goes on with the same settings
}
