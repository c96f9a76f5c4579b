// One run: its curves, live, and what can be done to it.
import { ask, follow, say, tryTo } from "./asking.js";
import { showCurves } from "./curves.js";
import { element, make, seconds } from "./dom.js";
import { fitFrames } from "./frames.js";

const actions = element("actions");
const { run } = actions.dataset;
const path = `/api/runs/${encodeURIComponent(run)}`;
const rows = JSON.parse(element("epochs").textContent);
const recipe = JSON.parse(element("recipe").textContent);
const planned = Number(element("curves").dataset.planned) || undefined;
const readOnly = "readOnly" in document.body.dataset;
let before = actions.dataset.state;
let hidden = "hidden" in actions.dataset;

const draw = () => showCurves(element("curves"), rows, planned);
const button = (text, work, kind = "") => make("button", { type: "button", class: kind, onclick: work }, text);
const doing = (work) => () => tryTo(async () => say(`${run}: ${(await work()).done}.`));

function offer(state) {
  if (readOnly || state === "removed") return actions.replaceChildren();
  const stop = (now) => doing(() => ask(`${path}/stop`, { method: "POST", json: { now } }));
  const found = [];
  if (["running", "waiting"].includes(state)) found.push(button("Stop after this epoch", stop(false)));
  if (state === "stopping") found.push(button("Stop now", stop(true)));
  if (["interrupted", "failed"].includes(state)) found.push(button("Resume", doing(() => ask(`${path}/resume`, { method: "POST" })), "main"));
  if (Object.keys(recipe).length) found.push(button("Run again with one change …", again));
  found.push(button(hidden ? "Show in lists" : "Hide from lists", doing(() => ask(`${path}/hide`, { method: "POST", json: { hidden: !hidden } }))));
  if (!["running", "stopping"].includes(state)) found.push(button("Delete …", remove, "warn"));
  const focused = actions.contains(document.activeElement) ? document.activeElement.textContent : null;
  actions.replaceChildren(...found);
  if (focused !== null) (found.find((one) => one.textContent === focused) ?? found[0]).focus();
}

function remove() {
  const dialog = element("delete");
  dialog.returnValue = "no";
  dialog.showModal();
  dialog.onclose = () =>
    dialog.returnValue === "yes" &&
    tryTo(async () => {
      await ask(path, { method: "DELETE" });
      location.assign("/runs");
    });
}

const valueOf = (key) => key.split(".").reduce((part, step) => part?.[step], recipe);

function again() {
  element("again-wrong").textContent = "";
  element("again").showModal();
}

element("key").addEventListener("input", () => {
  const now = valueOf(element("key").value.trim());
  element("now").textContent = now === undefined ? "" : `now ${JSON.stringify(now)}`;
});
element("again-no").addEventListener("click", () => element("again").close());
element("again-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const key = element("key").value.trim();
  const seed = element("seed").value;
  const json = { changes: key ? [`${key}=${element("value").value.trim()}`] : [], ...(seed !== "" && Number(seed) !== recipe.seed ? { seed: Number(seed) } : {}) };
  try {
    const made = await ask(`${path}/again`, { method: "POST", json });
    location.assign(`/runs/${encodeURIComponent(made.run)}`);
  } catch (error) {
    element("again-wrong").textContent = error.message;
  }
});

function tell(said) {
  element("state").textContent = said.state;
  element("state").className = `state ${said.state.replace(" ", "-")}`;
  element("problem").textContent = said.problem ?? "";
  element("problem").hidden = !said.problem;
  hidden = said.hidden ?? hidden;
  offer(said.state);
  if (said.state === "removed") {
    element("progress").textContent = "It was removed, by you in another tab or by somebody else. Its curves stay until you leave.";
    element("left").textContent = "";
    return true;
  }
  const count = said.state === "done" || !said.epochs_planned ? `${said.epochs}` : `${said.epochs} of ${said.epochs_planned}`;
  element("progress").textContent = `${count} epoch${said.epochs === 1 ? "" : "s"}`;
  element("left").textContent = said.state === "running" && said.seconds_left !== null ? `about ${seconds(said.seconds_left)} left` : "";
  if (said.state === "done" && before !== "done") location.reload();
  if (["interrupted", "failed"].includes(said.state) && before !== said.state) tryTo(showWords);
  before = said.state;
  return false;
}

async function showWords() {
  const { words } = await ask(`${path}/words`);
  element("words").hidden = !words;
  element("words").querySelector("pre").textContent = words;
}

draw();
offer(before);
fitFrames();
follow(`${path}/events`, {
  epoch({ epoch, row }) {
    rows.length = Math.min(rows.length, epoch - 1);
    rows.push(row);
    if (before !== "done") draw();
  },
  state: (said) => tell(said) || said.state === "done",
});
