"""From a recipe to a finished run folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from glyphlab.compose import GlyphAffine, Task, load_folder_task, load_task
from glyphlab.errors import RecipeError
from glyphlab.evaluate import score_all
from glyphlab.models import build_net, count_parameters, make_strategy
from glyphlab.models.strategies import Strategy
from glyphlab.progress import note, progress
from glyphlab.runs import Run
from glyphlab.seeds import numpy_rng, seed_for, torch_rng
from glyphlab.train.batches import Pictures, as_epoch_data, held_out
from glyphlab.train.infer import Reading, read
from glyphlab.train.loop import CHECKPOINT_SECONDS, FitResult, Validation, fit_net
from glyphlab.train.precision import resolve_device, resolve_precision
from glyphlab.train.recipe import Recipe, TaskRecipe
from glyphlab.train.step import is_sharded

__all__ = ["load_recipe_task", "make_net", "train"]

SUMMARY_SCHEMA = 1
SAMPLES, ERRORS = 24, 24


def load_recipe_task(task: TaskRecipe, data_dir: str | Path | None = None) -> Task:
    """Load the task that a recipe names: a preset, or a folder in the published layout."""
    if Path(task.name).is_dir():
        return load_folder_task(task.name)
    return load_task(
        task.name,
        data=task.data,
        labels=task.labels,
        glyphs=task.glyphs,
        as_published=task.as_published,
        per_label=task.per_label,
        validation=task.validation,
        seed=task.seed,
        data_dir=data_dir,
    )


def make_net(recipe: Recipe, strategy: Strategy, height: int, width: int) -> torch.nn.Module:
    """Build the recipe's net for images of that size, its weights drawn by the recipe's seed."""
    return build_net(
        recipe.model.net,
        height=height,
        width=width // strategy.slices,
        heads=strategy.heads,
        classes=strategy.classes,
        head=strategy.head,
        channels=recipe.model.channels,
        layers=recipe.model.layers,
        activation=recipe.model.activation,
        initial=recipe.model.initial,
        generator=torch_rng(recipe.seed, "init"),
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
        The recipe's task, where it is loaded already.
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
    content = recipe.model_dump(mode="json")
    if task is None and not Run.path_of(root, recipe.title, content).exists():
        task = load_recipe_task(recipe.task, data_dir)  # first: missing data leave no folder behind
    run = Run.open(root, recipe.title, content)
    if run.is_done:
        note(f"{run.name} is finished: not trained again")
        return run
    with run.lock():
        if run.is_done:  # by the process that held the lock until now
            return run
        task = task or load_recipe_task(recipe.task, data_dir)
        strategy = make_strategy(recipe.model.strategy, _rows(task.train.labels), task.classes)
        _check(task, strategy)
        command = command or f"glyphlab train {recipe.name}.toml"
        _execute(run, recipe, task, strategy, quiet, command, checkpoint_seconds, on_epoch)
    return run


def _execute(
    run: Run,
    recipe: Recipe,
    task: Task,
    strategy: Strategy,
    quiet: bool,
    command: str,
    checkpoint_seconds: float,
    watch: Callable[[dict[str, Any]], None] | None,
) -> None:
    settings = recipe.training
    device = resolve_device(settings.device)
    precision = resolve_precision(settings.precision, device)
    net = make_net(recipe, strategy, *task.train.images.shape[1:])
    parameters = count_parameters(net)
    if not quiet and precision != "float32":
        note(f"{run.name}: multiplies in {precision} (--precision float32 to change)")
    pictures, validation = _data(recipe, task, strategy, device)
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
            device=device,
            precision=precision,
            redrawn=recipe.task.fresh or recipe.training.short > 0,
            checkpoint=run.path / "checkpoint.safetensors",
            checkpoint_seconds=checkpoint_seconds,
            on_epoch=on_epoch,
        )
    precision = result.precision
    run.save_tensors("model.safetensors", net.state_dict())

    def reading(images: NDArray[np.uint8]) -> Reading:
        return read(net, strategy, images, device=device, precision=precision)

    on_test = reading(task.test.images)
    on_val = reading(task.val.images) if len(task.val) else None
    square, square_arrays = _square(recipe, task, reading)
    run.save_predictions(
        true=_rows(task.test.labels),
        pred=on_test.labels,
        confidence=on_test.confidence,
        **_samples(task, on_test, recipe.seed),
        **square_arrays,
    )
    run.finish(
        {
            "schema": SUMMARY_SCHEMA,
            "name": run.name,
            "model": recipe.name,
            "strategy": strategy.name,
            "net": recipe.model.net,
            "task": task.name,
            "data": task.data,
            "protocol": _protocol(recipe, task),
            "seed": recipe.seed,
            "parameters": parameters,
            "fit_seconds": round(result.train_seconds, 3),
            "epochs_run": len(result.history),
            "best_epoch": result.best_epoch,
            "precision": precision,
            "device": device,
            "threads": torch.get_num_threads(),
            "sharded": is_sharded(net, device, precision),
            "metrics": score_all(on_test.labels, _rows(task.test.labels), task.classes),
            "val": on_val and score_all(on_val.labels, _rows(task.val.labels), task.classes),
            "train_accuracy": _train_accuracy(result),
            "square": square,
            "audit": task.audit().to_json(),
            "strategy_state": _strategy_state(strategy, task),
            "command": command,
        }
    )


def _data(
    recipe: Recipe, task: Task, strategy: Strategy, device: str
) -> tuple[Pictures, Validation | None]:
    """Return where training pictures come from, and what to validate on, if anything."""
    labels = _rows(task.train.labels)
    hold_out = recipe.training.hold_out
    kept, held = held_out(len(labels), hold_out, recipe.seed)
    if hold_out:
        val_images, val_labels = task.train.images[held], labels[held]
    else:
        val_images, val_labels = task.val.images, _rows(task.val.labels)
    affine = GlyphAffine() if recipe.task.affine else None

    def pictures(epoch: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        images = task.train.images
        short = epoch < round(recipe.training.short * recipe.training.epochs)
        seed = seed_for(recipe.seed, "draw", epoch)
        if recipe.task.fresh:
            images = task.redraw(seed, affine, short=short).images
        elif short:
            images = task.shifted(seed).images
        return (images[kept], labels[kept]) if hold_out else (images, labels)

    if not len(val_labels):
        return pictures, None
    return pictures, (as_epoch_data(val_images, val_labels, strategy, device), val_labels)


def _check(task: Task, strategy: Strategy) -> None:
    if strategy.name != "whole" and task.train.labels.ndim == 1:
        raise RecipeError(
            f"strategy '{strategy.name}' reads one label a position, but the labels of "
            f"'{task.name}' are single numbers: choose strategy 'whole'"
        )


def _square(
    recipe: Recipe, task: Task, reading: Any
) -> tuple[dict[str, float] | None, dict[str, NDArray[np.int64]]]:
    """Score the generalisation square, where the task can draw one."""
    if not recipe.task.square or not task.pools:
        return None, {}
    shares: dict[str, float] = {}
    arrays: dict[str, NDArray[np.int64]] = {}
    for (labels, glyphs), split in task.square(recipe.task.square).items():
        pred, true = reading(split.images).labels, _rows(split.labels)
        shares[f"{labels}/{glyphs}"] = float((pred == true).all(1).mean())
        arrays[f"square_{labels}_{glyphs}_true"] = true
        arrays[f"square_{labels}_{glyphs}_pred"] = pred
    return shares, arrays


def _samples(task: Task, on_test: Reading, seed: int) -> dict[str, NDArray[Any]]:
    """Return some random test images and the most confident errors, for pictures."""
    count = len(task.test)
    chosen = numpy_rng(seed, "samples").choice(count, min(SAMPLES, count), replace=False)
    wrong = np.flatnonzero((on_test.labels != _rows(task.test.labels)).any(1))
    worst = wrong[np.argsort(-on_test.confidence[wrong], kind="stable")[:ERRORS]]
    index = np.concatenate([np.sort(chosen), worst])
    kind = np.repeat([0, 1], [len(chosen), len(worst)])
    return {
        "sample_index": index,
        "sample_images": task.test.images[index],
        "sample_kind": kind.astype(np.int64),
    }


def _protocol(recipe: Recipe, task: Task) -> str:
    parts = [task.protocol]
    if recipe.task.fresh:
        parts.append("fresh training pictures every epoch")
    if recipe.training.short:
        parts.append(
            f"the first {recipe.training.short:.0%} of the epochs on a shortened canvas, "
            "each glyph at a new height"
        )
    if recipe.task.affine:
        parts.append("each glyph bent by a random affine map")
    if recipe.training.hold_out:
        parts.append(f"{recipe.training.hold_out:.0%} of the training images held out to validate")
    chosen = "best on validation" if recipe.training.select == "best" else "last"
    parts.append(f"weights of the {chosen} epoch")
    return "; ".join(parts)


def _train_accuracy(result: FitResult) -> float:
    """Return the running accuracy of the last epoch, as Keras reports it."""
    return float(result.history[-1]["accuracy"])


def _strategy_state(strategy: Strategy, task: Task) -> dict[str, Any]:
    """Return what `predict` needs to build the net again."""
    height, width = task.train.images.shape[1:]
    known = np.unique(_rows(task.train.labels), axis=0).tolist() if strategy.name == "whole" else []
    return {
        "height": height,
        "width": width,
        "positions": strategy.positions,
        "symbols": task.classes,
        "known": known,
    }


def _epoch_text(row: dict[str, Any]) -> str:
    text = f"loss {row['loss']:.4f}, training {row['accuracy']:.2%}"
    if "val_exact_match" in row:
        text += f", validation {row['val_exact_match']:.2%}"
    return text


def _rows(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    return labels.reshape(len(labels), -1)
