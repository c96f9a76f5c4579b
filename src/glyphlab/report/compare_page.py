"""The page of a comparison, and the page of any finished runs."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab.errors import UsageError
from glyphlab.evaluate import mean_interval, verdicts
from glyphlab.report import sections
from glyphlab.report.answer import answer
from glyphlab.report.figures import interval_figure
from glyphlab.report.load import RunData, by_model, load_runs
from glyphlab.report.page import write_page
from glyphlab.train.engine import Engine, engines_sentence

__all__ = ["write_comparison_page", "write_run_page"]


def write_comparison_page(
    path: Path,
    *,
    title: str,
    question: str,
    run_dirs: Sequence[Path],
    comparison: Mapping[str, Any],
    audit: Mapping[str, Any],
    command: str,
) -> None:
    """Write the report of a comparison as one HTML file.

    Parameters
    ----------
    path : Path
        Where to; written whole or not at all.
    title, question : str
        What the page is called, and what was asked, in a sentence.
    run_dirs : sequence of Path
        The finished runs behind the comparison.
    comparison : mapping
        The document of ``compare --json``: ``rows`` and ``tests``.
    audit : mapping
        The document of ``audit --json``; empty where there was none.
    command : str
        The command that makes the page again.

    Raises
    ------
    RunError
        Where a run is not finished or cannot be read.
    UsageError
        Where there is no run, or a row of the comparison has none.
    """
    runs = load_runs(run_dirs)
    rows = [
        dict(row) for row in comparison["rows"] if row.get("metric", "exact_match") == "exact_match"
    ]
    groups = by_model(runs, [str(row["model"]) for row in rows])
    missing = [str(row["model"]) for row in rows if str(row["model"]) not in groups]
    if missing or not rows:
        raise UsageError(
            f"the comparison has {len(rows)} rows and no run of {', '.join(missing) or 'any'}, "
            "expected one row a model and its runs: give the folders of the same comparison"
        )
    groups = {str(row["model"]): groups[str(row["model"])] for row in rows}
    _write(path, title, question, rows, comparison.get("tests", ()), groups, audit, command)


def write_run_page(path: Path, run_dirs: Sequence[Path], command: str | None = None) -> None:
    """Write the report of any finished runs as one HTML file.

    Runs of one model on one task with different seeds are taken together, and models are tested
    against each other, where all runs were scored on the same test images; otherwise every run
    stands for itself and nothing is tested.

    Parameters
    ----------
    path : Path
        Where to; written whole or not at all.
    run_dirs : sequence of Path
        Finished runs.
    command : str, optional
        The command that makes the page again; by default ``glyphlab report`` of these runs.

    Raises
    ------
    RunError
        Where a run is not finished or cannot be read.
    UsageError
        Where there is no run.
    """
    runs = load_runs(run_dirs)
    data = {sections.data_protocol(run) for run in runs}
    same = len(data) == 1 and all(
        np.array_equal(run.arrays["true"], runs[0].arrays["true"]) for run in runs
    )
    groups = by_model(runs)
    seeds = [[run.summary["seed"] for run in members] for members in groups.values()]
    if not same or any(len(set(group)) < len(group) for group in seeds):
        groups = {run.folder: [run] for run in runs}
    correct = {name: np.stack([run.correct for run in group]) for name, group in groups.items()}
    rows = [_row(name, group, correct[name]) for name, group in groups.items()]
    tests = [asdict(verdict) for verdict in verdicts(correct)] if same else []
    words = ["glyphlab", "report", *(run.folder for run in runs), "-o", path.name]
    if len(runs) == 1:
        title = f"The run {runs[0].folder}"
        question = "What did this run learn, and where does it fail?"
    else:
        title, question = f"{len(runs)} runs", "What did these runs learn, and how do they compare?"
    audit = runs[0].summary.get("audit") or {} if same else {}
    _write(path, title, question, rows, tests, groups, audit, command or shlex.join(words))


def _row(name: str, runs: Sequence[RunData], correct: Any) -> dict[str, Any]:
    found = mean_interval(correct)
    return {
        "model": name,
        "mean": found.mean,
        "low": found.low,
        "high": found.high,
        "seeds": found.seeds,
        "parameters": runs[0].summary.get("parameters"),
        "fit_seconds": _mean([run.summary.get("fit_seconds") for run in runs]),
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None


def _write(
    path: Path,
    title: str,
    question: str,
    rows: Sequence[Mapping[str, Any]],
    tests: Sequence[Mapping[str, Any]],
    groups: Mapping[str, Sequence[RunData]],
    audit: Mapping[str, Any],
    command: str,
) -> None:
    chosen = sections.chosen_on_validation(groups)
    best = groups[chosen]
    runs = [run for members in groups.values() for run in members]
    engines = {
        name: sorted({Engine.described(run.summary) for run in members})
        for name, members in groups.items()
    }
    table = []
    for row in rows:
        members = groups[str(row["model"])]
        table.append(
            {
                **row,
                "name": str(row["model"]),
                "strategy": str(members[0].summary.get("strategy", "–")),
                "symbols": _mean(
                    [(r.summary.get("symbols") or {}).get("accuracy") for r in members]
                ),
                "macro_f1": _mean([r.summary["metrics"].get("macro_f1_label") for r in members]),
            }
        )
    classes = runs[0].summary["metrics"]["digit_accuracy"]  # none of long numbers' sums
    write_page(
        path,
        "comparison.html.j2",
        {
            "title": title,
            "question": question,
            "answer": answer(rows, tests, audit.get("ceilings", {})),
            "protocols": sections.protocol_lines(groups, str(audit.get("protocol", ""))),
            "engines": engines_sentence(engines),
            "items": len(runs[0].arrays["true"]),
            "audit": sections.audit_section(audit),
            "rows": table,
            "intervals": interval_figure(table),
            "sizes": sections.sizes_section(table),
            "tests": tests,
            "squares": sections.square_section(groups),
            "curves": sections.curves_section(groups),
            "training": sections.training_section(groups),
            "calibration": sections.calibration_section(groups),
            "spread": sections.spread_section(groups),
            "digits": sections.digit_section(groups) if classes else "",
            "confusion": sections.confusion_section(best) if classes else "",
            "chosen": chosen,
            "validated": any(run.summary.get("val") for run in runs),
            "chosen_seeds": len(best),
            "chosen_seed": best[0].summary["seed"],
            "tiles": sections.samples_section(best[0]),
            "environment": sections.environment_section(runs),
            "command": command,
        },
    )
