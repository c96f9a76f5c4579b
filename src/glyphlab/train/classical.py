"""Training and reading with a classical model, as a run."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from glyphlab.compose import Task
from glyphlab.errors import RunError
from glyphlab.files import atomic_path
from glyphlab.models.classical import build_classical, engine_of
from glyphlab.models.classical.keep import from_bytes, stored_values, to_bytes
from glyphlab.models.strategies import Strategy
from glyphlab.progress import note
from glyphlab.runs import Run
from glyphlab.seeds import numpy_rng, seed_for
from glyphlab.train.batches import as_epoch_data
from glyphlab.train.finish import Fitted, rows_of
from glyphlab.train.infer import Reading
from glyphlab.train.recipe import Recipe

__all__ = ["fit_classical", "load_classical", "read_classical"]

FILE = "model.skops"
SCORED = 10_000
"""Training items that the training accuracy is counted on: neighbours and support vectors take
longer to read their training set than to learn it."""


def fit_classical(
    run: Run, recipe: Recipe, task: Task, strategy: Strategy, *, quiet: bool
) -> Fitted:
    """Fit one model a head, leave them in the run folder, and return how they read.

    What scikit-learn warns of, such as iterations that did not suffice, is said and kept in the
    summary.
    """
    settings = recipe.model.classical
    assert settings is not None, "the recipe's own validation sees to it"
    data = as_epoch_data(task.train.images, rows_of(task.train.labels), strategy, "cpu")
    flat, targets = data.images.flatten(1).numpy(), data.targets.numpy()
    models = []
    if not quiet:
        note(f"{run.name}: fitting '{settings.name}' on {len(flat):,} rows of {flat.shape[1]:,}")
    started = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for head in range(strategy.heads):
            state = seed_for(recipe.seed, "classical", head) % 2**32
            model = build_classical(settings, state, n_jobs=torch.get_num_threads())
            models.append(model.fit(flat, targets[:, head]))
    seconds = time.perf_counter() - started
    said = sorted({str(one.message).strip().splitlines()[0].rstrip(":") for one in caught})
    for text in said:
        note(f"{run.name}: {text}")
    with atomic_path(run.path / FILE) as temporary:
        temporary.write_bytes(to_bytes(models))
    chosen = numpy_rng(recipe.seed, "training-accuracy").permutation(len(flat))[:SCORED]
    right = [
        model.predict(flat[chosen]) == targets[chosen, head] for head, model in enumerate(models)
    ]
    return Fitted(
        lambda images: read_classical(models, strategy, images),
        {
            "parameters": sum(map(stored_values, models)),
            "fit_seconds": round(seconds, 3),
            "epochs_run": 0,
            "best_epoch": 0,
            "precision": "float64",
            "device": "cpu",
            "threads": torch.get_num_threads(),
            "sharded": False,
            "train_accuracy": float(np.mean(np.all(right, axis=0))),
            "train_accuracy_items": len(chosen),
            "engine": engine_of(models[0]),
            "warnings": said,
        },
    )


def read_classical(
    models: list[Pipeline], strategy: Strategy, images: NDArray[np.uint8]
) -> Reading:
    """Read images ``(n, H, W)`` with one fitted model a head."""
    nothing = np.zeros((len(images), strategy.positions), dtype=np.int64)
    flat = as_epoch_data(images, nothing, strategy, "cpu").images.flatten(1).numpy()
    shape = (len(flat), len(models), strategy.classes)
    probability, said = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for head, model in enumerate(models):
        classes = np.asarray(model.classes_, dtype=np.int64)
        probability[:, head, classes] = model.predict_proba(flat)
        # The model's own prediction counts: a support vector machine's votes may differ from the
        # largest of the probabilities made of its margins.
        said[np.arange(len(flat)), head, model.predict(flat)] = 1
    confidence = probability.max(-1).reshape(len(images), -1).prod(1)
    return Reading(strategy.decode(said), confidence, probability)


def load_classical(run: Run) -> list[Pipeline]:
    """Return the models of a finished run.

    Raises
    ------
    RunError
        Where the file is missing, damaged, or holds types that are not ours.
    """
    path = Path(run.path) / FILE
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RunError(
            f"{path} cannot be read ({error.strerror}): remove the run with 'glyphlab runs rm' and "
            "train it again"
        ) from error
    models: Any = from_bytes(content, str(path))
    return list(models)
