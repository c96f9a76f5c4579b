// The list of runs, live: filtered, sorted, grouped by everything but the seed, chosen to be compared, hidden, deleted.
import { ask, follow, say, tryTo } from "./asking.js";
import { element, make, percent, seconds } from "./dom.js";
import { inShort } from "./play_tries.js";
import { fits, grouped, sorted } from "./run_groups.js";
import { bind, viewState } from "./view_state.js";

const PART = 100; // rows that are shown at once
const LABELS = ["state", "task", "model", "seed", "exact match", "epochs", "time"];
const body = element("runs").tBodies[0];
const runs = new Map();
const chosen = new Set();
const rows = new Map(); // elements by key, so that what did not change stays, with its focus
const tried = new Map(); // settings of tries of Play, which have one name
const readOnly = "readOnly" in document.body.dataset;
let shown = PART;

const state = viewState({ filter: "", state: "", sort: "name", down: false, group: false, hidden: false }, () => {
  for (const show of controls) show();
  draw();
});
const changed = () => {
  shown = PART;
  draw();
};
const controls = ["filter", "state", "sort", "down", "group", "hidden"].map((key) => bind(element(key), state, key, changed));
element("tools").addEventListener("submit", (event) => event.preventDefault());
element("more").addEventListener("click", () => {
  shown += PART;
  draw();
});

const link = (run) => `/runs/${encodeURIComponent(run.name)}`;
const together = (names) => `/compare?${names.map((name) => `run=${encodeURIComponent(name)}`).join("&")}`;
const several = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;

function cells(run) {
  const score = run.exact_match === null ? (run.verdict ?? "–") : percent(run.exact_match);
  const band = run.members?.length > 1 && run.low !== null ? `${percent(run.low)} to ${percent(run.high)}` : "";
  const epochs = run.state === "done" || !run.epochs_planned || run.members ? String(run.epochs) : `${run.epochs} of ${run.epochs_planned}`;
  const time = run.state === "running" && run.seconds_left !== null && !run.members ? `${seconds(run.seconds_left)} left` : seconds(run.fit_seconds);
  return [
    make("span", { class: `state ${run.state.replace(" ", "-")}`, title: run.problem || null }, run.state),
    run.task ?? "–",
    run.model ?? "–",
    run.members ? several(run.members.length, "seed") : String(run.seed ?? "–"),
    band ? [score, make("span", { class: "interval" }, band)] : score,
    epochs,
    time,
  ];
}

function newRow(key, run) {
  const names = () => (rows.get(key).run.members ?? [rows.get(key).run]).map((one) => one.name);
  const tick = make("input", { type: "checkbox", "aria-label": `Choose ${run.name}` });
  tick.addEventListener("input", () => {
    for (const name of names()) tick.checked ? chosen.add(name) : chosen.delete(name);
    offer();
  });
  const anchor = make("a", {}, run.name);
  const about = make("span", { class: "about" });
  const made = make("tr", {}, make("td", { class: "pick" }, tick), make("th", { scope: "row", class: "left" }, anchor, about));
  LABELS.forEach((label, k) => made.append(make("td", { "data-label": label, ...(k < 3 ? { class: "left" } : {}) })));
  return { element: made, tick, anchor, about };
}

function rowOf(key, run) {
  const choice = run.members?.length > 1 ? undefined : tried.get((run.members?.[0] ?? run).name);
  const said = JSON.stringify({ ...run, choice, members: run.members?.map((one) => [one.name, one.state]) });
  let row = rows.get(key);
  if (!row) rows.set(key, (row = newRow(key, run)));
  row.run = run;
  row.tick.checked = (run.members ?? [run]).every((one) => chosen.has(one.name));
  if (row.said === said) return row.element;
  row.said = said;
  row.element.dataset.run = run.name;
  row.about.textContent = choice ?? "";
  row.anchor.href = run.members?.length > 1 ? together(run.members.slice(0, 40).map((one) => one.name)) : link(run.members?.[0] ?? run);
  cells(run).forEach((cell, k) => row.element.cells[k + 2].replaceChildren(...[cell].flat()));
  return row.element;
}

function draw() {
  const { filter, state: only, sort, down, group, hidden } = state.values;
  const all = [...runs.values()];
  const found = all.filter((run) => (hidden || !run.hidden) && (!only || run.state === only) && fits(run, filter));
  const listed = sorted(group ? grouped(found) : found, sort, down);
  const wanted = listed.slice(0, shown).map((run) => rowOf(group ? `group ${run.group ?? run.name}` : run.name, run));
  wanted.forEach((one, k) => body.children[k] !== one && body.insertBefore(one, body.children[k] ?? null));
  while (body.children.length > wanted.length) body.lastChild.remove();
  const left = all.filter((run) => run.hidden).length;
  const of = found.length === all.length - (hidden ? 0 : left) ? "" : ` of ${all.length}`;
  element("count").textContent = `${several(found.length, "run")}${of}${group ? ` in ${several(listed.length, "group")}` : ""}${left && !hidden ? `, ${left} hidden` : ""}`;
  element("more").hidden = listed.length <= shown;
  element("more").textContent = `Show ${Math.min(PART, listed.length - shown)} more`;
  element("none").hidden = all.length > 0;
  offer();
}

const done = (sentence) => {
  say(sentence);
  chosen.clear();
  draw();
};

async function each(names, work) {
  for (const name of names) await work(`/api/runs/${encodeURIComponent(name)}`);
}

function remove() {
  const names = [...chosen];
  const dialog = element("delete");
  element("delete-what").textContent = names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
  dialog.returnValue = "no";
  dialog.showModal();
  dialog.onclose = () =>
    dialog.returnValue === "yes" &&
    tryTo(async () => {
      await each(names, (path) => ask(path, { method: "DELETE" }));
      done(`${several(names.length, "run")} deleted.`);
    });
}

const hide = (hidden) => () =>
  tryTo(async () => {
    const names = [...chosen];
    await each(names, (path) => ask(`${path}/hide`, { method: "POST", json: { hidden } }));
    done(`${several(names.length, "run")} ${hidden ? "hidden" : "shown again"}.`);
  });

let offered = "";
function offer() {
  for (const name of chosen) if (!runs.has(name)) chosen.delete(name);
  const names = [...chosen];
  const said = names.join(" ") + names.map((name) => runs.get(name).hidden);
  if (said === offered) return;
  offered = said;
  const place = element("chosen");
  place.hidden = !names.length;
  if (!names.length) return place.replaceChildren();
  const button = (text, work, kind = "") => make("button", { type: "button", class: kind, onclick: work }, text);
  place.replaceChildren(
    make("a", { class: "button main", href: together(names.slice(0, 40)) }, names.length > 40 ? `Compare 40 of ${names.length}` : `Compare ${names.length}`),
    ...(readOnly ? [] : [names.every((name) => runs.get(name).hidden) ? button("Show again", hide(false)) : button("Hide", hide(true)), button("Delete …", remove, "warn")]),
    button("Choose none", () => {
      chosen.clear();
      draw();
    }),
  );
}

async function tellTries() {
  const { tries } = await ask("/api/play/tries");
  for (const { row, choice } of tries) tried.set(row.name, inShort(choice));
  draw();
}

follow("/api/runs/events", {
  runs({ changed: now, removed }, number) {
    if (now.some((run) => run.model === "play" && !tried.has(run.name))) tryTo(tellTries);
    if (!runs.size) body.replaceChildren(); // what the page came with
    if (number === 1) runs.clear(); // all of them follow
    for (const run of now) runs.set(run.name, run);
    for (const name of removed) runs.delete(name);
    draw();
  },
});
