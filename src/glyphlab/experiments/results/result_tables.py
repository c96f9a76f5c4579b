"""The columns of results that people read: rows of models, and paired tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glyphlab._common.tabular.column_table import Column, Table
from glyphlab._common.tabular.number_texts import (
    count_text,
    number_text,
    p_text,
    points_text,
    seconds_text,
    share_text,
)
from glyphlab.reporting.pages.generators_page import TITLES

__all__ = ["count_of", "paired_table", "rows_table"]

Rows = Sequence[Mapping[str, Any]]

SCORE = Column("mean", "exact match", share_text, ("low", "high"))
MODEL_COLUMNS = (
    SCORE,
    Column("parameters", "parameters", count_text),
    Column("seeds"),
    Column("epochs", "epochs", count_text),
    Column("fit_seconds", "fit time", seconds_text),
    Column("glyphs", "glyphs", count_text),
    Column("design_effect", "design effect", lambda value, _: number_text(value, "depth")),
)
GENERATOR_COLUMNS = (
    Column("metric", "figure", lambda name, _: TITLES.get(name, name)),
    Column("mean", "mean", share_text, ("low", "high")),
    Column("seeds"),
    Column("alarms"),
    Column("parameters", "parameters", count_text),
    Column("fit_seconds", "fit time", seconds_text),
)
TEST_COLUMNS = (
    Column("a", "first"),
    Column("b", "second"),
    Column("difference", "difference, points", points_text, ("low", "high")),
    Column("p", "p", p_text),
    Column("p_holm", "p, Holm", p_text),
    Column("detectable", "detects, points", points_text),
    Column("verdict", "first is"),
)


def rows_table(rows: Rows, called: str = "model", name: str = "results") -> Table:
    """Return the rows of classifiers, or of generators by figure, best known by `called`.

    Columns that no row has are left out; those of ``images`` come first where there are several
    sizes.
    """
    known = {key for row in rows for key in row}
    generators = any(row.get("metric", "exact_match") != "exact_match" for row in rows)
    columns = [
        *([Column("images", "images", count_text)] if "images" in known else []),
        Column("model", called),
        *(GENERATOR_COLUMNS if generators else MODEL_COLUMNS),
    ]
    return Table(name, rows, [one for one in columns if one.key in known])


def paired_table(tests: Rows, name: str = "tests") -> Table:
    """Return paired tests; the figure and the size stand first where they differ."""
    known = {key for test in tests for key in test}
    figures = any(test.get("metric", "exact_match") != "exact_match" for test in tests)
    columns = [
        *([Column("images", "images", count_text)] if "images" in known else []),
        *([GENERATOR_COLUMNS[0]] if figures else []),
        *TEST_COLUMNS,
    ]
    return Table(name, tests, [one for one in columns if one.key in known])


def count_of(number: int, what: str) -> str:
    """Return a number of things, as ``1 seed`` or ``3 seeds``."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
