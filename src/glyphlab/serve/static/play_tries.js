// The tries so far, and how one differs from the one before it.
import { ask, say, tryTo } from "./asking.js";
import { element, make, percent, seconds } from "./dom.js";

const TASKS = { single: "one digit", triple: "three digits", addition: "sum of two digits" };
const NAMES = { task: "task", strategy: "strategy", net: "net", width: "width", learning_rate: "learning rate", epochs: "epochs", images: "training images", augment: "augmentation", label_smoothing: "label smoothing", seed: "seed" };
const readOnly = "readOnly" in document.body.dataset;

/** A choice in one line. */
export function inShort(choice) {
  const net = choice.net === "dense" ? `dense ${choice.width}` : `${choice.width} channels`;
  const more = [choice.augment !== "none" && choice.augment, choice.label_smoothing && `smoothing ${choice.label_smoothing}`, choice.seed && `seed ${choice.seed}`];
  return [TASKS[choice.task], choice.strategy, net, `rate ${choice.learning_rate}`, `${choice.images} images`, `${choice.epochs} epochs`, ...more.filter(Boolean)].join(" · ");
}

export class Tries {
  /** @param does {show(run), use(choice)} */
  constructor(does) {
    Object.assign(this, does);
    this.all = [];
  }

  async load(shown) {
    const found = await tryTo(() => ask("/api/play/tries"));
    if (!found) return;
    this.all = found.tries;
    this.shown = shown ?? this.shown;
    this.draw();
  }

  /** The try before a run, of the same task. */
  before(run) {
    const place = this.all.findIndex((one) => one.row.name === run);
    return place < 0 ? undefined : this.all.slice(place + 1).find((one) => one.choice.task === this.all[place].choice.task && one.row.epochs);
  }

  /** Show a row as it is now, without asking. */
  update(row) {
    const found = this.of(row.name);
    if (!found) return;
    found.row = row;
    this.draw();
  }

  of = (run) => this.all.find((one) => one.row.name === run);

  draw() {
    element("no-tries").hidden = this.all.length > 0;
    const body = element("tries").tBodies[0];
    if (body.contains(document.activeElement)) this.focus = document.activeElement.dataset.is;
    body.replaceChildren(...this.all.map((one) => this.row(one)));
    if (this.focus) body.querySelector(`[data-is="${CSS.escape(this.focus)}"]`)?.focus();
    this.focus = undefined;
  }

  row({ row, choice, validation }) {
    const button = (text, what, work) => make("button", { type: "button", class: "small", "data-is": `${text} ${row.name}`, "aria-label": `${text}: ${inShort(choice)}`, onclick: () => tryTo(work) }, what);
    const remove = async () => {
      await ask(`/api/runs/${encodeURIComponent(row.name)}`, { method: "DELETE" });
      say("The try was removed.");
      await this.load();
    };
    const cell = (label, text) => make("td", { "data-label": label }, text);
    const idle = !["running", "waiting", "stopping"].includes(row.state);
    return make(
      "tr",
      { "data-run": row.name, "aria-current": row.name === this.shown && "true" },
      make("th", { scope: "row", class: "left" }, make("a", { href: `/play?run=${encodeURIComponent(row.name)}`, onclick: (event) => (event.preventDefault(), this.show(row.name)) }, inShort(choice))),
      make("td", { class: "left", "data-label": "" }, make("span", { class: `state ${row.state.replace(" ", "-")}` }, row.state)),
      cell("epochs", row.state === "done" ? String(row.epochs) : `${row.epochs} of ${row.epochs_planned}`),
      cell("validation, best", percent(validation, 1)),
      cell("test", percent(row.exact_match, 1)),
      cell("time", seconds(row.fit_seconds)),
      make("td", {}, button("Use the same settings", "Use", () => this.use(choice)), readOnly || !idle ? null : button("Remove", "Remove", remove)),
    );
  }

  /** What differs from the try before, in a table; nothing where there is none. */
  beside(run) {
    const [now, before] = [this.of(run), this.before(run)];
    if (!now || !before) return null;
    const other = Object.keys(NAMES).filter((key) => now.choice[key] !== before.choice[key]);
    const changed = other.map((key) => `${NAMES[key]} ${before.choice[key]} → ${now.choice[key]}`).join(", ");
    const row = (name, a, b) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, percent(a, 1)), make("td", {}, percent(b, 1)));
    return [
      make("p", {}, make("b", {}, "Beside the last try: "), changed || "the same settings", "."),
      make(
        "table",
        {},
        make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "exact match"), make("th", { scope: "col" }, "last try"), make("th", { scope: "col" }, "this try"))),
        make("tbody", {}, row("validation, best", before.validation, now.validation), row("test", before.row.exact_match, now.row.exact_match)),
      ),
      make("p", { class: "note" }, "One training of each: another seed may turn it round. ", make("a", { href: `/compare?run=${encodeURIComponent(run)}&run=${encodeURIComponent(before.row.name)}` }, "Compare them in full"), "."),
    ];
  }
}
