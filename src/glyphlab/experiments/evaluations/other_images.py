"""`evaluate`: a finished run on labelled images that it was not made for."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError, GlyphlabError, UsageError
from glyphlab._common.progress import progress
from glyphlab._common.seeds import numpy_rng
from glyphlab._common.untrusted import GrayImage
from glyphlab.data import Symbols, SymbolSet
from glyphlab.experiments.command_line import evaluation_words
from glyphlab.experiments.evaluations.evaluation import Evaluation
from glyphlab.experiments.evaluations.labelled_images import (
    LabelledImages,
    in_short,
    labelled_images,
)
from glyphlab.experiments.evaluations.robustness import robustness_of
from glyphlab.experiments.results.ledger import evaluation_on
from glyphlab.experiments.results.remarks import INDEPENDENT
from glyphlab.experiments.results.table import accuracy_interval
from glyphlab.metrics import calibration, confusion, correct_images
from glyphlab.runs import Answers, Run, environment
from glyphlab.tasks import Task
from glyphlab.training.evaluation.picture_reader import PictureReader

__all__ = ["CORRUPTED_IMAGES", "evaluate"]

BATCH = 256
CORRUPTED_IMAGES = 2_000
"""Images that are corrupted unless another number is asked for: each is read about thirty times."""
_GALLERY = 24


@dataclass(frozen=True, eq=False)
class _Answered:
    """What a run said of images.

    Attributes
    ----------
    images : (n, H, W) uint8
        As it read them; background where it could not. A stream where the images are one.
    labels : (n, k)
        -1 where it could not read the image.
    confidence : (n,) float32
    warned, prepared, failed : (n,) bool
    why : str
        Of the first image that could not be read.
    """

    images: NDArray[np.uint8]
    labels: NDArray[Any]
    confidence: NDArray[np.float32]
    warned: NDArray[np.bool_]
    prepared: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    why: str


def evaluate(
    run: str | Path | Run,
    data: str | Path | Symbols | SymbolSet | Task,
    *,
    source: str | None = None,
    part: str | None = None,
    task_seed: int | None = None,
    images: int | None = None,
    as_is: bool = False,
    corrupt: bool = False,
    seed: int = 0,
    data_dir: str | Path | None = None,
    quiet: bool = False,
    command: str = "",
) -> Evaluation:
    """Score a finished run on labelled images.

    Classes are matched by name. Images of a class that the run does not know are left out, counted
    and said. Every evaluation of test images is written into the ledger.

    Parameters
    ----------
    run : str, Path or Run
        A finished run, or its folder.
    data : str, Path, Symbols, SymbolSet or Task
        A source, a folder or a table of labelled symbols; or a task, whose test images are taken.
    source : str, optional
        Where the symbols of a task are from; by default where the run's are from.
    part : {"test", "train", "all"}, optional
        Which images of a source. By default its test images; all of a source without a split of its
        own, unless it is the one that the run was trained on.
    task_seed : int, optional
        What a task is drawn with; by default as the run's.
    images : int, optional
        Score this number of images, drawn at random; by default all, and 2,000 with `corrupt`.
    as_is : bool
        Take images as they are, which must have the size that the model was trained on; by default
        they are prepared as `glyphlab.predict` does. Images of a task always are; it is refused
        there.
    corrupt : bool
        Score corrupted images too: noise, shifts, turns, thickness of strokes, contrast and
        occlusion, each at several strengths.
    seed : int
        Of the choice of images and of the corruptions; refused where there are neither.
    data_dir : path, optional
        Where the datasets are.
    quiet : bool
        Show no progress.
    command : str
        What was typed.

    Returns
    -------
    Evaluation

    Raises
    ------
    UsageError
        Where an option does not fit the data, or the run is a generator's.
    DataError, DataMissing
        Where the data cannot be read, or the run knows none of their classes.
    RunError
        Where the run is not finished or does not fit its model.
    """
    if images is not None and images < 2:
        raise UsageError(f"--images {images}: expected at least 2")
    if seed and images is None and not corrupt:
        raise UsageError(
            f"--corruption-seed {seed}: all images are scored, and none is corrupted: add --corrupt"
            " or --images N, or leave it out"
        )
    loaded = run if isinstance(run, Run) else Run.load(Path(run))
    reader = PictureReader.load(loaded, data_dir=data_dir, quiet=quiet)
    found = labelled_images(
        reader.model, data, source=source, part=part, task_seed=task_seed, data_dir=data_dir,
        quiet=quiet,
    )  # fmt: skip
    if as_is and found.drawn:
        raise UsageError(
            f"--as-is: {found.words} are always taken as they are, as the training images: leave "
            "it out"
        )
    everything = len(found)
    wanted = images or (CORRUPTED_IMAGES if corrupt else everything)
    if wanted < everything:
        rows = numpy_rng(seed, "evaluate").permutation(everything)[:wanted]
        found = found.take(np.sort(rows))
    if len(found) < 2:
        raise DataError(f"{found.words}: {len(found)} image to score, expected at least 2")
    answered = _answered(reader, found, as_is=as_is, quiet=quiet)
    said = command or shlex.join(
        evaluation_words(
            loaded.path, data, source=source, part=part, task_seed=task_seed, images=images,
            as_is=as_is, corrupt=corrupt, seed=seed,
        )
    )  # fmt: skip
    test_set = loaded.classifier_summary.test_set
    own = test_set is not None and test_set.digest == found.digest
    correct = correct_images(answered.labels, found.labels)
    robust = None
    if corrupt:
        pictures = np.asarray(answered.images)
        robust = robustness_of(reader, pictures, found.labels, found.glyphs, seed=seed, quiet=quiet)
    return Evaluation(
        run=loaded.name,
        model=loaded.summary.model,
        images=found.words,
        rows=_rows(correct, found, answered),
        per_class=_per_class(correct, found, reader.names),
        confusion=_confusion(answered, found, reader.names),
        class_names=reader.names,
        calibration_error=calibration(answered.confidence, correct).error,
        left_out=found.left_out,
        remarks=tuple(_said(found, answered, everything, own, reader.names)),
        warnings=None if reader.familiarity is None else reader.familiarity.to_json(),
        robustness=robust,
        evaluation=evaluation_on(found.digest, [loaded.name], said),
        command=said,
        env=environment(),
        errors=_errors(correct, found, answered),
    )


def _answered(
    reader: PictureReader, found: LabelledImages, *, as_is: bool, quiet: bool
) -> _Answered:
    size, positions = reader.model.size, found.labels.shape[1]
    count = len(found)
    # images that are read as they are need not be kept a second time, nor in memory
    images = found.images if found.drawn else np.zeros((count, *size), np.uint8)
    labels = np.full((count, positions), -1, found.labels.dtype)
    confidence = np.zeros(count, np.float32)
    warned, prepared, failed = (np.zeros(count, bool) for _ in range(3))
    why = ""
    title = f"{reader.model.run.name}: scoring"
    with progress(count, title, unit="image", quiet=quiet) as bar:
        for start in range(0, count, BATCH):
            rows, made = [], []
            for number, pixels in enumerate(found.images[start : start + BATCH], start):
                picture = GrayImage(pixels, ())
                try:
                    one = reader.prepare(picture, f"image {number + 1}", as_is=as_is or found.drawn)
                except GlyphlabError as error:
                    if as_is or found.drawn:
                        raise
                    failed[number], why = True, why or str(error)
                    continue
                rows.append(number)
                made.append(one)
                prepared[number] = bool(one.done)
                if not found.drawn:
                    images[number] = one.image
            if made:
                answers = reader.answers_of(made)
                labels[rows] = np.array([one.symbols for one in answers], labels.dtype)
                confidence[rows] = [one.confidence for one in answers]
                warned[rows] = [one.warning is not None for one in answers]
            bar.advance(min(BATCH, count - start))
    return _Answered(images, labels, confidence, warned, prepared, failed, why)


def _rows(
    correct: NDArray[np.bool_], found: LabelledImages, answered: _Answered
) -> list[dict[str, Any]]:
    rows = [_row("all images", correct, found.glyphs)]
    quiet = ~(answered.warned | answered.failed)
    if 2 <= quiet.sum() < len(correct):
        glyphs = None if found.glyphs is None else found.glyphs[quiet]
        rows.append(_row("images without a warning", correct[quiet], glyphs))
    return rows


def _row(
    which: str, correct: NDArray[np.bool_], glyphs: NDArray[np.int64] | None
) -> dict[str, Any]:
    interval = accuracy_interval(Answers(correct[None], glyphs))
    return {
        "which": which,
        "metric": "exact_match",
        "mean": interval.mean,
        "low": interval.low,
        "high": interval.high,
        "images": interval.items,
        "glyphs": interval.glyphs,
        "design_effect": interval.design_effect,
        "covers": interval.covers,
    }


def _per_class(
    correct: NDArray[np.bool_], found: LabelledImages, names: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Return the accuracy of each class of images with one symbol; none of others."""
    if found.labels.shape[1] != 1 or found.labels.dtype == object:
        return []
    true = found.labels[:, 0]
    rows = []
    for number in sorted({*range(len(names)), *(int(one) for one in true)}):
        mine = true == number
        name = names[number] if 0 <= number < len(names) else str(number)
        known = mine.sum() > 1
        glyphs = None if found.glyphs is None else found.glyphs[mine]
        interval = accuracy_interval(Answers(correct[mine][None], glyphs)) if known else None
        rows.append(
            {
                "class": name,
                "images": int(mine.sum()),
                "mean": float(correct[mine].mean()) if mine.any() else None,
                "low": interval.low if interval else None,
                "high": interval.high if interval else None,
            }
        )
    return rows


def _confusion(
    answered: _Answered, found: LabelledImages, names: tuple[str, ...]
) -> list[list[int]] | None:
    """Return what was predicted as what, of single symbols; None of others."""
    if found.labels.shape[1] != 1 or found.labels.dtype == object:
        return None
    read = ~answered.failed
    if not read.any():
        return None
    values = np.concatenate([found.labels[read], answered.labels[read]])
    if values.min() < 0 or values.max() >= len(names):  # numbers, and no classes by name
        return None
    table = confusion(answered.labels[read], found.labels[read], len(names))
    return [[int(one) for one in row] for row in table]


def _errors(
    correct: NDArray[np.bool_], found: LabelledImages, answered: _Answered
) -> list[tuple[NDArray[np.uint8], list[int], list[int], float]]:
    """Return the most confident errors: image, label, prediction, confidence."""
    wrong = np.flatnonzero(~correct & ~answered.failed)
    worst = wrong[np.argsort(-answered.confidence[wrong], kind="stable")[:_GALLERY]]
    return [
        (
            answered.images[row],
            found.labels[row].tolist(),
            answered.labels[row].tolist(),
            float(answered.confidence[row]),
        )
        for row in worst
    ]


def _said(
    found: LabelledImages, answered: _Answered, everything: int, own: bool, names: Sequence[str]
) -> Iterator[str]:
    if own:
        yield "These are the test images that the run was scored on when it was trained."
    if len(found) < everything:
        yield f"{len(found):,} of {everything:,} images, drawn at random."
    for one in found.left_out:
        hint = f"; did it mean '{one.nearest}'?" if one.nearest else ""
        yield (
            f"The run does not know the class '{one.name}': {one.images:,} images with it are left "
            f"out{hint}"
        )
    if any(one.nearest is None for one in found.left_out):
        yield f"The classes that the run knows are {in_short(names)}."
    if answered.prepared.any():
        yield f"Prepared first: {answered.prepared.sum():,} of {len(found):,} images."
    if answered.failed.any():
        yield (
            f"{answered.failed.sum():,} images could not be prepared and count as wrong. The first "
            f"one: {answered.why}"
        )
    if answered.warned.any():
        yield (
            "With a warning, as blank, of too few pixels or unlike the training images: "
            f"{answered.warned.sum():,} of {len(found):,} images."
        )
    if found.glyphs is None:
        yield INDEPENDENT
