"""The command on a page: run again, it asks for the same runs."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glyphlab import Scene, cli, load_task
from glyphlab.experiments import comparing as run_module
from glyphlab.experiments import curve as curve_module
from glyphlab.experiments import experiment as experiment_module
from glyphlab.experiments.augmenting import augmentation_study
from glyphlab.experiments.comparing import plan_comparison
from glyphlab.experiments.variation import vary
from glyphlab.recipes import Recipe
from glyphlab.tasks import read_scene, write_scene
from glyphlab.tasks.task_recipe import TaskRecipe

MODELS = ("aligned", "sliced", "paper-sliced", "mlp", "logistic", "sum", "whole", "combined-mlp")
OVERRIDES = (
    "training.epochs=3",
    "training.batch_size=64",
    "training.precision=float32",
    "model.channels=4",
    "model.classical.C=2.0",
    "training.augment=flip+roll",
    "task.validation_glyph_fraction=0.2",
    "task.generalization_grid=7",
    "task.seed=5",
    "training.validation_fraction=0.25",
)
TASKS = st.builds(
    dict,
    name=st.sampled_from(["triple", "addition", "product", "single"]),
    data=st.sampled_from(["digits", "mnist", "some folder"]),
    labels=st.sampled_from([None, "shared", "disjoint"]),
    glyphs=st.sampled_from([None, "shared", "disjoint"]),
    as_published=st.booleans(),
    per_label=st.sampled_from([None, 1, 5]),
    validation_glyph_fraction=st.sampled_from([None, 0.0, 0.3]),
    digits=st.sampled_from([1, 3]),
    without_glyph_reuse=st.booleans(),
    train_images=st.sampled_from([None, 50]),
    seed=st.integers(0, 3),
    redraw=st.booleans(),
    generalization_grid=st.sampled_from([0, 40, 1000]),
)


class Asked(Exception):
    """Carries what a command asked for, in place of training it."""


def hashes(recipes: dict[str, list[Recipe]]) -> dict[str, list[str]]:
    return {model: [one.hash for one in of_model] for model, of_model in recipes.items()}


def asked_by(command: str, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Any:
    """Return what a function of a command was to return, without what comes after it."""
    real, found = getattr(module, name), []

    def noted(*args: Any, **kwargs: Any) -> Any:
        found.append(real(*args, **kwargs))
        raise Asked

    with monkeypatch.context() as patch:
        patch.setattr(module, name, noted)
        patch.setattr(sys, "argv", shlex.split(command, comments=True))
        with pytest.raises((Asked, SystemExit)):
            cli.main()
    return found[0]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=TASKS,
    models=st.lists(st.sampled_from(MODELS), min_size=1, max_size=3, unique=True),
    seeds=st.integers(1, 2),
    preset=st.sampled_from([None, "smoke", "demo"]),
    overrides=st.lists(st.sampled_from(OVERRIDES), max_size=3, unique=True),
    tuned=st.booleans(),
)
def test_the_command_of_a_comparison_asks_for_the_same_runs(
    content: dict[str, Any], models: list[str], seeds: int, preset: str | None,
    overrides: list[str], tuned: bool, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    task = TaskRecipe.model_validate(content)
    try:
        plan = plan_comparison(
            task, models, seeds=seeds, preset=preset, overrides=overrides, tuned=tuned,
            quiet=True,
        )  # fmt: skip
    except ValueError:  # an override that no model has: said, and nothing is trained
        return
    again = asked_by(plan.command, monkeypatch, run_module, "plan_comparison")
    assert hashes(again.recipes) == hashes(plan.recipes)
    assert again.command == plan.command


@pytest.mark.parametrize("preset", [None, "smoke"])
@pytest.mark.parametrize(
    "options",
    [{}, {"labels": "shared", "per_label": 3}, {"glyphs": "shared", "seed": 4}],
)
def test_of_a_loaded_task_too(
    options: dict[str, Any], preset: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = load_task("triple", **{"per_label": 2, **options})
    plan = plan_comparison(
        task, ["aligned", "logistic"], seeds=2, preset=preset, overrides=["training.epochs=2"],
        quiet=True,
    )  # fmt: skip
    again = asked_by(plan.command, monkeypatch, run_module, "plan_comparison")
    found = {
        model: [one.model_copy(update={"task": one.task.changed(digest=task.recipe.digest)})  # type: ignore[union-attr]
                for one in of_model]
        for model, of_model in again.recipes.items()
    }  # fmt: skip
    assert hashes(found) == hashes(plan.recipes)


def trainings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Return a list that takes the command and the hashes of what is asked for, and train none."""
    seen: list[tuple[str, list[str]]] = []

    def noted(recipes: list[Any], *_args: Any, command: str, **_kwargs: Any) -> Any:
        seen.append((command, [one.hash for one in recipes]))
        raise Asked

    monkeypatch.setattr(experiment_module, "train_many", noted)
    return seen


def typed(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Type a command whose trainings are noted."""
    monkeypatch.setattr(sys, "argv", [*shlex.split(command), "-q"])
    with pytest.raises((Asked, SystemExit)):
        cli.main()


SCENES = (
    "columns = 2\nfree = [20, 0]",
    'rows = 2\ncolumns = 2\ngap = 4\nname = "grid"',
    'rows = 3\nrule = "signed-sum"\nsigns = [1, -1, 1]',
)


@pytest.mark.parametrize("preset", [None, "smoke", "demo"])
@pytest.mark.parametrize("made", ["file", "task of a file", "scene", "task of a scene"])
@pytest.mark.parametrize("text", SCENES)
def test_of_a_scene_of_ones_own_too(
    text: str, made: str, preset: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("here").mkdir()
    Path("here/mine.toml").write_text(text)
    scene = read_scene("here/mine.toml")
    models = ["aligned", "sliced"] if scene.rule == "digits" else ["sum", "combined"]
    given: Any = scene if "scene" in made else "here/mine.toml"
    if made.startswith("task"):
        given = load_task(given, images=50, seed=3)
    changes = ["training.epochs=2", "task.generalization_grid=7"]
    plan = plan_comparison(given, models, seeds=2, preset=preset, overrides=changes, quiet=True)
    word = "here/mine.toml" if "file" in made else f"{scene.name}.toml"
    assert plan.command.startswith(f"glyphlab compare {word} --data digits")
    if "scene" in made:
        asked = f"  # first: glyphlab.tasks.write_scene(scene, '{word}')"
        assert plan.command.endswith(asked)
        write_scene(scene, word)
    else:
        assert "#" not in plan.command
    again = asked_by(plan.command, monkeypatch, run_module, "plan_comparison")
    digest = given.recipe.digest if made.startswith("task") else None
    found = {
        model: [one.model_copy(update={"task": one.task.changed(digest=digest)}).hash
                for one in of_model]
        for model, of_model in again.recipes.items()
    }  # fmt: skip
    assert found == hashes(plan.recipes)


VARIATIONS = (
    ("mlp", "training.learning_rate", [0.001, 0.01], {"task": TaskRecipe(name="single", seed=3)}),
    ("aligned", "training.augment", ["none", "roll+erase"], {"seed": 2}),
    ("small", "model.latent", [8, 16], {"task": "digits", "overrides": ["training.images=640"]}),
    ("whole", "model.latent", [8, 16], {"kind": "generator", "root": Path("here")}),
)


@pytest.mark.parametrize(("model", "key", "values", "words"), VARIATIONS)
def test_the_command_of_a_variation(
    model: str, key: str, values: list[Any], words: dict[str, Any], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    seen = trainings(monkeypatch)
    with pytest.raises(Asked):
        vary(model, key, values, seeds=2, quiet=True, **words)
    assert seen[0][0].startswith(f"glyphlab vary {model} {key}=")
    typed(seen[0][0], monkeypatch)
    assert seen[1][1] == seen[0][1]
    assert sorted(shlex.split(seen[1][0])) == sorted(shlex.split(seen[0][0]))


def test_the_command_of_an_augmentation_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seen = trainings(monkeypatch)
    with pytest.raises(Asked):
        augmentation_study("digits", [10, None], seeds=2, seed=3, overrides=["training.images=64"],
                           root="here", quiet=True)  # fmt: skip
    assert seen[0][0].startswith("glyphlab augmentation-study digits --model small --sizes 10,all")
    typed(seen[0][0], monkeypatch)
    assert seen[1] == seen[0]


@pytest.mark.parametrize(
    "words",
    ["digits --samples 100 --stop-on-alarm --seed 2",
    "triple --data mnist --set training.images=640",
     "single --model dcgan --seeds 2"],
)  # fmt: skip
def test_the_command_of_a_generator(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seen = trainings(monkeypatch)
    typed(f"glyphlab generate {words}", monkeypatch)
    typed(seen[0][0], monkeypatch)
    assert seen[1] == seen[0]


@pytest.mark.usefixtures("notes")
def test_a_scene_is_told_that_its_canvas_is_not_shortened(
    capsys: pytest.CaptureFixture[str],
) -> None:
    scene = Scene.in_grid("grid", 2, 2)
    plan = plan_comparison(scene, ["aligned", "multihead"], seeds=1, tuned=True)
    assert "the canvas of 'grid' is not shortened for aligned" in capsys.readouterr().err
    assert plan.recipes["aligned"][0].training.short_canvas == 0
    row = Scene.in_grid("row", 1, 2, free_y=40)
    plan_comparison(row, ["aligned"], seeds=1, tuned=True)
    assert "shortened" not in capsys.readouterr().err


def test_the_command_of_a_curve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = trainings(monkeypatch)
    task = TaskRecipe(
        name="addition",
        per_label=15,
        validation_glyph_fraction=0.3,
        generalization_grid=5,
        glyphs="shared",
    )
    with pytest.raises(Asked):
        curve_module.learning_curve(
            task, ["sum", "linear-sequential"], [20], seeds=2, root=tmp_path,
            overrides=["training.batch_size=16", "task.seed=3"], quiet=True,
        )  # fmt: skip
    typed(seen[0][0], monkeypatch)
    assert seen[1] == seen[0]
    assert "--glyphs shared --per-label 15" in seen[0][0]
    assert "--task-seed 3" in seen[0][0]
    file = tmp_path / "pair.toml"
    file.write_text('count = 2\nrule = "sum"')
    with pytest.raises(Asked):
        curve_module.learning_curve(
            TaskRecipe(name=str(file), images=60, generalization_grid=0),
            ["sum"],
            [20],
            seeds=1,
            root=tmp_path,
            quiet=True,
        )  # fmt: skip
    assert seen[2][0].startswith(f"glyphlab learning-curve {file} --data digits --models sum")
    typed(seen[2][0], monkeypatch)
    assert seen[3] == seen[2]
