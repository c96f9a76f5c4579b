"""Composing a task from a named scene and a source."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import SceneError, UsageError
from glyphlab._common.machine import require_memory
from glyphlab._common.renamed_keys import refuses_old_arguments
from glyphlab._common.seeds import numpy_rng, seed_for
from glyphlab.data import Symbols, SymbolSet, load_symbols
from glyphlab.tasks.arithmetic import each_once, reported_pairs, require_ten
from glyphlab.tasks.drawing import require_cell
from glyphlab.tasks.labels import MOST_TUPLES
from glyphlab.tasks.published import IMAGES_A_LABEL, published_draws
from glyphlab.tasks.scenes.scene import Scene
from glyphlab.tasks.split import Split, draw_split
from glyphlab.tasks.splits import (
    SPLIT_NAMES,
    SPLITS,
    Mode,
    glyph_pools,
    plan_symbols,
    split_labels,
    split_sizes,
)
from glyphlab.tasks.streams.drawn_images import are_streamed, images_of, remark_resident
from glyphlab.tasks.task import Task
from glyphlab.tasks.task_options import check_options
from glyphlab.tasks.task_recipe import FEWEST_IMAGES

__all__ = ["load_task"]

MOST_IMAGES, MOST_PIXELS = 100_000, 1_000_000_000
"""Images and their pixels, of a scene of one's own or of labels that nobody counts.

More are drawn where they are asked for."""

_REMEMBERED = 80
"""Bytes that a symbol of a streamed image takes at most, while it is planned."""


@refuses_old_arguments("task")
def load_task(
    name: str | Scene,
    *,
    data: str = "digits",
    labels: str | None = None,
    glyphs: str | None = None,
    as_published: bool = False,
    per_label: int | None = None,
    images: int | None = None,
    validation_glyph_fraction: float | None = None,
    digits: int = 1,
    without_glyph_reuse: bool = False,
    seed: int = 0,
    data_dir: str | Path | None = None,
    offline: bool | None = None,
    quiet: bool = False,
    stream: bool | None = None,
) -> Task:
    """Compose a task from a scene and a source.

    Parameters
    ----------
    name : str or Scene
        ``"triple"``; ``"addition"``, ``"product"`` or ``"difference"`` of two numbers below each
        other; ``"single"``: the source's own images, one symbol each; or a scene of one's own, or
        the TOML file of one, as `glyphlab.tasks.scenes.scene_file` reads it.
    data : str
        A source, as `glyphlab.data.load_symbols` takes it.
    labels : {"disjoint", "shared"}, optional
        Whether splits share labels. By default disjoint for labels of digits, else shared.
    glyphs : {"disjoint", "shared"}, optional
        Whether splits share glyphs; by default disjoint.
    as_published : bool
        The published Triple-MNIST, bit for bit if `data` is ``"mnist"``: labels disjoint, glyphs
        shared, and `seed` of no effect. Of ``"addition"`` the paper's form: as many pairs as the
        source has images, drawn with replacement, a fifth of those for training to validate on.
    per_label : int, optional
        Images of each label; for shared labels the splits divide them 64 : 16 : 20, and for what is
        derived it is the mean number. By default 100, there as many images as there are glyphs;
        of a scene of one's own as many as come to 100,000 images and a billion pixels, where labels
        are many. Of more than a million labels of digits 100,000 are drawn, and are the task's.
        Of no use to ``"single"``, which takes every image.
    images : int, optional
        Images in all, in place of `per_label`; the splits divide them 64 : 16 : 20.
    validation_glyph_fraction : float, optional
        Share in [0, 1) of the source's training images held out to validate on; a sixth by default.
        Only ``"single"``, and tasks with `without_glyph_reuse`, can do with none.
    digits : int
        Digits of each number, where numbers are calculated with; at most 1,000.
    without_glyph_reuse : bool
        Each glyph stands on one image only, as in the literature's benchmark of addition. Labels
        are what the random order gives.
    seed : int
        Fixes labels, glyphs and offsets.
    data_dir, offline, quiet
        As `glyphlab.data.load_symbols` takes them.
    stream : bool, optional
        Draw an image whenever it is asked for, so that memory need not hold all of them; by default
        in a block of `glyphlab.tasks.streams.drawn_images.streamed_tasks`. They are the same
        images. Those of ``"single"`` are its source's, and are in memory.

    Returns
    -------
    Task

    Raises
    ------
    UnknownName, NoSuchPath
        Where a name is not known, or a path leads nowhere.
    UsageError
        Where options contradict each other, or the source cannot fill the scene (`SceneError`).
    DataError, DataMissing
        As `glyphlab.data.load_symbols`.
    """
    streamed = are_streamed() if stream is None else stream
    plan = check_options(
        name,
        data=data,
        labels=labels,
        glyphs=glyphs,
        as_published=as_published,
        per_label=per_label,
        images=images,
        validation_glyph_fraction=validation_glyph_fraction,
        digits=digits,
        without_glyph_reuse=without_glyph_reuse,
    )
    called, scene, share = plan.recipe, plan.scene, plan.validation_share
    name, own, labels_mode, glyphs_mode = called.name, called.own_scene, plan.labels, plan.glyphs
    source = load_symbols(data, data_dir=data_dir, offline=offline, quiet=quiet)
    require_ten(scene, source, as_published=as_published)
    if name != "single":
        require_cell(scene, source.train.images, data)
    pools = glyph_pools(source, glyphs_mode, seed, share)
    if as_published and name == "addition":
        pools = {"train": source.train, "val": source.train, "test": source.test}
        splits = reported_pairs(scene, source, seed, streamed=streamed)
    elif as_published:
        splits = _published_splits(scene, pools["train"], streamed)
    elif without_glyph_reuse:
        splits = each_once(scene, pools, seed, streamed=streamed)
    elif name == "single":
        if streamed:
            remark_resident(f"the images of 'single' are those of '{data}', in memory")
        side = source.train.images.shape[1:]
        scene = replace(scene, canvas=side, cell=side)
        splits = {split: _as_they_are(pool) for split, pool in pools.items()}
    else:
        counted = source.train.classes**scene.count <= MOST_TUPLES
        most = None if own is None and counted else _most_images(scene)
        splits = _own_splits(
            scene, source, pools, labels_mode, per_label, images, most, seed, streamed
        )
    task = Task(
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
        without_glyph_reuse,
    )
    recipe = called.changed(
        labels=cast("Mode | None", labels),
        glyphs=cast("Mode | None", glyphs),
        as_published=as_published,
        per_label=per_label,
        images=images,
        validation_glyph_fraction=validation_glyph_fraction,
        digits=digits,
        without_glyph_reuse=without_glyph_reuse,
        seed=seed,
    )
    return task.described(recipe.changed(digest=recipe.found_digest()))


def _own_splits(
    scene: Scene,
    source: SymbolSet,
    pools: dict[str, Symbols],
    labels_mode: Mode,
    per_label: int | None,
    images: int | None,
    most: int | None,
    seed: int,
    streamed: bool,
) -> dict[str, Split]:
    classes = source.train.classes
    rule, count, digits, signs = scene.rule, scene.count, scene.digits, scene.signs
    keys = split_labels(rule, classes, count, labels_mode, seed, digits, signs)
    if images is not None:
        sizes = split_sizes(images)
    elif per_label is None and scene.rule != "digits":
        own = glyph_pools(source, "disjoint", seed)
        sizes = {split: len(pool) for split, pool in own.items()}
        if most is not None and sum(sizes.values()) > most:
            sizes = split_sizes(most)
    else:
        sizes = _sizes_by_label(keys, labels_mode, per_label, most)
    each = _REMEMBERED * scene.count if streamed else scene.bytes_an_image
    require_memory(
        sum(sizes.values()) * each,
        f"{sum(sizes.values()):,} images of {scene.canvas[1]}×{scene.canvas[0]} pixels",
        "ask for fewer with --per-label or --images" + ("" if streamed else ", or add --stream"),
    )
    splits = {}
    for split in SPLITS:
        rng = numpy_rng(seed, split, "labels")
        try:
            symbols = plan_symbols(
                rule, keys[split], pools[split], count, sizes[split], rng, digits, signs
            )
        except SceneError as error:
            raise SceneError(f"{SPLIT_NAMES[split]} split: {error}") from error
        splits[split] = draw_split(
            scene, pools[split], symbols, seed_for(seed, split, "draw"), streamed=streamed
        )
    return splits


def _most_images(scene: Scene) -> int:
    return max(FEWEST_IMAGES, min(MOST_IMAGES, MOST_PIXELS // math.prod(scene.canvas)))


def _sizes_by_label(
    keys: dict[str, NDArray[Any] | None], mode: Mode, per_label: int | None, most: int | None
) -> dict[str, int]:
    """Return the images of each split: N of each label, by default as `most` allows."""
    counts = {}
    for split, of_split in keys.items():
        if of_split is None:
            raise UsageError(
                "there are too many labels to count, so that --per-label means nothing: "
                "give --images, the number of images in all"
            )
        counts[split] = len(of_split)
    labels = counts["train"] if mode == "shared" else sum(counts.values())
    each = per_label or IMAGES_A_LABEL
    if per_label is None and most is not None:
        each = min(each, most // labels)
        if not each:
            return split_sizes(most)
    if mode == "shared":
        return split_sizes(each * labels)
    return {split: each * count for split, count in counts.items()}


def _as_they_are(pool: Symbols) -> Split:
    column = pool.labels.reshape(-1, 1)
    return Split(pool.images, column, column, pool.ids.reshape(-1, 1))


def _published_splits(scene: Scene, pool: Symbols, streamed: bool) -> dict[str, Split]:
    splits = {}
    for split, drawn in published_draws(pool).items():
        offsets = np.stack([drawn.offsets, np.zeros_like(drawn.offsets)], axis=-1)
        images = images_of(scene, pool.images, drawn.index, offsets, streamed=streamed)
        splits[split] = Split(images, drawn.symbols, drawn.symbols, pool.ids[drawn.index])
    return splits
