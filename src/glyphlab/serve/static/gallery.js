// Galleries of test images, some at a time, with their numbers as CSV.
import { ask, tryTo } from "./asking.js";
import { make, percent } from "./dom.js";
import { asCsv, save } from "./saving.js";

export const plural = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

/** The address of the layers of one image. */
export const layersOf = (run, image) => `/inside/${encodeURIComponent(run)}/layers#image=${image}`;

/** A picture with what stands below it. */
export function tile(run, { image, picture, true: known }, ...below) {
  const words = `Test image ${image}, ${known}: see its layers`;
  return make("li", {}, make("a", { href: layersOf(run, image), "aria-label": words }, make("img", { src: picture, alt: "" })), ...below);
}

/** What was predicted, and how confidently. */
export function saidOf({ true: known, predicted, right, confidence, image }) {
  return [
    make("span", { class: "said" }, right ? known : [`${known} → `, make("b", {}, predicted)]),
    make("span", { class: "aside" }, percent(confidence, 1)),
    make("span", { class: "aside" }, `image ${image}`),
  ];
}

/**
 * Show the images of an answer, more where there are more.
 * @param host where
 * @param path of the images; `start` is added to it
 * @param words {none, order, name}: what is said where there are none, in which order they are, and the name of a file of ids
 * @param each makes the list item of an image
 */
export async function showImages(host, path, { none, order, name }, each, wide = false) {
  host.replaceChildren(make("p", { class: "note" }, "The test images are being loaded; the first time that may take a while."));
  const from = (start) => ask(`${path}${path.includes("?") ? "&" : "?"}start=${start}`);
  const first = await tryTo(() => from(0));
  if (!first) return host.replaceChildren(make("p", { class: "warning" }, "The images could not be shown."));
  if (!first.count) return host.replaceChildren(make("p", { class: "note" }, none));
  const list = make("ul", { class: wide ? "gallery wide" : "gallery" }, ...first.images.map(each));
  const count = make("p", { class: "note" });
  const more = make("button", { type: "button" }, "Show more");
  const tell = () => {
    const shown = list.children.length;
    count.textContent = `${shown < first.count ? `${shown} of ` : ""}${plural(first.count, "image")}${first.count > 1 ? `, ${order}` : ""}.`;
    more.hidden = shown >= first.count;
  };
  more.addEventListener("click", async () => {
    const next = await tryTo(() => from(list.children.length));
    if (!next) return;
    const before = list.children.length;
    list.append(...next.images.map(each));
    tell();
    list.children[before]?.querySelector("a")?.focus();
  });
  const ids = make("button", { type: "button", onclick: () => save(new Blob([asCsv([["image"], ...first.ids.map((id) => [id])])], { type: "text/csv" }), `${name}.csv`) }, "Save their numbers as CSV");
  host.replaceChildren(count, list, make("p", { class: "buttons" }, more, ids));
  tell();
  return undefined;
}
