// Pictures from files and from the clipboard, as whole grey levels; the twin of glyphlab._common.untrusted.gray_images.
import { picture, smallestOf } from "./pixels.js";

const MOST_PIXELS = 50e6;

/**
 * Decode a file. The browser turns it as its EXIF says; what is transparent is laid on black or white.
 * @returns {Promise<{given, done: string[]}>}
 */
export async function decoded(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  } catch {
    throw new Error(`${file.name || "What was pasted"} cannot be read as an image.`);
  }
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS) throw new Error(`The picture has ${width}×${height} pixels, which are too many: scale it down.`);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return gray(context.getImageData(0, 0, width, height));
}

/** The lightness of each pixel, as Pillow weighs it. */
export function gray({ data, width, height }) {
  const levels = new Uint8Array(width * height);
  const cover = new Uint8Array(width * height);
  for (let k = 0; k < levels.length; k++) {
    const [red, green, blue] = [data[4 * k], data[4 * k + 1], data[4 * k + 2]];
    levels[k] = (red * 19595 + green * 38470 + blue * 7471 + 32768) >> 16;
    cover[k] = data[4 * k + 3];
  }
  return laid(picture(height, width, levels), cover);
}

/** Lay levels on black or white, whichever what is opaque stands out from; nearly all opaque is paper, which goes on. */
function laid(given, cover) {
  if (smallestOf(cover) === 255) return { given, done: [] };
  let [weight, bright] = [0, 0];
  given.data.forEach((value, k) => {
    weight += cover[k];
    bright += value * cover[k];
  });
  const dark = bright < 128 * weight;
  const paper = weight > 0.8 * 255 * cover.length;
  const ground = weight && dark !== paper ? 255 : 0;
  given.data = given.data.map((value, k) => Math.floor((value * cover[k] + ground * (255 - cover[k]) + 127) / 255));
  return { given, done: [`what is transparent laid on ${ground ? "white" : "black"}`] };
}
