"""`glyphlab serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glyphlab._common.progress import note
from glyphlab.cli.options import DataDir, Quiet

__all__ = ["serve"]


def serve(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Show the runs of this folder.")
    ] = Path("runs"),
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar="N",
            min=1,
            max=65_535,
            help="Listen on this port (default: a free one).",
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="Listen on this address, so that other machines reach it; 0.0.0.0 is every one.",
        ),
    ] = "127.0.0.1",
    allow_training: Annotated[
        bool,
        typer.Option(
            "--allow-training",
            help="Let visitors from other machines start, stop and delete too.",
        ),
    ] = False,
    at_once: Annotated[
        int,
        typer.Option(
            "--at-once",
            metavar="N",
            min=1,
            max=64,
            help="Run N trainings side by side.",
        ),
    ] = 1,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Open the studio: draw, follow trainings, look inside models; an HTTP API too.

    It answers this machine alone, and only with the token in the address that is printed. Ctrl-C
    ends it, and stops its trainings with their checkpoints.
    """
    from glyphlab.serve import require_serve

    require_serve()
    from glyphlab.serve.app.starting import open_studio

    with open_studio(
        folder, host=host, port=port, allow_training=allow_training, at_once=at_once,
        data_dir=data_dir, quiet=quiet,
    ) as opened:  # fmt: skip
        typer.echo(opened.address)
        for address in opened.others:
            typer.echo(address)
        if opened.others and not quiet:
            from glyphlab.serve.app.qr_code import print_qr_code

            note(
                "the first address is yours, to train at this machine; the others are for visitors"
            )
            print_qr_code(opened.others[0])
        if not quiet:
            note("Ctrl-C ends the studio")
        if not no_browser:
            import webbrowser

            webbrowser.open(opened.address)
        try:
            opened.run()
        except KeyboardInterrupt:
            if not quiet:
                note("the studio ended; a training that it stopped goes on with Resume")
