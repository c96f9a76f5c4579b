"""Which labels and which glyphs each split gets, and which images are kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import SceneError, UnknownName, UsageError, names_in_short
from glyphlab._common.seeds import numpy_rng
from glyphlab.data import Symbols, SymbolSet
from glyphlab.tasks.labels import (
    MOST_TUPLES,
    Rule,
    all_tuples,
    label_keys,
    labels_of,
    tuples_giving,
    where_among,
)
from glyphlab.tasks.split import Split

__all__ = [
    "HELD_OUT",
    "SPLITS",
    "SPLIT_NAMES",
    "Mode",
    "check_mode",
    "glyph_pools",
    "plan_symbols",
    "rows_of_labels",
    "rows_of_symbols",
    "split_labels",
    "split_sizes",
]

Mode = Literal["shared", "disjoint"]
Keys = NDArray[Any] | None
"""Labels as `label_keys` writes them; None: all that there are, which nobody counted."""

SPLITS = ("train", "val", "test")
SPLIT_NAMES = {"train": "training", "val": "validation", "test": "test"}
"""What messages call them."""
_SHARES = (0.64, 0.16, 0.20)
"""Of the labels (disjoint), or of each label's images (shared), so that sizes are equal."""
HELD_OUT = 1 / 6
"""Share of the training glyphs that is for validation, unless another is asked for."""
DRAWN_LABELS = 100_000
"""Labels of digits that are drawn where there are too many to count."""


def check_mode(what: str, mode: str) -> Mode:
    """Return `mode` if it is one.

    Raises
    ------
    UnknownName
        Where it is neither ``shared`` nor ``disjoint``.
    """
    if mode == "shared":
        return "shared"
    if mode == "disjoint":
        return "disjoint"
    raise UnknownName(f"choice of {what}", mode, ["shared", "disjoint"])


def _portions(total: int) -> tuple[int, int, int]:
    train, val = (round(total * share) for share in _SHARES[:2])
    return train, val, total - train - val


def split_labels(
    rule: Rule,
    classes: int,
    count: int,
    mode: Mode,
    seed: int,
    digits: int = 1,
    signs: Sequence[int] = (),
) -> dict[str, Keys]:
    """Return the labels of each split, as `label_keys` writes them, sorted.

    ``shared``: every label in every split. ``disjoint``: 64 % for training, 16 % for validation,
    20 % for test, drawn by `seed`; no label is in two. Of more than a million labels of digits
    100,000 are drawn first. What is derived from more than a million tuples is not counted: None.

    Raises
    ------
    UsageError
        Where there are too few labels for three disjoint parts.
    SceneError
        Where labels that are not counted should be disjoint.
    """
    keys = _all_labels(rule, classes, count, seed, digits, signs)
    if keys is None and mode == "disjoint":
        raise SceneError(
            f"labels that are derived from {classes} classes in {count} positions are too many to "
            "be counted, and so to be disjoint: use labels='shared', or fewer symbols"
        )
    if keys is None or mode == "shared":
        return dict.fromkeys(SPLITS, keys)
    portions = _portions(len(keys))
    if min(portions) < 1:
        raise UsageError(
            f"{len(keys)} labels cannot be divided into three disjoint parts, expected at least "
            "5; use labels='shared'"
        )
    shuffled = numpy_rng(seed, "labels").permutation(keys)
    parts = np.split(shuffled, np.cumsum(portions)[:-1])
    return {split: np.sort(part) for split, part in zip(SPLITS, parts, strict=True)}


def _all_labels(
    rule: Rule, classes: int, count: int, seed: int, digits: int, signs: Sequence[int]
) -> Keys:
    few = classes**count <= MOST_TUPLES
    if rule == "digits":
        if few:
            return np.arange(classes**count)
        drawn = numpy_rng(seed, "labels", "drawn").integers(0, classes, (DRAWN_LABELS, count))
        return np.unique(label_keys(drawn, classes))
    return np.unique(labels_of(rule, all_tuples(classes, count), digits, signs)) if few else None


def glyph_pools(
    source: SymbolSet, mode: Mode, seed: int, held_out: float = HELD_OUT
) -> dict[str, Symbols]:
    """Return the glyphs that each split may draw.

    ``disjoint``: test draws the source's test images; validation a share `held_out` of each class
    of its training images, drawn by `seed`; training the rest. ``shared``: all three draw all
    images.
    """
    if mode == "shared":
        return dict.fromkeys(SPLITS, source.train.joined(source.test))
    rng = numpy_rng(seed, "glyphs", "val")
    held = np.zeros(len(source.train), bool)
    for symbol in range(source.train.classes):
        members = np.flatnonzero(source.train.labels == symbol)
        held[rng.permutation(members)[: round(len(members) * held_out)]] = True
    return {
        "train": source.train.take(~held),
        "val": source.train.take(held),
        "test": source.test,
    }


def plan_symbols(
    rule: Rule,
    keys: Keys,
    pool: Symbols,
    count: int,
    total: int,
    rng: np.random.Generator,
    digits: int = 1,
    signs: Sequence[int] = (),
) -> NDArray[np.int64]:
    """Return the symbols of `total` images whose labels are among `keys`.

    ``digits``: the labels in turn, as equally often as `total` allows, sorted; those with a class
    that `pool` has no glyph of are left out. All else: drawn with replacement as if each glyph were
    drawn uniformly from `pool`, so a sum is as frequent as the pairs that give it.

    Returns
    -------
    (total, count) int64

    Raises
    ------
    SceneError
        Where no glyphs of the pool give any of these sums.
    """
    of_class = np.bincount(pool.labels, minlength=pool.classes)
    if keys is None:  # any label will do
        if not total:
            return np.zeros((0, count), np.int64)
        if not of_class.any():
            raise SceneError(
                f"a split has no glyphs of '{pool.origin}', expected some for {total:,} images: "
                "add images, or give validation a larger share of the glyphs"
            )
        return rng.choice(pool.classes, size=(total, count), p=of_class / of_class.sum())
    tuples = tuples_giving(rule, keys, pool.classes, count, digits, signs)
    if rule == "digits":
        if not of_class.all():
            tuples = tuples[(of_class[tuples] > 0).all(axis=1)]
        if total and not len(tuples):
            raise _no_label(pool, keys)
        times, rest = divmod(total, max(1, len(tuples)))
        repeats = np.full(len(tuples), times)
        repeats[rng.permutation(len(tuples))[:rest]] += 1
        return np.repeat(tuples, repeats, axis=0)
    each: NDArray[Any] = of_class
    if int(of_class.max(initial=0)) ** count > np.iinfo(np.int64).max:
        each = of_class / len(pool)
    weights = each[tuples].prod(axis=1).astype(float)
    if not total:
        return tuples[:0]
    if not weights.any():
        raise _no_label(pool, keys)
    return tuples[rng.choice(len(tuples), size=total, p=weights / weights.sum())]


def _no_label(pool: Symbols, keys: NDArray[Any]) -> SceneError:
    present = [pool.class_names[c] for c in np.unique(pool.labels)]
    return SceneError(
        f"the {len(pool)} glyphs of '{pool.origin}' in a split are of class "
        f"{names_in_short('', present) or 'none'} and give none of its {len(keys)} labels, "
        "expected glyphs of every class; add images or use another source"
    )


def split_sizes(total: int) -> dict[str, int]:
    """Divide `total` images among the splits."""
    return dict(zip(SPLITS, _portions(total), strict=True))


def rows_of_labels(
    train: Split, classes: int, count: int, seed: int, name: str
) -> NDArray[np.int64]:
    """Return the rows of all images of `count` labels, drawn so that fewer are among more.

    Parameters
    ----------
    train : Split
    classes : int
        Of a symbol.
    count : int
    seed : int
        Of the draw.
    name : str
        What a message calls the task.

    Raises
    ------
    UsageError
        Where there are fewer labels.
    """
    keys = label_keys(train.labels, classes)
    known = np.unique(keys)
    if not 1 <= count <= len(known):
        raise UsageError(
            f"training images of {count:,} labels of '{name}', which has {len(known):,}; expected "
            "from 1 to all of them"
        )
    chosen = numpy_rng(seed, "train-labels").permutation(known)[:count]
    return np.flatnonzero(where_among(keys, chosen))


def rows_of_symbols(
    train: Split, classes: int, each: int, seed: int, name: str
) -> NDArray[np.int64]:
    """Return the rows of `each` images of every symbol, drawn so that fewer are among more.

    Parameters
    ----------
    train : Split
        Of one symbol an image.
    classes : int
    each : int
    seed : int
        Of the draw.
    name : str
        What a message calls the source.

    Raises
    ------
    UsageError
        Where a symbol has fewer images.
    """
    symbols = train.symbols[:, 0]
    least = int(np.bincount(symbols, minlength=classes).min())
    if not 1 <= each <= least:
        raise UsageError(
            f"{each:,} training images of each symbol of '{name}', and one symbol has {least:,}; "
            "expected from 1 to that"
        )
    order = numpy_rng(seed, "images-a-symbol").permutation(len(symbols))
    ranks = np.empty(len(symbols), np.int64)
    for symbol in range(classes):
        rows = order[symbols[order] == symbol]
        ranks[rows] = np.arange(len(rows))
    return np.flatnonzero(ranks < each)
