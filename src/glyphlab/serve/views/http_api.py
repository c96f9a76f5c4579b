"""What programs ask: predictions, evaluations, health, and the OpenAPI document."""

from __future__ import annotations

import importlib.metadata
import json
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from glyphlab.data.named_images import of_bytes
from glyphlab.data.sources import require_here
from glyphlab.experiments.evaluations.other_images import evaluate
from glyphlab.serve.app.areas import NAME, Area, Content, Given
from glyphlab.serve.app.openapi import openapi_document
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.drawing.drawn_pictures import image_bytes
from glyphlab.serve.own_data.own_sources import loadable
from glyphlab.training.evaluation.picture_reader import Failure

__all__ = [
    "AREA",
    "EvaluationDocument",
    "Health",
    "LabelledSource",
    "Pictures",
    "PredictedPicture",
    "PredictedPictures",
    "evaluate_run",
    "health",
    "openapi",
    "predict_pictures",
]

AREA = Area("api")

MOST_PICTURES = 64
MOST_BYTES = 8 << 20
"""Of a request with pictures, as base64 has them."""
MOST_IMAGES = 2_000
"""Of an evaluation: more take longer than a request may."""

RunName = Annotated[str, StringConstraints(max_length=255, pattern=NAME)]


class Pictures(Given):
    """Pictures to predict."""

    run: RunName = Field(description="The name of a finished run.")
    pictures: list[str] = Field(
        description="Image files (PNG, JPEG, …), each as base64.", min_length=1,
        max_length=MOST_PICTURES, json_schema_extra={"items": {"type": "string",
                                                     "contentEncoding": "base64"}},
    )  # fmt: skip
    as_is: bool = Field(False, description="Take them as they are, of the size of training.")


class PredictedPicture(BaseModel):
    """What a run says of a picture; `error` where it could not be read."""

    label: str | None
    symbols: list[int]
    confidence: float | None
    prepared: list[str]
    warning: str | None
    error: str | None


class PredictedPictures(BaseModel):
    """What a run says of pictures, in their order."""

    run: str
    predictions: list[PredictedPicture]


class LabelledSource(Given):
    """A finished run, and a source of labelled symbols to score it on."""

    run: RunName = Field(description="The name of a finished run.")
    source: str = Field(description="The name of a source, as ``digits``; never a path.")
    images: int = Field(500, ge=2, le=MOST_IMAGES, description="Score this number of images.")
    seed: int = Field(0, ge=0, lt=2**31, description="Of the choice of images.")


class EvaluationDocument(BaseModel):
    """What ``glyphlab evaluate --json`` prints."""

    evaluation: dict[str, Any]


class Health(BaseModel):
    """How the studio is."""

    status: str
    version: str
    runs: int
    training: int = Field(description="Trainings that this studio runs now.")
    waiting: int
    read_only: bool = Field(description="Whether it only shows to who asks.")


@AREA.post("/api/predict", pool="compute", seconds=120, bytes=MOST_BYTES)
def predict_pictures(studio: Studio, body: Pictures) -> PredictedPictures:
    """Predict the labels of pictures with a finished run.

    Each is prepared first, as ``glyphlab predict`` does, and one that cannot be read has an error.
    The first request of a run takes a while: its training images are looked at, to warn of others.
    """
    reader = studio.readers.of(studio.folder_of(body.run))
    named = [
        of_bytes(image_bytes(text, f"picture {number}"), f"picture {number}")
        for number, text in enumerate(body.pictures, 1)
    ]
    found = [one for batch in reader.read(named, as_is=body.as_is) for one in batch]
    return PredictedPictures(run=body.run, predictions=[_said(one) for one in found])


def _said(one: Any) -> PredictedPicture:
    if isinstance(one, Failure):
        return PredictedPicture(label=None, symbols=[], confidence=None, prepared=[], warning=None,
                                error=str(one.error))  # fmt: skip
    return PredictedPicture(
        label=None if one.blank else one.label,
        symbols=[] if one.blank else one.symbols,
        confidence=None if one.blank else one.confidence,
        prepared=list(one.prepared),
        warning=one.warning,
        error=None,
    )


@AREA.post("/api/evaluate", pool="compute", seconds=60, changes=True)
def evaluate_run(studio: Studio, body: LabelledSource) -> EvaluationDocument:
    """Score a finished run on labelled images of a source.

    It is written into the ledger of evaluations, so that it counts as a change.
    """
    source = loadable(studio.settings, body.source)
    require_here(source, studio.settings.data_dir)
    folder = studio.folder_of(body.run)
    found = evaluate(
        folder, source, images=body.images, seed=body.seed, quiet=True,
        data_dir=studio.settings.data_dir,
    )  # fmt: skip
    return EvaluationDocument(evaluation=found.to_json())


@AREA.get("/api/health")
def health(studio: Studio, read_only: bool) -> Health:
    """Say that the studio answers, and what it does."""
    running, waiting = studio.trainings.counts()
    return Health(
        status="ok", version=importlib.metadata.version("glyphlab"),
        runs=len(studio.runs.names()), training=running, waiting=waiting,
        read_only=read_only,
    )  # fmt: skip


@AREA.get("/api/openapi.json", media=("application/json",))
def openapi(studio: Studio) -> Content:
    """Return this very document."""
    text = json.dumps(openapi_document(studio.areas), indent=1, ensure_ascii=False)
    return Content(text.encode(), "application/json")
