"""Words that are no command and no option: the nearest right one, or the new name of an old one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Any

from typer.core import TyperGroup

from glyphlab._common.errors import UnknownName, UsageError, nearest
from glyphlab.cli.plain_usage import plain_help

__all__ = ["Commands", "unknown_option"]

_COMMANDS = MappingProxyType(
    {
        "gan": (
            ("list", "generate --list"),
            ("--vary", "vary"),
            ("--worth", "augmentation-study"),
            ("", "generate"),
        ),
        "study": (("", "search"),),
        "map": (("", "embed"),),
        "curve": (("", "learning-curve"),),
    }
)
"""Commands by their old names: a word among the rest, and what the command is called with it."""

_OF_TASK = MappingProxyType({"--seed": "--task-seed", "--once": "--without-glyph-reuse"})
_OPTIONS = MappingProxyType(
    {
        "audit": _OF_TASK,
        "data build": _OF_TASK,
        "compare": {**_OF_TASK, "--fresh": "--redraw"},
        "learning-curve": _OF_TASK,
        "embed": {"--seed": "--embedding-seed", "--apart": "--separability"},
        "generate": {
            "--judge": "--reference",
            "--vary": "glyphlab vary",
            "--worth": "glyphlab augmentation-study",
        },
        "reproduce run": {"--recorded": "glyphlab reproduce show"},
        "report": {"--output": "--report", "-o": "--report"},
    }
)
"""Options by their old names, of each command."""


class Commands(TyperGroup):
    """A group of commands that knows the old names of its commands, and the nearest right one."""

    def __init__(self, **words: Any) -> None:
        super().__init__(**words)
        for command in self.commands.values():
            if not isinstance(command, Commands):  # these have done so themselves
                plain_help(command)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the first word names, and the words after it."""
        name = args[0]
        if name in self.commands or name.startswith("-"):
            return super().resolve_command(ctx, args)
        group = ctx.command_path.removeprefix("glyphlab").strip()
        if new := _new_command(group, name, args[1:]):
            old = " ".join(["glyphlab", *([group] if group else []), name])
            raise UsageError(f"'{old}' has a new name: type 'glyphlab {new}'")
        raise UnknownName("command", name, self.commands, where=f"of {ctx.command_path}")


def unknown_option(option: str, path: str, known: Iterable[str]) -> str:
    """Return one line for an option that a command does not have.

    Parameters
    ----------
    option : str
        As it was typed.
    path : str
        The command, as ``glyphlab compare``.
    known : iterable of str
        The options that it has.
    """
    command = path.removeprefix("glyphlab").strip()
    if new := _OPTIONS.get(command, {}).get(option):
        return f"'{option}' of '{path}' has a new name: type '{new}'"
    close = nearest(option, known)
    hint = f"did you mean '{close}'? " if close else ""
    return f"unknown option '{option}' of '{path}': {hint}see '{path} --help'"


def _new_command(group: str, name: str, rest: Sequence[str]) -> str | None:
    """Return what a command of old is called today; None where there was no such command."""
    if not group:
        found = _COMMANDS.get(name, ())
        return next((new for word, new in found if not word or word in rest), None)
    if group == "reproduce":
        from glyphlab.reproductions import list_reproductions

        if name in list_reproductions():
            return f"reproduce {'show' if '--recorded' in rest else 'run'} {name}"
    return None
