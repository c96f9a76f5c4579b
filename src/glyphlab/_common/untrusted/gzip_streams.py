"""gzip streams from outside, unpacked no further than they may go."""

from __future__ import annotations

import zlib
from pathlib import Path

from glyphlab._common.untrusted.limits import ARRAY_BYTES, in_words
from glyphlab._common.untrusted.plain_files import Unreadable

__all__ = ["MAGIC", "unpack_gzip"]

MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS


def unpack_gzip(
    content: bytes, where: str | Path, limit: int = ARRAY_BYTES, *, begin: bool = False
) -> bytes:
    """Return what a gzip stream of one or more members unpacks to.

    Parameters
    ----------
    content : bytes
    where : str or Path
        What a message calls it.
    limit : int
        Bytes that it may unpack to; no more are held at any time.
    begin : bool
        Return the first `limit` bytes, and let the rest be.

    Raises
    ------
    Unreadable
        Where the stream is cut short or damaged, or unpacks to more than `limit`.
    """
    parts, size, rest = [], 0, content
    try:
        while rest:
            member = zlib.decompressobj(_GZIP)
            while True:
                part = member.decompress(rest, limit + 1 - size)
                parts.append(part)
                size += len(part)
                if size > limit:
                    if begin:
                        return b"".join(parts)[:limit]
                    raise Unreadable(where, f"it unpacks to more than {in_words(limit)}")
                rest = member.unconsumed_tail
                if member.eof or not rest:
                    break
            if not member.eof:
                raise zlib.error("incomplete stream")
            rest = member.unused_data.lstrip(b"\0")  # padding, as some writers leave
    except zlib.error as error:
        raise Unreadable(
            where, f"its gzip stream is cut short or damaged ({error}), expected a whole one",
            "delete it and fetch it again",
        ) from error  # fmt: skip
    return b"".join(parts)
