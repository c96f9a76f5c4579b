// A net as a list of plain operations. Maps lie channels last, (height, width, channels), in Float32Array; sums are
// taken in double precision. Weights are float16, or float32, in one base64 text.

const BLOCK = 4; // pixels and outputs that are summed side by side: as many as the processor has room for
const TILE = 1 << 15; // values of unfolded pixels at a time: what the nearest memory holds

/** Base64 text to bytes. */
export function bytesOf(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

/** Bytes of float16 numbers, the smaller byte first, times a power of two. */
export function halves(bytes, start, count, scale) {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const bits = bytes[start + 2 * i] | (bytes[start + 2 * i + 1] << 8);
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size = exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24;
    values[i] = (bits & 32768 ? -size : size) * scale;
  }
  return values;
}

/** The arrays that `tensors` describe in one text: {half, start, count, scale}. */
export function arraysOf(text, tensors) {
  const bytes = bytesOf(text);
  return tensors.map(({ half, start, count, scale }) =>
    half
      ? halves(bytes, start, count, scale)
      : new Float32Array(bytes.slice(start, start + 4 * count).buffer),
  );
}

/**
 * Make a function from a map (height, width, 1) to logits.
 * @param layers operations, as Glyphlab writes them
 * @param arrays what they refer to by number
 * @param shape [height, width] of the input
 * @returns {{run: (pixels: Float32Array) => Float32Array, products: number}} and its multiply-adds
 */
export function makeNet(layers, arrays, shape) {
  const { steps, products } = stepsOf(layers, arrays, { rows: shape[0], columns: shape[1], channels: 1 });
  const run = (pixels) => steps.reduce((x, step) => step(x), pixels.slice());
  return { run, products };
}

/** Operations as functions, each for the one size of map that reaches it. */
function stepsOf(layers, arrays, size) {
  const steps = [];
  let products = 0;
  for (const layer of layers) {
    const made = MAKERS[layer.kind](layer, arrays, size);
    if (made.step) steps.push(made.step);
    products += made.products ?? 0;
    size = made.size ?? size;
  }
  return { steps, size, products };
}

const MAKERS = { conv, dense, scale, pool, mean, cells, flatten, activation, residual };

function conv({ weight, bias, outputs, kernel, stride, padding }, arrays, size) {
  const { rows, columns, channels } = size;
  const [high, wide] = kernel;
  const [down, right] = stride;
  const [top, left] = padding;
  const tall = Math.floor((rows + 2 * top - high) / down) + 1;
  const broad = Math.floor((columns + 2 * left - wide) / right) + 1;
  const length = high * wide * channels;
  const filters = blocked(arrays[weight], outputs, length, (o, k) => {
    const channel = k % channels; // given (outputs, channels, high, wide), wanted channels last
    const at = (k - channel) / channels;
    return (o * channels + channel) * high * wide + at;
  });
  const start = bias === null ? new Float32Array(outputs) : arrays[bias];
  const pixels = tall * broad;
  const tile = Math.max(BLOCK, Math.floor(TILE / length / BLOCK) * BLOCK);
  const unfolded = new Float32Array(tile * length);
  const step = (x) => {
    const y = new Float32Array(pixels * outputs);
    for (let first = 0; first < pixels; first += tile) {
      const count = Math.min(tile, pixels - first);
      for (let p = 0; p < count; p++) {
        const row = Math.floor((first + p) / broad);
        const i0 = row * down - top;
        const j0 = (first + p - row * broad) * right - left;
        const skip = Math.max(0, -j0); // columns of the window beyond the left edge, and beyond the right
        const most = Math.min(wide, columns - j0);
        let to = p * length;
        for (let u = 0; u < high; u++, to += wide * channels) {
          const i = i0 + u;
          const inside = i >= 0 && i < rows && most > skip;
          const from = (i * columns + j0) * channels;
          let k = 0;
          for (; inside && k < skip * channels; k++) unfolded[to + k] = 0;
          for (; inside && k < most * channels; k++) unfolded[to + k] = x[from + k];
          for (; k < wide * channels; k++) unfolded[to + k] = 0;
        }
      }
      multiply(unfolded, filters, start, y, first, count, length, outputs);
    }
    return y;
  };
  return { step, size: { rows: tall, columns: broad, channels: outputs }, products: pixels * outputs * length };
}

function dense({ weight, bias, outputs }, arrays, size) {
  const rows = size.cells ?? 1;
  const length = size.channels;
  const filters = blocked(arrays[weight], outputs, length, (o, k) => o * length + k);
  const start = bias === null ? new Float32Array(outputs) : arrays[bias];
  const step = (x) => {
    const y = new Float32Array(rows * outputs);
    multiply(x, filters, start, y, 0, rows, length, outputs);
    return y;
  };
  return { step, size: { ...size, channels: outputs }, products: rows * outputs * length };
}

function scale({ factor, shift }, arrays) {
  const [by, plus] = [arrays[factor], arrays[shift]];
  const step = (x) => {
    const channels = by.length;
    for (let i = 0; i < x.length; i += channels) {
      for (let c = 0; c < channels; c++) x[i + c] = x[i + c] * by[c] + plus[c];
    }
    return x;
  };
  return { step };
}

function pool({ size: window, stride }, _arrays, { rows, columns, channels }) {
  const tall = Math.floor((rows - window[0]) / stride[0]) + 1;
  const broad = Math.floor((columns - window[1]) / stride[1]) + 1;
  const step = (x) => {
    const y = new Float32Array(tall * broad * channels);
    for (let i = 0; i < tall; i++) {
      for (let j = 0; j < broad; j++) {
        const range = [i * stride[0], i * stride[0] + window[0], j * stride[1], j * stride[1] + window[1]];
        largest(x, columns, channels, range, y, (i * broad + j) * channels);
      }
    }
    return y;
  };
  return { step, size: { rows: tall, columns: broad, channels } };
}

function cells({ rows: down, columns: across }, _arrays, { rows, columns, channels }) {
  const step = (x) => {
    const y = new Float32Array(down * across * channels);
    for (let i = 0; i < down; i++) {
      for (let j = 0; j < across; j++) {
        const range = [
          Math.floor((i * rows) / down), Math.ceil(((i + 1) * rows) / down),
          Math.floor((j * columns) / across), Math.ceil(((j + 1) * columns) / across),
        ];
        largest(x, columns, channels, range, y, (i * across + j) * channels);
      }
    }
    return y;
  };
  return { step, size: { cells: down * across, channels } };
}

/** Put the largest value of each channel in rows a..b, columns c..d of a map into y from `to` on. */
function largest(x, columns, channels, [a, b, c, d], y, to) {
  for (let k = 0; k < channels; k++) y[to + k] = x[(a * columns + c) * channels + k];
  for (let i = a; i < b; i++) {
    for (let j = c; j < d; j++) {
      const from = (i * columns + j) * channels;
      for (let k = 0; k < channels; k++) if (x[from + k] > y[to + k]) y[to + k] = x[from + k];
    }
  }
}

function mean(_layer, _arrays, { rows, columns, channels }) {
  const step = (x) => {
    const sums = new Float64Array(channels);
    for (let i = 0; i < x.length; i += channels) for (let c = 0; c < channels; c++) sums[c] += x[i + c];
    return Float32Array.from(sums, (sum) => sum / (rows * columns));
  };
  return { step, size: { channels } };
}

function flatten({ channels_last: asItLies }, _arrays, { rows, columns, channels }) {
  const size = { channels: rows * columns * channels };
  if (asItLies) return { size };
  const pixels = rows * columns;
  const step = (x) => {
    const y = new Float32Array(x.length);
    for (let p = 0; p < pixels; p++) for (let c = 0; c < channels; c++) y[c * pixels + p] = x[p * channels + c];
    return y;
  };
  return { step, size };
}

function activation({ name }) {
  const steps = {
    relu: (x) => {
      for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = 0;
      return x;
    },
    sigmoid: (x) => x.map((value) => 1 / (1 + Math.exp(-value))),
    tanh: (x) => x.map(Math.tanh),
  };
  return { step: steps[name] };
}

function residual({ main, shortcut }, arrays, size) {
  const [inner, outer] = [stepsOf(main, arrays, size), stepsOf(shortcut, arrays, size)];
  const step = (x) => {
    const kept = outer.steps.reduce((value, one) => one(value), x.slice()); // steps may change what they are given
    const y = inner.steps.reduce((value, one) => one(value), x);
    for (let i = 0; i < y.length; i++) y[i] = Math.max(0, y[i] + kept[i]);
    return y;
  };
  return { step, size: inner.size, products: inner.products + outer.products };
}

/** Filters (outputs, length) with as many empty ones at the end as make whole blocks. */
function blocked(values, outputs, length, place) {
  const filters = new Float32Array(Math.ceil(outputs / BLOCK) * BLOCK * length);
  for (let o = 0; o < outputs; o++) for (let k = 0; k < length; k++) filters[o * length + k] = values[place(o, k)];
  return filters;
}

/** y[first + p, o] = start[o] + sum over k of x[p, k] * filters[o, k], four by four. */
function multiply(x, filters, start, y, first, count, length, outputs) {
  const whole = count - (count % BLOCK);
  for (let o = 0; o < outputs; o += BLOCK) {
    const [w0, w1, w2, w3] = [o * length, (o + 1) * length, (o + 2) * length, (o + 3) * length];
    const kept = Math.min(BLOCK, outputs - o);
    for (let p = 0; p < whole; p += BLOCK) {
      const [x0, x1, x2, x3] = [p * length, (p + 1) * length, (p + 2) * length, (p + 3) * length];
      let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
      let c0 = 0, c1 = 0, c2 = 0, c3 = 0, d0 = 0, d1 = 0, d2 = 0, d3 = 0;
      for (let k = 0; k < length; k++) {
        const a = x[x0 + k], b = x[x1 + k], c = x[x2 + k], d = x[x3 + k];
        const u = filters[w0 + k], v = filters[w1 + k], s = filters[w2 + k], t = filters[w3 + k];
        a0 += a * u; a1 += a * v; a2 += a * s; a3 += a * t;
        b0 += b * u; b1 += b * v; b2 += b * s; b3 += b * t;
        c0 += c * u; c1 += c * v; c2 += c * s; c3 += c * t;
        d0 += d * u; d1 += d * v; d2 += d * s; d3 += d * t;
      }
      const sums = [a0, a1, a2, a3, b0, b1, b2, b3, c0, c1, c2, c3, d0, d1, d2, d3];
      for (let i = 0; i < BLOCK; i++) {
        const to = (first + p + i) * outputs + o;
        for (let j = 0; j < kept; j++) y[to + j] = sums[BLOCK * i + j] + start[o + j];
      }
    }
    for (let p = whole; p < count; p++) {
      const from = p * length;
      let a = 0, b = 0, c = 0, d = 0;
      for (let k = 0; k < length; k++) {
        const value = x[from + k];
        a += value * filters[w0 + k]; b += value * filters[w1 + k];
        c += value * filters[w2 + k]; d += value * filters[w3 + k];
      }
      const sums = [a, b, c, d];
      for (let j = 0; j < kept; j++) y[(first + p) * outputs + o + j] = sums[j] + start[o + j];
    }
  }
}
