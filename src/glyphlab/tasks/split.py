"""The images of one split, and how they are drawn."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError, UsageError
from glyphlab._common.files import storable
from glyphlab._common.notebook import SHOWN, contact_strip, paragraph
from glyphlab._common.seeds import numpy_rng, seed_for
from glyphlab.data import Symbols
from glyphlab.data.class_names import label_text
from glyphlab.tasks.affine import GlyphAffine
from glyphlab.tasks.drawing import draw, pick_glyphs, random_offsets
from glyphlab.tasks.scenes.scene import Scene
from glyphlab.tasks.streams.drawn_images import images_of
from glyphlab.tasks.streams.streamed_images import (
    StreamedImages,
    chosen_images,
    images_in_order,
)

__all__ = ["Split", "draw_split"]


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """The images of one split; every image knows its glyphs.

    Parameters
    ----------
    images : (n, H, W) uint8
        From 0 (background) to 255 (ink): an array, or `StreamedImages`, which are indexed like one.
    labels : (n, k) int64 for rule ``digits``, (n,) for all others
        Of int64, or of Python integers where the scene's labels may be larger
        (`glyphlab.tasks.labels.is_long`).
    symbols : (n, k) int64
        Class at each position.
    glyph_ids : (n, k) int64
        Ids of the glyphs in their source; -1 where unknown.

    Raises
    ------
    DataError
        Where the arrays do not fit each other.
    """

    images: NDArray[np.uint8]
    labels: NDArray[Any]
    symbols: NDArray[np.int64]
    glyph_ids: NDArray[np.int64]

    def __post_init__(self) -> None:
        lengths = {len(self.images), len(self.labels), len(self.symbols), len(self.glyph_ids)}
        if len(lengths) > 1 or self.symbols.shape != self.glyph_ids.shape:
            raise DataError(
                f"a split with {len(self.images)} images, {len(self.labels)} labels, symbols "
                f"{self.symbols.shape} and glyph ids {self.glyph_ids.shape}, expected one row an "
                "image in each; check how they were made"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        count, height, width = self.images.shape
        return f"<Split of {count:,} images, {height}×{width} pixels>"

    def _repr_html_(self) -> str:
        rows = self.labels if self.labels.ndim == 2 else self.labels[:, None]
        names = [label_text(row.tolist()) for row in rows[:SHOWN]]
        return paragraph(repr(self)[1:-1]) + contact_strip(self.images, names)

    @functools.cached_property
    def digest(self) -> str:
        """What tells these images and labels from all others, 16 hexadecimal digits."""
        content = hashlib.blake2b(repr((self.images.shape, self.labels.shape)).encode())
        for images in images_in_order(self.images):
            content.update(np.ascontiguousarray(images).data)
        content.update(np.ascontiguousarray(storable(self.labels)).data)
        return content.hexdigest()[:16]

    @functools.cached_property
    def glyph_uses(self) -> tuple[int, int] | None:
        """How many glyphs stand on the images, and how often one does; None where unknown."""
        if not self.glyph_ids.size or (self.glyph_ids < 0).any():
            return None
        return len(np.unique(self.glyph_ids)), self.glyph_ids.size

    def take(self, index: NDArray[np.int64]) -> Split:
        """Return the images with these numbers, in this order."""
        return Split(
            chosen_images(self.images, index),
            self.labels[index],
            self.symbols[index],
            self.glyph_ids[index],
        )

    @property
    def is_streamed(self) -> bool:
        """Whether the images are made when they are asked for."""
        return isinstance(self.images, StreamedImages)

    def resident(self) -> Split:
        """Return this split with all images in memory; `UsageError` where there is no room."""
        return replace(self, images=np.asarray(self.images)) if self.is_streamed else self


def draw_split(
    scene: Scene,
    pool: Symbols,
    symbols: NDArray[np.int64],
    seed: int,
    affine: GlyphAffine | None = None,
    *,
    streamed: bool = False,
) -> Split:
    """Draw one image for each row of symbols.

    Parameters
    ----------
    scene : Scene
    pool : Symbols
        What may be drawn.
    symbols : (n, k) int64
        Classes wanted.
    seed : int
        Of glyphs, offsets and changes.
    affine : GlyphAffine, optional
        A random change of every glyph drawn.
    streamed : bool
        Draw an image when it is asked for, not all of them now.

    Raises
    ------
    UsageError
        For a change of glyphs in a stream: they are changed many at a time.
    """
    if affine and streamed:
        raise UsageError(
            "task.affine changes glyphs many at a time, and streamed images are drawn one by one: "
            "leave --stream or task.affine out"
        )
    index = pick_glyphs(pool, symbols, numpy_rng(seed, "glyphs"))
    offsets = random_offsets(scene, len(symbols), numpy_rng(seed, "offsets"))

    def change(glyphs: NDArray[np.uint8], chunk: int) -> NDArray[np.uint8]:
        assert affine is not None
        return affine(glyphs, seed_for(seed, "chunk", chunk))

    images = (
        draw(scene, pool.images, index, offsets, change)
        if affine
        else images_of(scene, pool.images, index, offsets, streamed=streamed)
    )
    return Split(images, scene.labels_of(symbols), symbols, pool.ids[index])
