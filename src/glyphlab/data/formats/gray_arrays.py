"""Arrays of any kind, as other programs keep images and labels, in the form of ours."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError, printable
from glyphlab._common.machine import require_memory
from glyphlab._common.untrusted.gray_images import bits_of
from glyphlab.data.class_names import LONGEST_NAME, in_class_order

__all__ = ["coded", "gray_images", "gray_parts", "named"]

MOST_CLASSES = 5_000
"""More different labels than this are no names of classes."""
_CHUNK = 512
"""Images that are converted at a time."""
_RED, _GREEN, _BLUE, _SHIFT = 19595, 38470, 7471, 16
"""Of brightness, as Pillow weighs colours (ITU-R 601-2), in parts of 65,536."""
_UNIT = 1 + 1e-3
"""Taken for 1 at most, which values pass a little where images were resized."""
_SIDE = 16_000
_FLOAT = re.compile(r"\d{1,20}\.\d{0,20}(?:[eE][+-]?\d{1,3})?")
_LARGEST = 2**53

Convert = Callable[[NDArray[Any]], NDArray[np.uint8]]


def gray_images(values: NDArray[Any], where: str | Path) -> tuple[NDArray[np.uint8], list[str]]:
    """Return images of any numeric type in grey, and what was done beyond taking their brightness.

    Parameters
    ----------
    values : (n, h, w), (n, h, w, 3), (n, 3, h, w), (n, h, w, 1), (n, 1, h, w) or (n, h * h)
        Numbers from 0 to 255 or 0 to 1, whole numbers to 65,535, floats from -1 to 1, or truth
        values. Whole numbers may be floats.
    where : str or Path
        What a message calls them.

    Returns
    -------
    (n, h, w) uint8, list of str

    Raises
    ------
    DataError
        For another shape or another range.
    """
    (found,) = gray_parts([(values, where)])
    return found


def gray_parts(
    parts: Sequence[tuple[NDArray[Any], str | Path]], *, one_scale: bool = False
) -> list[tuple[NDArray[np.uint8], list[str]]]:
    """Return all parts of a set as `gray_images` does one, scaled alike.

    What numbers stand for shows in their range over all parts: a dark part alone would be scaled
    otherwise. Whole numbers, numbers with a point and truth values are on scales of their own.

    Parameters
    ----------
    parts : sequence of (array, str or Path)
        Images, of each split for instance, and what a message calls them.
    one_scale : bool
        Whether numbers with a point are on one scale even where those of a part lie in -1..1 and
        others pass 1, as those of a dark image do, but not those of a split.
    """
    shaped = [(_shaped(values, where), where) for values, where in parts]
    kinds = _kinds([values for values, _ in shaped], one_scale)
    scales = {
        kind: _scaling(kind, [one for one, its in zip(shaped, kinds, strict=True) if its == kind])
        for kind in set(kinds)
    }
    found = []
    for (values, where), kind in zip(shaped, kinds, strict=True):
        convert, said = scales[kind]
        require_memory(math.prod(values.shape[:3]), f"the images of {where}", "name a smaller file")
        pixels = np.empty(values.shape[:3], np.uint8)
        for start in range(0, len(values), _CHUNK):
            part = convert(values[start : start + _CHUNK])
            pixels[start : start + _CHUNK] = part if part.ndim == 3 else _brightness(part)
        found.append((pixels, [said] if said else []))
    return found


def _shaped(values: NDArray[Any], where: str | Path) -> NDArray[Any]:
    """Return a view with axes (n, h, w) or (n, h, w, 3)."""
    shape = values.shape
    found = values
    if values.ndim == 2:
        side = math.isqrt(shape[1])
        if side * side != shape[1] or not side:
            raise DataError(
                f"{where}: {shape[1]:,} pixels an image, expected a square number such as 784 "
                "(28×28): give the images their height and width, or name the column of labels"
            )
        found = values.reshape(-1, side, side)
    elif values.ndim == 4 and shape[3] in (1, 3):
        found = values
    elif values.ndim == 4 and shape[1] in (1, 3):
        found = values.transpose(0, 2, 3, 1)
    elif values.ndim != 3:
        raise DataError(
            f"{where}: images of shape {_short(shape)}, expected (n, height, width), with 3 at its "
            "end for colours, or (n, pixels): reshape the array"
        )
    if found.ndim == 4 and found.shape[3] == 1:
        found = found[..., 0]
    if values.dtype.kind not in "biuf":
        raise DataError(f"{where}: images of {values.dtype}, expected numbers: convert the array")
    if not 0 < min(found.shape[1:3]) <= max(found.shape[1:3]) <= _SIDE:
        raise DataError(
            f"{where}: images of {found.shape[2]}×{found.shape[1]} pixels, expected 1 to {_SIDE:,} "
            "on each side"
        )
    return found


def _kinds(parts: Sequence[NDArray[Any]], one_scale: bool) -> list[str]:
    """Return the kind of the numbers of each part: ``b``, ``i`` or ``f`` as NumPy has them.

    Floats that are all whole, and pass 1, are ``i``; those that stay in -1..1 where others pass 1
    are ``1``.
    """
    kinds: list[str] = ["i" if part.dtype.kind == "u" else part.dtype.kind for part in parts]
    floats = [place for place, part in enumerate(parts) if kinds[place] == "f" and part.size]
    beyond = [place for place in floats if _passes_one(parts[place])]
    if not beyond:
        return kinds
    fractions = [place for place in floats if not _is_whole(parts[place])]
    if not one_scale:
        for place in set(fractions) - set(beyond):
            kinds[place] = "1"
    if not any(kinds[place] == "f" for place in fractions):
        return ["i" if kind == "f" else kind for kind in kinds]
    return kinds


def _passes_one(values: NDArray[Any]) -> bool:
    return not (values.min() >= -_UNIT and values.max() <= _UNIT)


def _is_whole(values: NDArray[Any]) -> bool:
    chunks = (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
    return all(bool((chunk == np.floor(chunk)).all()) for chunk in chunks)


def _scaling(kind: str, parts: Sequence[tuple[NDArray[Any], str | Path]]) -> tuple[Convert, str]:
    """Return what brings numbers of a kind to 0..255, and what is said of it, or ``""``."""
    held = [(values, where) for values, where in parts if values.size]
    ranges = [(float(values.min()), float(values.max())) for values, _ in held]
    if not ranges:
        return _levels(0)
    low, high = float(np.min(ranges)), float(np.max(ranges))  # NaN where one is NaN
    signed = all(values.dtype == np.int8 for values, _ in held)
    found = _scale(kind, low, high, signed)
    if found is not None:
        return found
    alone = (where for (_, where), one in zip(held, ranges, strict=True)
             if _scale(kind, *one, signed) is None)  # fmt: skip
    fractions = " with fractions" if kind == "f" and high > 255 else ""
    raise DataError(
        f"{next(alone, held[0][1])}: values from {low:g} to {high:g}{fractions}, expected 0 to "
        "255, 0 to 1, whole numbers from 0 to 65535 or others from -1 to 1: scale the images"
    )


def _scale(kind: str, low: float, high: float, signed: bool) -> tuple[Convert, str] | None:
    """Return what brings a range to 0..255, and what is said of it; None where nothing does."""
    whole = kind in "bi"
    if kind == "b" or (whole and low >= 0 and high == 1):
        return lambda part: part.astype(np.uint8) * np.uint8(255), "values 0 and 1 scaled to 255"
    if whole and low >= 0 and high <= 65535:
        return _levels(int(high))
    if whole and signed:
        return (
            lambda part: (part.astype(np.int16) + 128).astype(np.uint8),
            "values from -128 to 127 moved to 0 to 255",
        )
    if not whole and low >= 0 and high <= _UNIT:
        return lambda part: _rounded(part, 255, 0), "scaled from 0..1 to 0..255"
    if not whole and low >= 0 and high <= 255:
        return lambda part: _rounded(part, 1, 0), ""
    if not whole and low >= -_UNIT and high <= _UNIT:
        return lambda part: _rounded(part, 127.5, 127.5), "scaled from -1..1 to 0..255"
    return None


def _levels(highest: int) -> tuple[Convert, str]:
    """Return what brings whole numbers to eight bits, as `gray_pixels` does those of a file."""
    bits = bits_of(highest)
    if bits == 8:
        return lambda part: part.astype(np.uint8), ""
    return (
        lambda part: (part.astype(np.uint16) >> (bits - 8)).astype(np.uint8),
        f"scaled from {bits} bits to 8",
    )


def _rounded(part: NDArray[Any], factor: float, offset: float) -> NDArray[np.uint8]:
    scaled = np.rint(part.astype(np.float64) * factor + offset)
    return np.clip(scaled, 0, 255).astype(np.uint8)


def _brightness(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    red, green, blue = (part[..., channel].astype(np.uint32) for channel in range(3))
    total = red * _RED + green * _GREEN + blue * _BLUE + (1 << (_SHIFT - 1))
    return (total >> _SHIFT).astype(np.uint8)


def coded(
    parts: Sequence[Sequence[str] | NDArray[Any]], where: str | Path
) -> tuple[list[NDArray[np.int64]], tuple[str, ...]]:
    """Return labels as places among the names of their classes, and these names in their order.

    Parameters
    ----------
    parts : sequence of labels
        Those of each split: whole numbers, text, or rows with a single 1 at the class.
    where : str or Path
        What a message calls them.

    Raises
    ------
    DataError
        For labels that are no names of classes: numbers with a fraction, empty or endless text, or
        nearly as many different ones as there are images.
    """
    texts = [_texts(part, where) for part in parts]
    names = in_class_order(name for part in texts for name in part)
    if len(names) > MOST_CLASSES:
        raise DataError(
            f"{where}: {len(names):,} different labels, expected names of at most {MOST_CLASSES:,} "
            "classes: is another column the label?"
        )
    place = {name: number for number, name in enumerate(names)}
    codes = [np.array([place[name] for name in part], np.int64) for part in texts]
    return codes, tuple(names)


def named(labels: NDArray[Any], names: Mapping[int, str], where: str | Path) -> NDArray[np.int64]:
    """Return whole numbers as places in a table of names.

    Parameters
    ----------
    labels : (n,) array
    names : mapping of int to str
        What each number stands for, in the order of the classes.
    where : str or Path
        What a message calls them.

    Raises
    ------
    DataError
        For a number that stands for nothing.
    """
    place = {str(number): place for place, number in enumerate(names)}
    texts = _texts(labels, where)
    strange = sorted({text for text in texts if text not in place})
    if strange:
        known = list(names)
        raise DataError(
            f"{where}: label {strange[0]}, expected {known[0]} to {known[-1]} as in every set of "
            "this name: is it the right file?"
        )
    return np.array([place[text] for text in texts], np.int64)


def _texts(labels: Sequence[str] | NDArray[Any], where: str | Path) -> list[str]:
    """Return labels as text: whole numbers in their decimal notation, other names as they are."""
    if not isinstance(
        labels, np.ndarray
    ):  # as an array, every text would be as wide as the longest
        return [_name(label, where) for label in labels]
    values = labels
    if values.ndim == 2 and 1 in values.shape:
        values = values.reshape(-1)
    elif values.ndim == 2 and _one_hot(values):
        values = values.argmax(1)
    if values.ndim != 1:
        raise DataError(
            f"{where}: labels of shape {_short(values.shape)}, expected one label an image"
        )
    if values.dtype.kind in "biu":
        return [str(int(value)) for value in values]
    if values.dtype.kind == "f":
        if not (np.isfinite(values).all() and (values == np.floor(values)).all()):
            wrong = values[~(np.isfinite(values) & (values == np.floor(values)))][0]
            raise DataError(
                f"{where}: label {wrong:g} is no class, expected whole numbers or names"
            )
        return [str(int(value)) for value in values]
    if values.dtype.kind not in "US":
        raise DataError(f"{where}: labels of {values.dtype}, expected whole numbers or names")
    return [_name(value, where) for value in values.tolist()]


def _name(value: str | bytes, where: str | Path) -> str:
    text = (value.decode("utf-8", "replace") if isinstance(value, bytes) else value).strip()
    if not text or len(text) > LONGEST_NAME or printable(text) != text:
        shown = printable(text[:40]) + ("…" if len(text) > 40 else "")
        raise DataError(
            f"{where}: the label '{shown}' is no name, expected 1 to {LONGEST_NAME} characters "
            "that can be shown: is another column the label?"
        )
    return _as_number(text)


def _as_number(text: str) -> str:
    """Return ``"7"`` for ``"7.0"`` and ``"7.000e+00"``, as programs write whole numbers."""
    if not _FLOAT.fullmatch(text):
        return text
    value = float(text)
    return str(int(value)) if value.is_integer() and value < _LARGEST else text


def _one_hot(values: NDArray[Any]) -> bool:
    if values.dtype.kind not in "biuf" or not values.size:
        return False
    ones = values == 1
    return bool((ones | (values == 0)).all() and (ones.sum(1) == 1).all())


def _short(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))})" if len(shape) <= 6 else f"{len(shape)} axes"
