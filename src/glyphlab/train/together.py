"""Several recipes on one task: side by side what can share its work, the rest one by one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch

from glyphlab.compose import Task
from glyphlab.errors import RecipeError, TrainingDiverged
from glyphlab.models import count_parameters
from glyphlab.progress import note, progress
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.train.classical import fit_classical_path, path_key
from glyphlab.train.execute import make_net, train
from glyphlab.train.finish import Fitted, finish
from glyphlab.train.identity import identified, require_same_data
from glyphlab.train.infer import read
from glyphlab.train.stacked import StackResult, fit_stack, member_of, stack_groups
from glyphlab.train.telling import strategy_for, told

__all__ = ["shared_groups", "train_group", "train_together"]


def shared_groups(recipes: Sequence[Recipe]) -> list[list[int]]:
    """Group recipes that are cheaper together: stacks of perceptrons, and paths over C.

    Returns
    -------
    list of list of int
        Numbers of the recipes, each in one group, in the order of their first members; what shares
        its work with no other is a group of its own.
    """
    groups: dict[object, list[int]] = {}
    for group in stack_groups(recipes):
        groups.setdefault(path_key(recipes[group[0]]) or group[0], []).extend(group)
    return list(groups.values())


def train_together(
    recipes: Sequence[Recipe],
    root: Path,
    task: Task,
    *,
    quiet: bool = False,
    command: str | None = None,
    on_group: Callable[[Sequence[int]], None] = lambda _numbers: None,
) -> list[Run]:
    """Train recipes of one task, and return their runs in order.

    Perceptrons that can be stacked train side by side, each ending where it would have ended alone;
    the summary of each says how many there were (``stacked``). So do our own logistic regressions
    that differ only in C (``in_one_path``). Everything else trains by itself, as does what no other
    can join. Finished runs are returned as they stand.

    Parameters
    ----------
    recipes : sequence of Recipe
    root : Path
        Folder of the run folders.
    task : Task
        The task of all of them.
    quiet : bool
        Show no progress.
    command : str, optional
        What was typed, for the runs' pages.
    on_group : callable
        Called with the numbers of the recipes that train next.

    Raises
    ------
    TrainingDiverged, RecipeError
        Where a loss became no number, or a recipe leaves nothing to train on; what trained in the
        same stack is kept.
    RunLocked
        Where another process is writing one of the runs.
    """
    runs: dict[int, Run] = {}
    _require_different(recipes)
    for group in shared_groups(recipes):
        on_group(group)
        chosen = [recipes[number] for number in group]
        found = train_group(chosen, root, task, quiet=quiet, command=command)
        for number, one in zip(group, found, strict=True):
            if isinstance(one, TrainingDiverged | RecipeError):
                raise one
            runs[number] = one
    require_same_data(task)
    return [runs[number] for number in range(len(recipes))]


def _require_different(recipes: Sequence[Recipe]) -> None:
    """Insist that no training is asked for twice: it would be counted twice.

    Raises
    ------
    RecipeError
        Naming the two that are one.
    """
    seen: dict[str, int] = {}
    for number, recipe in enumerate(recipes):
        first = seen.setdefault(f"{recipe.title}-{recipe.hash}", number)
        if first != number:
            raise RecipeError(
                f"trainings {first + 1} and {number + 1} are one and the same ({recipe.title}): "
                "each counts once; give them different seeds, names or settings"
            )


def train_group(
    recipes: Sequence[Recipe],
    root: Path,
    task: Task,
    *,
    quiet: bool = False,
    command: str | None = None,
) -> list[Run | TrainingDiverged | RecipeError]:
    """Train one of `shared_groups`; the parameters are those of `train_together`.

    Returns
    -------
    list of Run, TrainingDiverged or RecipeError
        A member of a stack that failed is returned as its error, so that the others are kept; a
        recipe that trains by itself raises it.
    """
    outcome: dict[int, Run | TrainingDiverged | RecipeError] = {}
    waiting = []
    require_same_data(task)
    recipes = [identified(recipe, root, task=task) for recipe in recipes]
    for number, recipe in enumerate(recipes):
        run = recipe.open_run(root)
        if run.is_done:
            note(f"{run.name} is finished: not trained again")
            outcome[number] = run
        else:
            waiting.append(number)
    if len(waiting) > 1 and path_key(recipes[waiting[0]]) is not None:
        outcome |= _path(recipes, waiting, root, task, quiet, command)
    elif len(waiting) > 1:
        outcome |= _stack(recipes, waiting, root, task, quiet, command)
    else:
        for number in waiting:
            outcome[number] = train(recipes[number], root, quiet=quiet, task=task, command=command)
    return [outcome[number] for number in range(len(recipes))]


def _path(
    recipes: Sequence[Recipe],
    numbers: Sequence[int],
    root: Path,
    task: Task,
    quiet: bool,
    command: str | None,
) -> dict[int, Run]:
    """Fit logistic regressions of one group in the same passes over the images."""
    strategy = strategy_for(recipes[numbers[0]], task)
    with _held(recipes, numbers, root) as (runs, left):
        chosen = [recipes[number] for number in left]
        waiting = [runs[number] for number in left]
        if left:
            found = fit_classical_path(waiting, chosen, task, strategy, quiet=quiet)
            for run, recipe, fitted in zip(waiting, chosen, found, strict=True):
                finish(
                    run, recipe, task, strategy, fitted, command or f"glyphlab train {recipe.name}"
                )
    return runs


def _stack(
    recipes: Sequence[Recipe],
    numbers: Sequence[int],
    root: Path,
    task: Task,
    quiet: bool,
    command: str | None,
) -> dict[int, Run | TrainingDiverged | RecipeError]:
    """Train recipes of one group side by side, writing each run as it ends."""
    strategy = strategy_for(recipes[numbers[0]], task)
    workers = min(torch.get_num_threads(), len(numbers))
    if not quiet:
        note(f"{len(numbers)} perceptrons train side by side, {workers} at a time")
    with (
        _held(recipes, numbers, root) as (runs, left),
        progress(len(left), "stack", unit="model", quiet=quiet) as bar,
    ):
        outcome: dict[int, Run | TrainingDiverged | RecipeError] = {**runs}
        chosen = [recipes[number] for number in left]

        def done(place: int, result: StackResult) -> None:
            recipe, run = chosen[place], runs[left[place]]
            bar.advance(text=run.name)
            if result.fit is None:
                assert result.error is not None
                outcome[left[place]] = result.error
                return
            net = make_net(recipe, strategy, *task.train.images.shape[1:])
            net.load_state_dict(result.state)
            run.truncate_metrics(0)
            for row in result.fit.history:
                run.append(row)
            run.save_tensors("model.safetensors", net.state_dict())
            facts = {
                "parameters": count_parameters(net),
                "fit_seconds": round(result.fit.train_seconds, 3),
                "epochs_run": len(result.fit.history),
                "best_epoch": result.fit.best_epoch,
                "engine": result.fit.engine,
                "sharded": False,
                "stacked": len(chosen),
                "train_accuracy": float(result.fit.history[-1]["accuracy"]),
            }
            fitted = Fitted(
                lambda images: read(net, strategy, images, views=recipe.model.views), facts
            )
            finish(run, recipe, task, strategy, fitted, command or f"glyphlab train {recipe.name}")

        validation = (task.val.images, told(strategy, task.val)) if len(task.val) else None
        if left:
            fit_stack(
                [member_of(one) for one in chosen],
                strategy,
                task.train.images,
                told(strategy, task.train),
                validation=validation,
                workers=workers,
                on_done=done,
            )
    return outcome


@contextlib.contextmanager
def _held(
    recipes: Sequence[Recipe], numbers: Sequence[int], root: Path
) -> Iterator[tuple[dict[int, Run], list[int]]]:
    """Hold the runs of some recipes; yield them, and the numbers of those that are not finished.

    Another process may have finished one between a look at it and its lock.
    """
    runs = {number: recipes[number].open_run(root) for number in numbers}
    with contextlib.ExitStack() as locks:
        for run in runs.values():
            locks.enter_context(run.lock())
        yield runs, [number for number in numbers if not runs[number].is_done]
