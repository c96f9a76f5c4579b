"""What a model is familiar with, found from the data that it was trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import GlyphlabError
from glyphlab._common.progress import progress
from glyphlab._common.seeds import numpy_rng
from glyphlab._common.untrusted import GrayImage
from glyphlab.data.prepare import Prepared, Style, kind_of_source, style_of
from glyphlab.tasks import Split, Task
from glyphlab.training.evaluation.novelty.as_photographed import enlarged, on_paper
from glyphlab.training.evaluation.novelty.class_spaces import ClassSpaces
from glyphlab.training.evaluation.novelty.familiarity import (
    AS_IT_IS,
    PREPARED,
    FalseAlarms,
    Familiarity,
    strangest,
)

__all__ = ["TRAINED", "UNTRAINED", "familiarity_of", "style_in"]

Floats = NDArray[np.float32]
Features = Mapping[str, Floats]
TRAINED, UNTRAINED, PICTURES = 10_000, 5_000, 700
"""Images at most: of training, of others as they are, and of others as photographed pictures."""
DIRECTIONS = 60
EXPLAINED = 0.99
"""Of a class's variance, and directions at most, that are taken as usual for it."""
MOST_CLASSES, FEWEST_OF_A_CLASS = 100, 20
"""With more classes, or fewer images of one, all images are taken as one class."""
SHARES = {AS_IT_IS: 0.006, PREPARED: 0.012}
"""Of images of the training data's own kind, what may be warned of: the limits are found by it."""
BATCH = 512


def style_in(task: Task) -> Style:
    """Return what the symbols of a task are like, measured from its training images.

    Of a task of several symbols that was read from images, it is the usual style of its cells.
    """
    kind = kind_of_source(task.data)
    if "train" in task.pools:
        return style_of(task.pools["train"].images, kind)
    if task.scene.count == 1:
        return style_of(task.train.images, kind)
    return Style(kind=kind or "writing").resized(task.scene.cell)


def familiarity_of(
    task: Task,
    features_of: Callable[[NDArray[np.uint8]], Features],
    prepare: Callable[[GrayImage, Style], Prepared],
    *,
    quiet: bool = False,
    name: str = "",
) -> Familiarity:
    """Find what a model is familiar with, and from where on it warns.

    Principal directions come from training images. The limits come from images that it was not
    trained on, those for validation, as they are and as pictures that were photographed and
    prepared; how often they are wrong is counted on test images.

    Parameters
    ----------
    task : Task
        What the model was trained on.
    features_of : callable
        From images ``(n, H, W)`` to its features ``(n, rows, d)`` by name.
    prepare : callable
        From a picture to an image as the model reads it.
    quiet : bool
        Show no progress.
    name : str
        Of the run, for the progress.
    """
    rng = numpy_rng(task.seed, "familiarity")
    style = style_in(task)
    limited, tested = _untrained(task)
    trained = _some(task.train, TRAINED, rng)
    steps = (len(trained) + len(limited) + len(tested)) // BATCH + 2 * PICTURES
    title = f"{name}: learning what its training images are like".removeprefix(": ")
    with progress(steps, title, unit="step", quiet=quiet) as bar:

        def seen(images: NDArray[np.uint8]) -> Features:
            parts = []
            for start in range(0, len(images), BATCH):
                parts.append(features_of(images[start : start + BATCH]))
                bar.advance()
            return {one: np.concatenate([part[one] for part in parts]) for one in parts[0]}

        def pictures(split: Split, use: str) -> list[NDArray[np.uint8]]:
            chance = numpy_rng(task.seed, "familiarity", use)
            found = []
            for image in _some(split, PICTURES, chance).images:
                draw = enlarged(image, chance) if style.kind == "photographs" else None
                picture = draw or on_paper(image, chance, dark=style.dark)
                bar.advance()
                try:
                    prepared = prepare(picture, style)
                except GlyphlabError:  # its symbols cannot be told from each other
                    continue
                if not prepared.blank:
                    found.append(prepared.image)
            return found

        spaces = _spaces(seen(trained.images), trained.symbols)
        plain = seen(_some(limited, UNTRAINED, rng).images)
        ones = dict.fromkeys(spaces, 1.0)
        scales = {
            each: max(1e-6, float(np.quantile(strangest({each: space}, ones, plain), 0.99)))
            for each, space in spaces.items()
        }
        limits, alarms = {}, {}
        for how, of_limit, of_test in (
            (AS_IT_IS, plain, seen(_some(tested, UNTRAINED, rng).images)),
            (PREPARED, _seen_or_none(seen, pictures(limited, "limit")),
             _seen_or_none(seen, pictures(tested, "test"))),
        ):  # fmt: skip
            if of_limit is None or of_test is None:
                limits[how], alarms[how] = limits[AS_IT_IS], alarms[AS_IT_IS]
                continue
            usual = strangest(spaces, scales, of_limit)
            limits[how] = max(1e-6, float(np.quantile(usual, 1 - SHARES[how])))
            alarms[how] = FalseAlarms.among(strangest(spaces, scales, of_test) > limits[how])
    return Familiarity(spaces, scales, limits, alarms, style)


def _seen_or_none(
    seen: Callable[[NDArray[np.uint8]], Features], pictures: Sequence[NDArray[np.uint8]]
) -> Features | None:
    return seen(np.stack(pictures)) if len(pictures) > 1 else None


def _untrained(task: Task) -> tuple[Split, Split]:
    """Return images to find limits on, and others to count on; of no others halves of one split."""
    if len(task.val) > 1:
        return task.val, task.test
    rows = np.arange(len(task.test))
    return task.test.take(rows[::2]), task.test.take(rows[1::2])


def _some(split: Split, most: int, rng: np.random.Generator) -> Split:
    if len(split) <= most:
        return split
    return split.take(np.sort(rng.choice(len(split), most, replace=False)))


def _spaces(features: Features, symbols: NDArray[np.int64]) -> dict[str, ClassSpaces]:
    """Fit the spaces of classes, where the model reads one symbol a row; else those of all."""
    found = {}
    for name, rows in features.items():
        count = rows.shape[1]
        classes = np.zeros(len(rows) * count, np.int64)
        if count == symbols.shape[1]:
            known, sizes = np.unique(symbols, return_counts=True)
            if len(known) <= MOST_CLASSES and sizes.min() >= FEWEST_OF_A_CLASS:
                classes = symbols.ravel()
        flat = rows.reshape(-1, rows.shape[-1])
        found[name] = ClassSpaces.fit(flat, classes, EXPLAINED, DIRECTIONS)
    return found
