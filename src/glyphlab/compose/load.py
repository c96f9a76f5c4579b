"""Composing a task from a named scene and a source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from glyphlab.compose.draw import draw
from glyphlab.compose.published import IMAGES_A_LABEL, published_draws
from glyphlab.compose.scene import PRESETS, Scene, preset
from glyphlab.compose.splits import (
    HELD_OUT,
    SPLITS,
    Mode,
    check_mode,
    glyph_pools,
    plan_symbols,
    split_labels,
    split_sizes,
)
from glyphlab.compose.task import Split, Task, draw_split
from glyphlab.data import Symbols, SymbolSet, load_symbols
from glyphlab.errors import DataMissing, UsageError
from glyphlab.seeds import numpy_rng, seed_for

__all__ = ["load_task"]


def load_task(
    name: str,
    *,
    data: str = "digits",
    labels: str | None = None,
    glyphs: str | None = None,
    as_published: bool = False,
    per_label: int | None = None,
    validation: float | None = None,
    seed: int = 0,
    data_dir: str | Path | None = None,
    offline: bool | None = None,
) -> Task:
    """Compose a task from a named scene and a source.

    Parameters
    ----------
    name : str
        ``"triple"``, ``"addition"``, or ``"single"``: the source's own images, one symbol each.
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
        Of no use to ``"single"``, which takes every image.
    validation : float, optional
        Share in [0, 1) of the source's training images held out to validate on; a sixth by default.
        Only ``"single"`` can do with none.
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
    if name not in PRESETS and Path(name).name != name:
        raise DataMissing(
            f"{name}: no such folder, expected one with <split>/<label>/*.png; check the path, or "
            f"name a task: {', '.join(PRESETS)}"
        )
    scene = preset(name)
    free = scene.rule == "sum" or scene.count == 1
    labels_mode = check_mode("labels", labels or ("shared" if free else "disjoint"))
    glyphs_mode = check_mode("glyphs", glyphs or ("shared" if as_published else "disjoint"))
    if per_label is not None and per_label < 1:
        raise UsageError(f"{per_label} images a label, expected at least 1")
    if as_published:
        _check_published(name, labels_mode, glyphs_mode, per_label)
    share = HELD_OUT if validation is None else validation
    if not 0 <= share < 1 or (share == 0 and name != "single"):
        raise UsageError(
            f"validation {share:g} is no share of the training images, expected above 0 (or 0, "
            "with task 'single') and below 1"
        )
    if name == "single" and (labels_mode, glyphs_mode, per_label) != ("shared", "disjoint", None):
        raise UsageError(
            "task 'single' takes the images of its source as they are, labels shared and glyphs "
            "disjoint; leave --labels, --glyphs and --per-label out"
        )
    source = load_symbols(data, data_dir=data_dir, offline=offline)
    pools = glyph_pools(source, glyphs_mode, seed, share)
    if as_published:
        splits = _published_splits(scene, pools["train"])
    elif name == "single":
        side = source.train.images.shape[1:]
        scene = replace(scene, canvas=side, cell=side)
        splits = {split: _as_they_are(pool) for split, pool in pools.items()}
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
        splits[split] = draw_split(scene, pools[split], symbols, seed_for(seed, split, "draw"))
    return splits


def _as_they_are(pool: Symbols) -> Split:
    column = pool.labels.reshape(-1, 1)
    return Split(pool.images, column, column, pool.ids.reshape(-1, 1))


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
