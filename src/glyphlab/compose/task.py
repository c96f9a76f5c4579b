"""Tasks: a scene over symbols, with its splits."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphlab.compose.affine import GlyphAffine
from glyphlab.compose.audit import Audit, audit_task
from glyphlab.compose.draw import draw, pick_glyphs, random_offsets
from glyphlab.compose.labels import label_keys, labels_of
from glyphlab.compose.published import IMAGES_A_LABEL, published_draws
from glyphlab.compose.scene import Scene, preset
from glyphlab.compose.splits import (
    SPLITS,
    Mode,
    check_mode,
    glyph_pools,
    plan_symbols,
    split_labels,
    split_sizes,
)
from glyphlab.data import Symbols, SymbolSet, load_symbols
from glyphlab.errors import DataError, UsageError
from glyphlab.seeds import numpy_rng, seed_for

__all__ = ["Split", "Task", "load_task"]


@dataclass(frozen=True, eq=False)
class Split:
    """The images of one split; every image knows its glyphs.

    Parameters
    ----------
    images : (n, H, W) uint8
        From 0 (background) to 255 (ink).
    labels : (n, k) int64 for rule ``digits``, (n,) int64 for ``sum``
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


@dataclass(frozen=True, eq=False)
class Task:
    """A scene over symbols with its splits.

    Parameters
    ----------
    name : str
        As given to `load_task`, or the path it was read from.
    data : str
        The source of the symbols.
    scene : Scene
    train, val, test : Split
    pools : dict of str to Symbols
        What each split may draw; empty where the task was read from finished images.
    classes : int
        Number of classes of a symbol.
    labels_mode, glyphs_mode : {"shared", "disjoint"}
        Whether splits share labels, and whether they share glyphs.
    as_published : bool
        Whether these are the published images.
    seed : int
        What labels, glyphs and offsets were drawn by; of no use to the published form.
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

    @property
    def splits(self) -> dict[str, Split]:
        """The three splits by name."""
        return {"train": self.train, "val": self.val, "test": self.test}

    @property
    def protocol(self) -> str:
        """One line that says how the images were made."""
        sizes = "/".join(f"{len(split):,}" for split in self.splits.values())
        how = "as published" if self.as_published else f"seed {self.seed}"
        return (
            f"{self.name} of {self.data}, labels {self.labels_mode}, glyphs {self.glyphs_mode}, "
            f"{sizes} images for training/validation/test, {how}"
        )

    def audit(self) -> Audit:
        """Return what the splits share and what each family of models can reach."""
        return audit_task(self)

    def redraw(self, rng_seed: int, affine: GlyphAffine | None = None) -> Split:
        """Draw new training images of the same labels from the same glyphs.

        Parameters
        ----------
        rng_seed : int
            Of this drawing; the same seed gives the same images.
        affine : GlyphAffine, optional
            A random change of every glyph drawn.

        Returns
        -------
        Split
            Symbols and labels are those of `train`, in its order.

        Raises
        ------
        UsageError
            Where the task was read from finished images.
        """
        pool = self._pool("train", "redraw")
        return _draw_split(self.scene, pool, self.train.symbols, rng_seed, affine)

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
            Where the task was read from finished images.
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
                )
                cells[of_labels, of_glyphs] = _draw_split(self.scene, pool, symbols, seed)
        return cells

    def _pool(self, split: str, purpose: str) -> Symbols:
        if split not in self.pools:
            raise UsageError(
                f"'{self.name}' was read from finished images, so its glyphs are not known and "
                f"{purpose} cannot draw new ones; use a preset such as 'triple'"
            )
        return self.pools[split]


def _draw_split(
    scene: Scene,
    pool: Symbols,
    symbols: NDArray[np.int64],
    seed: int,
    affine: GlyphAffine | None = None,
) -> Split:
    index = pick_glyphs(pool, symbols, numpy_rng(seed, "glyphs"))
    offsets = random_offsets(scene, len(symbols), numpy_rng(seed, "offsets"))

    def change(glyphs: NDArray[np.uint8], chunk: int) -> NDArray[np.uint8]:
        assert affine is not None
        return affine(glyphs, seed_for(seed, "chunk", chunk))

    images = draw(scene, pool.images, index, offsets, change if affine else None)
    return Split(images, labels_of(scene.rule, symbols), symbols, pool.ids[index])


def load_task(
    name: str,
    *,
    data: str = "digits",
    labels: str | None = None,
    glyphs: str | None = None,
    as_published: bool = False,
    per_label: int | None = None,
    seed: int = 0,
    data_dir: str | Path | None = None,
    offline: bool | None = None,
) -> Task:
    """Compose a task from a named scene and a source.

    Parameters
    ----------
    name : str
        ``"triple"`` or ``"addition"``.
    data : str
        A source, as `glyphlab.data.load_symbols` takes it.
    labels : {"disjoint", "shared"}, optional
        Whether splits share labels. By default disjoint for labels of digits, shared for sums.
    glyphs : {"disjoint", "shared"}, optional
        Whether splits share glyphs; by default disjoint.
    as_published : bool
        The published Triple-MNIST, bit for bit if `data` is ``"mnist"``: labels disjoint, glyphs
        shared, and `seed` of no effect.
    per_label : int, optional
        Images of each label; for shared labels the splits divide them 64 : 16 : 20, and for sums
        it is the mean number. By default 100, and for sums as many images as there are glyphs.
    seed : int
        Fixes labels, glyphs and offsets.
    data_dir, offline
        As `glyphlab.data.load_symbols` takes them.

    Returns
    -------
    Task

    Raises
    ------
    UnknownName
        Where a name is not known.
    UsageError
        Where options contradict each other, or the source cannot fill the scene (`SceneError`).
    DataError, DataMissing
        As `glyphlab.data.load_symbols`.
    """
    scene = preset(name)
    labels_mode = check_mode("labels", labels or ("shared" if scene.rule == "sum" else "disjoint"))
    glyphs_mode = check_mode("glyphs", glyphs or ("shared" if as_published else "disjoint"))
    if per_label is not None and per_label < 1:
        raise UsageError(f"{per_label} images a label, expected at least 1")
    if as_published:
        _check_published(name, labels_mode, glyphs_mode, per_label)
    source = load_symbols(data, data_dir=data_dir, offline=offline)
    pools = glyph_pools(source, glyphs_mode, seed)
    if as_published:
        splits = _published_splits(scene, pools["train"])
    else:
        splits = _own_splits(scene, source, pools, labels_mode, per_label, seed)
    return Task(
        name,
        data,
        scene,
        splits["train"],
        splits["val"],
        splits["test"],
        pools,
        source.train.classes,
        labels_mode,
        glyphs_mode,
        as_published,
        seed,
    )


def _own_splits(
    scene: Scene,
    source: SymbolSet,
    pools: dict[str, Symbols],
    labels_mode: Mode,
    per_label: int | None,
    seed: int,
) -> dict[str, Split]:
    keys = split_labels(scene.rule, source.train.classes, scene.count, labels_mode, seed)
    if per_label is None and scene.rule == "sum":
        own = glyph_pools(source, "disjoint", seed)
        sizes = {split: len(pool) for split, pool in own.items()}
    else:
        each = per_label or IMAGES_A_LABEL
        if labels_mode == "shared":
            sizes = split_sizes(each * len(keys["train"]))
        else:
            sizes = {split: each * len(keys[split]) for split in SPLITS}
    splits = {}
    for split in SPLITS:
        rng = numpy_rng(seed, split, "labels")
        symbols = plan_symbols(
            scene.rule, keys[split], pools[split], scene.count, sizes[split], rng
        )
        splits[split] = _draw_split(scene, pools[split], symbols, seed_for(seed, split, "draw"))
    return splits


def _check_published(name: str, labels: Mode, glyphs: Mode, per_label: int | None) -> None:
    if (name, labels, glyphs) != ("triple", "disjoint", "shared") or per_label not in (None, 100):
        raise UsageError(
            f"the published form is 'triple' with labels disjoint, glyphs shared and 100 images a "
            f"label, found '{name}' with labels {labels}, glyphs {glyphs}, {per_label or 100} a "
            "label; leave these options out"
        )


def _published_splits(scene: Scene, pool: Symbols) -> dict[str, Split]:
    splits = {}
    for split, drawn in published_draws(pool).items():
        offsets = np.stack([drawn.offsets, np.zeros_like(drawn.offsets)], axis=-1)
        images = draw(scene, pool.images, drawn.index, offsets)
        splits[split] = Split(images, drawn.symbols, drawn.symbols, pool.ids[drawn.index])
    return splits
