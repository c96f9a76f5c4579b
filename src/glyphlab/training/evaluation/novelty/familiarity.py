"""What a model is familiar with, and when an image is so unlike it that this is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import GlyphlabError
from glyphlab._common.untrusted import parse_json
from glyphlab.data.prepare import Style
from glyphlab.metrics import mean_interval
from glyphlab.training.evaluation.novelty.class_spaces import ClassSpaces

__all__ = [
    "AS_IT_IS",
    "FORM",
    "PREPARED",
    "FalseAlarms",
    "Familiarity",
    "familiarity_in",
    "strangest",
]

Floats = NDArray[np.float32]
AS_IT_IS, PREPARED = "as it is", "prepared"
"""Images that are like the training images already, and pictures that were made like them."""
FORM = 1
"""Number of the method: what an older one kept is computed again."""
LIT = 0.15
"""Light on the paper, as a share of the ink's contrast, from which it may have been the subject."""


@dataclass(frozen=True)
class FalseAlarms:
    """How often images of the training data's own kind are warned of, which none should be.

    Attributes
    ----------
    images : int
        Test images that this was counted on; the limit was found on others.
    share, low, high : float
        With a 95 % interval over images.
    """

    images: int
    share: float
    low: float
    high: float

    @classmethod
    def among(cls, warned: NDArray[np.bool_]) -> Self:
        """Count the warnings ``(n,)`` of images that need none."""
        found = mean_interval(warned[None])
        return cls(len(warned), found.mean, found.low, found.high)


@dataclass(frozen=True, eq=False)
class Familiarity:
    """What a model's features are of the images it was trained on.

    Attributes
    ----------
    spaces : dict of str to ClassSpaces
        Of ``"features"``, ``"pixels"``, or both.
    scales : dict of str to float
        The distance of each that few images of the training data's kind exceed.
    limits : dict of str to float
        The strangeness from which is warned, of `AS_IT_IS` and of `PREPARED` images.
    false_alarms : dict of str to FalseAlarms
        Of either.
    style : Style
        What the training images are like.
    """

    spaces: Mapping[str, ClassSpaces]
    scales: Mapping[str, float]
    limits: Mapping[str, float]
    false_alarms: Mapping[str, FalseAlarms]
    style: Style

    def strangeness(self, features: Mapping[str, Floats]) -> Floats:
        """Return how unlike the training images images are, ``(n,)``: the strangest symbol of each.

        Parameters
        ----------
        features : mapping of str to (n, rows, d) float32
            By the names of `spaces`.
        """
        return strangest(self.spaces, self.scales, features)

    def is_strange(self, strangeness: float, lit: float, *, prepared: bool) -> bool:
        """Return whether an image is to be warned of."""
        limit = self.limits[PREPARED if prepared else AS_IT_IS]
        return strangeness > limit or lit > LIT

    @property
    def words(self) -> str:
        """How often its warnings are wrong, in words."""
        plain, prepared = (self.false_alarms[name] for name in (AS_IT_IS, PREPARED))
        return (
            f"of images like the training data {plain.share:.1%} have one as they are "
            f"({plain.images:,} test images) and {prepared.share:.1%} as prepared pictures "
            f"({prepared.images:,})"
        )

    def to_json(self) -> dict[str, Any]:
        """Return what an answer says of its warnings."""
        return {
            "looks_at": " and ".join(self.spaces),
            "false_alarms": {name: asdict(one) for name, one in self.false_alarms.items()},
        }

    def to_arrays(self, owner: str) -> dict[str, NDArray[Any]]:
        """Return it as arrays for a file, with the digest of the weights that it belongs to."""
        said = {
            "form": FORM,
            "owner": owner,
            "spaces": list(self.spaces),
            "scales": dict(self.scales),
            "limits": dict(self.limits),
            "false_alarms": self.to_json()["false_alarms"],
            "style": self.style.to_mapping(),
        }
        arrays: dict[str, NDArray[Any]] = {"said": np.array(json.dumps(said))}
        for name, space in self.spaces.items():
            arrays[f"{name}_means"] = space.means
            arrays[f"{name}_directions"] = space.directions
        return arrays


def strangest(
    spaces: Mapping[str, ClassSpaces],
    scales: Mapping[str, float],
    features: Mapping[str, Floats],
) -> Floats:
    """Return the largest distance of any row of each image, in units of its scale, ``(n,)``."""
    found = []
    for name, space in spaces.items():
        rows = features[name]
        distance = space.distance(rows.reshape(-1, rows.shape[-1])).reshape(rows.shape[:2])
        found.append(distance.max(1) / np.float32(scales[name]))
    return np.asarray(np.max(found, axis=0), np.float32)


def familiarity_in(arrays: Mapping[str, NDArray[Any]], owner: str) -> Familiarity | None:
    """Return what `Familiarity.to_arrays` gave; None of other weights, another form, or no sense.

    Parameters
    ----------
    arrays : mapping of str to array
        As they were read from a file, which may be anybody's.
    owner : str
        Digest of the weights that it must belong to.
    """
    try:
        said = parse_json(str(arrays["said"]), "what a run is familiar with")
        if (said["form"], said["owner"]) != (FORM, owner):
            return None
        spaces = {
            name: _space(arrays[f"{name}_means"], arrays[f"{name}_directions"])
            for name in said["spaces"]
        }
        alarms = {name: _alarms(said["false_alarms"][name]) for name in (AS_IT_IS, PREPARED)}
        numbers = {
            part: {str(name): float(said[part][name]) for name in names}
            for part, names in (("scales", spaces), ("limits", (AS_IT_IS, PREPARED)))
        }
        every = [*numbers["scales"].values(), *numbers["limits"].values()]
        if not spaces or not all(np.isfinite(one) and one > 0 for one in every):
            return None
        style = Style.from_mapping(said["style"])
        return Familiarity(spaces, numbers["scales"], numbers["limits"], alarms, style)
    except (GlyphlabError, KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def _alarms(said: Mapping[str, Any]) -> FalseAlarms:
    shares = [float(said[name]) for name in ("share", "low", "high")]
    if not all(0 <= one <= 1 for one in shares):
        raise ValueError("no shares")
    return FalseAlarms(int(said["images"]), *shares)


def _space(means: NDArray[Any], directions: NDArray[Any]) -> ClassSpaces:
    for array, axes in ((means, 2), (directions, 3)):
        if array.dtype != np.float32 or array.ndim != axes or not np.isfinite(array).all():
            raise ValueError("no such array")
    if directions.shape[:2] != means.shape or not means.size:
        raise ValueError("arrays that do not fit each other")
    return ClassSpaces(means, directions)
