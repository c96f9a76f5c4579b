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
from glyphlab.report.page import write_page
from glyphlab.runs import Run
from glyphlab.train.engine import engines_sentence

__all__ = ["write_comparison_page", "write_run_page"]


def write_comparison_page(
    path: Path,
    *,
    title: str,
    question: str,
    runs: Sequence[Run],
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
    runs : sequence of Run
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
        Where a run cannot be read.
    UsageError
        Where a row of the comparison has no run.
    """
    rows = [
        dict(row) for row in comparison["rows"] if row.get("metric", "exact_match") == "exact_match"
    ]
    groups = _by_model(runs, [str(row["model"]) for row in rows])
    missing = [str(row["model"]) for row in rows if str(row["model"]) not in groups]
    if missing or not rows:
        raise UsageError(
            f"the comparison has {len(rows)} rows and no run of {', '.join(missing) or 'any'}, "
            "expected one row a model and its runs: give the folders of the same comparison"
        )
    groups = {str(row["model"]): groups[str(row["model"])] for row in rows}
    _write(path, title, question, rows, comparison.get("tests", ()), groups, audit, command)


def write_run_page(path: Path, runs: Sequence[Run], command: str | None = None) -> None:
    """Write the report of any finished runs as one HTML file.

    Runs of one model on one task with different seeds are taken together, and models are tested
    against each other, where all runs were scored on the same test images; otherwise every run
    stands for itself and nothing is tested.

    Parameters
    ----------
    path : Path
        Where to; written whole or not at all.
    runs : sequence of Run
        Finished ones.
    command : str, optional
        The command that makes the page again; by default ``glyphlab report`` of these runs.

    Raises
    ------
    RunError
        Where a run cannot be read.
    UsageError
        Where there is no run.
    """
    if not runs:
        raise UsageError("found no runs to report, expected at least one: glyphlab runs list")
    data = {run.classifier_summary.protocol.data for run in runs}
    truth = [run.load_predictions()["true"] for run in runs]
    same = len(data) == 1 and all(np.array_equal(one, truth[0]) for one in truth)
    groups = _by_model(runs)
    seeds = [[run.summary.seed for run in members] for members in groups.values()]
    if not same or any(len(set(group)) < len(group) for group in seeds):
        groups = {run.name: [run] for run in runs}
    correct = {name: np.stack([run.correct for run in group]) for name, group in groups.items()}
    rows = [_row(name, group, correct[name]) for name, group in groups.items()]
    tests = [asdict(verdict) for verdict in verdicts(correct)] if same else []
    words = ["glyphlab", "report", *(run.name for run in runs), "-o", path.name]
    if len(runs) == 1:
        title = f"The run {runs[0].name}"
        question = "What did this run learn, and where does it fail?"
    else:
        title, question = f"{len(runs)} runs", "What did these runs learn, and how do they compare?"
    audit = asdict(runs[0].classifier_summary.audit) if same else {}
    _write(path, title, question, rows, tests, groups, audit, command or shlex.join(words))


def _by_model(runs: Sequence[Run], order: Sequence[str] = ()) -> dict[str, list[Run]]:
    """Return the runs of each model by seed; models in `order` first, then as they come."""
    found: dict[str, list[Run]] = {name: [] for name in order}
    for run in runs:
        found.setdefault(run.summary.model, []).append(run)
    return {
        name: sorted(members, key=lambda run: (run.summary.seed, run.name))
        for name, members in found.items()
        if members
    }


def _row(name: str, runs: Sequence[Run], correct: Any) -> dict[str, Any]:
    found = mean_interval(correct)
    return {
        "model": name,
        "mean": found.mean,
        "low": found.low,
        "high": found.high,
        "seeds": found.seeds,
        "parameters": runs[0].classifier_summary.parameters,
        "fit_seconds": float(np.mean([run.summary.fit_seconds for run in runs])),
    }


def _write(
    path: Path,
    title: str,
    question: str,
    rows: Sequence[Mapping[str, Any]],
    tests: Sequence[Mapping[str, Any]],
    groups: Mapping[str, Sequence[Run]],
    audit: Mapping[str, Any],
    command: str,
) -> None:
    chosen = sections.chosen_on_validation(groups)
    best = groups[chosen]
    runs = [run for members in groups.values() for run in members]
    engines = {
        name: sorted({str(run.summary.engine) for run in members})
        for name, members in groups.items()
    }
    table = []
    for row in rows:
        members = [run.classifier_summary for run in groups[str(row["model"])]]
        symbols = [one.symbols.accuracy for one in members if one.symbols is not None]
        table.append(
            {
                **row,
                "name": str(row["model"]),
                "strategy": members[0].strategy,
                "symbols": float(np.mean(symbols)) if len(symbols) == len(members) else None,
                "macro_f1": float(np.mean([one.metrics.macro_f1_label for one in members])),
            }
        )
    summaries = [run.classifier_summary for run in runs]
    classes = summaries[0].metrics.digit_accuracy  # none of long numbers' sums
    write_page(
        path,
        "comparison.html.j2",
        {
            "title": title,
            "question": question,
            "answer": answer(rows, tests, audit.get("ceilings", {})),
            "protocols": sections.protocol_lines(groups, str(audit.get("protocol", ""))),
            "engines": engines_sentence(engines),
            "items": len(runs[0].load_predictions()["true"]),
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
            "validated": any(one.val is not None for one in summaries),
            "chosen_seeds": len(best),
            "chosen_seed": best[0].summary.seed,
            "tiles": sections.samples_section(best[0]),
            "environment": sections.environment_section(runs),
            "command": command,
        },
    )
