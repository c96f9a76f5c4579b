"""The parts of a run's summary, as types."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from glyphlab._common.errors import printable
from glyphlab.data.class_names import LONGEST_NAME

__all__ = [
    "STRICT",
    "Alarm",
    "AuditRecord",
    "Count",
    "GeneratorScores",
    "Losses",
    "Name",
    "NetSizes",
    "Row",
    "SceneRecord",
    "Scores",
    "Share",
    "SharedGlyphs",
    "SplitBalance",
    "StrategyState",
    "SymbolScores",
    "TestSet",
]

STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
"""Values have their types, and no others are taken for them."""

Item = TypeVar("Item")
Count = Annotated[int, Field(ge=0, lt=2**63)]
Share = Annotated[float, Field(ge=0, le=1)]
# whoever makes a summary may give a list for a row; what is in it has its type all the same
Row = Annotated[tuple[Item, ...], Field(strict=False)]
Size = Annotated[int, Field(ge=1, le=1_000_000)]
"""Pixels, positions or classes: more than any task has, and few enough to make room for."""


def _shown(name: str) -> str:
    if printable(name) != name:
        raise ValueError("a name with characters that no page or terminal shows")
    return name


Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(_shown)]
"""Of a class."""


@dataclass(frozen=True, config=STRICT)
class Scores:
    """Scores on one split, as `glyphlab.metrics.score_all` returns them.

    Attributes
    ----------
    exact_match : float
    position_accuracy : tuple of float
        One a position.
    digit_accuracy : tuple of (float or None)
        One a class, None where it never occurs; empty where labels are no classes.
    macro_f1_digit, macro_f1_label : float
    """

    exact_match: Share
    position_accuracy: Row[Share]
    digit_accuracy: Row[Share | None]
    macro_f1_digit: Share
    macro_f1_label: Share


@dataclass(frozen=True, config=STRICT)
class SymbolScores:
    """Scores of single symbols: share correct, and share of images with all of them correct."""

    accuracy: Share
    all_correct: Share


@dataclass(frozen=True, config=STRICT)
class TestSet:
    """What a run was scored on.

    Attributes
    ----------
    digest : str
        Of the images and their labels: the same for everybody who scores on the same ones.
    images : int
    glyphs, uses : int or None
        Different glyphs on them, and how often one of them stands on an image; None where the data
        do not say which glyph is which.
    split : {'test', 'validation'}
        Where the test set is withheld, the validation images stand in its place.
    """

    __test__: ClassVar[bool] = False  # nothing for pytest to collect

    digest: str
    images: Count
    glyphs: Count | None
    uses: Count | None
    split: Literal["test", "validation"] = "test"


@dataclass(frozen=True, config=STRICT)
class SharedGlyphs:
    """How many glyphs two splits share, as a number and as shares of glyphs and of draws."""

    count: Count
    distinct: Share
    draws: Share


@dataclass(frozen=True, config=STRICT)
class SplitBalance:
    """How evenly labels and symbols occur in a split."""

    images: Count
    labels: Count
    label_fewest: Count
    label_most: Count
    symbol_least: Share
    symbol_most: Share


@dataclass(frozen=True, config=STRICT)
class AuditRecord:
    """What the splits of the run's task share: the document of ``audit --json``.

    What the test images could detect is left out: it rests on assumptions, and not on the data. So
    are remarks, which the protocol has where they decide the images.
    """

    schema: int
    task: str
    protocol: str
    label_overlap: dict[str, Count]
    glyph_overlap: dict[str, Share]
    ceilings: dict[str, Share]
    leaks: Row[str]
    glyphs_by_id: dict[str, SharedGlyphs] | None
    glyphs_by_pixels: dict[str, SharedGlyphs]
    balance: dict[str, SplitBalance]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> AuditRecord:
        """Return the record of the document itself, whose package stands beside this one."""
        left_out = ("detectable", "remarks")
        kept = {key: value for key, value in document.items() if key not in left_out}
        return TypeAdapter(cls).validate_json(json.dumps(kept))


@dataclass(frozen=True, config=STRICT)
class SceneRecord:
    """Where symbols stand and the label rule, field by field as `glyphlab.tasks.Scene`."""

    name: str
    count: int
    canvas: Annotated[tuple[int, int], Field(strict=False)]
    cell: Annotated[tuple[int, int], Field(strict=False)]
    columns: Row[int]
    rows: Row[int]
    free_y: int
    free_x: int
    rule: Literal["difference", "digits", "product", "signed-sum", "sum"]
    digits: int
    signs: Row[int] = ()


@dataclass(frozen=True, config=STRICT)
class StrategyState:
    """What it takes to build the model again.

    Attributes
    ----------
    height, width : int
        Of an image.
    positions, symbols : int
        Of a label: its length, and how many classes a symbol has.
    known : tuple of tuple of int
        The labels that a model of whole labels knows; empty for all others.
    scene : SceneRecord or None
        Where the symbols stand, of all but a model of whole labels.
    more : dict
        What else a strategy needs, as JSON holds it; empty for those of ours.
    """

    height: Size
    width: Size
    positions: Size
    symbols: Size
    known: Row[Row[int]]
    scene: SceneRecord | None
    more: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if any(len(label) != self.positions for label in self.known):
            raise ValueError(f"a known label that is not of {self.positions} positions")


@dataclass(frozen=True, config=STRICT)
class NetSizes:
    """Trainable numbers of both nets."""

    generator: Count
    discriminator: Count


@dataclass(frozen=True, config=STRICT)
class Losses:
    """A loss of each net."""

    d_loss: float
    g_loss: float


@dataclass(frozen=True, config=STRICT)
class Alarm:
    """Something that went wrong in an adversarial training.

    Attributes
    ----------
    name : str
        One of `glyphlab.training.evaluation.alarms.ALARMS`, ``'nothing learned'`` or
        ``'collapse inside classes'``.
    epoch : int
        The first at whose end it stood.
    statistic : str
        What was measured then, and the bound that it passed.
    last : int
        The last at whose end it stood: before the end of the training where it went by.
    """

    name: str
    epoch: Count
    statistic: str
    last: Count


Figure = Literal["frechet", "kernel", "precision", "recall", "density", "coverage"]
Floors = Annotated[dict[Figure, float], Field(min_length=6, max_length=6)]
"""What other real images reach, by figure."""


@dataclass(frozen=True, config=STRICT)
class GeneratorScores:
    """How good samples are: see `glyphlab.training.evaluation.generator_scores`.

    Those from `compared` on are None in runs of before they were measured, whose distances, shares
    and floor are of unequal numbers of images.
    """

    class_kl: float
    symbol_kl: float
    modes: Count
    classes: Annotated[Row[Count], Field(min_length=1)]
    coverage: Share
    density: float
    frechet: float
    frechet_floor: float
    confidence: float
    label_accuracy: Share | None
    samples: Annotated[int, Field(ge=1)]
    samples_unseen: Count
    label_accuracy_unseen: Share | None
    modes_possible: Annotated[int, Field(ge=1)]
    kernel: float
    kernel_spread: float
    precision: Share
    recall: Share
    nearest: float
    nearest_real: float
    reference_classifier: str
    reference_run: str
    reference_accuracy: Share
    compared: Count | None = None
    floors: Floors | None = None
    near_training: Share | None = None
    near_each_other: Share | None = None
    near_expected: Share | None = None
    collapsed_classes: Row[Count] | None = None
    class_coverage: Row[Share | None] | None = None
    class_recall: Row[Share | None] | None = None
    class_nearest: Row[float | None] | None = None
