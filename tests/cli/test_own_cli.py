"""Models of one's own at the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from .conftest import Cli, fails

pytestmark = pytest.mark.usefixtures("one_thread", "without_familiarity")

NETS = """
from sklearn.naive_bayes import GaussianNB
from torch import nn
bayes = GaussianNB()
def make_net(image_shape, heads, classes):
    pixels = image_shape[0] * image_shape[1]
    layers = nn.Linear(pixels, classes), nn.Unflatten(1, (heads, classes))
    return nn.Sequential(nn.Flatten(), *layers)
"""
FEW = (
    "--seeds",
    "1",
    "--set",
    "task.train_images=100",
    "--set",
    "task.generalization_grid=0",
    "--quiet",
)


def test_compare_and_predict(
    glyphlab: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nets_of_a_user.py").write_text(NETS)
    monkeypatch.setattr(sys, "path", list(sys.path))
    given = ("--model", "mine=nets_of_a_user:make_net", "--model", "nets_of_a_user:bayes")
    code, out, err = glyphlab(
        "compare", "single", "--models", "", *given, *FEW, "--set", "training.epochs=1", "--json"
    )
    assert code == 0, err
    document = json.loads(out)
    assert [row["model"] for row in document["rows"]] == ["mine", "bayes"]
    (folder,) = (tmp_path / "runs").glob("single-mine-*")
    image = tmp_path / "one.png"
    Image.fromarray(np.load(folder / "predictions.npz")["sample_images"][0]).save(image)
    sys.modules.pop("nets_of_a_user")
    from glyphlab.models.own import given as own

    own._GIVEN.clear()
    fails(glyphlab("predict", folder, image), 1, "import nets_of_a_user first, or name it with")
    code, out, err = glyphlab(
        "predict", folder, image, "--model", "nets_of_a_user:make_net", "--json"
    )
    assert code == 0, err
    assert len(json.loads(out)["predictions"]) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--model", "mine"), "--model mine names nothing to import: write NAME=package.module:"),
        (("--model", "whole=json:dumps"), "model 'whole' is named twice"),
        (("--model", "mine=no_such:make"), "no_such:make cannot be imported (ModuleNotFoundError"),
        (("--models", ""), "--models names no model"),
    ],
)
def test_what_cannot_be_meant(glyphlab: Cli, words: tuple[str, ...], message: str) -> None:
    fails(glyphlab("compare", "single", *words), 2, message)
