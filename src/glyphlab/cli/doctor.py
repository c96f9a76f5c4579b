"""`glyphlab doctor`: what this machine has."""

from __future__ import annotations

import typer

from glyphlab._common.document_schema import SCHEMA
from glyphlab.cli.options import DataDir
from glyphlab.cli.output_options import Json
from glyphlab.cli.printing import print_json, print_table

__all__ = ["doctor"]


def doctor(json: Json = False, data_dir: DataDir = None) -> None:
    """Show versions, threads, number format and data."""
    from glyphlab.data import data_root, list_sources
    from glyphlab.runs import environment
    from glyphlab.training.precision import probe

    env, precision = environment(), probe()
    root, sources = data_root(data_dir), list_sources(data_dir=data_dir)
    if json:
        print_json(
            {
                "schema": SCHEMA,
                "environment": env,
                "precision": precision,
                "data_dir": str(root),
                "data": {source.name: source.state for source in sources},
            }
        )
        return
    print_table(["environment", ""], [[key, _word(value)] for key, value in env.items()])
    typer.echo("")
    print_table(["precision", ""], [[key, value] for key, value in precision.items()])
    typer.echo(f"\ndata in {root}")
    print_table(
        ["name", "state", "found"],
        [[source.name, source.state, source.found or ""] for source in sources],
    )


def _word(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else value
