"""Study files: what a right one says, and one line for each way to get one wrong."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import StudyError, UsageError
from glyphlab.experiments.search import StudyDefinition

ROOT = Path(__file__).resolve().parents[3]
FILE = """
name = "two"
[base]
task.per_label = 1
[[stages]]
name = "rate"
trials = 4
[stages.space]
"training.learning_rate" = { low = 1e-3, high = 0.1, log = true }
"training.optimizer" = ["adam", "sgd"]
[[stages]]
name = "width"
method = "grid"
[stages.space]
"model.channels" = [4, 8]
"training.batch_size" = { low = 32, high = 96, step = 32 }
[[stages]]
name = "again"
sampler = "random"
trials = 3
freeze = ["model.channels"]
[stages.space]
"training.learning_rate" = { low = 1e-2, high = 0.1 }
"""

STUDIES = Path(__file__).parents[3] / "studies"


def content() -> dict[str, Any]:
    return copy.deepcopy(tomllib.loads(FILE))


def test_what_a_file_says() -> None:
    study = StudyDefinition.from_mapping(content())
    assert [stage.count for stage in study.stages] == [4, 6, 3]
    assert [stage.sampling for stage in study.stages] == ["tpe", "grid", "random"]
    assert [stage.is_sequential for stage in study.stages] == [True, False, False]
    assert study.frozen_names(0) == []
    assert study.frozen_names(1) == ["training.learning_rate", "training.optimizer"]
    assert study.frozen_names(2) == ["model.channels"]  # named: nothing else is kept
    assert study.seeds == 3


def test_how_much_longer_the_winner_is_trained() -> None:
    given = content()
    given["base"]["training"] = {"epochs": 2}
    assert StudyDefinition.from_mapping(given).times_as_long == 1
    given["final"] = {"training": {"epochs": 9}}
    assert StudyDefinition.from_mapping(given).times_as_long == 4.5


def test_of_generators_the_images_say_how_much_longer() -> None:
    given: dict[str, Any] = {
        "name": "images",
        "base": {"kind": "generator", "training": {"images": 128}},
        "final": {"training": {"images": 512}},
        "stages": [{"name": "width", "method": "grid", "space": {"model.width": [4, 8]}}],
    }
    assert StudyDefinition.from_mapping(given).times_as_long == 4


def test_what_is_searched_again_is_not_kept() -> None:
    wanted = content()
    del wanted["stages"][2]["freeze"]
    kept = StudyDefinition.from_mapping(wanted).frozen_names(2)
    assert kept == ["training.optimizer", "model.channels", "training.batch_size"]


def test_a_grid_may_be_cut_short_and_named_as_a_sampler() -> None:
    wanted = content()
    wanted["stages"][1] |= {"method": "optuna", "sampler": "grid", "trials": 5}
    assert StudyDefinition.from_mapping(wanted).stages[1].count == 5


def test_a_file_without_a_name_has_its_own(tmp_path: Path) -> None:
    path = tmp_path / "my-study.toml"
    path.write_text(FILE.replace('name = "two"', ""))
    assert StudyDefinition.from_toml(path).name == "my-study"


@pytest.mark.parametrize("path", sorted((ROOT / "studies").glob("*.toml")), ids=lambda p: p.stem)
def test_the_examples_are_right(path: Path) -> None:
    study = StudyDefinition.from_toml(path)
    assert study.name == path.stem
    assert all(stage.count > 1 for stage in study.stages)


def stage(place: int, **changes: Any) -> dict[str, Any]:
    wanted = content()
    wanted["stages"][place] |= changes
    return wanted


def space(**table: Any) -> dict[str, Any]:
    return {"training.learning_rate": table}


WRONG = {
    "unknown sampler": (stage(0, sampler="tep"), "did you mean 'tpe'?"),
    "unknown pruner": (stage(0, pruner="medain"), "did you mean 'median'?"),
    "too many trials": (stage(0, trials=10**9), "at most 100000, found 1000000000"),
    "too many numbers": (
        stage(
            0, method="grid", trials=5, pruner="none", space=space(low=0.1, high=1, points=10**9)
        ),
        "1,000,000,000 numbers of a range, expected at most 100,000",
    ),
    "unknown method": (stage(0, method="gird"), "did you mean 'grid'?"),
    "unknown key": ({**content(), "sed": 1}, "unknown key 'sed': did you mean 'seed'?"),
    "unknown key of a stage": (stage(0, trails=3), "did you mean 'trials'?"),
    "frozen name": (
        stage(1, freeze=["training.raet"]),
        "does not find 'training.raet': did you mean 'training.learning_rate'?",
    ),
    "frozen in the first stage": (
        stage(0, freeze=["training.learning_rate"]),
        "no winner before it",
    ),
    "frozen and searched": (
        stage(1, freeze=["training.learning_rate"], space=space(low=1, high=2, points=2)),
        "searched in this stage too",
    ),
    "no longer kept": (
        stage(2, freeze=["training.optimiser"]),
        "did you mean 'training.optimizer'?",
    ),
    "grid of an endless range": (stage(1, space=space(low=1, high=2)), "add points = 5"),
    "points without a grid": (stage(0, space=space(low=1, high=2, points=3)), "belongs to a grid"),
    "grid with a sampler": (stage(1, sampler="tpe"), "has no sampler 'tpe'"),
    "no number of trials": (stage(0, trials=None), "add trials = 20"),
    "pruner and seeds": (stage(0, pruner="median", seeds=2), "seeds = 1"),
    "two of a name": (stage(1, name="rate"), "two stages are named 'rate'"),
    "name with a slash": ({**content(), "name": "a/b"}, "found 'a/b'"),
    "no stages": ({"name": "x"}, "[[stages]]"),
    "empty stages": ({"name": "x", "stages": []}, "stages"),
    "no space": ({"name": "x", "stages": [{"name": "a", "trials": 2}]}, "[stages.space]"),
    "base that is none": ({**content(), "base": {"trainign": {}}}, "did you mean 'training'?"),
    "final that is none": (
        {**content(), "final": {"training": {"epoch": 3}}},
        "did you mean 'training.epochs'?",
    ),
    "name in final": ({**content(), "final": {"name": "x"}}, 'write name = "x" at the top'),
    "seed in the base": ({**content(), "base": {"seed": 3}}, "write seed = 3 at the top"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_meant_is_said(case: str) -> None:
    wrong, said = WRONG[case]
    with pytest.raises(UsageError) as caught:
        StudyDefinition.from_mapping(wrong, "two.toml")
    assert said in str(caught.value)
    assert str(caught.value).startswith("two.toml: ")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="cannot read the study"):
        StudyDefinition.from_toml(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("name = [")
    with pytest.raises(StudyError, match="is not TOML"):
        StudyDefinition.from_toml(tmp_path / "bad.toml")


def test_what_a_paper_found_is_no_part_of_the_study() -> None:
    """It stands beside the stage's best, and no trial depends on it."""
    plain = {
        "name": "s",
        "stages": [{"name": "a", "space": {"training.learning_rate": [0.1, 0.2]}, "trials": 2}],
    }
    reported = copy.deepcopy(plain)
    reported["stages"][0]["reported"] = 0.9081
    found = StudyDefinition.from_mapping(reported)
    assert found.stages[0].reported == 0.9081
    assert found.model_dump() == StudyDefinition.from_mapping(plain).model_dump()


@pytest.mark.parametrize("path", sorted(STUDIES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_study_of_ours_can_be_read(path: Path) -> None:
    study = StudyDefinition.from_toml(path)
    for stage in study.stages:
        assert stage.count > 1
