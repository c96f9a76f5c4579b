"""Looking inside: test images as points on a map, as a layer of the net sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from glyphlab._common.errors import UnknownName
from glyphlab.data.class_names import label_text
from glyphlab.experiments.embedded_images import FEATURES, INPUT, embedding_layer
from glyphlab.experiments.embedding import RunEmbeddings
from glyphlab.models.nets.activations import layer_names
from glyphlab.runs import GeneratorSummary, Run
from glyphlab.serve.app.areas import Content, OfRun
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.inside.gallery_images import SheetSize, ids_of, image_sheet
from glyphlab.serve.inside.inside_area import AREA, frame_of
from glyphlab.serve.inside.kept_maps import FollowedMap, MapKey, kept_map
from glyphlab.serve.inside.scored_images import finished_run, require_net, test_task
from glyphlab.training.evaluation.loaded_models import load_net

__all__ = ["ImageMap", "OfMap", "PointOfMap", "map_of_images", "map_page", "progress_of_map",
           "sheet_of_map"]  # fmt: skip

MOST_IMAGES = 5_000
SECONDS = 300.0
"""That a map may take; the pages of runs wait meanwhile, and drawings do not."""


class OfMap(OfRun):
    """A request about a map of the test images of a run."""

    layer: str = Field("", max_length=255, description="Of the net, or 'input'; empty for the one "
                       "that the output layer reads.")  # fmt: skip
    perplexity: float = Field(30, gt=1, le=500, description="About how many neighbours each has.")
    images: int = Field(1_000, ge=4, le=MOST_IMAGES, description="Take this number of images.")


class PointOfMap(BaseModel):
    """An image on a map."""

    image: int = Field(description="Its number in the test set; of a generator's, on the map.")
    kind: str = Field(description="'test', or 'real' and 'generated' of a generator's.")
    glyphs: list[int] = Field(description="Ids of its glyphs in their source, where known.")
    x: float
    y: float
    label: str
    predicted: str | None
    confidence: float | None
    right: bool | None


class ImageMap(BaseModel):
    """Test images as points, as a layer of a net sees them."""

    run: str
    what: str = Field(description="Which images, and how they were placed.")
    layer: str
    perplexity: float
    seconds: float
    scores: dict[str, float] = Field(description="Of the map, from 0 to 1; silhouette from -1.")
    remark: str
    labels: list[str] = Field(description="That occur, in their order.")
    points: list[PointOfMap]
    sheet: SheetSize


@AREA.page("/inside/{run}/map", title="Map", template="map.html.j2", script="map.js")
def map_page(studio: Studio, given: OfRun) -> Mapping[str, Any]:
    """Show the test images of a run as points, as a layer of its net sees them."""
    run = finished_run(studio, given.run)
    layers = _layers(run)
    return {**frame_of(studio, run), "layers": layers, "layer": _usual(run),
            "generator": isinstance(run.summary, GeneratorSummary)}  # fmt: skip


@AREA.get("/api/inside/{run}/map", pool="figures", seconds=SECONDS)
def map_of_images(studio: Studio, given: OfMap) -> ImageMap:
    """Make a map of test images by t-SNE, or return it, where it was made before.

    The same request gives the same map for as long as the studio lives. How far it is comes from
    the events beside it.
    """
    run = finished_run(studio, given.run)
    found = kept_map(studio, run, _key(run, given))
    (one,) = found.embeddings
    assert found.images is not None
    points = one.points
    side = max(float(np.ptp(points, axis=0).max()), 1e-12)
    unit = (points - points.mean(0)) / side
    scores = {name: float(one.scores[name]) for name in ("knn", "silhouette", "trust")}
    shown = _points(studio, run, found, unit)
    texts = {point.label: None for point in sorted(shown, key=lambda one: _order(one.label))}
    return ImageMap(
        run=given.run, what=found.protocol, layer=one.layer, perplexity=one.perplexity,
        seconds=one.seconds, scores=scores, remark=found.remark, labels=list(texts),
        points=shown, sheet=image_sheet(found.images)[1],
    )  # fmt: skip


@AREA.get("/api/inside/{run}/map/sheet", pool="figures", seconds=SECONDS, media=("image/png",))
def sheet_of_map(studio: Studio, given: OfMap) -> Content:
    """Return the images of a map, side by side in the order of its points, as one PNG."""
    run = finished_run(studio, given.run)
    found = kept_map(studio, run, _key(run, given))
    assert found.images is not None
    return Content(image_sheet(found.images)[0], "image/png")


@AREA.stream("/api/inside/{run}/map/events")
def progress_of_map(studio: Studio, given: OfMap) -> FollowedMap:
    """Follow a map that is being made: events ``progress`` with a sentence each.

    The sentence is empty while nothing is being done for that map.
    """
    run = finished_run(studio, given.run)
    return FollowedMap(studio, _key(run, given))


def _layers(run: Run) -> list[str]:
    if isinstance(run.summary, GeneratorSummary):
        return [INPUT, FEATURES]
    require_net(run)
    return [INPUT, *layer_names(load_net(run))]


def _usual(run: Run) -> str:
    return FEATURES if isinstance(run.summary, GeneratorSummary) else embedding_layer(run)


def _key(run: Run, given: OfMap) -> MapKey:
    known = _layers(run)
    layer = given.layer or _usual(run)
    if layer not in known:
        raise UnknownName("layer", layer, known)
    return run.name, layer, given.perplexity, given.images


def _points(
    studio: Studio, run: Run, found: RunEmbeddings, unit: NDArray[np.float64]
) -> list[PointOfMap]:
    if found.numbers is None:
        names = found.names
        generated = found.generated if found.generated is not None else np.zeros(len(unit), bool)
        return [
            PointOfMap(
                image=row, kind="generated" if generated[row] else "real", glyphs=[], x=x, y=y,
                label=label_text(found.symbols[row].tolist(), names), predicted=None,
                confidence=None, right=None,
            )
            for row, (x, y) in enumerate(unit.tolist())
        ]  # fmt: skip
    split = test_task(studio, run).test
    arrays, summary = run.load_predictions(), run.classifier_summary
    names = summary.names if len(summary.metrics.digit_accuracy) == len(summary.names) else ()
    shown = []
    for number, (x, y) in zip(found.numbers.tolist(), unit.tolist(), strict=True):
        true, pred = arrays["true"][number].tolist(), arrays["pred"][number].tolist()
        shown.append(
            PointOfMap(
                image=number, kind="test", glyphs=ids_of(split, number), x=x, y=y,
                label=label_text(true, names), predicted=label_text(pred, names),
                right=true == pred, confidence=float(arrays["confidence"][number]),
            )
        )  # fmt: skip
    return shown


def _order(label: str) -> tuple[int, int, str]:
    return (0, int(label), label) if label.lstrip("-").isdecimal() else (1, 0, label)
