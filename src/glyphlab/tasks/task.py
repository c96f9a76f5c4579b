"""Tasks: a scene over symbols, with its splits."""

from __future__ import annotations

import copy
import functools
import hashlib
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from glyphlab._common.errors import SceneError, UsageError
from glyphlab._common.files import storable
from glyphlab._common.machine import require_memory
from glyphlab._common.progress import note_once
from glyphlab._common.seeds import numpy_rng, seed_for
from glyphlab.data import Symbols
from glyphlab.tasks.affine import GlyphAffine
from glyphlab.tasks.audit.audit import Audit, audit_task
from glyphlab.tasks.drawing import random_offsets
from glyphlab.tasks.io.task_html import task_html
from glyphlab.tasks.labels import label_keys
from glyphlab.tasks.protocol_line import protocol_line
from glyphlab.tasks.scenes.scene import SHORT_SPARE, Scene
from glyphlab.tasks.split import Split, draw_split
from glyphlab.tasks.splits import Mode, plan_symbols, rows_of_labels, rows_of_symbols
from glyphlab.tasks.streams.drawn_images import images_of
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["Task"]


@dataclass(frozen=True, eq=False, repr=False)
class Task:
    """A scene over symbols with its splits.

    Parameters
    ----------
    name : str
        As given to `glyphlab.tasks.load_task`, or the path it was read from.
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
    without_glyph_reuse : bool
        Whether each glyph stands on one image only.

    Attributes
    ----------
    recipe : TaskRecipe or None
        What the splits were made by; None for a task put together or changed by hand, which no
        recipe describes.
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
    without_glyph_reuse: bool = False
    recipe: TaskRecipe | None = field(default=None, init=False, repr=False)

    def described(self, recipe: TaskRecipe | None) -> Self:
        """Return this task with the recipe that makes it; `dataclasses.replace` drops it again."""
        copied = copy.copy(self)
        object.__setattr__(copied, "recipe", recipe)
        return copied

    def required_recipe(self) -> TaskRecipe:
        """Return the recipe that makes this task.

        Raises
        ------
        UsageError
            For a task that was put together or changed by hand.
        """
        if self.recipe is None:
            raise UsageError(
                f"the task '{self.name}' was put together or changed by hand, so that no recipe "
                "says which images it has: write it with write_folder(task, path) and name that "
                "folder, or change its training images with task.with_train(split, origin)"
            )
        return self.recipe

    @property
    def splits(self) -> dict[str, Split]:
        """The three splits by name."""
        return {"train": self.train, "val": self.val, "test": self.test}

    def __repr__(self) -> str:
        return f"<Task {self.protocol}>"

    def _repr_html_(self) -> str:
        return task_html(self)

    @property
    def protocol(self) -> str:
        """One line that says how the images were made."""
        return protocol_line(self)

    def audit(self) -> Audit:
        """Return what the splits share and what each family of models can reach."""
        return self._audit

    @functools.cached_property
    def _audit(self) -> Audit:
        return audit_task(self)  # once: every run on this task keeps it in its summary

    def with_train_images(self, count: int) -> Self:
        """Return this task with only `count` of its training images.

        They are drawn by the task's seed, so that a smaller number takes some of a larger number's.

        Raises
        ------
        UsageError
            Where there are fewer.
        """
        if not 1 <= count <= len(self.train):
            raise UsageError(
                f"{count} training images of '{self.name}', which has {len(self.train):,}; "
                "expected from 1 to all of them"
            )
        order = numpy_rng(self.seed, "train-images").permutation(len(self.train))
        return self._with_fewer(self.train.take(np.sort(order[:count])), train_images=count)

    def with_train_labels(self, count: int) -> Self:
        """Return this task with only the training images of `count` labels.

        They are drawn by the task's seed, so that a smaller number takes some of a larger number's.

        Raises
        ------
        UsageError
            Where there are fewer.
        """
        rows = rows_of_labels(self.train, self.classes, count, self.seed, self.name)
        return self._with_fewer(self.train.take(rows), train_labels=count)

    def with_images_a_symbol(self, each: int) -> Self:
        """Return this task with only `each` training images of every symbol.

        They are drawn by the task's seed, so that a smaller number takes some of a larger number's.

        Raises
        ------
        UsageError
            For images of several symbols, and where a symbol has fewer.
        """
        if self.scene.count > 1:
            raise UsageError(
                f"an image of '{self.name}' has {self.scene.count} symbols: say how many training "
                "images with train_images"
            )
        rows = rows_of_symbols(self.train, self.classes, each, self.seed, self.data)
        return self._with_fewer(self.train.take(rows), per_class=each)

    def with_train(self, split: Split, origin: str) -> Self:
        """Return this task with other training images, such as generated ones.

        Parameters
        ----------
        split : Split
            Takes the place of `train`.
        origin : str
            Where the images come from. The recipe names it with a digest of them, so that no other
            training is taken for one on these images.
        """
        whole = hashlib.sha256()
        for array in (split.images, split.labels, split.symbols):
            whole.update(storable(array).tobytes())
        replaced = f"{origin} {whole.hexdigest()[:16]}"
        changed = self.recipe and self.recipe.changed(replaced=replaced)
        return replace(self, train=split).described(changed)

    def withheld(self) -> Self:
        """Return this task without its test set and the glyphs of that.

        The validation set stands in its place, and the protocol says so: no choice can depend on
        the test set, not even by mistake.
        """
        pools = {name: pool for name, pool in self.pools.items() if name != "test"}
        changed = self.recipe and self.recipe.changed(withhold_test=True)
        return replace(self, test=self.val, pools=pools).described(changed)

    def _with_fewer(self, train: Split, **changes: int) -> Self:
        """Return this task with some of its training images, which the recipe's keys choose."""
        recipe = self.recipe
        chosen = ("train_images", "train_labels", "per_class", "replaced")
        before = [key for key in chosen if recipe is not None and getattr(recipe, key)]
        if before and (before, list(changes)) != (["train_labels"], ["train_images"]):
            # chosen among images that were chosen before: no single key says which these are
            return self.with_train(train, f"{len(train)} of {len(self.train)} chosen images:")
        return replace(self, train=train).described(recipe and recipe.changed(**changes))

    def redraw(
        self, rng_seed: int, affine: GlyphAffine | None = None, *, short_canvas: bool = False
    ) -> Split:
        """Draw new training images of the same labels from the same glyphs.

        Parameters
        ----------
        rng_seed : int
            Of this drawing; the same seed gives the same images.
        affine : GlyphAffine, optional
            A random change of every glyph drawn.
        short_canvas : bool
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
        pool, train = self.redraw_pool(), self.train
        scene = self.scene.shortened(SHORT_SPARE) if short_canvas else self.scene
        return draw_split(scene, pool, train.symbols, rng_seed, affine, streamed=train.is_streamed)

    def redraw_pool(self) -> Symbols:
        """Return the glyphs that new training images are drawn from.

        Raises
        ------
        UsageError
            Where the task was read from files, or has each glyph on one image.
        """
        if self.without_glyph_reuse:
            raise UsageError(
                f"'{self.name}' has each glyph on one image, and redrawing would use them again; "
                "leave --without-glyph-reuse or --redraw out"
            )
        return self._pool("train", "redraw", again=True)

    def redraw_short_canvas(self, rng_seed: int) -> Split:
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
        pool = self._pool("train", "a shortened canvas", again=True)
        order = np.argsort(pool.ids)
        index = order[np.searchsorted(pool.ids, self.train.glyph_ids, sorter=order)]
        scene = self.scene.shortened(SHORT_SPARE)
        offsets = random_offsets(scene, len(index), numpy_rng(rng_seed, "offsets"))
        drawn = images_of(scene, pool.images, index, offsets, streamed=self.train.is_streamed)
        return replace(self.train, images=drawn)

    def require_room_for_grid(self, per_cell: int) -> None:
        """Refuse a number of images in each cell that is none, or that memory does not hold."""
        if per_cell < 1:
            raise UsageError(f"{per_cell} images in each cell of the grid, expected at least 1")
        require_memory(
            4 * per_cell * self.scene.bytes_an_image,
            f"four test sets of {per_cell:,} images",
            "ask for fewer with task.generalization_grid",
        )

    def generalization_grid(self, per_cell: int) -> dict[tuple[str, str], Split]:
        """Draw the four test sets of the generalization grid.

        Parameters
        ----------
        per_cell : int
            Images in each.

        Returns
        -------
        dict
            Keys ``(labels, glyphs)``, each ``"seen"`` or ``"unseen"``: labels of the training or
            the test split, glyphs of their pools. A shared axis has no ``"unseen"``. The images of
            a seen label from seen glyphs are new as well. Labels with a class that the glyphs are
            not of are left out; where that leaves none, so is the cell, and it is noted.

        Raises
        ------
        UsageError
            Where the task was read from files.
        """
        self.require_room_for_grid(per_cell)
        labels, glyphs = [("seen", "train")], [("seen", "train")]
        if self.labels_mode == "disjoint":
            labels.append(("unseen", "test"))
        if self.glyphs_mode == "disjoint":
            glyphs.append(("unseen", "test"))
        cells = {}
        for of_labels, label_split in labels:
            keys = np.unique(label_keys(self.splits[label_split].labels, self.classes))
            for of_glyphs, glyph_split in glyphs:
                pool = self._pool(glyph_split, "the generalization grid")
                seed = seed_for(self.seed, "square", of_labels, of_glyphs)
                try:
                    symbols = plan_symbols(
                        self.scene.rule, keys, pool, self.scene.count, per_cell,
                        numpy_rng(seed, "labels"), self.scene.digits, self.scene.signs,
                    )  # fmt: skip
                except SceneError as error:  # after hours of training: never its end
                    note_once(f"no cell {of_labels} labels/{of_glyphs} glyphs in the grid: {error}")
                    continue
                cells[of_labels, of_glyphs] = draw_split(self.scene, pool, symbols, seed)
        return cells

    def _pool(self, split: str, purpose: str, *, again: bool = False) -> Symbols:
        if again and self.recipe is not None and self.recipe.replaced is not None:
            raise UsageError(
                f"training images of '{self.name}' were replaced, and {purpose} would draw the "
                "earlier ones: leave it out"
            )
        if split not in self.pools:
            raise UsageError(
                f"'{self.name}' was read from files that say which images there are, and "
                f"{purpose} draws new ones; use a preset such as 'triple'"
            )
        return self.pools[split]
