"""Labelled images for a finished run: their classes are matched with the run's by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError, UsageError, nearest
from glyphlab.data import Symbols, SymbolSet
from glyphlab.data.digest import source_digest
from glyphlab.data.sources import is_source, note_remarks, read_symbols
from glyphlab.runs import ClassifierSummary
from glyphlab.tasks import Split, Task
from glyphlab.tasks.from_recipe import load_named, load_recipe_task
from glyphlab.tasks.label_names import label_names, symbol_names
from glyphlab.tasks.scenes.scene import SCENES
from glyphlab.tasks.scenes.scene_file import is_scene_file
from glyphlab.tasks.streams.drawn_images import streamed_tasks
from glyphlab.tasks.streams.streamed_images import chosen_images
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.evaluation.model_reader import ModelReader
from glyphlab.training.targets import rows_of

__all__ = ["PARTS", "LabelledImages", "LeftOut", "in_short", "labelled_images"]

PARTS = ("test", "train", "all")
"""Which images of a source that has a split of its own."""
_WORD = 3
"""Letters of a name that can be mistyped and still be known."""


@dataclass(frozen=True)
class LeftOut:
    """A class that the run does not know.

    Attributes
    ----------
    name : str
    images : int
        Of it, which are not scored.
    nearest : str or None
        The class of the run that it may have meant.
    """

    name: str
    images: int
    nearest: str | None


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images with the labels that a run is to say of them.

    Attributes
    ----------
    words : str
        Which images they are.
    images : (n, h, w) uint8
        Of any size, unless `drawn`; those of a task may be a stream, which is indexed alike.
    labels : (n, k) int64, or Python integers
        In the run's own numbering of classes.
    glyphs : (n, k) int64, or None
        Ids of the glyphs on each; None where the data do not say.
    digest : str
        Of all the images and labels that the data have, before any were left out.
    drawn : bool
        Whether they were drawn as the run's own images were, and need no preparation.
    left_out : tuple of LeftOut
    """

    words: str
    images: NDArray[np.uint8]
    labels: NDArray[Any]
    glyphs: NDArray[np.int64] | None
    digest: str
    drawn: bool
    left_out: tuple[LeftOut, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[np.int64]) -> LabelledImages:
        """Return some of the images."""
        return LabelledImages(
            self.words,
            chosen_images(self.images, rows),
            self.labels[rows],
            None if self.glyphs is None else self.glyphs[rows],
            self.digest,
            self.drawn,
            self.left_out,
        )


def labelled_images(
    model: ModelReader,
    data: str | Path | Symbols | SymbolSet | Task,
    *,
    source: str | None = None,
    part: str | None = None,
    task_seed: int | None = None,
    data_dir: str | Path | None = None,
    quiet: bool = False,
) -> LabelledImages:
    """Load labelled images for a run.

    Parameters
    ----------
    model : ModelReader
        Of the run.
    data : str, Path, Symbols, SymbolSet or Task
        What `glyphlab.data.load_symbols` takes: a source, a folder or a table of symbols. For a run
        of several symbols its own scene is drawn from them, as for a test set. Or a task, whose
        test images are taken: a preset, a scene file, a folder, or a table of glyph ids.
    source : str, optional
        Where the symbols of a task are from; by default where the run's are from.
    part : {"test", "train", "all"}, optional
        Which images of a source. By default its test images; all of a source without a split of its
        own, unless it is the one that the run was trained on.
    task_seed : int, optional
        What a task is drawn with; by default the run's own.
    data_dir : path, optional
    quiet : bool

    Raises
    ------
    UsageError
        Where the options do not fit the data, or nothing is left to score.
    DataError, DataMissing
        As `load_symbols`.
    """
    if part is not None and part not in PARTS:
        close = nearest(part, PARTS)
        hint = f"did you mean '{close}'? " if close else ""
        raise UsageError(f"--part {part}: {hint}expected one of {', '.join(PARTS)}")
    summary, recipe = model.run.classifier_summary, model.recipe.task
    own = isinstance(data, str | Path) and _is_own(recipe, str(data))
    several = summary.strategy_state.positions > 1 or _symbols_on(model) > 1
    name = None
    if isinstance(data, Path):
        data = str(data)
    if not isinstance(data, str):
        _require_no_options(
            data.origin if isinstance(data, Symbols) else data.name, source, task_seed
        )
    elif several and Path(data).is_dir():
        _require_no_options(data, source, task_seed)
    if isinstance(data, str):
        names_task = data in SCENES or is_scene_file(data) or (several and Path(data).exists())
        if names_task:
            chosen = source or recipe.data
            seed = recipe.seed if task_seed is None else task_seed
            given = {} if Path(data).is_dir() else {"data": chosen}
            own = recipe.name == data and recipe.own_scene is None
            if own and not recipe.is_folder and not recipe.is_pairs:
                changed = recipe.changed(data=chosen, seed=seed, digest=None, withhold_test=False)
                data = _streamed(changed, data_dir, quiet=quiet)
            else:
                with streamed_tasks(remarked=False):
                    data = load_named(data, **given, seed=seed, data_dir=data_dir, quiet=quiet)
        elif several:
            if source is not None:
                raise UsageError(
                    f"--data {source}: '{data}' says already where the symbols are from"
                )
            seed = recipe.seed if task_seed is None else task_seed
            changed = recipe.changed(data=data, seed=seed, digest=None, withhold_test=False)
            data = _streamed(changed, data_dir, quiet=quiet)
        else:
            _require_no_options(data, source, task_seed)
            name, data = data, read_symbols(data, data_dir=data_dir, quiet=quiet)
    if isinstance(data, Task):
        if part not in (None, "test"):
            raise UsageError(f"--part {part}: of a task the test images are scored; leave it out")
        return _of_task(summary, data, model.size)
    if isinstance(data, SymbolSet):
        part = part or ("test" if data.own_split or own else "all")
        if name is not None:  # of all images it matters to nobody how they would be divided
            note_remarks(name, data, divided=part != "all")
        words = f"{'all' if part == 'all' else f'the {part}'} images of {data.name}"
        symbols = data.train.joined(data.test) if part == "all" else getattr(data, part)
        words += ", among them those that it was trained on" if own and part != "test" else ""
        return _of_symbols(summary, symbols, words)
    if part is not None:
        raise UsageError(f"--part {part}: {data.origin} has no parts; leave it out")
    return _of_symbols(summary, data, data.origin)


def _streamed(recipe: TaskRecipe, data_dir: str | Path | None, *, quiet: bool) -> Task:
    """Load a task whose images are drawn a batch at a time."""
    with streamed_tasks(remarked=False):
        return load_recipe_task(recipe, data_dir, quiet=quiet)


def _is_own(recipe: TaskRecipe, data: str) -> bool:
    """Return whether a source is the one that a run was trained on."""
    if data in (recipe.data, recipe.name):
        return True
    return recipe.digest is not None and source_digest(data) == recipe.digest


def _symbols_on(model: ModelReader) -> int:
    scene = model.run.classifier_summary.strategy_state.scene
    return 1 if scene is None else scene.count


def _require_no_options(data: str, source: str | None, task_seed: int | None) -> None:
    for option, value in (("--data", source), ("--task-seed", task_seed)):
        if value is not None:
            raise UsageError(
                f"{option} {value}: it is for tasks that are drawn, and '{data}' is images that "
                "are there: leave it out"
            )


def _of_symbols(summary: ClassifierSummary, symbols: Symbols, words: str) -> LabelledImages:
    if not len(symbols):
        raise DataError(f"{words}: there are no images; name another --part")
    numbers, left_out = _matched(summary, symbols.class_names, symbols.labels)
    rows = symbols.labels[:, None]
    ids = symbols.ids[:, None]
    digest = Split(symbols.images, rows, rows, ids).digest
    known = numbers[symbols.labels] >= 0
    found = LabelledImages(
        words,
        symbols.images,
        numbers[rows],
        # a source that is published says which image is which; of a folder nobody knows
        ids if is_source(symbols.origin) else None,
        digest,
        False,
        left_out,
    )
    return found if known.all() else found.take(np.flatnonzero(known))


def _of_task(summary: ClassifierSummary, task: Task, size: tuple[int, int]) -> LabelledImages:
    split = task.test
    if split.images.shape[1:] != size:
        found, expected = (f"{one[1]}×{one[0]}" for one in (split.images.shape[1:], size))
        raise DataError(
            f"{task.protocol}: its images are {found} pixels, but this model was trained on "
            f"{expected}: name the task that it was trained on, with another --data or --task-seed"
        )
    labels = rows_of(split.labels)
    left_out: tuple[LeftOut, ...] = ()
    known: NDArray[np.bool_] = np.ones(len(split), np.bool_)
    if label_names(task):
        numbers, left_out = _matched(summary, symbol_names(task), split.symbols)
        known = np.asarray((numbers[split.symbols] >= 0).all(1))
        labels = numbers[labels]
    positions = summary.strategy_state.positions
    if labels.shape[1] != positions:
        raise DataError(
            f"{task.protocol}: its labels have {labels.shape[1]} positions, but this model says "
            f"{positions}: name the task that it was trained on"
        )
    glyphs = None if (split.glyph_ids < 0).any() else split.glyph_ids
    found_images = LabelledImages(
        f"the test images of {task.protocol}", split.images, labels, glyphs, split.digest, True,
        left_out,
    )  # fmt: skip
    return found_images if known.all() else found_images.take(np.flatnonzero(known))


def _matched(
    summary: ClassifierSummary, names: Sequence[str], labels: NDArray[np.int64]
) -> tuple[NDArray[np.int64], tuple[LeftOut, ...]]:
    """Return the run's number of each class, -1 where it has none, and what that leaves out."""
    known = summary.names
    exact = {name: number for number, name in enumerate(known)}
    folded = _unique({name.casefold().strip(): number for number, name in enumerate(known)}, known)
    numbers = np.array(
        [exact.get(name, folded.get(name.casefold().strip(), -1)) for name in names], np.int64
    )
    counts = np.bincount(labels.reshape(len(labels), -1)[:, 0], minlength=len(names))
    if labels.ndim > 1:
        shown = [(labels == number).any(1).sum() for number in range(len(names))]
        counts = np.array(shown, np.int64)
    left_out = tuple(
        LeftOut(name, int(counts[number]), _near(name, known))
        for number, name in enumerate(names)
        if numbers[number] < 0 and counts[number]
    )
    if (numbers < 0).all() or not counts[numbers >= 0].any():
        close = next((one for one in left_out if one.nearest), None)
        hint = f"did '{close.name}' mean '{close.nearest}'? " if close else ""
        raise DataError(
            f"none of the classes {in_short(names)} is one that {summary.name} knows: {hint}it "
            f"knows {in_short(known)}"
        )
    return numbers, left_out


def _unique(folded: Mapping[str, int], names: Sequence[str]) -> Mapping[str, int]:
    """Return names without regard to case, where that does not make two classes one."""
    return folded if len(folded) == len(names) else {}


def _near(name: str, known: Sequence[str]) -> str | None:
    """Return the class that a name most likely meant: none of numbers and of short names.

    One letter or digit in common is no mistake in typing: a class 10 is not a class 1.
    """
    words = [one for one in known if len(one) >= _WORD and not one.isdecimal()]
    return None if len(name.strip()) < _WORD or name.isdecimal() else nearest(name, words)


def in_short(names: Sequence[str], most: int = 10) -> str:
    """Return names of classes on one line, in quotes."""
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
