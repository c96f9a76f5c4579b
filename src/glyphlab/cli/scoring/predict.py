"""`glyphlab predict`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glyphlab._common.errors import UsageError
from glyphlab._common.progress import note, progress
from glyphlab.cli.options import DataDir, Quiet, RunName, Runs
from glyphlab.cli.output_options import Csv, Json, claimed_file
from glyphlab.cli.scoring.answer_writers import AnswerWriter, writer_of

if TYPE_CHECKING:
    from glyphlab.data.named_images import Gathered
    from glyphlab.training.evaluation.picture_reader import PictureReader

__all__ = ["predict"]

AsIs = Annotated[
    bool,
    typer.Option(
        "--as-is",
        help="Take the images as they are; they must have the size of the training images "
        "(default: prepare them like the training images).",
    ),
]
Own = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="PACKAGE.MODULE:FACTORY",
        help="Import this model of yours, if the run was trained from it (default: none).",
    ),
]


def predict(
    run: RunName,
    images: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IMAGE",
            help="Image files, folders, patterns such as '*.png', tables of images, tasks in "
            "shards, or - for an image on stdin.",
        ),
    ] = None,
    listed: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Read more names of images from this file, one a line; - is stdin (default: "
            "none).",
        ),
    ] = None,
    as_is: AsIs = False,
    steps: Annotated[
        Path | None,
        typer.Option(
            "--show-steps",
            metavar="FILE",
            callback=claimed_file,
            help="Draw each step of the preparation into this .svg, .pdf or .png file (default: "
            "none).",
        ),
    ] = None,
    own: Own = None,
    runs: Runs = Path("runs"),
    json: Json = False,
    csv: Csv = None,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Predict the labels of images with a run.

    Each image is prepared like the training images first, and one that is unlike them gets a
    warning. An image that cannot be read is one line, the others go on, and the exit code is 1.
    """
    from glyphlab.runs import Run, find_run

    if not images and listed is None:
        raise UsageError("no IMAGE... is given: see 'glyphlab predict --help'")
    folder = find_run(runs, run)  # a slip is said before anything heavy is imported
    if own is not None:
        from glyphlab.experiments.own_models import imported

        imported(own)  # a run folder may be a stranger's: only what is named here is imported
    from glyphlab.cli.scoring.names_on_stdin import gathered
    from glyphlab.training.evaluation.picture_reader import PictureReader

    found = gathered(images or [], listed)
    reader = PictureReader.load(Run.load(folder), data_dir=data_dir, quiet=quiet)
    if steps is not None:
        from glyphlab.cli.scoring.preparation_steps import write_steps

        found = write_steps(steps, reader, found, as_is=as_is)
    if found.remark:
        note(found.remark)
    with writer_of(reader, found.names, as_json=json, table=csv) as writer:
        failed = _answer(reader, found, writer, as_is=as_is, quiet=quiet)
    if failed:
        raise typer.Exit(1)


def _answer(
    reader: PictureReader, found: Gathered, writer: AnswerWriter, *, as_is: bool, quiet: bool
) -> int:
    """Write an answer for every image, and return how many could not be read."""
    from glyphlab.training.evaluation.picture_reader import Failure

    failures: list[Failure] = []
    title = f"{reader.model.run.name}: predicting"
    with progress(found.count, title, unit="image", quiet=quiet) as bar:
        for batch in reader.read(found.images, as_is=as_is):
            for one in batch:
                if not isinstance(one, Failure):
                    writer.add(one)
                    continue
                failures.append(one)
                if found.count == 1:  # an error of the one image is that of the command
                    raise one.error
                typer.echo(f"glyphlab: {' '.join(str(one.error).split())}", err=True)
                writer.failed(one)
            bar.advance(len(batch))
    return len(failures)
