// A source: its audit, a training on it, and its end.
import { ask, tryTo } from "./asking.js";
import { auditParts } from "./audits.js";
import { element, make } from "./dom.js";

const { source } = element("source").dataset;
const path = `/api/data/${encodeURIComponent(source)}`;

async function audit() {
  try {
    element("audit").replaceChildren(...auditParts(await ask(`${path}/audit`), source));
  } catch (error) {
    element("audit").replaceChildren(make("p", { class: "leak", role: "alert" }, error.message));
  }
}

element("train")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const wanted = Object.fromEntries(["epochs", "channels", "seed"].map((key) => [key, Number(element(key).value)]));
  const begun = await tryTo(() => ask(`${path}/train`, { method: "POST", json: wanted }));
  if (begun) location.assign(`/runs/${encodeURIComponent(begun.run)}`);
});

element("delete")?.addEventListener("click", () => element("sure").showModal());
element("sure")?.addEventListener("close", async () => {
  if (element("sure").returnValue !== "yes") return;
  if (await tryTo(() => ask(path, { method: "DELETE" }))) location.assign("/data");
});
audit();
