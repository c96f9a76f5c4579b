"""Which format a path has, and what is read of it: one table of all formats."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from glyphlab._common.errors import DataError, names_in_short
from glyphlab._common.untrusted.gray_images import ENDINGS
from glyphlab._common.untrusted.plain_files import require_plain_file
from glyphlab.data.formats.beside import training_file_in
from glyphlab.data.formats.content import Content, Part
from glyphlab.data.formats.folders import class_folders_content, has_class_folders, has_splits
from glyphlab.data.formats.idx_sets import idx_content, idx_files, is_idx
from glyphlab.data.formats.image_files import Size, fitted, is_litter
from glyphlab.data.formats.libsvm import is_usps, usps_content, usps_files
from glyphlab.data.formats.mat_sets import mat_content, mat_files
from glyphlab.data.formats.npz_sets import npz_content, npz_files
from glyphlab.data.formats.parquet_sets import is_parquet, parquet_content, parquet_files
from glyphlab.data.formats.pixel_tables import table_content, table_files

__all__ = ["FORMATS", "Format", "content_of", "files_of", "format_of", "unread_kind"]


@dataclass(frozen=True)
class Format:
    """How labelled images are kept.

    Attributes
    ----------
    name : str
    description : str
        What its files are called.
    matches : callable
        Whether a path, of a file or of a folder, is one.
    read : callable
        Reads the images that a path means, and brings them to a size where one is given.
    files : callable
        All files that are read where the path is that of a file.
    """

    name: str
    description: str
    matches: Callable[[Path], bool]
    read: Callable[[Path, Size | None], Content]
    files: Callable[[Path], list[Path]]


def _by_ending(
    name: str,
    description: str,
    endings: tuple[str, ...],
    read: Callable[[Path], Content],
    files: Callable[[Path], list[Path]],
) -> Format:
    """Return a format whose files are known by how their names end, in a folder or not."""

    def matches(path: Path) -> bool:
        if path.is_dir():
            return training_file_in(path, endings) is not None
        return path.name.lower().endswith(endings)

    def the_file(path: Path) -> Path:
        return (training_file_in(path, endings) or path) if path.is_dir() else path

    return Format(name, description, matches, _of_arrays(lambda path: read(the_file(path))), files)


def _of_arrays(read: Callable[[Path], Content]) -> Callable[[Path, Size | None], Content]:
    """Return the reader of a format whose images have one size, for any size."""

    def at_size(path: Path, size: Size | None) -> Content:
        content = read(path)
        old = content.train.images.shape[1:]
        if size in (None, old):
            return content
        assert size is not None
        said = f"{old[1]}×{old[0]} pixels brought to {size[1]}×{size[0]}"
        train = _resized(content.train, size)
        test = None if content.test is None else _resized(content.test, size)
        return replace(content, train=train, test=test, remarks=(*content.remarks, said))

    return at_size


def _resized(part: Part, size: Size) -> Part:
    images = np.empty((len(part.images), *size), np.uint8)
    for row, image in enumerate(part.images):
        images[row] = fitted(image, size)
    return Part(images, part.labels)


def _none(path: Path) -> list[Path]:
    return [path]


FORMATS = (
    Format(
        "folder with splits", "folders train/<label>/*.png and test/<label>/*.png", has_splits,
        class_folders_content, _none,
    ),
    Format("IDX", "IDX files such as train-images-idx3-ubyte", is_idx,
        _of_arrays(idx_content), idx_files),
    Format("USPS", "usps.bz2", is_usps, _of_arrays(usps_content), usps_files),
    Format("Parquet", ".parquet", is_parquet, _of_arrays(parquet_content), parquet_files),
    Format(
        "folder", "folders <label>/*.png", has_class_folders, class_folders_content, _none,
    ),
    _by_ending("CSV", ".csv with label,pixel…", (".csv", ".csv.gz"), table_content, table_files),
    _by_ending("NPZ", ".npz with images and labels", (".npz",), npz_content, npz_files),
    _by_ending("MATLAB", ".mat with X and y", (".mat",), mat_content, mat_files),
)  # fmt: skip
"""The first that matches is the one."""

_SAVE = "save images and labels with numpy.savez('mine.npz', images=images, labels=labels)"
_PICKLE = f"a pickle, which can run any code as it is opened, so that none is: {_SAVE}"
_ARCHIVE = "an archive: unpack it and name the folder"
_UNREAD = {
    **dict.fromkeys((".pkl", ".pickle", ".p", ".joblib", ".pt", ".pth", ".ckpt"), _PICKLE),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".gz", ".xz", ".7z", ".rar"), _ARCHIVE),
    ".npy": f"one array, and labels are needed beside the images: {_SAVE}",
    ".h5": f"HDF5: {_SAVE}",
    ".hdf5": f"HDF5: {_SAVE}",
    **dict.fromkeys((".xlsx", ".xls", ".ods"), "a workbook: save the sheet as CSV"),
    ".pdf": "a PDF: save its pages as PNG",
    **dict.fromkeys((".heic", ".heif"), "a HEIC photo: save it as JPEG"),
    **dict.fromkeys((".svg", ".eps"), "a drawing of lines: save it as PNG"),
    ".arff": "ARFF: save it as CSV with the label in a column of that name",
}
"""What else people have, by the ending, and what to do."""
_MAGIC = {b"\x80\x02": ".pkl", b"\x80\x03": ".pkl", b"\x80\x04": ".pkl", b"\x80\x05": ".pkl",
          b"\x93NUMPY": ".npy", b"PK\x03\x04": ".zip", b"\x89HDF": ".h5",
          b"%PDF": ".pdf"}  # fmt: skip
_HEIC = (b"heic", b"heix", b"heim", b"mif1", b"msf1")
"""What HEIC photos say of themselves, often under the name of a JPEG."""
_OBJECTS = b"'|O'"
"""In the header of an array that only a pickle can hold."""


def format_of(path: Path) -> Format:
    """Return the format of a path that is there.

    Raises
    ------
    DataError
        Where it has none that is read, with what it is and what is read.
    """
    with _listed(path):
        for one in FORMATS:
            if one.matches(path):
                return one
        raise _not_read(path)


def content_of(path: Path, size: Size | None = None) -> Content:
    """Read the labelled images of a file or a folder; see `format_of`.

    Parameters
    ----------
    path : Path
    size : (int, int), optional
        Height and width; an image is scaled into them whole.
    """
    with _listed(path):
        return format_of(path).read(path, size)


def files_of(path: Path) -> list[Path]:
    """Return all files that are read where a source is named by one of them, in their order."""
    with _listed(path):
        return format_of(path).files(path)


@contextlib.contextmanager
def _listed(path: Path) -> Iterator[None]:
    """Say in our words that a folder may not be listed."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"{error.filename or path}: cannot be read ({error.strerror}): check the path"
        ) from error


def _not_read(path: Path) -> DataError:
    known = f"read are {', '.join(one.description for one in FORMATS)}"
    if path.is_dir():
        held = _in_words(path)
        said = f"holds {held} and no labelled images" if held else "is empty"
        return DataError(f"{path}: {said}; {known}")
    ending = path.suffix.lower()
    if ending in ENDINGS:
        return DataError(
            f"{path}: one image, and a source has many with their labels: put images into folders "
            "<label>/ and name the folder above them"
        )
    what = unread_kind(path) or f"a file of a kind that is not read ('{ending or path.name}')"
    return DataError(f"{path}: {what}; {known}")


def unread_kind(path: Path) -> str | None:
    """Return what a file is that others read and we do not, and what to do; None where unknown.

    Raises
    ------
    Unreadable
        Where it is no plain file.
    """
    require_plain_file(path)
    ending = path.suffix.lower()
    with path.open("rb") as file:
        start = file.read(256)
    if ending not in _UNREAD:
        ending = next((one for magic, one in _MAGIC.items() if start.startswith(magic)), ending)
        if start[4:8] == b"ftyp" and start[8:12] in _HEIC:
            ending = ".heic"
    if ending == ".npy" and _OBJECTS in start:
        ending = ".pkl"
    return _UNREAD.get(ending)


def _in_words(folder: Path) -> str:
    kinds = Counter(
        "folder" if path.is_dir() else f"{path.suffix.lower() or 'other'} file"
        for path in folder.iterdir() if not is_litter(path)
    )  # fmt: skip
    said = [f"{count:,} {kind}{'s' if count > 1 else ''}" for kind, count in kinds.items()]
    return names_in_short("", said)
