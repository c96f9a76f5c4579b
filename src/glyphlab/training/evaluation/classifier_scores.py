"""What every run leaves at its end: its readings of the splits, and a summary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.seeds import numpy_rng
from glyphlab.data.class_names import own_names
from glyphlab.metrics import score_all
from glyphlab.models.strategies import Labels, Strategy
from glyphlab.recipes import Recipe
from glyphlab.runs import ClassifierSummary, Protocol, Run, save_test_glyphs
from glyphlab.runs.records import (
    AuditRecord,
    SceneRecord,
    Scores,
    StrategyState,
    SymbolScores,
    TestSet,
)
from glyphlab.tasks import Split, Task
from glyphlab.tasks.label_names import label_names
from glyphlab.tasks.labels import MOST_TUPLES, all_tuples
from glyphlab.training.evaluation.inference import Predictions
from glyphlab.training.targets import rows_of, training_labels

__all__ = ["Fitted", "finish"]

SAMPLES, ERRORS = 24, 24
_MOST_TUPLES = 1_000

Read = Callable[[NDArray[np.uint8]], Predictions]


@dataclass(frozen=True)
class Fitted:
    """What a training left.

    Attributes
    ----------
    read : callable
        From images ``(n, H, W)`` to a `Predictions`, with the selected weights.
    facts : dict
        What the summary says of this training: ``parameters, fit_seconds, epochs_run, best_epoch,
        engine, sharded, train_accuracy`` and what a kind of model adds.
    """

    read: Read
    facts: dict[str, Any]


def finish(
    run: Run, recipe: Recipe, task: Task, strategy: Strategy, fitted: Fitted, command: str
) -> ClassifierSummary:
    """Read the test split, once, and all else that is scored; leave predictions, return a summary.

    It is the caller's to write: then the run is finished.
    """
    on_test = fitted.read(task.test.images)
    on_val = fitted.read(task.val.images) if len(task.val) else None
    classes = _classes(task)
    grid, grid_arrays, grid_glyphs = _generalization_grid(recipe, task, fitted.read)
    run.save_predictions(
        true=rows_of(task.test.labels),
        pred=on_test.labels,
        confidence=on_test.confidence,
        **_samples(task, on_test, recipe.seed, strategy),
        **grid_arrays,
    )
    on = _test_set(recipe, task)
    save_test_glyphs(run, None if on.glyphs == on.uses else task.test.glyph_ids, grid_glyphs)
    return ClassifierSummary(
        name=run.name,
        model=recipe.name,
        strategy=strategy.name,
        net=recipe.model.net,
        task=task.name,
        data=task.data,
        protocol=_protocol(recipe, task),
        seed=recipe.seed,
        **fitted.facts,
        test_loss=strategy.mean_loss(
            on_test.probabilities, strategy.targets(training_labels(strategy, task.test))
        ),
        metrics=_scores(on_test, task.test, classes),
        val=_scores(on_val, task.val, classes) if on_val else None,
        symbols=_symbols(strategy, on_test, task),
        generalization_grid=grid,
        audit=AuditRecord.of(task.audit().to_json()),
        strategy_state=_strategy_state(strategy, task),
        command=command,
        class_names=own_names(label_names(task)),
        test_set=on,
    )


def _test_set(recipe: Recipe, task: Task) -> TestSet:
    glyphs, uses = task.test.glyph_uses or (None, None)
    return TestSet(
        digest=task.test.digest,
        images=len(task.test),
        glyphs=glyphs,
        uses=uses,
        split="validation" if recipe.task.withhold_test else "test",
    )


def _scores(predictions: Predictions, split: Split, classes: int | None) -> Scores:
    return Scores(**score_all(predictions.labels, rows_of(split.labels), classes))


def _classes(task: Task) -> int | None:
    """Return how many values a label has at a position; None where they are no short row from 0."""
    scene = task.scene
    if scene.rule == "digits":
        return task.classes
    if scene.rule == "sum" and scene.digits == 1:
        return scene.count * (task.classes - 1) + 1  # a sum has more values than a symbol
    return None


def _symbols(strategy: Strategy, on_test: Predictions, task: Task) -> SymbolScores | None:
    """Score the single symbols, where they are read on the way to a label derived from them."""
    if strategy.cells == (1, 1) and strategy.supervision == "labels":
        return None
    read = on_test.probabilities.argmax(-1).reshape(task.test.symbols.shape)
    right = read == task.test.symbols
    return SymbolScores(accuracy=float(right.mean()), all_correct=float(right.all(1).mean()))


def _generalization_grid(
    recipe: Recipe, task: Task, predictions: Read
) -> tuple[dict[str, float] | None, dict[str, Labels], dict[str, NDArray[np.int64]]]:
    """Score the generalization grid, where the task can draw one, and say which glyphs it shows.

    It would use glyphs twice, and must find the symbols that give a label.
    """
    derived = task.scene.rule != "digits"
    too_many = derived and task.classes**task.scene.count > MOST_TUPLES
    if (
        not recipe.task.generalization_grid
        or not task.pools
        or task.without_glyph_reuse
        or too_many
    ):
        return None, {}, {}
    shares: dict[str, float] = {}
    arrays: dict[str, Labels] = {}
    ids: dict[str, NDArray[np.int64]] = {}
    for (labels, glyphs), split in task.generalization_grid(
        recipe.task.generalization_grid
    ).items():
        pred, true = predictions(split.images).labels, rows_of(split.labels)
        shares[f"{labels}/{glyphs}"] = float((pred == true).all(1).mean())
        ids[f"{labels}/{glyphs}"] = split.glyph_ids
        arrays[f"generalization_grid_{labels}_{glyphs}_true"] = true
        arrays[f"generalization_grid_{labels}_{glyphs}_pred"] = pred
    return shares, arrays, ids


def _samples(
    task: Task, on_test: Predictions, seed: int, strategy: Strategy
) -> dict[str, NDArray[Any]]:
    """Return some random test images and the most confident errors, for pictures."""
    count = len(task.test)
    chosen = numpy_rng(seed, "samples").choice(count, min(SAMPLES, count), replace=False)
    wrong = np.flatnonzero((on_test.labels != rows_of(task.test.labels)).any(1))
    worst = wrong[np.argsort(-on_test.confidence[wrong], kind="stable")[:ERRORS]]
    index = np.concatenate([np.sort(chosen), worst])
    kind = np.repeat([0, 1], [len(chosen), len(worst)])
    return {
        "sample_index": index,
        "sample_images": task.test.images[index],
        "sample_kind": kind.astype(np.int64),
        **_spread(task, on_test, index, strategy),
    }


def _spread(
    task: Task, on_test: Predictions, index: NDArray[np.int64], strategy: Strategy
) -> dict[str, NDArray[Any]]:
    """Return how each sample's probability is spread over all labels, where these are few numbers.

    A reader of single symbols has no such distribution of its own: it is derived from those of the
    symbols.
    """
    rule, count = task.scene.rule, task.scene.count
    if rule == "digits" or task.classes**count > _MOST_TUPLES:
        return {}
    labels = np.unique(task.scene.labels_of(all_tuples(task.classes, count)))
    of_image = on_test.probabilities.reshape(len(task.test), -1, on_test.probabilities.shape[-1])
    chosen = of_image[index]
    shares = [strategy.confidence(chosen, np.full((len(index), 1), label)) for label in labels]
    return {"sample_labels": labels, "sample_spread": np.stack(shares, 1)}


def _protocol(recipe: Recipe, task: Task) -> Protocol:
    validated = len(task.val) > 0 or recipe.training.validation_fraction > 0
    estimated = recipe.training.estimate_classes
    best = validated and recipe.training.select == "best" and not estimated
    once = recipe.model.is_estimator
    return Protocol(
        data=task.protocol,
        validation_glyph_fraction=None
        if task.name == "single"
        else recipe.task.validation_glyph_fraction,
        redraw=recipe.task.redraw,
        short_canvas=recipe.training.short_canvas,
        affine=recipe.task.affine,
        validation_fraction=recipe.training.validation_fraction,
        estimate_classes=estimated,
        test_views=recipe.model.test_views,
        selection="once" if once else "best" if best else "last",
    )


def _strategy_state(strategy: Strategy, task: Task) -> StrategyState:
    """Return what `predict` needs to build the net again."""
    height, width = task.train.images.shape[1:]
    kept = {"known": (), "scene": None, **strategy.state()}
    if kept["scene"] is not None:
        kept["scene"] = SceneRecord(**kept["scene"])
    return StrategyState(
        height=height,
        width=width,
        positions=strategy.positions,
        symbols=task.classes,
        **kept,
    )
