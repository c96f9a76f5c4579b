// Boxes to draw in, one symbol each: the canvas of the exported page, three times.
import { makeDrawing } from "./exported/drawing.js";
import { make } from "./dom.js";

const SIDE = 200; // pixels of a box
const MARGIN = 20; // paper around it, so that ink at its edge is not taken for a shadow
const MOST = 3;

/**
 * Make the boxes.
 * @param container the element that they go into
 * @param changed called after each stroke, undo and clear
 */
export function makeBoxes(container, changed) {
  let count = 1;
  const last = []; // the boxes of the strokes, in their order, so that they are undone in turn
  const canvases = Array.from({ length: MOST }, (_, k) =>
    make("canvas", { id: `box-${k + 1}`, tabindex: 0, role: "img", "aria-describedby": "drawing-help" }),
  );
  const drawings = canvases.map((canvas, k) =>
    makeDrawing(canvas, { width: SIDE, height: SIDE, boxes: [], side: SIDE }, () => {
      last.push(k);
      changed();
    }),
  );
  container.append(...canvases);

  function show(now) {
    count = now;
    container.dataset.count = count;
    canvases.forEach((canvas, k) => {
      canvas.hidden = k >= count;
      canvas.setAttribute("aria-label", count === 1 ? "Drawing area" : `Box ${k + 1} of ${count}`);
    });
  }

  /** A box as an image file in base64. */
  function file(drawing) {
    const whole = make("canvas", { width: SIDE + 2 * MARGIN, height: SIDE + 2 * MARGIN });
    const context = whole.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, whole.width, whole.height);
    context.putImageData(drawing.pixels(), MARGIN, MARGIN);
    return whole.toDataURL("image/png").split(",")[1];
  }

  show(count);
  return {
    show,
    get count() {
      return count;
    },
    files: () => drawings.slice(0, count).map(file),
    isEmpty: () => drawings.slice(0, count).every((drawing) => drawing.isEmpty()),
    wipe() {
      last.length = 0;
      drawings.forEach((drawing) => drawing.wipe());
    },
    undo() {
      let box = last.pop();
      while (box !== undefined && (box >= count || drawings[box].isEmpty())) box = last.pop();
      if (box === undefined) return;
      const left = last.length;
      drawings[box].undo();
      last.length = left; // an undo is no stroke
    },
  };
}
