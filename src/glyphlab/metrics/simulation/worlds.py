"""Worlds of models, seeds, images and glyphs in which the true accuracies are known exactly.

A seed of a model has an error rate of its own, drawn from a Beta distribution, or now and then that
of a training that collapsed. An image shows k glyphs and is wrong where any of them is; of one
symbol an image is a glyph. A use of a glyph is wrong where a normal variable falls below the
threshold that gives the seed its error rate. That variable is a sum of four: the glyph, as this
model sees it; the glyph, as this seed sees it; this use of it; and the luck of this seed at this
use. Their shares set the correlations of errors over the uses of a glyph, over seeds and over
models. The mean error over fresh seeds and images is that of the Beta distribution, whatever the
shares are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["Answers", "World", "draw_answers"]

Table = NDArray[np.bool_]
Draws = NDArray[np.float32]


@dataclass(frozen=True)
class World:
    """What is drawn.

    Attributes
    ----------
    name : str
    seeds : int
        Of each model.
    accuracy : float
        Of every model.
    seed_sd : tuple of float
        Standard deviation over seeds of each model's accuracy; its length is the number of models.
    items : int
    uses : int
        How often each glyph is used; 1 for independent items.
    per_image : int
        Glyphs an image shows.
    glyph_correlation : float
        Correlation over uses of a glyph, of what decides about errors.
    item_correlation : float
        The same over seeds of a model.
    shared : float
        Of what seeds of a model have in common, the part that models share.
    collapse : float
        Share of trainings that reach a tenth only; `accuracy` is that of the others.
    second_seeds : int
        Seeds of the second model, where they are others than `seeds`.
    data_seeds : int
        Drawings of the data, each with its own seeds, glyphs and items; 1 for one data set.
    data_sd : float
        Standard deviation over drawings of the data of each model's accuracy, by its own luck.
    skewed : bool
        Whether the seeds are skewed, and the weaker promises hold.
    """

    name: str
    seeds: int
    accuracy: float = 0.99
    seed_sd: tuple[float, ...] = (0.0005, 0.0005)
    items: int = 2000
    uses: int = 1
    per_image: int = 1
    glyph_correlation: float = 0.0
    item_correlation: float = 0.8
    shared: float = 0.7
    collapse: float = 0.0
    second_seeds: int = 0
    data_seeds: int = 1
    data_sd: float = 0.0
    skewed: bool = False

    @property
    def glyphs(self) -> int:
        """Number of different glyphs."""
        return self.items * self.per_image // self.uses

    @property
    def truth(self) -> float:
        """True mean accuracy over fresh seeds and images."""
        return (1 - self.collapse) * self.accuracy + self.collapse * COLLAPSED


COLLAPSED = 0.1
"""Accuracy of a training that collapsed."""


@dataclass(frozen=True)
class Answers:
    """Drawn answers: right or wrong, ``(draws, seeds, items)`` a model.

    Attributes
    ----------
    equal : list of bool arrays
        One a model, all of the same true accuracy.
    extra : (draws, items) bool
        One more seed of the first model, on the same items.
    raised, shifted : list of bool arrays
        The first model made better, and the second made worse, by each of the gaps asked for; by
        half of it each, where both sides were asked for, and else the second alone.
    ids : (items, k) int64 or None
        Glyphs of the items; None where items are independent.
    """

    equal: list[Table]
    extra: Table
    raised: list[Table]
    shifted: list[Table]
    ids: NDArray[np.int64] | None


def draw_answers(
    world: World,
    draws: int,
    rng: np.random.Generator,
    gaps: tuple[float, ...] = (),
    *,
    both_sides: bool = False,
) -> Answers:
    """Draw fresh seeds, glyphs and images, all of one layout of glyphs on images.

    Each draw is one drawing of the data as well.

    Parameters
    ----------
    world : World
    draws : int
    rng : numpy.random.Generator
    gaps : tuple of float
        In accuracy, between `Answers.raised` and `Answers.shifted`.
    both_sides : bool
        Whether each model takes half the gap.
    """
    ids = _layout(world, rng)
    common = rng.standard_normal((draws, world.glyphs), dtype=np.float32)
    common_use = None
    if world.uses > 1:
        shape = (draws, world.items * world.per_image)
        common_use = rng.standard_normal(shape, dtype=np.float32)
    equal: list[Table] = []
    other: list[list[Table]] = [[], []]
    for number, sd in enumerate(world.seed_sd):
        more = number == 0
        seeds = world.second_seeds if number == 1 and world.second_seeds else world.seeds
        errors = _error_rates(world, sd, draws, seeds + more, rng)
        levels = [errors]
        shares = ((-0.5, 0.5) if both_sides else (0.0, 1.0))[number] if number < 2 else 0.0
        if shares:
            levels += [errors * (1 + shares * gap / (1 - world.truth)) for gap in gaps]
        tables = _answers(world, ids, common, common_use, levels, rng)
        if more:
            extra = tables[0][:, -1]
        equal.append(tables[0][:, : tables[0].shape[1] - more])
        if shares:
            other[number] = [table[:, : table.shape[1] - more] for table in tables[1:]]
    return Answers(equal, extra, other[0], other[1], None if world.uses == 1 else ids)


def _layout(world: World, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return which glyphs an image shows: each used equally often, no two alike in one image."""
    if world.uses == 1:
        return np.arange(world.items)[:, None]
    decks = rng.permuted(np.tile(np.arange(world.glyphs), (world.uses, 1)), axis=1)
    return decks.reshape(world.items, world.per_image)


def _error_rates(
    world: World, sd: float, draws: int, seeds: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    error = 1 - world.accuracy
    if sd == 0:
        rates = np.full((draws, seeds), error)
    else:
        total = error * (1 - error) / sd**2 - 1
        rates = rng.beta(error * total, (1 - error) * total, (draws, seeds))
    if world.data_sd:
        total = error * (1 - error) / world.data_sd**2 - 1
        rates = rates * (rng.beta(error * total, (1 - error) * total, (draws, 1)) / error)
    if world.collapse:
        rates = np.where(rng.random(rates.shape) < world.collapse, 1 - COLLAPSED, rates)
    return rates


def _answers(
    world: World,
    ids: NDArray[np.int64],
    common: Draws,
    common_use: Draws | None,
    levels: list[NDArray[np.float64]],
    rng: np.random.Generator,
) -> list[Table]:
    """Return a model's answers at each level of its seeds' error rates, from the same luck."""
    draws, seeds = levels[0].shape
    thresholds = [
        special.ndtri(1 - (1 - np.minimum(rate, 1)) ** (1 / world.per_image)).astype(np.float32)
        for rate in levels
    ]
    of_glyph = world.glyph_correlation if world.uses > 1 else 0.0
    own = _mixed(common, world.shared, rng)
    base: Draws
    if common_use is None:
        base = own * np.float32(world.item_correlation**0.5)
    else:
        base = own[:, ids.ravel()] * np.float32((of_glyph * world.item_correlation) ** 0.5)
        use = _mixed(common_use, world.shared, rng)
        base += use * np.float32(((1 - of_glyph) * world.item_correlation) ** 0.5)
    found = [np.empty((draws, seeds, world.items), bool) for _ in levels]
    for seed in range(seeds):
        rest = rng.standard_normal(base.shape, dtype=np.float32)
        rest *= np.float32(((1 - of_glyph) * (1 - world.item_correlation)) ** 0.5)
        rest += base
        if of_glyph:
            luck = rng.standard_normal((draws, world.glyphs), dtype=np.float32)
            luck *= np.float32((of_glyph * (1 - world.item_correlation)) ** 0.5)
            rest += luck[:, ids.ravel()]
        for table, threshold in zip(found, thresholds, strict=True):
            right = rest >= threshold[:, seed, None]
            if world.per_image > 1:
                right = right.reshape(draws, world.items, world.per_image).all(axis=-1)
            table[:, seed] = right
    return found


def _mixed(common: Draws, shared: float, rng: np.random.Generator) -> Draws:
    own = rng.standard_normal(common.shape, dtype=np.float32)
    own *= np.float32((1 - shared) ** 0.5)
    own += common * np.float32(shared**0.5)
    return own
