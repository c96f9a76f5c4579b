"""How large anything from outside may be; what is larger is refused before it is unpacked.

The limits are far above what this project writes or needs, and low enough that a file made to
exhaust a machine does not.
"""

from __future__ import annotations

__all__ = [
    "ARRAY_BYTES",
    "CELL_CHARACTERS",
    "COLUMNS",
    "DEPTH",
    "DOCUMENT_BYTES",
    "FILE_BYTES",
    "HEADER_BYTES",
    "IMAGE_BYTES",
    "IMAGE_PIXELS",
    "INTEGER_DIGITS",
    "MEMBERS",
    "TABLE_BYTES",
    "TOML_BYTES",
    "in_words",
]

IMAGE_BYTES = 64 << 20
"""Of an image file."""
IMAGE_PIXELS = 50_000_000
"""Of a picture: what the largest phones take, 8,660 × 5,773, is 50 million."""
DOCUMENT_BYTES = 64 << 20
"""Of a JSON document."""
TOML_BYTES = 4 << 20
"""Of a TOML file."""
TABLE_BYTES = 1 << 30
"""Of a table of text."""
CELL_CHARACTERS = 100_000
"""Of one cell of a table."""
COLUMNS = 1_000_000
"""Of a table of numbers."""
DEPTH = 50
"""Objects within objects: whoever walks through a document must not run out of stack."""
INTEGER_DIGITS = 1_000
"""Of a whole number in a document."""
FILE_BYTES = 4 << 30
"""Of any other file: arrays, weights, data sets."""
ARRAY_BYTES = 1 << 30
"""What an archive or a compressed file may unpack to, where no header says less."""
HEADER_BYTES = 64 << 20
"""Of the header of a file of tensors."""
MEMBERS = 100_000
"""Files in one archive."""


def in_words(size: int) -> str:
    """Return a number of bytes as people read it, such as ``1.5 GB``."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} bytes"
