"""`glyphlab gan`, from the words to the page, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from glyphlab.training.evaluation.alarms import Alarm
from glyphlab.training.trainers.adversarial import trainer

from .conftest import Cli, fails

pytestmark = pytest.mark.usefixtures("one_thread")

FEW = ["gan", "digits", "--samples", "100", "--quiet", "--set", "play.images=64",
       "--set", "nets.width=4"]  # fmt: skip
KEYS = {
    "schema", "task", "samples", "frechet", "frechet_floor", "modes", "modes_possible", "class_kl",
    "verdict",
}  # fmt: skip


def test_a_generator_and_its_alarm(
    glyphlab: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, text, _ = glyphlab(*FEW, "--json")
    assert code == 0
    document: dict[str, Any] = json.loads(text)
    assert document.keys() >= KEYS
    assert document["command"] == (
        "glyphlab gan digits --samples 100 --set play.images=64 --set nets.width=4"
    )
    (page,) = (tmp_path / "runs").glob("gan-digits-small-*.html")  # other settings have another
    (run,) = (path.name for path in (tmp_path / "runs").glob("single-small-*"))
    code, text, _ = glyphlab("runs", "list")
    assert run in text
    code, text, _ = glyphlab("runs", "show", run)
    assert "judged" in text
    code, _, _ = glyphlab("report", f"runs/{run}", "--output", "again.html")
    assert code == 0
    assert page.read_bytes() == (tmp_path / "again.html").read_bytes()
    fails(glyphlab("predict", f"runs/{run}", "x.png"), 2, "is a generator")

    said = [Alarm("mode collapse", 1, "said by a test", 1)]
    monkeypatch.setattr(trainer, "alarms_of", lambda _rows: said)
    code, text, error = glyphlab(*FEW, "--seed", "1", "--strict", "--json")
    assert code == 4
    assert json.loads(text)["verdict"] == "mode collapse"
    assert "ALARM mode collapse in epoch 1" in error
    assert len(list((tmp_path / "runs").glob("gan-digits-small-*.html"))) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gan", "mnst"], "did you mean 'mnist'"),
        (["gan", "digits", "--model", "dcgn"], "did you mean 'dcgan'"),
        (["gan", "digits", "--set", "nets.latent=0"], "nets.latent"),
        (["gan", "digits", "--set", "play.loss=hinges"], "did you mean 'hinge'"),
        (["gan", "digits", "--set", "play.device=gpu"], "did you mean 'cuda'"),
        (["gan", "digits", "--data", "mnist"], "is a source itself"),
        (["gan", "digits", "--vary", "play.loss=hinge,minimx"], "did you mean 'minimax'"),
        (["gan", "digits", "--vary", "play.lss=hinge,minimax"], "did you mean 'play.loss'"),
        (["gan", "digits", "--set", "nets.latent=9", "--vary", "nets.latent=8,16"], "leave one"),
        (["gan", "digits", "--worth", "10", "--model", "dcgan"], "not told what to draw"),
        (["gan", "digits", "--worth", "10,9999"], "9,999"),
    ],
)
def test_words_that_cannot_be_meant(
    glyphlab: Cli, tmp_path: Path, words: list[str], said: str
) -> None:
    fails(glyphlab(*words), 2, said)
    assert not list((tmp_path / "runs").glob("single-*"))  # said before anything was trained


def test_the_list(glyphlab: Cli) -> None:
    code, text, _ = glyphlab("gan", "list")
    assert code == 0
    assert "dcgan-smooth" in text
