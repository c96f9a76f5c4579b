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


def test_a_point_of_a_class_is_near_and_others_are_far() -> None:
    spaces = ClassSpaces.fit(planes(), CLASSES, 0.99, 60)
    assert spaces.means.shape == (2, 6)
    assert spaces.directions.shape == (2, 6, 2)
    near = spaces.distance(planes())
    assert near.shape == (400,)
    assert near.max() < 0.01
    off = planes()
    off[:, 5] += 2
    assert spaces.distance(off).min() > 3
    crossed = planes()
    crossed[::2, 4] += 5  # the plane of one class, the place of the other
    assert spaces.distance(crossed)[::2].mean() > 0.5


def test_the_distance_is_the_length_of_the_rest() -> None:
    points = planes()
    spaces = ClassSpaces.fit(points, np.zeros(400, np.int64), 0.9, 60)
    off = points - spaces.means[0]
    rest = off - off @ spaces.directions[0] @ spaces.directions[0].T
    np.testing.assert_allclose(spaces.distance(points), (rest**2).sum(1), atol=1e-4)
    np.testing.assert_allclose(
        spaces.directions[0].T @ spaces.directions[0], np.eye(spaces.directions.shape[2]), atol=1e-5
    )


def test_few_images_of_a_class_leave_a_rest_unexplained() -> None:
    points = planes(8)
    spaces = ClassSpaces.fit(points, np.arange(8) % 4, 1.0, 60)
    assert spaces.directions.shape[2] == 1  # half of two images
    one = ClassSpaces.fit(points[:2], np.zeros(2, np.int64), 1.0, 60)
    assert np.isfinite(one.distance(points)).all()


def test_features_of_one_number_and_of_no_variance() -> None:
    flat = ClassSpaces.fit(np.ones((9, 1), np.float32), np.zeros(9, np.int64), 0.99, 60)
    np.testing.assert_allclose(flat.distance(np.array([[1.0], [3.0]], np.float32)), [0, 4])


def test_the_most_directions_are_kept_to() -> None:
    many = RNG.normal(size=(300, 20)).astype(np.float32)
    assert ClassSpaces.fit(many, np.zeros(300, np.int64), 1.0, 7).directions.shape == (1, 20, 7)
