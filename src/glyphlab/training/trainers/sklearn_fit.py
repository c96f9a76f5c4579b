"""Training and reading with a classical model, as a run."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from glyphlab._common.files import atomic_path
from glyphlab._common.seeds import numpy_rng, seed_for
from glyphlab.backends import working_seconds
from glyphlab.models.own.given import fitted_own, lost_when_kept
from glyphlab.models.sklearn import backend_of, build_classical
from glyphlab.models.sklearn.joint_path import fit_jointly
from glyphlab.models.sklearn.skops_files import from_bytes, stored_values, to_bytes
from glyphlab.models.strategies import Strategy
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.runs.documents import read_bytes
from glyphlab.runs.engine import Engine
from glyphlab.tasks import Task
from glyphlab.training.batches import as_epoch_data
from glyphlab.training.evaluation.classifier_scores import Fitted
from glyphlab.training.evaluation.inference import Predictions
from glyphlab.training.targets import training_labels

__all__ = ["fit_classical", "load_classical", "path_key", "read_classical"]

FILE = "model.skops"
SCORED = 10_000
"""Training items that the training accuracy is counted on, but for logistic regression, which reads
at once: neighbours and support vectors take longer to read their training set than to learn it."""


def path_key(recipe: Recipe) -> str | None:
    """Return what recipes have in common that can be fitted in one path; None for all others.

    They are our own logistic regressions (solver ``'softmax'``) on one task, with any C. Their seed
    does not matter: nothing in them is left to chance.
    """
    settings = recipe.model.classical
    if settings is None or settings.solver != "softmax" or settings.pca is not None:
        return None
    same = settings.model_copy(update={"C": None})
    return "".join((recipe.task.model_dump_json(), recipe.model.strategy, same.model_dump_json()))


def fit_classical(
    runs: Sequence[Run],
    recipes: Sequence[Recipe],
    task: Task,
    strategy: Strategy,
    *,
    quiet: bool,
    said: Callable[[Run | None, str], None],
) -> list[Fitted]:
    """Fit one model a head, leave them in the run folder, and return how they read.

    Several recipes are of one `path_key` and fitted in the same passes: each summary says how many
    there were (``in_one_path``), and an equal share of the seconds. What scikit-learn warns of,
    such as iterations that did not suffice, is said and kept in the summary.
    """
    model = recipes[0].model
    called = model.classical.name if model.classical else recipes[0].name
    data = as_epoch_data(task.train.images, training_labels(strategy, task.train), strategy, "cpu")
    flat, targets = data.resident.flatten(1).numpy(), data.targets.numpy()
    heads: list[list[Pipeline]] = []
    name = runs[0].name if len(runs) == 1 else f"{runs[0].name} and {len(runs) - 1} with other C"
    if not quiet:
        what = f"{len(flat):,} rows of {flat.shape[1]:,}"
        said(runs[0], f"{name}: fitting '{called}' on {what}")
    before = []
    if model.custom is not None and (lost := lost_when_kept(model.custom, flat.shape[1])):
        before.append(
            f"'{called}' is trained and scored, and cannot be predicted from later: its file would "
            f"hold {', '.join(lost)}, which is not read back from a file; where that matters "
            "choose another classifier, such as a random forest"
        )
        said(runs[0], f"{name}: {before[0]}")
    started = working_seconds()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for head in range(strategy.heads):
            heads.append(_fit_head(recipes, head, flat, targets[:, head]))
    seconds = (working_seconds() - started) / len(runs)
    warned = sorted({str(one.message).strip().splitlines()[0].rstrip(":") for one in caught})
    for text in warned:
        said(runs[0], f"{name}: {text}")
    facts = {"fit_seconds": round(seconds, 3), "warnings": [*before, *warned]}
    if len(runs) > 1:
        facts["in_one_path"] = len(runs)
    return [
        _kept(run, recipe, list(models), strategy, (flat, targets), facts)
        for run, recipe, models in zip(runs, recipes, zip(*heads, strict=True), strict=True)
    ]


def _fit_head(
    recipes: Sequence[Recipe], head: int, flat: NDArray[Any], targets: NDArray[np.int64]
) -> list[Pipeline]:
    """Fit the model of one head, for each of the recipes."""
    models = []
    for recipe in recipes:
        state = seed_for(recipe.seed, "classical", head) % 2**32
        if recipe.model.custom is not None:
            return [fitted_own(recipe.model.custom, state, flat, targets)]
        assert recipe.model.classical is not None, "the recipe's own validation sees to it"
        threads = torch.get_num_threads()
        models.append(build_classical(recipe.model.classical, state, n_jobs=threads))
    if path_key(recipes[0]) is not None:
        fit_jointly(models, flat, targets)
    else:
        (alone,) = models
        alone.fit(flat, targets)
    return models


def _kept(
    run: Run,
    recipe: Recipe,
    models: list[Pipeline],
    strategy: Strategy,
    data: tuple[NDArray[Any], NDArray[np.int64]],
    facts: dict[str, Any],
) -> Fitted:
    """Leave fitted models in the run folder, and return how they read."""
    flat, targets = data
    with atomic_path(run.path / FILE) as temporary:
        temporary.write_bytes(to_bytes(models))
    chosen = numpy_rng(recipe.seed, "training-accuracy").permutation(len(flat))
    settings = recipe.model.classical
    own = "custom" if settings is None else settings.name
    threads = torch.get_num_threads()
    engine = Engine("cpu", _precision(models[0]), threads, backend_of(models[0]))
    if own != "logistic":
        chosen = chosen[:SCORED]
    right = np.ones(len(chosen), bool)
    for head, model in enumerate(models):
        for rows in np.array_split(np.arange(len(chosen)), -(-len(chosen) // SCORED)):
            index = chosen[rows]
            right[rows] &= model.predict(flat[index]) == targets[index, head]
    return Fitted(
        lambda images: read_classical(models, strategy, images),
        {
            "parameters": sum(map(stored_values, models)),
            "epochs_run": 0,
            "best_epoch": 0,
            "engine": engine,
            "sharded": False,
            "train_accuracy": float(np.mean(right)),
            "train_accuracy_items": len(chosen),
            **facts,
        },
    )


def _precision(model: Pipeline) -> str:
    """Return what a fitted model multiplied in.

    Logistic regressions and perceptrons keep the number format of the pixels. Neighbours, support
    vectors and forests of scikit-learn take float32 pixels too, and add up in float64.
    """
    classifier = model[-1]
    if hasattr(classifier, "coefs_"):  # of perceptrons, one array a layer
        coefficients = classifier.coefs_[0]
    else:
        coefficients = getattr(classifier, "coef_", None)
    return "float32" if getattr(coefficients, "dtype", None) == np.float32 else "float64"


def read_classical(
    models: list[Pipeline], strategy: Strategy, images: NDArray[np.uint8]
) -> Predictions:
    """Read images ``(n, H, W)`` with one fitted model a head."""
    nothing = np.zeros((len(images), strategy.positions), dtype=np.int64)
    flat = as_epoch_data(images, nothing, strategy, "cpu").resident.flatten(1).numpy()
    shape = (len(flat), len(models), strategy.classes)
    probability, said = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for head, model in enumerate(models):
        classes = np.asarray(model.classes_, dtype=np.int64)
        probability[:, head, classes] = model.predict_proba(flat)
        # The model's own prediction counts: a support vector machine's votes may differ from the
        # largest of the probabilities made of its margins.
        said[np.arange(len(flat)), head, model.predict(flat)] = 1
    answers = strategy.answer(strategy.decode(said))
    return Predictions(answers, strategy.confidence(probability, answers), probability)


def load_classical(run: Run) -> list[Pipeline]:
    """Return the models of a finished run.

    Raises
    ------
    RunError
        Where the file is missing, damaged, or holds types that are not ours.
    """
    path = Path(run.path) / FILE
    content = read_bytes(path)
    models: Any = from_bytes(content, str(path))
    return list(models)
