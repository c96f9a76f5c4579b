// A generator: samples as they are asked for, its evaluations one by one, and small ones to train.
import { ask, follow, say, tryTo } from "./asking.js";
import { lineChart } from "./chart.js";
import { element, make, percent, seconds } from "./dom.js";
import { savers } from "./saving.js";

const readOnly = "readOnly" in document.body.dataset;
const short = (value) => (typeof value === "number" ? Number(value.toPrecision(3)).toString() : "–");
let shown; // {run, found, leave, follows}

// ---- which one ------------------------------------------------------------------------------------------------------

async function choose(run) {
  shown?.leave?.();
  stop();
  const path = `/api/generate/${encodeURIComponent(run)}`;
  const found = await tryTo(() => ask(path));
  element("shown").hidden = !found;
  if (!found) return;
  const one = (shown = { run, path, found, follows: true, state: found.row.state });
  history.replaceState(null, "", `/generate?run=${encodeURIComponent(run)}`);
  element("choose").value = run;
  element("its-page").href = `/runs/${encodeURIComponent(run)}`;
  element("label-part").hidden = !found.takes_labels;
  element("label").replaceChildren(make("option", { value: "" }, "each in turn"), ...found.labels.map((label, k) => make("option", { value: k }, label)));
  element("samples").replaceChildren();
  tell(found.row);
  draw();
  if (found.row.state === "done") {
    await samples();
    return;
  }
  one.leave = follow(`/api/runs/${encodeURIComponent(run)}/events`, {
    epoch: () => (shown === one ? later(one) : true),
    state: (row) => {
      if (shown !== one) return true;
      tell(row);
      if (row.state !== "done") return row.state === "removed";
      list(run).then(() => choose(run));
      return true;
    },
  });
}

/** Ask for the evaluations again, once for all that came together. */
function later(one) {
  clearTimeout(one.asks);
  one.asks = setTimeout(async () => {
    const found = await ask(one.path).catch(() => undefined);
    if (!found || shown !== one) return;
    one.found = found;
    draw();
  }, 250);
  return false;
}

function tell(row) {
  const { found } = shown;
  element("state").textContent = row.state;
  element("state").className = `state ${row.state.replace(" ", "-")}`;
  element("problem").hidden = !row.problem;
  element("problem").textContent = row.problem ?? "";
  const evaluations = Math.max(row.epochs ?? 0, found.evaluations.length);
  const say = {
    done: `${evaluations} evaluations, ${found.row.verdict ?? row.verdict}; trained in ${seconds(row.fit_seconds)}.`,
    waiting: "It waits for its turn: another training runs.",
    removed: "It was removed, by you in another tab or by somebody else.",
  };
  element("progress").textContent = say[row.state] ?? (evaluations ? `${evaluations} evaluations so far.` : row.state === "running" ? "It starts; the classifier that reads its samples is trained first." : "");
  element("samples-part").hidden = row.state !== "done";
  if (row.state === "removed") element("its-page").hidden = true;
  offer(row.state);
}

function offer(state) {
  if (readOnly) return;
  const path = `/api/runs/${encodeURIComponent(shown.run)}`;
  const button = (text, work, kind = "") => make("button", { type: "button", class: kind, onclick: () => tryTo(work) }, text);
  const found = [];
  if (["running", "waiting"].includes(state)) found.push(button("Stop after this evaluation", () => ask(`${path}/stop`, { method: "POST", json: { now: false } })));
  if (state === "stopping") found.push(button("Stop now", () => ask(`${path}/stop`, { method: "POST", json: { now: true } })));
  if (["interrupted", "failed"].includes(state)) found.push(button("Resume", () => ask(`${path}/resume`, { method: "POST" }), "main"));
  element("actions").replaceChildren(...found);
}

// ---- samples --------------------------------------------------------------------------------------------------------

const several = (count) => (count === 1 ? "One label alone is predicted. " : `${count} different labels are predicted. `);
const tile = (png, label, said, other) => make("li", {}, make("img", { src: `data:image/png;base64,${png}`, alt: label }), said ? make("span", { class: other ? "other" : "" }, said) : null);

function tiles({ images, asked, read }, name) {
  return images.map((png, k) => {
    const said = read ? (asked ? (asked[k] === read[k] ? read[k] : `${asked[k]} → ${read[k]}`) : `predicted ${read[k]}`) : (asked?.[k] ?? "");
    return tile(png, `${name} ${k + 1}${said ? `: ${said}` : ""}`, said, Boolean(asked && read && asked[k] !== read[k]));
  });
}

async function samples() {
  const one = shown;
  const { takes_labels: labelled, pictures, reference } = one.found;
  const seed = Number(element("seed").value) || 0;
  const label = labelled ? element("label").value : "";
  const query = new URLSearchParams({ seed, ...(label === "" ? {} : { label }) });
  const found = await tryTo(() => ask(`${one.path}/samples?${query}&count=20`));
  if (!found || shown !== one) return;
  element("samples").replaceChildren(...tiles(found, "Sample"));
  const right = found.read && found.asked ? found.read.filter((text, k) => text === found.asked[k]).length : null;
  const kinds = found.read ? several(new Set(found.read).size) : "";
  const drawn = { images: "", symbols: "It generates one symbol, and the scene puts several together. ", strips: "It generates a strip with one symbol. " }[pictures] ?? "";
  const about = labelled ? "" : "This generator takes no labels. ";
  element("samples-about").textContent = `${drawn}${about}${kinds}${right === null ? "" : `${right} of ${found.images.length} are predicted as asked: others show asked → predicted. `}${found.read ? `Predicted by ${reference}.` : ""}`;
  const rows = [["sample", "asked", "predicted"], ...found.images.map((_, k) => [k + 1, found.asked?.[k] ?? "", found.read?.[k] ?? ""])];
  element("samples-saved").replaceChildren(savers(`samples-seed-${seed}`, { png: () => sheet(element("samples")), rows: () => rows }));
  const walked = await tryTo(() => ask(`${one.path}/walk?${query}`));
  if (walked && shown === one) element("walk").replaceChildren(...walked.images.map((png, k) => tile(png, `Step ${k + 1}${walked.read ? `: predicted ${walked.read[k]}` : ""}`, walked.read?.[k] ?? "")));
}

function sheet(list) {
  const images = [...list.querySelectorAll("img")];
  const { naturalWidth: width, naturalHeight: height } = images[0];
  const canvas = make("canvas", { width: 10 * (width + 2), height: Math.ceil(images.length / 10) * (height + 2) });
  images.forEach((image, k) => canvas.getContext("2d").drawImage(image, (k % 10) * (width + 2), Math.floor(k / 10) * (height + 2)));
  return canvas;
}

element("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  samples();
});
element("label").addEventListener("change", samples);
element("another").addEventListener("click", () => {
  element("seed").value = Number(element("seed").value || 0) + 1;
  samples();
});

// ---- the timeline ---------------------------------------------------------------------------------------------------

function draw() {
  const { found } = shown;
  const rows = found.evaluations;
  element("alarms-none").hidden = found.alarms.length > 0 || found.row.state !== "done";
  element("alarms").replaceChildren(
    ...found.alarms.map((alarm) => {
      const when = alarm.epoch === alarm.last ? `evaluation ${alarm.epoch}` : `evaluations ${alarm.epoch} to ${alarm.last}`;
      const go = make("button", { type: "button", class: "small", onclick: () => (stop(), turn(alarm.epoch)) }, "Show it");
      return make("li", {}, make("b", {}, alarm.name), `, ${when}: ${alarm.statistic}. `, go);
    }),
  );
  element("timeline").hidden = !rows.length;
  charts(rows);
  if (!rows.length) return;
  const slider = element("epoch");
  slider.max = rows.length;
  if (shown.follows) slider.value = rows.length;
  moment();
}

function charts(rows) {
  const points = (key, change = (value) => value) => rows.filter((row) => typeof row[key] === "number").map((row) => [row.epoch, change(row[key])]);
  const all = [
    ["Fréchet distance", [{ name: "samples", points: points("frechet") }, { name: "real from real", points: points("frechet_floor") }], short],
    ["Class KL", [{ name: "nats", points: points("symbol_kl") }], short],
    ["Shares", [{ name: "coverage", points: points("coverage") }, { name: "generated as asked", points: points("label_accuracy") }], (value) => percent(value, 0)],
    ["Losses", [{ name: "discriminator", points: points("d_loss") }, { name: "generator", points: points("g_loss") }], short],
  ];
  const place = element("distances");
  if (document.activeElement?.closest("#distances details, #distances .savers")) return;
  const open = [...place.querySelectorAll("details")].map((one) => one.open);
  place.replaceChildren(...all.map(([title, series, format]) => [title, series.filter((one) => one.points.length), format]).filter(([, series]) => series.length).map(([title, series, format]) => lineChart(series, { title, x: "evaluation", y: title.toLowerCase(), format })));
  place.querySelectorAll("details").forEach((one, k) => (one.open = open[k] ?? false));
}

function moment() {
  const { found, path } = shown;
  const row = found.evaluations[Number(element("epoch").value) - 1];
  if (!row) return;
  const kinds = found.kinds ? ` of ${found.kinds}` : "";
  element("epoch-value").textContent = `${row.epoch} of ${found.evaluations.length}`;
  element("epoch").setAttribute("aria-valuetext", `evaluation ${row.epoch}`);
  const said = [["Different labels", `${row.modes ?? "–"}${kinds}`, "read in the samples"], ["Fréchet distance", short(row.frechet), `real from real ${short(row.frechet_floor)}`], ["Class KL", short(row.symbol_kl), "nats; 0 is every class as often as in the data"], ["Coverage", percent(row.coverage, 1), "real images with a sample near them"]];
  if (typeof row.label_accuracy === "number") said.push(["Generated as asked", percent(row.label_accuracy, 1), ""]);
  said.push(["Images shown", row.images?.toLocaleString("en") ?? "–", "to the discriminator so far"]);
  const alarms = found.alarms.filter((one) => one.epoch <= row.epoch && row.epoch <= one.last);
  element("numbers").replaceChildren(...said.flatMap(([name, value, aside]) => [make("dt", {}, name), make("dd", {}, value, " ", make("small", {}, aside))]), ...alarms.map((one) => make("dd", { class: "alarm" }, `Alarm: ${one.name}`)));
  const image = element("grid");
  image.hidden = !found.grids.includes(row.epoch);
  if (!image.hidden) image.src = `${path}/grids/${row.epoch}`;
  image.alt = `Samples of evaluation ${row.epoch}, always from the same latent points: ${row.modes ?? "unknown"} different labels are predicted.`;
}

function turn(epoch) {
  element("epoch").value = epoch;
  shown.follows = epoch >= shown.found.evaluations.length;
  moment();
}
element("epoch").addEventListener("input", () => turn(Number(element("epoch").value)));

let playing;
function stop() {
  clearInterval(playing);
  playing = undefined;
  element("play").textContent = "Play";
  element("play").setAttribute("aria-pressed", "false");
}
element("play").addEventListener("click", () => {
  if (playing) return stop();
  element("play").textContent = "Pause";
  element("play").setAttribute("aria-pressed", "true");
  let next = Number(element("epoch").value) >= shown.found.evaluations.length ? 1 : Number(element("epoch").value);
  turn(next);
  playing = setInterval(() => (++next > shown.found.evaluations.length ? stop() : turn(next)), 700);
  return undefined;
});

// ---- small ones to train --------------------------------------------------------------------------------------------

for (const button of document.querySelectorAll("button[data-kind]")) {
  button.addEventListener("click", () =>
    tryTo(async () => {
      const json = { kind: button.dataset.kind, seed: Number(element("new-seed").value) || 0 };
      const made = await ask("/api/generate", { method: "POST", json });
      say("It is being trained: watch it above.");
      await list(made.run);
      await choose(made.run);
      element("shown").scrollIntoView({ block: "start" });
    }),
  );
}

async function list(run) {
  const found = await tryTo(() => ask("/api/generate"));
  if (!found) return;
  element("choose-part").hidden = !found.generators.length;
  element("none").hidden = found.generators.length > 0;
  element("choose").replaceChildren(...found.generators.map((one) => make("option", { value: one.name, selected: one.name === run }, one.state === "done" ? one.name : `${one.name} (${one.state})`)));
}

element("choose").addEventListener("change", () => choose(element("choose").value));
const wanted = element("choose").dataset.shown || element("choose").value;
if (wanted) await choose(wanted);
