// Images of one's own: dropped or chosen, sent file by file, audited, and used under a name.
import { ask, say, tryTo } from "./asking.js";
import { auditParts } from "./audits.js";
import { element, make } from "./dom.js";
import { plural } from "./gallery.js";

const zone = element("drop");
const SIDE_BY_SIDE = 4;
let upload;

/** Files of what was dropped, folders at any depth: [{path, file}]. */
async function dropped(items) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = [];
  const walk = async (entry) => {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      found.push({ path: entry.fullPath.replace(/^\//, ""), file });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length) return;
      for (const one of some) await walk(one);
    }
  };
  for (const entry of entries) await walk(entry);
  return found;
}

const chosen = (input) => [...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
const litter = (path) => path.split("/").some((part) => part.startsWith(".") || ["__macosx", "thumbs.db", "desktop.ini"].includes(part.toLowerCase()));

/** What is sent, and what stays here, in words. */
function sorted(files) {
  const endings = JSON.parse(element("endings").textContent);
  const [sent, left] = [[], new Map()];
  for (const one of files) {
    if (litter(one.path)) continue;
    if (endings.some((ending) => one.path.toLowerCase().endsWith(ending))) sent.push(one);
    else {
      const ending = /\.[^./]+$/.exec(one.path)?.[0] ?? "without an ending";
      left.set(ending, (left.get(ending) ?? 0) + 1);
    }
  }
  const said = [...left].map(([ending, count]) => `${count} ${ending}`).join(", ");
  return { sent, said: said && `Files that are no images were left out: ${said}.` };
}

async function take(files) {
  const { sent, said } = sorted(files);
  if (!sent.length) return say(files.length ? `There is no image and no table among these files. ${said}` : "Nothing was chosen: the folder is empty.", true);
  const { files: most, megabytes, part } = zone.dataset;
  if (sent.length > Number(most)) return say(`These are ${plural(sent.length, "file")}, and the studio takes ${Number(most).toLocaleString("en")} at most: import them in a terminal with 'glyphlab data import'.`, true);
  const size = sent.reduce((sum, one) => sum + one.file.size, 0);
  if (size > Number(megabytes) * 2 ** 20) return say(`These files have ${Math.round(size / 2 ** 20)} MB, and the studio takes ${megabytes} MB at most: import them in a terminal with 'glyphlab data import'.`, true);
  await discard();
  element("sending").textContent = "The files are being sent.";
  const done = await tryTo(async () => {
    upload = (await ask("/api/uploads", { method: "POST" })).upload;
    await send(sent, Number(part));
    return true;
  });
  if (!done) {
    element("sending").textContent = "";
    await discard();
    return undefined;
  }
  element("sending").textContent = `${plural(sent.length, "file")} sent. ${said}`;
  element("name").value = (sent[0].path.split("/")[0].replace(/\.[^.]+$/, "") || "images").replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^[-_]+/, "").slice(0, 40);
  return audit();
}

/** Send files, a few side by side, large ones in parts. */
async function send(files, part) {
  let [next, sent] = [0, 0];
  const worker = async () => {
    while (next < files.length) {
      const { path, file } = files[next++];
      for (let start = 0; start === 0 || start < file.size; start += part) {
        const query = new URLSearchParams({ path, start });
        await ask(`/api/uploads/${upload}/files?${query}`, { method: "POST", body: file.slice(start, start + part), type: "application/octet-stream" });
      }
      sent += 1;
      if (sent % 25 === 0 || sent === files.length) element("sending").textContent = `${sent.toLocaleString("en")} of ${plural(files.length, "file")} sent.`;
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
}

function how() {
  const size = element("size").value;
  return { size: size ? Number(size) : null, invert: element("invert").value, shows: element("shows").value || null, licence: element("licence").value || null };
}

async function audit() {
  element("draft").hidden = false;
  element("use").hidden = true;
  const place = element("audit");
  place.replaceChildren(make("p", { class: "note", role: "status" }, "The images are being audited."));
  try {
    const found = await ask(`/api/uploads/${upload}/audit`, { method: "POST", json: how() });
    place.replaceChildren(...auditParts(found, element("name").value || "images"));
    element("use").hidden = false;
  } catch (error) {
    place.replaceChildren(make("p", { class: "leak", role: "alert" }, error.message));
  }
}

async function discard() {
  const name = upload;
  upload = undefined;
  if (element("draft")) element("draft").hidden = true;
  if (name) await ask(`/api/uploads/${name}`, { method: "DELETE" }).catch(() => {}); // it may be gone already
}

if (zone) {
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("over"));
  zone.addEventListener("drop", async (event) => {
    event.preventDefault();
    const files = await tryTo(() => dropped(event.dataTransfer.items));
    if (files) await take(files);
  });
  for (const id of ["folder", "table"]) {
    element(id).addEventListener("change", async () => {
      const files = chosen(element(id));
      element(id).value = "";
      await take(files);
    });
  }
  element("how").addEventListener("submit", (event) => {
    event.preventDefault();
    audit();
  });
  element("use").addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = element("name").value;
    const done = await tryTo(() => ask(`/api/uploads/${upload}/use`, { method: "POST", json: { name } }));
    if (done) location.assign(`/data/${encodeURIComponent(name)}`);
  });
  element("discard").addEventListener("click", async () => {
    await discard();
    element("sending").textContent = "The files were discarded.";
  });
}
