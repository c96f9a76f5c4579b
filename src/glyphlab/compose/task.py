"""Tasks: a scene over symbols, with its splits."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from glyphlab.compose.affine import GlyphAffine
from glyphlab.compose.audit import Audit, audit_task
from glyphlab.compose.draw import draw, pick_glyphs, random_offsets
from glyphlab.compose.labels import label_keys, labels_of
from glyphlab.compose.scene import Scene
from glyphlab.compose.splits import Mode, plan_symbols
from glyphlab.data import Symbols
from glyphlab.errors import DataError, UsageError
from glyphlab.seeds import numpy_rng, seed_for

__all__ = ["Split", "Task", "draw_split"]

SHORT_SPARE = 12
"""Pixels that symbols may move vertically on a shortened canvas."""


@dataclass(frozen=True, eq=False)
class Split:
    """The images of one split; every image knows its glyphs.

    Parameters
    ----------
    images : (n, H, W) uint8
        From 0 (background) to 255 (ink).
    labels : (n, k) int64 for rule ``digits``, (n,) int64 for all others
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
    labels: NDArray[np.int64]
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

    def take(self, index: NDArray[np.int64]) -> Split:
        """Return the images with these numbers, in this order."""
        return Split(
            self.images[index], self.labels[index], self.symbols[index], self.glyph_ids[index]
        )


@dataclass(frozen=True, eq=False)
class Task:
    """A scene over symbols with its splits.

    Parameters
    ----------
    name : str
        As given to `glyphlab.compose.load_task`, or the path it was read from.
    data : str
        The source of the symbols.
    scene : Scene
    train, val, test : Split
    pools : dict of str to Symbols
        What each split may draw; empty where the task was read from files.
    classes : int
        Number of classes of a symbol.
    labels_mode, glyphs_mode : {"shared", "disjoint"}
        Whether splits share labels, and whether they share glyphs.
    as_published : bool
        Whether these are the published images.
    seed : int
        What labels, glyphs and offsets were drawn by; of no use to the published form of `triple`.
    once : bool
        Whether each glyph stands on one image only.
    """

    name: str
    data: str
    scene: Scene
    train: Split
    val: Split
    test: Split
    pools: dict[str, Symbols] = field(repr=False)
    classes: int
    labels_mode: Mode
    glyphs_mode: Mode
    as_published: bool = False
    seed: int = 0
    once: bool = False

    @property
    def splits(self) -> dict[str, Split]:
        """The three splits by name."""
        return {"train": self.train, "val": self.val, "test": self.test}

    @property
    def protocol(self) -> str:
        """One line that says how the images were made."""
        sizes = "/".join(f"{len(split):,}" for split in self.splits.values())
        how = "as published" if self.as_published else f"seed {self.seed}"
        if self.once:
            how = f"each glyph on one image, {how}"
        return (
            f"{self.name} of {self.data}, labels {self.labels_mode}, glyphs {self.glyphs_mode}, "
            f"{sizes} images for training/validation/test, {how}"
        )

    def audit(self) -> Audit:
        """Return what the splits share and what each family of models can reach."""
        return self._audit

    @functools.cached_property
    def _audit(self) -> Audit:
        return audit_task(self)  # once: every run on this task keeps it in its summary

    def with_train_images(self, count: int) -> Task:
        """Return this task with only `count` of its training images.

        They are drawn by the task's seed, so that a smaller number takes some of a larger number's.

        Raises
        ------
        UsageError
            Where there are not so many.
        """
        if not 1 <= count <= len(self.train):
            raise UsageError(
                f"{count} training images of '{self.name}', which has {len(self.train):,}; "
                "expected from 1 to all of them"
            )
        order = numpy_rng(self.seed, "train-images").permutation(len(self.train))
        return replace(self, train=self.train.take(np.sort(order[:count])))

    def with_images_a_symbol(self, each: int) -> Task:
        """Return this task with only `each` training images of every symbol.

        They are drawn by the task's seed, so that a smaller number takes some of a larger number's.

        Raises
        ------
        UsageError
            For images of several symbols, and where a symbol has not so many.
        """
        if self.scene.count > 1:
            raise UsageError(
                f"an image of '{self.name}' has {self.scene.count} symbols: say how many training "
                "images with train_images"
            )
        symbols = self.train.symbols[:, 0]
        least = int(np.bincount(symbols, minlength=self.classes).min())
        if not 1 <= each <= least:
            raise UsageError(
                f"{each:,} training images of each symbol of '{self.data}', of which one has "
                f"{least:,}; expected from 1 to that"
            )
        order = numpy_rng(self.seed, "images-a-symbol").permutation(len(symbols))
        ranks = np.empty(len(symbols), np.int64)
        for symbol in range(self.classes):
            rows = order[symbols[order] == symbol]
            ranks[rows] = np.arange(len(rows))
        return replace(self, train=self.train.take(np.flatnonzero(ranks < each)))

    def redraw(
        self, rng_seed: int, affine: GlyphAffine | None = None, *, short: bool = False
    ) -> Split:
        """Draw new training images of the same labels from the same glyphs.

        Parameters
        ----------
        rng_seed : int
            Of this drawing; the same seed gives the same images.
        affine : GlyphAffine, optional
            A random change of every glyph drawn.
        short : bool
            Draw on a canvas only 12 pixels taller than the symbols, for nets that take any height.

        Returns
        -------
        Split
            Symbols and labels are those of `train`, in its order.

        Raises
        ------
        UsageError
            Where the task was read from files.
        """
        if self.once:
            raise UsageError(
                f"'{self.name}' has each glyph on one image, and redrawing would use them again; "
                "leave --once or --fresh out"
            )
        pool = self._pool("train", "redraw")
        scene = self.scene.shortened(SHORT_SPARE) if short else self.scene
        return draw_split(scene, pool, self.train.symbols, rng_seed, affine)

    def shifted(self, rng_seed: int) -> Split:
        """Draw the training images again, each of its own glyphs, at new heights on a short canvas.

        The canvas is only 12 pixels taller than the symbols, for nets that take any height.

        Parameters
        ----------
        rng_seed : int
            Of this drawing; the same seed gives the same images.

        Returns
        -------
        Split
            Symbols, labels and glyphs are those of `train`, in its order.

        Raises
        ------
        UsageError
            Where the task was read from files.
        """
        pool = self._pool("train", "a shortened canvas")
        order = np.argsort(pool.ids)
        index = order[np.searchsorted(pool.ids, self.train.glyph_ids, sorter=order)]
        scene = self.scene.shortened(SHORT_SPARE)
        offsets = random_offsets(scene, len(index), numpy_rng(rng_seed, "offsets"))
        images = draw(scene, pool.images, index, offsets)
        return replace(self.train, images=images)

    def square(self, per_cell: int) -> dict[tuple[str, str], Split]:
        """Draw the four test sets of the generalisation square.

        Parameters
        ----------
        per_cell : int
            Images in each.

        Returns
        -------
        dict
            Keys ``(labels, glyphs)``, each ``"seen"`` or ``"unseen"``: labels of the training or
            the test split, glyphs of their pools. A shared axis has no ``"unseen"``. The images of
            a seen label from seen glyphs are new as well.

        Raises
        ------
        UsageError
            Where the task was read from files.
        """
        if per_cell < 1:
            raise UsageError(f"{per_cell} images in each cell of the square, expected at least 1")
        labels, glyphs = [("seen", "train")], [("seen", "train")]
        if self.labels_mode == "disjoint":
            labels.append(("unseen", "test"))
        if self.glyphs_mode == "disjoint":
            glyphs.append(("unseen", "test"))
        cells = {}
        for of_labels, label_split in labels:
            keys = np.unique(label_keys(self.splits[label_split].labels, self.classes))
            for of_glyphs, glyph_split in glyphs:
                pool = self._pool(glyph_split, "the square")
                seed = seed_for(self.seed, "square", of_labels, of_glyphs)
                symbols = plan_symbols(
                    self.scene.rule,
                    keys,
                    pool,
                    self.scene.count,
                    per_cell,
                    numpy_rng(seed, "labels"),
                    self.scene.digits,
                )
                cells[of_labels, of_glyphs] = draw_split(self.scene, pool, symbols, seed)
        return cells

    def _pool(self, split: str, purpose: str) -> Symbols:
        if split not in self.pools:
            raise UsageError(
                f"'{self.name}' was read from files that say which images there are, and "
                f"{purpose} draws new ones; use a preset such as 'triple'"
            )
        return self.pools[split]


def draw_split(
    scene: Scene,
    pool: Symbols,
    symbols: NDArray[np.int64],
    seed: int,
    affine: GlyphAffine | None = None,
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
    """
    index = pick_glyphs(pool, symbols, numpy_rng(seed, "glyphs"))
    offsets = random_offsets(scene, len(symbols), numpy_rng(seed, "offsets"))

    def change(glyphs: NDArray[np.uint8], chunk: int) -> NDArray[np.uint8]:
        assert affine is not None
        return affine(glyphs, seed_for(seed, "chunk", chunk))

    images = draw(scene, pool.images, index, offsets, change if affine else None)
    return Split(images, labels_of(scene.rule, symbols, scene.digits), symbols, pool.ids[index])
