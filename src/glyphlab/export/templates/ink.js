// Ink above its paper, dark or bright, evenly lit or not, and its connected parts: the twin of glyphlab.data.prepare.
import {
  above, blurred, boxAbove, depths, labelled, largestOf, median, medianFiltered, noLarger, opened, padded, pairwiseSum, percentile,
  picture, planeThrough, resized, smallestOf, sumOf,
} from "./pixels.js";

const LONGEST = 1000;
const COARSE = 300;
const CLEAR = 2.5;
const WIDEST = 3;
const NARROW = 60;

/** The ink of a picture of whole levels: {levels, dark, light}. */
export function inkOf(given) {
  const levels = noLarger(withRoom(noLarger(given, LONGEST)), LONGEST);
  const small = blurred(noLarger(levels, COARSE), 0.7);
  const plane = planeThrough(small);
  const rest = picture(small.height, small.width, small.data.map((value, k) => value - plane.data[k]));
  const dark = isDark(rest);
  const sign = dark ? -1 : 1;
  const wide = wideOf(picture(rest.height, rest.width, rest.data.map((value) => sign * value)));
  const lit = picture(small.height, small.width, plane.data.map((value, k) => value + sign * wide.data[k]));
  const paper = resized(lit, levels.height, levels.width, "bilinear");
  const ink = picture(levels.height, levels.width);
  for (let k = 0; k < ink.data.length; k++) ink.data[k] = sign * (levels.data[k] - paper.data[k]);
  return { levels: ink, dark, light: percentile(wide.data, 99) - median(wide.data) };
}

function isDark(rest) {
  const middle = median(rest.data);
  const [bright, dark] = [largestOf(rest.data) - middle, middle - smallestOf(rest.data)];
  return dark >= bright || (bright <= CLEAR * dark && hasDarkStrokes(rest));
}

function hasDarkStrokes(rest) {
  const small = noLarger(rest, NARROW);
  const side = 2 * Math.floor(Math.max(small.height, small.width) / (2 * WIDEST)) + 1;
  const around = medianFiltered(small, side);
  return sumOf(small.data.map((value, k) => (value - around.data[k]) ** 3)) < 0;
}

const wideOf = (ink) => opened(ink, Math.max(1, Math.floor(Math.max(ink.height, ink.width) / WIDEST)));

const SPAN = 0.6;
const ALONG = 0.4;
const THICKEST = 0.32;
const FULLEST = 0.65;
const APART = 0.7;
const ROUGH = 100;

/** A picture with paper around it where one symbol fills it; any other as it is. */
function withRoom(levels) {
  const small = noLarger(levels, ROUGH);
  const ink = lessAtTheBorder(small);
  if (!ink || !fills(ink)) return levels;
  const { height, width } = levels;
  const room = picture(2 * height, 2 * width);
  room.data.fill(median(small.data.filter((_, k) => !ink.data[k])));
  const [top, left] = [Math.floor(height / 2), Math.floor(width / 2)];
  for (let i = 0; i < height; i++) {
    room.data.set(levels.data.subarray(i * width, (i + 1) * width), (top + i) * room.width + left);
  }
  return room;
}

const borderOf = ({ data, height, width }) => [
  ...data.subarray(0, width),
  ...data.subarray((height - 1) * width),
  ...Array.from({ length: height }, (_, i) => data[i * width]),
  ...Array.from({ length: height }, (_, i) => data[(i + 1) * width - 1]),
];

const meanOf = (data) => sumOf(data) / data.length;

/** Which pixels are of the level that is less at the border; null without two levels (N. Otsu, 1979). */
function lessAtTheBorder({ data, height, width }) {
  let [least, most] = [smallestOf(data), largestOf(data)];
  if (least === most) [least, most] = [least - 0.5, most + 0.5];
  const edges = Array.from({ length: 65 }, (_, k) => Math.fround(k === 64 ? most : least + (k * (most - least)) / 64));
  const counts = new Float64Array(64);
  for (const value of data) {
    let k = Math.min(63, Math.floor(((value - least) / (most - least)) * 64));
    if (value < edges[k]) k--;
    else if (k < 63 && value >= edges[k + 1]) k++;
    counts[k]++;
  }
  const middles = counts.map((_, k) => (edges[k] + edges[k + 1]) / 2);
  const all = sumOf(counts.map((count, k) => count * middles[k]));
  let [below, sum, best, between] = [0, 0, 0, -1];
  for (let k = 0; k < 63; k++) {
    below += counts[k];
    sum += counts[k] * middles[k];
    const rest = data.length - below;
    const gap = sum / Math.max(below, 1) - (all - sum) / Math.max(rest, 1);
    const value = (gap ** 2 * below * rest) / data.length ** 2;
    if (value > between) [best, between] = [k, value];
  }
  const mean = meanOf(data);
  if (between <= APART * meanOf(Float64Array.from(data, (value) => (value - mean) ** 2))) return null;
  const bright = picture(height, width, above(data, edges[best + 1]));
  if (meanOf(borderOf(bright)) > 0.5) bright.data.forEach((value, k) => (bright.data[k] = 1 - value));
  return bright;
}

/** Whether the largest part is of strokes and fills a picture both ways. */
function fills(ink) {
  const { labels, count } = labelled(ink);
  if (!count) return false;
  const areas = new Float64Array(count + 1);
  for (const label of labels) if (label) areas[label]++;
  const largest = areas.indexOf(largestOf(areas));
  const shape = picture(ink.height, ink.width, new Uint8Array(labels.map((label) => (label === largest ? 1 : 0))));
  const [top, bottom, left, right] = boxAbove(shape, 0);
  const spans = [bottom - top, right - left];
  if (spans[0] < SPAN * ink.height || spans[1] < SPAN * ink.width) return false;
  if (sumOf(shape.data) > FULLEST * spans[0] * spans[1]) return false;
  const corners = [0, ink.width - 1, shape.data.length - ink.width, shape.data.length - 1];
  if (corners.some((corner) => shape.data[corner])) return false;
  const width = widthOf(depths(padded(shape, 1)));
  return meanOf(borderOf(shape)) < ALONG && width < THICKEST * Math.max(...spans);
}

/** The width of strokes, by how far each of their pixels is from the paper. */
export function widthOf(inside) {
  const ink = inside.data.filter((value) => value > 0);
  return 4 * Math.fround(pairwiseSum(ink) / ink.length);
}

const FAINTEST = 6;
const FADED = 0.55;
const MOST = 100;
const SMALLEST = 0.03;

/** The connected parts of what is written: {labels, found}, the heaviest first; none on an empty paper. */
export function partsOf(ink) {
  const levels = blurred(ink, Math.max(ink.height, ink.width) / 400);
  const data = levels.data.slice();
  const middle = median(data);
  for (let k = 0; k < data.length; k++) data[k] -= middle;
  const least = Math.max(FAINTEST, 9 * median(data.map(Math.abs)));
  let first = null;
  for (let strongest = largestOf(data); strongest > least; strongest = largestOf(data)) {
    const bound = Math.max(FADED * least, 0.4 * strongest);
    const mask = picture(ink.height, ink.width, above(data, bound));
    const every = weighed(mask, data, least);
    const inner = every.found.filter(({ box }) => !atBorder(box, ink));
    if (inner.length && inner[0].length > SMALLEST * Math.max(ink.height, ink.width)) {
      return { labels: every.labels, found: inner };
    }
    first ??= every;
    for (let k = 0; k < data.length; k++) if (mask.data[k]) data[k] = 0;
  }
  return first ?? { labels: new Int32Array(data.length), found: [] };
}

/** The connected parts of a mask that are stronger than `least` somewhere. */
function weighed(mask, data, least) {
  const { labels, count } = labelled(mask);
  const parts = Array.from({ length: count }, (_, k) => ({ number: k + 1, mass: 0, area: 0, strong: false, box: [mask.height, 0, mask.width, 0] }));
  for (let at = 0; at < labels.length; at++) {
    if (!labels[at]) continue;
    const part = parts[labels[at] - 1];
    const box = part.box;
    const j = at % mask.width;
    const i = (at - j) / mask.width;
    part.mass += data[at];
    part.area++;
    if (data[at] > least) part.strong = true;
    if (i < box[0]) box[0] = i;
    if (i >= box[1]) box[1] = i + 1;
    if (j < box[2]) box[2] = j;
    if (j >= box[3]) box[3] = j + 1;
  }
  for (const part of parts) part.length = Math.max(part.box[1] - part.box[0], part.box[3] - part.box[2]);
  const found = parts.filter((part) => part.strong).sort((a, b) => b.mass - a.mass);
  return { labels, found: found.slice(0, MOST) };
}

const atBorder = ([top, bottom, left, right], { height, width }) => top === 0 || bottom === height || left === 0 || right === width;

const SPECK = 0.06;
const SYMBOL = [0.45, 0.12];
const REACH = 0.3;
const FLAT = 0.5;
const [ABOVE, BELOW] = [1.8, 1.0];
const BROKEN = 0.12;
const LEAST = [0.2, 0.012, 0.5];
const TALL = 0.6;
const BLOT = 0.7;
const BESIDE_BY = 0.015;
const UPRIGHT = 1.1;
const POINTS = 300;

export function union(boxes) {
  const [tops, bottoms, lefts, rights] = [0, 1, 2, 3].map((k) => boxes.map((box) => box[k]));
  return [Math.min(...tops), Math.max(...bottoms), Math.min(...lefts), Math.max(...rights)];
}

function grouped(parts) {
  const box = union(parts.map((part) => part.box));
  const size = [box[1] - box[0], box[3] - box[2]];
  return {
    parts, box, size, length: Math.max(...size),
    mass: sumOf(parts.map((part) => part.mass)), area: sumOf(parts.map((part) => part.area)),
    middle: [(box[0] + box[1]) / 2, (box[2] + box[3]) / 2],
  };
}

/** Join parts to symbols: as many groups as there are, of which `count` are expected. */
export function groupsOf({ labels, found }, count, width) {
  const least = SPECK * found[Math.min(count, found.length) - 1].mass;
  const every = found.map((part) => grouped([part]));
  const body = longestOf(every.slice(0, count));
  let groups = withoutSmall(every.filter((one) => one.mass > least || isSmallSymbol(one, body)));
  const outlines = new Map();
  for (const group of groups) for (const part of group.parts) outlines.set(part.number, outline(labels, part, width));
  groups = withBars(groups, outlines);
  while (groups.length > count) {
    let nearest = [Infinity];
    groups.forEach((one, i) => groups.slice(i + 1).forEach((other) => {
      if (!isUpright(grouped([...one.parts, ...other.parts])) || areBeside(one, other)) return;
      const gap = apart(one, other, outlines);
      if (gap < nearest[0]) nearest = [gap, one, other];
    }));
    if (nearest.length === 1 || nearest[0] > BROKEN * Math.max(...groups.map((group) => group.length))) break;
    groups = joined(groups, nearest[1], nearest[2]);
  }
  return groups;
}

function withoutSmall(groups) {
  const own = new Set();
  for (;;) {
    const largest = longestOf(groups);
    const longest = largest.length;
    const heaviest = Math.max(...groups.map((group) => group.mass));
    const small = groups.filter((group) =>
      (group.length < SYMBOL[0] * longest || group.mass < SYMBOL[1] * heaviest) && !own.has(group));
    if (!small.length) return groups;
    const part = small.reduce((best, group) => (group.mass < best.mass ? group : best));
    const others = groups.filter((group) => group !== part);
    const gap = (group) => Math.max(...gaps(part, group));
    const nearest = others.reduce((best, group) => (gap(group) < gap(best) ? group : best));
    const near = gap(nearest) <= REACH * longest;
    if (near ? areBeside(part, nearest) : isSmallSymbol(part, largest)) own.add(part);
    else groups = near ? joined(groups, nearest, part) : others;
  }
}

function withBars(groups, outlines) {
  for (const bar of groups) {
    const bodies = groups.filter((body) => isBar(bar, body)).map((body) => [apart(bar, body, outlines), body]);
    if (!bodies.length) continue;
    const [gap, body] = bodies.reduce((best, one) => (one[0] < best[0] ? one : best));
    const both = grouped([...body.parts, ...bar.parts]);
    if (gap <= REACH * both.length) return withBars(joined(groups, body, bar), outlines);
  }
  return groups;
}

function isBar(bar, body) {
  const widest = bar.middle[0] < body.middle[0] ? ABOVE : BELOW;
  const fits = bar.size[0] <= FLAT * body.size[0] && bar.size[1] <= widest * body.size[1];
  return fits && !areBeside(bar, body);
}

const longestOf = (groups) => groups.reduce((best, group) => (group.length > best.length ? group : best));

/** Whether what is too small for a symbol is too large, and no shape, for a speck. */
function isSmallSymbol({ size: [height, width], length, mass, area }, body) {
  if (length < LEAST[0] * body.length || mass < LEAST[1] * body.mass) return false;
  if (mass / area < (LEAST[2] * body.mass) / body.area) return false;
  const square = Math.min(height, width) > TALL * Math.max(height, width);
  return height >= TALL * width && !(square && area >= BLOT * height * width);
}

/** Whether the shorter of two is a small symbol to the left or right of the longer. */
function areBeside(one, other) {
  const [small, body] = other.length < one.length ? [other, one] : [one, other];
  return (
    small.length < SYMBOL[0] * body.length &&
    gaps(small, body)[1] > BESIDE_BY * body.length && isSmallSymbol(small, body)
  );
}

const isUpright = ({ size: [height, width] }) => width <= UPRIGHT * height;

const joined = (groups, one, other) => [
  ...groups.filter((group) => group !== one && group !== other),
  grouped([...one.parts, ...other.parts]),
];

const gaps = ({ box: a }, { box: b }) => [Math.max(a[0] - b[1], b[0] - a[1]), Math.max(a[2] - b[3], b[2] - a[3])];

function outline(labels, { number, box: [top, bottom, left, right] }, width) {
  const inside = (i, j) => i >= top && i < bottom && j >= left && j < right && labels[i * width + j] === number;
  const points = [];
  for (let i = top; i < bottom; i++) {
    for (let j = left; j < right; j++) {
      const inner = inside(i + 1, j) && inside(i - 1, j) && inside(i, j + 1) && inside(i, j - 1);
      if (inside(i, j) && !inner) points.push([i, j]);
    }
  }
  const step = 1 + Math.floor(points.length / POINTS);
  return points.filter((_, k) => k % step === 0);
}

/** How far the ink of two groups is apart, in pixels. */
function apart(one, other, outlines) {
  const points = (group) => group.parts.flatMap((part) => outlines.get(part.number));
  const there = points(other);
  let least = Infinity;
  for (const [y, x] of points(one)) {
    for (const [i, j] of there) {
      const square = (y - i) ** 2 + (x - j) ** 2;
      if (square < least) least = square;
    }
  }
  return Math.sqrt(least) - 1;
}
