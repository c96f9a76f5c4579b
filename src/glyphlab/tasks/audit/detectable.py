"""How small a difference of two models the test images can show, said before anything is trained.

Nothing is known of the models yet, so that the answer stands for assumed ones: how accurate they
are, how far seeds scatter, and how much models err on the same images and glyphs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from glyphlab._common.errors import UsageError
from glyphlab.tasks.split import Split

if TYPE_CHECKING:
    from glyphlab.metrics.power import Plan

__all__ = [
    "ACCURACIES",
    "SEEDS",
    "assumptions",
    "detectable_by",
    "detectable_lines",
    "detectable_table",
]

SEEDS = (2, 3, 5, 10)
"""Trainings of each model that the audit answers for."""
ACCURACIES = (0.9, 0.99)
"""Assumed accuracies of both models: the answer depends on it more than on anything else."""


def detectable_by(
    test: Split, seeds: int, models: int = 2, accuracies: tuple[float, ...] = ACCURACIES
) -> list[Plan]:
    """Return what N seeds and these test images detect with 80 % power, at each accuracy.

    Parameters
    ----------
    test : Split
    seeds : int
        Of each model, at least two.
    models : int
        How many are compared, every pair.
    accuracies : tuple of float
        Assumed of both of a pair.
    """
    # here, so that a slip in a task's name is answered without loading what computes
    from glyphlab.metrics import clusters_of, plan

    clusters = clusters_of(test.glyph_ids, len(test)) if test.glyph_ids.size else None
    return [
        plan(
            accuracy,
            seeds,
            len(test),
            glyphs=clusters,
            models=models,
        )
        for accuracy in accuracies
    ]


def assumptions(found: Plan) -> str:
    """Return in a sentence what a detectable difference rests on."""
    from glyphlab.metrics.power import AGREEMENT, GLYPH_CORRELATION, POWER, SEED_SPREAD

    glyphs = (
        "the data do not say which glyphs the images share, and images are taken as independent"
        if found.glyphs is None
        else f"{found.glyphs:,} different glyphs on them, whose errors correlate by "
        f"{GLYPH_CORRELATION:g} over their uses (design effect {found.design_effect:.1f})"
    )
    several = f", corrected for {found.models} models" if found.models > 2 else ""
    return (
        f"Assumed: {found.items:,} test images; {glyphs}; seeds scatter by {SEED_SPREAD:.0%} of "
        f"the errors; errors of two seeds correlate by {AGREEMENT[0]:g}, of two models by "
        f"{AGREEMENT[1]:g}; power {POWER:.0%}{several}."
    )


def detectable_table(test: Split) -> dict[str, Any] | None:
    """Return the part ``detectable`` of ``audit --json``; None where there are too few images."""
    from glyphlab.metrics.power import POWER

    try:
        plans = {seeds: detectable_by(test, seeds) for seeds in SEEDS}
    except UsageError:  # fewer than two test images
        return None
    first = plans[SEEDS[0]][0]
    return {
        "power": POWER,
        "models": 2,
        "images": first.items,
        "glyphs": first.glyphs,
        "design_effect": first.design_effect,
        "assumed": assumptions(first),
        "rows": [
            {
                "seeds": seeds,
                "accuracy": one.accuracy,
                "seed_sd": one.seed_sd,
                "difference": one.detectable,
            }
            for seeds, of_seeds in plans.items()
            for one in of_seeds
        ],
    }


def detectable_lines(found: Mapping[str, Any] | None) -> list[str]:
    """Return what `detectable_table` found as lines of text; none where there is nothing."""
    if found is None:
        return []
    from glyphlab.metrics.power import SAYS_NOTHING  # late, as above

    rows = found["rows"]
    accuracies = list(dict.fromkeys(row["accuracy"] for row in rows))
    head = "".join(f"{f'at {one:.0%}':>14}" for one in accuracies)
    lines = [
        "",
        "  smallest difference of two models that is detected in 8 of 10 comparisons",
        f"  {'seeds':<10}{head}",
    ]
    for seeds in dict.fromkeys(row["seeds"] for row in rows):
        cells = [row["difference"] for row in rows if row["seeds"] == seeds]
        texts = "".join(f"{f'{100 * one:.2f} points':>14}" for one in cells)
        if cells[-1] > SAYS_NOTHING:
            texts = "    too few images or seeds to say"
        lines.append(f"  {seeds:<10}{texts}")
    return [*lines, f"  {found['assumed']}"]
