"""How often the tests call two equal models different, and how often they find a real difference.

``python -m glyphlab.metrics.simulate`` draws both models' answers afresh many times and prints how
often the verdict is "better" or "worse". Every item has a chance of error from a Beta distribution,
shared by the models; every seed multiplies the errors of its model by a Gamma variable of mean 1,
so that the true accuracy over all seeds and items is the same for every model that was given the
same one. With items of its own, a model is strong on some items and weak on others, and equal to
the rest only on average.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.seeds import numpy_rng
from glyphlab.metrics.intervals import mean_interval
from glyphlab.metrics.paired_tests import contrast
from glyphlab.metrics.variance_components import Components, components
from glyphlab.metrics.verdicts import holm

__all__ = ["SCENARIOS", "Scenario", "draw_answers", "false_better_rate", "main", "simulate"]

_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Scenario:
    """A world in which models are compared.

    Attributes
    ----------
    name : str
        One line of the table.
    items, seeds : int
        Size of each model's table of answers.
    accuracies : tuple of float
        True accuracy of each model, strictly between 0 and 1, the lowest first: the items are
        drawn for the first model, and a chance of error cannot be multiplied beyond 1.
    seed_sd : float
        Standard deviation of a model's accuracy between seeds.
    alike : float
        How alike the items are: the two parameters of the Beta distribution of an item's chance of
        error sum to this. Small: most items always right, a few nearly always wrong; two seeds then
        agree on an error with correlation ``1 / (alike + 1)``.
    own_items : bool
        Whether each model has its own hard items rather than the same as the others.
    """

    name: str
    items: int
    seeds: int
    accuracies: tuple[float, ...]
    seed_sd: float
    alike: float = 2.0
    own_items: bool = False


def _scenarios() -> tuple[Scenario, ...]:
    two, four = (0.99, 0.99), (0.99,) * 4
    return (
        Scenario("equal, seeds do not matter", 2000, 3, two, 0.0),
        Scenario("equal, 99 %, seed sd 0.1 %", 20_000, 3, two, 0.001),
        Scenario("equal, 99 %, own hard items", 20_000, 3, two, 0.001, own_items=True),
        Scenario("equal, 90 %, seed sd 5 %", 2000, 3, (0.9, 0.9), 0.05),
        Scenario("equal, 99 %, 200 items", 200, 3, two, 0.001),
        Scenario("equal, 99 %, two seeds", 2000, 2, two, 0.001),
        Scenario("equal, four models, six pairs", 5000, 3, four, 0.001),
        Scenario("98 % against 99 %", 20_000, 3, (0.98, 0.99), 0.001),
        Scenario("98.8 % against 99.0 %", 20_000, 3, (0.988, 0.99), 0.0005),
    )


SCENARIOS = _scenarios()
"""What ``python -m glyphlab.metrics.simulate`` prints: seven nulls, two real differences."""


def draw_answers(
    scenario: Scenario, comparisons: int, rng: np.random.Generator
) -> list[NDArray[np.bool_]]:
    """Draw fresh seeds, items and answers.

    Parameters
    ----------
    scenario : Scenario
        The world.
    comparisons : int
        How many times.
    rng : numpy.random.Generator
        The chance.

    Returns
    -------
    list of ndarray of bool, (comparisons, seeds, items)
        One a model.
    """
    shared = _difficulty(scenario, comparisons, rng)
    answers = []
    for accuracy in scenario.accuracies:
        error = 1 - accuracy
        hard = _difficulty(scenario, comparisons, rng) if scenario.own_items else shared
        shape = (comparisons, scenario.seeds, 1)
        if scenario.seed_sd > 0:
            scale = (scenario.seed_sd / error) ** 2
            luck = rng.gamma(1 / scale, scale, shape).astype(np.float32)
        else:
            luck = np.ones(shape, np.float32)
        factor = luck * np.float32(error / (1 - scenario.accuracies[0]))
        chance = rng.random((comparisons, scenario.seeds, scenario.items), dtype=np.float32)
        answers.append(chance >= hard * factor)
    return answers


def _difficulty(
    scenario: Scenario, comparisons: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    error = 1 - scenario.accuracies[0]
    shape = (comparisons, 1, scenario.items)
    drawn = rng.beta(error * scenario.alike, (1 - error) * scenario.alike, shape)
    return drawn.astype(np.float32)


def simulate(
    scenario: Scenario, comparisons: int, rng: np.random.Generator, level: float = 0.95
) -> float:
    """Return the share of comparisons with at least one verdict "better" or "worse".

    Parameters
    ----------
    scenario : Scenario
        The world; with more than two models, Holm's correction is over all pairs.
    comparisons : int
        How many times.
    rng : numpy.random.Generator
        The chance.
    level : float
        As in :func:`~glyphlab.metrics.verdicts`.
    """
    cells = scenario.seeds * scenario.items * len(scenario.accuracies)
    chunk = max(1, min(comparisons, _CELLS_AT_ONCE // cells))
    found_different = 0
    for start in range(0, comparisons, chunk):
        answers = draw_answers(scenario, min(chunk, comparisons - start), rng)
        parts: list[Components] = [components(table) for table in answers]
        p = np.stack([contrast(a, b).p_value() for a, b in combinations(parts, 2)], axis=-1)
        found_different += int((holm(p) < 1 - level).any(axis=-1).sum())
    return found_different / comparisons


def false_better_rate(
    comparisons: int = 1000,
    seeds: int = 3,
    items: int = 20_000,
    seed_sd: float = 0.001,
    *,
    rng: np.random.Generator,
    accuracy: float = 0.99,
    models: int = 2,
    own_items: bool = False,
) -> float:
    """Return how often equal models are distinguished; to keep its word, at most 0.05.

    Parameters
    ----------
    comparisons : int
        How many times to draw fresh seeds and fresh items.
    seeds, items : int
        Size of each model's table of answers; at least two seeds.
    seed_sd : float
        Standard deviation of a model's accuracy between seeds.
    rng : numpy.random.Generator
        The chance.
    accuracy : float
        True accuracy of every model, strictly between 0 and 1.
    models : int
        How many are compared with each other, all pairs corrected by Holm.
    own_items : bool
        Whether each model has its own hard items.
    """
    equal = (accuracy,) * models
    world = Scenario("equal", items, seeds, equal, seed_sd, own_items=own_items)
    return simulate(world, comparisons, rng)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of :data:`SCENARIOS`; return the exit code, 0."""
    parser = argparse.ArgumentParser(
        prog="python -m glyphlab.metrics.simulate", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--comparisons", type=int, default=1000, help="draws a scenario (1000)")
    parser.add_argument("--seed", type=int, default=0, help="root seed (0)")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    options = parser.parse_args(arguments)
    rows = []
    for scenario in SCENARIOS:
        rng = numpy_rng(options.seed, "simulate", scenario.name)
        rate = simulate(scenario, options.comparisons, rng)
        found_different = np.arange(options.comparisons)[None] < round(rate * options.comparisons)
        found = mean_interval(found_different)
        rows.append(
            {**asdict(scenario), "found_different": rate, "low": found.low, "high": found.high}
        )
        if not options.json:
            if len(rows) == 1:
                sys.stdout.write(
                    f"distinguished at level 0.05 in n = {options.comparisons} comparisons "
                    "[95 % Monte-Carlo interval]\n"
                )
            sys.stdout.write(
                f"{scenario.name:32} {rate:7.1%} [{found.low:6.1%}, {found.high:6.1%}]   "
                f"{scenario.seeds} seeds, {scenario.items} items\n"
            )
            sys.stdout.flush()
    if options.json:
        document = {"schema": SCHEMA, "comparisons": options.comparisons, "seed": options.seed}
        sys.stdout.write(json.dumps({**document, "rows": rows}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
