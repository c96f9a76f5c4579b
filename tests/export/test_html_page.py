"""The page of a classifier: what is in it, how large it is, and what is refused."""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from exported_runs import RUNS, SINGLE, run_of
from glyphlab._common import machine
from glyphlab._common.errors import RunError, UsageError
from glyphlab._common.progress import shown_notes
from glyphlab.data import sources
from glyphlab.export import html_page
from glyphlab.export.html_page import SCRIPTS, inline, write_classifier_page
from glyphlab.export.page_numbers import PageArrays, packed_images
from glyphlab.export.portable import PortableNet, power_of, round_kernels
from glyphlab.models.nets.operations import MeanPool, Operation
from glyphlab.models.own.given import given
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.training import train
from glyphlab.training.evaluation.loaded_models import load_net

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    write_classifier_page(run_of("multihead"), tmp_path / "page.html")
    return tmp_path / "page.html"


def document_in(page: Path) -> Any:
    content = page.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="model">(.*?)</script>', content)
    assert found is not None
    return json.loads(found[1])


def test_it_is_one_file_that_asks_for_nothing(page: Path) -> None:
    content = page.read_text(encoding="utf-8")
    assert "default-src 'none'" in content
    assert not re.search(r'(src|href)="(?!data:)', content)
    assert not re.search(r"^(import|export) ", content, re.MULTILINE)
    assert "fetch(" not in content
    assert [one.name for one in page.parent.iterdir()] == ["page.html"]


def test_the_same_run_gives_the_same_page(page: Path, tmp_path: Path) -> None:
    write_classifier_page(run_of("multihead"), tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == page.read_bytes()


def test_names_from_outside_end_no_element(page: Path) -> None:
    model = re.search(
        r'id="model">(.*?)</script>\n<script type="module">', page.read_text(encoding="utf-8"),
        re.DOTALL,
    )  # fmt: skip
    assert model is not None
    assert "<" not in model[1]


@pytest.mark.parametrize("name", RUNS)
def test_kernels_are_float16_and_everything_else_is_exact(name: str) -> None:
    exact, rounded = load_net(run_of(name)), load_net(run_of(name))
    round_kernels(rounded)
    for one, other in zip(
        *([value.detach() for value in net.parameters()] for net in (exact, rounded)), strict=True
    ):
        if one.ndim < 2:
            assert torch.equal(one, other)
            continue
        largest = float(one.abs().max())
        assert float((one - other).abs().max()) <= largest * 2**-11
        arrays = PageArrays()
        arrays.add(other.numpy())
        assert arrays.tensors[0]["half"]


def test_arrays_keep_their_values() -> None:
    arrays = PageArrays()
    given = [
        np.array([1.5, -0.25, 0, 3], np.float32),
        np.array([1e-30, 1], np.float32),
        np.zeros(3, np.float32),
        np.array([60_000 * 2.0**40, 2.0**40], np.float32),
    ]
    for one in given:
        arrays.add(one)
    assert [one["half"] for one in arrays.tensors] == [True, False, True, True]
    for one, tensor in zip(given, arrays.tensors, strict=True):
        start, count = tensor["start"], tensor["count"]
        size, kind = (2, "<f2") if tensor["half"] else (4, "<f4")
        assert start % size == 0
        found = np.frombuffer(arrays.content[start : start + size * count], kind)
        np.testing.assert_array_equal(found.astype(np.float32) * tensor["scale"], one)
    assert power_of(np.zeros(2, np.float32)) == 1


def test_images_are_packed_by_their_ground() -> None:
    images = np.zeros((2, 3, 300), np.uint8)
    images[1, 0, 3:6] = (7, 7, 255)
    content = base64.b64decode(packed_images(images, 0))
    assert len(content) < 30
    found: list[int] = []
    at = 0
    while at < len(content):
        if content[at] == 0:
            found += [0] * content[at + 1]
            at += 1
        else:
            found.append(content[at])
        at += 1
    np.testing.assert_array_equal(np.reshape(found, images.shape), images)


def test_top_level_names_of_the_modules_are_different() -> None:
    """All modules are one in the page, so that no two may define one name."""
    folder = Path(html_page.__file__).parent / "templates"
    names: list[str] = []
    for file in SCRIPTS:
        text = inline((folder / file).read_text(encoding="utf-8"))
        names += re.findall(r"^(?:async )?(?:function|class|const|let) (\w+)", text, re.MULTILINE)
    assert sorted(set(names)) == sorted(names)
    assert {one.name for one in folder.glob("*.js")} == set(SCRIPTS)


def test_golden_images_are_from_the_test_set(page: Path) -> None:
    model = document_in(page)
    assert model["golden"]["origin"] == "test images"
    assert model["golden"]["count"] == len(model["golden"]["labels"]) == 32
    assert model["style"]["size"] == model["size"]


def test_validation_images_are_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = {
        "task": {**SINGLE, "withhold_test": True},
        "model": {"strategy": "multihead", "channels": 4},
        "training": {"epochs": 1, "precision": "float32", "augment": "none"},
    }
    run = train(Recipe.from_mapping({"name": "withheld", **recipe}), tmp_path, quiet=True)
    write_classifier_page(run, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert document_in(tmp_path / "page.html")["golden"]["origin"] == "validation images"
    assert "<dt>Exact match on validation images</dt>" in text
    assert "Or take one of the validation images:" in text
    assert "test images" not in text
    found = sources.list_sources()
    missing = [type(one)(one.name, one.licence, one.citation, None, "missing") for one in found]
    monkeypatch.setattr(sources, "list_sources", lambda **_: missing)
    with shown_notes():
        write_classifier_page(run, tmp_path / "other.html")
    assert "embedded digits take the place of validation images" in capsys.readouterr().err


def test_without_the_data_embedded_digits_are_golden(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = sources.list_sources()
    missing = [type(one)(one.name, one.licence, one.citation, None, "missing") for one in found]
    monkeypatch.setattr(sources, "list_sources", lambda **_: missing)
    with shown_notes():
        write_classifier_page(run_of("sliced"), tmp_path / "page.html")
    assert "embedded digits" in capsys.readouterr().err
    assert document_in(tmp_path / "page.html")["golden"]["origin"] == "embedded digits"


def test_a_target_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "mine.html"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already"):
        write_classifier_page(run_of("multihead"), target)
    assert target.read_text(encoding="utf-8") == "mine"
    target.unlink()
    target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="is there already"):
        write_classifier_page(run_of("multihead"), target)


def trained_on(name: str, model: dict[str, Any], root: Path) -> Run:
    training = {"training": {"epochs": 1, "precision": "float32", "augment": "none"}}
    classical = "classical" in model or model.get("custom", {}).get("kind") == "estimator"
    recipe = {"name": name, "task": SINGLE, "model": model, **({} if classical else training)}
    return train(Recipe.from_mapping(recipe), root, quiet=True)


def test_a_classical_model_is_refused(tmp_path: Path) -> None:
    settings = {"strategy": "multihead", "net": "classical", "classical": {"name": "forest"}}
    run = trained_on("forest", settings, tmp_path)
    with pytest.raises(UsageError, match="classical model, and a page runs nets alone"):
        write_classifier_page(run, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


class Recurrent(nn.Module):
    """A net of one's own that decides in `forward` what it does."""

    def __init__(self, shape: tuple[int, int], heads: int, classes: int) -> None:
        super().__init__()
        self.heads, self.classes = heads, classes
        self.rows = nn.GRU(shape[1], 4, batch_first=True)
        self.out = nn.Linear(4, heads * classes)

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.out(self.rows(images[:, 0])[0][:, -1])
        return found.view(-1, self.heads, self.classes)


def recurrent(image_shape: tuple[int, int], heads: int, classes: int) -> nn.Module:
    return Recurrent(image_shape, heads, classes)


class Mistaken(nn.Module):
    """A net of one's own that says of itself something else than it does."""

    def __init__(self, shape: tuple[int, int], heads: int, classes: int) -> None:
        super().__init__()
        self.out, self.shape = nn.Linear(shape[0] * shape[1], heads * classes), (heads, classes)

    def forward(self, images: Tensor) -> Tensor:
        found: Tensor = self.out(images.flatten(1))
        return found.view(-1, *self.shape)

    def operations(self, _shape: tuple[int, ...]) -> list[Operation]:
        return [MeanPool()]


def mistaken(image_shape: tuple[int, int], heads: int, classes: int) -> nn.Module:
    return Mistaken(image_shape, heads, classes)


@pytest.mark.parametrize(
    ("make", "said"),
    [(recurrent, "its layer Recurrent is not known"), (mistaken, "compute something else")],
)
def test_a_net_that_is_not_known_is_refused(make: Any, said: str, tmp_path: Path) -> None:
    own = {"strategy": "multihead", "net": "custom"}
    custom = given(make.__name__, make).model_dump()
    run = trained_on(make.__name__, {**own, "custom": custom}, tmp_path)
    with pytest.raises(UsageError, match=said) as caught:
        write_classifier_page(run, tmp_path / "page.html")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "page.html").exists()


def test_weights_that_do_not_fit_are_one_error(tmp_path: Path) -> None:
    run = trained_on("torn", {"strategy": "multihead", "channels": 4}, tmp_path)
    file = run.path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(RunError, match="cannot be read"):
        write_classifier_page(Run.load(run.path), tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_a_size_that_no_memory_holds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "memory_limit", lambda: 10**9)
    folder = shutil.copytree(run_of("sliced").path, tmp_path / "run")
    file = folder / "summary.json"
    text, count = re.subn(r'"(height|width)": \d+', r'"\1": 6999', file.read_text())
    assert count >= 2
    file.write_text(text)
    with pytest.raises(UsageError, match=r"GB of memory, .* its folder is damaged"):
        write_classifier_page(Run.load(folder), tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_sizes(tmp_path: Path) -> None:
    """Half a megabyte of the default `single`, two of `aligned` with 48 channels."""
    for name, task, model, most in (
        ("single", {**SINGLE}, {"strategy": "multihead"}, 500_000),
        (
            "aligned",
            {"name": "triple", "per_label": 1, "train_images": 40, "generalization_grid": 0},
            {"strategy": "aligned", "channels": 48},
            2_000_000,
        ),
    ):
        recipe = {
            "name": name, "task": task, "model": model,
            "training": {"epochs": 1, "precision": "float32", "augment": "none"},
        }  # fmt: skip
        run = train(Recipe.from_mapping(recipe), tmp_path, quiet=True)
        assert PortableNet.load(run).size
        said = write_classifier_page(run, tmp_path / f"{name}.html")
        assert (tmp_path / f"{name}.html").stat().st_size == said["bytes"] <= most
