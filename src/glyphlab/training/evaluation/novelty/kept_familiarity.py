"""What a run is familiar with: computed once, and kept beside the run."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from glyphlab._common.errors import GlyphlabError
from glyphlab._common.files import atomic_path
from glyphlab._common.progress import note_once, without_notes
from glyphlab._common.untrusted import GrayImage, Unreadable, parse_npz, read_plain_file
from glyphlab.data.digest import file_digest
from glyphlab.data.prepare import Prepared, Style
from glyphlab.data.sources import require_here
from glyphlab.runs.run_folders import FAMILIARITY, beside
from glyphlab.tasks import Task, load_recipe_task
from glyphlab.tasks.scenes.segmentation import prepare_scene
from glyphlab.tasks.streams.drawn_images import streamed_tasks
from glyphlab.training.evaluation.model_reader import ModelReader
from glyphlab.training.evaluation.novelty.familiarity import Familiarity, familiarity_in
from glyphlab.training.evaluation.novelty.getting_familiar import familiarity_of

__all__ = ["familiarity_with", "known_familiarity"]

_LIMIT = 256 << 20
"""Bytes of the file that keeps it."""


def familiarity_with(
    reader: ModelReader,
    *,
    task: Task | None = None,
    data_dir: str | Path | None = None,
    quiet: bool = False,
) -> Familiarity | None:
    """Return what a run is familiar with: kept beside it, else computed from its data and kept.

    Nothing is fetched for it. Where the data are not here there is None, and a note says what to
    type; where the folder cannot be written it is computed again the next time.

    Parameters
    ----------
    reader : ModelReader
    task : Task, optional
        The run's own, where it was loaded already.
    data_dir : path, optional
        Where the datasets are.
    quiet : bool
        Show no progress.
    """
    if (known := known_familiarity(reader)) is not None:
        return known
    run = reader.run
    try:
        if task is None:
            require_here(reader.recipe.task.data, data_dir)
            # a few images are looked at, and the training said it all
            with without_notes(), streamed_tasks(remarked=False):
                task = load_recipe_task(reader.recipe.task, data_dir, quiet=True)
        scene = task.scene

        def prepare(picture: GrayImage, style: Style) -> Prepared:
            return prepare_scene(picture, scene, style)

        found = familiarity_of(
            task,
            lambda images: reader.read(images, features=True),
            prepare,
            quiet=quiet,
            name=run.name,
        )
    except GlyphlabError as error:
        note_once(f"no warning is given for images unlike the training data of {run.name}: {error}")
        return None
    path = beside(run.path, FAMILIARITY)
    try:
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            np.savez(file, **found.to_arrays(_owner(reader)))  # type: ignore[arg-type]
    except (OSError, GlyphlabError):
        note_once(
            f"{path.parent} cannot be written, so what the training images of {run.name} are like "
            "is computed again the next time"
        )
    return found


def known_familiarity(reader: ModelReader) -> Familiarity | None:
    """Return what is kept beside a run; None where there is nothing, or it is of other weights."""
    path = beside(reader.run.path, FAMILIARITY)
    try:
        arrays = parse_npz(read_plain_file(path, _LIMIT), path, _LIMIT)
    except Unreadable:
        return None
    return familiarity_in(arrays, _owner(reader))


def _owner(reader: ModelReader) -> str:
    return file_digest(reader.run.path / reader.weights)
