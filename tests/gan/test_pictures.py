"""Pictures taken out of a task, and put together again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from glyphlab.compose import Scene, load_task
from glyphlab.errors import RecipeError, UsageError
from glyphlab.gan.pictures import compose, from_range, pictures_of, to_range
from glyphlab.gan.recipe import GanRecipe

TRIPLE = load_task("triple", per_label=2)


def recipe(pictures: str, *, conditional: bool = True) -> GanRecipe:
    nets = {"conditional": conditional}
    return GanRecipe.from_mapping({"pictures": pictures, "nets": nets})


def test_symbols_are_found_where_their_ink_is() -> None:
    """Cut out of a strip by its ink, a glyph is the one that was drawn there, or a row off."""
    found = pictures_of(recipe("symbols"), TRIPLE, TRIPLE.train)
    assert found.images.shape[1:] == TRIPLE.scene.cell
    np.testing.assert_array_equal(found.labels, TRIPLE.train.symbols.reshape(-1))
    pool = TRIPLE.pools["train"]
    place = {int(one): row for row, one in enumerate(pool.ids)}
    ids = TRIPLE.train.glyph_ids.reshape(-1)
    glyphs = pool.images[[place[int(one)] for one in ids]].astype(int)
    ink = glyphs.sum((1, 2))
    kept = found.images.astype(int).sum((1, 2))
    assert np.mean(kept == ink) > 0.97  # nothing is cut off
    off = np.array(
        [
            min(np.abs(np.roll(glyph, move, 0) - one).sum() for move in range(-3, 4))
            for glyph, one in zip(glyphs[:200], found.images[:200].astype(int), strict=True)
        ]
    )
    assert np.mean(off == 0) > 0.95


def test_strips_join_to_images() -> None:
    found = pictures_of(recipe("strips"), TRIPLE, TRIPLE.train)
    np.testing.assert_array_equal(
        compose(found.images, TRIPLE.scene, 0, "strips"), TRIPLE.train.images
    )


def test_symbols_stand_where_the_scene_puts_them() -> None:
    symbols = np.full((6, *TRIPLE.scene.cell), 200, np.uint8)
    images = compose(symbols, TRIPLE.scene, 3, "symbols")
    assert images.shape == (2, *TRIPLE.scene.canvas)
    assert (images > 0).sum() == symbols.size
    np.testing.assert_array_equal(images, compose(symbols, TRIPLE.scene, 3, "symbols"))


def test_whole_images_of_several_symbols_are_told_nothing() -> None:
    with pytest.raises(RecipeError, match=r"set nets\.conditional = false"):
        pictures_of(recipe("images"), TRIPLE, TRIPLE.train)
    found = pictures_of(recipe("images", conditional=False), TRIPLE, TRIPLE.train)
    assert found.images is TRIPLE.train.images


def test_symbols_that_do_not_stand_in_a_grid() -> None:
    steps = Scene("steps", 2, (56, 56), (28, 28), (0, 28), (0, 28))
    task = load_task(steps, images=20)
    with pytest.raises(RecipeError, match="do not stand in a grid"):
        pictures_of(recipe("symbols"), task, task.train)


def test_ranges() -> None:
    images = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)
    scaled = to_range(images)
    assert (float(scaled.min()), float(scaled.max())) == (-1, 1)
    np.testing.assert_array_equal(from_range(scaled), images)
    with pytest.raises(UsageError, match=r"expected \(n, h, w\) of uint8"):
        to_range(images / 255)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="expected -1 to 1"):
        from_range(torch.full((1, 1, 2, 2), 3.0))
    with pytest.raises(UsageError, match="expected -1 to 1"):
        from_range(torch.full((1, 1, 2, 2), float("nan")))
