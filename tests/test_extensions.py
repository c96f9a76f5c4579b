"""Extensions: a package with one of everything, and one of each made while the program runs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import nn

from glyphlab._common.errors import PluginError, RecipeError
from glyphlab.data import Symbols, SymbolSet, list_sources
from glyphlab.experiments import compare
from glyphlab.models.generators.losses import AdversarialLoss, adversarial_loss
from glyphlab.models.nets.build import NetPlan, build_net
from glyphlab.models.nets.cnns import as_float
from glyphlab.models.strategies import Whole
from glyphlab.recipes import GeneratorRecipe, Recipe, json_schema
from glyphlab.recipes.registries import AUGMENTATIONS, LOSSES, NETS, SCENES, SOURCES, STRATEGIES
from glyphlab.runs import Run
from glyphlab.tasks import Scene, load_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import predict, train
from glyphlab.training.trainers.stacked.stack import stackable
from plugins import EXAMPLE, install, install_example

pytestmark = pytest.mark.usefixtures("one_thread")

PAIR = {
    "name": "pair",
    "data": "bars",
    "labels": "shared",
    "per_label": 2,
    "generalization_grid": 0,
}


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    install_example(folder)
    monkeypatch.syspath_prepend(str(folder))
    return tmp_path


def test_a_package_adds_one_of_everything(example: Path) -> None:
    task = load_task("pair", data="bars", labels="shared", per_label=2)
    assert task.train.images.shape[1:] == (28, 56)
    ceilings = task.audit().ceilings
    assert {"whole", "sliced", "multihead", "aligned"} < set(ceilings)
    assert (list(ceilings)[-1], ceilings["bits"]) == ("bits", 1)
    result = compare(
        TaskRecipe.model_validate(PAIR), ["bits-funnel"], seeds=2, root=example / "runs",
        overrides=["training.precision=float32"], quiet=True,
    )  # fmt: skip
    (row,) = result.rows
    assert (row["model"], row["strategy"], row["seeds"]) == ("bits-funnel", "bits", 2)
    assert row["mean"] > 0.05  # of 100 labels
    run = result.runs[0]
    assert run.recipe["task"]["digest"]
    assert run.recipe["training"]["augment"] == "dim"
    from PIL import Image

    Image.fromarray(task.test.images[0]).save(example / "one.png")
    (read,) = predict(run.path, [example / "one.png"])
    assert len(read["symbols"]) == 2
    page = result.report(example / "page.html")
    assert "bits" in (page or example / "page.html").read_text(encoding="utf-8")
    assert adversarial_loss("margin").name == "margin"
    assert GeneratorRecipe.from_mapping({"training": {"loss": "margin"}}).training.loss == "margin"
    assert "bars" in [source.name for source in list_sources()]
    assert "bits" in json_schema()["$defs"]["ModelRecipe"]["properties"]["strategy"]["enum"]


def test_the_content_of_a_scene_is_part_of_the_recipe_of_a_run() -> None:
    def digest(gap: int) -> str | None:
        SCENES.register("twins", Scene.in_grid("twins", 1, 2, gap=(0, gap)))
        try:
            task = load_task("twins", per_label=1)
            assert task.recipe is not None
            assert task.recipe.digest == task.recipe.found_digest()
            return task.recipe.digest
        finally:
            SCENES.unregister("twins")

    assert digest(0) == digest(0) != digest(3)
    plain = TaskRecipe(name="triple").found_digest()
    assert plain == TaskRecipe(name="single").found_digest()


def test_the_example_changes_nothing_of_ours() -> None:
    ours = Path(__file__).parents[1] / "src"
    names = re.findall(
        r"^([\w-]+) = \"glyphlab_example", (EXAMPLE / "pyproject.toml").read_text(), re.M
    )
    assert len(names) == 7
    for file in ours.rglob("*.py"):
        assert "glyphlab_example" not in file.read_text(encoding="utf-8")


def test_what_one_strategy_reads_is_refused_in_its_words(example: Path) -> None:
    recipe = Recipe.from_mapping(
        {
            "task": {"name": "addition", "per_label": 2},
            "model": {"strategy": "bits", "net": "funnel"},
        }
    )
    with pytest.raises(RecipeError, match="'bits' reads one label a position, and 'addition' has"):
        train(recipe, example, quiet=True)
    with pytest.raises(RecipeError, match=r"'multihead', 'aligned', .*'bits'"):
        Recipe.from_mapping({"model": {"strategy": "bots"}})


def test_a_broken_package_breaks_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "broken_one.py").write_text("import no_such_module_at_all")
    points = {"glyphlab.strategies": {"cracked": "broken_one:Cracked", "whole": "broken_one:W"}}
    install(tmp_path, "broken-one", points)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert "cracked" not in load_task("triple", per_label=1).audit().ceilings
    said = [record.message for record in caplog.records]
    assert len(said) == 2
    assert "names a strategy 'whole', which is taken" in said[0]
    assert "'cracked' of package broken-one 0.1.0 cannot be imported" in said[1]
    with pytest.raises(PluginError, match="update or uninstall that package"):
        Recipe.from_mapping({"model": {"strategy": "cracked"}})


class Backwards(Whole):
    """A strategy of a test: the loss is twice as large, and nothing else."""

    name: ClassVar[str] = "backwards"

    def state(self) -> dict[str, Any]:
        return {**super().state(), "more": {"times": 2}}

    def loss(self, logits: torch.Tensor, targets: torch.Tensor, smoothing: float) -> torch.Tensor:
        return 2 * super().loss(logits, targets, smoothing)


class Flat(nn.Linear):
    """A net of a test: one layer."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return super().forward(as_float(images).flatten(1)).unsqueeze(1)


def build_flat(plan: NetPlan) -> nn.Module:
    return Flat(plan.height * plan.width, plan.classes)


def dots() -> SymbolSet:
    def part(count: int, first: int) -> Symbols:
        images = np.zeros((count, 28, 28), np.uint8)
        labels = np.arange(count) % 10
        images[np.arange(count), 2 * labels + 2, 14] = 255
        ids = np.arange(first, first + count)
        return Symbols(images, labels, ids, "dots", "CC0", tuple("0123456789"))

    return SymbolSet("dots", part(200, 0), part(50, 200))


EXTENSIONS: list[tuple[Any, str, Any]] = [
    (STRATEGIES, "backwards", Backwards),
    (NETS, "flat", build_flat),
    (LOSSES, "mean", AdversarialLoss("mean", lambda r, m, _: m.mean() - r.mean(), lambda m, _: -m.mean(), False, "")),  # noqa: E501
    (SCENES, "column", Scene("column", 2, (56, 28), (28, 28), (0, 0), (0, 28))),
    (SOURCES, "dots", dots),
    (AUGMENTATIONS, "dark", lambda images, _generator, _columns: images / 2),
]  # fmt: skip


@pytest.fixture
def registered() -> Any:
    for registry, name, item in EXTENSIONS:
        registry.register(name, item)
    yield
    for registry, name, _ in EXTENSIONS:
        registry.unregister(name)


@pytest.mark.usefixtures("registered")
def test_one_line_each_is_enough(tmp_path: Path) -> None:
    recipe = Recipe.from_mapping(
        {
            "task": {
                "name": "column",
                "data": "dots",
                "labels": "shared",
                "per_label": 2,
                "generalization_grid": 0,
            },
            "model": {"strategy": "backwards", "net": "layers", "layers": ["dense 8"]},
            "training": {"epochs": 2, "augment": "dark", "optimizer": "adam"},
        }
    )
    assert stackable(recipe) == (False, "strategy 'backwards' has a loss of its own")
    run = train(recipe, tmp_path, quiet=True)
    assert Run.load(run.path).summary.strategy_state.more == {"times": 2}
    assert run.summary.audit.ceilings["backwards"] == run.summary.audit.ceilings["whole"]
    plain = recipe.model_copy(
        update={"model": recipe.model.model_copy(update={"strategy": "whole"})}
    )
    ours = train(plain, tmp_path, quiet=True)
    first = run.metrics()[0]["loss"] / ours.metrics()[0]["loss"]
    assert first == pytest.approx(2, rel=0.1)  # Adam's steps are those of the plain loss
    flat = Recipe.from_mapping({**recipe.content(), "model": {"strategy": "whole", "net": "flat"}})
    assert train(flat, tmp_path, quiet=True).summary.net == "flat"
    assert adversarial_loss("mean").relative is False


def test_a_net_that_is_none() -> None:
    NETS.register("nothing", lambda plan: None)
    try:
        with pytest.raises(PluginError, match="net 'nothing' was built as a NoneType, expected a"):
            build_net(
                "nothing", height=4, width=4, heads=1, classes=2, head="flat",
                generator=torch.Generator(),
            )  # fmt: skip
    finally:
        NETS.unregister("nothing")


@pytest.mark.parametrize("found", ["raises", "other"])
def test_a_source_that_fails(found: str) -> None:
    def load() -> Any:
        if found == "raises":
            raise OSError("no such disk")
        return 3

    SOURCES.register("weak", load)
    try:
        said = (
            r"failed \(OSError: no such disk\)" if found == "raises" else "gave a int, expected a"
        )
        with pytest.raises(PluginError, match=f"the data source 'weak' {said}"):
            load_task("single", data="weak")
    finally:
        SOURCES.unregister("weak")


def test_a_scene_file_takes_cells_as_a_source_of_a_package_has_them(tmp_path: Path) -> None:
    (tmp_path / "row.toml").write_text("columns = 3\n")

    def small() -> SymbolSet:
        found = dots()
        parts = (
            replace(part, images=part.images[:, ::2, ::4]) for part in (found.train, found.test)
        )
        return SymbolSet("small", *parts)

    SOURCES.register("small", small)
    try:
        task = load_task(str(tmp_path / "row.toml"), data="small", images=60)
        assert (task.scene.cell, task.train.images.shape[1:]) == ((14, 7), (14, 21))
    finally:
        SOURCES.unregister("small")


WORDS = ("whole", "sliced", "multihead", "aligned", "sequential", "sum")


def test_nothing_of_ours_compares_names_of_strategies() -> None:
    source = Path(__file__).parents[1] / "src" / "glyphlab"
    named = "|".join(WORDS)
    against_a_word = rf"strategy(\.name)?\s*(==|!=|(not )?in) *[(\[{{]*[\"']({named})[\"']"
    compared = re.compile(against_a_word)
    found = [
        f"{file.relative_to(source)}: {line.strip()}"
        for file in source.rglob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
        if compared.search(line)
    ]
    assert found == []
