// The page to draw on: boxes or a picture, changed by sliders; models answer live, and a patch shows where they look.
import { ask } from "./asking.js";
import { element, make, percent } from "./dom.js";
import { showCards, showShares, showSteps, summaryOf } from "./draw_answers.js";
import { makeBoxes } from "./draw_boxes.js";
import { letPicturesIn } from "./draw_pictures.js";
import { changeMap, replaceFigures } from "./share_charts.js";
import { whenBack } from "./stopped.js";

const LATER = 120; // milliseconds after the last change
const SLOW = 700; // after which it is said that a model is loading
const MOST_MODELS = 4;
const MOST_LISTED = 60;
const SLIDERS = {
  right: (value) => (value ? `${Math.abs(value)} pixels ${value > 0 ? "right" : "left"}` : "none"),
  down: (value) => (value ? `${Math.abs(value)} pixels ${value > 0 ? "down" : "up"}` : "none"),
  thickness: (value) => (value ? `${Math.abs(value)} pixels ${value > 0 ? "wider" : "thinner"}` : "as drawn"),
  noise: (value) => (value ? `${Math.round(100 * value)} %` : "none"),
};

const known = JSON.parse(element("known")?.textContent ?? "[]");
let chosen = JSON.parse(element("chosen")?.textContent ?? "[]");
let picture = null; // that was opened: {picture, width, height, done}

function start() {
  const boxes = makeBoxes(element("boxes"), changed);
  const count = () => Number(document.querySelector('[name="boxes"]:checked').value);

  // --- what is asked ---

  const isEmpty = () => !picture && boxes.isEmpty();

  function given() {
    const change = Object.fromEntries(Object.keys(SLIDERS).map((key) => [key, Number(element(key).value)]));
    const shown = picture ? { picture: picture.picture, symbols: count() } : { boxes: boxes.files() };
    return { ...shown, change, prepare: element("prepare").checked };
  }

  let waiting = null;
  let asking = false;
  let again = false;

  function changed() {
    element("map-note").textContent = element("maps").childElementCount ? "These maps are of what was there before." : "";
    clearTimeout(waiting);
    waiting = setTimeout(answer, LATER);
  }

  async function answer() {
    if (asking) return (again = true);
    if (isEmpty() || !chosen.length) return forget();
    asking = true;
    const slow = setTimeout(() => (element("waiting").hidden = false), SLOW);
    const asked = [...chosen];
    try {
      const steps = asked.includes(element("steps-of").value) ? element("steps-of").value : asked[0];
      const found = await ask("/api/draw/answers", { method: "POST", json: { ...given(), models: asked, steps } });
      trouble("");
      if (!isEmpty() && asked.join() === chosen.join()) show(found);
    } catch (error) {
      trouble(error.message);
    }
    clearTimeout(slow);
    element("waiting").hidden = true;
    asking = false;
    if (again) {
      again = false;
      answer();
    }
  }

  function show({ answers, steps }) {
    showCards(answers, remove);
    showShares(answers);
    showSteps(steps);
    element("summary").textContent = summaryOf(answers);
    const able = answers.filter(({ error, label }) => !error && label !== null).map(({ run }) => run);
    element("occlusion").hidden = !able.length;
    offer("map-of", able);
    offer("steps-of", answers.filter(({ error }) => !error).map(({ run }) => run));
    element("steps-line").hidden = element("steps-of").options.length < 2;
    element("answers").dataset.answered = Number(element("answers").dataset.answered ?? 0) + 1;
  }

  function offer(id, names) {
    const before = element(id).value;
    element(id).replaceChildren(...names.map((name) => make("option", { value: name, selected: name === before }, name)));
  }

  function forget() {
    showCards(chosen.map((run) => ({ run })), remove);
    showShares([]);
    showSteps([]);
    element("occlusion").hidden = true;
    element("maps").replaceChildren();
    element("map-note").textContent = element("summary").textContent = "";
  }

  function trouble(words) {
    element("trouble").textContent = words;
    element("trouble").hidden = !words;
  }

  // --- the picture ---

  function toPicture(found) {
    picture = found;
    element("boxes").hidden = Boolean(found);
    element("opened").hidden = element("opened-note").hidden = !found;
    element("undo").disabled = Boolean(found);
    element("counts-title").textContent = found ? "Symbols" : "Boxes";
    if (found) {
      element("opened").src = `data:image/png;base64,${found.picture}`;
      element("opened").alt = `The picture that was opened, ${found.width} by ${found.height} pixels`;
      const done = found.done.length ? `, ${found.done.join(", ")}` : "";
      element("opened-note").textContent = `A picture of ${found.width}×${found.height} pixels${done}. Clear returns to the boxes.`;
    }
  }

  letPicturesIn(async (file) => {
    try {
      const found = await ask("/api/draw/picture", { method: "POST", body: file, type: "application/octet-stream" });
      boxes.wipe();
      toPicture(found);
      changed();
    } catch (error) {
      trouble(error.message);
    }
  }, trouble);

  function clear() {
    boxes.wipe();
    trouble("");
    toPicture(null);
    clearTimeout(waiting);
    forget();
  }

  element("clear").addEventListener("click", clear);
  element("undo").addEventListener("click", boxes.undo);
  element("counts").addEventListener("change", () => {
    boxes.show(count());
    keep();
    changed();
  });
  for (const [key, words] of Object.entries(SLIDERS)) {
    const said = () => (element(`${key}-said`).textContent = words(Number(element(key).value)));
    element(key).addEventListener("input", () => {
      said();
      changed();
    });
    said();
  }
  element("prepare").addEventListener("change", changed);
  element("as-drawn").addEventListener("click", () => {
    for (const [key, words] of Object.entries(SLIDERS)) {
      element(key).value = 0;
      element(`${key}-said`).textContent = words(0);
    }
    element("prepare").checked = true;
    changed();
  });
  element("steps-of").addEventListener("change", changed);

  // --- the models ---

  function keep() {
    const said = new URLSearchParams(chosen.map((run) => ["model", run]));
    if (count() > 1) said.set("boxes", count());
    history.replaceState(null, "", `/draw?${said}`);
  }

  async function choose(run, wanted) {
    if (!wanted) return remove(run);
    chosen = [...chosen, run];
    listModels();
    keep();
    if (isEmpty()) {
      forget();
      await fit(run);
    }
    changed();
  }

  function remove(run) {
    chosen = chosen.filter((one) => one !== run);
    listModels();
    keep();
    changed();
  }

  /** Show as many boxes as a model reads symbols, before anything is drawn. */
  async function fit(run) {
    const slow = setTimeout(() => (element("waiting").hidden = false), SLOW);
    try {
      const { symbols } = await ask(`/api/draw/models/${encodeURIComponent(run)}`);
      if (isEmpty() && symbols > 1 && symbols <= 3) {
        document.querySelector(`[name="boxes"][value="${symbols}"]`).checked = true;
        boxes.show(symbols);
        keep();
      }
    } catch (error) {
      trouble(error.message);
    }
    clearTimeout(slow);
    element("waiting").hidden = true;
  }

  const words = ({ run, model, task, data, exact_match: score }) =>
    `${run === model ? "" : `${model ?? ""}, `}${task ?? "?"} of ${data ?? "?"}, ${percent(score)} of test images`;

  function listModels() {
    const wanted = element("search").value.trim().toLowerCase();
    const fits = known.filter((one) => !wanted || `${one.run} ${words(one)}`.toLowerCase().includes(wanted));
    const first = known.filter(({ run }) => chosen.includes(run));
    const listed = [...first, ...fits.filter((one) => !first.includes(one))].slice(0, MOST_LISTED);
    const focus = document.activeElement?.dataset?.run;
    element("models").replaceChildren(...listed.map((one) => {
      const on = chosen.includes(one.run);
      const tick = make("input", { type: "checkbox", "data-run": one.run, checked: on, disabled: !on && chosen.length >= MOST_MODELS });
      tick.addEventListener("change", () => choose(one.run, tick.checked));
      return make("li", {}, make("label", {}, tick, make("span", {}, make("b", {}, one.run), make("span", { class: "note" }, words(one)))));
    }));
    if (focus) document.querySelector(`#models [data-run="${CSS.escape(focus)}"]`)?.focus();
    const left = fits.length - listed.filter((one) => fits.includes(one)).length;
    element("more-models").hidden = left <= 0;
    element("more-models").textContent = `And ${left.toLocaleString("en")} more: find them by name, task or data.`;
  }

  element("search-line").hidden = known.length <= 8;
  element("search").addEventListener("input", listModels);

  // --- where the model looks ---

  element("map").addEventListener("click", async () => {
    const button = element("map");
    button.disabled = true;
    element("map-note").textContent = "Computing …";
    try {
      const asked = { ...given(), model: element("map-of").value, side: Number(element("patch").value), cover: element("cover").value };
      const { run, maps } = await ask("/api/draw/occlusion", { method: "POST", json: asked });
      replaceFigures(element("maps"), maps.map((map) => changeMap(map, `${run}${map.title ? `, ${map.title.toLowerCase()}` : ""}: ${map.label}`)));
      element("map-note").textContent = "";
    } catch (error) {
      element("map-note").textContent = error.message;
    }
    button.disabled = false;
  });

  whenBack(() => {
    trouble("");
    changed();
  });
  boxes.show(count());
  listModels();
  forget();
  if (count() === 1 && chosen.length) fit(chosen[0]);
  globalThis.glyphlab = { boxes, given }; // for the console
}

if (known.length) start();
