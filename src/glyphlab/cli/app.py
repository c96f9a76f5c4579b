"""All commands together, and what an error looks like."""

from __future__ import annotations

import functools
import importlib.metadata
import os
from typing import Annotated, Any

import typer

from glyphlab._common.errors import INTERRUPTED_EXIT, GlyphlabError
from glyphlab._common.machine import of_the_machine
from glyphlab._common.process import own_process
from glyphlab._common.progress import shown_notes
from glyphlab.cli.audit import audit
from glyphlab.cli.data import data_app
from glyphlab.cli.doctor import doctor
from glyphlab.cli.experiments import (
    augmentation_study,
    compare,
    embed,
    learning_curve,
    reproduce_app,
    search,
    vary,
)
from glyphlab.cli.finished import export, report, runs_app
from glyphlab.cli.generate import generate
from glyphlab.cli.old_names import Commands, unknown_option
from glyphlab.cli.plain_usage import what_is_wrong
from glyphlab.cli.scoring import evaluate, predict
from glyphlab.cli.serve import serve
from glyphlab.cli.train import train

__all__ = ["app", "main"]

# click's own class; newer typers carry click inside them, and name it nowhere in public
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


class _Glyphlab(Commands):
    """Turns what goes wrong into one line on stderr and the right exit code."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except _UsageError as error:
            _refuse(error)
            raise

    def invoke(self, ctx: Any) -> Any:
        try:
            with own_process(), shown_notes():
                return super().invoke(ctx)
        except GlyphlabError as error:
            _fail(" ".join(str(error).split()), error.exit_code)
        except KeyboardInterrupt:
            _fail("interrupted: the same command resumes what was started", INTERRUPTED_EXIT)
        except _UsageError as error:
            _refuse(error)
            raise
        except (OSError, MemoryError, RuntimeError) as error:
            message = None if isinstance(error, BrokenPipeError) else of_the_machine(error)
            if message is None or os.environ.get("GLYPHLAB_DEBUG"):
                raise
            _fail(message, 1)


def _refuse(error: Any) -> None:
    """End with one line for words that make no command; return where they ask for the help."""
    if type(error).__name__ == "NoArgsIsHelpError":  # its message is the whole help
        return
    path = error.ctx.command_path if error.ctx else "glyphlab"
    if type(error).__name__ == "NoSuchOption":
        known = [word for one in error.ctx.command.get_params(error.ctx) for word in one.opts]
        _fail(unknown_option(error.option_name, path, known), 2)
    message = what_is_wrong(error) or " ".join(error.format_message().split()).rstrip(".")
    _fail(f"{message}: see '{path} --help'", 2)


def _fail(message: str, code: int) -> None:
    typer.echo(f"glyphlab: {message}", err=True)
    raise typer.Exit(code) from None


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(importlib.metadata.version("glyphlab"))
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Glyphlab learns from images of symbols, with honest comparisons."""


app = typer.Typer(
    cls=_Glyphlab,
    callback=_root,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain text: messages of one line, and no import of rich
    pretty_exceptions_enable=False,
)
app.add_typer(data_app, name="data")
app.command()(audit)
app.command()(compare)
app.command()(vary)
app.command()(learning_curve)
app.command()(augmentation_study)
app.command()(train)
app.command()(search)
app.command()(generate)
app.command()(predict)
app.command()(evaluate)
app.command()(embed)
app.command()(report)
app.command()(export)
app.command()(serve)
app.add_typer(runs_app, name="runs")
app.add_typer(reproduce_app, name="reproduce")
app.command()(doctor)


@functools.cache
def _command() -> Any:
    """Return the command line; built once, for it takes longer than most answers."""
    return typer.main.get_command(app)


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    _command()(prog_name="glyphlab")
