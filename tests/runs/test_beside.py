"""Files beside a run: hidden, and gone with it."""

from __future__ import annotations

from pathlib import Path

from glyphlab.runs import Run, list_runs, remove_run
from glyphlab.runs.run_folders import FAMILIARITY, beside


def test_what_is_beside_a_run_is_no_run_and_goes_with_it(tmp_path: Path) -> None:
    run = Run.open(tmp_path, "a", {"x": 1})
    other = Run.open(tmp_path, "a", {"x": 2})
    for one in (run, other):
        beside(one.path, FAMILIARITY).write_bytes(b"x")
    assert {info.name for info in list_runs(tmp_path)} == {run.name, other.name}
    remove_run(run.path)
    assert not beside(run.path, FAMILIARITY).exists()
    assert beside(other.path, FAMILIARITY).exists()


def test_a_link_has_the_file_of_its_folder(tmp_path: Path) -> None:
    run = Run.open(tmp_path, "a", {"x": 1})
    (tmp_path / "link").symlink_to(run.path)
    assert beside(tmp_path / "link", FAMILIARITY) == beside(run.path, FAMILIARITY)
    assert beside(run.path, FAMILIARITY).parent == tmp_path
