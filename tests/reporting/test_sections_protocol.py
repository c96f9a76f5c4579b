"""How the data were made is told once; how each model was trained, with its name."""

from __future__ import annotations

from typing import Any

from glyphlab.reporting.sections.runs_in_words import protocol_lines
from glyphlab.runs import Protocol
from summaries import ToldRun, classifier_summary

DATA = "triple of ./a;b/digits, seed 0"


def run(**training: Any) -> ToldRun:
    return ToldRun(classifier_summary(protocol=Protocol(DATA, **training)))


def test_what_all_share_is_told_once_and_the_rest_by_model() -> None:
    groups = {
        "whole": [run(selection="last")],
        "sliced": [run(redraw=True, selection="best")],
        "aligned": [run(redraw=True, selection="best")],
        "forest": [run()],
    }
    said = [
        "whole: weights of the last epoch",
        "sliced, aligned: new training images every epoch, weights of the best on validation epoch",
    ]
    assert protocol_lines(groups, DATA) == said
    assert protocol_lines(groups, "something else") == [DATA, *said]
