// From an image to an answer: the parts and views that the net reads, and the label that its logits give.

/** Cut a map (height, width) into rows and columns of equal parts, in reading order. */
function cut(pixels, [height, width], [rows, columns]) {
  const [high, wide] = [height / rows, width / columns];
  const parts = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const part = new Float32Array(high * wide);
      for (let i = 0; i < high; i++) {
        const from = (row * high + i) * width + column * wide;
        part.set(pixels.subarray(from, from + wide), i * wide);
      }
      parts.push(part);
    }
  }
  return { parts, size: [high, wide] };
}

/** What a frame holds of an image, 0 beyond the edges; [start, length] down and right, null: all of it. */
function framed(pixels, [height, width], frame) {
  const [top, high] = frame?.down ?? [0, height];
  const [left, wide] = frame?.right ?? [0, width];
  const found = new Float32Array(high * wide);
  for (let i = 0; i < high; i++) {
    for (let j = 0; j < wide; j++) {
      if (top + i < height && left + j < width) found[i * wide + j] = pixels[(top + i) * width + left + j];
    }
  }
  return { pixels: found, size: [high, wide] };
}

/** A part moved down and right by whole pixels, and mirrored. */
function moved(part, [height, width], down, right, mirrored) {
  const found = new Float32Array(part.length);
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const [y, x] = [i + down, (mirrored ? width - 1 - j : j) + right];
      if (y >= 0 && y < height && x >= 0 && x < width) found[i * width + j] = part[y * width + x];
    }
  }
  return found;
}

const MOVES = [[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1]];

/** The views of an image that are read, as [down, right, mirrored]; the first one is the image itself. */
export function viewsOf(count) {
  const views = [];
  for (const [down, right] of MOVES.slice(0, count >= 5 ? 5 : 1)) {
    views.push([down, right, false]);
    if (count % 2 === 0) views.push([down, right, true]);
  }
  return views;
}

/**
 * The logits (heads, classes) of one view of an image, head after head.
 * @param model as Glyphlab writes it
 * @param net from `makeNet`
 * @param image bytes (height, width)
 */
export function logitsOf(model, net, image, [down, right, mirrored] = [0, 0, false]) {
  const whole = framed(Float32Array.from(image, (value) => value / 255), model.size, model.frame);
  const { parts, size } = cut(whole.pixels, whole.size, model.grid);
  const found = [];
  for (const part of parts) {
    for (const cell of cut(moved(part, size, down, right, mirrored), size, model.cells).parts) {
      found.push(...net.run(cell));
    }
  }
  return rowsOf(found, model.classes);
}

function rowsOf(values, length) {
  const rows = [];
  for (let from = 0; from < values.length; from += length) rows.push(values.slice(from, from + length));
  return rows;
}

export function logSoftmax(row) {
  const most = Math.max(...row);
  const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value - most), 0)) + most;
  return row.map((value) => value - total);
}

/** Probabilities (heads, classes): the normalised geometric mean over views. */
export function probabilitiesOf(logits) {
  const logs = logits.map((rows) => rows.map(logSoftmax));
  return logs[0].map((row, head) => {
    const means = row.map((_, k) => logs.reduce((sum, view) => sum + view[head][k], 0) / logs.length);
    return logSoftmax(means).map(Math.exp);
  });
}

const best = (row) => row.indexOf(Math.max(...row));

/** A label in class names: side by side where each is one character, else with commas. */
export function labelText(row, names) {
  const texts = row.map((value) => names[value] ?? String(value));
  const short = (names.length ? names : texts).every((name) => [...name].length === 1);
  return texts.join(short ? "" : ", ");
}

/**
 * What is answered, from the probabilities of each head.
 * @returns {{label, confidence, positions, others}} the label in words and its probability; the probabilities of each
 * position, or null where only labels are known; other labels with theirs, the likeliest first, or null
 */
export function answerOf(model, probabilities) {
  if (model.known) return amongKnown(model, probabilities[0]);
  const symbols = probabilities.map(best);
  const positions = probabilities;
  if (model.rule === "digits") {
    const confidence = probabilities.reduce((product, row) => product * Math.max(...row), 1);
    return { label: labelText(symbols, model.names), confidence, positions, others: null };
  }
  const label = derived(model, symbols);
  const every = distribution(model, probabilities);
  const confidence = every ? every.get(label) : likelihood(model, probabilities, symbols, label);
  return { label: String(label), confidence: Math.min(1, confidence), positions, others: every && ranked(every) };
}

function amongKnown(model, row) {
  const labels = model.known.map((label) => labelText(label, model.names));
  const every = new Map(labels.map((label, k) => [label, row[k]]));
  return { label: labels[best(row)], confidence: Math.max(...row), positions: marginals(model, row), others: ranked(every) };
}

/** The probability of each class at each position, of labels whose positions are classes. */
function marginals(model, row) {
  if (model.rule !== "digits") return null;
  return model.known[0].map((_, position) => {
    const sums = model.names.map(() => 0);
    row.forEach((share, k) => (sums[model.known[k][position]] += share));
    return sums;
  });
}

function ranked(every) {
  return [...every].sort((a, b) => b[1] - a[1]).slice(0, 5).map(([label, share]) => [String(label), share]);
}

function numbersOf(symbols, digits) {
  return rowsOf(symbols, digits).map((row) => row.reduce((number, digit) => 10n * number + BigInt(digit), 0n));
}

/** The label that symbols give, exact at every length. */
function derived({ rule, digits, signs }, symbols) {
  const numbers = numbersOf(symbols, digits);
  if (rule === "product") return numbers.reduce((product, number) => product * number, 1n);
  return numbers.reduce((sum, number, k) => sum + BigInt(signs[k]) * number, 0n);
}

const MOST_READINGS = 20000;

/** Every label with the sum of the probabilities of all symbols that give it; null where there are too many. */
function distribution(model, probabilities) {
  if (model.classes ** probabilities.length > MOST_READINGS) return null;
  let readings = [[[], 1]];
  for (const row of probabilities) {
    readings = readings.flatMap(([symbols, share]) => row.map((more, k) => [[...symbols, k], share * more]));
  }
  const every = new Map();
  for (const [symbols, share] of readings) {
    const label = derived(model, symbols);
    every.set(label, (every.get(label) ?? 0) + share);
  }
  return every;
}

/** The probability of a label by a sum over carries; of a long product that of the likeliest symbols alone. */
function likelihood({ rule, digits, signs }, probabilities, symbols, label) {
  if (rule === "product") return probabilities.reduce((product, row, k) => product * row[symbols[k]], 1);
  const numbers = rowsOf(probabilities, digits);
  let carries = new Map([[0, 1]]);
  let rest = label;
  for (let place = digits - 1; place >= 0; place--) {
    let totals = carries;
    numbers.forEach((rows, k) => {
      const next = new Map();
      for (const [total, share] of totals) {
        rows[place].forEach((more, digit) => {
          const sum = total + signs[k] * digit;
          next.set(sum, (next.get(sum) ?? 0) + share * more);
        });
      }
      totals = next;
    });
    const shown = ((rest % 10n) + 10n) % 10n;
    rest = (rest - shown) / 10n;
    carries = new Map();
    for (const [total, share] of totals) {
      if ((total - Number(shown)) % 10 === 0) carries.set((total - Number(shown)) / 10, share);
    }
  }
  return carries.get(Number(rest)) ?? 0;
}
