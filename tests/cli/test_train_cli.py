"""`train`, `predict` and `report` at the command line, with real trainings of the smallest size."""

from __future__ import annotations

import errno
import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glyphlab._common import files
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.training.identity import identified

from .conftest import Cli, fails

RECIPE = """
[task]
per_label = 1
generalization_grid = 0
[model]
channels = 4
[training]
epochs = 1
precision = "float32"
augment = "none"
"""


@pytest.fixture
def glyphlab(glyphlab: Cli, tmp_path: Path) -> Cli:
    (tmp_path / "tiny.toml").write_text(RECIPE)
    return glyphlab


def test_train_then_everything_that_reads_a_run(glyphlab: Cli, tmp_path: Path) -> None:
    code, out, err = glyphlab("train", "tiny.toml", "--quiet")
    assert (code, err) == (0, "")
    (folder,) = (tmp_path / "runs").iterdir()
    assert out.startswith(f"{Path('runs', folder.name)}: exact match ")
    assert {file.name for file in folder.iterdir()} == {
        "done", "env.json", "metrics.jsonl", "model.safetensors", "predictions.npz",
        "recipe.json", "summary.json", "test_glyphs.npz",
    }  # fmt: skip
    assert str(tmp_path) not in (folder / "summary.json").read_text()

    weights = (folder / "model.safetensors").stat().st_mtime_ns
    code, out, err = glyphlab("train", "tiny.toml", "--json")  # a finished run is not trained again
    assert json.loads(out)["epochs_run"] == 1
    assert "not trained again" in err
    assert (folder / "model.safetensors").stat().st_mtime_ns == weights

    image = tmp_path / "one.png"
    Image.fromarray(np.load(folder / "predictions.npz")["sample_images"][0]).save(image)
    code, out, _ = glyphlab("predict", "triple", image, "--json")
    (prediction,) = json.loads(out)["predictions"]
    assert prediction["path"] == str(image)
    assert len(prediction["label"]) == 3
    assert 0 <= prediction["confidence"] <= 1
    code, out, _ = glyphlab("predict", folder, image)
    assert prediction["label"] in out
    Image.new("L", (20, 20)).save(tmp_path / "small.png")
    fails(glyphlab("predict", "triple", "small.png", "--as-is"), 1, "small.png", "84")
    fails(glyphlab("predict", "triple", "none.png"), 2, "none.png")

    said = glyphlab("report", folder.name, "--report", "page.html")
    assert said == (0, "", "note: wrote the page page.html\n")
    assert glyphlab("report", folder.name, "--report", "page.html", "-q") == (0, "page.html\n", "")
    _, out, _ = glyphlab("report", folder.name, "--report", "page.html", "--json")
    assert json.loads(out) == {"schema": 2, "page": "page.html"}
    assert "<html" in (tmp_path / "page.html").read_text()
    page = Path("runs", f"{folder.name}.html")
    assert glyphlab("report", folder.name, "-q")[:2] == (0, f"{page}\n")
    assert f"glyphlab report {folder.name} --report {page}" in page.read_text()
    page.unlink()

    (folder / "summary.json").write_text("{")
    fails(glyphlab("predict", "triple", image), 1, "summary.json")
    fails(glyphlab("report", folder.name, "--report", "again.html"), 1, folder.name)
    assert not (tmp_path / "again.html").exists()


def test_compare_then_compare_again(glyphlab: Cli, tmp_path: Path) -> None:
    words = (
        "compare", "triple", "--models", "aligned,whole", "--seeds", "1", "--per-label", "1",
        "--precision", "float32", "--out", "out", "--json", "--quiet",
        "--set", "training.epochs=1", "--set", "training.augment=none",
        "--set", "model.channels=4", "--set", "task.generalization_grid=0",
    )  # fmt: skip
    code, out, err = glyphlab(*words)
    assert code == 0, err
    first = json.loads(out)
    assert first["schema"] == 2
    assert [row["model"] for row in first["rows"]] == ["aligned", "whole"]
    for row in first["rows"]:
        assert {"metric", "mean", "low", "high", "seeds", "parameters", "fit_seconds"} <= set(row)
    assert first["rows"][1]["mean"] == first["audit"]["ceilings"]["whole"] == 0
    assert [test["verdict"] for test in first["tests"]] == ["one seed"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<html" in page
    assert str(tmp_path) not in page

    written = {file: file.stat().st_mtime_ns for file in (tmp_path / "out").glob("*/*")}
    assert json.loads(glyphlab(*words)[1])["rows"] == first["rows"]
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "out").glob("*/*")} == written
    code, out, _ = glyphlab(*(word for word in words if word != "--json"))
    assert "aligned" in out
    assert "whole" in out


def test_compare_of_words_that_cannot_be_meant(glyphlab: Cli) -> None:
    fails(glyphlab("compare", "triple", "--models", "alinged"), 2, "did you mean 'aligned'")
    fails(glyphlab("compare", "tripel", "--models", "aligned"), 2, "did you mean 'triple'")
    fails(glyphlab("compare", "triple", "--preset", "dmeo"), 2, "did you mean 'demo'")
    fails(glyphlab("compare", "triple", "--set", "training.epoch=1"), 2, "'training.epochs'")
    fails(glyphlab("compare", "triple", "--data", "mnist"), 5, "data fetch mnist")


def test_reproductions_by_name(glyphlab: Cli) -> None:
    assert "triple-mnist " in glyphlab("reproduce", "list")[1]
    for verb in ("show", "run"):
        fails(glyphlab("reproduce", verb, "triple-mnits"), 2, "did you mean 'triple-mnist'")
        fails(glyphlab("reproduce", verb, "triple-mnist", "--rows", "5b.tset"), 2, "5b.tset")


def test_dry_run_prints_a_recipe_that_means_the_same(glyphlab: Cli, tmp_path: Path) -> None:
    code, out, _ = glyphlab("train", "tiny.toml", "--set", "training.epochs=3", "--dry-run")
    assert code == 0
    (tmp_path / "whole.toml").write_text(out)
    recipe = Recipe.from_toml(tmp_path / "whole.toml")
    assert recipe == Recipe.from_toml(tmp_path / "tiny.toml", ["training.epochs=3"])
    code, out, _ = glyphlab("train", "whole.toml", "--dry-run", "--json")
    assert json.loads(out) == recipe.content()
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('kind = "generator"\n[task]\nname = "digits"', 'name = "single" and data = "digits"'),
        ('[task]\nname = "mnist"', 'name = "single" and data = "mnist"'),
        ('[task]\nname = "tripel"', "did you mean 'triple'"),
        ('[task]\nname = "no/such/folder"', "no such folder"),
        ('[task]\ndata = "mnits"', "did you mean 'mnist'"),
        ('[task]\nname = "single"\nper_label = 4', "leave --labels"),
        ('[task]\nname = "single"\ntrain_images = 5000', "5000 training images"),
        ('[task]\nname = "addition"\ndata = "mnist"', "choose 'whole', 'sum' or 'sequential'"),
        ('[task]\nwithout_glyph_reuse = true\nredraw = true', "redrawing would use them again"),
        ('[model]\nstrategy = "whole"\nnet = "layers"\nlayers = ["pool 50", "pool 2"]',
         "needs a map of at least 2×2"),
        ('kind = "generator"\n[task]\nname = "triple"\ndata = "mnist"',
         "set model.conditional = false"),
    ],
)  # fmt: skip
def test_a_dry_run_refuses_what_training_would(
    text: str, said: str, glyphlab: Cli, tmp_path: Path
) -> None:
    (tmp_path / "one.toml").write_text(text)
    fails(glyphlab("train", "one.toml", "--dry-run"), 2, said)
    if "mnist" not in text or 'name = "mnist' in text:
        fails(glyphlab("train", "one.toml", "-q"), 2, said)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("kind", ["classifier", "generator"])
def test_a_dry_run_needs_no_data(kind: str, glyphlab: Cli, tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(f'kind = "{kind}"\n[task]\nname = "single"\ndata = "mnist"')
    assert glyphlab("train", "one.toml", "--dry-run")[0] == 0


def test_schema_of_recipes(glyphlab: Cli) -> None:
    code, out, _ = glyphlab("train", "--schema")
    assert code == 0
    assert set(json.loads(out)["$defs"]["Recipe"]["properties"]) >= {
        "task",
        "model",
        "training",
        "seed",
    }


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[traning]\nepochs = 1", ["traning", "did you mean 'training'"]),
        ("[training]\nepoch = 1", ["training.epoch", "did you mean 'training.epochs'"]),
        ("[training]\nepochs = 0", ["training.epochs"]),
        ("[model]\nstrategy = 'alinged'", ["model.strategy", "aligned"]),
        ("training = ", ["not TOML"]),
    ],
)
def test_recipes_that_cannot_be_meant(
    glyphlab: Cli, tmp_path: Path, text: str, parts: list[str]
) -> None:
    (tmp_path / "wrong.toml").write_text(text)
    fails(glyphlab("train", "wrong.toml"), 2, *parts)
    assert not (tmp_path / "runs").exists()


def test_train_without_a_recipe(glyphlab: Cli) -> None:
    fails(glyphlab("train"), 2, "RECIPE.toml")
    fails(glyphlab("train", "nowhere.toml"), 2, "nowhere.toml")
    fails(glyphlab("train", "tiny.toml", "--set", "epochs"), 2, "key.path=value")


def test_unknown_task_and_missing_data_in_a_recipe(glyphlab: Cli) -> None:
    words = ("train", "tiny.toml", "--set", "task.name=tripel")
    fails(glyphlab(*words), 2, "did you mean 'triple'")
    fails(glyphlab("train", "tiny.toml", "--set", "task.data=mnist"), 5, "data fetch mnist")


def test_loss_that_is_no_number(glyphlab: Cli) -> None:
    code, out, err = glyphlab(
        "train", "tiny.toml", "--set", "training.learning_rate=1e38", "--quiet"
    )
    assert (code, out) == (1, "")
    assert "loss" in err
    assert "lower training.learning_rate" in err
    assert err.count("\n") == 1


def test_full_disk(glyphlab: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    fails(glyphlab("train", "tiny.toml"), 1, "disk is full", "same command")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [tmp_path / "tiny.toml"]


def test_places_that_cannot_be_written(glyphlab: Cli, tmp_path: Path) -> None:
    fails(glyphlab("train", "tiny.toml", "--out", "tiny.toml"), 2, "is a file", "name another")
    assert (tmp_path / "tiny.toml").read_text() == RECIPE


def opened(tmp_path: Path) -> Run:
    recipe = Recipe.from_toml(tmp_path / "tiny.toml")
    return identified(recipe, tmp_path / "runs").open_run(tmp_path / "runs")


def test_two_processes_on_one_run(glyphlab: Cli, tmp_path: Path) -> None:
    run = opened(tmp_path)
    with run.lock():
        fails(glyphlab("train", "tiny.toml"), 1, f"process {os.getpid()}", "wait")
    assert not run.is_done


def test_run_of_a_newer_schema(glyphlab: Cli, tmp_path: Path) -> None:
    run = opened(tmp_path)
    content = json.loads((run.path / "recipe.json").read_text())
    (run.path / "recipe.json").write_text(json.dumps({**content, "schema": 99}))
    fails(glyphlab("train", "tiny.toml"), 1, "newer", "upgrade")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_a_checkpoint_that_is_taken_up(
    number: signal.Signals, glyphlab: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = ("train", "tiny.toml", "--set", "training.epochs=3", "--set", "training.batch_size=320")
    append, before = Run.append, signal.getsignal(number)

    def append_then_signal(run: Run, metrics: Mapping[str, object]) -> None:
        append(run, metrics)
        assert signal.getsignal(number) is not before  # else the test itself would end here
        os.kill(os.getpid(), number)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "append", append_then_signal)
        code, out, err = glyphlab(*words)
    assert code == 130
    assert out == ""
    assert err.splitlines()[-1].startswith("glyphlab: interrupted")
    assert signal.getsignal(number) is before
    (folder,) = (tmp_path / "runs").iterdir()  # no lock is left beside it
    assert (folder / "checkpoint.safetensors").exists()
    assert not list(folder.glob(".*.tmp"))
    shown = json.loads(glyphlab("runs", "list", "--json")[1])["runs"]
    assert [run["state"] for run in shown] == ["interrupted"]

    code, _, err = glyphlab(*words)
    assert code == 0, err
    assert not (folder / "checkpoint.safetensors").exists()
    assert len(Run.load(folder).metrics()) == 3


def test_doctor(glyphlab: Cli) -> None:
    code, out, _ = glyphlab("doctor")
    assert code == 0
    for word in ("torch", "threads", "bfloat16_ms", "numba", "mnist", "digits"):
        assert word in out
    document = json.loads(glyphlab("doctor", "--json")[1])
    assert document["precision"]["choice"] in ("float32", "bfloat16")
    assert document["data"]["digits"] == "embedded"


def test_missing_data_leave_no_run_folder(
    glyphlab: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GLYPHLAB_OFFLINE", "1")
    code, _, err = glyphlab(
        "train", "tiny.toml", "--set", "task.data=mnist", "--data-dir", tmp_path / "none"
    )
    assert code == 5
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "runs").exists()


def test_the_recorded_command_holds_its_changes(glyphlab: Cli, tmp_path: Path) -> None:
    code, out, _ = glyphlab("train", "tiny.toml", "--set", "training.batch_size=64", "--json", "-q")
    assert code == 0
    assert json.loads(out)["command"] == "glyphlab train tiny.toml --set training.batch_size=64"
    whole = Path("tiny.toml").resolve()
    code, out, _ = glyphlab("train", str(whole), "--out", "others", "--json", "-q")
    assert json.loads(out)["command"] == (
        f"glyphlab train others/{json.loads(out)['name']}/recipe.json --out others"
    )
    words = ("--set", "training.batch_size=32", "--out", "others", "--json", "-q")
    code, out, _ = glyphlab("train", "tiny.toml", *words)
    assert json.loads(out)["command"].endswith("--set training.batch_size=32 --out others")
