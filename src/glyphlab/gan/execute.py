"""From a recipe to a finished run folder of a generator."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from glyphlab.compose import Task
from glyphlab.compose.from_recipe import load_recipe_task
from glyphlab.files import atomic_path
from glyphlab.gan.alarms import HEALTHY, Alarm, alarms_of, nothing_learned
from glyphlab.gan.grids import animation, write_grid
from glyphlab.gan.judge import (
    Judge,
    judge_recipe,
    judged_by,
    keep_to_judge,
    load_judge,
    train_judge,
)
from glyphlab.gan.judgement import Reference, final_judgement, glance
from glyphlab.gan.loop import begun_on, play_out, steps_of
from glyphlab.gan.pictures import Pictures, compose, pictures_of
from glyphlab.gan.players import Players
from glyphlab.gan.recipe import GanRecipe
from glyphlab.gan.reference import asked_labels, reference_of
from glyphlab.gan.remedies import make_remedy
from glyphlab.gan.samples import draw_samples, fixed_noise, spread_labels
from glyphlab.models import count_parameters
from glyphlab.progress import note, progress
from glyphlab.runs import Run
from glyphlab.train.engine import Engine, engine_for
from glyphlab.train.identity import identified

__all__ = ["train_gan"]

COPIES_AMONG = 5
"""Times as many training images are looked through for what was copied."""
REAL_MOST = 10_000
"""Real images, at most, that samples are held against."""
ROW = 10
"""Pictures of each symbol on the page."""


def train_gan(
    recipe: GanRecipe,
    root: Path,
    *,
    judge: Run | None = None,
    quiet: bool = False,
    data_dir: str | Path | None = None,
    command: str | None = None,
) -> Run:
    """Train a generator and judge its samples, or take up the run that is there.

    Parameters
    ----------
    recipe : GanRecipe
    root : Path
        Folder of the run folders; the judge's is there as well.
    judge : Run, optional
        A finished run that judges, which the recipe then names; the usual judge of the task is
        trained, or taken from `root`, otherwise.
    quiet : bool
        Show no progress; alarms are still said.
    data_dir : path, optional
        Where the datasets are.
    command : str, optional
        What was typed, for the run's page.

    Raises
    ------
    TrainingDiverged
        Where a loss or a weight is not finite.
    JudgeMismatch
        Where the run was begun with another judge.
    RunLocked, RecipeError, DataError, DataMissing
        As the parts of it do.
    """
    chosen = None if judge is None else load_judge(judge)
    recipe = judged_by(identified(recipe, root), chosen)
    task = None
    if not recipe.path_in(root).exists():  # first: missing data leave no folder behind
        task = load_recipe_task(recipe.task, data_dir, quiet=quiet)
        pictures_of(recipe, task, task.train)
        judge_recipe(recipe.task)
    run = recipe.open_run(root)
    if run.is_done:
        note(f"{run.name} is finished: not trained again")
        return run
    with run.lock():
        if run.is_done:  # by the process that held the lock until now
            return run
        task = task or load_recipe_task(recipe.task, data_dir, quiet=quiet)
        pictures = pictures_of(recipe, task, task.train)
        arbiter = chosen or train_judge(recipe.task, root, quiet=quiet, data_dir=data_dir)
        keep_to_judge(run, arbiter)
        engine = engine_for(recipe.play.device, recipe.play.precision, begun=begun_on(run))
        with engine.in_force():
            training = _Training(run, recipe, task, pictures, arbiter, quiet, engine)
            training.play()
            of = recipe.task.data if recipe.task.scene is None else recipe.task.word
            training.finish(command or f"glyphlab gan {of}")
    return run


class _Training:
    """What one training holds on to between its epochs."""

    def __init__(
        self,
        run: Run,
        recipe: GanRecipe,
        task: Task,
        pictures: Pictures,
        judge: Judge,
        quiet: bool,
        engine: Engine,
    ) -> None:
        self.run, self.recipe, self.task, self.pictures = run, recipe, task, pictures
        self.judge, self.glanced = judge, recipe.evaluation.epoch_samples
        self.quiet = quiet
        self.engine, self.device, self.precision = engine, engine.device, engine.precision
        height, width = pictures.images.shape[1:]
        self.players = Players(
            recipe, pictures.classes, height, width, pictures.brightness, self.device
        )
        self.watched = "val" if len(task.val) else "test"
        self.real = reference_of(recipe, task, judge, self.watched, self.glanced)
        self.history: list[dict[str, Any]] = []
        self.alarms: list[Alarm] = []
        self.looked = 0
        self.stopped = False

    def play(self) -> None:
        """Train to the end, or to the first alarm where that is wanted."""
        recipe, run = self.recipe, self.run
        remedy = make_remedy(
            recipe.play.remedy,
            lambda images: self.judge(images).labels[:, 0],
            lambda epoch: self._draw(self.glanced, None, "remedy", epoch)[0],
            self.pictures.classes,
        )
        whole, epoch_steps = steps_of(recipe, len(self.pictures))
        epochs = -(-whole // epoch_steps)
        if not self.quiet and self.precision != "float32":
            note(f"{run.name}: multiplies in {self.precision} (play.precision to change)")
        run.truncate_metrics(0)
        with progress(epochs, run.name, unit="epoch", quiet=self.quiet) as bar:

            def on_epoch(row: dict[str, Any]) -> bool:
                fresh = row["epoch"] == self.looked  # or of before the run was taken up
                run.append(row)
                self.history.append(row)
                found = alarms_of(self.history)
                for alarm in found[len(self.alarms) :]:
                    note(f"ALARM {alarm.name} in epoch {alarm.epoch}: {alarm.statistic}")
                self.alarms = found
                bar.advance(text=_text(row, found) + ("" if fresh else " (before)"))
                self.stopped = recipe.evaluation.stop_on_alarm and bool(found)
                return self.stopped

            position = play_out(
                run, self.players, recipe, self.pictures, engine=self.engine, remedy=remedy,
                look=self._look, on_epoch=on_epoch, keep_best=recipe.evaluation.stop_on_alarm,
            )  # fmt: skip
        self.seconds, self.first_losses = position.seconds, position.first
        kept = self.stopped and self.players.best is not None
        self.best_epoch = position.selection.epoch if kept else len(self.history)

    def _look(self) -> dict[str, Any]:
        """Judge the generator with the latent numbers of every epoch, and leave its grid."""
        self.looked = epoch = len(self.history) + 1
        images, asked = self._draw(self.glanced, spread_labels, "fixed")
        row = glance(self.judge, images, asked, self.real)
        count = self.task.scene.count
        width = self.pictures.classes if count == 1 else 6
        write_grid(self.run.path, epoch, images[: width * (10 if count == 1 else 6)], width)
        return row

    def _draw(
        self, count: int, how: Any, *names: str | int
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64] | None]:
        """Return images ``(count, H, W)`` and the labels ``(count, k)`` that were asked for."""
        recipe, scene = self.recipe, self.task.scene
        parts = 1 if recipe.pictures == "images" else scene.count
        asked = None
        if recipe.nets.conditional:
            if how is spread_labels and parts == 1:
                asked = spread_labels(count, self.task.classes)[:, None]
            else:
                asked = asked_labels(self.task, count, recipe.seed, *names)
        noise = fixed_noise(recipe.nets.latent, count * parts, recipe.seed, *names)
        drawn = draw_samples(
            self.players.mean, noise, None if asked is None else asked.reshape(-1),
            device=self.device, precision=self.precision,
        )  # fmt: skip
        return compose(drawn, scene, recipe.seed, recipe.pictures), asked

    def finish(self, command: str) -> None:
        """Judge the samples once, on real images of the test split; leave pictures and summary."""
        run, recipe, task = self.run, self.recipe, self.task
        samples = recipe.evaluation.samples
        if self.stopped and self.players.best is not None:
            self.players.mean.load_state_dict(self.players.best)
            note(
                f"{run.name}: stopped by an alarm; the generator of epoch {self.best_epoch} is kept"
            )
        run.save_tensors("model.safetensors", self.players.mean.state_dict())
        images, asked = self._draw(samples, None, "final")
        real: Reference = reference_of(recipe, task, self.judge, "test", min(samples, REAL_MOST))
        known = task.train.images[: COPIES_AMONG * self.glanced]
        judged, nearest, read = final_judgement(
            self.judge, images, asked, real, known, trained=task.train.symbols, seed=recipe.seed
        )
        end = len(self.history)
        told = any(alarm.last == end for alarm in self.alarms)
        late = None if told else nothing_learned(end, judged)
        if late is not None:
            note(f"ALARM {late.name}: {late.statistic}")
            self.alarms = [*self.alarms, late]
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
        run.finish(
            {
                "kind": "gan",
                "name": run.name,
                "model": recipe.name,
                "task": task.name,
                "data": task.data,
                "protocol": task.protocol,
                "seed": recipe.seed,
                "pictures": recipe.pictures,
                "parameters": {
                    "generator": count_parameters(self.players.generator),
                    "discriminator": count_parameters(self.players.discriminator),
                },
                "images_shown": self.history[-1]["images"],
                "first_losses": self.first_losses,
                "fit_seconds": round(self.seconds, 3),
                "epochs_run": len(self.history),
                "best_epoch": self.best_epoch,
                **self.engine.facts(),
                "judged": judged,
                "alarms": [asdict(alarm) for alarm in self.alarms],
                "verdict": self.alarms[0].name if self.alarms else HEALTHY,
                "command": command,
            }
        )

    def _walk(self) -> NDArray[np.uint8]:
        """Return pictures along straight lines between latent numbers, ``(rows, steps, h, w)``."""
        recipe = self.recipe
        rows, steps = 5, 10
        ends = fixed_noise(recipe.nets.latent, 2 * rows, recipe.seed, "walk").view(rows, 2, -1)
        share = torch.linspace(0, 1, steps)[None, :, None]
        line = ends[:, :1] * (1 - share) + ends[:, 1:] * share
        # of constant length on the way, as the samples are that the generator knows
        line = line / line.norm(dim=2, keepdim=True) * recipe.nets.latent**0.5
        labels = None
        if recipe.nets.conditional:
            labels = np.repeat(np.arange(rows) % self.pictures.classes, steps)
        drawn = draw_samples(
            self.players.mean, line.reshape(rows * steps, -1), labels,
            device=self.device, precision=self.precision,
        )  # fmt: skip
        return drawn.reshape(rows, steps, *drawn.shape[1:])

    def _class_rows(self, images: NDArray[np.uint8], read: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return pictures of every symbol, ``(classes, ROW, h, w)``, or none.

        Where a generator is told what to draw each row has the same latent numbers; of one that is
        not, and draws one symbol, they are the first samples that the judge reads as it.
        """
        classes = self.pictures.classes
        if self.recipe.nets.conditional:
            noise = fixed_noise(self.recipe.nets.latent, ROW, self.recipe.seed, "rows")
            drawn = draw_samples(
                self.players.mean, noise.repeat(classes, 1), np.repeat(np.arange(classes), ROW),
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


def _text(row: dict[str, Any], alarms: list[Alarm]) -> str:
    kinds = f"{row['modes']} kind{'s' if row['modes'] > 1 else ''}"
    text = (
        f"D {row['d_loss']:.3f} G {row['g_loss']:.3f}, {kinds}, "
        f"KL {row['symbol_kl']:.3f}, distance {row['frechet']:.2f}, coverage {row['coverage']:.1%}"
    )
    if row["label_accuracy"] is not None:
        text += f", as asked {row['label_accuracy']:.1%}"
    for alarm in alarms:
        stands = alarm.last == row["epoch"]
        text += f"  ALARM {alarm.name}" if stands else f"  ({alarm.name} until {alarm.last})"
    return text
