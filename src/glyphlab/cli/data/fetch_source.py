"""`glyphlab data fetch`."""

from __future__ import annotations

from typing import Annotated

import typer

from glyphlab.cli.options import DataDir, Quiet

__all__ = ["fetch"]


def fetch(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="A source: mnist, fashion-mnist or digits."),
    ],
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Download a source where it is not here yet, and check its digests."""
    from glyphlab.data import fetch_symbols

    got = fetch_symbols(name, data_dir=data_dir, quiet=quiet)
    typer.echo(f"{got.name} has {len(got.train)} training and {len(got.test)} test images.")
