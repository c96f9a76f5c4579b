"""Images, epochs and seeds of a comparison that ends in a given time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab._common.files import write_text
from glyphlab._common.progress import note
from glyphlab._common.untrusted import Unreadable, read_json
from glyphlab.experiments.planning.side_by_side import at_once_words, span
from glyphlab.experiments.planning.time_estimates import Cost, Sizes
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["Chosen", "choose", "fewer", "kept_plan", "plan_file", "write_plan"]

SHARE = 0.75
"""Of the time that is given, what the trainings may take as estimated: the rest is for error."""
FEWEST = 500
"""Training images below which nothing is compared, unless there are fewer."""
SHRINK = 0.85
GRID = 200
"""Images of a cell of the generalization grid where time is short."""


@dataclass(frozen=True)
class Chosen:
    """What a plan for a time came to.

    Attributes
    ----------
    minutes : float
        The time that was given.
    seeds : int
    images : int or None
        Images in all, or training images where `of_training`; None for all there are.
    of_training : bool
        Whether the other splits stay as they are.
    epochs : int or None
        Of the models trained in epochs; None where each keeps its own number.
    grid : int
        Images of each cell of the generalization grid.
    expected_minutes : float
    how : str
        What the times were estimated by.
    at_once : int
        Trainings that run at once.
    """

    minutes: float
    seeds: int
    images: int | None
    of_training: bool
    epochs: int | None
    grid: int
    expected_minutes: float
    how: str
    at_once: int = 1

    @property
    def overrides(self) -> tuple[str, ...]:
        """The overrides of recipes that it comes to; those of the task are `fewer`'s."""
        return () if self.epochs is None else (f"training.epochs={self.epochs}",)

    @property
    def sentence(self) -> str:
        """What pages say of it."""
        what = "training images" if self.of_training else "images"
        images = "all images" if self.images is None else f"{self.images:,} {what}"
        epochs = "" if self.epochs is None else f"{self.epochs} epochs, "
        return (
            f"Planned for {self.minutes:g} minutes (--minutes): {images}, {epochs}"
            f"{self.seeds} seeds of a model; expected to take {self.expected_minutes:.1f} minutes "
            f"by {self.how}{at_once_words(self.at_once)}."
        )

    def to_json(self) -> dict[str, Any]:
        """Return the part ``plan`` of ``compare --json``."""
        return {**asdict(self), "sentence": self.sentence}


def choose(
    minutes: float,
    spent: float,
    costs: Mapping[str, Cost],
    sizes: Sizes,
    epochs: Mapping[str, int],
    chance: Mapping[str, bool],
    *,
    drawn: bool,
    grid: int,
    cells: int,
    at_once: int = 1,
) -> Chosen:
    """Return the images, epochs and seeds that fit in a time.

    Three seeds come first, then all epochs, then as many images as there is time for. Where all of
    them fit, there are more seeds; where not even few images do, half of the epochs, and then two
    seeds.

    Parameters
    ----------
    minutes : float
        Given.
    spent : float
        Seconds of them that are gone.
    costs : mapping of str to Cost
        By model.
    sizes : Sizes
        All the images there are.
    epochs : mapping of str to int
        Of the models trained in epochs.
    chance : mapping of str to bool
        Whether another seed of a model can give another result; otherwise it is trained once.
    drawn : bool
        Whether any number of images can be drawn in all; otherwise training images are left out.
    grid, cells : int
        Images of a cell of the generalization grid, and its cells.
    at_once : int
        Trainings that run at once.

    Raises
    ------
    UsageError
        Where the smallest plan takes longer.
    """
    allowed = SHARE * 60 * minutes - spent
    grid = min(grid, GRID)
    sizes = replace(sizes, grid=grid * cells)
    usual = {*epochs.values()}
    shared = usual.pop() if len(usual) == 1 else None
    fewer = [] if shared is None or shared < 2 else [max(1, shared // 2)]

    def takes(count: Sizes, seeds: int, least: int | None) -> float:
        each = (
            (cost.seconds(count, epochs.get(name, 1) if least is None else least), name)
            for name, cost in costs.items()
        )
        return span(
            (seconds for seconds, name in each for _ in range(seeds if chance[name] else 1)),
            at_once,
        )

    def found(count: Sizes, seeds: int, least: int | None) -> Chosen:
        whole = None if count == sizes else count.train
        if whole is not None and drawn:
            whole = count.train + count.val + count.test
        how = " and ".join(sorted({cost.how for cost in costs.values()}))
        return Chosen(
            minutes,
            seeds,
            whole,
            not drawn,
            least,
            grid,
            takes(count, seeds, least) / 60,
            how,
            at_once,
        )

    for seeds in (10, 5):  # more seeds before anything is made smaller
        if takes(sizes, seeds, None) <= allowed:
            return found(sizes, seeds, None)
    steps = _steps(sizes, drawn=drawn)
    for seeds, least in ((3, None), *((3, one) for one in fewer), (2, None), (2, 1)):
        if least is not None and shared is None:
            continue
        for count in steps:
            if takes(count, seeds, least) <= allowed:
                return found(count, seeds, least)
    least_minutes = (takes(steps[-1], 2, None if shared is None else 1) + spent) / SHARE / 60
    where = at_once_words(at_once) or " on this machine"
    raise UsageError(
        f"--minutes {minutes:g} is too short: the smallest plan ({steps[-1].train:,} training "
        f"images, 2 seeds of {len(costs)} models) takes about {least_minutes:.1f} minutes{where}: "
        f"give --minutes {max(least_minutes * 1.2, 1):.0f} or more, or fewer models"
    )


def _steps(sizes: Sizes, *, drawn: bool) -> Sequence[Sizes]:
    """Return fewer and fewer images, down to the fewest that are compared."""
    found, share = [sizes], SHRINK
    while sizes.train * share >= FEWEST:
        train = _rounded(sizes.train * share)
        if drawn:  # the splits are 64 : 16 : 20 of a number that can be asked for
            whole = _rounded((sizes.train + sizes.val + sizes.test) * share)
            test = whole // 5
            val = round(whole * 0.16)
            found.append(replace(sizes, train=whole - val - test, val=val, test=test))
        else:
            found.append(replace(sizes, train=train))
        share *= SHRINK
    return found


def _rounded(count: float) -> int:
    """Return a number with two digits that say something."""
    size = 10 ** max(len(str(int(count))) - 2, 0)
    return int(count // size * size)


def fewer(task: TaskRecipe, chosen: Chosen) -> TaskRecipe:
    """Return the recipe of a task with the images that were chosen."""
    changes: dict[str, Any] = {"generalization_grid": chosen.grid}
    if chosen.images is not None:
        if chosen.of_training:
            changes |= {"train_images": chosen.images, "per_class": None}
        else:
            changes |= {"images": chosen.images, "per_label": None}
    return task.changed(**changes)


def plan_file(root: Path, asked: Mapping[str, Any]) -> Path:
    """Return where the plan for what was asked is kept."""
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:8]
    return root / f"plan-{digest}.json"


def kept_plan(path: Path) -> Chosen | None:
    """Return the plan that was chosen when the same was asked before; None where there is none."""
    if not path.exists():
        return None
    try:
        found = read_json(path)
        content = {key: found[key] for key in Chosen.__dataclass_fields__ if key in found}
        kept = Chosen(**content)
        whole = (kept.seeds, kept.grid, kept.at_once)
        known = all(isinstance(one, int) for one in whole) and kept.seeds >= 2
        if known and isinstance(kept.sentence, str):
            return kept
    except (OSError, Unreadable, KeyError, TypeError, ValueError):
        pass
    note(f"the plan in {path} cannot be read, and is made anew")
    return None


def write_plan(path: Path, chosen: Chosen) -> None:
    """Keep a plan, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(chosen.to_json(), indent=2) + "\n")
