"""`glyphlab learning-curve` and `glyphlab embed`, from the words to the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Cli

CURVE = ["learning-curve", "addition", "--models", "sum", "--sizes", "30,60", "--seeds", "1",
         "--steps", "2", "--per-label", "20", "--set", "model.channels=2"]  # fmt: skip


def test_a_curve_and_a_map_of_one_of_its_runs(glyphlab: Cli, tmp_path: Path) -> None:
    pytest.importorskip("openTSNE")
    out = ["--out", str(tmp_path), "--quiet", "--json"]
    code, text, _ = glyphlab(*CURVE, *out)
    assert code == 0
    assert json.loads(text)["sizes"] == [30, 60]
    assert (tmp_path / "learning-curve.html").exists()
    run = next(tmp_path.glob("addition-sum-*")).name
    words = ["embed", run, "--runs", str(tmp_path), "--perplexity", "5,8", "--layer", "input"]
    code, text, _ = glyphlab(*words, "--threads", "1", "--quiet", "--json")
    assert code == 0
    document = json.loads(text)
    assert [one["perplexity"] for one in document["embeddings"]] == [5.0, 8.0]
    assert "--layer input" in document["command"]
    assert "--separability" not in document["command"]
    assert (tmp_path / "embedding.html").exists()
    for wrong, said in (
        (["--perplexity", "x"], "--perplexity 5,30"),
        (["--separability", "3+5"], "--separability 3+5,4+4"),
        (["--separability", "1+2,3"], "as many symbols on both sides"),
        (["--layer", "redaer"], "did you mean 'reader'"),
    ):
        code, text, error = glyphlab(*words[:4], "--quiet", *wrong)
        assert (code, text) == (2, "")
        assert said in error


def test_sizes_that_are_none(glyphlab: Cli) -> None:
    code, text, error = glyphlab("learning-curve", "addition", "--models", "sum", "--sizes", "many")
    assert (code, text) == (2, "")
    assert "as 100,1000" in error
