// The page: a picture comes in by drawing, opening, dropping or pasting, is prepared, and is answered.
import { arraysOf, bytesOf, makeNet } from "./net.js";
import { answerOf, logitsOf, probabilitiesOf, viewsOf } from "./answers.js";
import { cropped, picture } from "./pixels.js";
import { NotTheScene } from "./arrangement.js";
import { prepared, preparedBoxes } from "./preparation.js";
import { decoded, gray } from "./pictures.js";
import { layoutOf, makeDrawing } from "./drawing.js";

const model = JSON.parse(document.getElementById("model").textContent);
const net = makeNet(model.net.layers, arraysOf(model.weights, model.net.tensors), model.net.size);
const element = (id) => document.getElementById(id);
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const capital = (text) => text[0].toUpperCase() + text.slice(1);
const sentence = (done) => (done.length ? `${capital(done.join(", "))}.` : "");
const nextTurn = () => new Promise((resolve) => setTimeout(resolve));

/** Golden images (height, width), unpacked. */
function unpacked({ images, ground, count }, length) {
  const packed = bytesOf(images);
  const flat = new Uint8Array(count * length).fill(ground);
  for (let from = 0, to = 0; from < packed.length; from++) {
    if (packed[from] === ground) to += packed[++from];
    else flat[to++] = packed[from];
  }
  return Array.from({ length: count }, (_, k) => flat.subarray(k * length, (k + 1) * length));
}

const golden = unpacked(model.golden, model.size[0] * model.size[1]);

/** Say what the net makes of an image; with several views, of the first one at once. */
let question = 0;
async function answer(image, done, warning) {
  const mine = ++question;
  show(element("seen"), image);
  element("done").textContent = sentence(done) || "As it is.";
  const logits = [];
  for (const view of viewsOf(model.views)) {
    logits.push(logitsOf(model, net, image, view));
    if (logits.length === 1 || logits.length === model.views) {
      tell(answerOf(model, probabilitiesOf(logits)), warning, logits.length < model.views);
    }
    await nextTurn();
    if (mine !== question) return;
  }
}

function tell({ label, confidence, positions, others }, warning, preliminary) {
  element("label").textContent = label;
  const another = others && others[0][0] !== label ? " It is derived from the likeliest symbols." : "";
  const said = `Probability ${percent(confidence)}${preliminary ? ", from the first view" : ""}.${another}`;
  element("confidence").textContent = warning ? `${warning} ${said}` : said;
  element("confidence").classList.toggle("warning", Boolean(warning));
  const groups = (positions ?? []).map((row, position) => [
    positions.length > 1 ? `Position ${position + 1}` : "Classes",
    row.map((share, k) => [model.names[k], share]),
  ]);
  if (others) groups.unshift(["Likeliest labels", others]);
  element("positions").replaceChildren(...groups.map(([title, rows]) => bars(title, rows)));
}

const MOST_BARS = 10;

function bars(title, rows) {
  const likeliest = Math.max(...rows.map(([, share]) => share));
  if (rows.length > MOST_BARS) rows = [...rows].sort((a, b) => b[1] - a[1]).slice(0, MOST_BARS);
  const group = make("div", {}, make("h3", {}, title), make("ul", { className: "bars" }));
  for (const [name, share] of rows) {
    const fill = make("span", { className: "fill" });
    fill.style.width = `${100 * share}%`;
    const rail = make("span", { className: "rail" }, fill);
    rail.setAttribute("aria-hidden", "true");
    group.lastChild.append(
      make("li", { className: share === likeliest ? "best" : "" },
        make("span", { className: "name" }, name), rail, make("span", { className: "number" }, percent(share))),
    );
  }
  return group;
}

function make(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Put an image of the net's size on a canvas, a pixel a pixel. */
function show(canvas, image) {
  [canvas.height, canvas.width] = model.size;
  const pixels = new ImageData(model.size[1], model.size[0]);
  image.forEach((value, k) => pixels.data.set([value, value, value, 255], 4 * k));
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

/** Prepare a large copy of an image once, so that the browser has compiled all of it before something is drawn. */
function warmUp([height, width], image) {
  const zoom = Math.ceil(layout.side / Math.max(...(model.scene?.cell ?? model.size))) + 1;
  const large = picture(height * zoom, width * zoom, new Uint8Array(height * width * zoom * zoom));
  for (let k = 0; k < large.data.length; k++) {
    const row = Math.floor(k / large.width / zoom);
    large.data[k] = image[row * width + Math.floor((k % large.width) / zoom)];
  }
  try {
    prepared(large, model);
  } catch (error) {
    if (!(error instanceof NotTheScene)) throw error;
  }
}

/** Compare what this page computes of each golden image with what PyTorch did. */
async function check() {
  const wrong = [];
  await nextTurn();
  warmUp(model.size, golden[0]);
  for (const [k, image] of golden.entries()) {
    await nextTurn();
    const expected = model.golden.logits[k];
    const found = logitsOf(model, net, image);
    const largest = Math.max(1, ...expected.flat().map(Math.abs));
    const off = Math.max(
      ...expected.flatMap((row, head) => row.map((value, i) => Math.abs(value - found[head][i * model.golden.every]))),
    );
    if (!(off <= 1e-4 * largest)) wrong.push(k + 1);
  }
  const said = element("checks");
  said.textContent = wrong.length
    ? `Self-check failed: ${wrong.length} of ${golden.length} ${model.golden.origin} (number ${wrong.join(", ")}) give ` +
      "other numbers here than in PyTorch. Do not trust this page; export it again, or use another browser."
    : `Self-check passed: all ${golden.length} ${model.golden.origin} give the numbers here that they give in PyTorch.`;
  said.classList.toggle("warning", wrong.length > 0);
  said.dataset.wrong = wrong.length;
}

const SMALL = 1 / 3; // of the side of a training image

/** Answer a picture of whole levels, as `glyphlab predict` does; where `boxes` are given they help to part symbols. */
function read(given, done, boxes = []) {
  let found;
  const few = given.height < SMALL * model.size[0] && given.width < SMALL * model.size[1];
  const warning = few ? "Too few pixels: it was enlarged, and what it shows may be lost." : "";
  try {
    found = prepared(given, model, done);
  } catch (error) {
    if (!(error instanceof NotTheScene)) throw error;
    if (!boxes.length) return refuse(`${capital(error.message)}.`);
    const parts = boxes.map(([left, top, width, height]) => cropped(given, [top, top + height, left, left + width]));
    found = preparedBoxes(parts, model);
    if (found.free.length) {
      return refuse(`Nothing is in box ${found.free.map((k) => k + 1).join(" and ")}.`, found.image.data);
    }
  }
  if (found.blank) return refuse(warning || "Nothing is written on it.", found.image.data, found.done);
  return answer(found.image.data, found.done, warning);
}

function refuse(words, image, done = []) {
  question++;
  element("label").textContent = "–";
  element("confidence").textContent = words;
  element("confidence").classList.add("warning");
  element("positions").replaceChildren();
  element("done").textContent = sentence(done);
  show(element("seen"), image ?? new Uint8Array(model.size[0] * model.size[1]).fill(model.golden.ground));
}

function forget() {
  refuse("Nothing is drawn yet.");
  element("confidence").classList.remove("warning");
}

const layout = layoutOf(model);
const parted = model.scene?.grid ? layout.boxes : [];
const drawing = makeDrawing(element("drawing"), layout, readDrawing);

function readDrawing() {
  if (drawing.isEmpty()) return forget();
  const { given, done } = gray(drawing.pixels());
  return read(given, done, parted);
}

async function readFile(file) {
  try {
    const { given, done } = await decoded(file);
    drawing.wipe();
    await read(given, done);
  } catch (error) {
    refuse(error.message);
  }
}

element("frame").classList.toggle("narrow", layout.width < 1.4 * layout.height);
for (const [left, top, width, height] of layout.boxes.length > 1 ? layout.boxes : []) {
  const box = make("div", {});
  const share = (value, whole) => `${(100 * value) / whole}%`;
  Object.assign(box.style, {
    left: share(left, layout.width), top: share(top, layout.height),
    width: share(width, layout.width), height: share(height, layout.height),
  });
  element("boxes").append(box);
}
element("undo").addEventListener("click", drawing.undo);
element("clear").addEventListener("click", drawing.clear);
element("file").addEventListener("change", (event) => event.target.files[0] && readFile(event.target.files[0]));
addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
  if (file) readFile(file);
});
addEventListener("dragover", (event) => {
  event.preventDefault();
  element("frame").classList.add("over");
});
addEventListener("dragleave", () => element("frame").classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  element("frame").classList.remove("over");
  if (event.dataTransfer.files[0]) readFile(event.dataTransfer.files[0]);
});
for (const [k, image] of golden.slice(0, 8).entries()) {
  const canvas = make("canvas", {});
  show(canvas, image);
  const button = make("button", { type: "button" }, canvas);
  button.setAttribute("aria-label", `Image ${k + 1}`);
  button.addEventListener("click", () => {
    drawing.wipe();
    answer(image, []);
  });
  element("samples").append(make("li", {}, button));
}
forget();

/** For the console, and for tests: the same functions that the page uses. */
globalThis.glyphlab = {
  model, net, golden, drawing, gray, decoded, answer, answerOf, viewsOf, probabilitiesOf, check: null,
  prepare: (given, done) => prepared(given, model, done),
  prepareFor: prepared,
  logits: (image, view) => logitsOf(model, net, image, view),
};
globalThis.glyphlab.check = check();
