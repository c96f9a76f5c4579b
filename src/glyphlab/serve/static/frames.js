// Pages of runs within a page of the studio: as high as what is in them, and their figures can be saved.
import { savers } from "./saving.js";

const cellsOf = (table) => [...table.rows].map((row) => [...row.cells].map((cell) => cell.innerText.replace(/\s+/g, " ").trim()));

const LOOK = `.savers { display: flex; align-items: center; gap: .4rem; margin: .5rem 0 0; font-size: .88rem; color: var(--muted); }
.savers button { font: inherit; font-size: .85rem; color: var(--ink); background: var(--soft); border: 1px solid var(--line); border-radius: .4rem; min-height: 2rem; padding: .1rem .6rem; cursor: pointer; }
.savers button:hover { border-color: var(--accent); }
@media print { .savers { display: none; } }`;

/** Give every figure of a page buttons that save it; its numbers are those of its own table. */
function offerSaving(inner) {
  inner.append(Object.assign(inner.ownerDocument.createElement("style"), { textContent: LOOK }));
  for (const figure of inner.querySelectorAll("figure")) {
    const svg = figure.querySelector(".drawing svg");
    if (!svg || figure.querySelector(".savers")) continue;
    const name = (figure.querySelector(".drawing").getAttribute("aria-label") ?? "figure").toLowerCase().replace(/\W+/g, "-").slice(0, 60);
    const numbers = figure.querySelector("details.numbers table");
    const made = savers(name, { svg: () => svg, ...(numbers ? { rows: () => cellsOf(numbers) } : {}) });
    figure.append(inner.ownerDocument.adoptNode(made));
  }
}

export function fitFrames() {
  for (const frame of document.querySelectorAll("iframe.whole-page")) {
    const fit = () => {
      const inner = frame.contentDocument?.documentElement;
      if (inner) frame.height = inner.scrollHeight + 4;
    };
    const ready = () => {
      const inner = frame.contentDocument?.documentElement;
      if (!inner?.querySelector("main, section")) return;
      offerSaving(inner);
      for (const fold of inner.querySelectorAll("details")) fold.addEventListener("toggle", fit);
      fit();
    };
    frame.addEventListener("load", ready);
    addEventListener("resize", fit);
    if (frame.contentDocument?.readyState === "complete") ready();
  }
}
