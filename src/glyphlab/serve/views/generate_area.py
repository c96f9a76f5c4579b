"""The area Generate: samples of a generator as they are asked for, and when one collapsed."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, StringConstraints

from glyphlab._common.errors import RunError
from glyphlab._common.png import encode_png
from glyphlab.runs import Run
from glyphlab.runs.documents import read_bytes, read_recipe
from glyphlab.runs.records import Alarm
from glyphlab.serve.app.areas import Area, Content, Given, OfRun
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.generating.asked_samples import AskedSamples, loaded_generator
from glyphlab.serve.generating.small_generators import SMALL_GENERATORS, small_generator
from glyphlab.serve.jobs.run_rows import RunRow, row_of
from glyphlab.training.evaluation.alarms import alarms_of
from glyphlab.training.evaluation.sample_grids import grid_files

__all__ = [
    "AREA",
    "AlarmRaised",
    "GeneratePage",
    "GeneratorDocument",
    "GeneratorRows",
    "NewGenerator",
    "OfGrid",
    "SamplesAsked",
    "SamplesFound",
    "StartedGenerator",
    "WalkAsked",
    "generate_page",
    "grid_of_generator",
    "list_of_generators",
    "one_generator",
    "samples_of_generator",
    "start_generator",
    "walk_of_generator",
]

AREA = Area("generate", "Generate", "/generate")
_COLUMNS = (
    "epoch", "images", "frechet", "frechet_floor", "symbol_kl", "coverage", "label_accuracy",
    "modes", "d_loss", "g_loss",
)  # fmt: skip
"""Of a history, that the timeline shows."""


class GeneratePage(Given):
    """Which generator the page shows."""

    run: Annotated[str, StringConstraints(max_length=255)] = ""


class GeneratorRows(BaseModel):
    """The generators of the folder, the newest last."""

    generators: list[RunRow]


class AlarmRaised(BaseModel):
    """What went wrong in a training."""

    name: str
    epoch: int = Field(description="The first that raised it.")
    last: int = Field(description="The last in which it stood.")
    statistic: str


class GeneratorDocument(BaseModel):
    """A generator, and how its samples became what they are."""

    row: RunRow
    takes_labels: bool
    labels: list[str] = Field(description="What the symbols are called; known once it is done.")
    pictures: str = Field(description="Whole images, strips, or symbols.")
    evaluations: list[dict[str, Any]] = Field(description="One an epoch, with its distances.")
    grids: list[int] = Field(description="Epochs that left a picture of samples.")
    alarms: list[AlarmRaised]
    kinds: int | None = Field(description="Different labels that there are.")
    reference: str | None = Field(description="The run of the classifier that reads samples.")


class SamplesAsked(OfRun):
    """Samples of one generator."""

    label: int | None = Field(None, ge=0, le=999, description="Each in turn where it is left out.")
    count: int = Field(20, ge=1, le=100)
    seed: int = Field(0, ge=0, lt=2**31)


class WalkAsked(OfRun):
    """A walk between two latent points."""

    label: int | None = Field(None, ge=0, le=999)
    steps: int = Field(10, ge=2, le=30)
    seed: int = Field(0, ge=0, lt=2**31)


class OfGrid(OfRun):
    """The picture that one evaluation left."""

    epoch: int = Field(ge=1, le=9999)


class SamplesFound(BaseModel):
    """Images, each a PNG in base64, with what was asked for and what a classifier reads."""

    images: list[str]
    asked: list[str] | None
    read: list[str] | None = Field(description="By the reference classifier, if it is at hand.")


class NewGenerator(Given):
    """A small generator of embedded digits."""

    kind: Literal["steady", "collapsing"] = "steady"
    seed: int = Field(0, ge=0, lt=2**31)


class StartedGenerator(BaseModel):
    """The run of a generator that is trained."""

    run: str
    done: str


@AREA.page("/generate", title="Generate", template="generate.html.j2", script="generate.js")
def generate_page(studio: Studio, given: GeneratePage) -> Mapping[str, Any]:
    """Show a generator: samples by label and seed, and its timeline."""
    rows = list_of_generators(studio).generators
    return {"generators": rows, "shown": given.run,
            "small": {name: about for name, (about, _) in SMALL_GENERATORS.items()}}  # fmt: skip


@AREA.get("/api/generate")
def list_of_generators(studio: Studio) -> GeneratorRows:
    """List the generators of the folder, in training or finished."""
    found = studio.runs.all()
    rows = [
        RunRow(**row_of(info, False, studio.trainings))
        for name, info in found.runs.items()
        if info.kind == "generator" and name not in found.hidden
    ]
    return GeneratorRows(generators=rows)


@AREA.post("/api/generate", changes=True)
def start_generator(studio: Studio, body: NewGenerator) -> StartedGenerator:
    """Train a small generator of embedded digits, which takes a minute at most."""
    recipe = small_generator(body.kind, body.seed)
    name = studio.trainings.start(recipe)
    studio.runs.changed()
    return StartedGenerator(run=name, done="started")


@AREA.get("/api/generate/{run}")
def one_generator(studio: Studio, given: OfRun) -> GeneratorDocument:
    """Return a generator with every evaluation of its samples, and the alarms."""
    info, hidden = studio.runs.one(given.run)
    row = RunRow(**row_of(info, hidden, studio.trainings))
    if info.problem:
        raise RunError(info.problem)
    if info.kind != "generator":
        raise Refused(409, f"{given.run} is no generator: draw with it, or see its page under Runs")
    recipe = read_recipe(info.path)
    run = Run(info.path, recipe)
    rows = run.metrics()
    alarms: Sequence[Alarm] = alarms_of(rows)
    names: list[str] = []
    kinds = reference = None
    if run.is_done:
        summary = run.generator_summary
        alarms, names = summary.alarms, list(summary.names)
        kinds, reference = summary.scores.modes_possible, summary.scores.reference_run
    return GeneratorDocument(
        row=row, takes_labels=bool(recipe["model"]["conditional"]), labels=names,
        pictures=recipe["pictures"],
        evaluations=[{key: one[key] for key in _COLUMNS if key in one} for one in rows],
        grids=[int(file.stem) for file in grid_files(info.path) if file.stem.isdecimal()],
        alarms=[
            AlarmRaised(name=one.name, epoch=one.epoch, last=one.last, statistic=one.statistic)
            for one in alarms
        ],
        kinds=kinds, reference=reference,
    )  # fmt: skip


@AREA.get("/api/generate/{run}/samples", pool="compute", seconds=30)
def samples_of_generator(studio: Studio, given: SamplesAsked) -> SamplesFound:
    """Return new samples of a finished generator: the same seed gives the same ones."""
    generator = loaded_generator(studio.runs.find(given.run))
    return _found(generator.samples(given.label, given.count, given.seed), generator.names)


@AREA.get("/api/generate/{run}/walk", pool="compute", seconds=30)
def walk_of_generator(studio: Studio, given: WalkAsked) -> SamplesFound:
    """Return samples on the way from one latent point to another."""
    generator = loaded_generator(studio.runs.find(given.run))
    return _found(generator.walk(given.label, given.steps, given.seed), generator.names)


def _found(samples: AskedSamples, names: Sequence[str]) -> SamplesFound:
    asked = None if samples.asked is None else [names[one] for one in samples.asked.tolist()]
    return SamplesFound(images=_pngs(samples.images), asked=asked, read=samples.read)


def _pngs(images: NDArray[np.uint8]) -> list[str]:
    return [base64.b64encode(one).decode() for one in encode_png(images)]


@AREA.get("/api/generate/{run}/grids/{epoch}", media=("image/png",))
def grid_of_generator(studio: Studio, given: OfGrid) -> Content:
    """Return the samples that one evaluation left, as a picture."""
    there = {one.stem: one for one in grid_files(studio.runs.find(given.run))}
    found = there.get(f"{given.epoch:04d}")
    if found is None:
        raise Refused(404, f"{given.run} left no picture of evaluation {given.epoch}")
    return Content(read_bytes(found), "image/png")
