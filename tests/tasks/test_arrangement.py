"""Symbols are read in the order of a scene, or refused where they clearly stand otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from glyphlab._common.errors import DataError
from glyphlab.data.prepare.groups import Group
from glyphlab.data.prepare.parts import Part
from glyphlab.tasks.scenes.arrangement import in_reading_order

Place = tuple[float, float]


def standing(places: list[Place], size: tuple[int, int] = (100, 60)) -> list[Group]:
    """Return symbols whose middles, down and to the right, are given."""
    height, width = size
    return [
        Group([
            Part(
                number, 1.0,
                (
                    slice(round(down) - height // 2, round(down) + height // 2),
                    slice(round(right) - width // 2, round(right) + width // 2),
                ),
                height * width // 4,
            )
        ])
        for number, (down, right) in enumerate(places)
    ]  # fmt: skip


def order(places: list[Place], shape: tuple[int, int], size: tuple[int, int] = (100, 60)) -> str:
    found = in_reading_order(standing(places, size)[::-1], shape, "mine")
    return "".join(str(group.parts[0].number) for group in found)


def turned(places: list[Place], degrees: float) -> list[Place]:
    turn = np.deg2rad(degrees)
    return [
        (600 + down * np.cos(turn) + right * np.sin(turn),
         600 - down * np.sin(turn) + right * np.cos(turn))
        for down, right in places
    ]  # fmt: skip


SHAPES = [(1, 3), (1, 2), (3, 1), (2, 1), (2, 2), (2, 3), (1, 6)]


@pytest.mark.parametrize("degrees", [-20, -12, 0, 7, 20])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("step", [(150, 90), (260, 300)])
def test_sloped_and_uneven_rows_are_read_in_order(
    step: tuple[int, int], shape: tuple[int, int], degrees: int
) -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        places: list[Place] = [
            (step[0] * row + rng.uniform(-15, 15), step[1] * column + rng.uniform(-10, 10))
            for row in range(shape[0])
            for column in range(shape[1])
        ]
        expected = "012345"[: len(places)]
        assert order(turned(places, degrees), shape) == expected


@pytest.mark.parametrize(
    ("places", "shape", "found", "expected"),
    [
        ([(150, 140), (450, 155), (750, 148)], (1, 3), "one below another", "side by side"),
        ([(150, 155), (300, 140), (450, 148)], (1, 3), "one below another", "side by side"),
        ([(100, 100), (100, 300), (300, 200)], (1, 3), "in 2 rows", "side by side"),
        ([(100, 100), (100, 300), (250, 90)], (1, 3), "in 2 rows", "side by side"),
        ([(100, 100), (100, 300), (230, 310)], (1, 3), "in 2 rows", "side by side"),
        ([(100, 100), (300, 110)], (1, 2), "one below another", "side by side"),
        ([(100, 100), (90, 300)], (2, 1), "side by side", "one below another"),
        ([(100, 100), (100, 170)], (2, 1), "side by side", "one below another"),
        ([(100, 100), (90, 300), (110, 500)], (3, 1), "side by side", "one below another"),
        ([(100, k * 120) for k in range(1, 5)], (2, 2), "side by side", "in 2 rows"),
        ([(k * 120, 100) for k in range(1, 5)], (2, 2), "one below another", "in 2 rows"),
        ([(100, 100), (100, 220), (100, 340), (250, 100)], (2, 2), "in 2 rows", "in 2 rows"),
    ],
)  # fmt: skip
def test_what_stands_otherwise_is_refused(
    places: list[Place], shape: tuple[int, int], found: str, expected: str
) -> None:
    found = "in no clear order" if found == expected else found
    said = f"found {len(places)} symbols {found}, the scene 'mine' has them {expected}"
    with pytest.raises(DataError, match=said):
        in_reading_order(standing(places), shape, "mine")


def test_a_small_symbol_below_another_stands_in_no_row() -> None:
    large = standing([(150, 100)], (300, 160))
    small = standing([(60, 260), (240, 262)], (80, 50))
    with pytest.raises(DataError, match="in no clear order"):
        in_reading_order([*large, *small], (1, 3), "mine")
    raised = [*large, *small[:1], *standing([(150, 360)], (300, 160))]
    assert in_reading_order(raised[::-1], (1, 3), "mine") == raised
