"""Rows of several commands in one document."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import DataError
from glyphlab.reproductions.core.documents_on_file import gather, rows_before
from glyphlab.reproductions.core.outcome import Outcome

KNOWN = ("a", "c", "b")


def outcome(scale: str, **measured: float | None) -> Outcome:
    told = {"scale": scale, "basis": "several seeds", "verdict": "compatible"}
    rows = [{"id": name, "measured": value, **told} for name, value in measured.items()]
    return Outcome(
        "report", "Title", scale, f"glyphlab reproduce run {scale}", rows, {"commit": scale}
    )


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_rows_replace_their_own_and_leave_the_others(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    gather(outcome("full", a=1.0, gone=7.0, b=2.0), path, known=KNOWN)
    assert read(path) == outcome("full", a=1.0, gone=7.0, b=2.0).to_json()
    gather(outcome("quick", b=3.0, c=4.0, a=None), path, known=KNOWN)
    found = read(path)
    assert [(row["id"], row["measured"], row["scale"]) for row in found["rows"]] == [
        ("a", 1.0, "full"), ("c", 4.0, "quick"), ("b", 3.0, "quick"),
    ]  # fmt: skip
    assert found["totals"] == {"several seeds": {"compatible": 3}}
    assert (found["scale"], found["env"]) == ("full", {"commit": "full"})


def test_what_was_not_measured_is_not_written(tmp_path: Path) -> None:
    path = gather(outcome("full", a=1.0, b=None), tmp_path / "rows.json", known=KNOWN)
    assert [row["id"] for row in read(path)["rows"]] == ["a"]


def test_what_the_report_says_is_not_written_beside_what_was_measured(tmp_path: Path) -> None:
    told = outcome("full", a=1.0)
    told.rows[0].update({"item": 3, "report_error": "It is 2.", "items": 50})
    path = gather(replace(told, items=[{"item": 4, "rows": []}]), tmp_path / "r", known=KNOWN)
    assert "items" not in read(path)
    assert {"item", "report_error"}.isdisjoint(read(path)["rows"][0])
    assert read(path)["rows"][0]["items"] == 50


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    assert rows_before(path, "report") is None
    for text in ("", "[]", '{"rows": []}', '{"paper": "report", "rows": [1]}'):
        path.write_text(text, "utf-8")
        with pytest.raises(DataError, match="is no document"):
            gather(outcome("quick", a=1.0), path, known=KNOWN)
        assert path.read_text("utf-8") == text
    with pytest.raises(DataError, match="is no document"):
        rows_before(tmp_path, "report")
    path.write_text(json.dumps({"paper": "other", "rows": []}), "utf-8")
    with pytest.raises(DataError, match="of 'other', and these rows are of 'report'"):
        gather(outcome("quick", a=1.0), path, known=KNOWN)
