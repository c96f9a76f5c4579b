"""Looking inside: which labels are confused, and the images behind each cell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from glyphlab.serve.app.areas import OfRun
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.inside.confused_labels import confusion_of, images_of_cell
from glyphlab.serve.inside.gallery_images import PAGE, Gallery, shown_images
from glyphlab.serve.inside.inside_area import AREA, SLOW, FromStart, frame_of
from glyphlab.serve.inside.scored_images import predicted, test_images

__all__ = [
    "ConfusedLabels",
    "ConfusedPair",
    "OfCell",
    "OfPosition",
    "confusion_page",
    "confusion_table",
    "images_in_cell",
    "inside_page",
]

_Label = Annotated[str, StringConstraints(max_length=1_001, pattern=r"^-?[0-9]+$")]


class OfPosition(OfRun):
    """A request about the labels of a run."""

    position: int = Field(0, ge=0, le=1_000, description="From 1; 0 takes all together.")


class OfCell(FromStart):
    """A request for the images of a cell of the confusion matrix."""

    position: int = Field(0, ge=0, le=1_000, description="From 1; 0 takes all together.")
    true: _Label = Field(description="In decimal notation.")
    predicted: _Label


class ConfusedPair(BaseModel):
    """A label that was predicted as another one."""

    true: str = Field(description="In decimal notation, as the images of a cell are asked for.")
    predicted: str
    true_name: str
    predicted_name: str
    count: int


class ConfusedLabels(BaseModel):
    """How often each label was predicted as each, on the test images of a run."""

    run: str
    position: int
    positions: int
    images: int
    counted: int = Field(description="Labels, or their symbols where all positions are together.")
    wrong: int
    values: list[str] = Field(description="In decimal notation.")
    names: list[str]
    counts: list[list[int]] = Field(
        description="A row for each true label; empty where there are too many for a matrix."
    )
    pairs: list[ConfusedPair] = Field(description="The most frequent wrong ones.")


@AREA.page("/inside", title="Look inside", template="inside.html.j2")
def inside_page(studio: Studio) -> Mapping[str, Any]:
    """Show the finished runs that can be looked into."""
    listing = studio.runs.all()
    done = [info for name, info in listing.runs.items()
            if info.state == "done" and name not in listing.hidden]  # fmt: skip
    embedded = studio.settings.embedded
    return {
        "data_of": {one.name: Path(one.data or "–").name for one in done},  # one's own is a path
        "runs": [one for one in done if one.kind == "classifier"],
        "generators": [one for one in done if one.kind == "generator"],
        "unfinished": len(listing.runs) - len(listing.hidden) - len(done),
        "embedded": None if embedded is None else embedded.name,
    }


@AREA.page("/inside/{run}", title="Look inside", template="confusion.html.j2",
           script="confusion.js")  # fmt: skip
def confusion_page(studio: Studio, given: OfRun) -> Mapping[str, Any]:
    """Show which labels a run confuses, and the images of each cell."""
    of = predicted(studio, given.run)
    return {**frame_of(studio, of.run), "images": len(of.true),
            "positions": of.true.shape[1], "wrong": int((~of.right).sum())}  # fmt: skip


@AREA.get("/api/inside/{run}/confusion")
def confusion_table(studio: Studio, given: OfPosition) -> ConfusedLabels:
    """Count how often each label was predicted as each."""
    of = predicted(studio, given.run)
    found = confusion_of(of, given.position)
    return ConfusedLabels(
        run=given.run, position=given.position, positions=of.true.shape[1], images=len(of.true),
        counted=found.symbols, wrong=found.wrong, values=found.values, names=found.texts,
        counts=found.counts.tolist(),
        pairs=[
            ConfusedPair(
                true=found.values[a], predicted=found.values[b], true_name=found.texts[a],
                predicted_name=found.texts[b], count=count,
            )
            for a, b, count in found.pairs
        ],
    )  # fmt: skip


@AREA.get("/api/inside/{run}/cell", pool="figures", seconds=SLOW)
def images_in_cell(studio: Studio, given: OfCell) -> Gallery:
    """Return the images with a true label that were predicted as another, or as itself.

    Wrong ones begin with the most confident, correct ones with the least confident.
    """
    of = predicted(studio, given.run)
    rows = images_of_cell(of, given.position, given.true, given.predicted).tolist()
    split = test_images(studio, of)
    shown = list(shown_images(of, split, rows[given.start : given.start + PAGE]))
    return Gallery(count=len(rows), start=given.start, images=shown, ids=rows)
