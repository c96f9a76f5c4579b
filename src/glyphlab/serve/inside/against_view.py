"""Looking inside: two runs on the same test images, image by image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, StringConstraints

from glyphlab._common.errors import GlyphlabError
from glyphlab.experiments.results.classifier_runs import gather
from glyphlab.reporting.pictures.image_rows import png_data
from glyphlab.runs import Run, on_same_images
from glyphlab.serve.app.areas import NAME, OfRun
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.inside.gallery_images import PAGE, ids_of
from glyphlab.serve.inside.inside_area import AREA, SLOW, FromStart, frame_of
from glyphlab.serve.inside.scored_images import Predicted, predicted, test_images

__all__ = [
    "ComparedImage",
    "ComparedImages",
    "Counts",
    "OfAgreement",
    "PairedDifference",
    "TwoRuns",
    "TwoRunsCompared",
    "against_page",
    "compared_images",
    "two_runs",
]

Which = Literal["both", "first", "second", "neither"]


class TwoRuns(OfRun):
    """A request about two runs."""

    other: Annotated[str, StringConstraints(max_length=255, pattern=NAME)] = Field(
        description="The name of the other run's folder."
    )


class OfAgreement(FromStart, TwoRuns):
    """A request for images by which of two runs predicted them correctly."""

    which: Which = "first"


class Counts(BaseModel):
    """Images by which of two runs predicted them correctly."""

    both: int
    first: int
    second: int
    neither: int


class PairedDifference(BaseModel):
    """Exact match of one model less that of another, with its interval of 95 %."""

    first: str
    second: str
    seeds: tuple[int, int]
    difference: float
    low: float
    high: float
    verdict: str = Field(description="Of the first.")
    glyphs: int | None = Field(description="Different glyphs on the images; None where unknown.")


class TwoRunsCompared(BaseModel):
    """Two runs on the same test images."""

    first: str
    second: str
    images: int
    counts: Counts
    difference: PairedDifference = Field(description="Of these two trainings.")
    over_seeds: PairedDifference | None = Field(
        description="Of all finished runs that differ from either in the seed alone, where either "
        "has several."
    )
    remark: str = Field(description="Why there is none; empty where there is.")


class ComparedImage(BaseModel):
    """A test image, and what two runs predicted for it."""

    image: int
    glyphs: list[int]
    true: str
    first: str
    second: str
    first_right: bool
    second_right: bool
    first_confidence: float
    second_confidence: float
    picture: str


class ComparedImages(BaseModel):
    """Some of a number of images."""

    count: int
    start: int
    images: list[ComparedImage]
    ids: list[int]


@AREA.page("/inside/{run}/against", title="Two models", template="against.html.j2",
           script="against.js")  # fmt: skip
def against_page(studio: Studio, given: OfRun) -> Mapping[str, Any]:
    """Show a run and another one on the same test images."""
    of = predicted(studio, given.run)
    listing = studio.runs.all()
    own = of.run.classifier_summary
    others = [info for name, info in listing.runs.items()
              if info.state == "done" and info.kind == "classifier" and name != given.run
              and name not in listing.hidden]  # fmt: skip
    same = [one.name for one in others if one.task == own.task and one.data == own.data]
    rest = [one.name for one in others if one.name not in same]
    return {**frame_of(studio, of.run), "same": same, "rest": rest}


@AREA.get("/api/inside/{run}/against", pool="figures", seconds=60)
def two_runs(studio: Studio, given: TwoRuns) -> TwoRunsCompared:
    """Count the images that both of two runs, one of them, or neither predicted correctly.

    The paired difference has the interval that every comparison has.
    """
    first, second = _both(studio, given)
    a, b = first.right, second.right
    over_seeds, remark = _over_seeds(studio, first.run, second.run)
    return TwoRunsCompared(
        first=given.run, second=given.other, images=len(a),
        counts=Counts(**{which: int(_rows(a, b, which).sum()) for which in _WHICH}),
        difference=_difference({given.run: [first.run], given.other: [second.run]}),
        over_seeds=over_seeds, remark=remark,
    )  # fmt: skip


@AREA.get("/api/inside/{run}/against/images", pool="figures", seconds=SLOW)
def compared_images(studio: Studio, given: OfAgreement) -> ComparedImages:
    """Return images by which of two runs predicted them correctly.

    Those come first in which the confidences of the two runs differ most.
    """
    first, second = _both(studio, given)
    rows = np.flatnonzero(_rows(first.right, second.right, given.which))
    gap = np.abs(first.confidence[rows] - second.confidence[rows])
    rows = rows[np.argsort(-gap, kind="stable")]
    split = test_images(studio, first)
    some = rows[given.start : given.start + PAGE].tolist()
    true, said, other = (
        of.texts(labels, some)
        for of, labels in ((first, first.true), (first, first.pred), (second, second.pred))
    )
    shown = [
        ComparedImage(
            image=row, glyphs=ids_of(split, row), true=true[k], first=said[k], second=other[k],
            first_right=bool(first.right[row]), second_right=bool(second.right[row]),
            first_confidence=float(first.confidence[row]),
            second_confidence=float(second.confidence[row]), picture=png_data(split.images[row]),
        )
        for k, row in enumerate(some)
    ]  # fmt: skip
    return ComparedImages(count=len(rows), start=given.start, images=shown, ids=rows.tolist())


_WHICH: tuple[Which, ...] = ("both", "first", "second", "neither")


def _rows(a: NDArray[np.bool_], b: NDArray[np.bool_], which: Which) -> NDArray[np.bool_]:
    return {"both": a & b, "first": a & ~b, "second": ~a & b, "neither": ~a & ~b}[which]


def _both(studio: Studio, given: TwoRuns) -> tuple[Predicted, Predicted]:
    if given.run == given.other:
        raise Refused(422, "a run is compared with another one: choose two different runs")
    first, second = (predicted(studio, name) for name in (given.run, given.other))
    if not on_same_images([first.run, second.run]):
        raise Refused(
            409,
            f"{given.run} and {given.other} were scored on different test images: compare runs of "
            "one task with one seed of the data",
        )
    return first, second


def _difference(runs: Mapping[str, list[Run]]) -> PairedDifference:
    (test,) = gather(runs, question="", command="", audit={}, counted=False).tests
    first, second = runs
    return PairedDifference(
        first=first, second=second, seeds=(len(runs[first]), len(runs[second])),
        difference=test["difference"], low=test["low"], high=test["high"],
        verdict=test["verdict"], glyphs=test["glyphs"],
    )  # fmt: skip


def _over_seeds(studio: Studio, first: Run, second: Run) -> tuple[PairedDifference | None, str]:
    """Return the difference over all seeds of both; None, and why, where there are no more."""
    infos = studio.runs.all().runs
    groups: list[list[Run]] = []
    for run in (first, second):
        own = infos.get(run.name)
        like = [one for one in infos.values()
                if own is not None and one.group == own.group and one.state == "done"]  # fmt: skip
        found = [Run.load(one.path) for one in like if one.name != run.name]
        groups.append([run, *(one for one in found if on_same_images([one, run]))])
    names = {one.name for one in groups[0]} & {one.name for one in groups[1]}
    if names:
        return None, "the two runs differ in the seed alone: they are one model"
    if max(map(len, groups)) < 2:
        return None, ("one training each says nothing of two models: another seed of either may "
                      "give another answer")  # fmt: skip
    try:
        titles = [run.name.rpartition("-s")[0] or run.name for run in (first, second)]
        labels = titles if titles[0] != titles[1] else [first.name, second.name]
        return _difference(dict(zip(labels, groups, strict=True))), ""
    except GlyphlabError as error:
        return None, str(error)
