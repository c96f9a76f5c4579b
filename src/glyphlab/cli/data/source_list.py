"""`glyphlab data list`."""

from __future__ import annotations

from glyphlab._common.document_schema import SCHEMA
from glyphlab.cli.options import DataDir
from glyphlab.cli.output_options import Json
from glyphlab.cli.printing import print_json, print_table

__all__ = ["list_data"]


def list_data(json: Json = False, data_dir: DataDir = None) -> None:
    """Show every known source, its licence, and where it was found."""
    from glyphlab.data import list_sources

    sources = list_sources(data_dir=data_dir)
    if json:
        print_json(
            {
                "schema": SCHEMA,
                "sources": [
                    {
                        "name": source.name,
                        "state": source.state,
                        "found": None if source.found is None else str(source.found),
                        "licence": source.licence,
                        "citation": source.citation,
                    }
                    for source in sources
                ],
            }
        )
    else:
        print_table(
            ["name", "state", "found", "licence"],
            [[s.name, s.state, s.found or "", s.licence] for s in sources],
        )
