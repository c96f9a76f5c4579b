"""The area to draw on: pictures come in, models answer side by side, and show what they see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from glyphlab._common.errors import GlyphlabError
from glyphlab.data.class_names import label_text
from glyphlab.runs import Run
from glyphlab.serve.app.areas import NAME, Area, Given, OfRun, Upload
from glyphlab.serve.app.refusals import Refused, refusal_of
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.drawing.as_model_sees import Seen, seen_by
from glyphlab.serve.drawing.drawn_pictures import (
    MOST_BOXES,
    Drawing,
    KeptPicture,
    PngImage,
    kept_picture,
    pictures_of,
    png_of,
)
from glyphlab.serve.drawing.model_answers import (
    ModelAnswer,
    ShownSteps,
    answer_of,
    refused_answer,
    shown_steps,
)
from glyphlab.training.evaluation.occlusion_maps import occlusion_map

__all__ = [
    "AREA",
    "AskedDrawing",
    "ChoiceOfModels",
    "DrawnAnswers",
    "KnownModel",
    "KnownModels",
    "ModelDescription",
    "OccludedDrawing",
    "OcclusionMaps",
    "ShownMap",
    "answer_drawing",
    "describe_model",
    "draw_page",
    "keep_picture",
    "known_models",
    "occlusion_of",
]

AREA = Area("draw", "Draw", "/draw")

MOST_MODELS = 4
"""Side by side."""
MOST_BYTES = 6 << 20
"""Of pictures as base64: a page keeps them in grey and no larger than 1,000 pixels."""
MOST_UPLOADED = 32 << 20
"""Of a picture that is opened."""
IMAGES = (
    "application/octet-stream", "image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp",
    "image/tiff", "image/x-portable-anymap", "image/x-portable-graymap",
    "image/x-portable-pixmap", "image/x-portable-bitmap",
)  # fmt: skip

RunName = Annotated[str, StringConstraints(max_length=255, pattern=NAME)]


class ChoiceOfModels(Given):
    """What a link to the page says."""

    model: list[RunName] = Field([], max_length=MOST_MODELS, description="Models to ask.")
    boxes: int | None = Field(None, ge=1, le=MOST_BOXES, description="Boxes to draw in.")


class KnownModel(BaseModel):
    """A finished run that reads pictures."""

    run: str
    model: str | None
    task: str | None
    data: str | None
    exact_match: float | None = Field(description="On test images, from 0 to 1.")
    embedded: bool = Field(description="Whether it is the studio's own, and in no folder of runs.")


class KnownModels(BaseModel):
    """The models that can be asked, the embedded one first."""

    models: list[KnownModel]


class ModelDescription(BaseModel):
    """What a model reads and says."""

    run: str
    symbols: int | None = Field(description="On its images; None where that is not known.")
    names: list[str] = Field(description="Of its classes.")
    width: int
    height: int
    label: str = Field(description="What is on an image, and what its label is.")


class AskedDrawing(Drawing):
    """What was drawn, and the models to ask."""

    models: list[RunName] = Field(min_length=1, max_length=MOST_MODELS)
    steps: RunName | None = Field(
        None, description="The model whose preparation is shown step by step."
    )


class DrawnAnswers(BaseModel):
    """What models say, in the order they were asked."""

    answers: list[ModelAnswer]
    steps: list[ShownSteps] = Field(description="Of the model that was named for it.")


class OccludedDrawing(Drawing):
    """What was drawn, a model, and the patch that is moved over what it sees."""

    model: RunName
    side: float = Field(
        0.25, ge=0.02, le=0.7, description="Of the patch, share of a symbol's shorter side."
    )
    cover: Literal["grey", "paper"] = Field("grey", description="What the patch is like.")


class ShownMap(BaseModel):
    """How the probability of a label changes while a patch covers the image."""

    title: str
    label: str
    probability: float = Field(description="Without a patch.")
    changes: list[list[float]] = Field(
        description="Of the probability, by the place of the patch's middle, row after row."
    )
    step: int = Field(description="Pixels from one place to the next.")
    side: int = Field(description="Pixels of a side of the patch.")
    picture: PngImage
    width: int
    height: int


class OcclusionMaps(BaseModel):
    """A map an image that the model reads."""

    run: str
    maps: list[ShownMap]


@AREA.page("/draw", title="Draw", template="draw.html.j2", script="draw.js")
def draw_page(studio: Studio, given: ChoiceOfModels) -> Mapping[str, Any]:
    """Show the page to draw on."""
    models = known_models(studio).models
    known = {one.run for one in models}
    chosen = [name for name in dict.fromkeys(given.model) if name in known]
    return {
        "models": [one.model_dump() for one in models],
        "chosen": chosen or [one.run for one in models[:1]],
        "gone": [name for name in given.model if name not in known],
        "boxes": given.boxes or 1,
        "most_models": MOST_MODELS,
    }


@AREA.get("/api/draw/models")
def known_models(studio: Studio) -> KnownModels:
    """List the models that can be asked: finished classifiers, and the embedded one."""
    listing = studio.runs.all()
    found = [
        KnownModel(
            run=info.name, model=info.model, task=info.task, data=info.data,
            exact_match=info.exact_match, embedded=False,
        )
        for info in listing.runs.values()
        if info.state == "done" and info.kind == "classifier" and info.name not in listing.hidden
    ]  # fmt: skip
    return KnownModels(models=[*_embedded(studio), *found])


def _embedded(studio: Studio) -> list[KnownModel]:
    folder = studio.settings.embedded
    if folder is None:
        return []
    summary = Run.load(folder).classifier_summary
    return [
        KnownModel(
            run=folder.name, model="embedded digits", task=summary.task, data=summary.data,
            exact_match=summary.metrics.exact_match, embedded=True,
        )
    ]  # fmt: skip


@AREA.get("/api/draw/models/{run}", pool="compute", seconds=180)
def describe_model(studio: Studio, given: OfRun) -> ModelDescription:
    """Say what a model reads, and load it.

    The first time that takes a while: its training images are looked at, so that it can warn of
    pictures that are unlike them.
    """
    reader = studio.readers.of(studio.folder_of(given.run))
    height, width = reader.model.size
    scene = reader.scene
    return ModelDescription(
        run=given.run, symbols=None if scene is None else scene.count, names=list(reader.names),
        width=width, height=height,
        label=f"an image of {width}×{height} pixels" if scene is None else scene.words,
    )  # fmt: skip


@AREA.post("/api/draw/picture", pool="figures", seconds=30, bytes=MOST_UPLOADED, takes=IMAGES)
def keep_picture(body: Upload) -> KeptPicture:
    """Read an image file (PNG, JPEG, …), and return it in grey for the page to keep."""
    return kept_picture(body.content)


@AREA.post("/api/draw/answers", pool="compute", seconds=180, bytes=MOST_BYTES)
def answer_drawing(studio: Studio, body: AskedDrawing) -> DrawnAnswers:
    """Ask models what was drawn.

    A model that cannot answer has an error, as one whose run was removed meanwhile.
    """
    pictures = pictures_of(body)
    answers, steps = [], []
    for name in dict.fromkeys(body.models):
        try:
            reader = studio.readers.of(studio.folder_of(name))
            seen = seen_by(
                reader, pictures, boxes=body.boxes is not None, symbols=body.symbols,
                prepare=body.prepare, steps=name == body.steps,
            )  # fmt: skip
            answers.append(answer_of(name, reader, seen))
        except (GlyphlabError, OSError) as error:
            answers.append(refused_answer(name, refusal_of(error)))
        else:
            steps += shown_steps(seen.groups)
    return DrawnAnswers(answers=answers, steps=steps)


@AREA.post("/api/draw/occlusion", pool="compute", seconds=180, bytes=MOST_BYTES)
def occlusion_of(studio: Studio, body: OccludedDrawing) -> OcclusionMaps:
    """Move a patch over the image that a model reads, and say how its label's probability changes.

    Of a model that reads boxes one by one there is a map a box.
    """
    reader = studio.readers.of(studio.folder_of(body.model))
    pictures = pictures_of(body)
    seen = seen_by(
        reader, pictures, boxes=body.boxes is not None, symbols=body.symbols, prepare=body.prepare
    )
    if all(one.blank for one in seen.images):
        raise Refused(422, "nothing is written on it: draw something first")
    cell = reader.model.size if reader.scene is None else reader.scene.cell
    side = max(1, round(body.side * min(cell)))
    level = 128 if body.cover == "grey" else 255 if reader.style.dark else 0
    return OcclusionMaps(
        run=body.model,
        maps=[_map(reader, seen, number, side, level) for number in range(len(seen.images))
              if not seen.images[number].blank],
    )  # fmt: skip


def _map(reader: Any, seen: Seen, number: int, side: int, level: int) -> ShownMap:
    image = seen.images[number].image
    found = occlusion_map(reader.model, image, side=side, level=level)
    return ShownMap(
        title=f"Box {number + 1}" if seen.each else "",
        label=label_text(found.labels, reader.names),
        probability=found.probability,
        changes=found.changes.round(6).tolist(),
        step=found.step,
        side=found.side,
        picture=png_of(image),
        width=image.shape[1],
        height=image.shape[0],
    )
