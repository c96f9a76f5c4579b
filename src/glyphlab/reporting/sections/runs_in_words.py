"""What runs were made with and how, in words, and which of them is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from glyphlab.reporting.pages.page import plain_text
from glyphlab.runs import Run

__all__ = ["chosen_on_validation", "environment_of", "protocol_lines"]

Groups = Mapping[str, Sequence[Run]]


def chosen_on_validation(groups: Groups) -> str:
    """Return the model with the highest mean exact match on validation; the first of equals.

    Where nothing was held out to validate on, that is the first of all.
    """
    means = {
        name: float(np.mean([_validation(run) for run in runs])) for name, runs in groups.items()
    }
    return max(means, key=lambda name: means[name])


def _validation(run: Run) -> float:
    val = run.classifier_summary.val
    return 0.0 if val is None else val.exact_match


def environment_of(runs: Sequence[Run]) -> list[tuple[str, str]]:
    """Return what the runs were made with; a value that differs between runs names all of them."""
    environments = [run.env for run in runs]
    found = []
    for key in dict.fromkeys(key for env in environments for key in env):
        values = dict.fromkeys(plain_text(env.get(key)) for env in environments)
        found.append((key, "; ".join(values)))
    precisions = dict.fromkeys(run.summary.engine.precision for run in runs)
    return [*found, ("precision", "; ".join(precisions))]


def protocol_lines(groups: Groups, known: str) -> list[str]:
    """Say how the data were made, where that is not `known`, and how which models were trained."""
    data = dict.fromkeys(
        run.summary.protocol.data for members in groups.values() for run in members
    )
    trained: dict[str, list[str]] = {}
    for name, members in groups.items():
        rest = members[0].summary.protocol.training
        if rest:
            trained.setdefault(rest, []).append(name)
    lines = [line for line in data if line and line != known]
    return lines + [f"{', '.join(names)}: {how}" for how, names in trained.items()]
