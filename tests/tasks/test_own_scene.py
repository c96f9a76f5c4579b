"""Scenes of one's own: from a file or from Python, the same task, and what the scene says."""

from __future__ import annotations

import itertools
import json
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glyphlab import Scene, load_task
from glyphlab._common.errors import NoSuchPath, SceneError, UnknownName, UsageError
from glyphlab.recipes import Recipe
from glyphlab.tasks import preset, read_scene, write_folder, write_npz, write_pairs, write_scene
from glyphlab.tasks.from_recipe import load_named, load_recipe_task
from glyphlab.tasks.labels import label_keys
from glyphlab.tasks.splits import DRAWN_LABELS, split_labels
from glyphlab.tasks.task import Task
from glyphlab.tasks.task_recipe import TaskRecipe

PAIRS = st.tuples(st.integers(0, 6), st.integers(0, 6))


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Scenes in rows and columns, or anywhere, of every rule, on cells of the embedded digits."""
    rule = draw(st.sampled_from(["digits", "sum", "product", "difference", "signed-sum"]))
    digits = 1 if rule == "digits" else draw(st.integers(1, 2))
    terms = draw(st.integers(1, 4 // digits))
    signs = tuple(draw(st.lists(st.sampled_from([1, -1]), min_size=terms, max_size=terms)))
    rest: dict[str, Any] = {
        "rule": rule, "digits": digits, "signs": signs if rule == "signed-sum" else (),
        "free_y": draw(st.integers(0, 9)), "free_x": draw(st.integers(0, 9)),
    }  # fmt: skip
    if draw(st.booleans()):
        rows = draw(st.sampled_from([n for n in range(1, 5) if terms * digits % n == 0]))
        return Scene.in_grid(
            "some", rows, terms * digits // rows, gap=draw(PAIRS), margin=draw(PAIRS), **rest
        )
    places = st.tuples(st.integers(0, 60), st.integers(0, 60))
    tops, lefts = zip(*(draw(places) for _ in range(terms * digits)), strict=True)
    size = (28 + max(tops) + rest["free_y"], 28 + max(lefts) + rest["free_x"])
    wider = draw(PAIRS)
    canvas = (size[0] + wider[0], size[1] + wider[1])
    return Scene("some", terms * digits, canvas, (28, 28), lefts, tops, **rest)


def expected_label(scene: Scene, symbols: list[int]) -> Any:
    text = "".join(map(str, symbols))
    numbers = [int(text[at : at + scene.digits]) for at in range(0, len(text), scene.digits)]
    signed = zip(scene.signs, numbers, strict=False)
    derived: dict[str, Any] = {
        "digits": symbols,
        "sum": sum(numbers),
        "product": math.prod(numbers),
        "difference": numbers[0] - sum(numbers[1:]),
        "signed-sum": sum(sign * number for sign, number in signed),
    }
    return derived[scene.rule]


def drawn_again(task: Task, name: str, row: int) -> None:
    """Each symbol stands where the scene lets it, and nothing else is on the image."""
    split, scene = task.splits[name], task.scene
    pool = task.pools[name]
    by_id = {int(one): image for one, image in zip(pool.ids, pool.images, strict=True)}
    glyphs = [by_id[one] for one in split.glyph_ids[row].tolist()]
    image = split.images[row]
    left_over = image.copy()
    for glyph, top, left in zip(glyphs, scene.rows, scene.columns, strict=True):
        reach = image[top : top + 28 + scene.free_y, left : left + 28 + scene.free_x]
        places = [
            (y, x)
            for y in range(scene.free_y + 1)
            for x in range(scene.free_x + 1)
            if (reach[y : y + 28, x : x + 28] >= glyph).all()
        ]
        assert places
        if not scene.may_overlap:
            assert len(places) == 1 or (glyph[0] == 0).all() or (glyph[:, 0] == 0).all()
        left_over[top : top + 28 + scene.free_y, left : left + 28 + scene.free_x] = 0
    assert not left_over.any()
    if not scene.may_overlap:
        assert image.sum(dtype=int) == sum(glyph.sum(dtype=int) for glyph in glyphs)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(scene=scenes(), seed=st.integers(0, 5))
def test_images_labels_and_ceilings_are_what_the_scene_says(scene: Scene, seed: int) -> None:
    task = load_task(scene, images=40, seed=seed)
    assert [len(split) for split in task.splits.values()] == [26, 6, 8]
    for name, split in task.splits.items():
        assert split.images.shape[1:] == scene.canvas
        rows = zip(split.labels.tolist(), split.symbols.tolist(), strict=True)
        assert all(label == expected_label(scene, symbols) for label, symbols in rows)
        for row in range(0, len(split), 5):
            drawn_again(task, name, row)
    known = [
        label if isinstance(label, int) else tuple(label) for label in task.train.labels.tolist()
    ]
    labels = [
        label if isinstance(label, int) else tuple(label) for label in task.test.labels.tolist()
    ]
    read = [[one in task.train.symbols for one in row] for row in task.test.symbols]
    in_place = [
        [one in task.train.symbols[:, k] for k, one in enumerate(r)] for r in task.test.symbols
    ]
    anywhere = np.mean([all(row) for row in read])
    expected = {"whole": np.mean([label in known for label in labels])}
    if scene.rule == "digits":
        expected |= {"sliced": anywhere, "aligned": anywhere}
        expected |= {"multihead": np.mean([all(row) for row in in_place])}
    else:
        expected |= {"sequential": anywhere, "sum": anywhere}
    readers = {"whole", "multihead"}
    readers |= {"aligned"} if scene.grid() is not None else set()
    readers |= {"sliced", "sequential", "sum"} if scene.grid(cut=True) is not None else set()
    expected = {name: one for name, one in expected.items() if name in readers}
    ceilings = task.audit().ceilings
    assert {name: ceilings[name] for name in expected} == pytest.approx(expected)
    again = task.redraw(3)
    np.testing.assert_array_equal(again.labels, task.train.labels)
    assert again.images.shape == task.train.images.shape
    for (of_labels, _), split in task.generalization_grid(5).items():
        of = task.train if of_labels == "seen" else task.test
        assert set(label_keys(split.labels, 10).tolist()) <= set(label_keys(of.labels, 10).tolist())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(scene=scenes())
def test_a_scene_comes_back_from_its_file_and_from_a_recipe(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "any-file.toml"
    write_scene(scene, file)
    assert read_scene(file) == scene
    recipes = [TaskRecipe(name=str(file)), TaskRecipe.of(str(file)), TaskRecipe.of(scene)]
    assert len({Recipe(task=one).hash for one in recipes}) == 1
    assert recipes[0] == recipes[1] == recipes[2]
    assert [one.word for one in recipes] == [str(file), str(file), "some.toml"]
    assert pickle.loads(pickle.dumps(recipes[0])).word == str(file)
    content = json.loads(json.dumps(Recipe(task=recipes[0]).content()))
    file.unlink()
    again = Recipe.from_mapping(content)
    assert again.hash == Recipe(task=recipes[2]).hash
    assert again.task.own_scene == scene
    assert recipes[0].changed(seed=3).word == str(file)
    assert recipes[0].model_copy(update={"seed": 3}).word == str(file)


def test_a_task_is_its_recipe_wherever_it_came_from(tmp_path: Path) -> None:
    file = tmp_path / "pair.toml"
    file.write_text('count = 2\nrule = "sum"\n')
    task = load_task(str(file), images=30)
    same = [
        load_task(Scene.in_grid("pair", 2, 1, rule="sum"), images=30),
        load_named(str(file), images=30),
        load_recipe_task(TaskRecipe(name=str(file), images=30)),
    ]
    file.unlink()  # the recipe alone is enough
    assert task.recipe is not None
    same += [
        load_recipe_task(task.recipe),
        load_recipe_task(TaskRecipe.model_validate(json.loads(task.recipe.model_dump_json()))),
    ]
    assert task.name == "pair"
    assert task.recipe.digest
    for one in same:
        assert one.recipe == task.recipe
        assert one.scene == task.scene
        np.testing.assert_array_equal(one.test.images, task.test.images)
    assert "pair (2 symbols on 28×56 pixels, label the sum of 2 numbers) of digits" in task.protocol


def test_the_scene_is_part_of_what_names_a_run(tmp_path: Path) -> None:
    file = tmp_path / "pair.toml"
    file.write_text("count = 2\n")
    before = Recipe(task=TaskRecipe(name=str(file))).hash
    file.write_text("count = 2\n# nothing else\n")
    assert Recipe(task=TaskRecipe(name=str(file))).hash == before
    file.write_text("count = 2\nfree = [1, 0]\n")
    assert Recipe(task=TaskRecipe(name=str(file))).hash != before


def test_one_of_our_scenes_is_our_task() -> None:
    assert TaskRecipe.of(preset("triple"), per_label=2) == TaskRecipe(name="triple", per_label=2)
    named = Scene.in_grid("triple", 1, 3)
    with pytest.raises(SceneError, match="which is the name of a preset"):
        load_task(named)
    with pytest.raises(ValueError, match="which is the name of a preset"):
        TaskRecipe.model_validate({"scene": TaskRecipe.of(Scene.in_grid("x", 1, 3)).scene})


def test_where_symbols_stand_by_default(tmp_path: Path) -> None:
    file = tmp_path / "a scene.toml"
    for text, expected in {
        "columns = 5": Scene.in_grid("a-scene", 1, 5),
        "count = 5": Scene.in_grid("a-scene", 1, 5),
        "rows = 3": Scene.in_grid("a-scene", 3, 1),
        "rows = 2\ncolumns = 2\ngap = 4\nmargin = [1, 2]":
            Scene.in_grid("a-scene", 2, 2, gap=(4, 4), margin=(1, 2)),
        'count = 3\nrule = "sum"': Scene.in_grid("a-scene", 3, 1, rule="sum"),
        'rows = 3\ndigits = 2\nrule = "product"':
            Scene.in_grid("a-scene", 3, 2, digits=2, rule="product"),
        'count = 6\ndigits = 2\nrule = "signed-sum"\nsigns = [+1, -1, +1]':
            Scene.in_grid("a-scene", 3, 2, digits=2, rule="signed-sum", signs=(1, -1, 1)),
        'columns = 4\ndigits = 2\nrule = "difference"':
            Scene.in_grid("a-scene", 1, 4, digits=2, rule="difference"),
        "count = 6\ncolumns = 3": Scene.in_grid("a-scene", 2, 3),
        "columns = 2\nfree = 3\ncanvas = [40, 70]":
            Scene.in_grid("a-scene", 1, 2, free_y=3, free_x=3, canvas=(40, 70)),
        "columns = 2\ncell = 10": Scene.in_grid("a-scene", 1, 2, cell=(10, 10)),
        "positions = [[0, 0], [5, 40]]\nfree = [2, 0]":
            Scene("a-scene", 2, (35, 68), (28, 28), (0, 40), (0, 5), 2),
        'name = "b"\npositions = [[1, 2]]\ncanvas = 40':
            Scene("b", 1, (40, 40), (28, 28), (2,), (1,)),
    }.items():  # fmt: skip
        file.write_text(text)
        assert read_scene(file) == expected, text
    file.write_text("columns = 2")
    assert read_scene(file, (20, 12)) == Scene.in_grid("a-scene", 1, 2, cell=(20, 12))


def test_cells_are_of_the_size_of_the_source(tmp_path: Path) -> None:
    from PIL import Image

    for split, label in itertools.product(("train", "test"), "ab"):
        folder = tmp_path / "source" / split / label
        folder.mkdir(parents=True)
        for number in range(12):
            Image.fromarray(np.full((8, 6), 10 * number + 9, np.uint8)).save(
                folder / f"{number}.png"
            )
    file = tmp_path / "four.toml"
    file.write_text("count = 4")
    task = load_task(str(file), data=str(tmp_path / "source"), images=10)
    assert task.train.images.shape[1:] == (8, 24)
    assert (
        task.recipe == load_recipe_task(TaskRecipe.model_validate(task.recipe.model_dump())).recipe
    )  # type: ignore[union-attr]
    with pytest.raises(SceneError, match=r"cells of 28×28 pixels, the .* have 6×8: type"):
        load_task(Scene.in_grid("x", 1, 4), data=str(tmp_path / "source"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing says where the symbols stand: give rows and columns, count, or positions"),
        ("colums = 5", "unknown key 'colums': did you mean 'columns'?"),
        ("columns = 5\nrules = 1", "unknown key 'rules': did you mean 'rule'?"),
        ('columns = 5\nlabel = "sum"', "unknown key 'label': did you mean 'rule'?"),
        ("columns = 5\noffset = 3", "unknown key 'offset': did you mean 'free'?"),
        ('columns = 5\nrule = "signed sum"', "did you mean 'signed-sum'?"),
        ('columns = 5\nrule = "summ"', "did you mean 'sum'?"),
        ("columns = 0", "columns must be at least 1, found 0"),
        ('columns = "five"', "columns must be a whole number, found 'five'"),
        ("columns = 5\nrows = 2\ncount = 9", "count is 9, and rows times columns are 10"),
        ("positions = [[0, 0]]\ncount = 2", "count is 2, and positions are 1"),
        ("positions = [[0, 0]]\nrows = 2", "positions says where .* and so does rows"),
        ("positions = [[0, 0]]\ngap = 2", "and so does gap"),
        ("positions = []", "0 symbols"),
        ("positions = [[0, -1]]", "must be at least 0, found -1"),
        ("columns = 5\ncanvas = [28, 100]", "width 100 pixels, its symbols reach to 140"),
        ("columns = 5\ncanvas = [28, 140]\nfree = [1, 0]", "height 28 pixels, .* reach to 29"),
        ("columns = 2\ndigits = 2", "rule 'digits' has none"),
        (
            'columns = 3\ndigits = 2\nrule = "sum"',
            "3 symbols cannot be read as numbers of 2 digits",
        ),
        ('rows = 3\nrule = "signed-sum"', r"signs \[\] for 3 numbers.* signs = \[1, -1, 1\]"),
        ('rows = 2\nrule = "signed-sum"\nsigns = [1]', r"signs \[1\] for 2 numbers"),
        ('rows = 2\nrule = "signed-sum"\nsigns = [1, 2]', r"signs \[1, 2\] .* 1 or -1 for each"),
        ('rows = 2\nrule = "sum"\nsigns = [1, -1]', "signs are of rule 'signed-sum'"),
        ('columns = 2\nname = "triple"', "which is the name of a preset"),
        ('columns = 2\nname = "a/b"', "runs are named after it"),
        ("rows = 100\ncolumns = 100", "10,000 symbols on an image, expected at most 1,000"),
        ("rows = [", "is not TOML"),
    ],
)
def test_a_file_that_cannot_be_meant(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    for read in (read_scene, load_task, TaskRecipe.of):
        with pytest.raises(UsageError, match=said) as caught:
            read(str(file))
        assert isinstance(caught.value, SceneError | UnknownName)
        assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"cannot read the scene .*none\.toml.* or a task: single"):
        load_task(str(tmp_path / "none.toml"))
    with pytest.raises(NoSuchPath, match="no such folder"):
        load_task(str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"digits": 2}, "says all of this itself, and --digits is for presets"),
        ({"as_published": True}, "--as-published is for presets"),
        ({"images": 20, "per_label": 2}, "by --per-label already"),
        ({"images": 5}, "expected at least 10"),
        ({"images": 20, "without_glyph_reuse": True}, "by the form of the task already"),
        ({"labels": "shard"}, "did you mean 'shared'"),
    ],
)
def test_options_that_a_scene_leaves_no_choice_of(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load_task(Scene.in_grid("x", 2, 1, rule="sum"), **options)


def test_each_glyph_may_stand_once() -> None:
    task = load_task(Scene.in_grid("x", 1, 4), without_glyph_reuse=True)
    assert len(task.train) == len(task.pools["train"]) // 4
    assert len(np.unique(task.train.glyph_ids)) == task.train.glyph_ids.size


def test_how_many_images_there_are_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    from glyphlab.tasks import load

    monkeypatch.setattr(load, "MOST_IMAGES", 1_500)

    def sizes(count: int, **rest: Any) -> list[int]:
        task = load_task(Scene.in_grid("x", 1, count, **rest))
        return [len(split) for split in task.splits.values()]

    assert sizes(1) == [640, 160, 200]  # a hundred of each label, as ever
    assert sizes(2) == [960, 240, 300]  # as many of each label as come to 1,500
    assert sizes(4) == [960, 240, 300]  # not all labels
    assert sizes(2, rule="sum") == [960, 240, 300]
    monkeypatch.setattr(load, "MOST_PIXELS", 28 * 112 * 100)
    assert sizes(4) == [64, 16, 20]


def test_cells_that_nobody_can_cut_apart_have_a_ceiling_for_those_who_need_not() -> None:
    scene = Scene("apart", 3, (28, 86), (28, 28), (0, 28, 58), (0, 0, 0))
    assert scene.grid() is not None
    assert scene.grid(cut=True) is None
    ceilings = load_task(scene, images=60).audit().ceilings
    assert ceilings["aligned"] == 1
    assert "sliced" not in ceilings


@pytest.mark.parametrize("count", [7, 19, 25])
def test_labels_of_digits_are_drawn_where_nobody_can_count_them(count: int) -> None:
    scene = Scene.in_grid("many", 1, count)
    task = load_task(scene, images=200)
    keys = {name: set(label_keys(s.labels, 10).tolist()) for name, s in task.splits.items()}
    assert [len(of_split) for of_split in keys.values()] == [128, 32, 40]
    assert not keys["train"] & (keys["val"] | keys["test"])
    expected = {"whole": 0, "sliced": 1, "multihead": 1, "aligned": 1}
    assert expected.items() <= task.audit().ceilings.items()
    np.testing.assert_array_equal(task.train.images, load_task(scene, images=200).train.images)
    assert set(label_keys(load_task(scene, images=200, seed=1).train.labels, 10)) != keys["train"]
    grid = task.generalization_grid(20)
    for (of_labels, _), split in grid.items():
        of = keys["train" if of_labels == "seen" else "test"]
        assert set(label_keys(split.labels, 10).tolist()) <= of
    assert len(grid) == 4
    shared = split_labels("digits", 10, count, "shared", 0)["train"]
    assert shared is not None
    assert 0.98 * DRAWN_LABELS < len(shared) <= DRAWN_LABELS


def test_what_is_reckoned_of_too_many_tuples_is_drawn_as_its_glyphs_are() -> None:
    scene = Scene.in_grid("long", 3, 4, rule="signed-sum", digits=4, signs=(1, -1, 1))
    task = load_task(scene, images=2_000)
    share = np.bincount(task.train.symbols.ravel(), minlength=10) / task.train.symbols.size
    of_pool = np.bincount(task.pools["train"].labels, minlength=10) / len(task.pools["train"])
    np.testing.assert_allclose(share, of_pool, atol=0.02)
    assert task.train.labels.min() < 0 < task.train.labels.max()
    with pytest.raises(SceneError, match="too many to be counted"):
        load_task(scene, labels="disjoint", images=50)
    with pytest.raises(UsageError, match="give --images"):
        load_task(scene, per_label=2)


def test_what_is_written_elsewhere(tmp_path: Path) -> None:
    task = load_task(Scene.in_grid("signs", 2, 1, rule="signed-sum", signs=(-1, 1)), images=40)
    write_folder(task, tmp_path / "folder")
    names = {folder.name for folder in (tmp_path / "folder" / "train").iterdir()}
    assert names == set(map(str, task.train.labels.tolist()))
    write_npz(task, tmp_path / "arrays")
    with np.load(tmp_path / "arrays" / "test.npz") as kept:
        assert sorted(kept["labels"].tolist()) == sorted(task.test.labels.tolist())
    with pytest.raises(UsageError, match="files of pairs are for addition, product, difference"):
        write_pairs(task, tmp_path / "pairs.csv")


def test_a_preset_of_labels_that_nobody_counts_is_bounded_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from glyphlab.tasks import load

    monkeypatch.setattr(load, "MOST_TUPLES", 500)
    monkeypatch.setattr(load, "MOST_IMAGES", 2_000)
    assert [len(split) for split in load_task("triple").splits.values()] == [1280, 320, 400]
