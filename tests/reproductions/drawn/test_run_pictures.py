"""What pictures of runs are made of, of runs that are told what to hold."""

from __future__ import annotations

from typing import Any

import numpy as np

from glyphlab.reporting.pages.page_parts import Figure
from glyphlab.reproductions.core.drawn.run_pictures import (
    class_table,
    confusion_of,
    curves_of,
    learning_figures,
    predictions_of,
)
from summaries import ToldRun, classifier_summary, scores


def run(rows: list[dict[str, Any]] | None = None, **arrays: Any) -> ToldRun:
    metrics = scores(0.5, digit_accuracy=(0.5, 0.5, 1.0))
    return ToldRun(classifier_summary(metrics=metrics), rows or [], arrays)


def test_a_line_without_values_is_left_out() -> None:
    rows = [{"accuracy": 0.5, "val_exact_match": 0.4, "loss": 1.0, "val_loss": None}]
    runs = {"a": [run(rows)], "b": [run([{"accuracy": 0.7, "loss": 0.5}])]}
    names = {"a": "first", "b": "second", "c": "third"}
    found = curves_of(runs, names)
    assert found == {
        "first": {"training": [[0.5]], "validation": [[0.4]]},
        "second": {"training": [[0.7]]},
    }
    assert list(curves_of(runs, names, ("loss", "val_loss"))["first"]) == ["training"]
    accuracies, losses = learning_figures(runs, names, " of two nets")
    assert isinstance(accuracies, Figure)
    assert isinstance(losses, Figure)
    assert accuracies.caption.startswith("Accuracy by epoch of two nets. Mean over seeds")
    assert losses.numbers is not None
    assert learning_figures({}, names, "") == []


def test_precision_recall_and_f1_of_each_class() -> None:
    true = np.array([[0], [0], [1], [1], [2]])
    pred = np.array([[0], [1], [1], [1], [2]])
    table = class_table([run(true=true, pred=pred)])
    said = [[cell.text.replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in table.rows]
    assert said == [
        ["0", "100.00 %", "50.00 %", "0.6667", "2"],
        ["1", "66.67 %", "100.00 %", "0.8000", "2"],
        ["2", "100.00 %", "100.00 %", "1.0000", "1"],
    ]
    figure = confusion_of([run(true=true, pred=pred), run(true=true, pred=true)])
    assert "2 seeds together" in figure.caption
    assert figure.numbers is not None
    assert [cell.text for cell in figure.numbers.rows[0]] == ["0", "3", "1", "0"]


def test_random_test_images_have_their_label_and_prediction() -> None:
    images = np.zeros((3, 4, 4), np.uint8)
    kept = {
        "true": np.array([[0], [1], [2]]), "pred": np.array([[0], [2], [2]]),
        "sample_index": np.array([0, 1, 2]), "sample_kind": np.array([0, 0, 1]),
        "sample_images": images,
    }  # fmt: skip
    figure = predictions_of(run(**kept), 6)
    assert figure is not None
    assert "1 of 2 are right" in figure.caption
    assert "1, read 2" in figure.svg
    assert predictions_of(run(true=kept["true"], pred=kept["pred"]), 6) is None
