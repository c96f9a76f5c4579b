"""`glyphlab map`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from glyphlab._common.errors import UsageError
from glyphlab._common.progress import note
from glyphlab.cli.options import DataDir, Json, Quiet, Runs, print_json

__all__ = ["map_layers"]


def map_layers(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run: its name, or how it begins.")],
    layer: Annotated[
        str, typer.Option("--layer", help="Layers, or 'input', with commas between.")
    ] = "",
    perplexity: Annotated[
        str, typer.Option("--perplexity", help="One or several, with commas between.")
    ] = "30",
    images: Annotated[int, typer.Option("--images", min=4, help="How many test images.")] = 2_000,
    apart: Annotated[
        str, typer.Option("--apart", help="Two kinds to hold apart, as 3+5,4+4.")
    ] = "",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of images and maps.")] = 0,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Of one map.")] = 2,
    runs: Runs = Path("runs"),
    report: Annotated[
        Path | None, typer.Option("--report", help="The page; maps.html in --runs by default.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Map how a net lays out test images (t-SNE), and say in numbers what the map shows."""
    from glyphlab.experiments.embedding import embed
    from glyphlab.runs import Run, find_run

    folder = find_run(runs, run)
    words = ["glyphlab", "map", folder.name, "--layer", layer, "--perplexity", perplexity]
    words += ["--images", str(images), "--apart", apart, "--seed", str(seed)]
    words += ["--runs", "" if runs == Path("runs") or runs.is_absolute() else str(runs)]
    pairs = zip(words, [*words[1:], ""], strict=True)
    # an option that was left empty is left out, with its name
    kept = [one for one, after in pairs if one and not (one.startswith("--") and not after)]
    found = embed(
        Run.load(folder),
        _names(layer),
        perplexities=[_number(one) for one in _names(perplexity)],
        images=images,
        apart=[_pair(apart)] if apart else [],
        seed=seed,
        threads=threads,
        data_dir=data_dir,
        command=shlex.join(kept),
        quiet=quiet,
    )
    page = found.report(report or runs / "maps.html")
    if json:
        print_json(found.to_json())
    else:
        typer.echo(str(found))
    note(f"report written to {page}")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise UsageError(f"--perplexity {text}: expected numbers, as --perplexity 5,30") from error


def _pair(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    try:
        first, second = (tuple(int(one) for one in side.split("+")) for side in text.split(","))
    except ValueError as error:
        raise UsageError(f"--apart {text}: expected two kinds, as --apart 3+5,4+4") from error
    if len(first) != len(second):
        raise UsageError(f"--apart {text}: expected as many symbols on both sides, as 3+5,4+4")
    return first, second
