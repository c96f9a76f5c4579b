"""What comes of preparing a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Prepared", "Step"]


class Step(NamedTuple):
    """One step of a preparation, as a figure shows it.

    Attributes
    ----------
    name : str
        What was done.
    picture : (h, w) uint8
        What came of it.
    """

    name: str
    picture: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A picture as the training images are.

    Attributes
    ----------
    image : (h, w) uint8
        Of the size asked for; all background where nothing is written.
    done : tuple of str
        What was done, a few words each, such as ``"light on the paper removed"``; empty where the
        picture already was like the training images, and is unchanged.
    blank : bool
        Whether nothing is written.
    lit : float
        The contrast of what was taken for light on the paper, as a share of the ink's: 0 where the
        paper is evenly lit, large where something wide was removed that may have been the subject.
    steps : tuple of Step
        Each step with what came of it; empty unless they were asked for.
    source : (int, int), optional
        Height and width of the picture before, where a warning depends on them.
    """

    image: NDArray[np.uint8]
    done: tuple[str, ...] = ()
    blank: bool = False
    lit: float = 0.0
    steps: tuple[Step, ...] = ()
    source: tuple[int, ...] | None = None
