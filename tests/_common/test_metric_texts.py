"""Numbers of papers: each is read by its metric, alike in text, on pages, in the studio."""

from __future__ import annotations

import pytest

from glyphlab._common.tabular.metric_texts import margin_text, metric_text, reported_text

SPACE, MINUS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "metric", "text"),
    [
        (None, "accuracy", "–"),
        (0.976, "exact_match", f"97.60{SPACE}%"),
        (0.9853, "weighted_f1_label", "0.9853"),
        (-0.0818, "difference", f"{MINUS}8.18 points"),
        (-1e-9, "difference", "+0.00 points"),
        (0.0, "labels", "0"),
        (64_000, "images", "64,000"),
        (2400.0, "seconds", "40.0 min"),
        (99.41, "kilobytes", "99.4 KB"),
        (1.42, "megabytes", "1.42 MB"),
        (-0.0029, "distance", f"{MINUS}0.0029"),
        (-1e-9, "distance", "0.00"),
        (-0.14, "distance", f"{MINUS}0.14"),
        (1, "ratio", "1.00"),
        (20.0, "perplexity", "20.0"),
        (-0.599, "player_loss", f"{MINUS}0.5990"),
    ],
)
def test_a_number_is_read_by_its_metric(value: float | None, metric: str, text: str) -> None:
    assert metric_text(value, metric) == text


def test_a_sentence_says_its_bound_and_its_number() -> None:
    assert reported_text(0.976, "exact_match") == f"97.60{SPACE}%"
    assert reported_text(0.0, "difference", "above 0") == "above 0"
    assert reported_text(0.0118, "difference", "above 0") == "+1.18 points, above 0"
    assert reported_text(0.97, "accuracy", "above 0.97") == f"above 97.00{SPACE}%"


def test_a_margin_of_shares_is_in_points() -> None:
    assert margin_text(0.005, "accuracy") == "0.5 points"
    assert margin_text(0.0485, "player_loss") == "0.0485"
