"""Uploaded files, laid out as the folder that ``glyphlab data import`` reads."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from glyphlab._common.errors import names_in_short, printable
from glyphlab._common.untrusted import (
    Unreadable,
    parse_npz,
    read_plain_file,
    require_small_archive,
)
from glyphlab._common.untrusted.gray_images import read_size
from glyphlab.data.formats.folders import SPLITS
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.own_data.uploaded_files import TABLES, Upload, UploadedFile

__all__ = ["LaidOut", "laid_out"]

MOST_IMAGES = 20_000
MOST_PIXELS = 400_000_000
"""Of all pictures together, as their headers say: each is unpacked once."""
UNPACKED = 256 << 20
"""Bytes that a table of arrays may unpack to."""
_CLASSES = 1_000


@dataclass(frozen=True)
class LaidOut:
    """A folder in a layout that is read.

    Attributes
    ----------
    folder : Path
    title : str
        What the client calls it.
    left_out : tuple of str
        What of the upload is not in it, a part of a sentence each.
    said_as : dict of str to str
        Client's names by the paths that stand for them, for messages.
    """

    folder: Path
    title: str
    left_out: tuple[str, ...]
    said_as: dict[str, str]

    def in_client_words(self, message: str) -> str:
        """Return a message with the client's names in place of our paths."""
        # the longest first, which may begin as another one does
        for path in sorted((one for one in self.said_as if one in message), key=len, reverse=True):
            message = message.replace(path, self.said_as[path])
        return message.replace(str(self.folder), self.title)


def laid_out(upload: Upload) -> LaidOut:
    """Lay out an upload as ``<split>/<label>/<number>.png``, ``<label>/<number>.png``, or tables.

    Labels alone keep the client's names; files have numbers, in the order of their names. Headers
    of pictures and archives are looked at first, so that nothing large is unpacked.

    Raises
    ------
    Refused
        Where there is nothing to lay out, or too much.
    """
    files = sorted(upload.files.values(), key=lambda one: one.parts)
    if not files:
        raise Refused(422, "no image and no table was sent: drop a folder or a table")
    tables = [one for one in files if one.ending in TABLES]
    target = upload.folder / "laid"
    shutil.rmtree(target, ignore_errors=True)
    if tables and len(tables) < len(files):
        raise Refused(422, "images and tables together: send a folder of images, or a table")
    if tables:
        return _of_tables(tables, target)
    return _of_images(files, target)


def _of_tables(tables: list[UploadedFile], target: Path) -> LaidOut:
    if len(tables) > 2:
        raise Refused(422, f"{len(tables)} tables, expected one, or train and test, as train.csv "
                      "and test.csv")  # fmt: skip
    if len({table.parts[-1] for table in tables}) < len(tables):
        raise Refused(422, f"two tables are called {tables[0].parts[-1]}: call them train.csv and "
                      "test.csv")  # fmt: skip
    title = Path(tables[0].parts[-1]).stem or "table"
    folder = target / title
    folder.mkdir(parents=True)
    images, said_as = 0, {}
    for table in tables:
        name = table.parts[-1]
        placed = folder / name
        _place(table.path, placed)
        said_as[str(placed)] = name
        images += _images_in(table, name)
    _require_few(images)
    return LaidOut(folder, title, (), said_as)


def _images_in(table: UploadedFile, name: str) -> int:
    """Return how many images a table has at most, from its rows or headers alone."""
    content = read_plain_file(table.path)
    if table.ending == ".csv":
        return content.count(b"\n") + 1
    try:
        require_small_archive(content, name, UNPACKED)
        arrays = parse_npz(content, name, UNPACKED)
    except Unreadable as error:
        raise Refused(422, str(error)) from error
    return max((len(array) for array in arrays.values() if array.ndim), default=0)


def _of_images(files: list[UploadedFile], target: Path) -> LaidOut:
    _require_few(len(files))
    common = _in_common([one.parts[:-1] for one in files])
    title = common[-1] if common else "images"
    below = {one: one.parts[len(common) :] for one in files}
    divided = any(_split(parts) == "train" for parts in below.values())
    labelled: dict[tuple[str, ...], list[UploadedFile]] = defaultdict(list)
    lost: dict[str, int] = defaultdict(int)
    for one, parts in below.items():
        split = _split(parts)
        if divided and split is None:
            lost[f"outside the folders train and test ({parts[0]})"] += 1
        elif len(parts) - divided < 2:
            lost["in no folder of a class"] += 1
        elif len(parts) - divided > 2:
            lost["in folders below those of classes"] += 1
        else:
            labelled[(split or "", parts[-2]) if divided else (parts[-2],)].append(one)
    if not labelled:
        raise Refused(422, f"{len(files):,} image{'s' if len(files) > 1 else ''} and no folder of "
                      "a class: put the images of each class into a folder with its name, and drop "
                      "the folder above them")  # fmt: skip
    labels = {key[-1] for key in labelled}
    if len(labels) > _CLASSES:
        raise Refused(422, f"{len(labels):,} folders of classes, expected at most {_CLASSES:,}")
    _require_few_pixels([one for some in labelled.values() for one in some])
    folder, said_as = target / title, {}
    for key, some in labelled.items():
        place = folder.joinpath(*key)
        place.mkdir(parents=True)
        for number, one in enumerate(some):
            placed = place / f"{number:06}{one.ending}"
            _place(one.path, placed)
            said_as[str(placed)] = printable("/".join(one.parts))
    left_out = tuple(f"{count:,} image{'s' if count > 1 else ''} {where}"
                     for where, count in sorted(lost.items()))  # fmt: skip
    return LaidOut(folder, title, left_out, said_as)


def _in_common(folders: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    first, last = min(folders), max(folders)
    pairs = list(zip(first, last, strict=False))
    return first[: next((k for k, (a, b) in enumerate(pairs) if a != b), len(pairs))]


def _split(parts: tuple[str, ...]) -> str | None:
    """Return the split whose folder the image of a class lies in; None outside of such."""
    return SPLITS.get(parts[0].lower()) if len(parts) > 2 else None


def _place(stored: Path, placed: Path) -> None:
    try:
        os.link(stored, placed)
    except FileExistsError:  # a link to another upload, which a copy would write through
        raise
    except OSError:  # no links on this file system
        shutil.copyfile(stored, placed)


def _require_few(images: int) -> None:
    if images > MOST_IMAGES:
        raise Refused(413, f"about {images:,} images, and the studio takes {MOST_IMAGES:,} at "
                      "most: import them in a terminal with 'glyphlab data import'")  # fmt: skip


def _require_few_pixels(files: list[UploadedFile]) -> None:
    total, largest = 0, (0, "")
    for one in files:
        try:
            height, width = read_size(one.path)
        except Unreadable as error:
            if "too many pixels" in error.reason:
                raise Refused(413, f"{'/'.join(one.parts)}: {error.reason}; {error.advice}"
                              ) from error  # fmt: skip
            continue  # reading them all says which ones are damaged
        total += height * width
        largest = max(largest, (height * width, "/".join(one.parts)))
    if total > MOST_PIXELS:
        raise Refused(
            413,
            f"the pictures have {total:,} pixels together, and the studio unpacks "
            f"{MOST_PIXELS:,} at most (the largest, {names_in_short('', [largest[1]])}, has "
            f"{largest[0]:,}): scale them down",
        )
