"""What is known about the sources that are fetched; the facts are in ``registry.toml``."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Literal

__all__ = ["Kind", "RemoteFile", "RemoteSource", "registry"]

Kind = Literal["writing", "photographs"]
"""What images show: ink on paper, which is prepared, or garments and the like, which are scaled."""
_HEAD = 8
"""Bytes that an IDX file with one axis begins with."""


@dataclass(frozen=True)
class RemoteFile:
    """One file of a source: its name on the mirrors, and what its unpacked bytes must be."""

    name: str
    sha256: str
    size: int

    @property
    def plain_name(self) -> str:
        """The name of the same file kept without compression."""
        return self.name.removesuffix(".gz")


@dataclass(frozen=True)
class RemoteSource:
    """A source in four IDX files: training images and labels, test images and labels.

    Its images show writing, or photographs: `kind`.
    """

    name: str
    licence: str
    citation: str
    class_names: tuple[str, ...]
    mirrors: tuple[str, ...]
    files: tuple[RemoteFile, RemoteFile, RemoteFile, RemoteFile]
    kind: Kind = "writing"

    @property
    def counts(self) -> tuple[int, int]:
        """Images for training and for test: a file of labels has a byte each, behind its head."""
        _, train, _, test = self.files
        return train.size - _HEAD, test.size - _HEAD


@functools.cache
def registry() -> dict[str, RemoteSource]:
    """Return the known sources by name."""
    text = resources.files("glyphlab.data").joinpath("registry.toml").read_text(encoding="utf-8")
    sources = {}
    for name, entry in tomllib.loads(text).items():
        first, second, third, fourth = (RemoteFile(**file) for file in entry["files"])
        sources[name] = RemoteSource(
            name,
            entry["licence"],
            entry["citation"],
            tuple(entry["class_names"]),
            tuple(entry["mirrors"]),
            (first, second, third, fourth),
            entry["kind"],
        )
    return sources
