// Strokes on a canvas: black on white, with a pen, a finger, the mouse or the arrow keys.

const SIDE = 200; // pixels of a box
const PEN = 0.085; // of a box
const STEP = 0.03; // of a box: how far an arrow key moves

/** Where the boxes of a scene are on the canvas: its size, and [left, top, width, height] of each position. */
export function layoutOf({ scene, size }) {
  if (!scene) {
    const scale = Math.max(1, SIDE / Math.max(...size));
    return { width: Math.round(size[1] * scale), height: Math.round(size[0] * scale), boxes: [], side: SIDE };
  }
  const [high, wide] = scene.cell;
  const scale = Math.max(0.5, Math.min(SIDE, (4 * SIDE) / (scene.grid ?? [1, 1])[1]) / Math.max(high, wide));
  const box = ([left, top, width, height]) => [left, top, width, height].map((value) => Math.round(value * scale));
  if (!scene.grid) {
    const boxes = scene.rows.map((top, k) => box([scene.columns[k], top, wide + scene.free_x, high + scene.free_y]));
    const [height, width] = scene.canvas.map((value) => Math.round(value * scale));
    return { width, height, boxes, side: scale * Math.max(high, wide) };
  }
  const [rows, columns] = scene.grid;
  const boxes = scene.rows.map((_, k) => box([(k % columns) * wide, Math.floor(k / columns) * high, wide, high]));
  return { width: columns * boxes[0][2], height: rows * boxes[0][3], boxes, side: scale * Math.max(high, wide) };
}

/**
 * Let people draw on a canvas.
 * @param canvas the element
 * @param layout from `layoutOf`
 * @param changed called after each stroke, undo and clear
 */
export function makeDrawing(canvas, layout, changed) {
  [canvas.width, canvas.height] = [layout.width, layout.height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let strokes = [];
  let pen = null; // where the keyboard's pen is
  let current = null;

  function paint() {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.strokeStyle = context.fillStyle = "#000";
    context.lineWidth = PEN * layout.side;
    context.lineCap = context.lineJoin = "round";
    for (const points of strokes) {
      context.beginPath();
      context.moveTo(...points[0]);
      if (points.length === 1) context.lineTo(points[0][0] + 0.01, points[0][1]);
      for (const point of points.slice(1)) context.lineTo(...point);
      context.stroke();
    }
    if (pen) {
      context.save();
      context.strokeStyle = "#0072b2";
      context.lineWidth = 2;
      context.beginPath();
      context.arc(...pen, PEN * layout.side * 0.7, 0, 2 * Math.PI);
      context.stroke();
      context.restore();
    }
  }

  /** The levels of what is drawn, without the ring that shows the keyboard's pen. */
  function pixels() {
    const shown = pen;
    pen = null;
    paint();
    const found = context.getImageData(0, 0, canvas.width, canvas.height);
    pen = shown;
    paint();
    return found;
  }

  const place = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return [((clientX - box.left) * canvas.width) / box.width, ((clientY - box.top) * canvas.height) / box.height];
  };

  function end() {
    if (!current) return;
    current = null;
    changed();
  }

  function replace(now) {
    strokes = now;
    current = null;
    paint();
    changed();
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pen = null;
    current = [place(event)];
    strokes.push(current);
    paint();
  });
  addEventListener("pointermove", (event) => {
    if (!current || pen) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const one of between.length ? between : [event]) current.push(place(one));
    paint();
  });
  addEventListener("pointerup", () => pen || end());
  addEventListener("pointercancel", () => pen || end());
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      const before = pen ?? [canvas.width / 2, canvas.height / 2];
      const within = (value, most) => Math.min(most, Math.max(0, value));
      pen = [
        within(before[0] + move[0] * STEP * layout.side, canvas.width),
        within(before[1] + move[1] * STEP * layout.side, canvas.height),
      ];
      if (event.shiftKey) {
        if (!current) strokes.push((current = [before]));
        current.push(pen);
      }
      paint();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      replace([]);
    } else if (event.key === "z" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      replace(strokes.slice(0, -1));
    }
  });
  canvas.addEventListener("keyup", (event) => event.key === "Shift" && end());
  canvas.addEventListener("blur", () => {
    pen = null;
    end();
    paint();
  });

  paint();
  return {
    pixels,
    isEmpty: () => strokes.length === 0,
    clear: () => replace([]),
    undo: () => replace(strokes.slice(0, -1)),
    /** Forget what is drawn without asking for an answer, as when a picture takes its place. */
    wipe: () => {
      strokes = [];
      paint();
    },
    /** Draw strokes, each a list of [x, y] from 0 to 1 of the canvas. */
    draw: (given) => replace(given.map((points) => points.map(([x, y]) => [x * canvas.width, y * canvas.height]))),
  };
}
