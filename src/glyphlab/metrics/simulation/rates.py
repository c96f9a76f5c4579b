"""How often intervals and verdicts err in a world, and how often they find a real difference."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from glyphlab.metrics.across import compare_over_data, interval_over_data
from glyphlab.metrics.glyph_clusters import clusters_of
from glyphlab.metrics.intervals import bounds
from glyphlab.metrics.one_more_run import prediction_bounds
from glyphlab.metrics.paired_tests import contrast
from glyphlab.metrics.simulation.worlds import World, draw_answers
from glyphlab.metrics.variance_components import components
from glyphlab.metrics.verdicts import holm

__all__ = ["chunks", "equivalence_rates", "measure", "measure_over_data", "power_table"]

CELLS_AT_ONCE = 3_000_000
LEVEL = 0.95
PILOT = 200


def measure(world: World, comparisons: int, rng: np.random.Generator) -> dict[str, Any]:
    """Return how often each promise is broken among equal models.

    Parameters
    ----------
    world : World
    comparisons : int
    rng : numpy.random.Generator

    Returns
    -------
    dict
        ``margin``, five standard deviations of the difference in a pilot; and shares of
        comparisons: ``better`` (any pair called different, after Holm), ``covered``
        (intervals that hold the true accuracy, of all models), ``equivalent_at_margin`` (a model
        that is worse by the margin called equivalent), ``equivalent_at_none`` (an equal one, called
        so), ``one_more`` (one more run of ours called higher or lower); ``width``, the mean width
        of an interval, and ``design_effect`` of the first model in the mean.
    """
    totals = dict.fromkeys(
        ("better", "covered", "equivalent_at_margin", "equivalent_at_none", "one_more", "width",
         "design_effect"), 0.0,
    )  # fmt: skip
    margin = _margin(world, rng)
    for draws in chunks(world, comparisons):
        answers = draw_answers(world, draws, rng, (margin,))
        clusters = clusters_of(answers.ids, world.items)
        parts = [components(table, clusters) for table in answers.equal]
        tests = [contrast(a, b) for a, b in combinations(parts, 2)]
        corrected = holm(np.stack([test.p_value() for test in tests], axis=-1))
        totals["better"] += (corrected < 1 - LEVEL).any(axis=-1).sum()
        for number, part in enumerate(parts):
            low, high, effect = bounds(part, LEVEL)
            totals["covered"] += ((low <= world.truth) & (world.truth <= high)).mean() * draws
            totals["width"] += (high - low).mean() * draws
            totals["design_effect"] += effect.sum() if number == 0 else 0
        low, high, _ = prediction_bounds(parts[0], same_items=True, level=LEVEL)
        reported = answers.extra.mean(axis=-1)
        totals["one_more"] += ((reported < low) | (reported > high)).sum()
        alpha = 1 - LEVEL
        totals["equivalent_at_none"] += (tests[0].p_equivalent(margin) < alpha).sum()
        far = contrast(parts[0], components(answers.shifted[0], clusters))
        totals["equivalent_at_margin"] += (far.p_equivalent(margin) < alpha).sum()
    for name in ("covered", "width"):
        totals[name] /= len(world.seed_sd)
    shares = {name: float(total) / comparisons for name, total in totals.items()}
    return {"margin": margin, **shares}


def measure_over_data(world: World, comparisons: int, rng: np.random.Generator) -> dict[str, float]:
    """Return how often the promises over several drawings of the data are broken.

    Parameters
    ----------
    world : World
        Of equal models and several data seeds.
    comparisons : int
    rng : numpy.random.Generator

    Returns
    -------
    dict
        ``margin``, ``better``, ``covered``, ``equivalent_at_margin``, ``equivalent_at_none`` and
        ``width``, as of :func:`measure`.
    """
    count = world.data_seeds
    margin = max(float(f"{_margin(world, rng) / count**0.5:.1g}"), 1e-4)
    totals = dict.fromkeys(
        ("better", "covered", "equivalent_at_margin", "equivalent_at_none", "width"), 0.0
    )
    for draws in chunks(world, comparisons):
        answers = draw_answers(world, draws * count, rng, (margin,))
        ids = None
        if answers.ids is not None:
            ids = [answers.ids + number * world.glyphs for number in range(count)]
        for start in range(0, draws * count, count):
            first, second, far = (
                table[start : start + count] for table in (*answers.equal, answers.shifted[0])
            )
            for table in (first, second):
                found = interval_over_data(list(table), ids)
                totals["covered"] += (found.low <= world.truth <= found.high) / 2
                totals["width"] += (found.high - found.low) / 2
            alpha = 1 - LEVEL
            test = compare_over_data(list(first), list(second), ids, margin=margin)
            totals["better"] += test.p < alpha
            totals["equivalent_at_none"] += (test.p_equivalent or 0.0) < alpha
            test = compare_over_data(list(first), list(far), ids, margin=margin)
            totals["equivalent_at_margin"] += (test.p_equivalent or 0.0) < alpha
    return {"margin": margin, **{name: total / comparisons for name, total in totals.items()}}


def _margin(world: World, rng: np.random.Generator) -> float:
    """Return a margin at which the test of equivalence has some power."""
    found = [
        np.subtract(
            *(table.mean(axis=(1, 2)) for table in draw_answers(world, draws, rng).equal[:2])
        )
        for draws in chunks(world, PILOT)
    ]
    return float(f"{min(5 * np.std(np.concatenate(found)), (world.truth) / 2):.1g}")


def power_table(
    world: World, gaps: tuple[float, ...], comparisons: int, rng: np.random.Generator
) -> dict[str, float]:
    """Return how often two models are distinguished whose true accuracies differ by each gap.

    One is better than the world's accuracy by half of it, the other worse.
    """
    found = np.zeros(len(gaps))
    for draws in chunks(world, comparisons):
        answers = draw_answers(world, draws, rng, gaps, both_sides=True)
        clusters = clusters_of(answers.ids, world.items)
        for place, pair in enumerate(zip(answers.raised, answers.shifted, strict=True)):
            p = contrast(*(components(table, clusters) for table in pair)).p_value()
            found[place] += (p < 1 - LEVEL).sum()
    return {f"{gap:g}": float(share) for gap, share in zip(gaps, found / comparisons, strict=True)}


def equivalence_rates(
    world: World, margin: float, comparisons: int, rng: np.random.Generator
) -> dict[str, float]:
    """Return how often two models are called equivalent within a margin.

    Parameters
    ----------
    world : World
    margin : float
    comparisons : int
    rng : numpy.random.Generator

    Returns
    -------
    dict
        ``margin``; ``at_none``, the share of equal models that are called so; ``at_margin``, that
        of models of which one is worse by the margin.
    """
    found = np.zeros(2)
    for draws in chunks(world, comparisons):
        answers = draw_answers(world, draws, rng, (margin,))
        clusters = clusters_of(answers.ids, world.items)
        first = components(answers.equal[0], clusters)
        for place, table in enumerate((answers.equal[1], answers.shifted[0])):
            p = contrast(first, components(table, clusters)).p_equivalent(margin)
            found[place] += (p < 1 - LEVEL).sum()
    none, far = found / comparisons
    return {"margin": margin, "at_none": float(none), "at_margin": float(far)}


def chunks(world: World, comparisons: int) -> list[int]:
    """Return how many comparisons are drawn at once: few enough for the memory."""
    cells = world.items * world.per_image * (world.seeds + 1) * world.data_seeds
    most = max(1, min(comparisons, CELLS_AT_ONCE // cells))
    return [min(most, comparisons - start) for start in range(0, comparisons, most)]
