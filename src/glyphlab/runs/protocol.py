"""How the data of a run were made and a model was trained on them."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

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
    validation : float or None
        Share of the training glyphs held out for validation, where the recipe says one.
    fresh : bool
        New training pictures every epoch.
    short : float
        First share of the epochs on a shortened canvas.
    affine : bool
        Each glyph is bent by a random affine map.
    hold_out : float
        Share of the training images held out to validate.
    views : int
        Views of an image that its reading is the mean over.
    selection : {'best', 'last', 'once'} or None
        Epoch whose weights were kept; ``'once'`` where there are no epochs. None of a generator.
    """

    data: str
    validation: float | None = None
    fresh: bool = False
    short: float = 0.0
    affine: bool = False
    hold_out: float = 0.0
    views: Literal[1, 2, 5, 10] = 1
    selection: Literal["best", "last", "once"] | None = None

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
        if self.validation is not None:
            parts.append(f"{self.validation:.1%} of the training glyphs held out for validation")
        if self.fresh:
            parts.append("fresh training pictures every epoch")
        if self.short:
            when = "every epoch" if self.short == 1 else f"the first {self.short:.0%} of the epochs"
            parts.append(f"{when} on a shortened canvas, each glyph at a new height")
        if self.affine:
            parts.append("each glyph bent by a random affine map")
        if self.hold_out:
            parts.append(f"{self.hold_out:.0%} of the training images held out to validate")
        if self.views > 1:
            parts.append(f"read as the mean over {_VIEWS[self.views]}")
        if self.selection is not None:
            parts.append(_SELECTIONS[self.selection])
        return parts
