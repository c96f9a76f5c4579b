"""The figure of how pictures were prepared."""

from __future__ import annotations

import itertools
from pathlib import Path

from glyphlab._common.errors import GlyphlabError
from glyphlab._common.files import require_ending
from glyphlab._common.progress import note
from glyphlab.data.named_images import Gathered, NamedImage
from glyphlab.data.prepare import Step
from glyphlab.training.evaluation.picture_reader import PictureReader

__all__ = ["write_steps"]

MOST = 12
"""Pictures that are shown."""


def write_steps(
    path: Path, reader: PictureReader, found: Gathered, *, as_is: bool = False
) -> Gathered:
    """Draw how the first pictures are prepared, and return all of them.

    Parameters
    ----------
    path : Path
        An ``.svg``, ``.pdf`` or ``.png`` file; written whole or not at all.
    reader : PictureReader
    found : Gathered
    as_is : bool
        Pictures are read as they are, and nothing is done to them.

    Raises
    ------
    UsageError
        For another kind of file.
    """
    from glyphlab.reporting.conversion.figure_files import FORMS, write_figure
    from glyphlab.reporting.pictures.step_figure import step_figure

    require_ending(path, FORMS, "--show-steps")
    images = iter(found.images)
    first = [*itertools.islice(images, MOST)]
    if not isinstance(found.images, list):  # those that were looked at come no second time
        found = Gathered(itertools.chain(first, images), found.count, found.left_out)
    rows = {}
    for one in first:
        shown = _steps_of(reader, one, as_is=as_is)
        if shown:
            rows[one.name] = shown
    if not rows:
        note(f"{path} was not written: none of the first {len(first)} pictures can be read")
        return found
    write_figure(path, step_figure(rows))
    whole = "" if found.count is None else f" of {found.count:,}"
    of = f" of the first {len(rows)}{whole} pictures" if found.count != len(first) else ""
    note(f"wrote the steps of the preparation{of} to {path}")
    return found


def _steps_of(reader: PictureReader, one: NamedImage, *, as_is: bool) -> list[Step]:
    """Return the steps of one picture; none where it cannot be read, which is said elsewhere."""
    try:
        picture = one.read()
        prepared = reader.prepare(picture, one.name, as_is=as_is, steps=True)
    except GlyphlabError:
        return []
    if prepared.steps:
        return list(prepared.steps)
    return [Step("picture", picture.pixels), Step("as the model reads it", prepared.image)]
