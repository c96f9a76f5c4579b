"""Generators: two nets that train each other, and the evaluation of what they generate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from glyphlab._common.files import atomic_path
from glyphlab._common.machine import require_memory
from glyphlab._common.progress import note, progress
from glyphlab.data.class_names import own_names
from glyphlab.models import count_parameters
from glyphlab.recipes import GeneratorRecipe
from glyphlab.runs import GeneratorSummary, Protocol, Run, RunSummary
from glyphlab.runs.engine import Engine
from glyphlab.runs.records import GeneratorScores, Losses, NetSizes
from glyphlab.tasks import Task
from glyphlab.tasks.label_names import symbol_names
from glyphlab.training import events
from glyphlab.training.checkpoint import CHECKPOINT, recorded_engine
from glyphlab.training.engine_choice import engine_for
from glyphlab.training.evaluation.alarms import HEALTHY, Alarm, alarms_at_the_end, alarms_of
from glyphlab.training.evaluation.generate import keep_weights
from glyphlab.training.evaluation.generator_scores import epoch_scores, epoch_text, final_scores
from glyphlab.training.evaluation.reference_classifier import (
    ReferenceClassifier,
    find_reference,
    keep_to_reference,
    require_reference,
)
from glyphlab.training.evaluation.reference_set import (
    asked_labels,
    notes_on,
    reference_of,
    require_validation,
    watched_split,
)
from glyphlab.training.evaluation.sample_grids import animation, write_grid
from glyphlab.training.evaluation.sampling import draw_samples, fixed_noise, spread_labels
from glyphlab.training.events import Epoch
from glyphlab.training.trainers.adversarial.captured_pair import reason_against_capture_of_pair
from glyphlab.training.trainers.adversarial.collapse_mitigation import (
    make_mitigation,
    require_one_symbol,
)
from glyphlab.training.trainers.adversarial.images import Pictures, compose, pictures_of
from glyphlab.training.trainers.adversarial.loop import steps_of, train_pair
from glyphlab.training.trainers.adversarial.net_pair import AdversarialPair
from glyphlab.training.trainers.base import Context, Fit

__all__ = ["Adversarial"]

COPIES_AMONG = 5  # times as many training images are looked through for what was copied
REAL_MOST = 10_000
"""Real images, at most, that samples are held against."""
FLOOR_TIMES = 5  # as many other real images, where there are, that the floors are means over
ROW = 10
"""Pictures of each symbol on the page."""


class Adversarial:
    """Trains one adversarial pair at a time, and evaluates what the generator draws."""

    name = "adversarial"
    least = 1
    streams = False

    def reason_against(self, recipe: GeneratorRecipe) -> str | None:
        """Return why this recipe cannot be trained this way; None where it can."""
        del recipe
        return None

    def groups(self, recipes: Sequence[GeneratorRecipe]) -> list[list[int]]:
        """Return a group for each."""
        return [[number] for number in range(len(recipes))]

    def rehearse(self, recipe: GeneratorRecipe, task: Task) -> None:
        """Raise where the images cannot be cut into what is generated, or the nets do not fit."""
        asked = max(recipe.evaluation.samples, recipe.evaluation.epoch_samples)
        # the latent numbers, the images, and the images as the reference classifier reads them
        each = 4 * recipe.model.latent + 5 * task.train.images[0].size
        advice = "ask for fewer with --samples, evaluation.epoch_samples or model.latent"
        require_memory(asked * each, f"{asked:,} samples", advice)
        pictures = pictures_of(recipe, task, task.train)
        height, width = pictures.images.shape[1:]
        AdversarialPair(recipe, pictures.classes, height, width, pictures.brightness)
        require_one_symbol(recipe, task)
        require_validation(recipe, task)

    def prepare(self, recipes: Sequence[GeneratorRecipe], task: Task, context: Context) -> None:
        """Raise where there is nothing to learn from, or no reference classifier.

        Raises
        ------
        DataError
            Where the images cannot be cut into what is to be drawn.
        UsageError
            Where the samples to be evaluated do not fit into memory.
        ReferenceMismatch
            Where no run at hand is the reference classifier that a recipe names, or a run began
            with another.
        """
        for recipe in recipes:
            self.rehearse(recipe, task)
            reference = find_reference(
                recipe.evaluation.reference_classifier, context.required, context.root
            )
            require_reference(recipe.path_in(context.root), reference)

    def fit(
        self, recipes: Sequence[GeneratorRecipe], runs: Sequence[Run], task: Task, context: Context
    ) -> Iterator[Fit]:
        """Train generator and discriminator, or go on from their checkpoint."""
        (recipe,), (run,) = recipes, runs
        pictures = pictures_of(recipe, task, task.train)
        reference = find_reference(
            recipe.evaluation.reference_classifier, context.required, context.root
        )
        keep_to_reference(run, reference)
        begun = recorded_engine(run.path / CHECKPOINT)
        against = reason_against_capture_of_pair(recipe)
        engine = engine_for(recipe.training.device, recipe.training.precision, None, begun, against)
        context.note_engine(run, engine, against)
        with engine.in_force():
            reference = reference.on(engine.device)
            training = _Training(run, recipe, task, pictures, reference, context, engine)
            training.run_to_the_end()
        yield Fit(0, training)

    def finish(
        self, recipe: GeneratorRecipe, run: Run, task: Task, left: _Training, command: str
    ) -> RunSummary:
        """Evaluate the samples, once; leave pictures, and return the summary."""
        del recipe, run, task
        with left.engine.in_force():
            return left.scored(command)


class _Training:
    """What one training holds on to between its epochs."""

    def __init__(
        self,
        run: Run,
        recipe: GeneratorRecipe,
        task: Task,
        pictures: Pictures,
        reference: ReferenceClassifier,
        context: Context,
        engine: Engine,
    ) -> None:
        self.run, self.recipe, self.task, self.pictures = run, recipe, task, pictures
        self.reference, self.epoch_samples = reference, recipe.evaluation.epoch_samples
        self.context = context
        self.engine, self.device, self.precision = engine, engine.device, engine.precision
        height, width = pictures.images.shape[1:]
        self.pair = AdversarialPair(
            recipe, pictures.classes, height, width, pictures.brightness, self.device
        )
        self.real = reference_of(recipe, task, reference, watched_split(task), self.epoch_samples)
        self.history: list[dict[str, Any]] = []
        self.alarms: list[Alarm] = []
        self.evaluated = 0
        self.stopped = False

    def run_to_the_end(self) -> None:
        """Train to the end, or to the first alarm where that is wanted."""
        recipe, run = self.recipe, self.run
        mitigation = make_mitigation(
            recipe.training.collapse_mitigation,
            lambda images: self.reference(images).labels[:, 0],
            lambda epoch: self._draw(self.epoch_samples, None, "remedy", epoch)[0],
            self.pictures.classes,
        )
        whole, epoch_steps = steps_of(recipe, len(self.pictures))
        epochs = -(-whole // epoch_steps)
        for text in notes_on(recipe, self.task):
            self.context.note(run, f"{run.name}: {text}")
        run.truncate_metrics(0)
        with progress(epochs, run.name, unit="epoch", quiet=self.context.quiet) as bar:

            def on_epoch(row: dict[str, Any]) -> bool:
                fresh = row["epoch"] == self.evaluated  # or of before the run was resumed
                run.append(row)
                self.history.append(row)
                found = alarms_of(self.history)
                for alarm in found[len(self.alarms) :]:
                    self._raise(alarm, f"ALARM {alarm.name} in epoch {alarm.epoch}")
                self.alarms = found
                bar.advance(text=epoch_text(row, found) + ("" if fresh else " (before)"))
                self.stopped = recipe.evaluation.stop_on_alarm and bool(found)
                self.context.say(Epoch(run, row, epochs))
                return self.stopped

            position = train_pair(
                run,
                self.pair,
                recipe,
                self.pictures,
                engine=self.engine,
                mitigation=mitigation,
                evaluate=self._evaluate_epoch,
                on_epoch=on_epoch,
                keep_best=recipe.evaluation.stop_on_alarm,
                checkpoint_seconds=self.context.checkpoint_seconds,
            )
        self.seconds, self.first_losses = position.seconds, position.first
        self.engine = position.engine
        kept = self.stopped and self.pair.best is not None
        self.best_epoch = position.selection.epoch if kept else len(self.history)

    def _evaluate_epoch(self) -> dict[str, Any]:
        """Evaluate the generator with the latent numbers of every epoch, and leave its grid."""
        self.evaluated = epoch = len(self.history) + 1
        images, asked = self._draw(self.epoch_samples, spread_labels, "fixed")
        row = epoch_scores(self.reference, images, asked, self.real)
        count = self.task.scene.count
        width = self.pictures.classes if count == 1 else 6
        write_grid(self.run.path, epoch, images[: width * (10 if count == 1 else 6)], width)
        if self.recipe.evaluation.keep_weights:
            keep_weights(self.run, epoch, self.pair.mean)
        return row

    def _draw(
        self, count: int, how: Any, *names: str | int
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
        """Return images ``(count, H, W)`` and the labels ``(count, k)`` that were asked for."""
        recipe, scene = self.recipe, self.task.scene
        parts = 1 if recipe.pictures in ("images", "stacked") else scene.count
        asked = None
        if recipe.model.conditional:
            if how is spread_labels and parts == 1:
                asked = spread_labels(count, self.task.classes)[:, None]
            else:
                asked = asked_labels(self.task, count, recipe.seed, *names)
        noise = fixed_noise(recipe.model.latent, count * parts, recipe.seed, *names)
        drawn = draw_samples(
            self.pair.mean, noise, None if asked is None else asked.reshape(-1),
            device=self.device, precision=self.precision,
        )  # fmt: skip
        return compose(drawn, scene, recipe.seed, recipe.pictures), asked

    def scored(self, command: str) -> GeneratorSummary:
        """Evaluate the samples once, against real images of the test split; leave pictures."""
        run, recipe, task = self.run, self.recipe, self.task
        samples = recipe.evaluation.samples
        if self.stopped and self.pair.best is not None:
            self.pair.mean.load_state_dict(self.pair.best)
            kept = f"the generator of epoch {self.best_epoch} is kept"
            self.context.note(run, f"{run.name}: stopped by an alarm; {kept}")
        run.save_tensors("model.safetensors", self.pair.mean.state_dict())
        images, asked = self._draw(samples, None, "final")
        real = reference_of(
            recipe, task, self.reference, "test", min(samples, REAL_MOST), times=FLOOR_TIMES
        )
        known = task.train.images[: COPIES_AMONG * self.epoch_samples]
        scores, nearest, read = final_scores(
            self.reference, images, asked, real, known, trained=task.train.symbols, seed=recipe.seed
        )
        end = len(self.history)
        late = alarms_at_the_end(end, scores, self.alarms, symbol_names(task))
        for alarm in late:
            self._raise(alarm, f"ALARM {alarm.name}")
        self.alarms = [*self.alarms, *late]
        shown = min(24, len(images))
        run.save_predictions(
            samples=images[:200],
            asked=np.zeros((0, 0), np.int64) if asked is None else asked[:200],
            nearest=known[nearest[:shown]],
            walk=self._walk(),
            rows=self._class_rows(images, read),
        )
        with atomic_path(run.path / "animation.gif") as temporary:
            temporary.write_bytes(animation(run.path))
        return GeneratorSummary(
            name=run.name,
            model=recipe.name,
            task=task.name,
            data=task.data,
            protocol=Protocol(task.protocol),
            seed=recipe.seed,
            pictures=recipe.pictures,
            parameters=NetSizes(
                generator=count_parameters(self.pair.generator),
                discriminator=sum(map(count_parameters, self.pair.discriminators)),
            ),
            real_images=self.history[-1]["images"],
            first_losses=Losses(**self.first_losses),
            fit_seconds=round(self.seconds, 3),
            epochs_run=len(self.history),
            best_epoch=self.best_epoch,
            engine=self.engine,
            scores=GeneratorScores(**scores),
            alarms=tuple(self.alarms),
            verdict=self.alarms[0].name if self.alarms else HEALTHY,
            command=command,
            class_names=own_names(symbol_names(task)),
        )

    def _raise(self, alarm: Alarm, title: str) -> None:
        note(f"{title}: {alarm.statistic}")
        self.context.say(events.Alarm(self.run, alarm.name, alarm.epoch, alarm.statistic))

    def _walk(self) -> NDArray[np.uint8]:
        """Return pictures along straight lines between latent numbers, ``(rows, steps, h, w)``."""
        recipe, rows, steps = self.recipe, 5, 10
        ends = fixed_noise(recipe.model.latent, 2 * rows, recipe.seed, "walk").view(rows, 2, -1)
        share = torch.linspace(0, 1, steps)[None, :, None]
        line = ends[:, :1] * (1 - share) + ends[:, 1:] * share
        # of constant length on the way, as the samples are that the generator knows
        line = line / line.norm(dim=2, keepdim=True) * recipe.model.latent**0.5
        labels = None
        if recipe.model.conditional:
            labels = np.repeat(np.arange(rows) % self.pictures.classes, steps)
        drawn = draw_samples(
            self.pair.mean, line.reshape(rows * steps, -1), labels,
            device=self.device, precision=self.precision,
        )  # fmt: skip
        return drawn.reshape(rows, steps, *drawn.shape[1:])

    def _class_rows(self, images: NDArray[np.uint8], read: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return pictures of every symbol, ``(classes, ROW, h, w)``, or none.

        Where a generator is conditional each row has the same latent numbers; of one that is
        not, and draws one symbol, they are the first samples that the reference classifier reads as
        it.
        """
        recipe, classes = self.recipe, self.pictures.classes
        if recipe.model.conditional:
            noise = fixed_noise(recipe.model.latent, ROW, recipe.seed, "rows")
            drawn = draw_samples(
                self.pair.mean, noise.repeat(classes, 1), np.repeat(np.arange(classes), ROW),
                device=self.device, precision=self.precision,
            )  # fmt: skip
            return drawn.reshape(classes, ROW, *drawn.shape[1:])
        if read.shape[1] > 1:
            return np.zeros((0, ROW, *images.shape[1:]), np.uint8)
        rows = np.zeros((classes, ROW, *images.shape[1:]), np.uint8)
        for symbol in range(classes):
            found = images[read[:, 0] == symbol][:ROW]
            rows[symbol, : len(found)] = found
        return rows
