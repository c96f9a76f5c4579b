"""Tasks: sizes, protocols, what may be shared, redrawing and the generalization grid."""

import hashlib

import numpy as np
import pytest

from glyphlab._common.errors import DataError, NoSuchPath, SceneError, UnknownName, UsageError
from glyphlab.data import load_symbols
from glyphlab.recipes import Recipe, model_entry
from glyphlab.tasks import GlyphAffine, Split, load_recipe_task, load_task
from glyphlab.tasks.labels import label_keys


@pytest.fixture(scope="module")
def triple():
    return load_task("triple", per_label=2, offline=True)


@pytest.fixture(scope="module")
def addition():
    return load_task("addition", offline=True)


def keys(split):
    return set(label_keys(split.labels, 10).tolist())


def test_triple(triple):
    assert [len(split) for split in triple.splits.values()] == [1280, 320, 400]
    assert triple.train.images.shape == (1280, 84, 84)
    np.testing.assert_array_equal(triple.train.labels, triple.train.symbols)
    assert not keys(triple.train) & (keys(triple.test) | keys(triple.val))
    ids = np.concatenate([np.unique(split.glyph_ids) for split in triple.splits.values()])
    assert len(np.unique(ids)) == len(ids)
    assert triple.classes == 10
    assert triple.protocol == (
        "triple of digits, labels disjoint, glyphs disjoint, 1,280/320/400 images for "
        "training/validation/test, seed 0"
    )


def test_every_image_shows_its_glyphs(triple):
    for name, split in triple.splits.items():
        pool = triple.pools[name]
        images = dict(zip(pool.ids.tolist(), pool.images, strict=True))
        classes = dict(zip(pool.ids.tolist(), pool.labels.tolist(), strict=True))
        for row in range(0, len(split), 37):
            for position, number in enumerate(split.glyph_ids[row].tolist()):
                assert classes[number] == split.symbols[row, position]
                column = split.images[row][:, 28 * position : 28 * position + 28]
                places = [
                    top
                    for top in range(56)
                    if (column[top : top + 28] == images[number]).all()
                    and column.sum() == images[number].sum(dtype=int)
                ]
                assert places


def test_the_same_seed_gives_the_same_bytes(triple):
    again = load_task("triple", per_label=2, offline=True)
    other = load_task("triple", per_label=2, seed=1, offline=True)
    for name, split in triple.splits.items():
        np.testing.assert_array_equal(split.images, again.splits[name].images)
        assert keys(split) != keys(other.splits[name])
    digest = hashlib.sha256(triple.test.images.tobytes() + triple.test.glyph_ids.tobytes())
    assert digest.hexdigest()[:16] == "419f9feb0ba3602e"


def test_addition(addition):
    assert addition.train.images.shape[1:] == (56, 28)
    assert [len(addition.splits[name]) for name in addition.splits] == [
        len(pool) for pool in addition.pools.values()
    ]
    np.testing.assert_array_equal(addition.train.labels, addition.train.symbols.sum(axis=1))
    assert keys(addition.train) == set(range(19))
    assert addition.labels_mode == "shared"


def test_addition_with_unseen_sums():
    task = load_task("addition", labels="disjoint", per_label=20, offline=True)
    assert [len(keys(split)) for split in task.splits.values()] == [12, 3, 4]
    assert [len(split) for split in task.splits.values()] == [240, 60, 80]


def test_shared_labels_keep_the_sizes():
    task = load_task("triple", labels="shared", per_label=3, offline=True)
    assert [len(split) for split in task.splits.values()] == [1920, 480, 600]
    assert keys(task.train) == set(range(1000))


def test_shared_glyphs():
    task = load_task("triple", glyphs="shared", per_label=2, offline=True)
    assert len(task.pools["test"]) == 1797
    assert np.intersect1d(task.train.glyph_ids, task.test.glyph_ids).size > 300


def test_redraw(triple):
    before = triple.train.images.copy()
    fresh = triple.redraw(5)
    np.testing.assert_array_equal(fresh.labels, triple.train.labels)
    np.testing.assert_array_equal(fresh.images, triple.redraw(5).images)
    np.testing.assert_array_equal(triple.train.images, before)
    assert (fresh.images != triple.redraw(6).images).any(axis=(1, 2)).mean() > 0.99
    assert (fresh.images != triple.train.images).any(axis=(1, 2)).mean() > 0.99
    assert np.isin(fresh.glyph_ids, triple.pools["train"].ids).all()


def test_redraw_with_changes(triple):
    plain, changed = triple.redraw(5), triple.redraw(5, GlyphAffine())
    np.testing.assert_array_equal(plain.glyph_ids, changed.glyph_ids)
    np.testing.assert_array_equal(changed.images, triple.redraw(5, GlyphAffine()).images)
    differ = np.abs(plain.images.astype(int) - changed.images)
    assert 0 < differ.mean() < plain.images.mean()
    nothing = GlyphAffine(degrees=0, scale=0, shear=0, shift=0)
    np.testing.assert_array_equal(triple.redraw(5, nothing).images, plain.images)


def test_the_generalization_grid(triple):
    grid = triple.generalization_grid(250)
    assert set(grid) == {(one, two) for one in ("seen", "unseen") for two in ("seen", "unseen")}
    for (labels, glyphs), split in grid.items():
        assert len(split) == 250
        assert keys(split) <= keys(triple.train if labels == "seen" else triple.test)
        pool = triple.pools["train" if glyphs == "seen" else "test"]
        assert np.isin(split.glyph_ids, pool.ids).all()
    again = triple.generalization_grid(250)
    assert all((grid[cell].images == again[cell].images).all() for cell in grid)


def test_the_generalization_grid_has_no_unseen_side_where_it_is_shared(addition):
    assert set(addition.generalization_grid(10)) == {("seen", "seen"), ("seen", "unseen")}
    with pytest.raises(UsageError, match="0 images"):
        addition.generalization_grid(0)


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("tripple", {}, "did you mean 'triple'"),
        ("triple", {"data": "digit"}, "did you mean 'digits'"),
        ("triple", {"labels": "disjunct"}, "did you mean 'disjoint'"),
        ("triple", {"glyphs": "share"}, "unknown choice of glyphs 'share'"),
    ],
)
def test_mistyped(name, changes, message):
    with pytest.raises(UnknownName, match=message):
        load_task(name, offline=True, **changes)


def test_replaced_training_images_are_the_ones_that_are_trained_on(triple):
    other = triple.with_train(triple.train.take(np.arange(40)), "some")
    assert not other.recipe.can_shorten
    assert Recipe.for_entry(model_entry("aligned"), other.recipe).training.short_canvas == 0
    for draws in (other.redraw, other.redraw_short_canvas):
        with pytest.raises(UsageError, match=r"were replaced, and .* would draw the earlier ones"):
            draws(0)
    assert triple.recipe.can_shorten


def test_a_split_without_glyphs():
    few = {"validation_glyph_fraction": 0.001, "offline": True}
    for digits, said in ((1, "the 0 glyphs of 'digits'"), (4, "a split has no glyphs of 'digits'")):
        with pytest.raises(SceneError, match=f"validation split: {said}"):
            load_task("addition", digits=digits, images=300, **few)


def test_no_images():
    with pytest.raises(UsageError, match="0 images a label"):
        load_task("triple", per_label=0)


def test_a_split_of_rows_that_do_not_match():
    two, three = np.zeros((2, 1), np.int64), np.zeros((3, 1), np.int64)
    with pytest.raises(DataError, match="2 images, 3 labels"):
        Split(np.zeros((2, 4, 4), np.uint8), three, two, two)


@pytest.mark.realdata
def test_mnist_pools(real_data):
    task = load_task("triple", data="mnist", per_label=1, data_dir=real_data, offline=True)
    assert task.train.glyph_ids.max() < 60_000 <= task.test.glyph_ids.min()
    assert abs(len(task.pools["train"]) - 50_000) <= 5
    assert not task.audit().leaks


def test_single_is_the_source_itself():
    task = load_task("single", offline=True)
    source = load_symbols("digits", offline=True)
    assert [len(split) for split in task.splits.values()] == [1199, 239, 359]
    np.testing.assert_array_equal(task.test.images, source.test.images)
    np.testing.assert_array_equal(task.test.labels[:, 0], source.test.labels)
    together = np.concatenate([task.train.glyph_ids, task.val.glyph_ids])[:, 0]
    np.testing.assert_array_equal(np.sort(together), np.sort(source.train.ids))


def test_single_without_validation():
    task = load_task("single", validation_glyph_fraction=0.0, offline=True)
    assert (len(task.train), len(task.val)) == (1438, 0)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("triple", {"validation_glyph_fraction": 0.0}, "validation_glyph_fraction 0 is no share"),
        ("single", {"validation_glyph_fraction": 1.0}, "validation_glyph_fraction 1 is no share"),
        ("single", {"labels": "disjoint"}, "leave --labels"),
        ("single", {"glyphs": "shared"}, "leave --labels"),
        ("single", {"per_label": 3}, "leave --labels"),
    ],
)
def test_what_single_cannot_be(name, options, message):
    with pytest.raises(UsageError, match=message):
        load_task(name, offline=True, **options)


def test_a_path_that_is_no_folder(tmp_path):
    with pytest.raises(NoSuchPath, match=r"no such folder.*name a task: single, triple"):
        load_task(str(tmp_path / "nothing"))


def test_so_many_images_of_each_symbol(triple):
    task = load_task("single", data="digits", offline=True)
    few, more = (task.with_images_a_symbol(each) for each in (3, 20))
    for part, each in ((few, 3), (more, 20)):
        assert np.bincount(part.train.symbols[:, 0]).tolist() == [each] * 10
    assert set(few.train.glyph_ids[:, 0]) < set(more.train.glyph_ids[:, 0])
    assert set(more.train.glyph_ids[:, 0]) < set(task.train.glyph_ids[:, 0])
    for each in (0, 10_000):
        with pytest.raises(UsageError, match="expected from 1 to that"):
            task.with_images_a_symbol(each)
    with pytest.raises(UsageError, match="has 3 symbols"):
        triple.with_images_a_symbol(3)


def test_images_of_fewer_labels() -> None:
    """Of some labels all images; fewer are among more, and fewer images among these."""
    task = load_task("triple", per_label=2)
    few, more = (task.with_train_labels(count) for count in (5, 40))
    for part, count in ((few, 5), (more, 40)):
        labels = np.unique(part.train.labels, axis=0)
        assert len(labels) == count
        assert len(part.train) == 2 * count
        assert part.required_recipe().train_labels == count
    kept = {tuple(row) for row in more.train.labels.tolist()}
    assert {tuple(row) for row in few.train.labels.tolist()} <= kept
    np.testing.assert_array_equal(few.test.images, task.test.images)
    fewer = few.with_train_images(7)
    recipe = fewer.required_recipe()
    assert (recipe.train_labels, recipe.train_images, recipe.replaced) == (5, 7, None)
    np.testing.assert_array_equal(load_recipe_task(recipe).train.images, fewer.train.images)
    assert fewer.with_train_labels(2).required_recipe().replaced is not None
    with pytest.raises(UsageError, match=r"641 labels of 'triple', which has 640; expected from 1"):
        task.with_train_labels(641)


def test_labels_of_sums_are_chosen_too() -> None:
    task = load_task("addition", images=200).with_train_labels(3)
    assert len(np.unique(task.train.labels)) == 3
