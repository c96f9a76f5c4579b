"""How small a difference a comparison can detect: before anything is trained, and afterwards.

The power of the tests in :mod:`glyphlab.metrics.model_tests` has no closed form, as its degrees of
freedom are estimated too. So its own rule is run on normal draws of what it would find, given the
parts of the variance: the difference, and the variance of each model's seeds (chi-squared).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError
from glyphlab._common.seeds import numpy_rng
from glyphlab.metrics.glyph_clusters import Floats, Glyphs, clusters_of
from glyphlab.metrics.variance_components import GROWTH, SeedPart, reference_of

__all__ = [
    "AGREEMENT",
    "GLYPH_CORRELATION",
    "SAYS_NOTHING",
    "SEED_SPREAD",
    "Plan",
    "detectable_from_parts",
    "plan",
    "unseen_failure_rate",
]

POWER = 0.8
"""Share of comparisons in which the difference is detected."""
AGREEMENT = (0.6, 0.45)
"""Assumed correlation, over items, of the errors of two seeds of a model, and of two models.

Measured within a model: .51 to .67, median .57, on MNIST's test images for the perceptrons above
96 % of the reproduction `mnist-networks`, five seeds each; .72 for `aligned` and .44 for `sliced`
of `make demo`, three seeds each. Across: .43 to .81, mean .53, for perceptrons of like error, .60
for `aligned` and `sliced`. Nets of other families are less alike than perceptrons, so that less is
assumed.
"""
GLYPH_CORRELATION = 0.9
"""Assumed correlation, over uses of a glyph, of errors in reading it.

Measured in `make demo`: .92 for `aligned`, .78 for `sliced` (359 glyphs, 6.7 uses each). Of a net
that reads half the images only (`multihead` there) it is .30: a plan for such a net is too
careful.
"""
SEED_SPREAD = 0.05
"""Assumed standard deviation of the accuracy over seeds, as a share of the error.

Measured on the perceptrons named above, chance at single items taken off: .00 to .07 of the error
at 2 to 3 % (.11 of 2.1 points), .04 to .06 at 5 %, .05 at 8 %. Trainings that sometimes fail, and
a net as `multihead` in `make demo` (.08), vary more.
"""
SAYS_NOTHING = 0.2
"""Accurate models with a detectable difference above it have too few images or seeds."""
DRAWS = 2_000
STEPS = 12
SMALL = 1e-6


@dataclass(frozen=True)
class Plan:
    """What a comparison is assumed to be, and the difference that it detects.

    Attributes
    ----------
    detectable : float
        The smallest difference in accuracy that is detected with power `power`.
    accuracy, seed_sd, agreement, agreement_across : float
        Assumed of both models: accuracy, its standard deviation over seeds (that of fresh items not
        counted), and the correlation of errors over items of two seeds of one model, and of two
        models.
    seeds, items, models : int
    glyphs : int or None
        Number of different glyphs the items show; None where items are taken as independent.
    design_effect : float
        Assumed, from the glyphs' uses and `glyph_correlation`.
    power, level : float
    """

    detectable: float
    accuracy: float
    seed_sd: float
    agreement: float
    agreement_across: float
    seeds: int
    items: int
    models: int
    glyphs: int | None
    design_effect: float
    power: float
    level: float


def plan(
    accuracy: float,
    seeds: int,
    items: int,
    *,
    seed_sd: float | None = None,
    glyphs: Glyphs = None,
    agreement: float = AGREEMENT[0],
    agreement_across: float = AGREEMENT[1],
    glyph_correlation: float = GLYPH_CORRELATION,
    models: int = 2,
    power: float = POWER,
    level: float = 0.95,
) -> Plan:
    """Return what N seeds and these items can detect, before anything is trained.

    Parameters
    ----------
    accuracy : float
        Assumed of both models, between 0 and 1.
    seeds, items : int
        Of each model; at least two seeds.
    seed_sd : float, optional
        Assumed standard deviation of the accuracy over seeds, that of single items not counted;
        `SEED_SPREAD` of the error where it is not given.
    glyphs : array_like of int, (items, k), or Clusters, optional
        Ids of the glyphs each item shows; None takes the items as independent.
    agreement, agreement_across : float
        Assumed correlation over items of the errors of two seeds of one model, and of two models;
        the second is not above the first.
    glyph_correlation : float
        Assumed correlation of errors over the uses of a glyph. Two images of k glyphs that share
        one are taken to correlate by 1/k of it.
    models : int
        How many are compared, every pair; Holm's correction is taken at its strictest.
    power, level : float

    Raises
    ------
    UsageError
        Where an assumption is out of its range.
    """
    seed_sd = SEED_SPREAD * (1 - accuracy) if seed_sd is None else seed_sd
    for name, value, low, high in (
        ("accuracy", accuracy, 0, 1), ("power", power, 0, 1), ("level", level, 0, 1),
    ):  # fmt: skip
        if not low < value < high:
            raise UsageError(f"the {name} is {value}, expected a number between {low} and {high}")
    if not 0 <= agreement_across <= agreement <= 1 or not 0 <= glyph_correlation <= 1:
        raise UsageError(
            f"the agreement is {agreement} within a model and {agreement_across} across, that of a "
            f"glyph {glyph_correlation}, expected 0 to 1 and no more across than within"
        )
    if seeds < 2 or items < 2 or models < 2 or seed_sd < 0:
        raise UsageError(
            f"found {seeds} seed(s), {items} item(s), {models} model(s) and seed sd {seed_sd}, "
            "expected at least two of each and no negative sd: one seed can distinguish nothing"
        )
    clusters = clusters_of(glyphs, items)
    effect = 1.0
    if clusters is not None:
        width = float(clusters.shown.mean())
        effect = max(1.0, 1 + glyph_correlation / width * clusters.partners)
    unit = accuracy * (1 - accuracy) / items * effect
    chance = np.asarray(unit * (1 - agreement))
    side = SeedPart(chance + seed_sd**2, chance, seeds)
    pairs = models * (models - 1) // 2
    found = detectable_from_parts(
        side, side, 2 * unit * (agreement - agreement_across), 1 - accuracy,
        alpha=(1 - level) / pairs, power=power,
        most=(items if clusters is None else clusters.distinct) - 1,
    )  # fmt: skip
    return Plan(
        detectable=found, accuracy=accuracy, seed_sd=seed_sd, agreement=agreement,
        agreement_across=agreement_across, seeds=seeds, items=items, models=models,
        glyphs=None if clusters is None else clusters.distinct, design_effect=effect,
        power=power, level=level,
    )  # fmt: skip


def detectable_from_parts(
    first: SeedPart,
    second: SeedPart,
    of_items: float,
    error: float,
    *,
    alpha: float = 0.05,
    power: float = POWER,
    most: float = np.inf,
) -> float:
    """Return the difference that is detected with a given power if these parts are the true ones.

    Parameters
    ----------
    first, second : SeedPart
        Variance of one seed's accuracy of either model, and its chance part; numbers.
    of_items : float
        Variance of the difference that fresh items bring.
    error : float
        Share of wrong answers, half way between both models. The variance of seeds is taken to grow
        with that of the worse model, as the test does.
    alpha, power : float
    most : float
        Degrees of freedom of the items' part.
    """
    error = min(max(error, SMALL), 1 - SMALL)
    # the same draws whichever model is named first
    ordered = sorted((first, second), key=lambda part: (float(part.by_seed), part.seeds))
    first, second = ordered
    normal, *shapes = _draws(first.seeds, second.seeds)
    drawn: list[SeedPart] = []
    true = of_items
    for part, shape in zip((first, second), shapes, strict=True):
        true += float(part.by_seed) / part.seeds
        chance = np.broadcast_to(part.by_chance, shape.shape)
        drawn.append(SeedPart(np.maximum(part.by_seed * shape, chance), chance, part.seeds))
    luck = normal * np.sqrt(true)

    def detected(gap: float) -> bool:
        seen = gap + luck
        wrong = np.minimum(error + np.abs(seen) / 2, max(error, 0.5))
        larger = np.maximum(wrong * (1 - wrong) / (error * (1 - error)), 1) ** GROWTH
        of_seeds = sum(
            (one.by_chance + (one.by_seed - one.by_chance) * larger) / one.seeds for one in drawn
        )
        total = np.maximum(of_seeds + of_items, 1e-300)
        reference = reference_of(drawn[0], drawn[1], of_seeds / total, min(most, 1e9))
        p = 2 * reference.tail(np.abs(seen) / np.sqrt(total))
        return float((p < alpha).mean()) >= power

    high = 4 * float(np.sqrt(max(true, 1e-300)))
    while high < 1 and not detected(high):
        high *= 2
    low = 0.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if detected(middle) else (middle, high)
    return min(high, 1.0)


@lru_cache(maxsize=64)
def _draws(seeds_a: int, seeds_b: int) -> Sequence[NDArray[np.float64]]:
    """Return normal draws, and chi-squared ones over their mean for each model's seeds."""
    rng = numpy_rng(0, "detectable")
    normal = rng.standard_normal(DRAWS // 2)
    shapes: list[Floats] = []
    for seeds in (seeds_a, seeds_b):
        freedom = max(seeds - 1, 1)
        shapes.append(np.tile(rng.chisquare(freedom, DRAWS // 2) / freedom, 2))
    return np.concatenate([normal, -normal]), *shapes


def unseen_failure_rate(seeds: int, level: float = 0.95) -> float:
    """Return the share of trainings that may still fail where none of `seeds` did.

    The exact upper bound of a binomial proportion after no event, ``1 - (1 - level)**(1 / seeds)``:
    .63 after three seeds, .45 after five. J. A. Hanley, A. Lippman-Hand, "If nothing goes wrong, is
    everything all right?", *JAMA* 249 (1983), 1743-1745.

    Raises
    ------
    UsageError
        For fewer than one seed.
    """
    if seeds < 1 or not 0 < level < 1:
        raise UsageError(
            f"found {seeds} seed(s) and level {level}, expected at least one and a number between "
            "0 and 1"
        )
    return float(1 - (1 - level) ** (1 / seeds))
