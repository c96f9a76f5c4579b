"""The page of a comparison, and the page of any finished runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab.reporting.pages.answer import answer
from glyphlab.reporting.pages.page_parts import (
    Page,
)
from glyphlab.reporting.sections.before_training import audit_section, data_section
from glyphlab.reporting.sections.by_class import classes_section, confusion_section
from glyphlab.reporting.sections.compared import results_section, sizes_section, tests_section
from glyphlab.reporting.sections.confidence import confidence_section
from glyphlab.reporting.sections.predictions import error_section, grid_section, sample_section
from glyphlab.reporting.sections.runs_in_words import (
    chosen_on_validation,
    environment_of,
)
from glyphlab.reporting.sections.training_curves import (
    curves_section,
)
from glyphlab.runs import Run

__all__ = ["comparison_page", "groups_page", "runs_by_model"]


def comparison_page(
    *,
    title: str,
    question: str,
    runs: Sequence[Run] | Mapping[str, Sequence[Run]],
    comparison: Mapping[str, Any],
    audit: Mapping[str, Any],
    command: str,
    key: str = "",
) -> Page:
    """Return the page of a comparison.

    Parameters
    ----------
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
    return groups_page(
        title, question, rows, comparison.get("tests", ()), groups, audit, command, key,
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


def groups_page(
    title: str,
    question: str,
    rows: Sequence[Mapping[str, Any]],
    tests: Sequence[Mapping[str, Any]],
    groups: Mapping[str, Sequence[Run]],
    audit: Mapping[str, Any],
    command: str,
    key: str = "",
    remarks: Sequence[str] = (),
) -> Page:
    """Return the page of finished runs of classifiers, whose rows and tests are given.

    Parameters
    ----------
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
        As in `comparison_page`.
    remarks : sequence of str
        Sentences that stand above the rows.
    """
    chosen = chosen_on_validation(groups)
    runs = [run for members in groups.values() for run in members]
    strategies = [members[0].classifier_summary.strategy for members in groups.values()]
    effects = all("design_effect" in row for row in rows)
    glyphs = ""
    if effects:
        unknown = any(row["glyphs"] is None for row in rows)
        glyphs = (
            ", with images taken as independent" if unknown
            else ", with the glyphs that images share"
        )  # fmt: skip
    return Page(
        eyebrow="Glyphlab report",
        title=title,
        question=question,
        answer=answer(
            rows,
            tests,
            audit.get("ceilings", {}),
            key or "The model",
            next(iter(groups.values()))[0].classifier_summary.scored_on,
        ),
        sections=[
            data_section(groups),
            audit_section(audit, strategies),
            results_section(rows, groups, str(audit.get("protocol", "")), key, remarks),
            sizes_section(rows),
            tests_section(tests),
            grid_section(groups, rows),
            curves_section(groups),
            confidence_section(groups, glyphs),
            classes_section(groups),
            confusion_section(groups),
            sample_section(chosen, groups[chosen][0]),
            error_section(chosen, groups[chosen][0]),
        ],
        environment=environment_of(runs),
        command=command,
    )
