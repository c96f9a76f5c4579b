"""What is said of the trainings of an experiment while they run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from glyphlab.experiments import compare, countdown, learning_curve
from glyphlab.experiments.countdown import Countdown
from glyphlab.reproductions import reproduce
from in_threads import InThreads

pytestmark = pytest.mark.usefixtures("notes")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(countdown.time, "monotonic", lambda: now[0])
    return now


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return re.findall("note: (runs? .*)", capsys.readouterr().err)


def test_numbers_names_and_the_time_left(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    counted = Countdown(9)
    counted.begin([("whole", 0)])
    clock[0] = 240
    counted.begin([("aligned", 0), ("aligned", 1), ("sliced", 0)])
    clock[0] = 240 + 3 * 120
    counted.pass_over(3)  # they cost nothing, and say nothing of the others
    counted.aside = "best so far 90.00%"
    counted.begin([("trial rate:7", None)])
    assert said(capsys) == [
        "run 1 of 9: whole, seed 0",
        "runs 2 to 4 of 9, side by side: aligned, sliced, about 32 min left",
        "run 8 of 9: trial rate:7, best so far 90.00%, about 5 min left",
    ]


def test_the_last_trainings_may_take_longer(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    counted = Countdown(5, last=(3, 4.0))  # two trials of a minute, then the winner three times
    for seconds in (0, 60, 120, 360, 600):
        clock[0] = seconds
        counted.begin([("trained", None)])
    assert [line.rpartition(", ")[2] for line in said(capsys)] == [
        "run 1 of 5: trained", "about 13 min left", "about 12 min left", "about 8 min left",
        "about 4 min left",
    ]  # fmt: skip


@pytest.mark.parametrize("apart", [0, 5])
def test_with_workers_the_time_left_is_that_of_all_of_them(
    apart: float, clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with InThreads(slots=2):
        counted = Countdown(20)
    counted.begin([("finished", 0)])
    for number in range(8):  # each takes ten minutes, on two workers
        clock[0] = 600 * (number // 2) + 60 * apart * (number % 2)
        counted.begin([("whole", number)])
    assert said(capsys)[-1] == "run 9 of 20: whole, seed 7, about 60 min left"


def test_many_names_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    Countdown(30).begin([(f"trial a:{number}", None) for number in range(30)])
    (line,) = said(capsys)
    assert line.endswith("trial a:4, trial a:5 and 24 more")


def test_one_training_or_a_quiet_one_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Countdown(1).begin([("whole", 0)])
    Countdown(2, quiet=True).begin([("whole", 0)])
    assert said(capsys) == []


def test_a_curve_counts_over_all_sizes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    learning_curve(
        "single",
        ["knn", "svm"],
        [20, 30],
        seeds=1,
        root=tmp_path,
        overrides=["task.generalization_grid=0"],
    )
    assert [re.sub(", (about|under) .*", "", line) for line in said(capsys)] == [
        "run 1 of 4: knn, seed 0, 20 images", "run 2 of 4: svm, seed 0, 20 images",
        "run 3 of 4: knn, seed 0, 30 images", "run 4 of 4: svm, seed 0, 30 images",
    ]  # fmt: skip


def test_the_classifier_that_a_generator_requires_is_not_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compare(
        "digits",
        ["small"],
        seeds=2,
        root=tmp_path,
        kind="generator",
        overrides=[
            "training.images=64",
            "training.batch_size=32",
            "model.width=4",
            "training.precision=float32",
            "evaluation.samples=100",
            "evaluation.epoch_samples=100",
        ],
    )
    assert [line.partition(", ")[0] for line in said(capsys)] == [
        "run 1 of 2: small", "run 2 of 2: small",
    ]  # fmt: skip


def test_a_reproduction_counts_over_all_its_models(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reproduce("mnist-addition", rows=["3.claim.dropout"], scale="smoke", root=tmp_path)
    numbers = [re.match(r"runs? (\d+).* of (\d+)", line) for line in said(capsys)]
    assert [one[0].split()[1] for one in numbers if one] == ["1", "2"]
    assert {one[2] for one in numbers if one} == {"2"}
