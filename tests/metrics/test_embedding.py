"""Maps of points, and their scores against what is plain to see or counted by hand."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from glyphlab._common.errors import UsageError
from glyphlab.metrics import embedding_scores
from glyphlab.metrics.embedding_scores import (
    cluster_count,
    embed_points,
    knn_accuracy,
    separability,
    silhouette,
    trust,
)

pytest.importorskip("openTSNE")

RNG = np.random.default_rng(0)
CENTRES = np.array([[0.0] * 8, [9.0] * 8, [0.0] * 4 + [9.0] * 4])
LABELS = np.repeat([4, 7, 9], 40)
BLOBS = np.repeat(CENTRES, 40, axis=0) + RNG.normal(size=(120, 8))


@pytest.fixture(scope="module")
def blobs() -> np.ndarray:
    return embed_points(BLOBS, perplexity=12).points


def test_what_lies_apart_stays_apart(blobs: np.ndarray) -> None:
    assert blobs.shape == (120, 2)
    assert knn_accuracy(blobs, LABELS) == 1.0
    assert silhouette(blobs, LABELS) > 0.5
    assert trust(BLOBS, blobs) > 0.8
    clusters, alone = cluster_count(blobs, smallest=15)
    assert clusters == 3
    assert alone < 0.2


def test_the_same_seed_makes_the_same_map(blobs: np.ndarray) -> None:
    np.testing.assert_array_equal(embed_points(BLOBS, perplexity=12).points, blobs)


def test_new_points_are_placed_and_nothing_moves() -> None:
    found = embed_points(BLOBS, perplexity=12)
    before = found.points.copy()
    placed = found.place(CENTRES)
    np.testing.assert_array_equal(found.points, before)
    for place, label in zip(placed, (4, 7, 9), strict=True):
        nearest = np.argsort(((found.points - place) ** 2).sum(1))[:5]
        assert (LABELS[nearest] == label).all()


def by_hand(points: np.ndarray, labels: np.ndarray, k: int) -> float:
    right = 0
    for n, point in enumerate(points):
        order = sorted((float(((point - p) ** 2).sum()), m) for m, p in enumerate(points) if m != n)
        votes = [labels[m] for _, m in order[:k]]
        right += max(sorted(set(votes)), key=votes.count) == labels[n]
    return right / len(points)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_neighbours_vote(k: int) -> None:
    points, labels = RNG.normal(size=(60, 3)), RNG.integers(0, 3, 60)
    assert knn_accuracy(points, labels, k) == by_hand(points, labels, k)


def test_groups_that_lie_apart_and_groups_that_are_mixed() -> None:
    two = LABELS != 9
    assert separability(BLOBS[two], LABELS[two] == 7) == 1.0
    few = np.r_[np.arange(40), 40:44]  # forty of one and four of the other
    assert separability(BLOBS[few], LABELS[few] == 7, neighbours=3) == 1.0
    mixed = RNG.normal(size=(400, 2))
    assert separability(mixed, np.arange(400) % 2 == 0) < 0.6


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"perplexity": 60.0}, "perplexity 60 does not suit 120 points, expected above 1 and at "
         "most 39.6"),
        ({"perplexity": 1.0}, "expected above 1"),
        ({"features": BLOBS[:3]}, r"found features \(3, 8\)"),
        ({"features": np.where(BLOBS > 9, np.nan, BLOBS)}, "no finite number"),
    ],
)  # fmt: skip
def test_what_makes_no_map(change: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        embed_points(**{"features": BLOBS, **change})  # type: ignore[arg-type]


def test_too_few_points_for_a_score() -> None:
    with pytest.raises(UsageError, match="10 neighbours among 5 points"):
        knn_accuracy(BLOBS[:5], LABELS[:5])
    with pytest.raises(UsageError, match="groups of 39 and 1 points"):
        separability(BLOBS[:40], np.arange(40) == 3)


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    with pytest.raises(UsageError, match=r"pip install 'glyphlab\[embed\]'"):
        embed_points(BLOBS)


def test_labels_of_any_length_and_points_alone_with_theirs() -> None:
    long = np.array([10**30 + int(label) for label in LABELS], dtype=object)
    assert knn_accuracy(BLOBS, long) == knn_accuracy(BLOBS, LABELS)
    assert silhouette(BLOBS, long) == silhouette(BLOBS, LABELS)
    assert silhouette(BLOBS, np.arange(len(BLOBS))) == 0.0


@pytest.mark.parametrize("label", [4, 10**30])
def test_points_of_one_label(label: int) -> None:
    same = np.array([label] * len(BLOBS))
    assert silhouette(BLOBS, same) == 0.0
    assert knn_accuracy(BLOBS, same) == 1.0


def test_a_sample_may_be_of_one_label(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_scores, "SAMPLED", 10)
    labels = np.where(np.arange(len(BLOBS)) == 0, 4, 7)
    assert 0 not in embedding_scores._sampled(len(BLOBS), 0)
    assert silhouette(BLOBS, labels) == 0.0
