"""bzip2 streams from outside, unpacked no further than they may go."""

from __future__ import annotations

import bz2
from pathlib import Path

from glyphlab._common.untrusted.limits import ARRAY_BYTES, in_words
from glyphlab._common.untrusted.plain_files import Unreadable

__all__ = ["unpack_bzip2"]


def unpack_bzip2(content: bytes, where: str | Path, limit: int = ARRAY_BYTES) -> bytes:
    """Return what bzip2 streams, one after the other, unpack to.

    Parameters
    ----------
    content : bytes
    where : str or Path
        What a message calls it.
    limit : int
        Bytes that it may unpack to; no more are held at any time.

    Raises
    ------
    Unreadable
        Where a stream is cut short or damaged, or unpacks to more than `limit`.
    """
    parts, size, rest = [], 0, content
    try:
        while rest:
            stream = bz2.BZ2Decompressor()
            while not stream.eof:
                part = stream.decompress(rest, max_length=limit + 1 - size)
                rest = b""
                if not part and stream.needs_input:
                    raise EOFError("incomplete stream")
                parts.append(part)
                size += len(part)
                if size > limit:
                    raise Unreadable(where, f"it unpacks to more than {in_words(limit)}")
            rest = stream.unused_data
    except (OSError, EOFError, ValueError) as error:
        raise Unreadable(
            where, f"its bzip2 stream is cut short or damaged ({error}), expected a whole one",
            "fetch it again",
        ) from error  # fmt: skip
    return b"".join(parts)
