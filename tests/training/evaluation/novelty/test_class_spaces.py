"""Principal directions of classes: what they explain is near, what they do not is far."""

from __future__ import annotations

import numpy as np

from glyphlab.training.evaluation.novelty.class_spaces import ClassSpaces

RNG = np.random.default_rng(3)
CLASSES = np.arange(400) % 2


def planes(count: int = 400) -> np.ndarray:  # type: ignore[type-arg]
    """Points of two classes, each in a plane of its own of six dimensions, with a little noise."""
    found = RNG.normal(0, 0.01, (count, 6))
    for number, axes in enumerate(((0, 1), (2, 3))):
        rows = np.arange(count) % 2 == number
        found[np.ix_(rows, axes)] += RNG.normal(0, 1, (rows.sum(), 2))
        found[rows, 4] += 5 * number
    return found.astype(np.float32)


def test_a_point_of_its_class_is_near_and_others_are_far() -> None:
    spaces = ClassSpaces.fit(planes(), CLASSES, 0.99, 60)
    assert spaces.known.tolist() == [-1, 0, 1]
    assert spaces.means.shape == (3, 6)
    near = spaces.distance(planes(), CLASSES)
    assert near.shape == (400,)
    assert near.max() < 0.01
    off = planes()
    off[:, 5] += 2
    assert spaces.distance(off, CLASSES).min() > 3
    # a point of one class that the model takes for the other is far from what that usually is
    assert np.median(spaces.distance(planes(), 1 - CLASSES)) > 1


def test_the_distance_is_the_length_of_the_rest() -> None:
    points = planes()
    one = np.zeros(400, np.int64)
    spaces = ClassSpaces.fit(points, one, 0.9, 60)
    off = points - spaces.means[1]
    rest = off - off @ spaces.directions[1] @ spaces.directions[1].T
    np.testing.assert_allclose(spaces.distance(points, one), (rest**2).sum(1), atol=1e-4)
    np.testing.assert_allclose(
        spaces.directions[1].T @ spaces.directions[1], np.eye(spaces.directions.shape[2]), atol=1e-5
    )


def test_a_class_with_few_images_is_measured_by_all_of_them() -> None:
    points = planes()
    few = np.where(np.arange(400) < 5, 7, CLASSES)
    spaces = ClassSpaces.fit(points, few, 0.99, 60)
    assert spaces.known.tolist() == [-1, 0, 1]
    alone = ClassSpaces.fit(points, np.full(400, -1), 0.99, 60)
    sevens = np.full(400, 7)
    np.testing.assert_allclose(
        spaces.distance(points, sevens), alone.distance(points, np.full(400, -1)), rtol=1e-4,
        atol=1e-5,
    )  # fmt: skip


def test_distances_are_in_the_unit_of_their_class() -> None:
    points = planes()
    points[CLASSES == 1, 5] += RNG.normal(0, 3, 200).astype(np.float32)
    plain = ClassSpaces.fit(points, CLASSES, 0.7, 2)
    spaces = plain.in_units_of(points, CLASSES, 0.9)
    found = spaces.distance(points, CLASSES)
    for one in (0, 1):
        mine = found[one == CLASSES]
        assert abs(float((mine > 1).mean()) - 0.1) < 0.02
    few = plain.in_units_of(points[:30], np.repeat([0, 1], [25, 5]), 0.9)
    assert few.units[2] == few.units[0]
    assert few.units[1] != few.units[0]


def test_few_images_leave_a_rest_unexplained() -> None:
    points = planes(8)
    one = ClassSpaces.fit(points[:2], np.zeros(2, np.int64), 1.0, 60)
    assert one.directions.shape[2] == 1
    assert np.isfinite(one.distance(points, np.zeros(8, np.int64))).all()


def test_features_of_one_number_and_of_no_variance() -> None:
    nothing = np.zeros(2, np.int64)
    flat = ClassSpaces.fit(np.ones((30, 1), np.float32), np.zeros(30, np.int64), 0.99, 60)
    found = flat.distance(np.array([[1.0], [3.0]], np.float32), nothing)
    np.testing.assert_allclose(found, [0, 4])
    scaled = flat.in_units_of(np.ones((30, 1), np.float32), np.zeros(30, np.int64), 0.9)
    assert np.isfinite(scaled.distance(np.array([[1.0], [3.0]], np.float32), nothing)).all()


def test_the_most_directions_are_kept_to() -> None:
    many = RNG.normal(size=(300, 20)).astype(np.float32)
    assert ClassSpaces.fit(many, np.zeros(300, np.int64), 1.0, 7).directions.shape == (2, 20, 7)
