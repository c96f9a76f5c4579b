"""`glyphlab data`: what is here, fetching, building, importing."""

from __future__ import annotations

import typer

from glyphlab.cli.data.build_task import build
from glyphlab.cli.data.fetch_source import fetch
from glyphlab.cli.data.import_images import import_images
from glyphlab.cli.data.source_list import list_data
from glyphlab.cli.old_names import Commands

__all__ = ["build", "data_app", "fetch", "import_images", "list_data"]

data_app = typer.Typer(
    cls=Commands,
    help="List sources, fetch one, import your own images, build a task.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
data_app.command("list")(list_data)
data_app.command()(fetch)
data_app.command("import")(import_images)
data_app.command()(build)
