"""The pictures of the MNIST networks report, from the runs that the chosen rows needed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glyphlab.experiments.results.table import accuracy_interval
from glyphlab.metrics import size_at_level
from glyphlab.reporting import parameters_figure, sweep_figure
from glyphlab.reporting.pages.page_parts import Part, captioned
from glyphlab.reporting.sections.figure_numbers import parameter_numbers, series_numbers
from glyphlab.reproductions.core.drawn.generator_pictures import (
    losses_of,
    samples_at,
    timelines_of,
)
from glyphlab.reproductions.core.drawn.report_figures import Named, ReportFigure
from glyphlab.reproductions.core.drawn.run_pictures import BAND, errors_of, learning_figures
from glyphlab.reproductions.mnist_networks.network_models import (
    CNN_HELD_OUT,
    ENDS,
    HELD_OUT,
    LAMBDAS,
    SETTINGS,
    TANH,
    WIDE_HELD_OUT,
    penalty_name,
    strength_text,
    tanh_name,
)
from glyphlab.runs import Answers, Run

__all__ = ["NETWORK_FIGURES"]

HELD = "; a sixth of the training images held out to validate"
_RELU = {"relu-200-100": "relu 200, 100", "relu-100-100": "relu 100, 100"}
_TANH = {
    tanh_name(a, b, strength): f"tanh {a}, {b}"
    + (f", {strength_text(strength)}" if strength else "")
    for a, b, strength in TANH
}
_PENALTIES = (
    *(penalty_name("l2", one) for one in LAMBDAS), penalty_name("l1", 1e-2), "relu-200-100",
    "relu-10-10",
)  # fmt: skip


def _units(runs: Named) -> list[Part]:
    names = {f"relu-{a}-{b}": f"{a}, {b}" for a, b in sorted(SETTINGS)}
    about = ", units of the two hidden layers over each chart" + HELD
    found = learning_figures(runs, names, about)
    if set(HELD_OUT) <= set(runs):
        widths = sorted({second for _, second in SETTINGS})
        lines = {
            f"{second} in the second": {
                float(first): _ends(runs[f"relu-{first}-{second}"]) for first in widths
            }
            for second in widths
        }
        caption = (
            "Validation accuracy against the units of the first layer, a line for each width "
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
            "Accuracy on the test images against parameters, all 60,000 images to train, with "
            "95 % intervals over seeds and images. The band is where 97 % is reached, read between "
            "nets seed by seed; 20 and 40 units before 100 are ours"
        )
        svg = parameters_figure(points, "test accuracy", level=0.97, estimate=reading)
        numbers = parameter_numbers("Accuracy against parameters", points, "test accuracy")
        found.append(captioned(caption, svg, numbers))
    return found


def _penalties(runs: Named) -> list[Part]:
    names = {penalty_name("l2", one): f"L2, {strength_text(one)}" for one in LAMBDAS}
    names |= {penalty_name("l1", 1e-2): "L1, 1e-2", "relu-200-100": "no penalty"}
    compared = {**names, "relu-10-10": "10 and 10 units"}
    about = (
        " of 200 and 100 units, penalty and its strength over each chart; the last is the small "
        "net that the paper likens 1e-2 to" + HELD
    )
    found = learning_figures(runs, compared, about)
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
        caption = f"Accuracy after ten epochs against the strength. {BAND}"
        found.append(captioned(caption, svg, numbers))
    return found


def _activations(runs: Named) -> list[Part]:
    about = ", relu beside tanh; the last number is the strength of the penalty" + HELD
    return learning_figures(runs, {**_RELU, **_TANH}, about)


def _wide(runs: Named) -> list[Part]:
    return learning_figures(runs, {WIDE_HELD_OUT: "200 units, L1 of 1e-6"}, HELD)


def _cnn(runs: Named) -> list[Part]:
    return learning_figures(runs, {CNN_HELD_OUT: "CNN"}, HELD)


def _errors(runs: Named) -> list[Part]:
    gallery = errors_of(runs["cnn-200-100"])
    if gallery is None:
        return []
    caption = (
        "Errors of the CNN on test, the most confident first: the label, the prediction, and the "
        "net's confidence. Whether people would do better is for you to say"
    )
    return [captioned(caption, gallery)]


def _dense(runs: Named) -> list[Part]:
    names = {"dense": "Dense GAN"}
    return [*losses_of(runs, names), *samples_at(runs, names, (0.0, 0.1, 0.5, 1.0)),
            *timelines_of(runs, names)]  # fmt: skip


def _ends(runs: Sequence[Run], column: str = "val_exact_match") -> list[float]:
    return [float(run.metrics()[-1][column]) for run in runs]


NETWORK_FIGURES = (
    ReportFigure.of_runs("1.3.curves", "1.3: ten nets", (*HELD_OUT, *ENDS), _units),
    ReportFigure.of_runs("1.4.curves", "1.4: penalties", _PENALTIES, _penalties),
    ReportFigure.of_runs("1.5.curves", "1.5: activations", (*_RELU, *_TANH), _activations),
    ReportFigure.of_runs("1.6.curves", "1.6: one hidden layer", (WIDE_HELD_OUT,), _wide),
    ReportFigure.of_runs("1.7.curves", "1.7: the CNN", (CNN_HELD_OUT,), _cnn),
    ReportFigure.of_runs("1.7.errors", "1.7: misclassified images", ("cnn-200-100",), _errors),
    ReportFigure.of_runs("2.4.losses", "2.4: a dense GAN", ("dense",), _dense),
)
"""In the order of the report."""
