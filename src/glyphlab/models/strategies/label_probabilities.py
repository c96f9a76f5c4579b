"""What a model's probabilities say of each position, and of every label that they may give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError
from glyphlab.models.strategies.base import Labels, Strategy
from glyphlab.models.strategies.marginal import MarginalLikelihood, is_countable
from glyphlab.models.strategies.sequential import Sequential
from glyphlab.models.strategies.whole import Whole
from glyphlab.tasks.labels import Rule, all_tuples, labels_of
from glyphlab.tasks.scenes.scene import Scene

__all__ = [
    "LabelShare",
    "at_positions",
    "derived_shares",
    "every_label",
    "probability_of_labels",
]

Probabilities = NDArray[np.float32]
Shares = NDArray[np.float64]
MOST_COMBINATIONS = 100_000
"""Combinations of symbols that are added up to the distribution of a derived label."""


class LabelShare(NamedTuple):
    """A label, and its probability in 0..1."""

    label: tuple[int, ...]
    probability: float


def at_positions(strategy: Strategy, probabilities: Probabilities, classes: int) -> Shares | None:
    """Return the probability of each class of a symbol at each position of images.

    Parameters
    ----------
    strategy : Strategy
    probabilities : (n * parts, heads, c) float32
        As `glyphlab.training.evaluation.inference.Predictions` has them.
    classes : int
        Of a symbol.

    Returns
    -------
    (n, k, classes) float64 or None
        Of a strategy that knows whole labels the sums over those that have a class at a position.
        None where a label is a number and the model does not read its symbols.
    """
    if not isinstance(strategy, Whole):
        parts = strategy.grid[0] * strategy.grid[1]
        if probabilities.shape[-1] != classes:
            return None
        images = len(probabilities) // parts
        return probabilities.reshape(images, -1, classes).astype(np.float64)
    known = strategy.known
    if any(not 0 <= symbol < classes for label in known for symbol in label):
        return None
    found = np.zeros((len(probabilities), strategy.positions, classes))
    for number, label in enumerate(known):
        for position, symbol in enumerate(label):
            found[:, position, symbol] += probabilities[:, 0, number]
    return found


def every_label(
    strategy: Strategy, scene: Scene | None, probabilities: Probabilities, classes: int
) -> list[LabelShare] | None:
    """Return all labels that a model may give to one image, in their order.

    Parameters
    ----------
    strategy : Strategy
    scene : Scene or None
        Where the symbols stand, and the label rule.
    probabilities : (parts, heads, c) float32
        Of one image.
    classes : int
        Of a symbol.

    Returns
    -------
    list of LabelShare or None
        None where a label is its symbols one by one, or their combinations are too many to be
        added up.
    """
    if isinstance(strategy, Whole):
        shares = probabilities[0, 0].astype(np.float64)
        return [LabelShare(*one) for one in zip(strategy.known, shares.tolist(), strict=True)]
    rows = at_positions(strategy, probabilities, classes)
    if rows is None or scene is None or scene.rule == "digits":
        return None
    return derived_shares(rows[0], scene.rule, scene.digits, scene.signs)


def derived_shares(
    rows: Shares, rule: Rule, digits: int = 1, signs: Sequence[int] = ()
) -> list[LabelShare] | None:
    """Return every label that symbols may give, with the sum of its combinations.

    Parameters
    ----------
    rows : (k, classes) float64
        Probabilities of the symbols, which are independent.
    rule, digits, signs
        As `glyphlab.tasks.labels.labels_of` takes them.

    Returns
    -------
    list of LabelShare or None
        From the smallest; None where there are more than 100,000 combinations.
    """
    count, classes = rows.shape
    if classes**count > MOST_COMBINATIONS:
        return None
    tuples = all_tuples(classes, count)
    joint = rows[np.arange(count), tuples].prod(1)
    labels, which = np.unique(labels_of(rule, tuples, digits, signs), return_inverse=True)
    shares = np.bincount(which.ravel(), joint, len(labels))
    pairs = zip(labels.tolist(), shares.tolist(), strict=True)
    return [LabelShare((label,), share) for label, share in pairs]


def probability_of_labels(
    strategy: Strategy, probabilities: Probabilities, labels: Labels, classes: int
) -> Shares:
    """Return the probability ``(n,)`` of labels ``(n, k)``, whether the model would give them.

    `Strategy.confidence` is that of the labels that it does give.

    Parameters
    ----------
    strategy : Strategy
    probabilities : (n * parts, heads, c) float32
    labels : (n, k) int64, or Python integers
    classes : int
        Of a symbol.

    Raises
    ------
    UsageError
        Where a label is the product of too many symbols: their combinations cannot be added up.
    """
    if isinstance(strategy, Sequential) and not is_countable(strategy.scene, strategy.symbols):
        raise UsageError(
            "the label is a product of too many symbols: their combinations cannot be added up, so "
            "the probability of a given label is not known; choose a model of fewer symbols"
        )
    if isinstance(strategy, Whole | MarginalLikelihood | Sequential):
        return strategy.confidence(probabilities, labels).astype(np.float64)
    rows = at_positions(strategy, probabilities, classes)
    if rows is None or rows.shape[1] != labels.shape[1]:
        return strategy.confidence(probabilities, labels).astype(np.float64)
    named = np.take_along_axis(rows, labels[..., None].astype(np.int64), 2)
    return np.asarray(named[..., 0].prod(1))
