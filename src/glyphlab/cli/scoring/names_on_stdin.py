"""What a command line names as images, with what comes through a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from glyphlab._common.errors import UsageError
from glyphlab._common.untrusted import Unreadable, read_plain_file
from glyphlab._common.untrusted.limits import IMAGE_BYTES, TOML_BYTES, in_words
from glyphlab.data.named_images import STDIN, Gathered, of_bytes
from glyphlab.tasks.streams.shard_pictures import gather_pictures

__all__ = ["gathered"]

LIST_BYTES = TOML_BYTES * 16
"""Of a list of names."""


def gathered(names: Sequence[str], listed: str | None) -> Gathered:
    """Find the images that a command line names.

    Parameters
    ----------
    names : sequence of str
        As `glyphlab.tasks.streams.shard_pictures.gather_pictures` takes them; ``"-"`` is an image
        on stdin.
    listed : str, optional
        A file with more names, one a line; ``"-"`` is stdin.

    Raises
    ------
    UsageError
        Where stdin would be both, or twice.
    Unreadable
        Where the list cannot be read, or what comes through the pipe is too large.
    """
    if [*names, listed].count(STDIN) > 1:
        raise UsageError("stdin is read once: give - once, for an image or for a list of names")
    more: list[str] = []
    if listed is not None:
        content = (
            _from_stdin(LIST_BYTES)
            if listed == STDIN
            else read_plain_file(Path(listed), LIST_BYTES)
        )
        try:
            more = [line for line in content.decode("utf-8-sig").splitlines() if line.strip()]
        except UnicodeDecodeError as error:
            raise Unreadable(
                "stdin" if listed == STDIN else listed, "it is no list of names in UTF-8",
                "write one name a line",
            ) from error  # fmt: skip
        if not more:
            raise UsageError(f"--from {listed}: it names no image: write one name a line")
    if STDIN not in names:
        return gather_pictures([*names, *more])
    place = list(names).index(STDIN)
    image = of_bytes(_from_stdin(IMAGE_BYTES), "stdin")
    before, after = names[:place], [*names[place + 1 :], *more]
    return Gathered.joined([gather_pictures(before), Gathered([image], 1), gather_pictures(after)])


def _from_stdin(limit: int) -> bytes:
    content = sys.stdin.buffer.read(limit + 1)
    if len(content) > limit:
        raise Unreadable("stdin", f"more than {in_words(limit)} came through it", "name a file")
    return content
