"""Whether models know when they are wrong: calibration, and the probability of every label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from glyphlab.metrics import calibration
from glyphlab.reporting.pages.page_parts import Figure, Part, Section
from glyphlab.reporting.plots.calibration_figure import calibration_figure
from glyphlab.reporting.plots.spread_figure import spread_figure
from glyphlab.reporting.sections.figure_numbers import calibration_numbers, likeliest_numbers
from glyphlab.runs import Run, glyphs_of, on_same_images

__all__ = ["confidence_section", "label_spread"]

Groups = Mapping[str, Sequence[Run]]
Spread = tuple[NDArray[np.uint8], list[int], list[int], dict[str, NDArray[np.float32]]]
_SPREADS, _SPREAD_IMAGES = 4, 6


def confidence_section(groups: Groups, glyphs: str) -> Section:
    """Return confidence against accuracy, a chart a model and a line a seed.

    Parameters
    ----------
    groups : mapping of str to sequence of Run
    glyphs : str
        What is said of the glyphs that images share; empty where nothing is.
    """
    found = {
        name: [
            calibration(run.load_predictions()["confidence"], run.correct, glyphs=glyphs_of(run))
            for run in runs
        ]
        for name, runs in groups.items()
    }
    parts: list[Part] = [
        Figure(
            "Accuracy against confidence",
            calibration_figure(found),
            "Accuracy of the predictions of each confidence, in bins of the same number of "
            "predictions: on the dashed line confidence equals accuracy, below it the model is "
            "overconfident, above it underconfident. A line is a seed, bars are 95 % intervals of "
            f"the first{glyphs}; “off by” is the mean distance from the line in points (expected "
            "calibration error), and “chance” what a model that is right as often as it says would "
            "show on these images. A model trained with label smoothing is underconfident on "
            "purpose.",
            "" if len(found) > 1 else "square",
            numbers=calibration_numbers("Accuracy against confidence", found),
        ),
    ]
    if (spread := label_spread(groups)) is not None:
        on = next(iter(groups.values()))[0].classifier_summary.scored_on
        name = "Probability of every label on some images"
        parts.append(
            Figure(
                name,
                spread_figure(*spread),
                f"Random {on}, and the probability that each model gives every label; the "
                "dashed line is the true one, the number the likeliest. For a model that predicts "
                "single symbols the probabilities are derived from those of the symbols. First "
                "seeds.",
                "wide",
                likeliest_numbers(name, *spread[1:]),
            )
        )
    return Section("Does it know when it is wrong?", parts)


def label_spread(groups: Groups) -> Spread | None:
    """Return the probabilities of every label on a few images that all models have.

    They are images, their labels, all labels, and the probabilities by model, as `spread_figure`
    draws them. The images are random ones of the first seed; None where labels are no few numbers,
    or models were scored on different images.
    """
    if not on_same_images([runs[0] for runs in groups.values()]):
        return None
    firsts = {name: runs[0].load_predictions() for name, runs in groups.items()}
    if len(firsts) > _SPREADS or not all("sample_spread" in one for one in firsts.values()):
        return None
    random = {
        name: {
            int(index): place
            for place, (index, kind) in enumerate(
                zip(arrays["sample_index"], arrays["sample_kind"], strict=True)
            )
            if kind == 0
        }
        for name, arrays in firsts.items()
    }
    shared = sorted(set.intersection(*map(set, random.values())))[:_SPREAD_IMAGES]
    if not shared:
        return None
    name, first = next(iter(firsts.items()))
    return (
        first["sample_images"][[random[name][index] for index in shared]],
        [int(first["true"][index, 0]) for index in shared],
        [int(label) for label in first["sample_labels"]],
        {
            model: arrays["sample_spread"][[random[model][index] for index in shared]]
            for model, arrays in firsts.items()
        },
    )
