"""Probabilities of every label, drawn for the images that all models have."""

from __future__ import annotations

from typing import Any

import numpy as np

from glyphlab.reporting import label_histogram
from glyphlab.reporting.plots.spread_figure import spread_figure
from glyphlab.reporting.sections.confidence import label_spread
from glyphlab.reporting.sections.figure_numbers import likeliest_numbers
from summaries import ToldRun, classifier_summary


def run(index: list[int], kind: list[int], spread: bool = True) -> ToldRun:
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {
        "sample_index": np.array(index),
        "sample_kind": np.array(kind),
        "sample_images": rng.integers(0, 255, (len(index), 16, 8), np.uint8),
    }
    if spread:
        arrays["sample_labels"] = np.arange(5)
        arrays["sample_spread"] = rng.dirichlet(np.ones(5), len(index)).astype(np.float32)
    arrays["true"] = arrays["pred"] = np.arange(40)[:, None] % 5
    return ToldRun(classifier_summary(), arrays=arrays)


def test_a_chart_a_model_and_an_image() -> None:
    groups = {"a": [run([3, 9, 20], [0, 0, 1])], "b": [run([9, 3, 21], [0, 0, 1])]}
    spread = label_spread(groups)
    assert spread is not None
    drawn = spread_figure(*spread)
    assert drawn.count("<image") == 2  # 20 and 21 are errors, of which each model has its own
    assert ">a<" in drawn
    assert ">b<" in drawn
    numbers = likeliest_numbers("probabilities", *spread[1:])
    assert [column.title for column in numbers.columns] == ["true label", "a, likeliest",
                                                            "b, likeliest"]  # fmt: skip
    assert [row[0].text for row in numbers.rows] == ["3", "4"]
    for row, shares in zip(numbers.rows, spread[3]["a"], strict=True):
        assert row[1].text.startswith(f"{shares.argmax()}: {100 * shares.max():.2f}")


def test_nothing_is_drawn_where_there_is_nothing_to_draw() -> None:
    some = run([3], [0])
    assert label_spread({"a": [some], "b": [run([3], [0], spread=False)]}) is None
    assert label_spread({"a": [some], "b": [run([4], [0])]}) is None
    assert label_spread({name: [some] for name in "abcde"}) is None


def test_a_wrong_answer_says_what_is_right() -> None:
    shares = np.array([[0.1, 0.9], [0.8, 0.2]], np.float32)
    drawn = spread_figure(np.zeros((2, 4, 4), np.uint8), [1, 1], [0, 1], {"a": shares})
    assert "0, not 1" in drawn
    assert drawn == spread_figure(np.zeros((2, 4, 4), np.uint8), [1, 1], [0, 1], {"a": shares})


def test_a_bar_a_split_and_a_label() -> None:
    drawn = label_histogram(
        {"train": np.array([[0], [1], [1]]), "val": np.zeros((0, 1), np.int64)}, {0: 0.5, 1: 0.5}
    )
    assert "train, 3" in drawn
    assert "val, 0" in drawn
    assert drawn == label_histogram(
        {"train": np.array([0, 1, 1]), "val": np.zeros(0, np.int64)}, {0: 0.5, 1: 0.5}
    )
