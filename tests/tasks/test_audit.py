"""The audit finds what was planted, every time, and nothing else."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glyphlab._common.errors import LeakFound
from glyphlab.data import Symbols
from glyphlab.data.ink_hashes import glyph_hashes
from glyphlab.tasks import Scene, Split, Task, load_task
from glyphlab.tasks.audit.cut_glyphs import cut_glyphs
from glyphlab.tasks.drawing import draw, random_offsets

SCENE = Scene("pair", 2, (14, 16), (8, 8), (0, 8), (0, 0), free_y=6)
CLASSES = 10


def glyphs(n, seed, first):
    images = np.random.default_rng(seed).integers(0, 256, (n, 8, 8), dtype=np.uint8)
    images[:, :2] = 0  # room, so that a crop differs from its cell
    labels, ids = np.arange(n) % CLASSES, np.arange(first, first + n)
    return Symbols(images, labels, ids, "made", "none", tuple("0123456789"))


def split_of(pool, symbols, seed):
    """Draws every glyph of the pool exactly as the symbols ask, round and round."""
    index = np.arange(symbols.size).reshape(symbols.shape) % len(pool)
    offsets = random_offsets(SCENE, len(symbols), np.random.default_rng(seed))
    shown = pool.labels[index]
    images = draw(SCENE, pool.images, index, offsets)
    return Split(images, shown, shown, pool.ids[index])


def task_of(pools, images=150, known=True):
    splits = {
        name: split_of(pool, np.zeros((images, 2), int), seed)
        for seed, (name, pool) in enumerate(pools.items())
    }
    if not known:
        splits = {
            name: dataclasses.replace(split, glyph_ids=np.full_like(split.glyph_ids, -1))
            for name, split in splits.items()
        }
    return Task(
        "planted",
        "made",
        SCENE,
        *splits.values(),
        pools=pools if known else {},
        classes=CLASSES,
        labels_mode="shared",
        glyphs_mode="disjoint",
    )


def clean_pools(seed=0):
    return {
        name: glyphs(200, seed + number, 1000 * number)
        for number, name in enumerate(("train", "val", "test"))
    }


def plant(pools, n, seed, into="test", copies=False, shift=0):
    """Put `n` training glyphs into another pool, under their own ids or under new ones."""
    rng = np.random.default_rng(seed)
    source, target = pools["train"], pools[into]
    taken, replaced = (rng.permutation(200)[:n] for _ in range(2))
    images, labels, ids = target.images.copy(), target.labels.copy(), target.ids.copy()
    images[replaced] = np.roll(source.images[taken], -shift, axis=1)
    labels[replaced] = source.labels[taken]
    if not copies:
        ids[replaced] = source.ids[taken]
    planted = dataclasses.replace(target, images=images, labels=labels, ids=ids)
    return {**pools, into: planted}


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([1, 10, 100]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["test", "val"]),
    st.integers(0, 2),
    st.integers(0, 2**32),
)
def test_a_planted_overlap_is_found_every_time(n, copies, known, into, shift, seed):
    pools = plant(clean_pools(seed), n, seed, into, copies, shift if copies else 0)
    audit = task_of(pools, known=known).audit()
    pair = f"train_{into}"
    assert audit.glyphs_by_pixels[pair].count == n
    assert audit.glyphs_by_pixels[pair].distinct == n / 200
    if not known:
        assert audit.glyphs_by_id is None
    else:
        assert audit.glyphs_by_id[pair].count == (0 if copies else n)
    assert audit.leaks
    other = {"test": "train_val", "val": "train_test"}[into]
    assert audit.glyphs_by_pixels[other].count == 0


@pytest.mark.parametrize("known", [True, False])
def test_a_clean_task_is_clean(known):
    audit = task_of(clean_pools(), known=known).audit()
    assert audit.leaks == ()
    audit.require_clean()
    assert "no leak found" in str(audit)


def test_shares_of_draws():
    pools = plant(clean_pools(), 10, 3)
    task = task_of(pools)
    hit = np.isin(task.test.glyph_ids, pools["train"].ids)
    overlap = task.audit().glyphs_by_id["train_test"]
    assert overlap.draws == hit.mean()
    assert overlap.count == len(np.unique(task.test.glyph_ids[hit]))


def test_leaks_are_named():
    task = task_of(plant(plant(clean_pools(), 10, 3), 1, 4, copies=True))
    audit = task.audit()
    assert len(audit.leaks) == 2
    assert audit.leaks[0].startswith("10 test glyphs occur in training by id")
    assert audit.leaks[1].startswith("11 test glyphs occur in training by pixels")
    with pytest.raises(LeakFound, match="'planted': 10 test glyphs") as caught:
        audit.require_clean()
    assert caught.value.exit_code == 3
    assert "LEAK: 10 test glyphs" in str(audit)


def test_labels_in_common_leak_only_where_they_were_meant_apart():
    task = task_of(clean_pools())
    assert task.audit().label_overlap["train_test"] > 0
    assert not task.audit().leaks
    apart = dataclasses.replace(task, labels_mode="disjoint")
    assert "test labels occur in training" in apart.audit().leaks[0]


APART, COPIES = "keep each glyph in one split", "remove the copies from the data"
OPTIONS = "use --glyphs disjoint, without --as-published"


@pytest.mark.parametrize(
    ("copies", "known", "glyphs_mode", "ends"),
    [
        (True, True, "disjoint", COPIES),
        (True, False, "shared", COPIES),  # of files
        (True, True, "shared", COPIES),
        (False, True, "shared", OPTIONS),
        (False, True, "disjoint", APART),
        (False, False, "shared", COPIES),
    ],
)
def test_what_ends_a_leak(copies, known, glyphs_mode, ends):
    task = task_of(plant(clean_pools(), 10, 3, copies=copies), known=known)
    with pytest.raises(LeakFound, match=f"expected none: {ends}$"):
        dataclasses.replace(task, glyphs_mode=glyphs_mode).audit().require_clean()


def test_several_leaks_end_in_several_ways():
    pools = plant(plant(clean_pools(), 10, 3), 1, 4, copies=True)
    task = dataclasses.replace(task_of(pools), labels_mode="disjoint", glyphs_mode="shared")
    with pytest.raises(LeakFound) as caught:
        task.audit().require_clean()
    ends = f"keep each label in one split, and {OPTIONS}, and {COPIES}"
    assert str(caught.value).endswith(f"; expected none: {ends}")
    read = dataclasses.replace(task, pools={})
    with pytest.raises(LeakFound, match=f"{APART}, and {COPIES}$"):
        read.audit().require_clean()


@pytest.mark.parametrize(
    ("name", "options"),
    [("addition", {"glyphs": "shared", "per_label": 20}), ("addition", {"as_published": True}),
     ("triple", {"glyphs": "shared", "labels": "shared", "per_label": 1}),
     ("triple", {"as_published": True})],
)  # fmt: skip
def test_the_options_that_end_a_leak_are_taken(name, options):
    with pytest.raises(LeakFound, match=OPTIONS):
        load_task(name, **options, stream=True).audit().require_clean()
    left = {**options, "as_published": False, "glyphs": "disjoint"}
    audit = load_task(name, **left, stream=True).audit()
    assert not any("by id" in leak for leak in audit.leaks)


def test_ceilings_by_hand():
    def split(symbols):
        symbols = np.array(symbols)
        images = np.random.default_rng(len(symbols)).integers(0, 9, (len(symbols), 14, 16))
        return Split(images.astype(np.uint8), symbols, symbols, np.full_like(symbols, -1))

    train = split([[0, 1], [1, 2]])
    test = split([[0, 1], [0, 2], [2, 1], [3, 1]])
    task = Task("x", "x", SCENE, train, train, test, {}, 4, "shared", "shared")
    by_hand = {
        "whole": 0.25,  # 01
        "sliced": 0.75,  # all but the 3
        "multihead": 0.5,  # nor a 2 in first place
        "aligned": 0.75,
    }
    assert by_hand.items() <= task.audit().ceilings.items()


def test_the_document():
    task = load_task("triple", per_label=1, offline=True)
    document = json.loads(json.dumps(task.audit().to_json(), allow_nan=False))
    assert document["schema"] == 2
    assert document["task"] == "triple"
    assert document["label_overlap"] == {"train_test": 0, "train_val": 0, "val_test": 0}
    assert document["glyph_overlap"] == {"train_test": 0.0, "train_val": 0.0, "val_test": 0.0}
    expected = {"whole": 0.0, "sliced": 1.0, "multihead": 1.0, "aligned": 1.0}
    assert expected.items() <= document["ceilings"].items()
    assert document["leaks"] == []
    assert document["balance"]["train"]["images"] == 640
    assert document["balance"]["test"]["label_most"] == 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 5), st.integers(0, 5))
def test_the_place_of_a_glyph_does_not_matter(seed, down, right):
    rng = np.random.default_rng(seed)
    ink = rng.integers(0, 256, (4, 5, 6), dtype=np.uint8) * rng.integers(0, 2, (4, 5, 6)).astype(
        "u1"
    )
    one, two = np.zeros((4, 10, 11), np.uint8), np.zeros((4, 12, 17), np.uint8)
    one[:, :5, :6] = ink
    two[:, down : down + 5, right : right + 6] = ink
    np.testing.assert_array_equal(glyph_hashes(one), glyph_hashes(two))


def test_images_that_replaced_the_training_images_are_looked_at():
    task = load_task("single", offline=True)
    test = task.test
    nobody = np.full_like(test.symbols, -1)
    leaked = task.with_train(Split(test.images, test.labels, test.symbols, nobody), "generated")
    assert leaked.audit().glyphs_by_pixels["train_test"].distinct == 1.0
    assert task.audit().glyphs_by_pixels["train_test"].distinct < 0.01


def test_any_pixel_matters():
    glyph = np.full((1, 4, 4), 9, np.uint8)
    copies = np.repeat(glyph, 17, axis=0)
    for pixel in range(16):
        copies[pixel].reshape(-1)[pixel] ^= 1
    assert len(np.unique(glyph_hashes(copies))) == 17


def test_cut_glyphs_are_those_drawn():
    pool = glyphs(30, 1, 0)
    index = np.arange(30).reshape(15, 2)
    offsets = random_offsets(SCENE, 15, np.random.default_rng(0))
    boxes = cut_glyphs(draw(SCENE, pool.images, index, offsets), SCENE)
    padded = np.pad(pool.images, ((0, 0), (0, 6), (0, 0)))
    np.testing.assert_array_equal(
        glyph_hashes(boxes.reshape(-1, 14, 8)), glyph_hashes(padded[index.ravel()])
    )


def test_too_few_images_to_show_a_difference_are_said():
    few = task_of(clean_pools(), images=6).audit()
    assert min(row["difference"] for row in few.detectable["rows"] if row["seeds"] == 2) > 0.2
    (line,) = [one for one in str(few).splitlines() if one.startswith("  2   ")]
    assert " ".join(line.split()) == "2 too few images or seeds to say"
    many = dataclasses.replace(
        few, detectable={**few.detectable, "rows": [
            {**row, "difference": 0.01} for row in few.detectable["rows"]
        ]},
    )  # fmt: skip
    assert "too few" not in str(many)
