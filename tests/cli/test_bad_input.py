"""What a user's own nets, classifiers, plug-ins, scenes and files may do wrong: one line each."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from glyphlab.models.own import given
from glyphlab.recipes import read_recipe_file
from glyphlab.training import train
from glyphlab.training.events import Epoch, Event
from plugins import install, install_example

from .conftest import Cli, fails

pytestmark = pytest.mark.usefixtures("one_thread")

OWN = """
import numpy as np
import torch
from sklearn.dummy import DummyClassifier
from sklearn.svm import LinearSVC
from torch import nn

def net(image_shape, heads, classes, outputs=None):
    read = nn.Linear(image_shape[0] * image_shape[1], outputs or heads * classes)
    return nn.Sequential(nn.Flatten(), read, nn.Unflatten(1, (-1, classes)))
def wrong_shape(image_shape, heads, classes):
    return net(image_shape, heads, classes, 2 * heads * classes)
def begins_anew(image_shape, heads, classes):
    torch.manual_seed(0)
    return net(image_shape, heads, classes)
class Nan(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
    def forward(self, images):
        return self.inner(images) / 0 * 0
def nan(image_shape, heads, classes):
    return Nan(net(image_shape, heads, classes))
def with_norm(image_shape, heads, classes):
    inner = net(image_shape, heads, classes)
    return nn.Sequential(nn.Flatten(), nn.BatchNorm1d(image_shape[0] * image_shape[1]), *inner[1:])
class Mine(DummyClassifier):
    pass
unsure = LinearSVC()
mine = Mine()
"""
FEW = ("--seeds", "1", "--set", "task.train_images=60", "--set", "task.generalization_grid=0", "-q")
ONE = ("--set", "training.epochs=1")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "things_of_a_user.py").write_text(OWN)
    monkeypatch.setattr(sys, "path", [*sys.path])
    given._SAID.clear()
    yield
    sys.modules.pop("things_of_a_user", None)


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("name", "said", "words"),
    [
        ("wrong_shape", "gives (2, 2, 10) for 2 images, expected logits of (2, 1, 10)", ONE),
        ("nan", "gives nan for an image of noise, before it is trained", ONE),
        ("unsure", "is a LinearSVC without predict_proba", ()),
        ("with_norm", "training.batch_size = 1 leaves batches of one image, and batch norm takes",
         (*ONE, "--set", "training.batch_size=1")),
    ],
)  # fmt: skip
def test_a_model_that_cannot_be_trained(
    name: str, said: str, words: tuple[str, ...], glyphlab: Cli, tmp_path: Path
) -> None:
    where = f"mine=things_of_a_user:{name}"
    fails(glyphlab("compare", "single", "--models", "", "--model", where, *FEW, *words), 2, said)
    assert not list((tmp_path / "runs").glob("*/summary.json"))


@pytest.mark.usefixtures("own")
def test_a_net_that_changes_the_global_random_state_is_told_of_once(glyphlab: Cli) -> None:
    before = torch.get_rng_state()
    where = "mine=things_of_a_user:begins_anew"
    code, _, err = glyphlab(
        "compare", "single", "--models", "", "--model", where, *FEW, *ONE, "--json"
    )
    assert code == 0
    assert err.count("'mine' changes the global random state of torch: it was put back") == 1
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.usefixtures("own")
def test_a_classifier_that_no_file_is_read_back_with_is_told_of_before(
    glyphlab: Cli, tmp_path: Path
) -> None:
    given._LOST.clear()
    where = "mine=things_of_a_user:mine"
    code, _, err = glyphlab("compare", "single", "--models", "", "--model", where, *FEW, "--json")
    assert code == 0
    said = "'mine' is trained and scored, and cannot be predicted from later: its file would hold "
    assert err.count(f"{said}things_of_a_user.Mine, which is not read back") == 1
    (folder,) = (tmp_path / "runs").glob("single-mine-*")
    assert said in json.loads((folder / "summary.json").read_text())["warnings"][0]
    image = tmp_path / "one.png"
    Image.fromarray(np.zeros((28, 28), np.uint8)).save(image)
    fails(
        glyphlab("predict", folder, image, "--model", "things_of_a_user:mine"), 1,
        "holds what is not read from a file, things_of_a_user.Mine", "glyphlab runs rm",
    )  # fmt: skip


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_a_plug_in_that_raises_when_it_is_imported(glyphlab: Cli, site: Path) -> None:
    (site / "broken_two.py").write_text("raise OSError('no\\nsuch disk')")
    install(site, "broken-two", {"glyphlab.nets": {"cracked": "broken_two:build"}})
    words = ["--models", "whole", "--set", "model.net=cracked", *FEW, *ONE]
    fails(
        glyphlab("compare", "single", *words), 1,
        "the net 'cracked' of package broken-two 0.1.0 cannot be imported (OSError: no such disk)",
        "update or uninstall that package",
    )  # fmt: skip


def test_a_plug_in_that_takes_a_taken_name(
    glyphlab: Cli, site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    install(site, "taker", {"glyphlab.scenes": {"triple": "nowhere:SCENE"}})
    with caplog.at_level(logging.WARNING, "glyphlab"):
        code, _, _ = glyphlab("audit", "nope")
    said = [one.message for one in caplog.records if "which is taken" in one.message]
    assert code == 2
    assert all(line.count("\n") == 0 for line in said)
    assert {line.partition(":")[0] for line in said} <= {
        "package taker 0.1.0 names a task 'triple', which is taken"
    }
    assert len(said) <= 1  # it is said once a process, whichever test comes first


def test_a_scene_that_does_not_fit_its_canvas(glyphlab: Cli, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("columns = 3\ncanvas = [28, 60]")
    for words in (
        ["audit", "mine.toml"],
        ["compare", "mine.toml", "-q"],
        ["generate", "mine.toml"],
    ):
        fails(glyphlab(*words), 2, "does not fit its canvas: width 60")


def test_a_scene_that_takes_the_name_of_a_plug_in_s(
    glyphlab: Cli, site: Path, tmp_path: Path
) -> None:
    install_example(site)
    (tmp_path / "pair.toml").write_text("columns = 2")
    said = "a scene of one's own is called 'pair', which is the name of a plug-in's scene"
    fails(glyphlab("audit", "pair.toml"), 2, said, 'name = "mine"')


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["compare", "triple", "--models", "composed,aligned"],
            "have no score in common: compare models of one kind",
        ),
        (["vary", "mlp", "model.latent=4,9"], "latent"),
        (["vary", "small", "training.epochs=1,2"], "training"),
        (["generate", "digits", "--model", "aligned"], "unknown generator 'aligned'"),
        (["search", "mine.toml"], "a pruner stops classifiers by their epochs"),
    ],
)
def test_a_verb_on_a_kind_that_it_cannot_serve(
    words: list[str], said: str, glyphlab: Cli, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text(
        'name = "s"\n[base]\nkind = "generator"\n[[stages]]\nname = "a"\ntrials = 3\n'
        'pruner = "median"\n[stages.space]\n"model.latent" = [4, 8]\n'
    )
    fails(glyphlab(*words), 2, said)


def test_a_file_of_another_kind_than_is_said(glyphlab: Cli, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("training.epochs = 1")
    words = ("vary", "mine.toml", "training.epochs=1,2", "--kind")
    said = "mine.toml is the recipe of a classifier", "leave --kind out"
    fails(glyphlab(*words, "generator"), 2, "--kind generator: ", *said)
    fails(glyphlab(*words, "classifer"), 2, "did you mean 'classifier'")


NORM = """
[task]
name = "single"
generalization_grid = 0
train_images = 40
[model]
net = "layers"
strategy = "whole"
layers = ["dense 8", "norm"]
[training]
epochs = 2
batch_size = 16
precision = "float32"
"""


def test_batch_norm_of_single_images(glyphlab: Cli, tmp_path: Path) -> None:
    (tmp_path / "norm.toml").write_text(NORM)
    fails(
        glyphlab("train", "norm.toml", "--set", "training.batch_size=1", "-q"),
        2,
        "training.batch_size = 1 leaves batches of one image",
        "set training.batch_size to 2 or more",
    )


GENERATOR = """
kind = "generator"
name = "mine"
[task]
name = "one.toml"
images = 100
generalization_grid = 0
[model]
width = 4
[training]
images = 128
epoch_images = 64
batch_size = 16
precision = "float32"
[evaluation]
samples = 50
epoch_samples = 50
"""


def _longer(tensor: torch.Tensor) -> torch.Tensor:
    return torch.cat([tensor.reshape(-1), torch.zeros(1)])


@pytest.mark.parametrize("change", ["another shape", "gone", "of no parameter"])
@pytest.mark.parametrize("text", [NORM, GENERATOR], ids=["classifier", "generator"])
def test_a_checkpoint_whose_optimiser_was_altered(
    text: str, change: str, glyphlab: Cli, tmp_path: Path
) -> None:
    (tmp_path / "one.toml").write_text("columns = 1")
    (tmp_path / "mine.toml").write_text(text)

    def stop(event: Event) -> None:
        if isinstance(event, Epoch) and "reference" not in event.run.name:
            raise KeyboardInterrupt

    recipe = read_recipe_file(Path("mine.toml"), [], None)
    with pytest.raises(KeyboardInterrupt):
        train(recipe, tmp_path / "runs", quiet=True, callbacks=[stop])
    (path,) = (tmp_path / "runs").glob("*/checkpoint.safetensors")
    tensors = load_file(path)
    with safe_open(path, framework="pt") as file:
        state = file.metadata()
    key = next(key for key in sorted(tensors) if "optimizer.0.exp_avg" in key)
    altered: dict[str, Any] = {
        "another shape": lambda: {**tensors, key: _longer(tensors[key])},
        "gone": lambda: {name: one for name, one in tensors.items() if name != key},
        "of no parameter": lambda: {**tensors, key.replace(".0.", ".999."): tensors[key].clone()},
    }
    save_file(altered[change](), path, state)
    code, out, err = glyphlab("train", "mine.toml", "-q")
    noted = "".join(line for line in err.splitlines(keepends=True) if line.startswith("note: "))
    fails(  # a note says that the reference classifier is finished
        (code, out, err.removeprefix(noted)), 1,
        "checkpoint.safetensors is no checkpoint of this recipe",
        "remove the run with `glyphlab runs rm", "train it again",
    )  # fmt: skip


@pytest.mark.parametrize("seeds", ["1", "2"])
def test_a_validation_loss_that_is_no_number(seeds: str, glyphlab: Cli) -> None:
    wild = ["training.optimizer=sgd", "training.learning_rate=1e30", "training.epochs=2"]
    words = ["--models", "mlp", *FEW, "--seeds", seeds]
    fails(
        glyphlab("compare", "single", *words, *(w for one in wild for w in ("--set", one))), 1,
        "the loss became nan in the validation of epoch 1, after a training loss of 2.",
        "lower training.learning_rate (for example --set training.learning_rate=1e+29)",
    )  # fmt: skip
