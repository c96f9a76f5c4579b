"""The pictures of the MNIST networks report, from the runs that the chosen rows needed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glyphlab.experiments.results.table import accuracy_interval
from glyphlab.metrics import size_at_level
from glyphlab.reporting import parameters_figure, sweep_figure
from glyphlab.reporting.pages.page_parts import Figure, captioned
from glyphlab.reporting.sections.figure_numbers import parameter_numbers, series_numbers
from glyphlab.reproductions.core.run_pictures import (
    BAND,
    Named,
    curves_figure,
    curves_of,
    errors_of,
)
from glyphlab.reproductions.mnist_networks.network_models import (
    ENDS,
    HELD_OUT,
    LAMBDAS,
    SETTINGS,
    TANH,
    penalty_name,
    strength_text,
    tanh_name,
)
from glyphlab.runs import Answers, Run

__all__ = ["network_figures"]


def network_figures(runs: Named) -> list[Figure]:
    """Draw what the runs that are there allow."""
    return [*_units(runs), *_penalties(runs), *_activations(runs), *_errors(runs)]


def _units(runs: Named) -> list[Figure]:
    found = []
    names = {f"relu-{a}-{b}": f"{a}, {b}" for a, b in sorted(SETTINGS)}
    panels = curves_of(runs, names)
    if len(panels) > 1:
        caption = (
            f"1.3: accuracy by epoch, units of the two hidden layers over each chart. {BAND}; a "
            "sixth of the training images held out to validate"
        )
        found.append(curves_figure(caption, panels))
    if set(HELD_OUT) <= set(runs):
        widths = sorted({second for _, second in SETTINGS})
        lines = {
            f"{second} in the second": {
                float(first): _ends(runs[f"relu-{first}-{second}"]) for first in widths
            }
            for second in widths
        }
        caption = (
            "1.3: validation accuracy against the units of the first layer, a line for each width "
            "of the second: the way along a line is longer than the way between lines where the "
            f"first layer matters more. {BAND}"
        )
        svg = sweep_figure(lines, "units in the first layer", "validation accuracy", log=True)
        numbers = series_numbers("Validation accuracy", lines, "units in the first layer")
        found.append(captioned(caption, svg, numbers))
    ends = [name for name in ENDS if name in runs]
    if set(ENDS) <= set(runs):
        points, scores = {}, []
        for name in ends:
            answers = Answers.of(runs[name])
            around = accuracy_interval(answers)
            count = runs[name][0].classifier_summary.parameters
            title = name.removeprefix("units-").replace("-", ", ")
            points[title] = (count, around.mean, around.low, around.high)
            scores.append(answers.each_seed)
        reading = size_at_level([point[0] for point in points.values()], scores, 0.97)
        caption = (
            "1.3: accuracy on the test images against parameters, all 60,000 images to train, with "
            "95 % intervals over seeds and images. The band is where 97 % is reached, read between "
            "nets seed by seed; 20 and 40 units before 100 are ours"
        )
        svg = parameters_figure(points, "test accuracy", level=0.97, estimate=reading)
        numbers = parameter_numbers("Accuracy against parameters", points, "test accuracy")
        found.append(captioned(caption, svg, numbers))
    return found


def _penalties(runs: Named) -> list[Figure]:
    found = []
    names = {penalty_name("l2", one): f"L2, {strength_text(one)}" for one in LAMBDAS}
    names |= {penalty_name("l1", 1e-2): "L1, 1e-2", "relu-200-100": "no penalty"}
    compared = {**names, "relu-10-10": "10 and 10 units"}
    panels = curves_of(runs, compared)
    if any(penalty_name(kind, 1e-2) in runs for kind in ("l1", "l2")):
        caption = (
            "1.4: accuracy by epoch of 200 and 100 units, penalty and its strength over each "
            f"chart; the last is the small net that the report likens 1e-2 to. {BAND}"
        )
        found.append(curves_figure(caption, panels))
    if all(penalty_name("l2", one) in runs for one in LAMBDAS):
        strengths = {
            title: {one: _ends(runs[penalty_name("l2", one)], column) for one in LAMBDAS}
            for title, column in (("training", "accuracy"), ("validation", "val_exact_match"))
        }
        marks = {
            title: float(np.mean(_ends(runs[name])))
            for name, title in (
                ("relu-10-10", "10 and 10 units, validation"),
                ("relu-200-100", "no penalty, validation"),
            )
            if name in runs
        }
        svg = sweep_figure(
            strengths, "strength of the L2 penalty", "accuracy", log=True, marks=marks
        )
        drawn = strengths | {title: {0.0: [mean]} for title, mean in marks.items()}
        numbers = series_numbers("Accuracy against the strength", drawn, "strength")
        caption = f"1.4: accuracy after ten epochs against the strength. {BAND}"
        found.append(captioned(caption, svg, numbers))
    return found


def _activations(runs: Named) -> list[Figure]:
    relu = {"relu-200-100": "relu 200, 100", "relu-100-100": "relu 100, 100"}
    tanh = {
        tanh_name(a, b, strength): f"tanh {a}, {b}"
        + (f", {strength_text(strength)}" if strength else "")
        for a, b, strength in TANH
    }
    panels = curves_of(runs, {**relu, **tanh})
    if not any(name in runs for name in tanh):
        return []
    caption = f"1.5: accuracy by epoch, relu beside tanh; the last number is the strength. {BAND}"
    return [curves_figure(caption, panels)]


def _errors(runs: Named) -> list[Figure]:
    gallery = errors_of(runs.get("cnn-200-100", ()))
    if gallery is None:
        return []
    caption = (
        "1.7: errors of the CNN on test, the most confident first: the label, the prediction, and "
        "the net's confidence. Whether people would do better is for you to say"
    )
    return [captioned(caption, gallery)]


def _ends(runs: Sequence[Run], column: str = "val_exact_match") -> list[float]:
    return [float(run.metrics()[-1][column]) for run in runs]
