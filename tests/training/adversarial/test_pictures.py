"""Pictures taken out of a task, and put together again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from glyphlab._common.errors import RecipeError, TrainingDiverged, UsageError
from glyphlab.recipes import GeneratorRecipe
from glyphlab.tasks import Scene, load_task
from glyphlab.training.trainers.adversarial.images import compose, from_range, pictures_of, to_range

TRIPLE = load_task("triple", per_label=2)


def recipe(pictures: str, *, conditional: bool = True) -> GeneratorRecipe:
    model = {"conditional": conditional}
    return GeneratorRecipe.from_mapping({"pictures": pictures, "model": model})


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


def test_stacked_symbols_are_those_of_an_image() -> None:
    task = load_task(Scene.in_grid("row", 1, 3), images=20)
    found = pictures_of(recipe("stacked", conditional=False), task, task.train)
    assert found.images.shape == (len(task.train), 84, 28)
    np.testing.assert_array_equal(found.images[:, 28:56], task.train.images[:, :, 28:56])
    np.testing.assert_array_equal(
        compose(found.images, task.scene, 0, "stacked"), task.train.images
    )


def test_whole_images_of_several_symbols_are_told_nothing() -> None:
    with pytest.raises(RecipeError, match=r"set model\.conditional = false"):
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


GRIDS = {
    "square": Scene.in_grid("square", 2, 2, gap=(4, 4), margin=(2, 2)),
    "beyond": Scene.in_grid("beyond", 3, 2, gap=(7, 5), margin=(1, 0), rule="sum", digits=2),
    "wide": Scene.in_grid("wide", 1, 3, canvas=(40, 100)),
}


@pytest.mark.parametrize("case", GRIDS)
def test_the_symbols_of_a_grid_are_cut_out_where_they_stand(case: str) -> None:
    task = load_task(GRIDS[case], images=20)
    pool = task.pools["train"]
    by_id = {int(one): image for one, image in zip(pool.ids, pool.images, strict=True)}
    found = pictures_of(recipe("symbols"), task, task.train)
    expected = np.stack([by_id[one] for one in task.train.glyph_ids.ravel().tolist()])
    np.testing.assert_array_equal(found.images, expected)
    np.testing.assert_array_equal(found.labels, task.train.symbols.ravel())
    np.testing.assert_array_equal(
        compose(found.images, task.scene, 0, "symbols"), task.train.images
    )  # nothing may move, so that each is where it was


@pytest.mark.parametrize("free", [(0, 0), (6, 9)])
@pytest.mark.parametrize("case", GRIDS)
def test_the_parts_of_a_grid_join_to_images(case: str, free: tuple[int, int]) -> None:
    scene = GRIDS[case]
    high, wide = (side + 20 for side in scene.canvas)
    moved = Scene.in_grid(
        "moved", *scene.grid().shape, gap=(3, 5), canvas=(high + 40, wide + 40),  # type: ignore[union-attr]
        free_y=free[0], free_x=free[1],
    )  # fmt: skip
    for one in (scene, moved):
        task = load_task(one, images=20)
        found = pictures_of(recipe("strips"), task, task.train)
        assert len(found) == len(task.train) * one.count
        np.testing.assert_array_equal(
            compose(found.images, task.scene, 0, "strips"), task.train.images
        )


def test_symbols_that_move_both_ways_are_found_by_their_ink() -> None:
    task = load_task(Scene.in_grid("moved", 2, 2, free_y=9, free_x=12), images=60)
    found = pictures_of(recipe("symbols"), task, task.train).images.astype(int)
    pool = task.pools["train"]
    by_id = {int(one): image for one, image in zip(pool.ids, pool.images, strict=True)}
    glyphs = np.stack([by_id[one] for one in task.train.glyph_ids.ravel().tolist()]).astype(int)
    assert np.mean(found.sum((1, 2)) == glyphs.sum((1, 2))) > 0.97  # nothing is cut off
    off = [
        min(
            np.abs(np.roll(glyph, (down, right), (0, 1)) - one).sum()
            for down in range(-3, 4)
            for right in range(-3, 4)
        )
        for glyph, one in zip(glyphs, found, strict=True)
    ]
    assert np.mean(np.array(off) == 0) > 0.95


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), float("-inf")])
def test_generated_images_that_are_not_finite_are_of_a_training_that_diverged(wrong: float) -> None:
    generated = torch.zeros(2, 1, 3, 3)
    generated[1, 0, 2, 2] = wrong
    with pytest.raises(TrainingDiverged, match=r"has diverged; lower training\.learning_rate"):
        from_range(generated)
