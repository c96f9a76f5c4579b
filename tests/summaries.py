"""Summaries of runs that nobody trained, for tests that need one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from glyphlab.runs import ClassifierSummary, GeneratorSummary, Protocol, Run
from glyphlab.runs.arrays import Arrays
from glyphlab.runs.engine import Engine
from glyphlab.runs.history import HistoryRow
from glyphlab.runs.records import (
    AuditRecord,
    GeneratorScores,
    Losses,
    NetSizes,
    Scores,
    SharedGlyphs,
    SplitBalance,
    StrategyState,
)

__all__ = [
    "ToldRun",
    "audit_record",
    "classifier_summary",
    "generator_scores",
    "generator_summary",
    "scores",
]

PAIRS = ("train_test", "train_val", "val_test")


def scores(exact_match: float = 0.5, **changes: Any) -> Scores:
    """Scores of three positions and ten classes."""
    content: dict[str, Any] = {
        "exact_match": exact_match,
        "position_accuracy": (0.8, 0.8, 0.8),
        "digit_accuracy": (0.8,) * 10,
        "macro_f1_digit": 0.8,
        "macro_f1_label": 0.5,
    }
    return Scores(**(content | changes))


def audit_record(**changes: Any) -> AuditRecord:
    """The audit of a task that shares nothing."""
    nothing = SharedGlyphs(count=0, distinct=0.0, draws=0.0)
    even = SplitBalance(10, 10, 1, 1, 0.1, 0.1)
    content: dict[str, Any] = {
        "schema": 1,
        "task": "triple",
        "protocol": "triple of digits",
        "label_overlap": dict.fromkeys(PAIRS, 0),
        "glyph_overlap": dict.fromkeys(PAIRS, 0.0),
        "ceilings": {"whole": 0.0, "sliced": 1.0},
        "leaks": (),
        "glyphs_by_id": dict.fromkeys(PAIRS, nothing),
        "glyphs_by_pixels": dict.fromkeys(PAIRS, nothing),
        "balance": dict.fromkeys(("train", "val", "test"), even),
    }
    return AuditRecord(**(content | changes))


def classifier_summary(**changes: Any) -> ClassifierSummary:
    """The summary of a model that reads three digits."""
    content: dict[str, Any] = {
        "name": "triple-aligned-s0-0a1b2c3d",
        "model": "aligned",
        "strategy": "aligned",
        "net": "fast",
        "task": "triple",
        "data": "digits",
        "protocol": Protocol("triple of digits", selection="best"),
        "seed": 0,
        "parameters": 100,
        "fit_seconds": 1.5,
        "epochs_run": 0,
        "best_epoch": 0,
        "engine": Engine("cpu", "float32", 1, "torch"),
        "sharded": False,
        "train_accuracy": 0.9,
        "test_loss": 0.1,
        "metrics": scores(),
        "val": scores(),
        "symbols": None,
        "generalization_grid": None,
        "audit": audit_record(),
        "strategy_state": StrategyState(84, 84, 3, 10, (), None),
        "command": "glyphlab compare triple",
    }
    return ClassifierSummary(**(content | changes))


def generator_scores(**changes: Any) -> GeneratorScores:
    """What a reference classifier says of samples that are nearly right."""
    content: dict[str, Any] = {
        "class_kl": 0.1,
        "symbol_kl": 0.1,
        "modes": 9,
        "classes": (100,) * 10,
        "coverage": 0.8,
        "density": 1.1,
        "frechet": 4.0,
        "frechet_floor": 1.0,
        "confidence": 0.9,
        "label_accuracy": None,
        "samples": 1_000,
        "samples_unseen": 0,
        "label_accuracy_unseen": None,
        "modes_possible": 10,
        "kernel": 0.01,
        "kernel_spread": 0.001,
        "precision": 0.9,
        "recall": 0.7,
        "nearest": 2.0,
        "nearest_real": 2.1,
        "reference_classifier": "0123456789ab",
        "reference_run": "single-reference-s1000-0a1b2c3d",
        "reference_accuracy": 0.98,
    }
    return GeneratorScores(**(content | changes))


def generator_summary(**changes: Any) -> GeneratorSummary:
    """The summary of a generator of digits that came to its end without an alarm."""
    content: dict[str, Any] = {
        "name": "single-small-s0-0a1b2c3d",
        "model": "small",
        "task": "single",
        "data": "digits",
        "protocol": Protocol("single of digits"),
        "seed": 0,
        "fit_seconds": 1.5,
        "epochs_run": 0,
        "best_epoch": 0,
        "engine": Engine("cpu", "float32", 1, "torch"),
        "command": "glyphlab generate digits",
        "pictures": "images",
        "parameters": NetSizes(generator=10, discriminator=20),
        "real_images": 1_000,
        "first_losses": Losses(d_loss=1.4, g_loss=0.7),
        "scores": generator_scores(),
        "alarms": (),
        "verdict": "healthy",
    }
    return GeneratorSummary(**(content | changes))


class ToldRun(Run):
    """A finished run that has no folder, only what it is told to hold."""

    def __init__(
        self,
        summary: ClassifierSummary | GeneratorSummary,
        rows: Sequence[Mapping[str, Any]] = (),
        arrays: Mapping[str, Any] | None = None,
        recipe: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(Path(summary.name), dict(recipe or {}))
        self.told = summary
        self.rows = [HistoryRow(row) for row in rows]
        self.arrays = Arrays(self.path / "predictions.npz", dict(arrays or {}))

    @property
    def env(self) -> dict[str, Any]:
        return {}

    @property
    def summary(self) -> ClassifierSummary | GeneratorSummary:
        return self.told

    def metrics(self) -> list[HistoryRow]:
        return self.rows

    def load_predictions(self) -> Arrays:
        return self.arrays
