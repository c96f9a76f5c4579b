"""Scenes that fit, and those that do not."""

import pytest

from glyphlab._common.errors import SceneError, UnknownName
from glyphlab.tasks import PRESETS, Scene, preset


def scene(**changes):
    fields = {
        "name": "pair",
        "count": 2,
        "canvas": (6, 8),
        "cell": (4, 4),
        "columns": (0, 4),
        "rows": (0, 0),
    }
    return Scene(**{**fields, **changes})


def test_presets():
    assert set(PRESETS) == {"single", "triple", "addition", "product", "difference"}
    triple = preset("triple")
    assert (triple.canvas, triple.columns, triple.free_y) == ((84, 84), (0, 28, 56), 55)
    addition = preset("addition")
    assert (addition.canvas, addition.rows, addition.rule) == ((56, 28), (0, 28), "sum")


def test_unknown_name():
    with pytest.raises(UnknownName, match="did you mean 'triple'"):
        preset("tripel")
    with pytest.raises(UnknownName, match="did you mean 'digits'"):
        scene(rule="digit")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"free_y": 3}, "height 6 pixels, its symbols reach to 7"),
        ({"free_x": 1}, "width 8 pixels, its symbols reach to 9"),
        ({"columns": (0, 5)}, "does not fit its canvas"),
        ({"rows": (0, 3)}, "does not fit its canvas"),
        ({"cell": (7, 4)}, "does not fit its canvas"),
        ({"count": 3}, "3 symbols with 2 columns"),
        ({"rows": (0,)}, "1 rows"),
        ({"columns": (-1, 4)}, "negative"),
        ({"cell": (0, 4)}, "empty cell"),
        ({"count": 0, "columns": (), "rows": ()}, "0 symbols"),
    ],
)
def test_a_scene_that_cannot_be(changes, message):
    with pytest.raises(SceneError, match=message):
        scene(**changes)


def test_the_exact_fit_is_allowed():
    assert scene(free_y=2).free_y == 2


@pytest.mark.parametrize(
    ("changes", "overlap"),
    [({}, False), ({"columns": (0, 3)}, True), ({"columns": (0, 3), "free_x": 1}, True)],
)
def test_may_overlap(changes, overlap):
    assert scene(**changes).may_overlap is overlap
