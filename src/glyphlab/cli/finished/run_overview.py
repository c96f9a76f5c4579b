"""A run on one screen: what it was, what it came to, what it ran on."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from glyphlab._common.tabular.number_texts import (
    any_text,
    distance_text,
    percent,
    seconds_text,
)
from glyphlab.runs.run import Run
from glyphlab.runs.summary import ClassifierSummary, GeneratorSummary

__all__ = ["overview"]

_ACROSS, _NAME = 100, 13
_MACHINE = ("glyphlab", "commit", "python", "torch", "platform", "cores", "threads", "gpu")


def overview(run: Run) -> str:
    """Return the state, the data, the scores, the settings and the machine of a run, as text."""
    epochs = len(run.metrics())
    state = "done" if run.is_done else "running" if run.is_locked else "interrupted"
    lines = {"state": f"{state}, {epochs} {'epoch' if epochs == 1 else 'epochs'}"}
    if run.is_done:
        summary = run.summary
        lines["data"] = summary.protocol.data
        lines["training"] = summary.protocol.training
        if isinstance(summary, ClassifierSummary):
            lines |= _of_classifier(summary)
        elif isinstance(summary, GeneratorSummary):
            lines |= _of_generator(summary)
        lines["engine"] = str(summary.engine)
        lines["time"] = f"{seconds_text(summary.fit_seconds)} in training steps"
        lines["command"] = summary.command
    for part in ("task", "model", "training", "evaluation"):
        lines[f"{part}.*"] = _keys(run.recipe.get(part))
    env = run.env
    lines["machine"] = _keys({key: env.get(key) for key in _MACHINE})
    return "\n".join([run.name, *(_line(name, text) for name, text in lines.items() if text)])


def _of_classifier(summary: ClassifierSummary) -> dict[str, str]:
    kept = f", of {summary.epochs_run}" if summary.epochs_run else ""
    scores = summary.metrics
    on_test = f"exact match {percent(scores.exact_match)}, macro-F1 {scores.macro_f1_label:.4f}"
    found = {
        "model": f"{summary.model}: strategy {summary.strategy}, net {summary.net}, "
        f"{summary.parameters:,} parameters, seed {summary.seed}",
        "test": on_test,
        "validation": "" if summary.val is None else percent(summary.val.exact_match),
        "in training": percent(summary.train_accuracy),
        "best epoch": f"{summary.best_epoch}{kept}" if summary.epochs_run else "",
        "leaks": "; ".join(summary.audit.leaks),
        "warnings": "; ".join(summary.warnings or ()),
    }
    grid = summary.generalization_grid or {}
    found["seen/unseen"] = ", ".join(f"{key} {percent(share)}" for key, share in grid.items())
    return found


def _of_generator(summary: GeneratorSummary) -> dict[str, str]:
    scores = summary.scores
    return {
        "model": f"{summary.model}: {summary.parameters.generator:,} and "
        f"{summary.parameters.discriminator:,} parameters, seed {summary.seed}",
        "verdict": summary.verdict,
        "samples": f"Fréchet distance {distance_text(scores.frechet)} (real from real "
        f"{distance_text(scores.frechet_floor)}), coverage {percent(scores.coverage)}, "
        f"{scores.modes:,} of {scores.modes_possible:,} kinds",
        "best epoch": f"{summary.best_epoch}, of {summary.epochs_run}",
    }


def _keys(values: Mapping[str, Any] | None) -> str:
    """Return the keys that are set, each with its value."""
    return ", ".join(
        f"{key} {_flat(value)}"
        for key, value in (values or {}).items()
        if value not in (None, False, "", [], 0, 0.0)
    )


def _flat(value: Any) -> str:
    return f"({_keys(value)})" if isinstance(value, Mapping) else any_text(value)


def _line(name: str, text: str) -> str:
    first = f"  {name:<{_NAME}}"
    plain = text.replace("\N{NO-BREAK SPACE}", " ")
    return textwrap.fill(
        plain, _ACROSS, initial_indent=first, subsequent_indent=" " * len(first),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
