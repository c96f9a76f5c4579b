"""The command line, a thin layer over the library."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    # nothing heavy is imported before signals are heard
    from glyphlab.cli.entry import run

    run()
