"""Nets by gradient descent, one after another, with a checkpoint that a kill leaves whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import RecipeError
from glyphlab._common.machine import require_memory
from glyphlab._common.progress import progress
from glyphlab._common.seeds import seed_for
from glyphlab.backends import COMPILED
from glyphlab.models import count_parameters
from glyphlab.models.strategies import Labels, Strategy
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.tasks import GlyphAffine, Task
from glyphlab.tasks.streams.streamed_images import chosen_images
from glyphlab.training.batches import Pictures, as_epoch_data, held_out
from glyphlab.training.checkpoint import CHECKPOINT, recorded_engine
from glyphlab.training.engine_choice import engine_for
from glyphlab.training.evaluation.classifier_scores import Fitted
from glyphlab.training.evaluation.inference import Predictions, read
from glyphlab.training.events import Epoch
from glyphlab.training.initial_net import make_net
from glyphlab.training.targets import strategy_for, training_labels
from glyphlab.training.trainers.base import Context, Fit
from glyphlab.training.trainers.gradient import restarts
from glyphlab.training.trainers.gradient.captured import reason_against_capture
from glyphlab.training.trainers.gradient.estimated_classes import estimate as classes
from glyphlab.training.trainers.gradient.estimated_classes.estimate import Rounds
from glyphlab.training.trainers.gradient.loop import FitResult, Validation, fit_net
from glyphlab.training.trainers.gradient.restarts import Start, best_restart, engine_kept
from glyphlab.training.trainers.one_by_one import OneByOne

__all__ = ["Gradient"]


class Gradient(OneByOne):
    """Trains one net at a time."""

    name = "gradient"
    streams = True

    def reason_against(self, recipe: Recipe) -> str | None:
        """Return why this recipe cannot be trained this way; None where it can."""
        return "a classical model has no gradients" if recipe.model.is_estimator else None

    def rehearse(self, recipe: Recipe, task: Task) -> None:
        """Raise where the strategy or the net does not fit, or images cannot be redrawn."""
        super().rehearse(recipe, task)
        strategy = strategy_for(recipe, task)
        reason = classes.reason_against(strategy) if recipe.training.estimate_classes else None
        if reason:
            raise RecipeError(reason)
        if recipe.model.custom is None:  # a net of somebody's own is made once, by training
            make_net(recipe, strategy, *task.train.images.shape[1:])
        if recipe.task.redraw:
            task.redraw_pool()

    def fit(
        self, recipes: Sequence[Recipe], runs: Sequence[Run], task: Task, context: Context
    ) -> Iterator[Fit]:
        """Train the net, or go on from its checkpoint."""
        (recipe,), (run,) = recipes, runs
        yield Fit(0, _fit(run, recipe, task, strategy_for(recipe, task), context))


def _fit(run: Run, recipe: Recipe, task: Task, strategy: Strategy, context: Context) -> Fitted:
    """Train the recipe's net, leave its weights, and return how it reads."""
    settings, checkpoint, quiet = recipe.training, run.path / CHECKPOINT, context.quiet
    make = partial(make_net, recipe, strategy, *task.train.images.shape[1:])
    net = make()
    parameters = count_parameters(net)
    engine_before = recorded_engine(checkpoint) or engine_kept(run, restarts.FILE)
    engine_before = engine_before or engine_kept(run, classes.FILE)
    against = reason_against_capture(net, strategy, settings)
    engine = engine_for(
        settings.device, settings.precision, net, engine_before, against,
        None if settings.estimate_classes else strategy,  # single symbols have the usual loss
    )  # fmt: skip
    context.note_engine(run, engine, against)
    report, note = partial(context.report, run), partial(context.note, run)
    learner, taught = net, strategy
    start: Start | Rounds | None = None
    pictures: Pictures
    validation: Validation | None
    if settings.estimate_classes:
        found = classes.estimate_classes(
            run, make, strategy, task.train.images, training_labels(strategy, task.train),
            settings, seed=recipe.seed, engine=engine, quiet=quiet, report=report, note=note,
        )  # fmt: skip
        learner, taught, start = classes.reader_of(net), found.strategy, found.rounds
        pictures, validation, redrawn = found.pictures, None, False
    else:
        pictures, validation = _data(recipe, task, strategy, engine.device)
        redrawn = recipe.task.redraw or recipe.training.short_canvas > 0
    if settings.restarts > 1:
        start = best_restart(
            run, net, make, strategy, pictures, settings,
            seed=recipe.seed, engine=engine, redrawn=redrawn, report=report,
        )  # fmt: skip
    engine = start.engine if start else engine
    run.truncate_metrics(0)
    with progress(settings.epochs, run.name, unit="epoch", quiet=quiet) as bar:

        def on_epoch(row: dict[str, Any]) -> None:
            run.append(row)
            bar.advance(text=_epoch_text(row))
            context.say(Epoch(run, row, settings.epochs))

        result = fit_net(
            learner,
            taught,
            pictures,
            settings,
            seed=recipe.seed,
            validation=validation,
            engine=engine,
            redrawn=redrawn,
            checkpoint=checkpoint,
            checkpoint_seconds=context.checkpoint_seconds,
            on_epoch=on_epoch,
        )
    run.save_tensors("model.safetensors", net.state_dict())

    def predicted(images: NDArray[np.uint8]) -> Predictions:
        with engine.in_force():
            return read(
                net, strategy, images, device=engine.device, precision=engine.precision,
                views=recipe.model.test_views,
            )  # fmt: skip

    return Fitted(
        predicted,
        {
            "parameters": parameters,
            "fit_seconds": round(result.train_seconds + (start.seconds if start else 0), 3),
            "epochs_run": len(result.history),
            "best_epoch": result.best_epoch,
            "engine": result.engine,
            "sharded": engine.backend == COMPILED,
            "train_accuracy": _train_accuracy(result),
            **({"restarts": start.losses} if isinstance(start, Start) else {}),
            **({"residuals": start.residuals} if isinstance(start, Rounds) else {}),
        },
    )


def _data(
    recipe: Recipe, task: Task, strategy: Strategy, device: str
) -> tuple[Pictures, Validation | None]:
    """Return where training pictures come from, and what to validate on, if anything."""
    labels = training_labels(strategy, task.train)
    fraction = recipe.training.validation_fraction
    kept, held = held_out(len(labels), fraction, recipe.seed)
    if fraction:
        val_images, val_labels = chosen_images(task.train.images, held), labels[held]
    else:
        val_images, val_labels = task.val.images, training_labels(strategy, task.val)
    affine = GlyphAffine() if recipe.task.affine else None
    repeated = recipe.training.repeats * (len(kept) if fraction else len(labels))
    each = 0 if task.train.is_streamed else task.train.images[0].size
    require_memory(
        repeated * (each + 8 * labels.shape[1]),
        f"an epoch of {repeated:,} images",
        "ask for fewer with training.repeats",
    )

    def pictures(epoch: int) -> tuple[NDArray[np.uint8], Labels]:
        images = task.train.images
        short = epoch < round(recipe.training.short_canvas * recipe.training.epochs)
        seed = seed_for(recipe.seed, "draw", epoch)
        if recipe.task.redraw:
            images = task.redraw(seed, affine, short_canvas=short).images
        elif short:
            images = task.redraw_short_canvas(seed).images
        times = recipe.training.repeats
        if times == 1:
            return (chosen_images(images, kept), labels[kept]) if fraction else (images, labels)
        rows = np.tile(kept if fraction else np.arange(len(labels)), times)
        return chosen_images(images, rows), labels[rows]

    if not len(val_labels):
        return pictures, None
    return pictures, (as_epoch_data(val_images, val_labels, strategy, device), val_labels)


def _train_accuracy(result: FitResult) -> float:
    """Return the running accuracy of the last epoch, as Keras reports it."""
    return float(result.history[-1]["accuracy"])


def _epoch_text(row: dict[str, Any]) -> str:
    text = f"loss {row['loss']:.4f}, training {row['accuracy']:.2%}"
    if "val_exact_match" in row:
        text += f", validation {row['val_exact_match']:.2%}"
    return text
