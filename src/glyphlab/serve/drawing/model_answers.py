"""What models say of what was drawn: labels, and the probabilities behind them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from glyphlab.data.class_names import label_text, numbered
from glyphlab.data.prepare import Prepared
from glyphlab.data.prepare.levels import no_larger
from glyphlab.models.strategies.label_probabilities import (
    LabelShare,
    at_positions,
    derived_shares,
    every_label,
)
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.drawing.as_model_sees import Seen, StepGroup
from glyphlab.serve.drawing.drawn_pictures import PngImage, png_of
from glyphlab.training.evaluation.inference import Predictions
from glyphlab.training.evaluation.picture_reader import PictureReader, Prediction

__all__ = [
    "Distribution",
    "ModelAnswer",
    "ModelImage",
    "Share",
    "ShownStep",
    "ShownSteps",
    "answer_of",
    "refused_answer",
    "shown_steps",
]

MOST_SHARES = 12
"""Names of a distribution that are all listed; of more only those are that are likely enough."""
LIKELY, LIKELIEST = 0.001, 20
"""That is, have this probability at least, and are among this number of the likeliest."""
STEP_SIDE = 240
"""Pixels of the longer side of a step's picture, at most."""
_BLANK = "–"
_RULES = {
    "sum": "Sum", "product": "Product", "difference": "Difference", "signed-sum": "Signed sum",
    "digits": "Whole label",
}  # fmt: skip
CAPTIONS = {
    "picture": "The picture, in grey.",
    "light on the paper": "The paper without the ink: its light and its shadows.",
    "ink": "What differs from the paper, bright, whether it was dark or bright before.",
    "symbol cut out": "Found: one symbol and all its parts, cut out.",
    "strokes as in training": "Its strokes are as thick as those of the training images.",
    "fitted and centred": "Scaled into the box of the training images, its centre of mass in "
    "the middle.",
    "put together": "Each symbol in the middle of where one may stand.",
    "only scaled": "Scaled to the size of the training images, and nothing else.",
    "taken as it is": "It is like the training images already.",
}
"""What each step of a preparation does, for people."""


class Share(BaseModel):
    """A name, and its probability."""

    name: str
    probability: float


class Distribution(BaseModel):
    """Probabilities of the classes at a position, or of labels."""

    title: str
    shares: list[Share]
    others: float = Field(0, description="Of all that are not listed, together.")
    left_out: int = Field(0, description="How many these are.")


class ModelImage(BaseModel):
    """An image as a model reads it."""

    picture: PngImage
    width: int
    height: int
    done: list[str] = Field(description="What was done to it, a few words each.")


class ModelAnswer(BaseModel):
    """What a model says of what was drawn; `error` where it says nothing."""

    run: str
    label: str | None = None
    confidence: float | None = Field(None, description="The probability of the label.")
    warnings: list[str] = []
    error: str | None = None
    gone: bool = Field(False, description="Whether its run is there no more, or is damaged.")
    one_by_one: bool = Field(False, description="Whether each box was read alone.")
    images: list[ModelImage] = []
    positions: list[Distribution] = []
    derived: Distribution | None = Field(
        None, description="Of the sum, or whatever else the label is; of whole labels too."
    )


class ShownStep(BaseModel):
    """One step of a preparation."""

    name: str
    caption: str
    picture: PngImage
    width: int
    height: int


class ShownSteps(BaseModel):
    """The steps of one box, or of a whole picture."""

    title: str
    steps: list[ShownStep]


def answer_of(run: str, reader: PictureReader, seen: Seen) -> ModelAnswer:
    """Return what a model says of images.

    Parameters
    ----------
    run : str
    reader : PictureReader
    seen : Seen
        As `seen_by` gives it for that reader.
    """
    predictions, found = reader.read_prepared(seen.images)
    written = [not one.blank for one in predictions]
    names = reader.names
    rows = at_positions(reader.model.strategy, found.probabilities, len(names))
    positions = []
    if rows is not None:
        titles = _titles(len(rows), rows.shape[1])
        flat = rows.reshape(-1, rows.shape[2])
        shown = np.repeat(written, rows.shape[1])
        positions = [
            _distribution(title, list(zip(names, row.tolist(), strict=True)))
            for title, row, there in zip(titles, flat, shown, strict=True) if there
        ]  # fmt: skip
    return ModelAnswer(
        run=run,
        label=_label(predictions, names) if any(written) else None,
        confidence=_confidence(predictions),
        warnings=_warnings(predictions),
        one_by_one=seen.each,
        images=[_image(one) for one in seen.images],
        positions=positions,
        derived=_derived(reader, found, rows) if all(written) else None,
    )


def refused_answer(run: str, refusal: Refused) -> ModelAnswer:
    """Return the answer of a model that says nothing, and why."""
    reason = str(refusal)
    return ModelAnswer(
        run=run, error=f"{reason[:1].upper()}{reason[1:]}.", gone=refusal.status in (404, 409)
    )


def shown_steps(groups: Sequence[StepGroup]) -> list[ShownSteps]:
    """Return the steps of a preparation as a page shows them, scaled down where they are large."""
    return [
        ShownSteps(title=group.title, steps=[_step(*one) for one in group.steps])
        for group in groups
    ]


def _step(name: str, picture: NDArray[np.uint8]) -> ShownStep:
    small = np.rint(np.clip(no_larger(picture, STEP_SIDE), 0, 255)).astype(np.uint8)
    height, width = small.shape
    return ShownStep(
        name=name, caption=CAPTIONS[name], picture=png_of(small), width=width, height=height
    )


def _image(one: Prepared) -> ModelImage:
    height, width = one.image.shape
    return ModelImage(picture=png_of(one.image), width=width, height=height, done=list(one.done))


def _titles(images: int, positions: int) -> list[str]:
    positions *= images
    return (
        ["Classes"] if positions == 1
        else [f"Position {number}" for number in range(1, positions + 1)]
    )  # fmt: skip


def _label(predictions: Sequence[Prediction], names: Sequence[str]) -> str:
    if len(predictions) == 1:
        return predictions[0].label
    texts = [_BLANK if one.blank else one.label for one in predictions]
    return ("" if all(len(name) == 1 for name in names) else ", ").join(texts)


def _confidence(predictions: Sequence[Prediction]) -> float | None:
    written = [one.confidence for one in predictions if not one.blank]
    return float(np.prod(written)) if written else None


def _warnings(predictions: Sequence[Prediction]) -> list[str]:
    if len(predictions) == 1 or len({one.warning for one in predictions}) == 1:
        return [predictions[0].warning] if predictions[0].warning else []
    return [
        f"box {number}: {one.warning}"
        for number, one in enumerate(predictions, 1) if one.warning
    ]  # fmt: skip


def _derived(
    reader: PictureReader,
    found: Predictions,
    rows: NDArray[np.float64] | None,
) -> Distribution | None:
    names = reader.names
    if rows is not None and len(rows) > 1:
        if tuple(names) != numbered(min(10, len(names))):
            return None
        sums = derived_shares(rows[:, 0], "sum")
        return None if sums is None else _of_labels("Sum", sums, ())
    scene = reader.scene
    every = every_label(reader.model.strategy, scene, found.probabilities, len(names))
    if every is None or (rows is not None and rows.shape[1] == 1):
        return None
    rule = "digits" if scene is None else scene.rule
    return _of_labels(_RULES[rule], every, names if rule == "digits" else ())


def _of_labels(title: str, every: Sequence[LabelShare], names: Sequence[str]) -> Distribution:
    return _distribution(title, [(label_text(one.label, names), one.probability) for one in every])


def _distribution(title: str, every: Sequence[tuple[str, float]]) -> Distribution:
    kept = list(every)
    if len(every) > MOST_SHARES:
        ranked = sorted((share for _, share in every), reverse=True)
        least = ranked[min(LIKELIEST, len(ranked)) - 1]
        if ranked[0] >= LIKELY:
            least = max(least, LIKELY)
        kept = [one for one in every if one[1] >= least][:LIKELIEST]
    return Distribution(
        title=title,
        shares=[Share(name=name, probability=share) for name, share in kept],
        others=max(0.0, sum(share for _, share in every) - sum(share for _, share in kept)),
        left_out=len(every) - len(kept),
    )
