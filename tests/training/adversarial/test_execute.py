"""Generators from a recipe to a finished run, at smoke scale on embedded digits."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from glyphlab._common.errors import RecipeError, ReferenceMismatch, RunError
from glyphlab.experiments.results.generator_outcome import outcome_of
from glyphlab.recipes import GeneratorRecipe, Recipe
from glyphlab.recipes.generator_presets import generator_recipe, list_generators, task_recipe
from glyphlab.recipes.reference import reference_recipe
from glyphlab.runs import Run
from glyphlab.runs.run import WRITTEN
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import identity, train
from glyphlab.training.evaluation import alarms
from glyphlab.training.evaluation import generate as drawing
from glyphlab.training.evaluation.alarms import Alarm
from glyphlab.training.evaluation.reference_classifier import (
    ReferenceClassifier,
    load_reference,
    with_reference,
)
from glyphlab.training.events import Done, Epoch, Event, Note
from glyphlab.training.identity import identified
from glyphlab.training.rehearsal import rehearse
from glyphlab.training.train_many import train_many
from glyphlab.training.trainers.adversarial import trainer

pytestmark = pytest.mark.usefixtures("one_thread")

SMALLER = ["training.images=128", "training.batch_size=32", "training.precision=float32"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the reference classifiers are trained once."""
    return tmp_path_factory.mktemp("gans")


LARGER = ["training.batch_size=128", "training.generator_batch_size=128"]
STOPPED = ["evaluation.stop_on_alarm=true"]
LONG = {"canvas", "composed", "strip-taught", "whole"}
"""Generators of three digits that take longest; `strip` and `stacked` are tried each time."""
FEW = ["evaluation.samples=100", "evaluation.epoch_samples=60"]


def reference_of(task: TaskRecipe, root: Path) -> ReferenceClassifier:
    """Return the usual reference classifier of a task, trained where it is not there."""
    return load_reference(train(reference_recipe(task), root, quiet=True))


def small(name: str, *overrides: str, seed: int = 0) -> GeneratorRecipe:
    task = task_recipe("digits")
    several = {entry.name for entry in list_generators() if entry.several}
    if name in several:
        task = task_recipe("triple", "digits").model_copy(update={"per_label": 1})
    ours = name in ("composed", "small", "stacked", "whole")
    size = ["model.width=8"] if ours else ["training.generator_batch_size=32"]
    return generator_recipe(name, task, seed=seed, overrides=[*SMALLER, *FEW, *size, *overrides])


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(entry.name, marks=pytest.mark.long if entry.name in LONG else ())
        for entry in list_generators()
    ],
)
def test_every_generator_is_trained_and_judged(name: str, root: Path) -> None:
    run = train(small(name), root, quiet=True)
    summary = run.summary
    assert summary.kind == "generator"
    scores = summary.scores
    several = {entry.name for entry in list_generators() if entry.several}
    assert scores.modes_possible == (1_000 if name in several else 10)
    assert scores.samples == 100
    assert scores.frechet > scores.frechet_floor > 0
    told = run.recipe["model"]["conditional"]
    assert (scores.label_accuracy is not None) == told
    assert (scores.label_accuracy_unseen is not None) == (told and name in several)
    assert bool(scores.samples_unseen) == (told and name in several)
    arrays = run.load_predictions()
    assert len(arrays["rows"]) == (10 if told or name not in several else 0)
    assert arrays["samples"].dtype == np.uint8
    assert arrays["samples"].shape[1:] == ((84, 84) if name in several else (28, 28))
    found = {file.name for file in run.path.iterdir()}
    assert found - {"metrics.jsonl", "grids"} <= set(WRITTEN)
    history = run.metrics()
    assert len(list((run.path / "grids").glob("*.png"))) == len(history) == summary.epochs_run
    with Image.open(run.path / "animation.gif") as film:
        assert getattr(film, "n_frames", 1) <= len(history)
    page = outcome_of([run]).to_html(root / f"{name}.html").read_text(encoding="utf-8")
    assert scores.reference_classifier in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)


def test_a_finished_run_is_not_trained_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = train(small("small"), root, quiet=True)
    monkeypatch.setattr(trainer, "train_pair", None)
    assert train(small("small"), root, quiet=True).path == run.path


def test_several_seeds_have_an_interval(root: Path) -> None:
    runs = [train(small("small", seed=s), root, quiet=True) for s in (0, 1)]
    found = outcome_of(runs)
    document = found.to_json()
    low, high = document["intervals"]["frechet"]
    assert low < document["frechet"] < high
    assert document["seeds"] == 2
    for name in ("coverage", "label_accuracy", "precision", "recall"):
        low, high = document["intervals"][name]
        assert 0 <= low <= document[name] <= high <= 1
    assert json.dumps(document, allow_nan=False)
    assert "Fréchet distance" in str(found)
    assert outcome_of(runs[:1]).to_json()["intervals"]["frechet"] is None


def test_another_judge_is_refused(root: Path, tmp_path: Path) -> None:
    recipe = small("small", "training.images=64")
    reference = reference_of(recipe.task, root)
    shutil.copytree(root / reference.run, tmp_path / reference.run)
    run = identified(recipe, tmp_path).open_run(tmp_path)
    (run.path / "reference.json").write_text(
        '{"schema": 1, "hash": "0123456789ab", "run": "other"}'
    )
    with pytest.raises(ReferenceMismatch, match=rf"has hash {reference.hash}, and .* 0123456789ab"):
        train(recipe, tmp_path, quiet=True)
    other = small("small", "training.images=64", 'evaluation.reference_classifier="0123456789ab"')
    with pytest.raises(ReferenceMismatch, match=rf"has hash {reference.hash}, and .* 0123456789ab"):
        with_reference(other, reference)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ReferenceMismatch, match="name its run with --reference"):
        train(other, tmp_path, required=[Run.load(root / reference.run)], quiet=True)
    assert sorted(tmp_path.iterdir()) == before


def test_what_judges_and_how_much_names_the_run(root: Path, tmp_path: Path) -> None:
    """Each of these changes the result, so that none may be taken for another."""
    recipe = small("small", "training.images=64")
    reference = reference_of(recipe.task, root)
    changed = {
        "samples": small("small", "training.images=64", "evaluation.samples=101"),
        "epoch samples": small("small", "training.images=64", "evaluation.epoch_samples=61"),
        "stop": small("small", "training.images=64", *STOPPED),
    }
    plain = train(recipe, root, quiet=True)
    names = {plain.name, *(train(one, root, quiet=True).name for one in changed.values())}
    named = with_reference(recipe, reference)
    names.add(train(named, root, quiet=True).name)  # found among the runs that are there
    elsewhere = train(named, tmp_path, required=[Run.load(root / reference.run)], quiet=True)
    assert elsewhere.name in names
    assert [path.name for path in tmp_path.iterdir()] == [elsewhere.name]
    assert len(names) == 5
    assert plain.generator_summary.scores.samples == 100


def test_a_finished_run_needs_no_data(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train(small("small"), root, quiet=True)
    monkeypatch.setattr(identity, "load_recipe_task", None)
    assert train(small("small"), root, quiet=True).path == run.path


def test_a_judge_is_frozen_and_says_what_it_sees(root: Path) -> None:
    reference = reference_of(task_recipe("digits"), root)
    assert reference.hash == reference_of(task_recipe("digits"), root).hash
    images = np.zeros((3, 28, 28), np.uint8)
    seen = reference(images)
    assert seen.features.shape == (3, 128)
    assert seen.labels.shape == (3, 1)
    np.testing.assert_array_equal(seen.features, reference(images).features)
    assert reference.accuracy > 0.97


def test_what_is_no_judge(tmp_path: Path) -> None:
    content: dict[str, Any] = {
        "task": {"name": "single", "data": "digits", "generalization_grid": 0},
        "model": {"strategy": "whole", "net": "layers", "layers": ["dense 4"]},
        "training": {"epochs": 1},
    }
    run = train(Recipe.from_mapping(content), tmp_path, quiet=True)
    with pytest.raises(RunError, match="a reference classifier is an 'aligned' of net 'fast'"):
        load_reference(run)
    with pytest.raises(RunError, match="is no generator's run"):
        drawing.load_generator(run)


def show_and_load(folder: Path) -> None:
    run = Run.load(folder)
    outcome_of([run]).to_html(folder.parent / "page.html")
    drawing.load_generator(run)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("animation.gif", None, "animation.gif"),
        ("metrics.jsonl", b"", "0 whole lines found"),
        ("metrics.jsonl", None, "0 whole lines found"),
        ("metrics.jsonl", b"null\n", "an object expected"),
        ("metrics.jsonl", b'{"epoch": 1}\n', "no column"),
        ("model.safetensors", b"", "model.safetensors"),
    ],
)
def test_a_page_of_a_damaged_run(
    root: Path, tmp_path: Path, file: str, content: bytes | None, said: str
) -> None:
    run = train(small("dense"), root, quiet=True)
    folder = Path(shutil.copytree(run.path, tmp_path / run.name))
    lines = len(run.metrics())
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_bytes(content * lines)
    with pytest.raises(RunError, match=said) as caught:
        show_and_load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("samples", None),
        ("samples", lambda array: array[:0]),
        ("walk", lambda array: array[:0]),
        ("walk", lambda array: array[..., :20]),
        ("rows", lambda array: array[:3]),
        ("nearest", lambda array: array[:0]),
        ("asked", lambda array: np.zeros((3, 1), int)),
    ],
)
def test_a_page_of_arrays_that_fit_nothing(
    root: Path, tmp_path: Path, name: str, change: Any
) -> None:
    run = train(small("dense"), root, quiet=True)
    folder = Path(shutil.copytree(run.path, tmp_path / run.name))
    arrays = dict(run.load_predictions())
    if change is None:
        del arrays[name]
    else:
        arrays[name] = change(arrays[name])
    np.savez(folder / "predictions.npz", **arrays)
    with pytest.raises(RunError, match="glyphlab runs rm") as caught:
        show_and_load(folder)
    assert "\n" not in str(caught.value)


def test_a_judge_that_was_written_down_wrongly(root: Path, tmp_path: Path) -> None:
    run = train(small("dense"), root, quiet=True)
    shutil.copytree(run.path, tmp_path / run.name)
    (tmp_path / run.name / "done").unlink()
    (tmp_path / run.name / "reference.json").write_text("[]")
    reference = next(root.glob("single-reference-*"))
    shutil.copytree(reference, tmp_path / reference.name)
    with pytest.raises(RunError, match=r"reference\.json"):
        train(small("dense"), tmp_path, quiet=True)


def test_an_alarm_ends_the_training_and_the_best_is_kept(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def third(rows: list[dict[str, Any]]) -> list[Alarm]:
        return [Alarm("mode collapse", 3, "said by a test", 3)] if len(rows) >= 3 else []

    monkeypatch.setattr(trainer, "alarms_of", third)
    recipe = small("dense", "training.images=8000", *LARGER, *STOPPED, seed=7)
    run = train(recipe, root, quiet=True)
    summary = run.summary
    assert summary.epochs_run == 3
    assert summary.verdict == "mode collapse"
    distances = [row["frechet"] for row in run.metrics()]
    assert summary.best_epoch == 1 + int(np.argmin(distances))
    assert not (run.path / "best.safetensors").exists()
    page = outcome_of([run]).to_html(root / "stopped.html").read_text(encoding="utf-8")
    assert f"samples and figures are of epoch {summary.best_epoch}" in page


def test_an_alarm_that_went_by_is_told_from_one_that_stands(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def second(rows: list[dict[str, Any]]) -> list[Alarm]:
        return [Alarm("oscillation", 2, "said by a test", 2)] if len(rows) >= 2 else []

    monkeypatch.setattr(trainer, "alarms_of", second)
    monkeypatch.setattr(alarms, "nothing_learned", lambda *_: None)
    monkeypatch.setattr(alarms, "collapsed_inside", lambda *_: None)
    run = train(
        small("dense", "training.images=1500", "training.epoch_images=500", *LARGER, seed=12),
        root,
        quiet=True,
    )
    assert (run.summary.verdict, run.summary.alarms[0].last) == ("oscillation", 2)
    page = outcome_of([run]).to_html(root / "by.html").read_text(encoding="utf-8")
    end = run.summary.epochs_run
    assert f"An alarm was raised and passed: oscillation, in epoch 2 of {end}." in page
    late = Alarm("nothing learned", end, "said by a test", end)
    monkeypatch.setattr(alarms, "nothing_learned", lambda *_: late)
    run = train(
        small("dense", "training.images=1500", "training.epoch_images=500", *LARGER, seed=13),
        root,
        quiet=True,
    )
    assert [alarm.name for alarm in run.summary.alarms] == ["oscillation", "nothing learned"]
    page = outcome_of([run]).to_html(root / "late.html").read_text(encoding="utf-8")
    assert f"It failed: nothing learned, in epoch {end}." in page  # the other one passed


@pytest.mark.long
def test_the_best_survives_a_kill(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after an epoch and resumed on other threads: the same epoch, the same weights."""

    def fourth(rows: list[dict[str, Any]]) -> list[Alarm]:
        return [Alarm("mode collapse", 4, "said by a test", 4)] if len(rows) >= 4 else []

    distances = (9.0, 1.0, 5.0, 1.0)
    evaluate_epoch = trainer._Training._evaluate_epoch

    def with_distances(self: Any) -> dict[str, Any]:
        return {**evaluate_epoch(self), "frechet": distances[self.evaluated - 1]}

    monkeypatch.setattr(trainer, "alarms_of", fourth)
    monkeypatch.setattr(trainer._Training, "_evaluate_epoch", with_distances)
    recipe = small(
        "dense", "training.images=2000", "training.epoch_images=400", *LARGER, *STOPPED, seed=8
    )
    reference = reference_of(recipe.task, root)
    recipe = with_reference(recipe, reference)
    way = {"required": [Run.load(root / reference.run)], "quiet": True}
    whole = train(recipe, root / "whole", **way)
    assert (whole.summary.best_epoch, whole.summary.epochs_run) == (2, 4)
    append = Run.append
    for epoch in (2, 4):  # after the best, and after one as good

        def killed(run: Run, row: dict[str, Any], epoch: int = epoch) -> None:
            if row["epoch"] == epoch:  # its checkpoint is written
                raise KeyboardInterrupt
            append(run, row)

        with monkeypatch.context() as first:
            first.setattr(Run, "append", killed)
            with pytest.raises(KeyboardInterrupt):
                train(recipe, root / str(epoch), **way)
        torch.set_num_threads(2)
        try:
            run = train(recipe, root / str(epoch), **way)
            assert torch.get_num_threads() == 2
        finally:
            torch.set_num_threads(1)
        assert run.summary.best_epoch == 2
        assert run.summary.engine == whole.summary.engine
        for file in ("model.safetensors", "predictions.npz"):
            assert (run.path / file).read_bytes() == (whole.path / file).read_bytes()
        assert not list(run.path.glob("best*"))


def test_a_generator_broken_on_purpose_raises_the_alarm(root: Path) -> None:
    """A discriminator that learns a hundred times as fast leaves the generator with nothing."""
    recipe = small(
        "dense",
        "training.images=6000",
        *LARGER,
        "training.discriminator_learning_rate=0.005",
        "training.learning_rate=1e-7",
        seed=3,
    )
    run = train(recipe, root, quiet=True)
    names = {alarm.name for alarm in run.summary.alarms}
    assert "mode collapse" in names
    assert run.summary.verdict != "healthy"


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("mitigation", ["class_cap", "replay"])
def test_remedies_run(mitigation: str, precision: str, root: Path) -> None:
    """Also where players multiply in bfloat16: what reads for a remedy does not."""
    recipe = small(
        "dense",
        f"training.collapse_mitigation={mitigation}",
        f"training.precision={precision}",
        seed=11,
    )
    run = train(recipe, root, quiet=True)
    assert run.recipe["training"]["collapse_mitigation"] == mitigation
    assert ("taken_over" in run.metrics()[0]) == (mitigation == "replay")
    if mitigation == "class_cap":  # a class beyond its share earns nothing from the first step on
        plain = train(small("dense", f"training.precision={precision}", seed=11), root, quiet=True)
        ours, theirs = (one.load_tensors("model.safetensors") for one in (run, plain))
        assert ours.keys() == theirs.keys()
        assert any(not torch.equal(ours[key], theirs[key]) for key in ours)


def test_what_is_required_is_trained_first_and_once(tmp_path: Path) -> None:
    """One call for recipes of both kinds; the generators share their reference classifier."""
    events: list[Event] = []
    recipes = [small("small", "training.images=64", seed=seed) for seed in (0, 1)]
    plain = Recipe.from_mapping(
        {
            "task": {"name": "single", "data": "digits", "generalization_grid": 0},
            "model": {"strategy": "whole", "net": "layers", "layers": ["dense 4"]},
            "training": {"epochs": 1},
        }
    )
    given = [recipes[0], plain, recipes[1]]
    runs = [*train_many(given, tmp_path, quiet=True, callbacks=[events.append])]
    assert [run.recipe["name"] for run in runs] == ["small", "run", "small"]
    done = [event.run.recipe["name"] for event in events if isinstance(event, Done)]
    assert done == ["reference", "small", "run", "small"]
    rows = [event.row for event in events if isinstance(event, Epoch) and event.run is runs[0]]
    assert rows == [dict(row) for row in runs[0].metrics()]


def test_a_callback_ends_a_generator_behind_its_checkpoint(root: Path) -> None:
    recipe = small("dense", "training.images=3000", *LARGER, seed=21)
    whole = train(recipe, root, quiet=True)
    heard: list[int] = []

    class Enough(Exception):
        pass

    def hear(event: Event) -> None:
        if isinstance(event, Epoch) and event.run.recipe["name"] == "dense":
            heard.append(event.row["epoch"])
            if heard == [1]:
                raise Enough

    reference = reference_of(recipe.task, root)
    shutil.copytree(root / reference.run, root / "ended" / reference.run)
    with pytest.raises(Enough):
        train(recipe, root / "ended", quiet=True, callbacks=[hear])
    run = train(recipe, root / "ended", quiet=True, callbacks=[hear])
    assert heard == [1, *range(1, whole.summary.epochs_run + 1)]
    for file in ("model.safetensors", "predictions.npz"):
        assert (run.path / file).read_bytes() == (whole.path / file).read_bytes()


WITHOUT_VALIDATION = "task.validation_glyph_fraction=0"


def test_no_epoch_is_chosen_on_test_images(root: Path) -> None:
    with pytest.raises(RecipeError, match=r"no validation split.*validation_glyph_fraction = 0\.1"):
        rehearse(small("small", *STOPPED, WITHOUT_VALIDATION))
    rehearse(small("small", *STOPPED))
    heard: list[Event] = []
    for change in ([WITHOUT_VALIDATION], []):
        recipe = small("small", "training.images=64", *change, seed=31)
        train(recipe, root, quiet=True, callbacks=[heard.append])
    notes = [one.text for one in heard if isinstance(one, Note) and "validation" in one.text]
    assert len(notes) == 1
    assert "every epoch is compared with test images" in notes[0]


def test_classes_that_training_lacks_are_named_and_counted(root: Path) -> None:
    """A sample may be read as one of them all the same, most of all in the first epochs."""
    heard: list[Event] = []
    recipe = small("dense", "task.train_labels=4", seed=5)
    run = train(recipe, root, quiet=True, callbacks=[heard.append])
    (note,) = [
        one.text for one in heard if isinstance(one, Note) and "no training image" in one.text
    ]
    missing = [int(one) for one in re.findall(r"\d", note.partition("classes ")[2])]
    assert len(missing) == 6
    rows = run.metrics()
    assert any(sum(row["classes"][symbol] for symbol in missing) for row in rows)
    assert all(0 <= row["symbol_kl"] < np.inf for row in rows)
    assert all(row["class_kl"] == row["symbol_kl"] for row in rows)
