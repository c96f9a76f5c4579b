"""What models hold for possible: the probability of every label, image by image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from glyphlab.reporting.plots.canvas import INK, MUTED, drawing, series_colour, to_svg

__all__ = ["spread_figure"]

_WIDTH, _ROW, _FRAME = 720, 84, 70


def spread_figure(
    images: NDArray[np.uint8],
    true: Sequence[int],
    labels: Sequence[int],
    models: Mapping[str, NDArray[np.float32]],
) -> str:
    """Draw a row an image: the image, and for each model the probability of every label.

    Parameters
    ----------
    images : (m, H, W) uint8
        Ink bright on black.
    true : sequence of int, (m,)
        Their labels, marked on every chart.
    labels : sequence of int, (v,)
        All possible labels, ascending.
    models : mapping of str to (m, v) float32
        Probabilities in [0, 1].
    """
    with drawing(_WIDTH, _FRAME + _ROW * len(images)) as figure:
        cells = figure.subplots(
            len(images), 1 + len(models), squeeze=False,
            width_ratios=[0.22, *([1] * len(models))],
        )  # fmt: skip
        for row, (image, label) in enumerate(zip(images, true, strict=True)):
            picture, *charts = cells[row]
            picture.imshow(image, cmap="gray_r", interpolation="nearest")
            picture.set_axis_off()
            for place, (chart, (name, shares)) in enumerate(
                zip(charts, models.items(), strict=True)
            ):
                chart.axvline(label, color=MUTED, lw=1, ls=(0, (3, 3)))
                chart.bar(labels, shares[row], width=0.8, color=series_colour(place))
                said = labels[int(shares[row].argmax())]
                mark = "" if said == label else f", not {label}"
                chart.text(
                    0.99, 0.92, f"{said}{mark}", transform=chart.transAxes,
                    ha="right", va="top", color=INK, fontsize=10,
                )  # fmt: skip
                chart.set(ylim=(0, 1.05), yticks=(0, 1), xlim=(labels[0] - 0.9, labels[-1] + 0.9))
                chart.set_yticks((0, 1), ["0", "1"] if place == 0 else ["", ""])
                if row == 0:
                    chart.set_title(name, color=INK, fontsize=11)
                if row < len(images) - 1:
                    chart.set_xticks([])
        figure.supxlabel("label", fontsize=11, color=INK)
        return to_svg(figure, f"probability of every label by {', '.join(models)}")
