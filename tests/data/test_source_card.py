"""The card of a source: what is read of it, and what a stranger may not put there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import DataError
from glyphlab.data.source_card import CARD, SourceCard, read_card

WHOLE = SourceCard(
    "mine",
    {"a": "A/B", "b": "b"},
    "CC0",
    "writing",
    "of its own",
    ("inverted",),
    {"train": 4, "test": 2},
)


def test_a_card_comes_back(tmp_path: Path) -> None:
    assert read_card(tmp_path) is None
    (tmp_path / CARD).write_text(json.dumps(WHOLE.to_json()))
    assert read_card(tmp_path) == WHOLE


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("schema", 1, "its keys are not"),
        ("schema", None, "its keys are not"),
        ("more", 1, "its keys are not"),
        ("classes", ["a"], "classes is no table"),
        ("classes", {"a": 1}, "classes is no table"),
        ("classes", {"a": ""}, "classes is no table"),
        ("classes", {"a": "x" * 300}, "classes is no table"),
        ("classes", {"a": "x\x1b[2J"}, "classes is no table"),
        ("classes", {"a": "x", "b": "x"}, "two classes have one name"),
        ("licence", 3, "no short text"),
        ("licence", "x" * 2_000, "no short text"),
        ("licence", "a\nb", "no short text"),
        ("done", "all", "no short text"),
        ("done", [1], "no short text"),
        ("kind", "pictures", "kind is none of writing, photographs"),
        ("kind", ["writing"], "kind is none of"),
        ("images", 3, "images is no table"),
        ("images", {"train": "4"}, "images is no table"),
    ],
)
def test_what_is_wrong_is_said(key: str, value: Any, message: str, tmp_path: Path) -> None:
    (tmp_path / CARD).write_text(json.dumps({**WHOLE.to_json(), key: value}))
    with pytest.raises(DataError, match=message) as caught:
        read_card(tmp_path)
    assert "\n" not in str(caught.value)
    assert "data import" in str(caught.value)


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff", b"null"])
def test_what_is_no_card(content: bytes, tmp_path: Path) -> None:
    (tmp_path / CARD).write_bytes(content)
    with pytest.raises(DataError):
        read_card(tmp_path)
