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
from glyphlab.metrics import share_interval
from glyphlab.training.evaluation.model_reader import Reading
from glyphlab.training.evaluation.novelty.class_spaces import ClassSpaces
from glyphlab.training.evaluation.novelty.rarity import STEPS, Rarity
from glyphlab.training.evaluation.novelty.solid_shapes import wide_ink

__all__ = [
    "AS_IT_IS",
    "DOUBT",
    "FORM",
    "PREPARED",
    "WIDE",
    "FalseAlarms",
    "Familiarity",
    "distances",
    "familiarity_in",
    "together",
]

Floats = NDArray[np.float32]
AS_IT_IS, PREPARED = "as it is", "prepared"
"""Images that are like the training images already, and pictures that were made like them."""
WIDE, DOUBT = "wide ink", "confidence"
"""What is looked at beside features and pixels: solid shapes, and how unsure the model is."""
_PARTS = ("known", "means", "directions", "units")
FORM = 6
"""Number of the method: what an older one kept is computed again."""
LIT = 1.0
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
        return cls(len(warned), *share_interval(warned))


@dataclass(frozen=True, eq=False)
class Familiarity:
    """What a model's features are of the images it was trained on.

    Attributes
    ----------
    spaces : dict of str to ClassSpaces
        Of ``"features"``, ``"pixels"``, or both.
    rarities : dict of str to Rarity
        Of the distance in each of them, of `WIDE` and of `DOUBT`: what is usual for images of the
        training data's kind.
    limits : dict of str to float
        The strangeness from which is warned, of `AS_IT_IS` and of `PREPARED` images.
    false_alarms : dict of str to FalseAlarms
        Of either.
    style : Style
        What the training images are like.
    """

    spaces: Mapping[str, ClassSpaces]
    rarities: Mapping[str, Rarity]
    limits: Mapping[str, float]
    false_alarms: Mapping[str, FalseAlarms]
    style: Style

    def strangeness(self, images: NDArray[np.uint8], reading: Reading) -> NDArray[np.float64]:
        """Return how unlike the training images images are, ``(n,)``.

        It is the sum of how rare all distances are, each of the strangest symbol of an image.

        Parameters
        ----------
        images : (n, H, W) uint8
        reading : Reading
            Of them, with features.
        """
        return together(self.rarities, distances(self.spaces, images, reading, self.style))

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
            "looks_at": list(self.rarities),
            "false_alarms": {name: asdict(one) for name, one in self.false_alarms.items()},
        }

    def to_arrays(self, owner: str) -> dict[str, NDArray[Any]]:
        """Return it as arrays for a file, with the digest of the weights that it belongs to."""
        said = {
            "form": FORM,
            "owner": owner,
            "spaces": list(self.spaces),
            "rarities": {
                name: {"quantiles": one.quantiles.tolist(), "tail": one.tail}
                for name, one in self.rarities.items()
            },
            "limits": dict(self.limits),
            "false_alarms": self.to_json()["false_alarms"],
            "style": self.style.to_mapping(),
        }
        arrays: dict[str, NDArray[Any]] = {"said": np.array(json.dumps(said))}
        for name, space in self.spaces.items():
            arrays |= {f"{name}_{part}": getattr(space, part) for part in _PARTS}
        return arrays


def distances(
    spaces: Mapping[str, ClassSpaces], images: NDArray[np.uint8], reading: Reading, style: Style
) -> dict[str, Floats]:
    """Return how far images are from usual, ``(n,)`` by name: the largest of any row of each."""
    found = {}
    for name, space in spaces.items():
        rows = reading.features[name]
        flat = rows.reshape(-1, rows.shape[-1])
        away = space.distance(flat, reading.classes(rows.shape[1]).ravel())
        found[name] = away.reshape(rows.shape[:2]).max(1)
    found[WIDE] = wide_ink(images, min(style.size), dark=style.dark)
    found[DOUBT] = 1 - reading.predictions.confidence
    return found


def together(rarities: Mapping[str, Rarity], found: Mapping[str, Floats]) -> NDArray[np.float64]:
    """Return the sum ``(n,)`` of how rare distances ``(n,)`` are, by name."""
    return np.asarray(np.sum([one.of(found[name]) for name, one in rarities.items()], 0))


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
            str(name): _space(*(arrays[f"{name}_{part}"] for part in _PARTS))
            for name in said["spaces"]
        }
        alarms = {name: _alarms(said["false_alarms"][name]) for name in (AS_IT_IS, PREPARED)}
        rarities = {name: _rarity(said["rarities"][name]) for name in (*spaces, WIDE, DOUBT)}
        limits = {name: float(said["limits"][name]) for name in (AS_IT_IS, PREPARED)}
        if not spaces or not all(np.isfinite(one) for one in limits.values()):
            return None
        style = Style.from_mapping(said["style"])
        return Familiarity(spaces, rarities, limits, alarms, style)
    except (GlyphlabError, KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def _rarity(said: Mapping[str, Any]) -> Rarity:
    quantiles, tail = np.array(said["quantiles"], np.float64), float(said["tail"])
    if quantiles.shape != (STEPS,) or not np.isfinite(quantiles).all() or not 0 < tail < np.inf:
        raise ValueError("no such distribution")
    return Rarity(quantiles, tail)


def _alarms(said: Mapping[str, Any]) -> FalseAlarms:
    shares = [float(said[name]) for name in ("share", "low", "high")]
    if not all(0 <= one <= 1 for one in shares):
        raise ValueError("no shares")
    return FalseAlarms(int(said["images"]), *shares)


def _space(
    known: NDArray[Any], means: NDArray[Any], directions: NDArray[Any], units: NDArray[Any]
) -> ClassSpaces:
    for array, axes in ((means, 2), (directions, 3), (units, 1)):
        if array.dtype != np.float32 or array.ndim != axes or not np.isfinite(array).all():
            raise ValueError("no such array")
    if known.dtype != np.int64 or known.shape != units.shape != (0,):
        raise ValueError("no such classes")
    if directions.shape[:2] != means.shape or means.shape[:1] != units.shape or units.min() <= 0:
        raise ValueError("arrays that do not fit each other")
    return ClassSpaces(known, means, directions, units)
