"""A page of every kind, of trainings as small as can be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exported_runs import run_of
from glyphlab.experiments import (
    augmentation_study,
    augmenting,
    compare,
    compare_tasks,
    evaluate,
    learning_curve,
    report_runs,
)
from glyphlab.experiments.embedding import embed
from glyphlab.experiments.search import Study
from glyphlab.export.html_page import write_classifier_page
from glyphlab.reproductions import recorded, reproduce

__all__ = ["every_page"]

FEW = [
    "training.images=64", "training.batch_size=32", "model.width=4", "training.precision=float32",
    "evaluation.samples=100", "evaluation.epoch_samples=100",
]  # fmt: skip
STUDY: dict[str, Any] = {
    "name": "rates",
    "seeds": 1,
    "base": {
        "task": {"name": "single", "generalization_grid": 0, "train_images": 100},
        "model": {"strategy": "multihead", "channels": 2},
        "training": {"epochs": 1, "precision": "float32"},
    },
    "stages": [
        {
            "name": "first", "sampler": "random", "trials": 4,
            "space": {
                "training.learning_rate": {"low": 1e-4, "high": 0.1, "log": True},
                "training.batch_size": [16, 32],
            },
        },
        {
            "name": "second", "sampler": "grid", "space": {"training.optimizer": ["adamw", "sgd"]},
        },
    ],
}  # fmt: skip
GENERATORS: dict[str, Any] = {
    "name": "gans",
    "seeds": 1,
    "base": {
        "kind": "generator",
        "model": {"width": 4},
        "training": {"images": 64, "batch_size": 32, "precision": "float32"},
        "evaluation": {"samples": 100, "epoch_samples": 100},
    },
    "stages": [{"name": "first", "sampler": "grid", "space": {"model.latent": [2, 9]}}],
}


def every_page(folder: Path) -> dict[str, Path]:
    """Write a page of every kind to a folder, and return where each is."""
    root = folder / "runs"
    short: dict[str, Any] = {"root": root, "quiet": True}
    once = ["training.epochs=1", "training.precision=float32"]
    comparison = compare("triple", ["whole", "sliced"], seeds=2, preset="smoke", **short)
    generators = compare("digits", ["small", "dcgan"], seeds=2, overrides=FEW, **short)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("LEAST_SEEN", 400), ("GENERATED", 100), ("EPOCHS", 1)):
            patch.setattr(augmenting, name, value)
        augmented = augmentation_study("digits", [3], seeds=2, overrides=FEW, **short)
    made: dict[str, Any] = {
        "comparison": comparison,
        "run": report_runs(comparison.runs[:1]),
        "curve": learning_curve(
            "single", ["whole", "sliced"], [100, 200], seeds=2, overrides=once, steps=1, **short
        ),
        "tasks": compare_tasks(
            ["addition", "product"], ["whole", "sequential"], preset="smoke", seeds=1, **short
        ),
        "study": Study.from_mapping(STUDY).run(root, quiet=True),
        "generators": generators,
        "generator": next(iter(generators.outcomes.values())),
        "generator-study": Study.from_mapping(GENERATORS).run(root, quiet=True),
        "augmentation": augmented,
        "reproduction": reproduce("mnist-addition", scale="smoke", quiet=True, root=root),
        "recorded": recorded("triple-mnist"),
        "embedding": embed(run_of("sum"), images=60, perplexities=(5, 12), quiet=True),
        "evaluation": evaluate(
            run_of("multihead"), "digits", corrupt=True, images=60, quiet=True
        ),
    }  # fmt: skip
    pages = {kind: result.to_html(folder / f"{kind}.html") for kind, result in made.items()}
    write_classifier_page(run_of("sliced"), folder / "classifier.html")
    return {**pages, "classifier": folder / "classifier.html"}
