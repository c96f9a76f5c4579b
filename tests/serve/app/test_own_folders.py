"""What visitors from other machines learn of the folders of this one."""

from __future__ import annotations

import json
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest

from glyphlab.runs import list_runs
from glyphlab.serve.app.own_folders import own_folders, without_folders
from glyphlab.serve.app.starting import open_studio
from glyphlab.serve.app.studio import Studio
from studios import client_of


@pytest.mark.parametrize("write", [str, json.dumps, escape])
def test_a_path_keeps_its_end(write: object) -> None:
    assert callable(write)
    folder = "/home/jö & co/work"
    said = write(f"{folder}/runs/a/summary.json is damaged; see {folder}")
    found = without_folders(said, [folder])
    assert "runs/a/summary.json is damaged; see work" in found
    assert "home" not in found


def test_folders_of_this_machine(tmp_path: Path) -> None:
    found = own_folders(tmp_path / "runs", None, Path("/data"))
    assert found[0] == max(found, key=len)
    assert str(tmp_path / "runs") in found
    assert str(Path.cwd()) in found
    assert not {"/", "/data"} & set(found)  # which links could begin with


def test_visitors_are_told_no_folder(studio: Studio, root: Path) -> None:
    broken, whole = (info.name for info in list_runs(root))
    (root / broken / "summary.json").write_text("{", encoding="utf-8")
    client = client_of(studio)
    paths = ("/api/runs", f"/api/runs/{broken}/events", f"/runs/{broken}", f"/runs/{broken}/page",
             f"/api/draw/models/{broken}", "/runs", f"/runs/{whole}/page")  # fmt: skip
    told = {path: client.get(path) for path in paths}
    assert any(str(root) in answer.text for answer in told.values())
    studio.settings = replace(studio.settings, own_folders=own_folders(root))
    for path, before in told.items():
        answer = client.get(path)
        assert str(root.parent) not in answer.text
        assert answer.status == before.status
        assert ("summary.json" in answer.text) == ("summary.json" in before.text)


def test_only_what_is_open_to_others_leaves_them_out(root: Path) -> None:
    for host, told in (("127.0.0.1", False), ("0.0.0.0", True)):
        with open_studio(root, host=host) as opened:
            assert bool(opened.server.studio.settings.own_folders) == told  # type: ignore[attr-defined]
