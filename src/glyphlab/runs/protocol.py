"""How the data of a run were made and a model was trained on them."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from glyphlab._common.tabular.number_texts import any_text
from glyphlab.runs.records import STRICT

__all__ = ["Protocol"]

_VIEWS = {
    2: "the image and its mirror image",
    5: "the image and four shifts of it by a pixel",
    10: "the image, four shifts of it by a pixel and the mirror images of these five",
}
_SELECTIONS = {
    "best": "weights of the best on validation epoch",
    "last": "weights of the last epoch",
    "once": "fitted once, on the whole training split",
}


@dataclass(frozen=True, config=STRICT)
class Protocol:
    """How the data of a run were made and a model was trained on them, part by part.

    Attributes
    ----------
    data : str
        How the images were made, as the task says it; other runs of the task have the same.
    validation_glyph_fraction : float or None
        Share of the training glyphs held out for validation, where the recipe says one.
    redraw : bool
        New training pictures every epoch.
    short_canvas : float
        First share of the epochs on a shortened canvas.
    affine : bool
        Each glyph is bent by a random affine map.
    validation_fraction : float
        Share of the training images held out to validate.
    test_views : int
        Views of an image that its prediction is the mean over.
    selection : {'best', 'last', 'once'} or None
        Epoch whose weights were kept; ``'once'`` where there are no epochs. None of a generator.
    estimate_classes : int
        Rounds in which the classes of single symbols were estimated from the labels.
    """

    data: str
    validation_glyph_fraction: float | None = None
    redraw: bool = False
    short_canvas: float = 0.0
    affine: bool = False
    validation_fraction: float = 0.0
    test_views: Literal[1, 2, 5, 10] = 1
    selection: Literal["best", "last", "once"] | None = None
    estimate_classes: int = 0

    @property
    def text(self) -> str:
        """All of it in one line."""
        return "; ".join((self.data, *self._parts()))

    @property
    def training(self) -> str:
        """What one model has beside its data; empty where there is nothing to say."""
        return ", ".join(self._parts())

    def _parts(self) -> list[str]:
        parts = []
        if self.validation_glyph_fraction is not None:
            parts.append(
                f"{self.validation_glyph_fraction:.1%} of the training glyphs held out for "
                "validation"
            )
        if self.redraw:
            parts.append("new training images every epoch")
        if self.short_canvas:
            when = (
                "every epoch"
                if self.short_canvas == 1
                else f"the first {any_text(100 * self.short_canvas)}% of the epochs"
            )
            parts.append(f"{when} on a shortened canvas, each glyph at a new height")
        if self.affine:
            parts.append("each glyph deformed by a random affine map")
        if self.validation_fraction:
            parts.append(
                f"{any_text(100 * self.validation_fraction)}% of the training images held out to "
                "validate"
            )
        if self.estimate_classes:
            rounds = "1 round" if self.estimate_classes == 1 else f"{self.estimate_classes} rounds"
            parts.append(
                f"trained on single symbols, their classes estimated from the labels in {rounds}"
            )
        if self.test_views > 1:
            parts.append(f"predicted as the mean over {_VIEWS[self.test_views]}")
        if self.selection is not None:
            parts.append(_SELECTIONS[self.selection])
        return parts
