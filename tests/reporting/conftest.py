"""Four fabricated models with three seeds each, as finished run folders."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from glyphlab.metrics import mean_interval, score_all, verdicts
from glyphlab.runs import SCHEMA, Protocol, Run
from glyphlab.runs.engine import Engine
from glyphlab.runs.records import Scores
from summaries import audit_record, classifier_summary

MODELS = {"whole": 0.0, "sliced": 0.988, "multihead": 0.968, "aligned": 0.991}
STRATEGIES = {"multihead": "multihead", "sliced": "sliced", "whole": "whole", "aligned": "aligned"}
AUDIT = {
    "schema": 1,
    "task": "triple",
    "protocol": "triple over fabricated digits, labels disjoint, glyphs disjoint",
    "label_overlap": {"train_test": 0, "train_val": 0, "val_test": 0},
    "glyph_overlap": {"train_test": 0.0, "train_val": 0.0, "val_test": 0.0},
    "ceilings": {"whole": 0.0, "sliced": 1.0, "multihead": 1.0, "aligned": 1.0},
    "leaks": [],
}
ENV = {
    "glyphlab": "0.1.0",
    "commit": None,
    "python": "3.11.9",
    "torch": "2.13.0+cpu",
    "platform": "Linux x86_64",
    "cores": 2,
    "threads": 2,
    "gpu": None,
}


def strokes(rng, count):
    """Return `(count, 84, 84)` uint8 pictures of three blurred arcs each."""
    y, x = np.mgrid[:84, :84]
    images = np.zeros((count, 84, 84))
    for place in range(3):
        cx, cy = 14 + 28 * place, rng.uniform(14, 70, (count, 1, 1))
        turn, wide = rng.uniform(0, 6.3, (count, 1, 1)), rng.uniform(0.6, 1.3, (count, 1, 1))
        ring = np.hypot((x - cx) * wide, y - cy) - 8
        open_ = np.cos(np.arctan2(y - cy, x - cx) - turn) < 0.5
        images += np.exp(-((ring / 1.9) ** 2)) * open_
    return (255 * images.clip(0, 1)).astype(np.uint8)


def fabricate(folder: Path, model: str, seed: int, items: int = 2000) -> Path:
    rng = np.random.default_rng([sorted(MODELS).index(model), seed])
    true = np.random.default_rng(0).integers(0, 10, (items, 3))
    accuracy = MODELS[model] ** (1 / 3) if model != "whole" else 0.1
    wrong = rng.random(true.shape) > accuracy + rng.normal(0, 0.0003)
    pred = np.where(wrong, (true + rng.integers(1, 10, true.shape)) % 10, true)
    if model == "whole":
        pred[:, 0] = (true[:, 0] + 1) % 10
    missed = np.flatnonzero((pred != true).any(axis=1))[:24]
    index = np.concatenate([rng.integers(0, items, 24), missed])
    path = folder / f"triple-{model}-{seed}-0a1b2c3d"
    path.mkdir(parents=True)
    for name, value in (("env", ENV), ("recipe", {"schema": SCHEMA})):
        (path / f"{name}.json").write_text(json.dumps(value))
    run = Run(path, {})
    run.save_predictions(
        true=true,
        pred=pred,
        confidence=rng.uniform(0.6, 1, items).astype(np.float32),
        sample_index=index,
        sample_images=strokes(rng, len(index)),
        sample_kind=np.repeat([0, 1], [24, len(missed)]),
    )
    found = Scores(**score_all(pred, true, 10))
    exact = found.exact_match
    for epoch in range(1, 11):
        score = exact * (1 - 0.9 * 0.45**epoch)
        run.append({"epoch": epoch, "loss": 2 / epoch, "val_exact_match": score})
    run.finish(
        classifier_summary(
            name=path.name,
            model=model,
            strategy=STRATEGIES[model],
            protocol=Protocol(AUDIT["protocol"]),
            seed=seed,
            parameters={"whole": 2_505_920, "sliced": 64_810, "multihead": 102_330}.get(
                model, 71_022
            ),
            fit_seconds=71.3 + seed,
            epochs_run=10,
            best_epoch=10,
            engine=Engine("cpu", "bfloat16", 2, "torch"),
            metrics=found,
            val=replace(found, exact_match=exact * 0.999),
            train_accuracy=0.999,
            generalization_grid={
                "seen/seen": max(exact, 0.97 if model == "whole" else 0) * 1.0,
                "seen/unseen": 0.91 if model == "whole" else exact,
                "unseen/seen": exact,
                "unseen/unseen": exact,
            },
            audit=audit_record(**{key: AUDIT[key] for key in ("protocol", "ceilings")}),
        )
    )
    return path


@pytest.fixture(scope="session")
def run_dirs(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    return [fabricate(root, model, seed) for model in MODELS for seed in range(3)]


def document(run_dirs):
    """Return what ``compare --json`` would say of these runs."""
    correct, rows = {}, []
    for folder in run_dirs:
        model = json.loads((folder / "summary.json").read_text())["model"]
        with np.load(folder / "predictions.npz") as arrays:
            right = (arrays["true"] == arrays["pred"]).all(axis=1)
        correct.setdefault(model, []).append(right)
    for model, seeds in correct.items():
        found = mean_interval(np.stack(seeds))
        rows.append(
            {
                "model": model,
                "metric": "exact_match",
                "mean": found.mean,
                "low": found.low,
                "high": found.high,
                "seeds": found.seeds,
                "parameters": 71_022,
                "fit_seconds": 72.3,
            }
        )
    tests = [asdict(v) for v in verdicts({name: np.stack(rows) for name, rows in correct.items()})]
    return {"schema": 1, "task": "triple", "rows": rows, "tests": tests}


@pytest.fixture(scope="session")
def comparison(run_dirs):
    return document(run_dirs)


@pytest.fixture(scope="session")
def audit():
    return AUDIT
