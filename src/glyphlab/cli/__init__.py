"""The command line: a thin skin over the library, one file a command.

Results go to stdout, progress and notices to stderr. Whatever is heavy is imported inside the
commands, so that ``--help`` answers at once.
"""

from glyphlab.cli.app import app, main

__all__ = ["app", "main"]
