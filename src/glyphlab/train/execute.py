"""From a recipe to a finished run folder."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from glyphlab.compose import GlyphAffine, Task
from glyphlab.compose.from_recipe import load_recipe_task
from glyphlab.models import build_net, count_parameters
from glyphlab.models.strategies import Labels, Strategy
from glyphlab.progress import note, progress
from glyphlab.runs import Run
from glyphlab.seeds import seed_for, torch_rng
from glyphlab.train.batches import Pictures, as_epoch_data, held_out, part_size
from glyphlab.train.checkpoint import recorded_engine
from glyphlab.train.classical import fit_classical
from glyphlab.train.engine import engine_for
from glyphlab.train.finish import Fitted, finish
from glyphlab.train.identity import identified, require_same_data
from glyphlab.train.infer import Reading, read
from glyphlab.train.loop import CHECKPOINT_SECONDS, FitResult, Validation, fit_net
from glyphlab.train.recipe import Recipe
from glyphlab.train.starts import begin, begun_on
from glyphlab.train.telling import strategy_for, told

__all__ = ["make_net", "train"]


def make_net(
    recipe: Recipe, strategy: Strategy, height: int, width: int, start: int = 0
) -> torch.nn.Module:
    """Build the recipe's net for images of that size, its weights drawn by the recipe's seed.

    Another `start` has other weights.
    """
    height, width = part_size(strategy, height, width)
    return build_net(
        recipe.model.net,
        height=height,
        width=width,
        heads=strategy.heads,
        classes=strategy.classes,
        head=strategy.head,
        cells=strategy.cells,
        rows=strategy.rows,
        channels=recipe.model.channels,
        layers=recipe.model.words,
        activation=recipe.model.activation,
        initial=recipe.model.initial,
        generator=torch_rng(recipe.seed, "init", *([start] if start else [])),
    )


def train(
    recipe: Recipe,
    root: Path,
    *,
    quiet: bool = False,
    data_dir: str | Path | None = None,
    task: Task | None = None,
    command: str | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    on_epoch: Callable[[dict[str, Any]], None] | None = None,
) -> Run:
    """Train what a recipe says and leave a run folder, or take up the one that is there.

    A finished run is returned as it stands. The test split is read once, at the end, with the
    weights that validation selected.

    Parameters
    ----------
    recipe : Recipe
    root : Path
        Folder of the run folders.
    quiet : bool
        Show no progress.
    data_dir : path, optional
        Where the datasets are.
    task : Task, optional
        The recipe's task, where it is loaded already; `RecipeError` where it is another.
    command : str, optional
        What was typed, for the run's page.
    checkpoint_seconds : float
        Longest stretch of training that a kill can cost.
    on_epoch : callable, optional
        Called with the history row of every epoch once its checkpoint is written, and again with
        those of before where a run is taken up; what it raises ends the training there. Not called
        for a run that is finished already.

    Raises
    ------
    RunLocked
        Where another process is writing the run.
    TrainingDiverged, RecipeError, DataError, DataMissing
        As the parts of it do.
    """
    recipe = identified(recipe, root, task=task)
    if task is None and not recipe.path_in(root).exists():
        task = load_recipe_task(
            recipe.task, data_dir, quiet=quiet
        )  # first: missing data leave no folder behind
    run = recipe.open_run(root)
    if run.is_done:
        note(f"{run.name} is finished: not trained again")
        return run
    with run.lock():
        if run.is_done:  # by the process that held the lock until now
            return run
        task = task or load_recipe_task(recipe.task, data_dir, quiet=quiet)
        require_same_data(task)
        strategy = strategy_for(recipe, task)
        command = command or f"glyphlab train {recipe.name}.toml"
        if recipe.model.net == "classical":
            fitted = fit_classical(run, recipe, task, strategy, quiet=quiet)
        else:
            fitted = _fit(run, recipe, task, strategy, quiet, checkpoint_seconds, on_epoch)
        finish(run, recipe, task, strategy, fitted, command)
    return run


def _fit(
    run: Run,
    recipe: Recipe,
    task: Task,
    strategy: Strategy,
    quiet: bool,
    checkpoint_seconds: float,
    watch: Callable[[dict[str, Any]], None] | None,
) -> Fitted:
    """Train the recipe's net, leave its weights, and return how it reads."""
    settings, checkpoint = recipe.training, run.path / "checkpoint.safetensors"
    net = make_net(recipe, strategy, *task.train.images.shape[1:])
    parameters = count_parameters(net)
    begun = recorded_engine(checkpoint) or begun_on(run)
    engine = engine_for(settings.device, settings.precision, net, begun)
    if not quiet and engine.precision != "float32":
        note(f"{run.name}: multiplies in {engine.precision} (training.precision to change)")
    pictures, validation = _data(recipe, task, strategy, engine.device)
    redrawn = recipe.task.fresh or recipe.training.short > 0
    start = None
    if settings.starts > 1:
        start = begin(
            run, net, partial(make_net, recipe, strategy, *task.train.images.shape[1:]),
            strategy, pictures, settings, seed=recipe.seed, engine=engine, redrawn=redrawn,
            quiet=quiet,
        )  # fmt: skip
    run.truncate_metrics(0)
    with progress(settings.epochs, run.name, unit="epoch", quiet=quiet) as bar:

        def on_epoch(row: dict[str, Any]) -> None:
            run.append(row)
            bar.advance(text=_epoch_text(row))
            if watch is not None:
                watch(row)

        result = fit_net(
            net,
            strategy,
            pictures,
            settings,
            seed=recipe.seed,
            validation=validation,
            engine=engine,
            redrawn=redrawn,
            checkpoint=checkpoint,
            checkpoint_seconds=checkpoint_seconds,
            on_epoch=on_epoch,
        )
    run.save_tensors("model.safetensors", net.state_dict())

    def reading(images: NDArray[np.uint8]) -> Reading:
        with engine.in_force():
            return read(
                net, strategy, images, device=engine.device, precision=engine.precision,
                views=recipe.model.views,
            )  # fmt: skip

    return Fitted(
        reading,
        {
            "parameters": parameters,
            "fit_seconds": round(result.train_seconds + (start.seconds if start else 0), 3),
            "epochs_run": len(result.history),
            "best_epoch": result.best_epoch,
            **engine.facts(),
            "sharded": engine.backend == "numba",
            "train_accuracy": _train_accuracy(result),
            **({"starts": start.losses} if start else {}),
        },
    )


def _data(
    recipe: Recipe, task: Task, strategy: Strategy, device: str
) -> tuple[Pictures, Validation | None]:
    """Return where training pictures come from, and what to validate on, if anything."""
    labels = told(strategy, task.train)
    hold_out = recipe.training.hold_out
    kept, held = held_out(len(labels), hold_out, recipe.seed)
    if hold_out:
        val_images, val_labels = task.train.images[held], labels[held]
    else:
        val_images, val_labels = task.val.images, told(strategy, task.val)
    affine = GlyphAffine() if recipe.task.affine else None

    def pictures(epoch: int) -> tuple[NDArray[np.uint8], Labels]:
        images = task.train.images
        short = epoch < round(recipe.training.short * recipe.training.epochs)
        seed = seed_for(recipe.seed, "draw", epoch)
        if recipe.task.fresh:
            images = task.redraw(seed, affine, short=short).images
        elif short:
            images = task.shifted(seed).images
        shown = (images[kept], labels[kept]) if hold_out else (images, labels)
        times = recipe.training.passes
        return (
            shown
            if times == 1
            else (np.concatenate([shown[0]] * times), np.tile(shown[1], (times, 1)))
        )

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
