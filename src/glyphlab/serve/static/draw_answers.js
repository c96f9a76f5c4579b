// What models say of a picture: a card each, the probabilities behind it, and the steps before it.
import { element, make } from "./dom.js";
import { replaceFigures, shareChart } from "./share_charts.js";

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const capital = (text) => text[0].toUpperCase() + text.slice(1);
const sentence = (words) => `${capital(words.join(", "))}.`;

export const pixelImage = ({ picture, width, height }, alt) =>
  make("img", { src: `data:image/png;base64,${picture}`, width, height, alt, class: width > 1.3 * height ? "pixels wide" : "pixels" });

/**
 * Show a card a model.
 * @param answers as the studio gives them; {run} alone where nothing was asked yet
 * @param remove called with the name of a model that cannot answer, where somebody takes it away
 */
export function showCards(answers, remove) {
  element("answers").replaceChildren(...answers.map((answer, place) => card(answer, place, remove)));
}

function card(answer, place, remove) {
  const { run, label, confidence, warnings = [], error, gone, images = [], one_by_one: oneByOne } = answer;
  const head = make("h3", {}, make("span", { class: `swatch s${place}` }), run);
  if (error) {
    const away = make("button", { type: "button", class: "small", onclick: () => remove(run) }, `Ask ${run} no more`);
    return make("li", { "data-run": run }, head, make("p", { class: "label" }, "–"), make("p", { class: "warning" }, error), gone ? away : null);
  }
  const nothing = images.length ? "Nothing is written on it." : "Nothing is drawn yet.";
  const said = label === null || label === undefined ? nothing : `Probability ${percent(confidence)}.${oneByOne ? " Each symbol is read on its own." : ""}`;
  const all = images.length > 1 ? images.map((image, k) => `image ${k + 1} as the model reads it`) : ["The image as the model reads it"];
  const done = [...new Set(images.flatMap((image) => image.done))];
  return make(
    "li",
    { "data-run": run },
    head,
    make("p", { class: "label" }, label ?? "–"),
    make("p", { class: "note" }, said),
    ...(label === null || label === undefined ? [] : warnings).map((warning) => make("p", { class: "warning" }, `${capital(warning)}.`)),
    images.length ? make("p", { class: "seen" }, ...images.map((image, k) => pixelImage(image, capital(all[k])))) : null,
    images.length ? make("p", { class: "note" }, done.length ? sentence(done) : "Taken as it is.") : null,
  );
}

/** What the cards say, in a sentence, for those who hear it. */
export function summaryOf(answers) {
  return answers.map(({ run, label, confidence, error, warnings }) => (error ? `${run}: ${error}` : label === null ? `${run}: nothing is written.` : `${run}: ${label}, probability ${percent(confidence)}.${warnings.length ? ` ${capital(warnings[0])}.` : ""}`)).join(" ");
}

/** Show a chart of every position, and of what is derived, with all models that have it. */
export function showShares(answers) {
  const charts = new Map(); // by title, and by the names that a position can have
  answers.forEach((answer, colour) => {
    for (const one of [...(answer.positions ?? []), ...(answer.derived ? [answer.derived] : [])]) {
      const shares = new Map(one.shares.map(({ name, probability }) => [name, probability]));
      const key = one === answer.derived ? one.title : `${one.title} ${[...shares.keys()].slice(0, 3)}`;
      if (!charts.has(key)) charts.set(key, { title: one.title, series: [] });
      charts.get(key).series.push({ name: answer.run, colour, shares, others: one.others, left_out: one.left_out });
    }
  });
  element("probabilities").hidden = !charts.size;
  replaceFigures(element("shares"), [...charts.values()].map(({ title, series }) => shareChart(series, title)));
}

/** Show the steps of a preparation, those of each box in a row. */
export function showSteps(groups) {
  element("steps-section").hidden = !groups.length;
  element("steps").classList.toggle("one", groups.length === 1);
  element("steps").replaceChildren(
    ...groups.map(({ title, steps }) => make(
      "div",
      {},
      title ? make("h3", {}, title) : null,
      make("ol", { class: "steps" }, ...steps.map((step) =>
        make("li", {}, pixelImage(step, ""), make("b", {}, capital(step.name)), make("span", { class: "note" }, step.caption)))),
    )),
  );
}
