"""What would be trained, how long that takes, what it detects; and plans for a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import UsageError
from glyphlab.experiments import compare, preview
from glyphlab.experiments.planning import foresight, time_estimates
from glyphlab.experiments.planning.time_estimates import Cost, Sizes, is_drawn
from glyphlab.recipes import Recipe
from glyphlab.recipes.classifier_presets import model_entry
from glyphlab.tasks import load_task
from glyphlab.tasks.task_recipe import TaskRecipe

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL: dict[str, Any] = {
    "preset": "smoke",
    "quiet": True,
    "overrides": ["training.precision=float32", "task.generalization_grid=0"],
}


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch) -> Cost:
    cost = Cost(1.0, 0.0005, 0.0001)
    monkeypatch.setattr(foresight, "cost_of", lambda *_: cost)
    return cost


def test_repeats_and_restarts_take_their_time() -> None:
    sizes = Sizes(train=600, val=300, test=100)
    plain = Cost(1.0, 0.01, 0.001)
    assert plain.seconds(sizes, 2) == pytest.approx(1 + 2 * 0.01 * (600 + 100) + 0.1)
    often = replace(plain, repeats=5, more=3)
    assert often.seconds(sizes, 2) == pytest.approx(1 + 5 * 0.01 * (5 * 600 + 100) + 0.1)


@pytest.mark.parametrize(
    ("changes", "more"),
    [({}, 0), ({"training.repeats": 5}, 0), ({"training.restarts": 3}, 3)],
)
def test_an_earlier_run_foretells_its_own_time(
    changes: dict[str, int], more: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = time_estimates_known(10.0, 2, 640, 160)
    monkeypatch.setattr(time_estimates, "known_seconds", lambda *_: known)
    said = [f"{key}={count}" for key, count in changes.items()]
    recipe = Recipe.for_entry(model_entry("multihead"), TaskRecipe(name="single"), overrides=said)
    cost = time_estimates.cost_of([recipe], None, tmp_path)  # type: ignore[arg-type]
    assert cost.more == more
    assert cost.seconds(Sizes(640, 160, 0), 2) == pytest.approx(10.0)


@pytest.mark.long
def test_steps_are_timed_and_nothing_is_left(tmp_path: Path) -> None:
    found = preview("single", ["multihead", "logistic"], root=tmp_path, seeds=3, **SMALL)
    document = found.to_json()
    assert [row["trainings"] for row in document["rows"]] == [3, 1]
    assert all(row["how"] == "timed steps" and row["seconds"] > 0 for row in document["rows"])
    assert document["minutes"] > 0
    assert document["trainings"] == 4
    assert {row["accuracy"] for row in document["detectable"]["rows"]} == {0.9, 0.99}
    assert list(tmp_path.iterdir()) == []
    text = str(found)
    assert "8 of 10 such comparisons detect a difference of" in text
    assert "nothing was trained" in text


def test_earlier_runs_say_the_time_and_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare("triple", ["multihead"], root=tmp_path, seeds=1, **SMALL)
    monkeypatch.setattr(
        time_estimates, "known_seconds", lambda *_: time_estimates_known(10.0, 2, 640, 160)
    )
    found = preview("triple", ["multihead"], root=tmp_path, seeds=2, **SMALL)
    (row,) = found.rows
    assert (row["how"], row["finished"], row["trainings"]) == ("earlier runs", 1, 2)
    assert row["seconds"] == pytest.approx(5.0, rel=0.5)


def time_estimates_known(*values: Any) -> Any:
    from glyphlab.experiments.planning.known_times import KnownTime

    return KnownTime(*values)


def test_too_few_images_to_detect_a_difference_are_said() -> None:
    row = {"model": "mlp", "trainings": 2, "trials": 0, "finished": 0, "epochs": 1,
           "seconds": 1.0, "how": "timed steps"}  # fmt: skip
    for difference, said in ((0.9654, "There are too few images or seeds"), (0.1, "8 of 10 such")):
        rows = [{"accuracy": 0.9, "difference": 0.3}, {"accuracy": 0.99, "difference": difference}]
        found = foresight.Foresight(
            "triple", "a protocol", "glyphlab compare triple", [row], 1.0,
            {"seeds": 2, "rows": rows, "assumed": "Assumed: 20 test images."}, None,
        )  # fmt: skip
        assert said in str(found)
        assert ("96.54" in str(found)) is False


def test_the_known_time_is_of_the_same_settings(tmp_path: Path) -> None:
    from glyphlab.experiments.comparing import plan_comparison
    from glyphlab.experiments.planning.known_times import known_seconds

    result = compare("triple", ["multihead"], root=tmp_path, seeds=1, **SMALL)
    (run,) = result.runs
    plan = plan_comparison("triple", ["multihead"], seeds=2, **SMALL)
    recipe: Any = plan.recipes["multihead"][1]
    short = run.summary.fit_seconds < 1  # too short to say anything
    assert (known_seconds(recipe, tmp_path) is None) is short
    assert known_seconds(recipe, tmp_path / "none") is None


def test_a_plan_for_a_time_is_resumed(tmp_path: Path, timed: Cost) -> None:
    words = {**SMALL, "overrides": [*SMALL["overrides"], "model.channels=2"]}
    first = compare("triple", ["multihead", "whole"], root=tmp_path, minutes=0.2, **words)
    plan = first.to_json()["plan"]
    assert plan["minutes"] == 0.2
    assert f"--seeds {plan['seeds']}" in first.command
    assert "--minutes" not in first.command
    assert "8 of 10 such comparisons detect a difference of" in plan["sentence"]
    assert plan["sentence"] in str(first)
    assert plan["sentence"] in first.to_html(tmp_path / "p.html").read_text(encoding="utf-8")
    again = compare("triple", ["multihead", "whole"], root=tmp_path, minutes=0.2, **words)
    assert again.to_json()["plan"] == plan
    assert [run.name for run in again.runs] == [run.name for run in first.runs]
    assert len(list(tmp_path.glob("plan-*.json"))) == 1
    shown = preview("triple", ["multihead", "whole"], root=tmp_path, minutes=0.2, **words)
    assert shown.plan == plan
    assert sum(row["finished"] for row in shown.rows) == len(first.runs)


def test_of_a_task_that_is_loaded_training_images_are_chosen(tmp_path: Path, timed: Cost) -> None:
    task = load_task("triple", images=2_000)
    found = preview(task, ["multihead"], root=tmp_path, minutes=0.15, quiet=True)
    assert found.plan is not None
    assert found.plan["of_training"]
    assert "--set task.train_images=" in found.command


@pytest.mark.parametrize(
    ("minutes", "message"),
    [(0.0, "expected a time above 0"), (-1.0, "expected a time"), (0.03, "less than a second for"),
     (0.04, "is too short")],
)  # fmt: skip
def test_too_little_time_is_one_line(
    minutes: float, message: str, tmp_path: Path, timed: Cost
) -> None:
    with pytest.raises(UsageError, match=message):
        compare("triple", ["multihead", "whole"], root=tmp_path, minutes=minutes, **SMALL)


def test_generators_have_no_such_plan(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--plan is for classifiers"):
        preview("digits", ["small"], root=tmp_path)


def test_one_seed_detects_nothing(tmp_path: Path, timed: Cost) -> None:
    found = preview("triple", ["multihead"], root=tmp_path, seeds=1, **SMALL)
    assert found.detectable == {}
    assert "one seed detects no difference" in str(found)


def test_the_cost_of_a_training() -> None:
    cost = Cost(1.0, 0.01, 0.001)
    assert cost.seconds(Sizes(300, 300, 100), 2) == pytest.approx(1 + 0.01 * 2 * 400 + 0.1)
    assert [is_drawn(TaskRecipe(name=one)) for one in ("triple", "single")] == [True, False]
    assert not is_drawn(TaskRecipe(as_published=True))
