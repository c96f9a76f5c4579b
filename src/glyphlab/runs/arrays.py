"""The arrays of a run's ``predictions.npz``, read with suspicion."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glyphlab._common.files import atomic_path, storable
from glyphlab._common.untrusted import Unreadable, parse_npz
from glyphlab.runs.documents import read_bytes, unreadable
from glyphlab.runs.records import Scores

__all__ = ["Arrays", "read_arrays", "require_fitting", "write_arrays"]

_KINDS = {
    "f": "floats",
    "i": "integers",
    "iU": "integers or their notation",
    "u": "bytes",
}
_FORMS = {
    "true": ("iU", 2),
    "pred": ("iU", 2),
    "confidence": ("f", 1),
    "sample_index": ("i", 1),
    "sample_kind": ("i", 1),
    "sample_images": ("u", 3),
    "sample_labels": ("i", 1),
    "sample_spread": ("f", 2),
    "samples": ("u", 3),
    "asked": ("i", 2),
    "nearest": ("u", 3),
    "walk": ("u", 4),
    "rows": ("u", 4),
    "glyphs": ("i", 2),
}
"""Kind of the values, and dimensions, of each array."""
_ALIKE = (
    ("true", "pred", "confidence"),
    ("sample_index", "sample_kind", "sample_images", "sample_spread"),
)
"""Arrays with a row for each of the same things."""


class Arrays(dict[str, NDArray[Any]]):
    """Arrays by name, of one file; a name that is missing is an error of that file."""

    def __init__(self, path: Path, arrays: dict[str, NDArray[Any]]) -> None:
        super().__init__(arrays)
        self.path = path

    def __missing__(self, name: str) -> NDArray[Any]:
        raise unreadable(self.path, f"no array '{name}', found {', '.join(self) or 'none'}")


def read_arrays(path: Path) -> Arrays:
    """Read an archive of arrays; none of them can be written to.

    Raises
    ------
    RunError
        Where it is missing or damaged, or an array is not of its kind or does not fit the others.
    """
    try:
        arrays = Arrays(path, parse_npz(read_bytes(path), path))
    except Unreadable as error:
        raise unreadable(path, error.reason) from error
    for array in arrays.values():
        array.setflags(write=False)
    fault = _fault(arrays)
    if fault:
        raise unreadable(path, fault)
    return arrays


def write_arrays(path: Path, arrays: Mapping[str, ArrayLike]) -> None:
    """Write an archive of arrays, compressed, whole or not at all; nothing in it is a pickle.

    Raises
    ------
    UsageError
        For an array that only a pickle could hold.
    """
    plain = {name: storable(array) for name, array in arrays.items()}
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **plain)  # type: ignore[arg-type]


def require_fitting(arrays: Arrays, scores: Scores) -> None:
    """Insist that labels have the positions and classes that a run's scores speak of.

    Raises
    ------
    RunError
        Where the two cannot be of one run.
    """
    positions, classes = len(scores.position_accuracy), len(scores.digit_accuracy)
    both = np.stack([arrays["true"], arrays["pred"]])
    found = both.shape[2]
    # labels in decimal notation are too long to be classes
    ordered = both.ravel() if both.dtype.kind == "i" else np.zeros(1, np.int64)
    lowest, highest = int(ordered.min()), int(ordered.max())
    if found != positions or (classes and not 0 <= lowest <= highest < classes):
        raise unreadable(
            arrays.path,
            f"labels of {found} positions from {lowest} to {highest} found, {positions} positions "
            f"and {classes} classes expected by the summary",
        )


def _fault(arrays: Arrays) -> str | None:
    """Return what is wrong with the arrays that are there, or None."""
    for name, array in arrays.items():
        kind, dimensions = _FORMS.get(
            name, ("iU", 2) if name.startswith("generalization_grid_") else (None, 0)
        )
        of_kind = array.dtype == np.uint8 if kind == "u" else array.dtype.kind in (kind or "")
        if kind is not None and not (of_kind and array.ndim == dimensions):
            return (
                f"'{name}' holds {array.dtype} in {array.ndim} dimensions, {_KINDS[kind]} in "
                f"{dimensions} expected"
            )
        if kind == "f" and not np.isfinite(array).all():
            return f"'{name}' holds what is no finite number"
        if len(array.shape) > 1 and len(array) and not array.size:
            return f"'{name}' has the shape {array.shape}, which holds nothing"
    for names in _ALIKE:
        lengths = {name: len(arrays[name]) for name in names if name in arrays}
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"'{name}' {length}" for name, length in lengths.items())
            return f"{said} rows, the same number of each expected"
    if "true" in arrays and "pred" in arrays and arrays["true"].shape != arrays["pred"].shape:
        return (
            f"'true' {arrays['true'].shape} and 'pred' {arrays['pred'].shape}, one shape expected"
        )
    if "true" in arrays and not arrays["true"].size:
        return "'true' holds no label"
    index, items = arrays.get("sample_index"), len(arrays.get("true", ()))
    if index is not None and len(index) and not 0 <= index.min() <= index.max() < items:
        return f"'sample_index' from {index.min()} to {index.max()}, of {items} items"
    sure = arrays.get("confidence")
    if sure is not None and len(sure) and not 0 <= sure.min() <= sure.max() <= 1 + 1e-6:
        return f"'confidence' from {sure.min():g} to {sure.max():g}, 0 to 1 expected"
    if "sample_kind" in arrays and not np.isin(arrays["sample_kind"], (0, 1)).all():
        return "'sample_kind' holds another kind than 0 and 1"
    if "sample_spread" in arrays and arrays["sample_spread"].shape[1] != len(
        arrays["sample_labels"]
    ):
        return "'sample_spread' has not a column for each of 'sample_labels'"
    if "asked" in arrays and len(arrays["asked"]) not in (0, len(arrays["samples"])):
        return f"'asked' has {len(arrays['asked'])} rows, 0 or one a sample expected"
    return None
