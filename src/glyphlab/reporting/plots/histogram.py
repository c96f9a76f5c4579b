"""How often each label occurs in each split."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from glyphlab.reporting.plots.canvas import INK, drawing, legend_above, series_colour, to_svg

__all__ = ["label_histogram"]

_WIDTH = 580


def label_histogram(splits: Mapping[str, ArrayLike], expected: Mapping[int, float]) -> str:
    """Draw the share of each label, a bar a split, and a dot where it is expected.

    Parameters
    ----------
    splits : mapping of str to (n,) or (n, 1) int64
        Labels of each split.
    expected : mapping of int to float
        Share of each label in [0, 1]; every label that is to be drawn.
    """
    labels = sorted(expected)
    with drawing(_WIDTH, 300) as figure:
        axes = figure.subplots()
        width = 0.8 / max(1, len(splits))
        for place, (name, given) in enumerate(splits.items()):
            found = np.asarray(given).ravel()
            shares = [100 * float((found == label).mean()) if len(found) else 0 for label in labels]
            at = np.array(labels) + (place - (len(splits) - 1) / 2) * width
            axes.bar(at, shares, width=width, color=series_colour(place),
                     label=f"{name}, {len(found):,}")  # fmt: skip
        axes.plot(labels, [100 * expected[label] for label in labels], "o", color=INK, ms=3.5,
                  label="expected")  # fmt: skip
        axes.set(xlabel="label", ylabel="% of the images")
        axes.set_xticks(labels)
        axes.grid(axis="y")
        legend_above(figure)
        return to_svg(figure, f"how often each label occurs in {', '.join(splits)}")
