"""The scenes under examples/: audited, compared, and drawn by a generator; the script runs."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from glyphlab.tasks import read_scene

from .cli.conftest import Cli, fails
from .cli.conftest import glyphlab as glyphlab

pytestmark = pytest.mark.usefixtures("one_thread")

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
MODELS = {
    "five-digits": ["aligned", "sliced"],
    "grid": ["aligned", "sliced", "multihead"],
    "three-numbers": ["sum", "sequential"],
}
CEILINGS = {
    "five-digits": {"whole": 0.0, "sliced": 1.0, "multihead": 1.0, "aligned": 1.0},
    "grid": {"whole": 0.0, "sliced": 1.0, "multihead": 1.0, "aligned": 1.0},
}
FEW = ["--set", "training.images=64", "--set", "model.width=4", "--set", "task.images=60",
       "--set", "evaluation.epoch_samples=30"]  # fmt: skip


def test_every_example_is_tried() -> None:
    assert {file.stem for file in EXAMPLES.glob("*.toml")} == set(MODELS)


@pytest.mark.parametrize(
    "name",
    [
        *(pytest.param(one, marks=pytest.mark.long) for one in ("five-digits", "grid")),
        "three-numbers",
    ],
)
def test_an_example_from_the_audit_to_the_generator(
    name: str, glyphlab: Cli, tmp_path: Path
) -> None:
    file = EXAMPLES / f"{name}.toml"
    scene = read_scene(file)
    code, out, _ = glyphlab("audit", file, "--images", "400", "--json")
    audit = json.loads(out)
    assert (code, audit["task"], audit["leaks"]) == (0, name, [])
    assert CEILINGS.get(name, {}).items() <= audit["ceilings"].items()

    words = ["--models", ",".join(MODELS[name]), "--seeds", "1", "--preset", "smoke", "-q"]
    few = ["--set", "task.images=200", "--set", "training.precision=float32"]
    code, out, _ = glyphlab("compare", file, *words, *few, "--json")
    found = json.loads(out)
    assert code == 0
    assert [row["model"] for row in found["rows"]] == MODELS[name]
    assert [row["items"] for row in found["rows"]] == [40] * len(MODELS[name])
    assert f"{name} ({scene.words}) of digits" in found["protocol"]
    assert shlex.split(found["command"])[2] == str(file)
    page = (tmp_path / "runs" / "report.html").read_text(encoding="utf-8")
    digits = scene.count if scene.rule == "digits" else "+"
    assert re.search(rf'alt="image of \d{{{digits}}}"'.replace("{+}", "+"), page)

    code, out, _ = glyphlab("generate", file, "--samples", "100", "-q", *FEW, "--json")
    drawn: dict[str, Any] = json.loads(out)
    assert (code, drawn["model"], drawn["modes_possible"]) == (0, "composed", 10**scene.count)
    assert len(list((tmp_path / "runs").glob(f"generate-{name}-composed-*.html"))) == 1

    code, out, _ = glyphlab("data", "build", file, "--out", "built", "--images", "40")
    assert code == 0
    assert len(list((tmp_path / "built" / "train").rglob("*.png"))) == 26


def test_a_curve_of_an_example(glyphlab: Cli) -> None:
    code, out, _ = glyphlab(
        "learning-curve", EXAMPLES / "three-numbers.toml", "--models", "linear-sequential",
        "--sizes", "20,40", "--seeds", "1", "--images", "100", "-q", "--json",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["sizes"] == [20, 40]


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("columns = 3\ncanvas = [28, 60]", ["audit"], "does not fit its canvas: width 60"),
        ("colums = 3", ["audit"], "did you mean 'columns'?"),
        ('columns = 3\nrule = "sums"', ["data", "build", "--out", "x"], "did you mean 'sum'?"),
        ('rows = 3\nrule = "signed-sum"\nsigns = [1]', ["compare"], "signs [1] for 3 numbers"),
        ("columns = 3", ["audit", "--digits", "2"], "--digits is for presets"),
        ("columns = 3", ["compare", "--as-published"], "task.as_published is for presets"),
        ("columns = 3", ["audit", "--images", "20", "--per-label", "2"], "--per-label already"),
        ("positions = [[0, 0], [30, 30]]", ["compare", "--models", "sliced", "--images", "30"],
         "choose strategy 'whole' or 'multihead'"),
        ("rows = 2", ["compare", "--models", "aligned", "--set", "training.short_canvas=1"],
         "has several rows or is no taller"),
        ('rows = 2\nrule = "sum"', ["compare", "--models", "aligned", "--images", "30"],
         "choose 'whole', 'sum' or 'sequential'"),
        ("positions = [[0, 0], [30, 30]]", ["generate", "--set", "task.images=20"],
         "do not stand in a grid"),
        ("positions = [[0, 0], [30, 30]]", ["generate", "--model", "whole", "--set",
         "task.images=20"], "do not stand in a grid"),
        ("columns = 1", ["generate", "--model", "composed"], "choose 'small'"),
        ("columns = 2\nname = \"single\"", ["generate"], "which is the name of a preset"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said_in_one_line(
    text: str, words: list[str], said: str, glyphlab: Cli, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text(text)
    at = 2 if words[0] == "data" else 1
    quiet = ["-q"] if words[0] in ("compare", "generate") else []
    fails(glyphlab(*words[:at], "mine.toml", *words[at:], *quiet), 2, said)
    assert not list((tmp_path / "runs").glob("*/summary.json"))


def test_own_models_beside_ours(tmp_path: Path) -> None:
    script = EXAMPLES / "own_models.py"
    text = script.read_text(encoding="utf-8")
    assert sum(bool(line.strip()) for line in text.splitlines()) <= 12
    found = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    for name in ("mine", "forest", "aligned"):
        assert re.search(rf"^{name} +\d+\.\d\d %  .* to .*  2  ", found.stdout, re.M), found.stdout
    assert found.stdout.count("not distinguished") + found.stdout.count("than") == 3
    assert len(list((tmp_path / "runs").glob("*/done"))) == 6


def test_nets_for_garments_have_the_sizes_that_are_said() -> None:
    from glyphlab.experiments.command_line import parse_question
    from glyphlab.models import count_parameters
    from glyphlab.recipes import Recipe
    from glyphlab.tasks import load_task
    from glyphlab.training.initial_net import make_net
    from glyphlab.training.targets import strategy_for

    file = EXAMPLES.parent / "studies" / "recipes" / "fashion-pareto.toml"
    text = file.read_text(encoding="utf-8")
    said = re.search(r"'(model\.layers=.*?)'", text.replace("\n#", " "), re.DOTALL)
    assert said is not None
    key, values = parse_question(said[1])
    recipe = Recipe.from_toml(file)
    task = load_task("single")
    sizes = []
    for value in values:
        one = Recipe.from_toml(file, [f"{key}={value}"])
        net = make_net(one, strategy_for(one, task), *task.train.images.shape[1:])
        sizes.append(count_parameters(net))
    assert sizes == [9_914, 24_770, 47_154, 98_490]
    assert recipe.model.words == tuple(one.model.words)
