"""Counts the images that are asked of streams, and refuses to make all of one at once."""

from __future__ import annotations

from typing import Any

import pytest

from glyphlab.tasks.streams.drawn_images import DrawnImages
from glyphlab.tasks.streams.image_shards import ShardImages
from glyphlab.tasks.streams.streamed_images import CHUNK, StreamedImages

__all__ = ["counted_rows"]


def counted_rows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the number of images of every request, none above a chunk."""
    asked: list[int] = []

    def counting(kind: Any) -> Any:
        made = kind.rows

        def rows(self: Any, index: Any) -> Any:
            assert len(index) <= CHUNK, f"{len(index)} images at once"
            asked.append(len(index))
            return made(self, index)

        return rows

    for kind in (DrawnImages, ShardImages):
        monkeypatch.setattr(kind, "rows", counting(kind))

    made = StreamedImages.__array__

    def whole(self: Any, *given: Any, **named: Any) -> Any:
        assert len(self) <= CHUNK, f"all of {len(self)} images at once"
        return made(self, *given, **named)

    monkeypatch.setattr(StreamedImages, "__array__", whole)
    return asked
