"""The studio's own folder of data: names, and what they stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from glyphlab._common.errors import UnknownName
from glyphlab.runs import list_runs
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.app.studio import Settings
from glyphlab.serve.own_data.own_sources import (
    OWN,
    keep_source,
    loadable,
    own_sources,
    remove_source,
    require_free_name,
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "runs")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    (folder / "train" / "a").mkdir(parents=True)
    (folder / "train" / "a" / "0.png").write_bytes(b"0")
    return folder


def test_a_source_is_kept_and_removed(settings: Settings, made: Path) -> None:
    kept = keep_source(settings, "mine", made)
    assert kept == settings.root / OWN / "mine"
    assert (kept / "train" / "a" / "0.png").read_bytes() == b"0"
    assert [one.name for one in own_sources(settings)] == ["mine"]
    assert loadable(settings, "mine") == str(kept)
    assert loadable(settings, "digits") == "digits"
    assert list_runs(settings.root) == []
    with pytest.raises(Refused, match="there already"):
        keep_source(settings, "Mine", made)
    remove_source(settings, "mine")
    assert list((settings.root / OWN).iterdir()) == []
    with pytest.raises(UnknownName):
        remove_source(settings, "mine")


@pytest.mark.parametrize("name", ["../x", "", ".x", "a/b", "a b", "x" * 41, "digits", "mnist"])
def test_names_that_are_not_given(settings: Settings, name: str) -> None:
    with pytest.raises(Refused):
        require_free_name(settings, name)


def test_paths_are_no_sources(settings: Settings, made: Path) -> None:
    keep_source(settings, "mine", made)
    for name in (str(made), "../made", "min", ".own-data/mine"):
        with pytest.raises(UnknownName):
            loadable(settings, name)
    with pytest.raises(UnknownName, match="source of your own"):
        remove_source(settings, "digits")
