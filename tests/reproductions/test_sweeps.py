"""Measures over several models, on runs whose curves are made by hand."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from glyphlab.reproductions.core import scores as c
from glyphlab.reproductions.core import sweeps as s
from glyphlab.reproductions.core.drawn.run_pictures import curves_of, errors_of
from summaries import ToldRun, classifier_summary, scores

TASK: Any = None
ACCURACY_BY_UNITS = partial(
    s.rank_correlation, order=c.total_units, score=partial(c.last, column="accuracy")
)


def run(
    model: str,
    train: list[float],
    val: list[float],
    *,
    units: tuple[int, ...] = (1, 1),
    **more: Any,
) -> Any:
    rows = [
        {"epoch": n, "accuracy": a, "val_exact_match": b, "loss": 1 - a, "val_loss": 1 - b}
        for n, (a, b) in enumerate(zip(train, val, strict=True), 1)
    ]
    wrong = np.asarray(more.get("wrong", [False, False, False]))
    true = np.arange(len(wrong))[:, None]
    return ToldRun(
        classifier_summary(
            model=model, parameters=more.get("parameters", 1), metrics=scores(val[-1])
        ),
        rows,
        {"true": true, "pred": true + wrong[:, None]},
        {
            "model": {"layers": [f"dense {one}" for one in units]},
            "training": {"l2": more.get("l2", 0.0)},
        },
    )


def grid(score: dict[tuple[int, int], float]) -> list[Any]:
    return [
        run(f"{a}-{b}", [0.5, one + 0.01 * seed], [0.6, one + 0.01 * seed], units=(a, b))
        for (a, b), one in score.items()
        for seed in (0, 1)
    ]


def test_accuracy_that_follows_the_sum_of_units_correlates_fully() -> None:
    up = grid({(10, 10): 0.7, (10, 20): 0.8, (20, 20): 0.9})
    down = grid({(10, 10): 0.9, (10, 20): 0.8, (20, 20): 0.7})
    same = grid({(10, 10): 0.9, (10, 20): 0.9, (20, 20): 0.9})
    found = [ACCURACY_BY_UNITS(TASK, runs).value for runs in (up, down, same)]
    assert found == [1.0, -1.0, 0.0]
    assert ACCURACY_BY_UNITS(TASK, up).seeds == 2


def test_an_interval_of_correlations_ends_where_correlations_do() -> None:
    runs = [run(name, [score], [0.5], units=(units, 1)) for name, units, scores in
            (("a", 1, (0.1, 0.1)), ("b", 2, (0.2, 0.3)), ("c", 3, (0.3, 0.2)))
            for score in scores]  # fmt: skip
    measured = ACCURACY_BY_UNITS(TASK, runs)
    assert measured.value == pytest.approx(0.75)
    assert (measured.low, measured.high) == (-1.0, 1.0)


def test_strength_and_gap_are_read_from_recipe_and_last_epoch() -> None:
    one = run("a", [0.5, 0.9], [0.6, 0.8], l2=1e-4)
    assert c.penalty_strength(one) == 1e-4
    assert c.last_gap(one) == pytest.approx(0.1)


def test_the_first_layers_effect_is_set_against_the_seconds() -> None:
    # Widening the first brings 0.3 on the mean, widening the second 0.1; the middle is not used.
    score = {(1, 1): 0.5, (1, 9): 0.6, (9, 1): 0.8, (9, 9): 0.9,
             (1, 5): 0.55, (9, 5): 0.85, (5, 1): 0.1, (5, 9): 0.2, (5, 5): 0.1}  # fmt: skip
    measured = s.first_layer_above_second(TASK, grid(score), "accuracy")
    assert measured.value == pytest.approx(0.2)


def test_the_smallest_gap_is_that_of_the_model_with_the_least() -> None:
    runs = [run("a", [0.9], [0.8]), run("a", [0.9], [0.7]), run("b", [0.8], [0.82]),
            run("b", [0.8], [0.80])]  # fmt: skip
    measured = s.smallest_gap(TASK, runs, "accuracy", "val_exact_match")
    assert measured.value == pytest.approx(-0.01)
    assert measured.low is not None
    assert measured.low < -0.01


def test_spread_and_gap_compare_the_ends_of_training() -> None:
    runs = [run("a", [0.2, 0.9], [0.4, 0.8]), run("b", [0.8, 0.95], [0.8, 0.9])]
    assert s.spread_shrinks(TASK, runs, "accuracy").value == pytest.approx(0.6 - 0.05)
    grown = s.gap_grows(TASK, runs, 1).value  # 0.2 to 0.1, and 0 to 0.05
    assert grown == pytest.approx((-0.1 + 0.05) / 2)


def test_curves_meet_where_training_reaches_validation() -> None:
    assert c.met_after(run("a", [0.5, 0.7, 0.9], [0.6, 0.7, 0.8])) == 2
    assert c.met_after(run("a", [0.5, 0.7], [0.6, 0.8])) == 3
    runs = [run("a", [0.9], [0.8]), run("b", [0.5, 0.9], [0.6, 0.7])]
    assert s.epochs_to_meet(TASK, runs).value == 1.5


def test_a_curve_has_converged_where_it_is_near_its_end() -> None:
    assert c.converged_after(run("a", [0, 0, 0], [0.5, 0.87, 0.9]), 0.05) == 2


def test_later_is_a_difference_of_means() -> None:
    runs = [run("slow", [0, 0, 1], [0.5] * 3), run("slower", [0, 0, 0], [0.5] * 3),
            run("quick", [1, 1, 1], [0.5] * 3)]  # fmt: skip
    assert s.later_than(TASK, runs, ["slow", "slower"], ["quick"], c.met_after).value == 2.5


def test_a_curve_is_placed_between_two_others() -> None:
    runs = [run("x", [0, 0], [0.6, 0.7]), run("near", [0, 0], [0.5, 0.6]),
            run("far", [0, 0], [0.9, 1.0])]  # fmt: skip
    assert s.curve_between(TASK, runs, "x", "near", "far").value == pytest.approx(0.25)
    assert s.curve_between(TASK, runs, "near", "near", "far").value == 0


def test_parameters_are_read_between_models_and_rounded() -> None:
    runs = [
        run(name, [0], [score], parameters=count)
        for name, count, score in (("a", 10, 0.9), ("b", 1000, 0.99))
        for _ in range(2)
    ]
    measured = s.parameters_for(TASK, runs, 1 - 10**-1.5)
    assert (measured.value, measured.low, measured.high) == (100, 100, 100)


def test_errors_are_shared_where_most_seeds_of_the_judge_make_them() -> None:
    judges = [run("judge", [0], [0], wrong=wrong) for wrong in
              ([True, True, False], [True, False, False], [True, False, True])]  # fmt: skip
    asked = run("asked", [0], [0], wrong=[True, True, False])
    clean = run("asked", [0], [0], wrong=[False] * 3)
    assert s.errors_shared(TASK, [asked, *judges], "asked", "judge").value == 0.5
    assert s.errors_shared(TASK, [clean, *judges], "asked", "judge").value == 0


def test_the_smallest_depth_that_overfits() -> None:
    def forest(test: float, train: float, depth: int) -> ToldRun:
        return ToldRun(
            classifier_summary(model=f"forest-{depth}", train_accuracy=train, metrics=scores(test)),
            recipe={"model": {"classical": {"max_depth": depth}}},
        )

    runs = [
        forest(0.5, 0.5 + 0.031 * depth + 0.01 * seed, depth)
        for depth in (1, 2, 3, 4, 5)
        for seed in (0, 1)
    ]
    found = s.overfits_from(TASK, runs, 0.1)
    assert (found.value, found.seeds) == (3.5, 2)  # 0.124 at 4, and 0.093 + 0.01 at 3
    assert s.overfits_from(TASK, runs, 0.15).value == 5
    never = [forest(0.5, 0.5, 1), forest(0.5, 0.55, 2)]
    assert s.overfits_from(TASK, never, 0.1).value == 3


def test_pictures_take_the_runs_that_are_there() -> None:
    runs = {"a": [run("a", [0.5, 0.9], [0.6, 0.8])]}
    curves = curves_of(runs, {"a": "first", "b": "absent"})
    assert curves == {"first": {"training": [[0.5, 0.9]], "validation": [[0.6, 0.8]]}}
    assert errors_of([]) is None


def test_a_gallery_shows_the_errors_among_the_samples() -> None:
    arrays = {
        "true": np.array([[0], [1], [2]]), "pred": np.array([[0], [1], [7]]),
        "confidence": np.array([0.9, 0.8, 0.75]), "sample_index": np.array([0, 1, 2]),
        "sample_kind": np.array([0, 0, 1]), "sample_images": np.zeros((3, 8, 8), np.uint8),
    }  # fmt: skip
    summary = SimpleNamespace(names=tuple("01234567"))
    one: Any = SimpleNamespace(load_predictions=lambda: arrays, classifier_summary=summary)
    text = errors_of([one])
    assert text is not None
    assert "1 wrongly predicted images: 2 predicted as 7" in text
    summary.names = tuple("abcdefgh")
    named = errors_of([one])
    assert named is not None
    assert "c predicted as h" in named
    arrays["sample_kind"][:] = 0
    assert errors_of([one]) is None
