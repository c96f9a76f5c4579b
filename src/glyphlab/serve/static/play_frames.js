// What a frame shows: the first layer, all watched images at once, and the most confident mistakes.
import { element, make, percent } from "./dom.js";
import { savers } from "./saving.js";

const SHOWN = 12;
const GAP = 2;

const colour = (name) => {
  const context = make("canvas", { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
};

/** A table in a part that opens, with what saves it and the picture. */
function twin(place, title, rows, png) {
  const open = place.querySelector("details")?.open ?? false;
  const [heads, ...body] = rows;
  const table = make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)))),
    make("tbody", {}, ...body.map(([first, ...rest]) => make("tr", {}, make("th", { scope: "row" }, String(first)), ...rest.map((cell) => make("td", {}, String(cell)))))),
  );
  const box = make("div", { class: "box", tabindex: 0, role: "region", "aria-label": title }, table);
  if (place.contains(document.activeElement)) return; // somebody reads it, or is about to save it
  place.replaceChildren(make("details", { open }, make("summary", {}, `${title} as a table`), box), savers(title.toLowerCase().replace(/\W+/g, "-"), { png, rows: () => rows }));
}

// ---- the first layer ------------------------------------------------------------------------------------------------

export function kernelsOf({ count, height, width, scale, steps }) {
  const bytes = Int8Array.from(atob(steps), (one) => one.charCodeAt(0));
  return { count, height, width, scale, of: (k) => bytes.subarray(k * height * width, (k + 1) * height * width) };
}

function paintKernel(canvas, values, width, height, [paper, plus, minus]) {
  canvas.width = width;
  canvas.height = height;
  const image = new ImageData(width, height);
  values.forEach((value, place) => {
    const share = Math.abs(value) / 127;
    const to = value >= 0 ? plus : minus;
    for (let c = 0; c < 3; c++) image.data[4 * place + c] = paper[c] + (to[c] - paper[c]) * share;
    image.data[4 * place + 3] = 255;
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Show the first layer; `before` is the frame of the epoch before, if there is one. */
export function showKernels(frame, before) {
  const kernels = kernelsOf(frame.kernels);
  const earlier = before && kernelsOf(before.kernels);
  const list = element("kernels");
  const colours = [colour("--paper"), colour("--accent"), colour("--warm")];
  while (list.children.length < kernels.count) list.append(make("canvas"));
  while (list.children.length > kernels.count) list.lastChild.remove();
  list.classList.toggle("large", kernels.width > 12);
  const rows = [["kernel", "smallest", "largest", "moved since the epoch before"]];
  for (let k = 0; k < kernels.count; k++) {
    const values = kernels.of(k);
    paintKernel(list.children[k], values, kernels.width, kernels.height, colours);
    const real = Array.from(values, (one) => (one / 127) * kernels.scale);
    const moved = earlier ? Math.sqrt(real.reduce((sum, one, place) => sum + (one - (earlier.of(k)[place] / 127) * earlier.scale) ** 2, 0)) : null;
    rows.push([k + 1, Math.min(...real).toFixed(3), Math.max(...real).toFixed(3), moved === null ? "–" : moved.toFixed(3)]);
  }
  const what = `${kernels.count} of ${kernels.height} × ${kernels.width} weights`;
  element("kernels-about").textContent = `${what}: blue adds where there is ink, orange takes away. After epoch ${frame.epoch}.`;
  twin(element("kernels-twin"), "First layer", rows, () => kernelSheet(list));
}

function kernelSheet(list) {
  const side = 64;
  const sheet = make("canvas", { width: Math.min(8, list.children.length) * side, height: Math.ceil(list.children.length / 8) * side });
  const context = sheet.getContext("2d");
  context.imageSmoothingEnabled = false;
  [...list.children].forEach((one, k) => context.drawImage(one, (k % 8) * side, Math.floor(k / 8) * side, side - GAP, side - GAP));
  return sheet;
}

// ---- the images -----------------------------------------------------------------------------------------------------

/** All watched images of a try on one canvas. */
export class Wall {
  /** @param shown {truths, height, width, columns} and the picture that has them all */
  constructor(shown, picture) {
    Object.assign(this, shown, { picture, canvas: element("wall"), cursor: 0 });
    this.canvas.onpointermove = (event) => this.point(this.under(event));
    this.canvas.onpointerdown = (event) => this.point(this.under(event));
    this.canvas.onkeydown = (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.across, ArrowDown: this.across }[event.key];
      if (!step) return;
      event.preventDefault();
      this.point(this.cursor + step);
    };
  }

  /** Copy image `k` into a rectangle of a context. */
  copy(context, k, x, y, width, height) {
    const [left, top] = [(k % this.columns) * this.width, Math.floor(k / this.columns) * this.height];
    context.drawImage(this.picture, left, top, this.width, this.height, x, y, width, height);
  }

  show(frame, before) {
    this.frame = frame;
    this.before = before;
    const count = this.truths.length;
    const room = this.canvas.parentElement.clientWidth;
    const tile = Math.max(26, Math.min(48, this.width / 1.5));
    this.across = Math.max(6, Math.min(count, Math.floor(room / (tile + GAP))));
    this.tile = room / this.across;
    this.down = (this.tile - GAP) * (this.height / this.width) + GAP;
    const sharp = devicePixelRatio || 1;
    this.canvas.width = Math.round(room * sharp);
    this.canvas.height = Math.round(Math.ceil(count / this.across) * this.down * sharp);
    this.canvas.style.height = `${this.canvas.height / sharp}px`;
    const context = this.canvas.getContext("2d");
    context.scale(sharp, sharp);
    const wrong = new Set(frame.shown_wrong);
    const earlier = new Set(before?.shown_wrong ?? []);
    const [warm, good] = ["--s1", "--s2"].map((name) => `rgb(${colour(name)})`);
    for (let k = 0; k < count; k++) {
      const [x, y] = [(k % this.across) * this.tile, Math.floor(k / this.across) * this.down];
      const [wide, high] = [this.tile - GAP, this.down - GAP];
      context.globalAlpha = wrong.has(k) ? 1 : 0.35;
      this.copy(context, k, x, y, wide, high);
      context.globalAlpha = 1;
      if (!wrong.has(k) && !earlier.has(k)) continue;
      context.strokeStyle = wrong.has(k) ? warm : good;
      context.lineWidth = 2;
      context.strokeRect(x + 1, y + 1, wide - 2, high - 2);
    }
    const fixed = [...earlier].filter((one) => !wrong.has(one)).length;
    const fresh = before ? [...wrong].filter((one) => !earlier.has(one)).length : 0;
    const change = before ? ` Since the epoch before ${fixed} of these corrected, ${fresh} new.` : "";
    element("wall-about").textContent = `${frame.wrong} of ${frame.of} validation images are wrong after epoch ${frame.epoch}. The first ${count} of them: ${wrong.size} wrong.${change}`;
    this.list(frame);
    if (this.pointed !== undefined) this.point(this.pointed);
  }

  under(event) {
    const box = this.canvas.getBoundingClientRect();
    return Math.floor((event.clientY - box.top) / this.down) * this.across + Math.floor((event.clientX - box.left) / this.tile);
  }

  point(k) {
    if (!(k >= 0 && k < this.truths.length)) return;
    this.cursor = this.pointed = k;
    const [said, sure] = [this.frame.predicted[k], this.frame.confidence[k]];
    const right = said === this.truths[k];
    element("pointed").textContent = `Image ${k + 1} shows ${this.truths[k]}, predicted ${said} with ${percent(sure, 0)}: ${right ? "correct" : "wrong"}.`;
  }

  list(frame) {
    const wrong = [...frame.shown_wrong].sort((a, b) => frame.confidence[b] - frame.confidence[a]);
    const place = element("mistakes");
    place.replaceChildren(
      ...wrong.slice(0, SHOWN).map((k) => {
        const canvas = make("canvas", { width: this.width, height: this.height, "aria-hidden": "true" });
        this.copy(canvas.getContext("2d"), k, 0, 0, this.width, this.height);
        const aside = make("span", { class: "aside" }, `image ${k + 1}, ${percent(frame.confidence[k], 0)}`);
        return make("li", {}, canvas, `${this.truths[k]}, predicted `, make("b", {}, frame.predicted[k]), aside);
      }),
    );
    if (!wrong.length) place.append(make("li", {}, "None among the watched images."));
    const rows = [["image", "label", "predicted", "confidence"], ...wrong.map((k) => [k + 1, this.truths[k], frame.predicted[k], percent(frame.confidence[k], 1)])];
    twin(element("mistakes-twin"), "Mistakes", rows, () => this.canvas);
  }
}
