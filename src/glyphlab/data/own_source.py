"""A source of one's own, made of what somebody has: a folder in our layout, with a card."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import UnknownName, UsageError, printable
from glyphlab._common.files import atomic_folder, require_new_folder, write_json, write_text
from glyphlab._common.png import encode_png
from glyphlab._common.progress import progress
from glyphlab.data.formats.by_path import content_of
from glyphlab.data.formats.content import AUTOMATIC, NOT_STATED, symbols_of
from glyphlab.data.formats.image_files import Size, fitted
from glyphlab.data.inspection import MOSTLY, Inspection, inspect_symbols, is_dark_on_light
from glyphlab.data.published_sets import Kind
from glyphlab.data.source_card import CARD, LONGEST_TEXT, PICTURE, SourceCard
from glyphlab.data.sources import is_source, load_symbols, require_source
from glyphlab.data.symbols import Symbols, SymbolSet

__all__ = ["INVERTING", "ImportedSource", "Inverting", "import_source"]

Inverting = Literal["auto", "all", "each", "none"]
INVERTING: tuple[Inverting, ...] = get_args(Inverting)
LARGEST = 1_024
"""Pixels on a side that images may be brought to."""
_LONGEST_FOLDER = 60
_UNFIT = re.compile(r'[\\/:*?"<>|]')
"""What no name of a folder holds on some system."""
_RESERVED = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)),
             *(f"lpt{n}" for n in range(10))}  # fmt: skip


@dataclass(frozen=True)
class ImportedSource:
    """What was written.

    Attributes
    ----------
    folder : Path
    symbols : SymbolSet
        The images as they were written.
    card : SourceCard
    inspection : Inspection
        Of these images.
    """

    folder: Path
    symbols: SymbolSet
    card: SourceCard
    inspection: Inspection


def import_source(
    name: str,
    out: Path,
    *,
    licence: str | None = None,
    kind: Kind | None = None,
    invert: str = "auto",
    size: int | None = None,
    picture: Callable[[Symbols], str] | None = None,
    data_dir: str | Path | None = None,
    quiet: bool = False,
) -> ImportedSource:
    """Write the labelled images of a path as a folder that every command takes as a source.

    The folder holds ``train/<label>/<number>.png``, ``test/<label>/<number>.png`` and a card. It
    gets its name when it is whole, and the same images give the same bytes.

    Parameters
    ----------
    name : str
        A file or folder in any format that is read, or the name of a source.
    out : Path
        A folder that is new or empty.
    licence : str, optional
        What the images may be used under; by default what the source says itself.
    kind : {"writing", "photographs"}, optional
        What the images show.
    invert : {"auto", "all", "each", "none"}
        Which images are inverted, so that ink is bright on black: all of them, those whose border
        is light, or none; ``"auto"`` inverts all where nine of ten have a light border and they are
        no photographs.
    size : int, optional
        Pixels on each side that images are brought to; by default the size that they have.
    picture : callable, optional
        Draws the training images as SVG text, which is written too.
    data_dir, quiet
        As `glyphlab.data.load_symbols` takes them.

    Raises
    ------
    UsageError
        Where `out` is there and not empty, or an option cannot be meant.
    DataError, DataMissing
        As `glyphlab.data.load_symbols`.
    """
    if invert not in INVERTING:
        raise UnknownName("way of inverting", invert, INVERTING)
    if kind is not None and kind not in get_args(Kind):
        raise UnknownName("kind of images", kind, get_args(Kind))
    if size is not None and not 1 <= size <= LARGEST:
        raise UsageError(f"size {size}, expected 1 to {LARGEST} pixels")
    if licence is not None and (printable(licence) != licence or len(licence) > LONGEST_TEXT):
        raise UsageError(f"a licence of one line and at most {LONGEST_TEXT} characters is expected")
    require_new_folder(out)
    found = _loaded(name, None if size is None else (size, size), data_dir, quiet)
    source = _inverted(found, invert, kind)
    names = _folder_names(source.train.class_names)
    of_its_own = not any(remark.startswith(AUTOMATIC) for remark in found.train.remarks)
    stated = source.train.licence
    card = SourceCard(
        printable(Path(name).name)[:LONGEST_TEXT],
        dict(zip(names, source.train.class_names, strict=True)),
        licence or stated or NOT_STATED,
        kind,
        "of its own" if of_its_own else "chosen by content",
        tuple(remark[:LONGEST_TEXT] for remark in source.train.remarks),
        {"train": len(source.train), "test": len(source.test)},
    )
    total = sum(card.images.values())
    with (
        atomic_folder(out) as temporary,
        progress(total, str(out), unit="image", quiet=quiet) as bar,
    ):
        for split, part in (("train", source.train), ("test", source.test)):
            if len(part):
                _write_split(temporary / split, part, names, bar.advance)
        write_json(temporary / CARD, card.to_json())
        if picture is not None:
            write_text(temporary / PICTURE, picture(source.train))
    return ImportedSource(out, source, card, inspect_symbols(source.train, source.test))


def _loaded(name: str, size: Size | None, data_dir: str | Path | None, quiet: bool) -> SymbolSet:
    require_source(name)
    path = Path(name)
    if not is_source(name) and size is not None:
        return symbols_of(str(path), path, content_of(path, size))
    found = load_symbols(name, data_dir=data_dir, quiet=quiet)
    if size is None or found.train.images.shape[1:] == size:
        return found
    height, width = found.train.images.shape[1:]
    said = f"{width}×{height} pixels brought to {size[1]}×{size[0]}"
    return _changed(found, lambda images: np.stack([fitted(one, size) for one in images]), said)


def _inverted(source: SymbolSet, invert: str, kind: Kind | None) -> SymbolSet:
    """Return a source with its ink bright on black, as far as it is asked for."""
    if invert == "auto":
        share = inspect_symbols(source.train, source.test).dark_on_light
        invert = "all" if share >= MOSTLY and kind != "photographs" else "none"
        said = f"inverted, all images, as {share:.0%} of them were dark on light"
    else:
        said = "inverted, all images"
    if invert == "none":
        return source
    if invert == "all":
        return _changed(source, lambda images: 255 - images, said)
    count = sum(int(is_dark_on_light(part.images).sum()) for part in (source.train, source.test))

    def each(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        dark = is_dark_on_light(images)
        return np.where(dark[:, None, None], 255 - images, images)

    return _changed(source, each, f"inverted where dark on light (images: {count:,})")


def _changed(
    source: SymbolSet, change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]], said: str
) -> SymbolSet:
    remarks = (*source.train.remarks, said)
    train, test = (
        replace(part, images=change(part.images) if len(part) else part.images, remarks=remarks)
        for part in (source.train, source.test)
    )
    return SymbolSet(source.name, train, test)


def _write_split(
    folder: Path, part: Symbols, names: Sequence[str], advance: Callable[[], None]
) -> None:
    """Write the images of a split, class by class, numbered in their order."""
    folder.mkdir()
    digits = len(str(max(0, len(part) - 1)))
    for label, name in enumerate(names):
        members = np.flatnonzero(part.labels == label)
        if not len(members):
            continue
        (folder / name).mkdir()
        for number, content in enumerate(encode_png(part.images[members])):
            (folder / name / f"{number:0{digits}}.png").write_bytes(content)
            advance()


def _folder_names(classes: Sequence[str]) -> list[str]:
    """Return a name for the folder of each class that every system takes, like its own."""
    found: list[str] = []
    taken: set[str] = set()
    for name in classes:
        plain = _UNFIT.sub("_", name).strip(". ")[:_LONGEST_FOLDER] or "_"
        if plain.startswith(".") or plain.split(".")[0].lower() in _RESERVED:
            plain = f"_{plain}"
        one, number = plain, 1
        while one.casefold() in taken:
            number += 1
            one = f"{plain}_{number}"
        taken.add(one.casefold())
        found.append(one)
    return found
