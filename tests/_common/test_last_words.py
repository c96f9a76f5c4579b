"""What a process said last: from a file by its path, and from one that is open."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from glyphlab._common.untrusted.last_words import last_line, last_words

LONG = b"x" * 9_000 + b"\nglyphlab: it broke\n\n"


def test_the_last_words_are_the_end_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "said"
    assert last_words(file) == ""
    file.write_bytes(LONG)
    with tempfile.TemporaryFile() as opened:
        assert last_words(opened) == ""
        opened.write(LONG)
        assert last_words(opened) == last_words(file)
    assert 3_900 < len(last_words(file)) <= 4_000
    assert last_line(last_words(file)) == "it broke"
    assert last_line("") == ""


@pytest.mark.skipif(os.name != "posix", reason="named pipes")
def test_a_pipe_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "said")
    assert last_words(tmp_path / "said") == ""
