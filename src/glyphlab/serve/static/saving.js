// Charts and tables as files: SVG, PNG and CSV, made in the page.
import { say } from "./asking.js";
import { make } from "./dom.js";

const KEPT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "stroke-linecap", "stroke-opacity", "opacity", "fill-opacity", "font-family", "font-size", "font-weight", "text-anchor", "dominant-baseline", "color"];
const SHARP = 2; // pixels of a PNG for each of the page's

/** Let the browser save something. */
export function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** An SVG with the colours and fonts that it has in the page, on the page's ground. */
export function standalone(svg) {
  const copy = svg.cloneNode(true);
  const [from, to] = [svg, copy].map((one) => [one, ...one.querySelectorAll("*")]);
  from.forEach((one, k) => {
    const look = getComputedStyle(one);
    for (const key of KEPT) to[k].setAttribute(key, look.getPropertyValue(key));
    to[k].removeAttribute("class");
  });
  const [, , width, height] = svg.getAttribute("viewBox").split(/\s+/);
  for (const [key, value] of Object.entries({ xmlns: "http://www.w3.org/2000/svg", width, height })) copy.setAttribute(key, value);
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const [left, top] = svg.getAttribute("viewBox").split(/\s+/);
  for (const [key, value] of Object.entries({ x: left, y: top, width, height, fill: getComputedStyle(document.body).backgroundColor })) ground.setAttribute(key, value);
  copy.prepend(ground);
  return new XMLSerializer().serializeToString(copy);
}

/** A PNG of an SVG's text. */
export async function asPng(text) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = make("canvas", { width: image.width * SHARP, height: image.height * SHARP });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

const quoted = (cell) => (/[",\n\r]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell ?? ""));

/** Rows of cells as CSV. */
export const asCsv = (rows) => rows.map((row) => row.map(quoted).join(",")).join("\r\n") + "\r\n";

/**
 * Buttons that save what a figure shows.
 * @param name of the files, without ending
 * @param of {svg: () => the SVG element, png: () => a canvas in its place, rows: () => rows of cells, heads first}
 */
export function savers(name, { svg, png, rows }) {
  const button = (ending, work) =>
    make("button", { type: "button", class: "small", "aria-label": `Save ${name} as ${ending.toUpperCase()}`, onclick: () => work().catch((error) => say(`It could not be saved: ${error.message}`, true)) }, ending.toUpperCase());
  const found = [];
  if (svg) {
    found.push(button("svg", async () => save(new Blob([standalone(svg())], { type: "image/svg+xml" }), `${name}.svg`)));
    found.push(button("png", async () => save(await asPng(standalone(svg())), `${name}.png`)));
  }
  if (png) found.push(button("png", async () => save(await new Promise((resolve) => png().toBlob(resolve, "image/png")), `${name}.png`)));
  if (rows) found.push(button("csv", async () => save(new Blob([asCsv(rows())], { type: "text/csv" }), `${name}.csv`)));
  return make("p", { class: "savers" }, "Save as ", ...found);
}
