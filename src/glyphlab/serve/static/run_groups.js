// Runs as they are chosen, sorted and grouped; plain data in, plain data out.

const FIELDS = ["name", "task", "data", "model", "state", "kind", "seed"];

/** Whether a run has every word of a filter; key:value asks one field. */
export function fits(run, filter) {
  return filter
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => {
      const [key, ...rest] = word.split(":");
      const text = (field) => String(run[field] ?? "").toLowerCase();
      if (rest.length && FIELDS.includes(key)) return key === "seed" ? text(key) === rest.join(":") : text(key).includes(rest.join(":"));
      return FIELDS.some((field) => text(field).includes(word));
    });
}

const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true }));

/** Rows by a key; those without it come last, whichever way. */
export function sorted(rows, key, down) {
  const lacks = (row) => row[key] === null || row[key] === undefined;
  return [...rows].sort((a, b) => lacks(a) - lacks(b) || (lacks(a) ? 0 : compare(a[key], b[key]) * (down ? -1 : 1)) || compare(a.name, b.name));
}

const mean = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;

/** The verdict of all that have one; where they differ, how many have an alarm. */
function verdictOf(members) {
  const said = members.map((run) => run.verdict).filter(Boolean);
  if (new Set(said).size < 2) return said[0] ?? null;
  return `${said.filter((one) => one !== "healthy").length} of ${said.length} with an alarm`;
}

/** What is wrong with each that has a problem. */
const problemsOf = (members) => members.filter((run) => run.problem).map((run) => (members.length > 1 ? `seed ${run.seed}: ${run.problem}` : run.problem)).join("; ");

/** One row for runs that differ in the seed alone: the mean, and the lowest and the highest. */
export function grouped(runs) {
  const groups = new Map();
  for (const run of runs) {
    const key = run.group ?? run.name;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(run);
  }
  return [...groups.values()].map((members) => {
    const scores = members.map((run) => run.exact_match).filter((one) => one !== null);
    const times = members.map((run) => run.fit_seconds).filter((one) => one !== null);
    const [first] = members;
    const states = new Set(members.map((run) => run.state));
    return {
      ...first,
      members,
      name: first.name.replace(/-s\d+-[0-9a-f]{8}$/, ""),
      state: states.size === 1 ? first.state : "several",
      seed: members.length,
      verdict: verdictOf(members),
      problem: problemsOf(members),
      exact_match: scores.length ? mean(scores) : null,
      low: scores.length ? Math.min(...scores) : null,
      high: scores.length ? Math.max(...scores) : null,
      epochs: Math.max(...members.map((run) => run.epochs)),
      fit_seconds: times.length ? mean(times) : null,
    };
  });
}
