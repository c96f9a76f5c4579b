"""Sets of IDX files: MNIST's layout under any name, of one's own and of others.

Names are those of MNIST, ``train-images-idx3-ubyte`` and so on, with dots or hyphens, plain or
gzip. What precedes them, as in ``emnist-letters-train-images-idx3-ubyte.gz``, says which set it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from glyphlab._common.errors import DataError, names_in_short
from glyphlab._common.untrusted import read_plain_file
from glyphlab.data.formats.content import NOT_STATED, Content, Part
from glyphlab.data.formats.gray_arrays import coded, gray_parts, named
from glyphlab.data.formats.idx import decode_idx
from glyphlab.data.formats.published_names import EMNIST_NAMES, KUZUSHIJI, numbers_from
from glyphlab.data.published_sets import registry

__all__ = ["idx_content", "idx_files", "is_idx"]

_NAME = re.compile(
    r"(?:(?P<set>[\w-]+?)[-_.])?(?P<split>train|t10k|test)[-_.]?(?P<what>images|labels)"
    r"[-_.]idx\d?(?:[-_.]?\w+)?(?:\.gz)?",
    re.IGNORECASE,
)
_TRAIN, _TEST = "train", "test"
_KINDS = (("train", "images"), ("train", "labels"), ("test", "images"), ("test", "labels"))

Files = dict[tuple[str, str], Path]


def is_idx(path: Path) -> bool:
    """Return whether this is a folder of IDX files, or one of them."""
    if path.is_file():
        return _NAME.fullmatch(path.name) is not None
    return any(_sets(home) for home in _homes(path))


def idx_files(path: Path) -> list[Path]:
    """Return the files that a set is read from."""
    return list(_chosen(path)[1].values())


def idx_content(path: Path) -> Content:
    """Read a set of IDX files.

    Parameters
    ----------
    path : Path
        A folder with the files of one set, or in its folder ``raw``, as torchvision leaves them; or
        a file of a set.

    Raises
    ------
    DataError
        Where there are several sets, a file of the set is missing, or is not what it should be.
    """
    name, files = _chosen(path)
    for kind in _KINDS[:2]:
        if kind not in files:
            there = next(iter(files.values()))
            raise DataError(
                f"{there.parent}: no file of {' '.join(kind)} beside {there.name}, expected "
                f"{_like(there, *kind)} or its gzip: add it"
            )
    images, labels = (_read(files, what) for what in ("images", "labels"))
    names, remarks = _names_of(name, files), []
    if name.startswith("emnist"):
        images = {split: array.transpose(0, 2, 1) for split, array in images.items()}
        remarks.append("rows and columns exchanged, as EMNIST keeps images lying")
    for split, array in labels.items():
        if len(array) != len(images[split]):
            raise DataError(
                f"{files[split, 'labels']}: {len(array):,} labels for {len(images[split]):,} "
                "images, expected as many: are they of one set?"
            )
    if names is None:
        codes, class_names = coded(list(labels.values()), path)
    else:
        codes = [named(array, names, path) for array in labels.values()]
        class_names = tuple(names.values())
    scaled = gray_parts([(array, files[split, "images"]) for split, array in images.items()])
    parts = {}
    for split, (pixels, said), code in zip(images, scaled, codes, strict=True):
        remarks += [remark for remark in said if remark not in remarks]
        parts[split] = Part(pixels, code)
    return Content(class_names, parts[_TRAIN], parts.get(_TEST), NOT_STATED, tuple(remarks))


def _read(files: Files, what: str) -> dict[str, NDArray[Any]]:
    """Return images or labels by split; a test split counts where both of its files are there."""
    found = {}
    for split in (_TRAIN, _TEST):
        if split == _TEST and not {(_TEST, "images"), (_TEST, "labels")} <= set(files):
            continue
        path = files[split, what]
        array = decode_idx(read_plain_file(path), str(path), (3, 4) if what == "images" else (1, 2))
        # QMNIST has eight numbers a label; the first is the class
        found[split] = array[:, 0] if array.ndim == 2 and array.shape[1:] > (1,) else array
    return found


def _chosen(path: Path) -> tuple[str, Files]:
    """Return the name of the set that a path means, and its files."""
    if path.is_file():
        found = _NAME.fullmatch(path.name)
        name = (found["set"] or "").lower() if found else ""
        return name, _sets(path.parent)[name]
    homes = {home: sets for home in _homes(path) if (sets := _sets(home))}
    if len(homes) > 1:
        raise DataError(
            f"{path}: holds several sets, in {names_in_short('', [str(home) for home in homes])}: "
            "name one of these folders"
        )
    ((home, sets),) = homes.items()
    if len(sets) > 1:
        one = next(iter(sorted(sets.items())))[1]
        raise DataError(
            f"{home}: holds {len(sets)} sets: {names_in_short('', sets)}: name a file of the one "
            f"that is meant, as {next(iter(one.values()))}"
        )
    return next(iter(sets.items()))


def _homes(path: Path) -> list[Path]:
    return [path, path / "raw", *sorted(path.glob("*/raw"))]


def _sets(folder: Path) -> dict[str, Files]:
    """Return the files of each set in a folder; of a plain file and its gzip the plain one."""
    found: dict[str, Files] = {}
    if not folder.is_dir():
        return {}
    for path in sorted(folder.iterdir(), key=lambda path: (path.suffix == ".gz", path.name)):
        parsed = _NAME.fullmatch(path.name)
        if parsed is not None and path.is_file():
            split = _TRAIN if parsed["split"].lower() == "train" else _TEST
            kind = split, parsed["what"].lower()
            found.setdefault((parsed["set"] or "").lower(), {}).setdefault(kind, path)
    return found


def _names_of(name: str, files: Files) -> Mapping[int, str] | None:
    """Return what the labels of a known set stand for; None of one that is not known."""
    if name.startswith("emnist"):
        split = name.removeprefix("emnist").strip("-_.")
        if split not in EMNIST_NAMES:
            raise DataError(
                f"{next(iter(files.values()))}: '{split}' is no split of EMNIST, expected "
                f"{', '.join(EMNIST_NAMES)}: give the file the name that it had"
            )
        return EMNIST_NAMES[split]
    # the files of these sets are all called like those of MNIST: the folder says which it is
    home = next(iter(files.values())).resolve().parent
    home = home.parent if home.name == "raw" else home
    by_folder: dict[str, tuple[str, ...]] = {
        "kmnist": KUZUSHIJI,
        "kuzushijimnist": KUZUSHIJI,
        "fashionmnist": registry()["fashion-mnist"].class_names,
    }
    for called in (name, home.name):
        if (plain := re.sub(r"[^a-z]", "", called.lower())) in by_folder:
            return numbers_from(0, by_folder[plain])
    return None


def _like(path: Path, split: str, what: str) -> str:
    """Return what the file of another kind in the same set would be called."""
    other = re.sub("images|labels", what, path.name, flags=re.IGNORECASE)
    other = re.sub(r"idx\d", "idx3" if what == "images" else "idx1", other)
    return re.sub("train|t10k|test", split, other, count=1).removesuffix(".gz")
