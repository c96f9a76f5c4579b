"""The door for bytes from outside: files and texts that somebody else may have made.

Every image, table, TOML file, JSON document, archive of arrays, tensor file and fitted model
enters here. Each reader opens plain files only, knows how large what it reads may be (`limits`),
refuses what is larger before it is unpacked, and turns whatever a library raises into one
`Unreadable`, whose reason is a sentence. Nothing that is read can run code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab._common.lazy import attach

if TYPE_CHECKING:
    from glyphlab._common.untrusted.csv_tables import read_table
    from glyphlab._common.untrusted.gray_images import GrayImage, read_gray
    from glyphlab._common.untrusted.gzip_streams import unpack_gzip
    from glyphlab._common.untrusted.json_documents import parse_json, read_json
    from glyphlab._common.untrusted.npz_archives import parse_npz, require_small_archive
    from glyphlab._common.untrusted.plain_files import Absent, Unreadable, read_plain_file
    from glyphlab._common.untrusted.tensor_files import read_metadata, read_tensor_file
    from glyphlab._common.untrusted.toml_documents import parse_toml, parse_toml_value

__all__ = [
    "Absent",
    "GrayImage",
    "Unreadable",
    "parse_json",
    "parse_npz",
    "parse_toml",
    "parse_toml_value",
    "read_gray",
    "read_json",
    "read_metadata",
    "read_plain_file",
    "read_table",
    "read_tensor_file",
    "require_small_archive",
    "unpack_gzip",
]

if not TYPE_CHECKING:  # to a type checker the names above are all there are
    __getattr__, __dir__ = attach(
        __name__,
        {
            "gray_images": ("GrayImage", "read_gray"),
            "gzip_streams": ("unpack_gzip",),
            "json_documents": ("parse_json", "read_json"),
            "npz_archives": ("parse_npz", "require_small_archive"),
            "plain_files": ("Absent", "Unreadable", "read_plain_file"),
            "csv_tables": ("read_table",),
            "tensor_files": ("read_metadata", "read_tensor_file"),
            "toml_documents": ("parse_toml", "parse_toml_value"),
        },
    )
