"""The figure of how pictures were prepared."""

from __future__ import annotations

from pathlib import Path

from glyphlab._common.errors import GlyphlabError, UsageError
from glyphlab._common.files import atomic_path
from glyphlab._common.progress import note
from glyphlab.data.named_images import Gathered, NamedImage
from glyphlab.data.prepare import Step
from glyphlab.training.evaluation.picture_reader import PictureReader

__all__ = ["write_steps"]

MOST = 12
"""Pictures that are shown."""


def write_steps(path: Path, reader: PictureReader, found: Gathered) -> Gathered:
    """Draw how the first pictures are prepared, and return all of them.

    Parameters
    ----------
    path : Path
        An ``.svg`` or a ``.png`` file; written whole or not at all.
    reader : PictureReader
    found : Gathered

    Raises
    ------
    UsageError
        For another kind of file.
    """
    if path.suffix.lower() not in (".svg", ".png"):
        raise UsageError(f"--show-steps {path}: expected the name of an .svg or a .png file")
    from glyphlab.reporting.plots.step_figure import steps_png, steps_svg

    images = list(found.images)
    rows = {}
    for one in images[:MOST]:
        shown = _steps_of(reader, one)
        if shown:
            rows[one.name] = shown
    if not rows:
        note(f"{path} was not written: none of the pictures can be read")
        return Gathered(images, found.count, found.left_out)
    with atomic_path(path) as temporary:
        if path.suffix.lower() == ".svg":
            temporary.write_text(steps_svg(rows), encoding="utf-8")
        else:
            temporary.write_bytes(steps_png(rows))
    of = f" of the first {len(rows)} of {len(images):,} pictures" if len(images) > MOST else ""
    note(f"wrote the steps of the preparation{of} to {path}")
    return Gathered(images, found.count, found.left_out)


def _steps_of(reader: PictureReader, one: NamedImage) -> list[Step]:
    """Return the steps of one picture; none where it cannot be read, which is said elsewhere."""
    try:
        picture = one.read()
        prepared = reader.prepare(picture, one.name, as_is=False, steps=True)
    except GlyphlabError:
        return []
    if prepared.steps:
        return list(prepared.steps)
    return [Step("picture", picture.pixels), Step("as the model reads it", prepared.image)]
