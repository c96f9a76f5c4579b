"""All commands together, and what an error looks like."""

from __future__ import annotations

import errno
import importlib.metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from glyphlab._common.errors import INTERRUPTED_EXIT, GlyphlabError
from glyphlab._common.process import own_process
from glyphlab.cli.audit import audit
from glyphlab.cli.compare import compare
from glyphlab.cli.data import data_app
from glyphlab.cli.doctor import doctor
from glyphlab.cli.embed import map_layers
from glyphlab.cli.generate import gan
from glyphlab.cli.learning_curve import curve
from glyphlab.cli.report import report
from glyphlab.cli.reproduce import reproduce
from glyphlab.cli.runs import runs_app
from glyphlab.cli.search import study
from glyphlab.cli.train import predict, train
from glyphlab.cli.vary import vary

__all__ = ["app", "main"]

# click's own class; newer typers carry click inside them, and name it nowhere in public
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


class _Commands(TyperGroup):
    """Turns what goes wrong into one line on stderr and the right exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            with own_process():
                return super().invoke(ctx)
        except GlyphlabError as error:
            _fail(" ".join(str(error).split()), error.exit_code)
        except KeyboardInterrupt:
            _fail(
                "interrupted: the same command takes up again what was begun",
                INTERRUPTED_EXIT,
            )
        except _UsageError as error:
            if type(error).__name__ == "NoArgsIsHelpError":  # its message is the whole help
                raise
            _fail(_of_the_words(error), 2)
        except OSError as error:
            message = _of_the_machine(error)
            if message is None:
                raise
            _fail(message, 1)


def _of_the_words(error: Any) -> str:
    """Return one line for words that make no command, and the help that names the right ones."""
    message = " ".join(error.format_message().split()).rstrip(".")
    asked = error.ctx.command_path if error.ctx else "glyphlab"
    return f"{message}: see '{asked} --help'"


def _of_the_machine(error: OSError) -> str | None:
    """Return a sentence for an error that the user can mend; None where it is a fault of ours."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full{where}: free some space and run the same command again"
    if error.filename and isinstance(
        error, PermissionError | NotADirectoryError | IsADirectoryError | FileExistsError
    ):
        return f"cannot use {error.filename} ({error.strerror}): name another place"
    return None


def _fail(message: str, code: int) -> None:
    typer.echo(f"glyphlab: {message}", err=True)
    raise typer.Exit(code) from None


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(importlib.metadata.version("glyphlab"))
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Learning from images made of symbols, with honest comparisons."""


app = typer.Typer(
    cls=_Commands,
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
app.command()(curve)
app.command()(train)
app.command()(study)
app.command()(predict)
app.command("map")(map_layers)
app.command()(gan)
app.command()(report)
app.command()(reproduce)
app.add_typer(runs_app, name="runs")
app.command()(doctor)


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    app(prog_name="glyphlab")
