"""Symbols from a folder of images: ``<split>/<label>/*``, or ``<label>/*`` without a split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glyphlab._common.errors import DataError, names_in_short
from glyphlab._common.progress import note_once
from glyphlab._common.untrusted.plain_files import require_utf8
from glyphlab.data.class_names import in_class_order
from glyphlab.data.formats.content import NOT_STATED, Content, Part
from glyphlab.data.formats.image_files import (
    Size,
    image_files,
    is_image,
    is_litter,
    read_at_one_size,
)
from glyphlab.data.source_card import CARD, PICTURE, read_card

__all__ = ["class_folders_content", "has_class_folders", "has_splits", "label_folders",
           "labelled_files", "left_out", "note_hidden", "unread"]  # fmt: skip

SPLITS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
"""What folders of the two splits are called, in small letters."""
_OWN = ".glyphlab"
"""Beginning of the names of hidden files that are kept here."""


def has_splits(root: Path) -> bool:
    """Return whether a path is a folder with a folder of training images."""
    return root.is_dir() and bool(_split_folders(root))


def has_class_folders(root: Path) -> bool:
    """Return whether a path is a folder with folders of images."""
    return root.is_dir() and any(_has_images(folder) for folder in _folders(root))


def label_folders(split: Path) -> list[Path]:
    """Return the label folders of a split in the order of their classes.

    Raises
    ------
    DataError
        Where the split's folder is not there, or holds no label folder.
    """
    if not split.is_dir():
        raise DataError(
            f"{split}: no such folder, expected '{split.name}/<label>/*.png' in {split.parent}; "
            "add it or give another path"
        )
    folders = _folders(split)
    for folder in folders:
        require_utf8(folder)
    if not folders:
        raise DataError(f"{split}: holds no label folder, expected '<label>/*.png'; add the images")
    order = {name: place for place, name in enumerate(in_class_order(one.name for one in folders))}
    return sorted(folders, key=lambda folder: order[folder.name])


def labelled_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the images of a label's folder, and what else is in it.

    Raises
    ------
    DataError
        Where there are none.
    """
    images, others = image_files(folder)
    if not images:
        found = f", only {_kinds(others)}" if others else ""
        raise DataError(
            f"{folder}: a label folder with no images{found}, expected *.png or another type of "
            "image; add images or remove the folder"
        )
    return images, others


@dataclass
class _Files:
    """The images of a split, and what of it is none."""

    images: list[Path]
    labels: list[int]
    others: list[Path]


def class_folders_content(root: Path, size: Size | None = None) -> Content:
    """Read the labelled images of a folder, at a size where one is given.

    Classes are the names of the label folders, of ``train`` where there are splits: in numeric
    order where all are numbers, else in that of text. Images are in the order of their paths.
    Hidden files, and what operating systems leave in folders, do not count.

    Raises
    ------
    DataError
        Where one split is there and the other is not, a label folder of training is empty, a label
        is in the test split alone, or a file is no image.
    """
    card, splits = read_card(root), _split_folders(root)
    folders = label_folders(splits.get("train", root / "train") if splits else root)
    if not splits:
        folders = [folder for folder in folders if _has_images(folder)]
    names = [folder.name for folder in folders] if card is None else list(card.classes)
    if card is not None:
        _require_known(names, folders, root)
        folders.sort(key=lambda folder: names.index(folder.name))
    parts = [_of_training(folders, names)]
    tested = bool(splits) and (card is None or card.images.get("test") != 0)
    if tested:
        test = label_folders(splits.get("test", root / "test"))
        parts.append(_of_test(test, names, folders[0].parent))
    read = read_at_one_size([path for part in parts for path in part.images], size)
    cut = len(parts[0].images)
    labels = [np.array(part.labels, np.int64) for part in parts]
    others = unread(root, list(splits.values()), folders)
    others += [path for part in parts for path in part.others]
    note_hidden(root)
    return Content(
        tuple(card.classes[name] for name in names) if card else tuple(names),
        Part(read.pixels[:cut], labels[0]),
        Part(read.pixels[cut:], labels[1]) if tested else None,
        card.licence if card else NOT_STATED,
        (*read.remarks, *left_out(others)),
    )


def _of_training(folders: Sequence[Path], names: Sequence[str]) -> _Files:
    found = _Files([], [], [])
    for folder in folders:
        images, others = labelled_files(folder)
        found.images += images
        found.labels += [names.index(folder.name)] * len(images)
        found.others += others
    return found


def _of_test(folders: Sequence[Path], names: Sequence[str], train: Path) -> _Files:
    found = _Files([], [], [])
    for folder in folders:
        if folder.name not in names:
            raise DataError(
                f"{folder}: label '{folder.name}' is not in {train}, expected one of "
                f"{names_in_short(folder.name, names)}; add training images of it or remove it"
            )
        images, others = image_files(folder)
        found.images += images
        found.labels += [names.index(folder.name)] * len(images)
        found.others += others
    if not found.images:
        raise DataError(
            f"{folders[0].parent}: holds no image, expected some to test on; add images"
        )
    return found


def _require_known(names: Sequence[str], folders: Sequence[Path], root: Path) -> None:
    """Insist that the card names every label folder."""
    strange = [folder.name for folder in folders if folder.name not in names]
    if strange:
        raise DataError(
            f"{root / CARD}: names no class of the folder {names_in_short('', strange)}: import "
            "the images again with 'glyphlab data import'"
        )


def _split_folders(root: Path) -> dict[str, Path]:
    """Return the folders of splits; none where there is no folder of training images."""
    found: dict[str, Path] = {}
    for folder in _folders(root):
        split = SPLITS.get(folder.name.lower())
        if split and (split not in found or folder.name == split):
            found[split] = folder
    train = found.get("train")
    # where images lie in it, `train` is a class like others
    return {} if train is None or (_has_images(train) and not _folders(train)) else found


def _folders(root: Path) -> list[Path]:
    return [path for path in sorted(root.iterdir()) if path.is_dir() and not is_litter(path)]


def _has_images(folder: Path) -> bool:
    return any(is_image(path) for path in folder.iterdir() if not is_litter(path))


def _is_known(path: Path) -> bool:
    return is_litter(path) or path.name in (CARD, PICTURE)


def unread(root: Path, splits: Sequence[Path], labels: Sequence[Path] = ()) -> list[Path]:
    """Return what stands in a folder and in those of its splits, beside splits and labels."""
    return [path for level in (root, *splits) for path in sorted(level.iterdir())
            if not _is_known(path) and path not in splits and path not in labels
            and (level == root or not path.is_dir())]  # fmt: skip


def note_hidden(root: Path) -> None:
    """Note how many hidden files and folders stand among splits, labels and images."""
    levels = [root, *_folders(root), *(inner for one in _folders(root) for inner in _folders(one))]
    hidden = sum(
        is_litter(path) and not path.name.startswith(_OWN)
        for level in levels for path in level.iterdir()
    )  # fmt: skip
    if hidden:
        what = "file or folder" if hidden == 1 else "files and folders"
        note_once(f"{root}: {hidden:,} hidden {what} skipped")


def left_out(paths: Sequence[Path]) -> list[str]:
    """Say which files and folders were not read, and which images are in no folder of a class."""
    loose = [path for path in paths if is_image(path)]
    others = [path for path in paths if not is_image(path)]
    said = [f"left out: {_kinds(others)}"] if others else []
    if loose:
        said.append(
            f"left out: {_kinds(loose)}, as {'it is' if len(loose) == 1 else 'they are'} in no "
            "class folder"
        )
    return said


def _kinds(paths: Sequence[Path]) -> str:
    """Return the number of files of each kind, and the first folders."""
    folders = [path.name for path in paths if path.is_dir()]
    kinds = Counter(path.suffix.lower() or "without an ending" for path in paths
                    if not path.is_dir())  # fmt: skip
    said = [f"{count:,} {'file' if count == 1 else 'files'} {kind}" for kind, count in
            sorted(kinds.items())]  # fmt: skip
    if folders:
        said.append(f"the folder{'' if len(folders) == 1 else 's'} {names_in_short('', folders)}")
    return names_in_short("", said) if len(said) > 3 else ", ".join(said)
