"""Perceptrons side by side, each ending where it would have ended alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from glyphlab._common.errors import RecipeError, TrainingDiverged
from glyphlab._common.progress import progress
from glyphlab.models import count_parameters
from glyphlab.models.strategies import Strategy
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.tasks import Task
from glyphlab.training.checkpoint import CHECKPOINT
from glyphlab.training.evaluation.classifier_scores import Fitted
from glyphlab.training.evaluation.inference import read
from glyphlab.training.events import Epoch
from glyphlab.training.initial_net import make_net
from glyphlab.training.targets import strategy_for, training_labels
from glyphlab.training.trainers.base import Context, Fit
from glyphlab.training.trainers.gradient.loop import FitResult
from glyphlab.training.trainers.gradient.trainer import Gradient
from glyphlab.training.trainers.stacked.stack import (
    each_of_stack,
    member_of,
    stack_groups,
    stackable,
)

__all__ = ["Stacked"]


class Stacked(Gradient):
    """Trains nets of dense layers side by side; the summary of each says how many there were."""

    name = "stacked"
    least = 2
    streams = False

    def reason_against(self, recipe: Recipe) -> str | None:
        """Return why this recipe cannot be trained this way; None where it can."""
        fits, reason = stackable(recipe)
        return None if fits else reason

    def groups(self, recipes: Sequence[Recipe]) -> list[list[int]]:
        """Group recipes of the same task and strategy."""
        return stack_groups(recipes)

    def fit(
        self, recipes: Sequence[Recipe], runs: Sequence[Run], task: Task, context: Context
    ) -> Iterator[Fit]:
        """Train the members of a stack, and yield each as it ends; a stack has no checkpoints.

        What has a checkpoint, of a training by itself that was cut off, goes on from it by itself.
        """
        resumed = [number for number, run in enumerate(runs) if (run.path / CHECKPOINT).exists()]
        others = [number for number in range(len(runs)) if number not in resumed]
        alone = resumed if len(others) >= self.least else list(range(len(runs)))
        for number in alone:
            yield from self._alone(number, recipes[number], runs[number], task, context)
        left = [number for number in others if number not in alone]
        if left:
            members = [recipes[number] for number in left], [runs[number] for number in left]
            for fit in self._side_by_side(*members, task, context):
                yield replace(fit, number=left[fit.number])

    def _alone(
        self, number: int, recipe: Recipe, run: Run, task: Task, context: Context
    ) -> Iterator[Fit]:
        """Train one member as the ordinary trainer does."""
        try:
            for fit in super().fit([recipe], [run], task, context):
                yield replace(fit, number=number)
        except (TrainingDiverged, RecipeError) as error:
            yield Fit(number, error=error)

    def _side_by_side(
        self, recipes: Sequence[Recipe], runs: Sequence[Run], task: Task, context: Context
    ) -> Iterator[Fit]:
        strategy = strategy_for(recipes[0], task)
        workers = min(torch.get_num_threads(), len(recipes))
        if not context.quiet:
            context.note(
                None, f"{len(recipes)} perceptrons train side by side, {workers} at a time"
            )
        validation = (
            (task.val.images, training_labels(strategy, task.val)) if len(task.val) else None
        )
        with progress(len(recipes), "stack", unit="model", quiet=context.quiet) as bar:
            for number, result in each_of_stack(
                [member_of(one) for one in recipes],
                strategy,
                task.train.images,
                training_labels(strategy, task.train),
                validation=validation,
                workers=workers,
            ):
                recipe, run = recipes[number], runs[number]
                bar.advance(text=run.name)
                if result.fit is None:
                    yield Fit(number, error=result.error)
                    continue
                net = make_net(recipe, strategy, *task.train.images.shape[1:])
                net.load_state_dict(result.state)
                run.truncate_metrics(0)
                for row in result.fit.history:
                    run.append(row)
                run.save_tensors("model.safetensors", net.state_dict())
                for row in result.fit.history:
                    context.say(Epoch(run, row, recipe.training.epochs))
                yield Fit(number, _fitted(recipe, net, strategy, result.fit, len(recipes)))


def _fitted(
    recipe: Recipe, net: torch.nn.Module, strategy: Strategy, fit: FitResult, members: int
) -> Fitted:
    return Fitted(
        lambda images: read(net, strategy, images, views=recipe.model.test_views),
        {
            "parameters": count_parameters(net),
            "fit_seconds": round(fit.train_seconds, 3),
            "epochs_run": len(fit.history),
            "best_epoch": fit.best_epoch,
            "engine": fit.engine,
            "sharded": False,
            "stacked": members,
            "train_accuracy": float(fit.history[-1]["accuracy"]),
        },
    )
