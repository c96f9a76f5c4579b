"""Options that say where results go: folders, pages, tables, figures, stdout."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = [
    "Csv",
    "Figures",
    "Html",
    "Json",
    "Latex",
    "Markdown",
    "Onnx",
    "Out",
    "Report",
    "claimed_file",
]


def _folder(path: Path) -> Path:
    """Refuse what is no folder before hours of training."""
    if _is_file(path):
        raise typer.BadParameter(f"{path} is a file, expected a folder: name another")
    return path


def _output_file(path: Path | None) -> Path | None:
    """Refuse what no file can be written to before hours of training."""
    if path is None:
        return None
    if path.name and _is_folder(path):
        raise typer.BadParameter(f"{path} is a folder, expected a file: name one in it")
    above = next((one for one in path.parents if _is_file(one) or _is_folder(one)), None)
    if above is not None and _is_file(above):
        raise typer.BadParameter(f"{above} is a file, expected a folder: name another")
    if above is not None and not os.access(above, os.W_OK):
        raise typer.BadParameter(f"{above} cannot be written to: name another folder")
    return path


def _output(context: typer.Context, parameter: typer.CallbackParam, given: Any) -> Any:
    """Refuse what cannot be written to, and that two options print to stdout or write one file."""
    if isinstance(given, Path):
        given = Path("-") if str(given) == "-" else _output_file(given)
    place = "-" if given is True else str(given) if given else ""
    _claim(context, parameter.opts[0], place)
    return given


def claimed_file(context: typer.Context, parameter: typer.CallbackParam, given: Path | None) -> Any:
    """Refuse what cannot be written to, stdout too, and that two options write one file."""
    if given is not None and str(given) == "-":
        raise typer.BadParameter(
            "found -, expected a file: it is not printed to stdout, as tables are; name a file"
        )
    found = _output_file(given)
    _claim(context, parameter.opts[0], "" if found is None else str(found))
    return found


def _claim(context: typer.Context, option: str, place: str) -> None:
    other = context.meta.setdefault("glyphlab.outputs", {}).setdefault(place, option)
    if place and other != option:
        where = "print to stdout" if place == "-" else f"write {place}"
        raise typer.BadParameter(
            f"{other} and {option} both {where}: give one of them a file of its own"
        )


def _new_folder(path: Path | None) -> Path | None:
    """Refuse a folder that cannot be made, or written to, before hours of training."""
    if path is None:
        return None
    _output_file(_folder(path) / "figure")
    return path


def _is_file(path: Path) -> bool:
    with contextlib.suppress(OSError):  # a name that is too long is said where it is used
        return path.is_file()
    return False


def _is_folder(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return path.is_dir()
    return False


Out = Annotated[
    Path,
    typer.Option(
        "--out", metavar="FOLDER", callback=_folder,
        help="Write results to this folder, a run each.",
    ),
]  # fmt: skip
Report = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE",
        callback=claimed_file,
        help="Write the HTML page to this file (default: one beside the runs).",
    ),
]
Html = Annotated[
    Path | None,
    typer.Option(
        "--html",
        metavar="FILE",
        callback=claimed_file,
        help="Write one page that recognises pictures offline to this file (default: none).",
    ),
]
Onnx = Annotated[
    Path | None,
    typer.Option(
        "--onnx",
        metavar="FILE",
        callback=claimed_file,
        help="Write an ONNX model for other programs to this file; needs the extra onnx (default: "
        "none).",
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", callback=_output, help="Print the result as one JSON document."),
]
Csv = Annotated[
    Path | None,
    typer.Option(
        "--csv",
        metavar="FILE",
        callback=_output,
        help="Write the main table to this CSV file, others beside it; - prints it.",
    ),
]
Latex = Annotated[
    Path | None,
    typer.Option(
        "--latex",
        metavar="FILE",
        callback=_output,
        help="Write the main table to this LaTeX file, others beside it; - prints it.",
    ),
]
Markdown = Annotated[
    Path | None,
    typer.Option(
        "--markdown",
        metavar="FILE",
        callback=_output,
        help="Write the main table to this Markdown file, others beside it; - prints it.",
    ),
]
Figures = Annotated[
    Path | None,
    typer.Option(
        "--figures",
        metavar="FOLDER",
        callback=_new_folder,
        help="Write each figure of the page to this folder, as SVG, PDF and PNG.",
    ),
]
