"""Comparisons: what they train, what they conclude, what they write."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glyphlab import experiments
from glyphlab._common.errors import RecipeError, RunError, UnknownName, UsageError
from glyphlab.experiments import Comparison, compare, gather, preset_of
from glyphlab.experiments.command_line import (
    embedding_words,
    evaluation_words,
    named_runs,
    out_words,
    page_words,
    reference_words,
)
from glyphlab.experiments.comparing import plan_comparison
from glyphlab.recipes import Recipe
from glyphlab.runs import Protocol, Run, arrays
from glyphlab.runs.engine import Engine
from glyphlab.tasks import Task, load_task
from glyphlab.tasks.audit.audit import audit_task
from glyphlab.tasks.task_recipe import TaskRecipe
from summaries import ToldRun, classifier_summary

pytestmark = pytest.mark.usefixtures("one_thread")

run_module = __import__("glyphlab.experiments.comparing", fromlist=["comparing"])
experiment_module = __import__("glyphlab.experiments.experiment", fromlist=["experiment"])
OVERRIDES = (
    "training.precision=float32", "training.device=cpu", "training.augment=none",
    "training.epochs=1", "training.short_canvas=0", "model.channels=2",
)  # fmt: skip
VERDICTS = {"better", "worse", "not distinguished", "one seed"}


def smoke(root: Path, models: list[str], seeds: int = 2, **words: Any) -> Comparison:
    return compare(
        "triple", models, seeds=seeds, root=root, preset="smoke", quiet=True,
        overrides=(word for word in OVERRIDES), **words,
    )  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def result(root: Path) -> Comparison:
    return smoke(root, ["aligned", "whole"])


def test_document(result: Comparison) -> None:
    document = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert document["schema"] == 2
    assert document["task"] == "triple"
    assert document["engines"] == result.engines == ["cpu in float32, 1 thread, torch"]
    assert [row["model"] for row in document["rows"]] == ["aligned", "whole"]
    for row in document["rows"]:
        assert row["metric"] == "exact_match"
        assert 0 <= row["low"] <= row["mean"] <= row["high"] <= 1
        assert row["seeds"] == len(row["each_seed"]) == 2
        assert isinstance(row["parameters"], int)
        assert row["fit_seconds"] > 0
        assert set(row["generalization_grid"]) == {
            "seen/seen", "seen/unseen", "unseen/seen", "unseen/unseen",
        }  # fmt: skip
    (test,) = document["tests"]
    assert {test["a"], test["b"]} == {"aligned", "whole"}
    assert 0 <= test["p"] <= test["p_holm"] <= 1
    assert test["verdict"] in VERDICTS
    assert document["rows"][1]["mean"] == document["audit"]["ceilings"]["whole"] == 0


def test_rows_name_every_commit_that_their_runs_began_at(
    result: Comparison, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def env(run: Run) -> dict[str, Any]:
        later = run.summary.seed == 1
        return {"commit": "beef" if later else "abcd", "dirty": later and "whole" in run.name}

    monkeypatch.setattr(Run, "env", property(env))
    aligned, whole = smoke(root, ["aligned", "whole"]).rows
    assert aligned["commits"] == ["abcd", "beef"]
    assert whole["commits"] == ["abcd", "beef, with changes"]


def test_command_names_every_choice(result: Comparison) -> None:
    words = "glyphlab compare triple --data digits --models aligned,whole --seeds 2 --preset smoke"
    assert result.command.startswith(words)
    for word in OVERRIDES:
        assert f"--set {word}" in result.command


def test_page_is_whole_and_alone(result: Comparison, tmp_path: Path) -> None:
    page = result.report(tmp_path / "page.html")
    text = page.read_text()
    assert "aligned" in text
    assert "whole" in text
    assert result.command in text
    assert not re.search(r"""(src|href)=["'](?!#|data:)""", text)
    assert "url(http" not in text
    assert not list(tmp_path.glob(".*"))


def test_text_says_the_verdict(result: Comparison) -> None:
    text = str(dataclasses.replace(result, evaluation=1))
    assert "aligned" in text
    assert result.protocol in text
    assert "Equal footing: aligned and whole share width, epochs" in text
    assert "2 seeds of a model, and none failed: up to 78% of trainings may still fail" in text
    assert len(text.splitlines()) == 11


def test_taken_up_again(
    result: Comparison, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is finished is not trained again; what was begun goes on."""
    fits: list[str] = []
    gradient = __import__("glyphlab.training.trainers.gradient.trainer", fromlist=["gradient"])
    real = gradient.fit_net

    def counted(net: Any, strategy: Any, *args: Any, **kwargs: Any) -> Any:
        if len(fits) == stop:
            raise KeyboardInterrupt
        fits.append(strategy.name)
        return real(net, strategy, *args, **kwargs)

    monkeypatch.setattr(gradient, "fit_net", counted)
    stop = 1
    with pytest.raises(KeyboardInterrupt):
        smoke(tmp_path, ["aligned", "whole"])
    assert fits == ["aligned"]
    fits, stop = [], 99
    again = smoke(tmp_path, ["aligned", "whole"])
    assert fits == ["aligned", "whole", "whole"]
    for row, first in zip(again.rows, result.rows, strict=True):
        assert row["each_seed"] == first["each_seed"]
    assert again.tests == result.tests
    fits = []
    smoke(tmp_path, ["whole", "aligned"])
    assert fits == []


def test_one_seed_concludes_nothing(result: Comparison, root: Path) -> None:
    one = smoke(root, ["aligned", "whole"], seeds=1)
    assert [test["verdict"] for test in one.tests] == ["one seed"]
    assert "one seed cannot tell which is better" in str(one)
    assert "is better than" not in str(one)


@pytest.mark.parametrize(
    ("models", "words", "error", "message"),
    [
        (["aligned", "slicde"], {}, UnknownName, "did you mean 'sliced'"),
        ([], {}, UsageError, "no model"),
        (["whole", "whole"], {}, UsageError, "'whole' is named twice"),
        (["whole"], {"seeds": 0}, UsageError, "found 0: 3 or more"),
        (["whole"], {"preset": "smok"}, UnknownName, "did you mean 'smoke'"),
        (
            ["whole"],
            {"overrides": ["training.epoch=1"]},
            UsageError,
            "did you mean 'training.epochs'",
        ),
    ],
)
def test_words_that_cannot_be_meant(
    models: list[str], words: dict[str, Any], error: type[Exception], message: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(experiment_module, "train_many", None)
    monkeypatch.setattr(run_module, "load_recipe_task", None)
    with pytest.raises(error, match=message):
        compare("triple", models, root=tmp_path, quiet=True, **words)
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_does_not_fit_is_refused_before_another_is_trained(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"model 'aligned': strategy 'aligned' reads one label"):
        compare("addition", ["whole", "aligned"], seeds=1, root=tmp_path, quiet=True)
    assert not [*tmp_path.iterdir()]


def test_task_that_is_loaded_already(tmp_path: Path) -> None:
    task = load_task("triple", per_label=1, seed=3)
    result = compare(
        task,
        ["aligned"],
        seeds=1,
        root=tmp_path,
        overrides=[*OVERRIDES, "task.generalization_grid=0"],
        quiet=True,
    )
    assert result.protocol.startswith(task.protocol)
    assert "--task-seed 3" in result.command
    assert result.tests == []
    (run,) = result.runs
    assert run.recipe["task"]["seed"] == 3


def test_predictions_are_inflated_once_and_the_task_is_audited_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inflated: list[Path] = []
    audited: list[str] = []

    def read(path: Path) -> Any:
        inflated.append(path)
        return arrays.read_arrays(path)

    def audit(task: Task) -> Any:
        audited.append(task.name)
        return audit_task(task)

    monkeypatch.setattr("glyphlab.runs.run.read_arrays", read)
    monkeypatch.setattr("glyphlab.tasks.task.audit_task", audit)
    result = smoke(tmp_path, ["aligned", "whole"])
    result.report(tmp_path / "report.html")
    assert sorted(inflated) == sorted(tmp_path.glob("*/predictions.npz"))
    assert len(inflated) == 4
    assert audited == ["triple"]


def test_a_semicolon_in_the_name_of_a_folder_breaks_no_page(tmp_path: Path) -> None:
    data = "triple of ./my;digits, seed 0"
    true = np.arange(150).reshape(50, 3) % 10
    runs = []
    for name, selection in (("a", "best"), ("b", "last")):
        run = Run.open(tmp_path, name, {})
        run.save_predictions(true=true, pred=(true + (true < 2)) % 10, confidence=np.ones(50))
        protocol = Protocol(data, selection=selection)
        run.finish(classifier_summary(name=run.name, model=name, protocol=protocol))
        runs.append(run)
    found = gather({run.summary.model: [run] for run in runs}, question="?", command="c", audit={})
    assert found.protocol == data
    assert [row["protocol"].removeprefix(data) for row in found.rows] == [
        "; weights of the best on validation epoch", "; weights of the last epoch",
    ]  # fmt: skip
    page = found.report(tmp_path / "page.html").read_text(encoding="utf-8")
    for said in (
        data,
        "a: weights of the best on validation epoch",
        "b: weights of the last epoch",
    ):
        assert f"<li>{said}.</li>" in page


def test_a_preset_leaves_single_images_as_they_are(tmp_path: Path) -> None:
    found = compare("single", ["logistic"], seeds=1, root=tmp_path, preset="smoke", quiet=True,
                    overrides=["task.generalization_grid=0"])  # fmt: skip
    assert found.rows[0]["model"] == "logistic"


def test_presets() -> None:
    assert preset_of("demo").task["per_label"] < 20
    fresh = TaskRecipe(redraw=True, affine=True)
    plan = plan_comparison(fresh, ["aligned"], overrides=["task.affine=true"], quiet=True)
    words = plan.command.split()
    assert words.count("task.affine=true") == 1
    assert "--redraw" in words


def test_a_folder_is_named_where_it_is_no_path_of_a_machine(tmp_path: Path) -> None:
    assert out_words("runs") == out_words(tmp_path) == []
    assert out_words(Path("sums")) == ["--out", "sums"]


def test_runs_are_named_with_the_folder_that_they_are_in(tmp_path: Path) -> None:
    assert named_runs([Path("runs/a"), Path("runs/b")]) == (["a", "b"], [])
    assert named_runs([Path("exps/a"), Path("exps/b")]) == (["a", "b"], ["--runs", "exps"])
    assert named_runs([Path("a")]) == (["a"], ["--runs", "."])
    assert named_runs([Path("exps/a"), Path("runs/b")]) == (["exps/a", "runs/b"], [])
    assert named_runs([tmp_path / "a", Path("runs/b")]) == (["a", "runs/b"], [])
    assert named_runs([tmp_path / "a"]) == (["a"], [])
    words = embedding_words(Path("exps/a"), [], [30], images=9, apart=[], seed=0)
    assert (words[2], words[-2:]) == ("a", ["--runs", "exps"])
    assert page_words("pages/p.html") == ["--report", "pages/p.html"]
    assert page_words(tmp_path / "p.html") == ["--report", "p.html"]
    run = Run(Path("exps/a"), {})
    assert reference_words(run, "exps") == ["--reference", "a"]
    assert reference_words(run, "runs") == ["--reference", "exps/a"]
    assert reference_words(None, "runs") == []


def test_the_command_of_an_evaluation_holds_no_path_of_a_machine(tmp_path: Path) -> None:
    words = evaluation_words(Path("exps/a"), tmp_path / "mine.toml", source=str(tmp_path / "set"))
    assert words == shlex.split("glyphlab evaluate a mine.toml --data set --runs exps")
    words = evaluation_words(Path("runs/a"), "here/mine.toml", source="here/set")
    assert words == shlex.split("glyphlab evaluate a here/mine.toml --data here/set")


# what may be concluded, from runs that are only numbers


def fake_run(
    name: str,
    seed: int,
    correct: Any,
    protocol: str = "p",
    shift: int = 0,
    engine: Engine | None = None,
) -> Any:
    true = np.arange(len(correct))[:, None] + shift
    pred = np.where(correct[:, None], true, -1)
    other = {} if engine is None else {"engine": engine}
    return ToldRun(
        classifier_summary(name=f"{name}-{seed}", model=name, protocol=Protocol(protocol), **other),
        recipe=Recipe().content(),
        arrays={"true": true, "pred": pred, "confidence": np.full(len(correct), 0.5)},
    )


def concluded(shares: dict[str, float], seeds: int, draw: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(draw)
    runs = {
        name: [fake_run(name, seed, rng.random(300) < share) for seed in range(seeds)]
        for name, share in shares.items()
    }
    return gather(runs, question="?", command="c", audit={}).tests


def test_equal_models_are_seldom_told_apart() -> None:
    shares = {"a": 0.8, "b": 0.8, "c": 0.8, "d": 0.8}
    found = [concluded(shares, 3, draw) for draw in range(40)]
    told = sum(any(test["verdict"] in ("better", "worse") for test in tests) for tests in found)
    assert all(len(tests) == 6 for tests in found)
    assert told <= 6  # at most 5 % of 40 in the mean; more than 6 has a chance under 1 %


def test_unequal_models_are_told_apart_from_two_seeds_on() -> None:
    shares = {"good": 0.95, "bad": 0.5}
    assert {test["verdict"] for test in concluded(shares, 3, 0)} <= {"better", "worse"}
    assert [test["verdict"] for test in concluded(shares, 1, 0)] == ["one seed"]


def test_identical_runs_are_not_distinguished() -> None:
    correct = np.arange(50) % 3 > 0
    runs = {name: [fake_run(name, seed, correct) for seed in range(3)] for name in "ab"}
    (test,) = gather(runs, question="?", command="c", audit={}).tests
    assert (test["verdict"], test["difference"], test["p_holm"]) == ("not distinguished", 0, 1)


def test_several_engines_are_said() -> None:
    correct = np.arange(50) % 3 > 0
    torchs, loops = Engine("cpu", "float32", 2, "torch"), Engine("cpu", "float32", 1, "numba")
    engines = {"a": [torchs, torchs], "b": [loops, loops], "c": [torchs, loops]}
    runs = {
        name: [fake_run(name, seed, correct, engine=one) for seed, one in enumerate(found)]
        for name, found in engines.items()
    }
    several = gather(runs, question="?", command="c", audit={})
    assert several.engines == several.to_json()["engines"] == [str(loops), str(torchs)]
    assert [row["engines"] for row in several.rows][2] == [str(loops), str(torchs)]
    lines = [line for line in str(several).splitlines() if "engine" in line]
    assert lines == [
        "Trained on several engines: b, c on cpu in float32, 1 thread, numba; "
        "a, c on cpu in float32, 2 threads, torch."
    ]
    one = gather({"a": runs["a"]}, question="?", command="c", audit={})
    assert one.engines == [str(torchs)]
    assert "engine" not in str(one)


@pytest.mark.parametrize("other", [{"shift": 1}, {"protocol": "glyphs shared"}, {"count": 49}])
def test_runs_of_other_test_items_are_refused(other: dict[str, Any]) -> None:
    correct = np.arange(50) % 3 > 0
    strange = fake_run("b", 0, correct[: other.pop("count", 50)], **other)
    with pytest.raises(RunError, match="b-0 was scored on other test items"):
        gather(
            {"a": [fake_run("a", 0, correct)], "b": [strange]}, question="?", command="c", audit={}
        )


def test_public_names() -> None:
    assert set(experiments.__all__) >= {"Comparison", "compare", "gather", "preset_of"}
    assert dataclasses.is_dataclass(Comparison)
