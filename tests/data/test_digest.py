"""What tells one dataset from another."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from glyphlab._common.errors import NoSuchPath
from glyphlab.data import digest as d


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in {"train/0/a.png": b"one", "test/0/b.png": b"two"}.items():
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    return tmp_path / "data"


OF_FOLDER = "f9ed1dfe0199affe"
"""The digest of `folder`: recipes and runs on disk name such ones."""


def settled(folder: Path, at: float = 1_000_000_000.0) -> None:
    """Set the time of every file back, as if it had been there for long."""
    for path in folder.rglob("*"):
        os.utime(path, (at, at))


def test_content_and_names_count(folder: Path, tmp_path: Path) -> None:
    first = d.folder_digest(folder)
    assert len(first) == d.LENGTH
    assert d.folder_digest(folder) == first
    (folder / "train/0/a.png").write_bytes(b"two")
    second = d.folder_digest(folder)
    (folder / "train/0/a.png").write_bytes(b"one")
    (folder / "train/0/a.png").rename(folder / "train/0/c.png")
    third = d.folder_digest(folder)
    assert len({first, second, third}) == 3
    (folder / "train/0/c.png").rename(folder / "train/0/a.png")
    folder.rename(tmp_path / "moved")
    assert d.folder_digest(tmp_path / "moved") == first


def test_linked_folders_count(folder: Path, tmp_path: Path) -> None:
    assert d.folder_digest(folder) == OF_FOLDER
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_bytes(name.encode())
    found = []
    for name in ("cats", "dogs"):
        link = folder / "train" / "1"
        link.symlink_to(tmp_path / name)
        settled(tmp_path)
        found.append(d.folder_digest(folder))
        assert d.folder_digest(folder) == found[-1]
        link.unlink()
        (folder / d.CACHE).unlink()
    assert len({OF_FOLDER, *found}) == 3
    (folder / "train" / "1").mkdir()
    (folder / "train" / "1" / "1.png").write_bytes(b"dogs")
    assert d.folder_digest(folder) == found[1]


def test_a_link_is_seen_once_it_stands_in_a_folder_with_a_kept_digest(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "1.png").write_bytes(b"cat")
    settled(tmp_path)
    assert d.folder_digest(folder) == OF_FOLDER
    (folder / "train" / "1").symlink_to(tmp_path / "cats")
    second = d.folder_digest(folder)
    (tmp_path / "cats" / "1.png").write_bytes(b"dog")
    assert len({OF_FOLDER, second, d.folder_digest(folder)}) == 3


def test_links_that_lead_back_are_left_out(folder: Path, tmp_path: Path) -> None:
    (folder / "loop").symlink_to(folder)
    (folder / "train" / "above").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to(folder / "train")
    assert d.folder_digest(folder) == OF_FOLDER


def test_it_is_computed_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settled(folder)
    first = d.folder_digest(folder)
    assert json.loads((folder / d.CACHE).read_text())["digest"] == first
    monkeypatch.setattr(d, "file_digest", None)
    assert d.folder_digest(folder) == first


def test_a_change_of_size_or_time_is_seen(folder: Path) -> None:
    settled(folder)
    first = d.folder_digest(folder)
    (folder / "train/0/a.png").write_bytes(b"uno")
    os.utime(folder / "train/0/a.png", (1_000_000_001, 1_000_000_001))
    assert d.folder_digest(folder) != first


def test_what_has_just_changed_is_not_kept(folder: Path) -> None:
    """A second change within the same tick of the clock would not be seen."""
    d.folder_digest(folder)
    assert not (folder / d.CACHE).exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", "[" * 5_000, '{"listing": 3, "digest": 4}'])
def test_a_damaged_cache_counts_for_nothing(content: str, folder: Path) -> None:
    settled(folder)
    first = d.folder_digest(folder)
    (folder / d.CACHE).write_text(content)
    assert d.folder_digest(folder) == first


def test_sources(folder: Path, tmp_path: Path) -> None:
    known = [d.source_digest(name) for name in ("digits", "mnist", "fashion-mnist")]
    assert len({*known, d.source_digest(str(folder))}) == 4
    assert d.source_digest(str(tmp_path / "nowhere")) is None
    with pytest.raises(NoSuchPath):
        d.folder_digest(tmp_path / "nowhere")
