"""`glyphlab embed`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from glyphlab._common.errors import UsageError
from glyphlab.cli.options import DataDir, Quiet, RunName, Runs, names_in
from glyphlab.cli.output_options import (
    Csv,
    Figures,
    Json,
    Latex,
    Markdown,
    Report,
)
from glyphlab.cli.printing import write_report

__all__ = ["embed"]


def embed(
    run: RunName,
    layer: Annotated[
        str,
        typer.Option(
            "--layer",
            metavar="NAME,...",
            help="Embed these layers, or 'input' (default: input, and the last layer before the "
            "output).",
        ),
    ] = "",
    perplexity: Annotated[
        str,
        typer.Option("--perplexity", metavar="N,...", help="Run t-SNE with these perplexities."),
    ] = "30",
    images: Annotated[
        int, typer.Option("--images", metavar="N", min=4, help="Embed N test images.")
    ] = 2_000,
    separability: Annotated[
        str,
        typer.Option(
            "--separability",
            metavar="3+5,4+4",
            help="Measure the separability of these two kinds of images (default: of none).",
        ),
    ] = "",
    embedding_seed: Annotated[
        int,
        typer.Option(
            "--embedding-seed",
            metavar="N",
            min=0,
            help="Choose test images, and start t-SNE, with this seed.",
        ),
    ] = 0,
    threads: Annotated[
        int, typer.Option("--threads", metavar="N", min=1, help="Run t-SNE on N threads.")
    ] = 2,
    runs: Runs = Path("runs"),
    report: Report = None,
    json: Json = False,
    csv: Csv = None,
    latex: Latex = None,
    markdown: Markdown = None,
    figures: Figures = None,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Embed test images as a net sees them (t-SNE).

    The embedding is drawn on a page and scored in numbers.
    """
    from glyphlab.runs import Run, find_run

    folder = find_run(runs, run)  # a slip is said before anything heavy is imported
    from glyphlab.experiments.command_line import embedding_words
    from glyphlab.experiments.embedding import embed as embed_run

    asked: dict[str, Any] = {
        "layers": names_in(layer),
        "perplexities": [_number(one) for one in names_in(perplexity)],
        "images": images,
        "apart": [_pair(separability)] if separability else [],
        "seed": embedding_seed,
    }
    found = embed_run(
        Run.load(folder),
        **asked,
        threads=threads,
        data_dir=data_dir,
        command=shlex.join(embedding_words(folder, **asked)),
        quiet=quiet,
    )
    write_report(
        found,
        report or runs / "embedding.html",
        as_json=json,
        tables=(csv, latex, markdown),
        figures=figures,
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise UsageError(f"--perplexity {text}: expected numbers, as --perplexity 5,30") from error


def _pair(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    try:
        first, second = (tuple(int(one) for one in side.split("+")) for side in text.split(","))
    except ValueError as error:
        raise UsageError(
            f"--separability {text}: expected two kinds of images, as --separability 3+5,4+4"
        ) from error
    if len(first) != len(second):
        raise UsageError(
            f"--separability {text}: expected as many symbols on both sides, as 3+5,4+4"
        )
    return first, second
