"""The detectable difference that is foretold for a world, and the one that is found in it."""

from __future__ import annotations

import numpy as np

from glyphlab.metrics.glyph_clusters import clusters_of
from glyphlab.metrics.model_tests.paired_tests import contrast
from glyphlab.metrics.power import POWER, detectable_from_parts, plan
from glyphlab.metrics.simulation.rates import chunks
from glyphlab.metrics.simulation.worlds import World, draw_answers
from glyphlab.metrics.variance_components import SeedPart, components

__all__ = ["agreements", "foretell"]

STEPS = (0.6, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5)
"""Gaps that are tried, in units of the one foretold."""
PILOT = 200
AFTERWARDS = 60


def foretell(world: World, comparisons: int, rng: np.random.Generator) -> dict[str, float]:
    """Return the detectable difference as planned, as found, and as comparisons themselves say.

    Parameters
    ----------
    world : World
        Its correlations of errors, which a plan assumes, are measured in a pilot.
    comparisons : int
    rng : numpy.random.Generator

    Returns
    -------
    dict
        ``foretold`` by :func:`glyphlab.metrics.plan`; ``found``, where the power is 80 % between
        gaps that were tried; ``afterwards``, the median of what comparisons say; and the
        ``agreement``, ``agreement_across`` and ``glyph_correlation`` that were measured.
    """
    within, across, by_glyph = agreements(world, PILOT, rng)
    ids = draw_answers(world, 1, rng).ids
    planned = plan(
        world.accuracy, world.seeds, world.items, seed_sd=world.seed_sd[0], glyphs=ids,
        agreement=within, agreement_across=across, glyph_correlation=by_glyph,
    )  # fmt: skip
    gaps = tuple(planned.detectable * step for step in STEPS)
    found = np.zeros(len(gaps))
    said: list[float] = []
    for draws in chunks(world, comparisons):
        answers = draw_answers(world, draws, rng, gaps, both_sides=True)
        clusters = clusters_of(answers.ids, world.items)
        for place, pair in enumerate(zip(answers.raised, answers.shifted, strict=True)):
            first, second = (components(table, clusters) for table in pair)
            test = contrast(first, second)
            found[place] += (test.p_value() < 0.05).sum()
            if STEPS[place] != 1.0:
                continue
            for row in range(min(draws, AFTERWARDS - len(said))):
                sides = [
                    SeedPart(p.by_seed[row], p.by_chance[row], p.seeds) for p in (first, second)
                ]
                said.append(
                    detectable_from_parts(
                        sides[0], sides[1], float(test.of_items[row]), 1 - world.truth
                    )
                )
    powers = np.maximum.accumulate(found / comparisons)
    return {
        "foretold": planned.detectable,
        "found": float(np.interp(POWER, powers, gaps)),
        "afterwards": float(np.median(said)),
        "agreement": within,
        "agreement_across": across,
        "glyph_correlation": by_glyph,
        "design_effect": planned.design_effect,
    }


def agreements(world: World, draws: int, rng: np.random.Generator) -> tuple[float, float, float]:
    """Return the correlations of errors that a plan assumes.

    Those over items of two seeds of a model, and of a seed each of two models; and k times that of
    two images which share one of their k glyphs, for one seed.
    """
    within = across = pair = total = 0.0
    for some in chunks(world, draws):
        answers = draw_answers(world, some, rng)
        errors = [1.0 - table - (1 - world.truth) for table in answers.equal]
        unit = world.truth * (1 - world.truth)
        within += float((errors[0][:, 0] * errors[0][:, 1]).mean() / unit) * some
        across += float((errors[0][:, 0] * errors[1][:, 0]).mean() / unit) * some
        clusters = clusters_of(answers.ids, world.items)
        if clusters is not None:
            sums = np.asarray(clusters.members @ errors[0][:, 0].T)
            own = np.square(errors[0][:, 0]) @ clusters.shown
            pairs = np.square(np.diff(clusters.members.indptr)).sum() - clusters.shown.sum()
            pair += float(((np.square(sums).sum(0) - own) / pairs / unit).mean()) * some
        total += some
    width = world.per_image
    limits = [min(max(value / total, 0.0), 1.0) for value in (within, across, pair * width)]
    return limits[0], min(limits[1], limits[0]), limits[2]
