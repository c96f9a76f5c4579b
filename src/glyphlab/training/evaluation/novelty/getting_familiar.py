"""What a model is familiar with, found from the data that it was trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError, GlyphlabError
from glyphlab._common.progress import progress
from glyphlab._common.seeds import numpy_rng
from glyphlab._common.untrusted import GrayImage
from glyphlab.data.prepare import Prepared, Style, kind_of_source, style_of
from glyphlab.tasks import Split, Task
from glyphlab.training.evaluation.model_reader import Reading
from glyphlab.training.evaluation.novelty.as_photographed import enlarged, on_paper
from glyphlab.training.evaluation.novelty.class_spaces import ClassSpaces
from glyphlab.training.evaluation.novelty.familiarity import (
    AS_IT_IS,
    PREPARED,
    FalseAlarms,
    Familiarity,
    distances,
    together,
)
from glyphlab.training.evaluation.novelty.rarity import Rarity

__all__ = ["TRAINED", "UNTRAINED", "familiarity_of", "style_in"]

Images = NDArray[np.uint8]
TRAINED, UNTRAINED, PICTURES = 10_000, 5_000, 500
"""Images at most: of training, of others as they are, and of others as photographed pictures."""
MOST_SYMBOLS = 4
"""An image of several symbols takes several times as long, so that fewer are taken."""
AGAIN = 3
"""How often one image may be drawn as a picture."""
DIRECTIONS = {"features": (0.99, 60), "pixels": (0.95, 100)}
"""Of a class's variance, and directions at most, that are taken as usual for it."""
MOST_CLASSES = 100
"""With more classes all images are taken as one."""
USUAL = 0.9
"""Share of the images of a class that do not exceed its unit."""
SHARES = {AS_IT_IS: 0.008, PREPARED: 0.015}
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
    read: Callable[[Images], Reading],
    prepare: Callable[[GrayImage, Style], Prepared],
    *,
    quiet: bool = False,
    name: str = "",
) -> Familiarity:
    """Find what a model is familiar with, and from where on it warns.

    Principal directions come from training images. Units and limits come from images that it was
    not trained on, those for validation, as they are and as pictures that were photographed and
    prepared; how often warnings are wrong is counted on test images.

    Parameters
    ----------
    task : Task
        What the model was trained on.
    read : callable
        From images ``(n, H, W)`` to what the model reads, with features.
    prepare : callable
        From a picture to an image as the model reads it.
    quiet : bool
        Show no progress.
    name : str
        Of the run, for the progress.

    Raises
    ------
    DataError
        Where there are too few images.
    """
    rng = numpy_rng(task.seed, "familiarity")
    style = style_in(task)
    limited, tested = _untrained(task)
    if min(len(task.train), len(limited), len(tested)) < 2:
        raise DataError(f"{task.protocol}: too few images to learn what is usual")
    several = min(task.scene.count, MOST_SYMBOLS)
    trained = _some(task.train, TRAINED // several, rng)
    plain = [_some(one, UNTRAINED // several, rng) for one in (limited, tested)]
    pictured = max(4, PICTURES // several)
    steps = sum(-(-len(one) // BATCH) for one in (trained, *plain)) + 3 * pictured
    title = f"{name}: learning what its training images are like".removeprefix(": ")
    with progress(steps, title, unit="step", quiet=quiet) as bar:

        def seen(images: Images) -> list[tuple[Images, Reading]]:
            found = []
            for start in range(0, len(images), BATCH):
                part = images[start : start + BATCH]
                found.append((part, read(part)))
                bar.advance()
            return found

        def pictures(split: Split, use: str, most: int, instead: Split) -> Images:
            chance = numpy_rng(task.seed, "familiarity", use)
            found = []
            again = np.tile(np.arange(len(split)), AGAIN if len(split) < most else 1)
            for image in _some(split.take(again), most, chance).images:
                drawn = enlarged(image, chance) if style.kind == "photographs" else None
                bar.advance()
                try:
                    prepared = prepare(drawn or on_paper(image, chance, dark=style.dark), style)
                except GlyphlabError:  # its symbols cannot be distinguished
                    continue
                if not prepared.blank:
                    found.append(prepared.image)
            return np.stack(found) if len(found) > 3 else np.asarray(instead.images)

        spaces = _spaces(seen(trained.images))
        both = pictures(limited, "limit", 2 * pictured, plain[0])
        usual = seen(both[::2])
        spaces = _in_units(spaces, usual)
        of_limit = {PREPARED: seen(both[1::2]), AS_IT_IS: seen(plain[0].images)}
        of_test = {
            PREPARED: seen(pictures(tested, "test", pictured, plain[1])),
            AS_IT_IS: seen(plain[1].images),
        }
    found = _distances(spaces, usual, style)
    rarities = {each: Rarity.among(values) for each, values in found.items()}
    limits, alarms = {}, {}
    for how, share in SHARES.items():
        values = together(rarities, _distances(spaces, of_limit[how], style))
        limits[how] = float(np.quantile(values, 1 - share))
        values = together(rarities, _distances(spaces, of_test[how], style))
        alarms[how] = FalseAlarms.among(values > limits[how])
    return Familiarity(spaces, rarities, limits, alarms, style)


Seen = Sequence[tuple[Images, Reading]]


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


def _rows(seen: Seen, name: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the features ``(n, d)`` of every row of images, and the classes named for them."""
    features = [reading.features[name] for _, reading in seen]
    classes = [reading.classes(rows.shape[1]).ravel()
               for (_, reading), rows in zip(seen, features, strict=True)]  # fmt: skip
    return np.concatenate([rows.reshape(-1, rows.shape[-1]) for rows in features]), np.concatenate(
        classes
    )


def _spaces(seen: Seen) -> dict[str, ClassSpaces]:
    found = {}
    for name in seen[0][1].features:
        rows, classes = _rows(seen, name)
        if len(np.unique(classes)) > MOST_CLASSES:
            classes = np.zeros_like(classes)
        found[name] = ClassSpaces.fit(rows, classes, *DIRECTIONS[name])
    return found


def _in_units(spaces: Mapping[str, ClassSpaces], seen: Seen) -> dict[str, ClassSpaces]:
    return {name: one.in_units_of(*_rows(seen, name), USUAL) for name, one in spaces.items()}


def _distances(
    spaces: Mapping[str, ClassSpaces], seen: Seen, style: Style
) -> dict[str, NDArray[np.float32]]:
    found = [distances(spaces, images, reading, style) for images, reading in seen]
    return {name: np.concatenate([one[name] for one in found]) for name in found[0]}
