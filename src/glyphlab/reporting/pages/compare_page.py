"""The page of a comparison, and the page of any finished runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab._common.errors import UsageError
from glyphlab._common.tabular.number_texts import points
from glyphlab.reporting.pages import sections
from glyphlab.reporting.pages.answer import answer
from glyphlab.reporting.pages.page import write_page
from glyphlab.reporting.plots.figures import interval_figure
from glyphlab.runs import Run
from glyphlab.training.engine_choice import engines_sentence

__all__ = ["runs_by_model", "setting_columns", "write_comparison_page", "write_groups_page"]


def write_comparison_page(
    path: Path,
    *,
    title: str,
    question: str,
    runs: Sequence[Run] | Mapping[str, Sequence[Run]],
    comparison: Mapping[str, Any],
    audit: Mapping[str, Any],
    command: str,
    key: str = "",
) -> None:
    """Write the report of a comparison as one HTML file.

    Parameters
    ----------
    path : Path
        Where to; written whole or not at all.
    title, question : str
        What the page is called, and what was asked, in a sentence.
    runs : sequence of Run, or mapping of str to sequence of Run
        The finished runs behind the comparison; by row where their models do not tell the rows.
    comparison : mapping
        The document of ``compare --json``: ``rows``, ``tests`` and ``remarks``.
    audit : mapping
        The document of ``audit --json``; empty where there was none.
    command : str
        The command that makes the page again.
    key : str
        The key of a recipe whose values the rows are; empty where they are models.

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
    order = [str(row["model"]) for row in rows]
    groups = dict(runs) if isinstance(runs, Mapping) else runs_by_model(runs, order)
    missing = [str(row["model"]) for row in rows if str(row["model"]) not in groups]
    if missing or not rows:
        raise UsageError(
            f"the comparison has {len(rows)} rows and no run of {', '.join(missing) or 'any'}, "
            "expected one row a model and its runs: give the folders of the same comparison"
        )
    groups = {str(row["model"]): groups[str(row["model"])] for row in rows}
    write_groups_page(
        path, title, question, rows, comparison.get("tests", ()), groups, audit, command, key,
        comparison.get("remarks", ()),
    )  # fmt: skip


def runs_by_model(runs: Sequence[Run], order: Sequence[str] = ()) -> dict[str, list[Run]]:
    """Return the runs of each model by seed; models in `order` first, then as they come."""
    found: dict[str, list[Run]] = {name: [] for name in order}
    for run in runs:
        found.setdefault(run.summary.model, []).append(run)
    return {
        name: sorted(members, key=lambda run: (run.summary.seed, run.name))
        for name, members in found.items()
        if members
    }


def write_groups_page(
    path: Path,
    title: str,
    question: str,
    rows: Sequence[Mapping[str, Any]],
    tests: Sequence[Mapping[str, Any]],
    groups: Mapping[str, Sequence[Run]],
    audit: Mapping[str, Any],
    command: str,
    key: str = "",
    remarks: Sequence[str] = (),
) -> None:
    """Write the page of finished runs of classifiers, whose rows and tests are given.

    Parameters
    ----------
    path : Path
        Where to; written whole or not at all.
    title, question : str
    rows : sequence of mapping
        One a group: ``model``, ``mean``, ``low``, ``high``, ``seeds``, ``parameters``,
        ``fit_seconds``; where they are known ``glyphs``, ``design_effect`` and ``settings``.
    tests : sequence of mapping
        As ``compare --json`` has them.
    groups : mapping of str to sequence of Run
        The runs behind each row, by its ``model``.
    audit : mapping
        The document of ``audit --json``; empty where there was none.
    command : str
    key : str
        As in `write_comparison_page`.
    remarks : sequence of str
        Sentences that stand above the rows.
    """
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
            "answer": answer(rows, tests, audit.get("ceilings", {}), key or "The model"),
            "column": key or "model",
            "protocols": sections.protocol_lines(groups, str(audit.get("protocol", ""))),
            "engines": engines_sentence(engines),
            "items": len(runs[0].load_predictions()["true"]),
            "audit": sections.audit_section(audit),
            "rows": table,
            "remarks": remarks,
            "settings": setting_columns(rows, key),
            "effects": all("design_effect" in row for row in rows),
            "detectable": any(test.get("detectable") is not None for test in tests),
            "margin": next((points(one["margin"]) for one in tests if one.get("margin")), None),
            "intervals": interval_figure(table),
            "sizes": sections.sizes_section(table),
            "tests": tests,
            "grids": sections.grid_section(groups),
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


def setting_columns(rows: Sequence[Mapping[str, Any]], without: str = "") -> list[dict[str, Any]]:
    """Return a column for every setting by which rows differ: its title, and a text a row.

    A title is the last word of the key, or the whole key where two end alike. The key `without` is
    what the rows are called by, and has a column already.
    """
    keys = [key for key in (rows[0].get("settings") or {} if rows else {}) if key != without]
    ends = [key.rpartition(".")[2] for key in keys]
    return [
        {
            "title": (end if ends.count(end) == 1 else key).replace("_", " "),
            "values": [_setting((row.get("settings") or {}).get(key)) for row in rows],
        }
        for key, end in zip(keys, ends, strict=True)
    ]


def _setting(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
