// From any picture to an image as the training data have them, and what was done on the way, in words: the twin of
// glyphlab.data.prepare and glyphlab.tasks.scenes.segmentation.
import {
  above, blurred, boxAbove, cropped, depths, labelled, largestOf, median, padded, percentile, picture, resized, rounded,
  smallestOf, sumOf,
} from "./pixels.js";
import { NotTheScene, inReadingOrder } from "./arrangement.js";
import { groupsOf, inkOf, partsOf, union, widthOf } from "./ink.js";

const FINE = 120;
const LEVELS = 24;

const inverted = (given) => picture(given.height, given.width, given.data.map((value) => 255 - value));
const sameSize = ({ height, width }, size) => height === size[0] && width === size[1];
const empty = (size, style) => picture(...size, new Uint8Array(size[0] * size[1]).fill(style.dark ? 255 : 0));
const nothing = (size, style, done) => ({ image: empty(size, style), done: [...done, "nothing written found"], blank: true });

/**
 * Make an image of the scene of a picture of whole levels.
 * @param given {data: Uint8Array, height, width}
 * @param model what the page knows of the classifier: its size, scene and style
 * @param done what was done to the picture before
 * @returns {{image, done: string[], blank: boolean}}
 * @throws {NotTheScene}
 */
export function prepared(given, { size, scene, style }, done = []) {
  if (!scene || style.kind === "photographs") return scaled(given, size, done);
  const asItIs = alreadyLike(given, size, scene, style, done);
  if (asItIs) return asItIs;
  const ink = inkOf(given);
  const parts = partsOf(ink.levels);
  const said = [...done, `ink found on ${given.width}×${given.height} pixels`];
  if (ink.dark !== style.dark) said.push("inverted");
  if (ink.light / Math.max(8, levelOf(ink, parts)) > 0.05) said.push("uneven light removed");
  if (!parts.found.length) return nothing(size, style, said);
  const groups = groupsOf(parts, scene.count, ink.levels.width);
  if (groups.length !== scene.count) throw new NotTheScene(wrongCount(groups.length, scene));
  const image = empty(size, style);
  const every = new Set();
  ordered(groups, scene).forEach((group, position) => {
    const symbol = drawn(ink.levels, parts.labels, group.parts, scene.cell, style, every);
    put(image, symbol, scene, position, style.dark);
  });
  if (scene.count > 1) said.push(`${scene.count} symbols found`);
  said.push(...leftOut(specksOf(parts, groups), "small part"));
  return { image, done: [...said, ...every], blank: false };
}

const counted = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;
const leftOut = (count, what) => (count ? [`${counted(count, what)} left out`] : []);
const specksOf = ({ found }, groups) => found.length - sumOf(groups.map((group) => group.parts.length));

function wrongCount(found, { name, count }) {
  const change = found < count
    ? `write ${counted(count, "symbol")} apart from each other: two that touch count as one`
    : `cut it so that it shows ${count === 1 ? "one" : count}`;
  return `the picture shows ${counted(found, "symbol")}, and an image of '${name}' has ${count}: ${change}`;
}

function levelOf(ink, { found }) {
  return found.length ? found[0].mass / found[0].area : percentile(ink.levels.data, 99.7);
}

/**
 * Make an image of a scene of one picture for each of its positions, of which the heaviest symbol counts.
 * @param boxes pictures, in the order of the positions
 * @returns {{image, done: string[], blank: boolean, free: number[]}} and the positions where nothing is written
 */
export function preparedBoxes(boxes, { size, scene, style }) {
  const image = empty(size, style);
  const every = new Set();
  const free = [];
  let [others, specks] = [0, 0];
  boxes.forEach((given, position) => {
    const ink = inkOf(given);
    const parts = partsOf(ink.levels);
    if (!parts.found.length) return free.push(position);
    const groups = groupsOf(parts, 1, ink.levels.width);
    others += groups.length - 1;
    specks += specksOf(parts, groups);
    const heaviest = groups.reduce((best, group) => (group.mass > best.mass ? group : best));
    put(image, drawn(ink.levels, parts.labels, heaviest.parts, scene.cell, style, every), scene, position, style.dark);
  });
  const said = [...leftOut(others, "other symbol"), ...leftOut(specks, "small part")];
  const done = [`${scene.count} boxes prepared one by one`, ...said, ...every];
  return { image, done, blank: free.length === boxes.length, free };
}

/** Put a symbol in the middle of where one may stand at a position. */
function put(image, symbol, scene, position, dark) {
  const top = scene.rows[position] + Math.floor(scene.free_y / 2);
  const left = scene.columns[position] + Math.floor(scene.free_x / 2);
  for (let i = 0; i < symbol.height; i++) {
    for (let j = 0; j < symbol.width; j++) {
      const at = (top + i) * image.width + left + j;
      image.data[at] = (dark ? Math.min : Math.max)(image.data[at], symbol.data[i * symbol.width + j]);
    }
  }
}

function alreadyLike(given, size, scene, style, done) {
  const single = scene.count === 1 && scene.canvas[0] === scene.cell[0] && scene.canvas[1] === scene.cell[1];
  if (sameSize(given, size)) {
    for (const [pixels, said] of [[given, []], [inverted(given), ["inverted"]]]) {
      if (single ? fits(pixels, size, style) : looksLike(pixels, scene, style)) {
        return { image: pixels, done: [...done, ...said], blank: false };
      }
    }
  }
  return largestOf(given.data) === smallestOf(given.data) ? nothing(size, style, done) : null;
}

/** Whether an image is like the training images already: ground, length and place of its ink. */
function fits(given, size, style) {
  if (!hasCleanGround(given, style)) return false;
  const ink = style.dark ? inverted(given) : given;
  const [top, bottom, left, right] = boxAbove(ink, largestOf(ink.data) / 2);
  const length = Math.max(bottom - top, right - left) / Math.min(...size);
  const mass = sumOf(ink.data);
  let [down, across] = [0, 0];
  ink.data.forEach((value, at) => {
    down += value * (Math.floor(at / ink.width) + 0.5);
    across += value * ((at % ink.width) + 0.5);
  });
  const off = Math.max(
    Math.abs(down / mass / ink.height - style.centre[0]), Math.abs(across / mass / ink.width - style.centre[1]),
  );
  return style.boxes[0] <= length && length <= style.boxes[1] && off <= style.off_centre;
}

function hasCleanGround(given, style) {
  const { data, height, width } = style.dark ? inverted(given) : given;
  const ground = (values) => values.filter((value) => value <= LEVELS).length / values.length;
  const sides = [];
  for (let j = 0; j < width; j++) sides.push(data[j], data[(height - 1) * width + j]);
  for (let i = 0; i < height; i++) sides.push(data[i * width], data[(i + 1) * width - 1]);
  return ground(sides) >= style.border && ground(data) >= style.ground && largestOf(data) >= 4 * LEVELS;
}

/** Whether ink is where symbols may stand, and nowhere else, and of their size. */
function looksLike(given, scene, style) {
  const ink = style.dark ? inverted(given) : given;
  const half = largestOf(ink.data) / 2;
  const beyond = above(ink.data, half);
  const lengths = scene.rows.map((top, position) => {
    const left = scene.columns[position];
    const place = [top, top + scene.cell[0] + scene.free_y, left, left + scene.cell[1] + scene.free_x];
    for (let i = place[0]; i < place[1]; i++) beyond.fill(0, i * ink.width + place[2], i * ink.width + place[3]);
    const box = boxAbove(cropped(ink, place), half);
    return box ? Math.max(box[1] - box[0], box[3] - box[2]) / Math.min(...scene.cell) : 0;
  });
  return (
    hasCleanGround(given, style) && !beyond.some(Boolean) &&
    lengths.every((length) => length >= style.boxes[0] && (mayOverlap(scene) || length <= style.boxes[1]))
  );
}

function mayOverlap({ rows, columns, cell, free_y, free_x }) {
  return rows.some((top, i) => rows.slice(0, i).some((other, j) =>
    Math.abs(columns[i] - columns[j]) < cell[1] + free_x && Math.abs(top - other) < cell[0] + free_y));
}

/** The symbol that some parts are, as an image of the size of a cell. */
function drawn(ink, labels, parts, cell, style, said) {
  const shape = binary(ink, labels, parts);
  const levels = redrawn(shape, style, said);
  const side = rounded(style.box * Math.min(...cell));
  said.add(`fitted into ${side} of ${cell[1]}×${cell[0]} pixels and centred`);
  return placed(levels, cell, style);
}

/** The shape of some parts, 0 or 1, its longer side 120 pixels, on a free margin. */
function binary(ink, labels, parts) {
  const box = union(parts.map((part) => part.box));
  const edge = 2 + Math.floor(Math.max(box[1] - box[0], box[3] - box[2]) / 10);
  const place = [
    Math.max(0, box[0] - edge), Math.min(ink.height, box[1] + edge),
    Math.max(0, box[2] - edge), Math.min(ink.width, box[3] + edge),
  ];
  const levels = blurred(cropped(ink, place), edge / 10);
  const numbers = new Set(parts.map((part) => part.number));
  const mask = cropped(picture(ink.height, ink.width, labels), place).data.map((label) => (numbers.has(label) ? 1 : 0));
  const full = Math.fround(percentile(levels.data.filter((_, k) => mask[k]), 70));
  levels.data = levels.data.map((value) => value / full);
  const { labels: connected } = labelled(picture(levels.height, levels.width, above(levels.data, 0.3)));
  const kept = new Set(connected.filter((label, k) => mask[k] && label));
  levels.data = levels.data.map((value, k) => (kept.has(connected[k]) ? value : 0));
  const symbol = cropped(levels, boxAbove(levels, 0.45));
  const longest = Math.max(symbol.height, symbol.width);
  const size = [symbol.height, symbol.width].map((length) => Math.max(1, rounded((length * FINE) / longest)));
  const shape = padded(resized(symbol, ...size, "bicubic"), Math.floor(FINE / 6));
  return picture(shape.height, shape.width, above(shape.data, 0.45));
}

/** A shape with strokes as thick as the style has them. */
function redrawn(shape, style, said) {
  const inside = depths(shape);
  const outside = depths(picture(shape.height, shape.width, shape.data.map((value) => 1 - value)));
  const width = widthOf(inside);
  const wanted = Math.min(style.stroke[1] * FINE, Math.max(style.stroke[0] * FINE, width));
  const more = Math.fround((wanted - width) / 2 + 0.5);
  if (Math.abs(wanted - width) >= 1) said.add(`strokes ${wanted > width ? "thickened" : "thinned"}`);
  const levels = inside.data.map((value, k) => Math.min(1, Math.max(0, Math.fround(value - outside.data[k]) + more)));
  return picture(shape.height, shape.width, levels);
}

/** A shape scaled into the style's box, its centre of mass where the style has it. */
function placed(levels, cell, style) {
  let ink = largestOf(levels.data) > 0.5 ? cropped(levels, boxAbove(levels, 0.5)) : levels;
  const side = style.box * Math.min(...cell);
  const blur = style.blur * Math.min(...cell);
  const margin = Math.min(2, Math.ceil(2 * blur));
  const longest = Math.max(ink.height, ink.width);
  const fitted = [ink.height, ink.width].map((length, axis) =>
    Math.max(1, Math.min(cell[axis] - 2 * margin, Math.max(1, rounded((length * side) / longest)))));
  ink = resized(ink, ...fitted, "box");
  if (margin) {
    ink = blurred(padded(ink, margin), blur);
    const most = largestOf(ink.data) || 1;
    ink.data = ink.data.map((value) => value / most);
  }
  const whole = picture(ink.height, ink.width, Uint8Array.from(ink.data, (value) => rounded(Math.fround(value * 255))));
  const image = byMass(whole, cell, style.centre);
  return style.dark ? inverted(image) : image;
}

/** Ink on a canvas, moved by whole pixels so that its centre of mass is where it belongs. */
function byMass(ink, size, centre) {
  const weight = sumOf(ink.data) || 1;
  const corner = [0, 0];
  [[ink.height, (at) => Math.floor(at / ink.width)], [ink.width, (at) => at % ink.width]].forEach(([length, place], axis) => {
    let middle = 0;
    ink.data.forEach((value, at) => (middle += value * (place(at) + 0.5)));
    const wanted = rounded(size[axis] * centre[axis] - middle / weight);
    corner[axis] = Math.min(size[axis] - length, Math.max(0, wanted));
  });
  const image = picture(...size, new Uint8Array(size[0] * size[1]));
  for (let i = 0; i < ink.height; i++) {
    image.data.set(ink.data.subarray(i * ink.width, (i + 1) * ink.width), (corner[0] + i) * size[1] + corner[1]);
  }
  return image;
}

/** Groups in the order of a scene's positions: row by row, or whatever is nearest to each of them. */
function ordered(groups, scene) {
  if (scene.count === 1) return groups;
  if (scene.grid) return inReadingOrder(groups, scene.grid, scene.name);
  const there = inUnit(scene.rows.map((row, k) => [row, scene.columns[k]]));
  const here = inUnit(groups.map((group) => group.middle));
  const costs = there.map(([y, x]) => here.map(([i, j]) => (y - i) ** 2 + (x - j) ** 2));
  return assigned(costs).map((k) => groups[k]);
}

function inUnit(points) {
  const least = [0, 1].map((axis) => Math.min(...points.map((point) => point[axis])));
  const shifted = points.map((point) => point.map((value, axis) => value - least[axis]));
  const most = Math.max(...shifted.flat(), 1e-9);
  return shifted.map((point) => point.map((value) => value / most));
}

/** The column for each row so that the costs are least together (J. Munkres, 1957). */
function assigned(costs) {
  const count = costs.length;
  const [rows, columns] = [new Float64Array(count + 1), new Float64Array(count + 1)];
  const of = new Int32Array(count + 1); // the row of each column; row and column 0 are nobody's
  for (let row = 1; row <= count; row++) {
    of[0] = row;
    const least = new Float64Array(count + 1).fill(Infinity);
    const from = new Int32Array(count + 1);
    const used = new Uint8Array(count + 1);
    let column = 0;
    do {
      used[column] = 1;
      let [step, next] = [Infinity, 0];
      for (let j = 1; j <= count; j++) {
        if (used[j]) continue;
        const cost = costs[of[column] - 1][j - 1] - rows[of[column]] - columns[j];
        if (cost < least[j]) [least[j], from[j]] = [cost, column];
        if (least[j] < step) [step, next] = [least[j], j];
      }
      for (let j = 0; j <= count; j++) {
        if (used[j]) {
          rows[of[j]] += step;
          columns[j] -= step;
        } else least[j] -= step;
      }
      column = next;
    } while (of[column]);
    for (; column; column = from[column]) of[column] = of[from[column]];
  }
  const found = [];
  for (let j = 1; j <= count; j++) found[of[j] - 1] = j - 1;
  return found;
}

/** A photograph scaled without distortion, centred; what is free beside it is as its border is. */
function scaled(given, size, done) {
  const blank = largestOf(given.data) === smallestOf(given.data);
  if (sameSize(given, size)) return { image: given, done, blank };
  const { height, width } = given;
  const zoom = Math.min(size[0] / height, size[1] / width);
  const fitted = [height, width].map((length) => Math.max(1, rounded(length * zoom)));
  const small = resized(given, ...fitted, zoom < 1 ? "box" : "bicubic");
  const edges = [];
  for (let j = 0; j < width; j++) edges.push(given.data[j], given.data[(height - 1) * width + j]);
  for (let i = 0; i < height; i++) edges.push(given.data[i * width], given.data[(i + 1) * width - 1]);
  const image = picture(...size, new Uint8Array(size[0] * size[1]).fill(Math.trunc(median(edges))));
  const [top, left] = [Math.floor((size[0] - fitted[0]) / 2), Math.floor((size[1] - fitted[1]) / 2)];
  for (let i = 0; i < fitted[0]; i++) {
    image.data.set(small.data.subarray(i * fitted[1], (i + 1) * fitted[1]), (top + i) * size[1] + left);
  }
  return { image, done: [...done, `scaled from ${width}×${height} to ${size[1]}×${size[0]} pixels`], blank };
}
