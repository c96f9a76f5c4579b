"""The command line: a thin layer over the library, one file a command.

Results go to stdout, progress and notices to stderr. Whatever is heavy is imported inside the
commands, so that ``--help`` answers at once. A process of its own begins in `glyphlab.cli.entry`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab._common.lazy import attach

if TYPE_CHECKING:
    from glyphlab.cli.app import main

__all__ = ["main"]

if not TYPE_CHECKING:  # to a type checker the names above are all there are
    __getattr__, __dir__ = attach(__name__, {"app": ("main",)})
