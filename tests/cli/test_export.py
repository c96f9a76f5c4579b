"""`glyphlab export`: files, what is said of them, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from exported_runs import run_of
from glyphlab.export import onnx_graph

from .conftest import Cli, fails

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder of runs in which commands may leave something."""
    for name in ("multihead", "sliced"):
        run = run_of(name)
        shutil.copytree(run.path, tmp_path / "runs" / run.name)
    return tmp_path / "runs"


def test_a_page(glyphlab: Cli, runs: Path) -> None:
    code, out, err = glyphlab("export", "single-digits", "--html", "new/page.html")
    assert (code, out) == (0, "")
    assert err.startswith("note: wrote new/page.html (0.")
    assert "MB" in err
    assert (runs.parent / "new/page.html").is_file()


def test_json_and_quiet(glyphlab: Cli, runs: Path) -> None:
    code, out, err = glyphlab("export", "single-digits", "--html", "a.html", "--json")
    assert (code, err) == (0, "")
    said = json.loads(out)
    assert said["schema"] == 2
    assert said["html"]["path"] == "a.html"
    assert said["html"]["bytes"] == (runs.parent / "a.html").stat().st_size
    assert glyphlab("export", "single-digits", "--html", "b.html", "--quiet") == (0, "b.html\n", "")


@pytest.mark.skipif(not onnx_graph.has_onnx(), reason="the extra onnx is not installed")
def test_both_at_once(glyphlab: Cli, runs: Path) -> None:
    words = ("export", "triple-triples", "--html", "a.html", "--onnx", "a.onnx", "--json")
    code, out, err = glyphlab(*words)
    assert (code, err) == (0, "")
    said = json.loads(out)
    assert said["onnx"]["checked"] == 32
    assert {one.name for one in runs.parent.iterdir()} >= {"a.html", "a.onnx"}


def test_without_the_extra_no_page_is_written_either(
    glyphlab: Cli, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_graph, "missing_packages", lambda: ["onnx", "onnxruntime"])
    words = ("export", "single-digits", "--html", "a.html", "--onnx", "a.onnx")
    fails(glyphlab(*words), 2, "pip install 'glyphlab[onnx]'")
    assert [one.name for one in runs.parent.iterdir()] == ["runs"]


def test_nothing_is_half_written(glyphlab: Cli, runs: Path) -> None:
    here = runs.parent
    name = run_of("multihead").name
    fails(glyphlab("export", name), 2, "add --html FILE, --onnx FILE, or both")
    fails(glyphlab("export", "nobody", "--html", "a.html"), 2, "nobody")
    for option, ending in (("--html", ".html or .htm"), ("--onnx", ".onnx")):
        said = f"y.txt: expected the name of a file that ends with {ending}"
        fails(glyphlab("export", name, option, "y.txt"), 2, said)
    (here / "a.html").write_text("mine", encoding="utf-8")
    fails(glyphlab("export", name, "--html", "a.html"), 2, "a.html is there already")
    fails(glyphlab("export", name, "--html", "b.html", "--onnx", "a.html"), 2, "with .onnx")
    fails(
        glyphlab("export", name, "--html", "c", "--onnx", "c"), 2, "--html and --onnx both write c"
    )
    fails(glyphlab("export", name, "--html", "runs"), 2, "is a folder, expected a file")
    fails(glyphlab("export", name, "--html", "a.html/b.html"), 2, "is a file, expected a folder")
    assert (here / "a.html").read_text(encoding="utf-8") == "mine"
    run = runs / name
    (run / "model.safetensors").rename(run / "kept")
    fails(glyphlab("export", name, "--html", "b.html"), 1, "model.safetensors cannot be read")
    (run / "kept").rename(run / "model.safetensors")
    (run / "done").unlink()
    fails(glyphlab("export", name, "--html", "b.html"), 1, "is not finished")
    (run / "recipe.json").unlink()
    fails(glyphlab("export", run, "--html", "b.html"), 2, "")
    assert {one.name for one in here.iterdir()} == {"runs", "a.html"}


def test_a_generator_is_refused(glyphlab: Cli, tmp_path: Path) -> None:
    few = ("--samples", "100", "--set", "training.images=64", "--set", "model.width=4")
    code, _, err = glyphlab("generate", "digits", *few, "--quiet")
    if code:
        pytest.fail(err)
    name = next(one.name for one in (tmp_path / "runs").iterdir() if "s0" in one.name)
    fails(glyphlab("export", name, "--html", "a.html"), 2, "is a generator")
    fails(glyphlab("export", name, "--onnx", "a.onnx"), 2, "is a generator")
