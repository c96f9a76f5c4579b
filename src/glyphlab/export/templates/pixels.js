// Arithmetic of pictures {data, height, width}, number for number as the preparation in Python does it with Pillow and
// SciPy: rows one after the other, levels in Float32Array, whole levels in Uint8Array, masks and labels as well.

export const picture = (height, width, data = new Float32Array(height * width)) => ({ data, height, width });

/** A half goes to the even number, as in Python. */
export function rounded(value) {
  const below = Math.floor(value);
  const over = value - below;
  return over < 0.5 || (over === 0.5 && below % 2 === 0) ? below : below + 1;
}

export function largestOf(data) {
  let most = -Infinity;
  for (let k = 0; k < data.length; k++) if (data[k] > most) most = data[k];
  return most;
}

export function smallestOf(data) {
  let least = Infinity;
  for (let k = 0; k < data.length; k++) if (data[k] < least) least = data[k];
  return least;
}

export function sumOf(data) {
  let sum = 0;
  for (let k = 0; k < data.length; k++) sum += data[k];
  return sum;
}

/** The sum of float32 numbers as NumPy takes it: in float32, half by half. */
export function pairwiseSum(data, start = 0, count = data.length) {
  const f = Math.fround;
  if (count < 8) {
    let sum = 0;
    for (let k = 0; k < count; k++) sum = f(sum + data[start + k]);
    return sum;
  }
  if (count > 128) {
    const half = (count >> 1) - ((count >> 1) % 8);
    return f(pairwiseSum(data, start, half) + pairwiseSum(data, start + half, count - half));
  }
  const sums = data.slice(start, start + 8);
  let k = 8;
  for (; k < count - (count % 8); k += 8) for (let i = 0; i < 8; i++) sums[i] += data[start + k + i];
  let sum = f(f(f(sums[0] + sums[1]) + f(sums[2] + sums[3])) + f(f(sums[4] + sums[5]) + f(sums[6] + sums[7])));
  for (; k < count; k++) sum = f(sum + data[start + k]);
  return sum;
}

/** The level below which a share of all lies, between two of them in proportion. */
export function percentile(data, share) {
  const values = new Float64Array(data);
  const at = (share / 100) * (values.length - 1);
  const below = Math.floor(at);
  const low = selected(values, below);
  let high = below + 1 < values.length ? Infinity : low; // the least of those after it
  for (let k = below + 1; k < values.length; k++) if (values[k] < high) high = values[k];
  return low + (high - low) * (at - below);
}

/** The value at a place of the sorted values, with no larger ones before it (C. A. R. Hoare, 1961). */
function selected(values, place) {
  let [first, last] = [0, values.length - 1];
  while (first < last) {
    const pivot = values[(first + last) >> 1];
    let [i, j] = [first, last];
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const value = values[i];
        values[i++] = values[j];
        values[j--] = value;
      }
    }
    if (place <= j) last = j;
    else if (place >= i) first = i;
    else break;
  }
  return values[place];
}

/** Which values are above a level, 1 or 0. */
export function above(data, level) {
  const found = new Uint8Array(data.length);
  for (let k = 0; k < data.length; k++) if (data[k] > level) found[k] = 1;
  return found;
}

export const median = (data) => percentile(data, 50);

/** The part of a picture in rows top..bottom and columns left..right. */
export function cropped({ data, width }, [top, bottom, left, right]) {
  const found = picture(bottom - top, right - left, new data.constructor((bottom - top) * (right - left)));
  for (let i = top; i < bottom; i++) {
    found.data.set(data.subarray(i * width + left, i * width + right), (i - top) * found.width);
  }
  return found;
}

/** A picture with `margin` pixels of 0 around it. */
export function padded({ data, height, width }, margin) {
  const size = [height + 2 * margin, width + 2 * margin];
  const found = picture(...size, new data.constructor(size[0] * size[1]));
  for (let i = 0; i < height; i++) {
    found.data.set(data.subarray(i * width, (i + 1) * width), (i + margin) * found.width + margin);
  }
  return found;
}

/** The rows and columns of what is above a level: [top, bottom, left, right]; null where nothing is. */
export function boxAbove({ data, height, width }, level) {
  let [top, bottom, left, right] = [height, 0, width, 0];
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      if (data[i * width + j] > level) {
        if (i < top) top = i;
        if (i >= bottom) bottom = i + 1;
        if (j < left) left = j;
        if (j >= right) right = j + 1;
      }
    }
  }
  return bottom ? [top, bottom, left, right] : null;
}

const FILTERS = {
  box: [0.5, (x) => (x > -0.5 && x <= 0.5 ? 1 : 0)],
  bilinear: [1, (x) => Math.max(0, 1 - Math.abs(x))],
  bicubic: [2, (x) => {
    const a = -0.5;
    const far = Math.abs(x);
    if (far < 1) return ((a + 2) * far - (a + 3)) * far * far + 1;
    return far < 2 ? (((far - 5) * far + 8) * far - 4) * a : 0;
  }],
};

/** For each new pixel of a side: where what it is made of begins, and how much of each it takes. */
function takings(before, after, [support, weigh]) {
  const scale = before / after;
  const wide = Math.max(scale, 1);
  return Array.from({ length: after }, (_, k) => {
    const centre = (k + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support * wide + 0.5));
    const last = Math.min(before, Math.trunc(centre + support * wide + 0.5));
    const shares = Array.from({ length: last - first }, (_, x) => weigh((x + first - centre + 0.5) * (1 / wide)));
    const total = sumOf(shares);
    return { first, shares: total ? shares.map((share) => share / total) : shares };
  });
}

/** Another height and width, as Pillow resizes: across first, then down; whole levels by whole numbers. */
export function resized(given, height, width, filter) {
  let found = given;
  if (width !== given.width) found = resampled(found, takings(given.width, width, FILTERS[filter]), true);
  if (height !== given.height) found = resampled(found, takings(given.height, height, FILTERS[filter]), false);
  return picture(height, width, new Float32Array(found.data));
}

function resampled({ data, height, width }, parts, across) {
  const whole = data instanceof Uint8Array;
  const shares = parts.map((one) => Float64Array.from(whole ? one.shares.map(inFixedPoint) : one.shares));
  const found = across ? picture(height, parts.length) : picture(parts.length, width);
  found.data = new data.constructor(found.height * found.width);
  const stride = across ? 1 : width;
  for (let i = 0; i < found.height; i++) {
    for (let j = 0; j < found.width; j++) {
      const k = across ? j : i;
      let from = across ? i * width + parts[k].first : parts[k].first * width + j;
      let sum = whole ? HALF : 0;
      const of = shares[k];
      for (let n = 0; n < of.length; n++, from += stride) sum += data[from] * of[n];
      found.data[i * found.width + j] = whole ? Math.min(255, Math.max(0, Math.floor(sum / ONE))) : sum;
    }
  }
  return found;
}

const ONE = 1 << 22;
const HALF = ONE / 2;
const inFixedPoint = (share) => Math.trunc(share * ONE + (share < 0 ? -0.5 : 0.5));

/** A picture whose longer side has no more than `side` pixels. */
export function noLarger(given, side) {
  const longest = Math.max(given.height, given.width);
  if (longest <= side) return picture(given.height, given.width, new Float32Array(given.data));
  const [height, width] = [given.height, given.width].map((length) => Math.max(1, rounded((length * side) / longest)));
  return resized(given, height, width, "box");
}

/** An index that turns round at both ends, which it meets twice. */
function reflected(i, length) {
  const there = ((i % (2 * length)) + 2 * length) % (2 * length);
  return there < length ? there : 2 * length - 1 - there;
}

/** Blur with a Gaussian of that deviation in pixels, out to four of them. */
export function blurred(given, deviation) {
  if (!(deviation > 1e-15)) return given;
  const radius = Math.trunc(4 * deviation + 0.5);
  const raw = Array.from({ length: radius + 1 }, (_, x) => Math.exp((-0.5 / deviation ** 2) * x ** 2));
  const total = raw[0] + 2 * sumOf(raw.slice(1));
  const weights = Float64Array.from(raw, (value) => value / total);
  return alongLines(alongLines(given, true, radius, radius, blurLine), false, radius, radius, blurLine);
  function blurLine(line, length, found) {
    for (let i = 0; i < length; i++) {
      const at = i + radius;
      let sum = line[at] * weights[0];
      for (let k = radius; k > 0; k--) sum += (line[at - k] + line[at + k]) * weights[k];
      found[i] = sum;
    }
  }
}

/** Do something to every column (or row), given with `before` and `after` reflected pixels at its ends. */
function alongLines({ data, height, width }, down, before, after, change) {
  const found = picture(height, width);
  const [lines, length] = down ? [width, height] : [height, width];
  const [step, next] = down ? [width, 1] : [1, width];
  const line = new Float64Array(before + length + after);
  const places = Int32Array.from(line, (_, i) => reflected(i - before, length) * step);
  const changed = new Float64Array(length);
  for (let k = 0; k < lines; k++) {
    for (let i = 0; i < line.length; i++) line[i] = data[k * next + places[i]];
    change(line, length, changed);
    for (let i = 0; i < length; i++) found.data[k * next + i * step] = changed[i];
  }
  return found;
}

/** What is at least `size` pixels wide both ways: the lowest around each pixel, then the highest of these. */
export function opened(given, size) {
  const [left, right] = [Math.floor(size / 2), Math.floor((size - 1) / 2)];
  const lowest = (line, length, found) => extremes(line, length, size, -1, found);
  const highest = (line, length, found) => extremes(line, length, size, 1, found);
  const low = alongLines(alongLines(given, true, left, right, lowest), false, left, right, lowest);
  return alongLines(alongLines(low, true, right, left, highest), false, right, left, highest);
}

/** The extreme of each window of a line; sign 1: the highest, -1: the lowest. */
function extremes(line, length, size, sign, found) {
  const queue = new Int32Array(line.length); // of indices whose values may still be one, the best first
  let [head, tail] = [0, 0];
  for (let i = 0; i < line.length; i++) {
    while (tail > head && sign * line[queue[tail - 1]] <= sign * line[i]) tail--;
    queue[tail++] = i;
    if (queue[head] <= i - size) head++;
    if (i >= size - 1) found[i - size + 1] = line[queue[head]];
  }
}

/** The median around each pixel in a square of an odd side; the border goes on as it ends. */
export function medianFiltered({ data, height, width }, side) {
  const reach = (side - 1) / 2;
  const found = picture(height, width);
  const around = new Float32Array(side * side);
  const within = (i, length) => Math.min(length - 1, Math.max(0, i));
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      let k = 0;
      for (let u = -reach; u <= reach; u++) {
        const row = within(i + u, height) * width;
        for (let v = -reach; v <= reach; v++) around[k++] = data[row + within(j + v, width)];
      }
      found.data[i * width + j] = around.sort()[(side * side - 1) / 2];
    }
  }
  return found;
}

/** The plane through the middle two thirds of levels, found in four rounds. */
export function planeThrough({ data, height, width }) {
  const step = 1 + Math.floor(Math.max(height, width) / 100);
  const points = [];
  for (let i = 0; i < height; i += step) for (let j = 0; j < width; j += step) points.push([i, j, 1, data[i * width + j]]);
  let weights = [0, 0, 0];
  let rest = points.map((point) => point[3]);
  for (let round = 0; round < 4; round++) {
    const middle = median(rest);
    const away = rest.map((value) => Math.abs(value - middle));
    const most = percentile(away, 65);
    weights = leastSquares(points.filter((_, k) => away[k] <= most));
    rest = points.map(([i, j, , value]) => value - (weights[0] * i + weights[1] * j + weights[2]));
  }
  const found = picture(height, width);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) found.data[i * width + j] = weights[0] * i + weights[1] * j + weights[2];
  }
  return found;
}

/** The three weights of rows (a, b, c, value) by their normal equations; 0 for what nothing determines. */
function leastSquares(points) {
  const rows = [0, 1, 2].map((a) => [0, 1, 2, 3].map((b) => sumOf(points.map((point) => point[a] * point[b]))));
  const order = [];
  for (const column of [0, 1, 2]) {
    const free = [0, 1, 2].filter((row) => !order.includes(row));
    const pivot = free.reduce((best, row) => (Math.abs(rows[row][column]) > Math.abs(rows[best][column]) ? row : best));
    if (Math.abs(rows[pivot][column]) < 1e-9) {
      order.push(null);
      continue;
    }
    order.push(pivot);
    for (const row of [0, 1, 2]) {
      if (row === pivot) continue;
      const share = rows[row][column] / rows[pivot][column];
      rows[row] = rows[row].map((value, k) => value - share * rows[pivot][k]);
    }
  }
  return order.map((row, column) => (row === null ? 0 : rows[row][3] / rows[row][column]));
}

/** Connected parts of a mask, corners touching: their numbers, from 1 in reading order, and how many there are. */
export function labelled({ data, height, width }) {
  const labels = new Int32Array(height * width);
  const stack = [];
  let count = 0;
  for (let start = 0; start < data.length; start++) {
    if (!data[start] || labels[start]) continue;
    labels[start] = ++count;
    stack.push(start);
    while (stack.length) {
      const at = stack.pop();
      const j = at % width;
      const i = (at - j) / width;
      for (let y = Math.max(0, i - 1); y <= Math.min(height - 1, i + 1); y++) {
        for (let x = Math.max(0, j - 1); x <= Math.min(width - 1, j + 1); x++) {
          const to = y * width + x;
          if (data[to] && !labels[to]) {
            labels[to] = count;
            stack.push(to);
          }
        }
      }
    }
  }
  return { labels, count };
}

/** How far each pixel of a mask is from the nearest one outside it (P. Felzenszwalb, D. Huttenlocher, 2012). */
export function depths({ data, height, width }) {
  const far = height * height + width * width;
  const squares = Float64Array.from(data, (inside) => (inside ? far : 0));
  const pass = (lines, length, step, next) => {
    const line = new Float64Array(length);
    const roots = new Int32Array(length);
    const bounds = new Float64Array(length + 1);
    for (let k = 0; k < lines; k++) {
      for (let i = 0; i < length; i++) line[i] = squares[k * next + i * step];
      let last = 0;
      roots[0] = 0;
      bounds[0] = -Infinity;
      bounds[1] = Infinity;
      for (let i = 1; i < length; i++) {
        let meet;
        do {
          const root = roots[last];
          meet = (line[i] + i * i - line[root] - root * root) / (2 * (i - root));
        } while (meet <= bounds[last] && --last >= 0);
        roots[++last] = i;
        bounds[last] = meet;
        bounds[last + 1] = Infinity;
      }
      last = 0;
      for (let i = 0; i < length; i++) {
        while (bounds[last + 1] < i) last++;
        squares[k * next + i * step] = (i - roots[last]) ** 2 + line[roots[last]];
      }
    }
  };
  pass(width, height, width, 1);
  pass(height, width, 1, width);
  return picture(height, width, Float32Array.from(squares, Math.sqrt));
}
