"""Write docs/results.md: every number of records/ and of the recorded reproductions, as they are.

`docs/results.toml` says in which order, under which titles, and what a reader has to know beside
a number. No number is typed there: this file takes each from its record.

::

    python docs/results.py
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import glyphlab
from glyphlab.reproductions.core.verdicts.totals import total_lines
from results_benchmarks import BENCHMARKS
from results_executors import EXECUTORS
from results_faults import FAULTS
from results_pictures import PICTURES
from results_studio import STUDIO

__all__ = ["PAGE", "results_page"]

ROWS = BENCHMARKS | EXECUTORS | FAULTS | PICTURES | STUDIO
"""What makes rows of the record of a benchmark, by its name."""
HERE = Path(__file__).resolve().parent
PAGE = HERE / "results.md"
RECORDS = HERE.parent / "records"
RECORDED = Path(glyphlab.__file__).parent / "reproductions" / "recorded"
PLAIN = ("match", "equal", "compatible", "holds", "one seed", "not comparable", "not run")
"""Verdicts of a reproduction that the page counts; it shows the rows of every other."""

Record = Mapping[str, Any]


def results_page() -> str:
    """Return the page."""
    content = tomllib.loads((HERE / "results.toml").read_text(encoding="utf-8"))
    parts = [content["intro"].strip()]
    for part in content["part"]:
        parts.append(f"## {part['title']}\n\n{part['text'].strip()}")
        for name in part.get("reproductions", ()):
            parts.append(_reproduction(name, part.get("also", {}).get(name, ())))
        if "changes" in part:
            parts.append(_changes(part["changes"]))
        for one in part.get("record", ()):
            parts.append(_section(one))
        if "benchmarks" in part:
            parts.append(_benchmarks(part["benchmarks"]))
    return "# Results\n\n" + "\n\n".join(parts) + "\n"


def _section(one: Record) -> str:
    record = _read(RECORDS / f"{one['name']}.json")
    blocks = [f"### {one['title']}", _table_of(record, one)]
    if "note" in one:
        blocks.append(one["note"].strip())
    blocks.append(_origin(record, one["name"]))
    return "\n\n".join(blocks)


def _table_of(record: Record, one: Record) -> str:
    if "study" in record:
        return _study(record)
    if "values" in record:
        return _generators({f"`{k}`": v for k, v in record["values"].items()}, record["key"])
    if "frechet_floor" in record:
        return _generators({f"`{record['model']}`": record}, "generator")
    rows = record["rows"]
    if "images" not in rows[0]:
        return _comparison(rows) + _tests(record.get("tests", ()))
    return _curve(rows, "arm" if "arm" in rows[0] else "model", one.get("columns", {}))


def _comparison(rows: Sequence[Record]) -> str:
    known = any("design_effect" in row for row in rows)
    return _table(
        (
            "model", "exact match", "95 % interval", "seeds", "test images",
            *(("glyphs", "design effect") if known else ()), "parameters", "epochs",
        ),
        (
            (
                f"`{row['model']}`",
                _percent(row["mean"]),
                _between(row, _percent),
                row["seeds"],
                f"{row['items']:,}",
                *((f"{row['glyphs']:,}", f"{row['design_effect']:.1f}") if known else ()),
                f"{row['parameters']:,}",
                f"{row['epochs']:g}",
            )
            for row in rows
        ),
    )  # fmt: skip


def _tests(tests: Sequence[Record]) -> str:
    """Return the table of paired tests, where the record names what they could detect."""
    shown = [one for one in tests if one.get("detectable") is not None]
    if not shown:
        return ""
    return "\n\n" + _table(
        ("pair", "difference, points", "p (Holm)", "design effect", "would detect", "verdict"),
        (
            (
                f"`{one['a']}` − `{one['b']}`",
                f"{100 * one['difference']:+.2f} "
                f"({100 * one['low']:+.2f} – {100 * one['high']:+.2f})",
                f"{one['p_holm']:.2g}",
                f"{one['design_effect']:.1f}",
                f"{100 * one['detectable']:.2f} points",
                one["verdict"],
            )
            for one in shown
        ),
    )


def _curve(rows: Sequence[Record], label: str, words: Mapping[str, str]) -> str:
    columns = list(dict.fromkeys(row[label] for row in rows))
    cells = {(row["images"], row[label]): row for row in rows}
    sizes = list(dict.fromkeys(row["images"] for row in rows))
    seeds, items = (sorted({row[key] for row in rows}) for key in ("seeds", "items"))
    table = _table(
        ("training images", *(words.get(c, f"`{c}`") for c in columns)),
        ((f"{size:,}", *(_with_interval(cells[size, c]) for c in columns)) for size in sizes),
    )
    return f"{table}\n\nExact match, {_join(seeds)} seeds, {_join(items)} test images."


def _study(record: Record) -> str:
    trials = sum(len(stage["trials"]) for stage in record["stages"])
    test, winner = record["test"], record["winner"]["recipe"]
    rows = [
        (
            "winner, on test",
            _with_interval(test),
            f"{test['seeds']} seeds, {test['items']:,} images",
        ),
        ("winner, on validation", _percent(test["validation"]), f"{test['seeds']} seeds"),
    ]
    rows += [
        (
            f"evaluation {number} of the test set, before",
            _with_interval(before),
            f"{before['seeds']} seeds",
        )
        for number, before in enumerate(record.get("earlier", ()), 1)
    ]
    rows.append(("search", f"{trials} trials in {_count(len(record['stages']), 'stage')}", ""))
    model, epochs = winner["model"], winner["training"]["epochs"]
    net = f"`{model['strategy']}`, `{model['net']}`, {epochs} epochs"
    rows.append(("winner's strategy and net", net, ""))
    return _table(("what", "measured", "over"), rows)


def _generators(records: Mapping[str, Record], what: str) -> str:
    unseen = any(one["label_accuracy_unseen"] is not None for one in records.values())
    head = (what, "Fréchet distance", "real from real", "classes found", "coverage",
            "label as asked", *(["the same, unseen labels"] if unseen else []), "class KL",
            "seeds", "samples", "verdict")  # fmt: skip
    rows = []
    for name, one in records.items():
        labels = [one["label_accuracy"]] + ([one["label_accuracy_unseen"]] if unseen else [])
        rows.append(
            (
                name,
                _number_with_interval(one, "frechet"),
                f"{one['frechet_floor']:.2f}",
                f"{one['modes']:,} of {one['modes_possible']:,}",
                _percent(one["coverage"]),
                *map(_percent, labels),
                f"{one['class_kl']:.4f}",
                one["seeds"],
                f"{one['samples']:,}",
                _verdict(one),
            )
        )
    return _table(head, rows)


def _verdict(one: Record) -> str:
    """Return the verdict over all trainings, and the number of those with an alarm."""
    alarmed = sum(bool(run["alarms"]) for run in one["runs"])
    verdict: str = one["verdict"]
    return verdict + (f"; alarms in {alarmed} of {one['seeds']}" if alarmed else "")


def _reproduction(name: str, also: Sequence[str] = ()) -> str:
    record = _read(RECORDED / f"{name}.json")
    rows = record["rows"]
    seeds = sorted({row["seeds"] for row in rows if row["seeds"]})
    other = [row for row in rows if row["verdict"] not in PLAIN or row["id"] in also]
    blocks = [
        f"### [{record['title']}](reproductions/{name}.md)",
        f"{len(rows)} rows, scale `{record['scale']}`, {_join(seeds)} seeds a trained row.",
        "\n".join(f"- {line}" for line in total_lines(rows)),
    ]
    if other:
        blocks.append(
            _table(
                (
                    "row",
                    "what",
                    "reported",
                    "measured",
                    "95 % interval",
                    "one more run",
                    "seeds",
                    "verdict",
                ),
                (
                    (
                        f"`{row['id']}`",
                        row["what"],
                        _of_metric(row["reported"], row["metric"]),
                        _of_metric(row["measured"], row["metric"]),
                        _between(
                            row, lambda value, metric=row["metric"]: _of_metric(value, metric)
                        ),
                        _one_more(row),
                        row["seeds"] or "–",
                        row["verdict"] + (", wide" if row["wide"] else ""),
                    )
                    for row in other
                ),
            )
        )
    blocks.append(_origin(record))
    return "\n\n".join(blocks)


def _changes(name: str) -> str:
    """Return which verdicts a new rule changed, counted."""
    record = _read(RECORDS / f"{name}.json")
    rows = ((*tuple(step.split(" -> ")), count) for step, count in record["steps"].items())
    total = sum(paper["rows"] for paper in record["papers"].values())
    return "\n\n".join(
        [
            "### Verdicts before and now",
            f"{len(record['changed'])} of {total:,} rows have another verdict by the rule of one "
            "more run; what was measured is the same.",
            _table(("before", "now", "rows"), rows),
            _origin({key: record[key] for key in ("command", "env")}, name),
        ]
    )


def _one_more(row: Record) -> str:
    if row["expected_low"] is None:
        return "–"
    low, high = (_of_metric(row[key], row["metric"]) for key in ("expected_low", "expected_high"))
    return f"{low} – {high}"


def _benchmarks(names: Sequence[str]) -> str:
    rows = []
    for name in names:
        record = _read(RECORDS / f"{name}.json")
        for what, measured, times in ROWS[name](record):
            file = f"[{name}](../records/{name}.json)"
            rows.append((what, measured, times, _commit(record["env"]["commit"]), file))
    return _table(("what", "measured", "n", "commit", "record"), rows)


def _origin(record: Record, name: str | None = None) -> str:
    """Return where a record comes from: protocol, command, hardware, commits, file."""
    one = next(iter(record["values"].values())) if "values" in record else record
    env = one.get("env", {})
    commits = {c for row in record.get("rows", ()) for c in row.get("commits", ())}
    commits |= {env["commit"]} if "commit" in env and not commits else set()
    lines = [f"Protocol: {one['protocol']}."] if "protocol" in one else []
    lines.append(f"Command: `{record['command']}`.")
    if env:
        threads = env.get("threads_used", env["threads"])
        gpu = f", {env['gpu']}" if env["gpu"] else ""
        lines.append(
            f"Hardware: {env['processor']}, {env['cores']} cores, {_count(threads, 'thread')}{gpu}."
        )
    if env.get("dirty"):
        lines.append("The checkout had changes of its own.")
    if commits:
        lines.append(f"Commit: {', '.join(_commit(c) for c in sorted(commits))}.")
    if name:
        lines.append(f"Record: [{name}.json](../records/{name}.json).")
    return "<sub>" + " ".join(lines) + "</sub>"


def _commit(commit: str) -> str:
    return f"`{commit[:8]}`"


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.2f} %"


def _of_metric(value: float | None, metric: str) -> str:
    """Return a number as its metric is printed: counts whole, losses plain, shares in percent."""
    if value is None:
        return "–"
    if metric in ("images", "labels", "parameters", "pixels"):
        return f"{value:,.0f}"
    if metric in ("correlation", "depth", "distance", "epochs", "perplexity", "ratio", "seconds"):
        return f"{value:,.2f}"
    return f"{value:.4f}" if "loss" in metric or "f1" in metric else _percent(value)


def _between(row: Record, form: Any) -> str:
    return "–" if row["low"] is None else f"{form(row['low'])} – {form(row['high'])}"


def _with_interval(row: Record) -> str:
    return f"{_percent(row['mean'])} ({_between(row, _percent)})"


def _number_with_interval(one: Record, key: str) -> str:
    low, high = one["intervals"][key] or (None, None)
    interval = "" if low is None else f" ({low:.2f} – {high:.2f})"
    return f"{one[key]:.2f}{interval}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _join(numbers: Sequence[int]) -> str:
    return " or ".join(f"{n:,}" for n in numbers) if numbers else "no"


if __name__ == "__main__":
    PAGE.write_text(results_page(), encoding="utf-8")
    print(f"wrote {PAGE}")
