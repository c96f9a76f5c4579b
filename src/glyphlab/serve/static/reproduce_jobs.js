// Reproductions that were started here: how far each is, and what it measured.
import { ask, say, tryTo } from "./asking.js";
import { element, make } from "./dom.js";

/** @param words {readOnly, recorded(paper, row id)}: what is on record of a row */
export function showJobs(jobs, words) {
  element("jobs-part").hidden = !jobs.length;
  const list = element("jobs");
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.is : undefined;
  list.replaceChildren(...jobs.map((job) => item(job, words)));
  if (focused) list.querySelector(`[data-is="${focused}"]`)?.focus();
}

function item(job, words) {
  const path = `/api/reproduce/jobs/${job.job}`;
  const button = (text, work, done, kind = "") =>
    make("button", { type: "button", class: kind, "data-is": `${text} ${job.job}`, onclick: () => tryTo(async () => (await work(), say(done))) }, text);
  const buttons = [];
  if (job.state === "done") buttons.push(make("a", { class: "button", href: `/reproduce/jobs/${job.job}/page`, "data-is": `page ${job.job}` }, "Its page"));
  if (!words.readOnly) {
    if (["waiting", "running"].includes(job.state)) buttons.push(button("Stop", () => ask(`${path}/stop`, { method: "POST" }), "It stops, with its checkpoint."));
    if (["interrupted", "failed"].includes(job.state)) buttons.push(button("Resume", () => ask(`${path}/resume`, { method: "POST" }), "It goes on."));
    if (["interrupted", "failed", "done", "damaged"].includes(job.state)) buttons.push(button("Remove from this list", () => ask(path, { method: "DELETE" }), "It was removed; its runs stay."));
  }
  const began = new Date(job.began).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  return make(
    "li",
    { "data-job": job.job },
    make("h3", {}, job.paper ? `${job.paper}: ${job.rows.join(", ")}` : job.job),
    make("p", {}, make("span", { class: `state ${job.state}` }, job.state), job.paper && ` · scale ${job.scale} · ${job.trainings ? `at most ${job.trainings} training${job.trainings === 1 ? "" : "s"}` : "nothing to train"} · ${began}`),
    ...now(job),
    job.problem ? make("p", { class: "warning", role: "alert" }, job.problem) : null,
    measured(job, words),
    buttons.length ? make("p", { class: "buttons" }, ...buttons) : null,
  );
}

function now(job) {
  if (job.state !== "running") return [];
  const of = ({ name, epochs, planned }) => make("p", {}, "Trains ", make("a", { href: `/runs/${encodeURIComponent(name)}` }, name), `: ${planned ? `${epochs} of ${planned}` : epochs} epochs`);
  const said = job.said ? [make("p", { class: "note" }, job.said)] : [];
  return job.trains.length ? [...job.trains.map(of), ...said] : [make("p", {}, "It gets ready, or evaluates."), ...said];
}

function measured(job, { recorded }) {
  if (!job.measured.length) return null;
  const cell = (label, ...content) => make("td", { "data-label": label }, ...content);
  const row = (one) => {
    const before = recorded(job.paper, one.id);
    const interval = one.interval ? make("span", { class: "interval" }, one.interval) : null;
    return make(
      "tr",
      {},
      make("th", { scope: "row", class: "left" }, `${one.id}: ${one.what}`),
      cell("reported", one.reported),
      cell("measured now", one.measured, interval),
      cell("on record", before?.measured ?? "–"),
      make("td", { class: "left wide", "data-label": "verdict" }, make("span", { class: `verdict ${one.verdict.replaceAll(" ", "-")}` }, one.verdict), one.why ? make("span", { class: "interval" }, one.why) : null),
    );
  };
  const heads = ["Row", "Reported", "Measured now", "On record", "Verdict"].map((head, k) => make("th", { scope: "col", class: k === 0 || k === 4 ? "left" : "" }, head));
  return make("div", { class: "box", tabindex: 0, role: "region", "aria-label": `Measured: ${job.paper}` }, make("table", { class: "cards" }, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...job.measured.map(row))));
}
