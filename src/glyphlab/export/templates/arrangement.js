// Whether symbols on a picture stand as a scene has them: the twin of glyphlab.tasks.scenes.arrangement.

const STEEPEST = 24; // degrees
const UNEVEN = 0.85;
const BESIDE = 0.5;

/** A picture that shows more or fewer symbols than an image of the scene, or shows them otherwise. */
export class NotTheScene extends Error {}

/**
 * Symbols row by row, each row from left to right.
 * @param shape rows and columns that the scene has
 * @throws {NotTheScene} where they clearly stand otherwise; rows and columns may be uneven, and sloped
 */
export function inReadingOrder(groups, shape, name) {
  const length = Math.max(...groups.map((group) => group.length));
  let [unevenness, rows] = [Infinity, []];
  for (let slope = 0; slope <= STEEPEST; slope += 2) {
    for (const degrees of slope ? [-slope, slope] : [0]) {
      const found = sortedAt(groups, shape[0], degrees);
      if (found.unevenness < unevenness) ({ unevenness, rows } = found);
    }
  }
  if (unevenness > UNEVEN * length || rows.some((row) => isCrossed(row, 1)) || turned(rows).some((column) => isCrossed(column, 0))) {
    const expected = shapeWords(...shape);
    const shown = standing(groups, length);
    throw new NotTheScene(
      `found ${groups.length} symbols ${shown === expected ? "in no clear order" : shown}, the scene '${name}' has them ` +
        `${expected}: write them so, or turn the picture if it lies on its side`,
    );
  }
  return rows.flat();
}

const turned = (rows) => rows[0].map((_, k) => rows.map((row) => row[k]));

/** The rows that symbols are in once they are turned level, and how uneven these are. */
function sortedAt(groups, count, degrees) {
  const [cos, sin] = [Math.cos, Math.sin].map((of) => of((degrees * Math.PI) / 180));
  const places = groups.map((group) => {
    const [y, x] = group.middle;
    return { group, down: y * cos - x * sin, right: y * sin + x * cos };
  });
  places.sort((a, b) => a.down - b.down);
  const columns = places.length / count;
  const rows = Array.from({ length: count }, (_, k) =>
    places.slice(k * columns, (k + 1) * columns).sort((a, b) => a.right - b.right));
  const span = (line, key) => Math.max(...line.map((one) => one[key])) - Math.min(...line.map((one) => one[key]));
  const across = [...rows.map((row) => span(row, "down")), ...turned(rows).map((column) => span(column, "right"))];
  return { unevenness: Number(Math.max(...across).toFixed(6)), rows: rows.map((row) => row.map(({ group }) => group)) };
}

/** Whether two symbols of a line stand across it: one below the other in a row. */
function isCrossed(line, along) {
  return line.some((one, k) => line.slice(k + 1).some((other) =>
    overlap(one, other, along) >= BESIDE && overlap(one, other, 1 - along) <= 0));
}

/** By how much two boxes overlap, as a share of the shorter; below 0 where they are apart. */
function overlap(one, other, axis) {
  const both = Math.min(one.box[2 * axis + 1], other.box[2 * axis + 1]) - Math.max(one.box[2 * axis], other.box[2 * axis]);
  return both / Math.min(one.size[axis], other.size[axis]);
}

/** How symbols stand, where no slope is taken from them, in words. */
function standing(groups, length) {
  const [rows, columns] = [0, 1].map((axis) => {
    const line = groups.map((group) => group.middle[axis]).sort((a, b) => a - b);
    return 1 + line.filter((after, k) => k && after - line[k - 1] > UNEVEN * length).length;
  });
  return shapeWords(rows, columns === 1 || rows === groups.length ? 1 : 2);
}

function shapeWords(rows, columns) {
  if (rows === 1) return "side by side";
  return columns === 1 ? "one below another" : `in ${rows} rows`;
}
