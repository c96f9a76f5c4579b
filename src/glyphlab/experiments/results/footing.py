"""What the rows of a comparison share, and every setting by which they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from glyphlab.reporting.pages.answer import named

__all__ = ["Footing", "differing_settings", "footing_sentence", "settings_lines"]

Footing = Literal["", "equal", "tuned", "searched"]
"""How the settings of rows were chosen; empty where nothing is known."""

_TABLES = ("model", "training", "task")
_LEFT_OUT = ("model.strategy", "model.custom", "task.scene", "task.digest", "task.seed")
"""What stands in the table anyway, or is no setting."""


def differing_settings(recipes: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return of each row the settings by which rows differ; None where a row has no such setting.

    Parameters
    ----------
    recipes : mapping of str to mapping
        By row, the content of the recipe of one of its runs. A setting that some rows have not,
        such as the epochs of a forest, differs where those that have it do not agree.
    """
    flat = {name: _flat(content) for name, content in recipes.items()}
    keys = dict.fromkeys(key for one in flat.values() for key in one)
    differ = [
        key for key in keys if len({repr(one[key]) for one in flat.values() if key in one}) > 1
    ]
    return {name: {key: one.get(key) for key in differ} for name, one in flat.items()}


def _flat(content: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def add(path: str, value: Any) -> None:
        if path.startswith(_LEFT_OUT) or value is None:
            return
        if isinstance(value, Mapping):
            for key, inner in value.items():
                add(f"{path}.{key}", inner)
        else:
            found[path] = list(value) if isinstance(value, tuple) else value

    for table in _TABLES:
        add(table, content.get(table))
    return found


def settings_lines(rows: Sequence[Mapping[str, Any]], without: str = "") -> list[str]:
    """Return a line for each setting but one by which rows differ, with what each row has."""
    keys = dict.fromkeys(key for row in rows for key in row.get("settings") or {} if key != without)
    found = []
    for key in keys:
        values = {str(row["model"]): (row.get("settings") or {}).get(key) for row in rows}
        said = [f"{name} {_plain(value)}" for name, value in values.items() if value is not None]
        found.append(f"  {key}: {', '.join(said)}")
    return found


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "-".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def footing_sentence(footing: Footing, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return what is said of the settings of all rows; empty where there is nothing to compare."""
    if not footing or len(rows) < 2:
        return ""
    columns = (
        " The table has a column for every setting that differs."
        if any(row.get("settings") for row in rows)
        else ""
    )
    if footing == "tuned":
        return f"Tuned: each model has the settings that suit it best (--tuned).{columns}"
    if footing == "searched":
        return (
            "Searched: each model was first given the same number of trials on validation "
            f"(--budget), and these are the winners.{columns}"
        )
    shared = [str(row["model"]) for row in rows if row.get("net") == "fast"]
    others = [str(row["model"]) for row in rows if row.get("net") != "fast"]
    keep = (
        f"{named(others)} {'keeps' if len(others) == 1 else 'keep'} settings of "
        f"{'its' if len(others) == 1 else 'their'} own"
    )
    if len(shared) < 2:
        return f"Models of several families: {keep}.{columns}" if others else ""
    what = "width, epochs, optimizer, augmentation, schedule and test-time views"
    return f"Equal footing: {named(shared)} share {what}{f'; {keep}' if others else ''}.{columns}"
