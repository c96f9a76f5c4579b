"""`glyphlab generate` and what is asked of generators elsewhere, and what it refuses."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from glyphlab.cli import main
from glyphlab.experiments import experiment
from glyphlab.recipes import GeneratorRecipe
from glyphlab.training.evaluation.alarms import Alarm
from glyphlab.training.trainers.adversarial import trainer

from .conftest import Cli, fails

pytestmark = pytest.mark.usefixtures("one_thread")

FEW = ["generate", "digits", "--samples", "100", "--quiet", "--set", "training.images=64",
       "--set", "model.width=4"]  # fmt: skip
KEYS = {
    "schema", "task", "samples", "frechet", "frechet_floor", "modes", "modes_possible", "class_kl",
    "verdict",
}  # fmt: skip


def test_the_recipe_of_the_guide_is_trained(glyphlab: Cli, tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guide.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```toml\n(# generator\.toml\n.*?)^```", guide, re.M | re.S)
    (tmp_path / "generator.toml").write_text(text)
    few = ["training.images=64", "model.width=4", "evaluation.samples=100"]
    words = ["train", "generator.toml", "-q", *(word for one in few for word in ("--set", one))]
    code, out, err = glyphlab(*words)
    assert code == 0, err
    assert "single-generator-s0-" in out
    assert "Fréchet distance" in out


def test_a_generator_and_its_alarm(
    glyphlab: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, text, _ = glyphlab(*FEW, "--json")
    assert code == 0
    document: dict[str, Any] = json.loads(text)
    assert document.keys() >= KEYS
    assert document["command"] == (
        "glyphlab generate digits --samples 100 --set training.images=64 --set model.width=4"
    )
    (page,) = (tmp_path / "runs").glob(
        "generate-digits-small-*.html"
    )  # other settings have another
    (run,) = (path.name for path in (tmp_path / "runs").glob("single-small-*"))
    code, text, _ = glyphlab("runs", "list")
    assert run in text
    code, text, _ = glyphlab("runs", "show", run)
    assert "Fréchet distance" in text
    code, _, _ = glyphlab("report", f"runs/{run}", "--report", "again.html")
    assert code == 0
    made, again = (one.read_text(encoding="utf-8") for one in (page, tmp_path / "again.html"))
    command = f"glyphlab report {run} --report again.html"
    assert again == made.replace(document["command"], command)
    fails(glyphlab("predict", f"runs/{run}", "x.png"), 2, "is a generator")

    said = [Alarm("mode collapse", 1, "said by a test", 1)]
    monkeypatch.setattr(trainer, "alarms_of", lambda _rows: said)
    code, text, error = glyphlab(*FEW, "--seed", "1", "--strict", "--json")
    assert code == 4
    assert json.loads(text)["verdict"] == "mode collapse"
    assert "ALARM mode collapse in epoch 1" in error
    assert len(list((tmp_path / "runs").glob("generate-digits-small-*.html"))) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["generate", "mnst"], "did you mean 'mnist'"),
        (["generate", "digits", "--model", "dcgn"], "did you mean 'dcgan'"),
        (["generate", "digits", "--set", "model.latent=0"], "model.latent"),
        (["generate", "digits", "--set", "training.loss=hinges"], "did you mean 'hinge'"),
        (["generate", "digits", "--set", "training.device=gpu"], "did you mean 'cuda'"),
        (["generate", "digits", "--data", "mnist"], "is a source itself"),
        (["generate", "single", "--data", "mnits"], "did you mean 'mnist'"),
        (["generate", "single", "--data", "triple"], "name it instead of 'single'"),
        (["generate", "single", "--data", "mine.toml"], "name it instead of 'single'"),
        (["generate", "single", "--data", "single"], "unknown source of symbols 'single'"),
        (["vary", "small", "training.loss=hinge,minimx"], "did you mean 'minimax'"),
        (["vary", "small", "training.lss=hinge,minimax"], "did you mean 'training.loss'"),
        (["vary", "small", "model.latent=8,16", "--set", "model.latent=9"], "leave one"),
        (["vary", "small", "model.latent"], "as model.latent=70,100"),
        (["vary", "small", "model.latent=8,16", "--data", "mnist"], "name it too, as --task"),
        (
            ["augmentation-study", "digits", "--sizes", "10", "--model", "dcgan"],
            "is not conditional",
        ),
        (["augmentation-study", "digits", "--sizes", "10,9999"], "9,999"),
        (["augmentation-study", "digits", "--sizes", "ten"], "'ten' is no number"),
        (["augmentation-study", "triple"], "choose 'composed', or set pictures=strips"),
    ],
)
def test_words_that_cannot_be_meant(
    glyphlab: Cli, tmp_path: Path, words: list[str], said: str
) -> None:
    fails(glyphlab(*words), 2, said)
    assert not list((tmp_path / "runs").glob("single-*"))  # said before anything was trained


def test_the_list(glyphlab: Cli) -> None:
    code, text, _ = glyphlab("generate", "--list")
    assert code == 0
    assert "dcgan-smooth" in text


def test_the_source_of_a_task(glyphlab: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no source itself takes the embedded digits by default, as everywhere."""
    seen: list[tuple[str, str]] = []

    class Asked(Exception):
        pass

    def noted(recipes: list[GeneratorRecipe], *_words: object, **_named: object) -> None:
        seen.extend((one.task.name, one.task.data) for one in recipes)
        raise Asked

    monkeypatch.setattr(experiment, "trained", noted)
    for words in (["triple"], ["triple", "--data", "mnist"], ["single"], ["mnist"]):
        monkeypatch.setattr(sys, "argv", ["glyphlab", "generate", *words, "-q"])
        with pytest.raises(Asked):
            main()
    assert seen == [
        ("triple", "digits"), ("triple", "mnist"), ("single", "digits"), ("single", "mnist"),
    ]  # fmt: skip
