"""Right and wrong answers of the runs of one model, and what the images under them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import RunError
from glyphlab.runs.arrays import read_arrays, write_arrays
from glyphlab.runs.documents import unreadable
from glyphlab.runs.run import GLYPHS, Run
from glyphlab.runs.summary import SUMMARY

__all__ = ["Answers", "glyphs_of", "grid_answers", "on_same_images", "save_test_glyphs"]

GLYPHS_OF_CELL = "glyphs"
MOST_GLYPHS = 10_000
"""On one image: more than any scene has."""


@dataclass(frozen=True, eq=False, repr=False)
class Answers:
    """What several trainings of one model answered on the same images.

    Attributes
    ----------
    correct : (seeds, items) bool
        One row a training.
    glyphs : (items, k) int64, or None
        Ids of the glyphs on each image; None where the data do not say.
    """

    correct: NDArray[np.bool_]
    glyphs: NDArray[np.int64] | None = None

    def __repr__(self) -> str:
        seeds, items = self.correct.shape
        return f"<Answers of {seeds} trainings on {items:,} images>"

    @classmethod
    def of(cls, runs: Sequence[Run]) -> Self:
        """Return the answers of finished runs that were scored on the same images.

        Raises
        ------
        RunError
            Where a run cannot be read, or saw another number of images.
        """
        rows = [run.correct for run in runs]
        for run, row in zip(runs, rows, strict=True):
            if len(row) != len(rows[0]):
                raise RunError(
                    f"{run.name} was scored on {len(row)} images and {runs[0].name} on "
                    f"{len(rows[0])}: compare runs of one task with one data seed"
                )
        return cls(np.stack(rows), glyphs_of(runs[0]))

    def on(self, items: NDArray[np.bool_] | NDArray[np.int64]) -> Self:
        """Return the answers on some of the images."""
        glyphs = None if self.glyphs is None else self.glyphs[items]
        return type(self)(self.correct[:, items], glyphs)

    def repeated(self, seeds: int) -> Self:
        """Return the first training's answers as those of any seed: another would give the same."""
        return type(self)(np.repeat(self.correct[:1], seeds, 0), self.glyphs)

    @property
    def each_seed(self) -> list[float]:
        """Share of images each training got right."""
        return [float(row.mean()) for row in self.correct]


def save_test_glyphs(
    run: Run, glyphs: NDArray[np.int64] | None, grid: Mapping[str, NDArray[np.int64]]
) -> None:
    """Write which glyphs stand on each test image, ``(n, k)`` ids, whole or not at all.

    None where each stands on one image. `grid` are those of the images of each cell of the
    generalization grid, by its name, as ``"seen/unseen"``.
    """
    arrays = {} if glyphs is None else {"glyphs": glyphs}
    arrays |= {_in_cell(cell, GLYPHS_OF_CELL): ids for cell, ids in grid.items()}
    if arrays:
        write_arrays(run.path / GLYPHS, arrays)


def grid_answers(runs: Sequence[Run]) -> dict[str, Answers]:
    """Return the answers on each cell of the generalization grid, by its name.

    Empty where runs have no grid, or were scored on different images. Runs that did not keep the
    glyphs of a cell have none.

    Raises
    ------
    RunError
        Where a run cannot be read.
    """
    cells = dict.fromkeys(
        cell for run in runs for cell in run.classifier_summary.generalization_grid or {}
    )
    predictions = [run.load_predictions() for run in runs]
    found = {}
    for cell in cells:
        names = [_in_cell(cell, what) for what in ("true", "pred")]
        if any(name not in of_run for name in names for of_run in predictions):
            continue
        (true, pred), rows = names, []
        for of_run in predictions:
            if np.array_equal(of_run[true], predictions[0][true]):
                rows.append((of_run[true] == of_run[pred]).all(1))
        if len(rows) == len(runs):
            found[cell] = Answers(np.stack(rows), _glyphs_of_cell(runs[0], cell, len(rows[0])))
    return found


def _in_cell(cell: str, what: str) -> str:
    return f"generalization_grid_{cell.replace('/', '_')}_{what}"


def _glyphs_of_cell(run: Run, cell: str, images: int) -> NDArray[np.int64] | None:
    path = run.path / GLYPHS
    if not path.exists():
        return None
    ids = read_arrays(path).get(_in_cell(cell, GLYPHS_OF_CELL))
    if ids is None:
        return None
    if len(ids) != images or ids.dtype.kind != "i":
        raise unreadable(path, f"{len(ids)} rows of {cell} found, {images} images expected")
    return np.asarray(ids, np.int64)


def on_same_images(runs: Sequence[Run]) -> bool:
    """Whether finished runs of classifiers were scored on the same test images.

    Their digests say so, whatever each was trained on; older runs have none, and are held to one
    protocol and the same labels.

    Raises
    ------
    RunError
        Where a run cannot be read.
    """
    first, *others = runs
    return all(_same_images(first, other) for other in others)


def _same_images(first: Run, second: Run) -> bool:
    a, b = (run.classifier_summary for run in (first, second))
    if a.test_set is not None and b.test_set is not None:
        return a.test_set.digest == b.test_set.digest
    return a.protocol.data == b.protocol.data and np.array_equal(
        first.load_predictions()["true"], second.load_predictions()["true"]
    )


def glyphs_of(run: Run) -> NDArray[np.int64] | None:
    """Return which glyphs stand on each test image, ``(n, k)`` ids.

    None where the data do not say which glyph is which. Where each stands on one image there is no
    file of them, and the ids are others than those of the source.

    Raises
    ------
    RunError
        Where the file is missing or damaged, or does not fit the summary.
    """
    test_set = run.classifier_summary.test_set
    if test_set is None or test_set.glyphs is None or test_set.uses is None:
        return None
    items = len(run.load_predictions()["true"])
    possible = (
        test_set.glyphs <= test_set.uses <= MOST_GLYPHS * items and test_set.uses % items == 0
    )
    if test_set.images != items or not possible:
        raise unreadable(
            run.path / SUMMARY,
            f"{test_set.uses} glyphs on {test_set.images} images, {items} predicted",
        )
    if test_set.glyphs == test_set.uses:
        return np.arange(test_set.uses).reshape(test_set.images, -1)
    found = read_arrays(run.path / GLYPHS)
    if found["glyphs"].shape != (test_set.images, test_set.uses // test_set.images):
        raise unreadable(
            found.path, f"{len(found['glyphs'])} rows found, {test_set.images} images expected"
        )
    return np.asarray(found["glyphs"], np.int64)
