"""Damage to whole inputs: at random places, and inside of what is packed."""

from __future__ import annotations

import bz2
import gzip
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Sequence

__all__ = ["damaged", "deeper"]

NUMBERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
WORDS = [
    b"[" * 3000, b"9" * 5000, b"\0", b"\xff\xfe", b'"', b"{" * 60, b"1979-05-27", b"nan", b"-1",
    b"1e999", b"../" * 20, b"<script>", b",", b"\n", b"\\ud800", b"'''",
]  # fmt: skip


def damaged(whole: Sequence[bytes], chance: random.Random) -> bytes:
    """Return one input made from whole ones: one to four kinds of damage."""
    content = bytearray(chance.choice(whole))
    for _ in range(chance.choice((1, 1, 2, 4))):
        place = chance.randrange(len(content) + 1)
        kind = chance.randrange(8)
        if kind == 0 and content:
            content[place % len(content)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del content[place:]
        elif kind == 2:
            del content[place : place + chance.randrange(1, 64)]
        elif kind == 3:
            content[place:place] = chance.randbytes(chance.randrange(1, 32))
        elif kind == 4:
            number, width = chance.choice(NUMBERS), chance.choice("BHIQ")
            size = struct.calcsize(width)
            packed = struct.pack(chance.choice("<>") + width, number % (1 << 8 * size))
            content[place : place + size] = packed
        elif kind == 5:
            content[place:place] = chance.choice(WORDS)
        elif kind == 6:
            other = chance.choice(whole)
            content[place:] = other[chance.randrange(len(other) + 1) :]
        else:
            content[place:place] = content[place : place + 200] * chance.randrange(1, 20)
    return bytes(content)


def deeper(whole: Sequence[bytes], chance: random.Random) -> bytes:
    """Return one input damaged inside: packed again, so that every sum of bytes is right."""
    content = chance.choice(whole)
    if content.startswith(b"PK"):
        return _zip_again(content, chance)
    if content.startswith(b"\x1f\x8b"):
        return gzip.compress(damaged([gzip.decompress(content)], chance))
    if content.startswith(b"BZh"):
        return bz2.compress(damaged([bz2.decompress(content)], chance))
    if content.startswith(b"\x89PNG"):
        return _png_again(damaged([content], chance))
    return damaged(whole, chance)


def _zip_again(content: bytes, chance: random.Random) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        members = {member.filename: old.read(member) for member in old.infolist()}
        hurt = chance.choice(list(members))
        for name, inside in members.items():
            new.writestr(name, damaged([inside], chance) if name == hurt else inside)
    return made.getvalue()


def _png_again(content: bytes) -> bytes:
    made, place = bytearray(content[:8]), 8
    while place + 8 <= len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        chunk = content[place + 4 : place + 8 + length]
        made += content[place : place + 4] + chunk + struct.pack(">I", zlib.crc32(chunk))
        place += 12 + length
    return bytes(made)
