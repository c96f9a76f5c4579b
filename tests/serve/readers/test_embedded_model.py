"""The model of the first start: trained once, kept in the cache, and able to answer."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from glyphlab.serve.app.starting import open_studio
from glyphlab.serve.readers import embedded_model
from glyphlab.serve.readers.embedded_model import embedded_recipe, embedded_root, embedded_run
from trained import digits_run


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    content: dict[str, Any] = {**embedded_model._CONTENT, "model": {"strategy": "multihead",
                               "channels": 2}, "training": {"epochs": 1}}  # fmt: skip
    monkeypatch.setattr(embedded_model, "_CONTENT", content)


def test_its_recipe_is_one() -> None:
    found = embedded_recipe()
    assert (found.task.name, found.task.data) == ("single", "digits")


@pytest.mark.usefixtures("small")
def test_the_first_start_says_what_it_trains(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "glyphlab")
    for _ in range(2):
        embedded_run()
    assert sum("no finished classifier" in one.getMessage() for one in caplog.records) == 1


@pytest.mark.usefixtures("small")
def test_an_empty_folder_gets_it_once(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    root.mkdir()
    with open_studio(root, quiet=True) as opened:
        assert opened.address.startswith("http://127.0.0.1:")
    assert list(root.iterdir()) == []
    run = embedded_run(quiet=True)
    assert run.path.parent == embedded_root()
    assert str(tmp_path) in str(embedded_root())
    done = (run.path / "done").stat().st_mtime_ns
    with open_studio(root, quiet=True):
        assert (run.path / "done").stat().st_mtime_ns == done


def test_a_folder_with_a_classifier_needs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glyphlab.serve.app.starting.embedded_run", None)
    shutil.copytree(digits_run().path, tmp_path / "runs" / digits_run().name)
    with open_studio(tmp_path / "runs", token="known") as opened:
        assert opened.address.endswith("/?token=known")
        assert opened.others == ()
