"""Looking inside: what each layer of a net makes of one image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from glyphlab._common.png import image_address
from glyphlab.models.nets.activations import layer_outputs
from glyphlab.serve.app.areas import OfRun
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.inside.gallery_images import ImageShown, image_sheet, shown_images
from glyphlab.serve.inside.inside_area import AREA, SLOW, frame_of
from glyphlab.serve.inside.scored_images import Predicted, predicted, require_net, test_images
from glyphlab.training.batches import parts_of
from glyphlab.training.evaluation.loaded_models import fitting, load_net, load_strategy

__all__ = ["ImageLayers", "LayerOfNet", "OfImage", "layers_of_image", "layers_page", "one_image"]

MOST_MAPS = 64
MOST_UNITS = 512
_FROM, _HALF, _TO = 0, 128, 255
_GROUND, _ACROSS = 70, 32
"""Grey between small pictures, and units in a row."""


class OfImage(OfRun):
    """A request about one test image."""

    image: int = Field(0, ge=0, lt=2**31, description="Its number in the test set, from 0.")


class LayerOfNet(BaseModel):
    """What a layer makes of one image."""

    name: str
    within: str = Field(description="The layer that it is a part of; empty where there is none.")
    kind: str = Field(description="'maps' of pixels, or 'units'.")
    count: int = Field(description="Maps or units.")
    shown: int
    height: int
    width: int
    lowest: float
    highest: float
    columns: int = Field(description="Small pictures in a row of each sheet.")
    sheets: list[str] = Field(
        description="A data: address of a PNG for each part that the net sees of the image."
    )
    means: list[list[float]] = Field(description="Of each part: the mean of each map or unit.")
    peaks: list[list[float]] = Field(description="Of each part: the highest of each map or unit.")


class ImageLayers(BaseModel):
    """What every layer of a net makes of one image, in the order in which they are computed."""

    image: ImageShown
    parts: int = Field(description="Parts of the image that the net sees one by one.")
    layers: list[LayerOfNet]


@AREA.page("/inside/{run}/layers", title="Layers", template="layers.html.j2", script="layers.js")
def layers_page(studio: Studio, given: OfRun) -> Mapping[str, Any]:
    """Show what each layer of a run's net makes of one test image."""
    of = predicted(studio, given.run)
    require_net(of.run)
    wrong = np.flatnonzero(~of.right)
    return {**frame_of(studio, of.run), "images": len(of.true),
            "wrong": wrong[np.argsort(-of.confidence[wrong], kind="stable")][:200].tolist(),
            }  # fmt: skip


@AREA.get("/api/inside/{run}/image", pool="figures", seconds=SLOW)
def one_image(studio: Studio, given: OfImage) -> ImageShown:
    """Return one test image, and what was predicted for it."""
    of = predicted(studio, given.run)
    return _shown(studio, of, given.image)


@AREA.get("/api/inside/{run}/layers", pool="compute", seconds=SLOW)
def layers_of_image(studio: Studio, given: OfImage) -> ImageLayers:
    """Return what every layer of a run's net makes of one test image, as small pictures.

    Black is the lowest value of a layer and white its highest; where a layer has values below 0,
    middle grey is 0, and black and white are equally far from it.
    """
    of = predicted(studio, given.run)
    require_net(of.run)
    image = _shown(studio, of, given.image)
    pixels = test_images(studio, of).images[given.image : given.image + 1]
    with fitting(of.run):
        strategy = load_strategy(of.run)
        parts = parts_of(pixels, strategy).float() / 255
        outputs = layer_outputs(load_net(of.run), parts)
    names = list(outputs)
    layers = [_layer(name, names, value) for name, value in outputs.items()]
    return ImageLayers(image=image, parts=len(parts), layers=layers)


def _shown(studio: Studio, of: Predicted, image: int) -> ImageShown:
    split = test_images(studio, of)
    if image >= len(split):
        raise Refused(422, f"image {image}, and there are {len(split):,} test images: 0 to "
                      f"{len(split) - 1:,}")  # fmt: skip
    return next(shown_images(of, split, [image]))


def _layer(name: str, names: list[str], values: NDArray[np.float32]) -> LayerOfNet:
    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    maps = finite.ndim == 4
    if not maps:  # rows of units: of parts, or of the cells of an image
        finite = finite.reshape(-1, finite.shape[-1])
    count = finite.shape[1]
    shown = min(count, MOST_MAPS if maps else MOST_UNITS)
    gray = _gray(finite[:, :shown])
    columns, sheets = 1, []
    for part in gray:
        if maps:
            content, size = image_sheet(_framed(part), ground=_GROUND)
        else:
            content, size = image_sheet(part[:, None, None], min(shown, _ACROSS), _GROUND)
        columns = size.columns
        sheets.append(image_address(content))
    flat = finite.reshape(len(finite), count, -1)
    above = [one for one in names if name.startswith(f"{one}.")]
    return LayerOfNet(
        name=name, within=above[-1] if above else "", kind="maps" if maps else "units",
        count=count, shown=shown, height=finite.shape[2] if maps else 1,
        width=finite.shape[3] if maps else 1, lowest=float(finite.min()),
        highest=float(finite.max()), columns=columns, sheets=sheets,
        means=np.round(flat.mean(2), 5).tolist(), peaks=np.round(flat.max(2), 5).tolist(),
    )  # fmt: skip


def _framed(maps: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.pad(maps, ((0, 0), (0, 1), (0, 1)), constant_values=_GROUND)


def _gray(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return values as greys: 0 is black, or middle grey where some are below 0."""
    low, high = float(values.min()), float(values.max())
    if low < 0:
        most = max(-low, high, 1e-12)
        found = _HALF + values / most * (_TO - _HALF)
    else:
        found = values / max(high, 1e-12) * _TO
    return np.asarray(np.clip(np.rint(found), _FROM, _TO), np.uint8)
