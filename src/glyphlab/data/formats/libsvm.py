"""USPS as LIBSVM keeps it: ``usps.bz2`` and ``usps.t.bz2``, a line an image.

A line is the label, 1 to 10 for the digits 0 to 9, and ``place:value`` of the 16×16 pixels, from -1
(background) to 1 (J. Hull, *A database for handwritten text recognition research*, 1994).
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError
from glyphlab._common.untrusted import read_plain_file
from glyphlab._common.untrusted.bzip2_streams import unpack_bzip2
from glyphlab.data.formats.content import NOT_STATED, Content, Part
from glyphlab.data.formats.gray_arrays import gray_parts, named
from glyphlab.data.formats.published_names import numbers_from

__all__ = ["is_usps", "usps_content", "usps_files"]

_NAME = re.compile(r"usps(?P<test>\.t)?(?:\.bz2)?", re.IGNORECASE)
_SIDE = 16
_BZIP2 = b"BZh"


def is_usps(path: Path) -> bool:
    """Return whether this is a folder with USPS's training file, or one of its files."""
    if path.is_file():
        return _NAME.fullmatch(path.name) is not None
    return "train" in _found(path)


def usps_files(path: Path) -> list[Path]:
    """Return the files that the set is read from."""
    found = _found(path.parent if path.is_file() else path)
    return [found[split] for split in ("train", "test") if split in found]


def usps_content(path: Path) -> Content:
    """Read USPS from its folder, or by one of its files.

    Raises
    ------
    DataError
        Where the training file is missing, or a line is not as above.
    """
    found = _found(path.parent if path.is_file() else path)
    if "train" not in found:
        raise DataError(f"{path}: no usps.bz2 beside it, expected the training images: add it")
    parsed = [_parsed(file) for file in found.values()]
    scaled = gray_parts(
        [(values, file) for (_, values), file in zip(parsed, found.values(), strict=True)]
    )
    parts, remarks = {}, []
    for (split, file), (labels, _), (pixels, said) in zip(
        found.items(), parsed, scaled, strict=True
    ):
        remarks += [remark for remark in said if remark not in remarks]
        names = numbers_from(1, "0123456789")
        parts[split] = Part(pixels, named(labels, names, file))
    return Content(
        tuple("0123456789"), parts["train"], parts.get("test"), NOT_STATED, tuple(remarks)
    )


def _found(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            parsed = _NAME.fullmatch(path.name)
            if parsed and path.is_file():
                found.setdefault("test" if parsed["test"] else "train", path)
    return found


def _parsed(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """Return labels ``(n,)`` and pixels ``(n, 256)``."""
    content = read_plain_file(path)
    if content.startswith(_BZIP2):
        content = unpack_bzip2(content, path)
    labels, rows = [], []
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        pairs = line.count(b":")
        numbers = _numbers(line.replace(b":", b" "))
        if numbers is None or len(numbers) != 1 + 2 * pairs:
            raise _wrong(path, number, "it is no label with numbers as 17:0.5")
        places = numbers[1::2]
        if not ((places >= 1) & (places <= _SIDE**2) & (places == np.floor(places))).all():
            raise _wrong(path, number, f"a place that is not 1 to {_SIDE**2}")
        row = np.zeros(_SIDE**2, np.float32)
        row[places.astype(np.int64) - 1] = numbers[2::2]
        labels.append(numbers[0])
        rows.append(row)
    if not rows:
        raise DataError(f"{path}: holds no line, expected one an image: fetch it again")
    return np.array(labels), np.stack(rows)


def _numbers(text: bytes) -> NDArray[np.float64] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return np.fromstring(text.decode("latin-1"), np.float64, sep=" ")
        except (DeprecationWarning, ValueError):
            return None


def _wrong(path: Path, number: int, what: str) -> DataError:
    return DataError(
        f"{path}, line {number}: {what}, expected USPS as LIBSVM has it: fetch it again"
    )
