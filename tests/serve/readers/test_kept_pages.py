"""Kept pages of runs: the command on each finds the runs again."""

from __future__ import annotations

from pathlib import Path

import pytest

from glyphlab.serve.readers.kept_pages import KeptPages
from trained import digits_run


@pytest.mark.parametrize(("folder", "option"), [("sums", " --runs sums"), ("runs", "")])
def test_the_command_of_a_page_names_the_folder(
    folder: str, option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = digits_run().name
    Path(folder).mkdir()
    Path(folder, name).symlink_to(digits_run().path)
    pages = KeptPages()
    command = pages.document_of([Path(folder, name)])["command"]
    pages.close()
    assert command == f"glyphlab report {name} --report {name}.html{option}"
