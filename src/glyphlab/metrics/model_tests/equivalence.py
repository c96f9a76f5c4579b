"""Whether two models differ by less than a margin: two one-sided tests, each at its own null.

Two models are equivalent where it is excluded both that the first is worse by the margin and that
it is better by it [1]_. The standard error is the one that would hold if they did differ by the
margin, as in a score test: hardly any answers may differ now, and more would [2]_; and the worse
model's seeds would vary more.

Where both models' seeds vary by hardly more than chance at single items gives, and the margin is
small beside the error, nothing of this is in doubt. Then the chance is known from thousands of
items, the floor holds for the sum of both models' variances instead of each, and the reference goes
to the normal distribution. A margin near the error or above it asks about the tail of a skewed
distribution, and little luck with the seeds looks like little variance; there the test is careful.

References
----------
.. [1] D. J. Schuirmann, "A comparison of the two one-sided tests procedure and the power approach
   for assessing the equivalence of average bioavailability", *Journal of Pharmacokinetics and
   Biopharmaceutics* 15 (1987), 657-680.
.. [2] T. Tango, "Equivalence test and confidence interval for the difference in proportions for the
   paired-sample design", *Statistics in Medicine* 17 (1998), 891-908.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glyphlab.metrics.glyph_clusters import Floats
from glyphlab.metrics.variance_components import Reference, near_chance

if TYPE_CHECKING:
    from glyphlab.metrics.model_tests.paired_tests import Contrast

__all__ = ["equivalence_tails"]

TINY = 1e-300
SMALLEST = 1e-6
SURE, LOOSE = (2.0, 4.0), (4.0, 10.0)
"""Ratios of a seed's variance to chance, from all to nothing, between which it counts as chance."""
SMALL, LARGE = 0.5, 1.0
"""Ratios of the margin to the error, from small to large."""


def equivalence_tails(found: Contrast, margin: Floats) -> tuple[Floats, Floats]:
    """Return the p values of the first model being worse, and being better, by the margin.

    Parameters
    ----------
    found : Contrast
    margin : ndarray of float64
        In accuracy, above 0.
    """
    first, second = found.first, found.second
    parts = first.seed_part, second.seed_part
    wrong = 1 - (first.mean + second.mean) / 2
    small = np.clip((LARGE - margin / np.maximum(wrong, TINY)) / (LARGE - SMALL), 0, 1)
    sure = near_chance(*parts, *SURE)
    near = small * near_chance(*parts, *LOOSE) + (1 - small) * sure
    freedom = found.reference.freedom_near / np.maximum(1 - small * sure, SMALLEST)
    most = np.maximum(found.groups - 1, found.reference.freedom_near)
    reference = Reference(found.reference.freedom, np.minimum(freedom, most), near)

    plain = first.by_seed / first.seeds + second.by_seed / second.seeds
    chance = first.by_chance / first.seeds + second.by_chance / second.seeds
    less = plain - np.maximum(first.seen / first.seeds + second.seen / second.seeds, chance)
    tails = []
    for sign in (1, -1):
        at_margin = found.seeds_if_worse(sign * margin)
        seeds = at_margin - near * (small * (at_margin - plain) + less)
        variance = np.maximum(np.square(found.error) - found.of_seeds + seeds, TINY)
        error = np.sqrt(variance + _more_answers(found, sign, margin))
        tails.append(reference.tail((margin + sign * found.difference) / error))
    return tails[0], tails[1]


def _more_answers(found: Contrast, sign: int, margin: Floats) -> Floats:
    """Return by how much the items' variance is larger if the models differ by the margin.

    Where hardly any answers differ, their number says little about how many would. It is then the
    one that is most likely under that difference, for sums of rare independent events [2]_.
    """
    items, weight = found.first.items, found.weight
    ahead, behind = (found.won, found.lost) if sign > 0 else (found.lost, found.won)
    ahead, behind, gap = ahead / weight, behind / weight, margin * items / weight
    slope = 2 * gap - ahead - behind
    fewer = (np.sqrt(slope**2 + 8 * ahead * gap) - slope) / 4
    more = np.maximum(2 * fewer + gap - ahead - behind, 0) * np.square(weight / items)
    return np.asarray(more)
