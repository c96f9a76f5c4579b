"""The pictures of the addition report: its data, its nets, maps, forests, and linear models."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from glyphlab.experiments.embedding import INPUT
from glyphlab.reporting import image_grid, label_histogram, pair_grid, sweep_figure
from glyphlab.reporting.pages.page_parts import Figure, Part, captioned
from glyphlab.reporting.plots.embedding_figure import embedding_figure, label_colours
from glyphlab.reporting.sections.figure_numbers import series_numbers, share_numbers
from glyphlab.reproductions.core.drawn.report_figures import Named, ReportFigure
from glyphlab.reproductions.core.drawn.run_pictures import BAND, errors_of, learning_figures
from glyphlab.reproductions.mnist_addition.addition_models import (
    DEPTHS,
    SIZES,
    TUNED_DEPTHS,
    forest_name,
    logistic_name,
    sized_name,
)
from glyphlab.reproductions.mnist_addition.pair_probabilities import probabilities_by_pair
from glyphlab.reproductions.mnist_addition.tsne_maps import maps_of
from glyphlab.runs import ClassifierSummary, Run
from glyphlab.tasks import Task
from glyphlab.tasks.label_names import symbol_names

__all__ = ["ADDITION_FIGURES"]

SHOWN, SIXTIETH = 20, 59
NETS = {
    "base-mlp": "base, 50 units", "study-3": "third study", "study-4": "fourth study, dropout",
    "best-mlp": "batch norm, early stop",
}  # fmt: skip
SCORES: dict[str, Callable[[ClassifierSummary], float]] = {
    "training": lambda summary: summary.train_accuracy,
    "validation": lambda summary: summary.validation.exact_match,
    "test": lambda summary: summary.metrics.exact_match,
}
TUNED = {
    "": "defaults", "split": "splits from 10 images", "leaf": "leaves of 5 images",
}  # fmt: skip
LINEAR = {
    logistic_name(0.1, "sag"): "both numbers at once",
    "logistic-sequential": "one after the other, and the sum",
}
BOTH = {
    logistic_name(0.1, "sag"): "both numbers at once",
    "logistic-sequential": "one after the other",
}
"""Short enough to stand over half a picture."""


def _digits(task: Task) -> list[Part]:
    pool = task.pools["train"]
    names = [str(label) for label in pool.labels[:SHOWN].tolist()]
    caption = f"The first {SHOWN} images of the source, and their labels"
    return [captioned(caption, image_grid(pool.images[:SHOWN], names, 10))]


def _digit_shares(task: Task) -> list[Part]:
    labels = {split: task.pools[split].labels for split in ("train", "test")}
    even = dict.fromkeys(range(task.classes), 1 / task.classes)
    shares = {
        split: {digit: float((found == digit).mean()) for digit in even}
        for split, found in labels.items()
    }
    return [
        captioned(
            "How often the source has each digit, beside an even share (dots): they are not "
            "uniformly distributed, as the paper has it",
            label_histogram(labels, even),
            share_numbers("How often each digit occurs", shares, "digit"),
        )
    ]


def _sums(task: Task) -> list[Part]:
    labels = {split: part.labels for split, part in task.splits.items()}
    expected = _expected(task)
    shares = {
        split: {total: float((found == total).mean()) for total in expected}
        for split, found in labels.items()
    }
    return [
        captioned(
            "How often each sum occurs: as often as digits in their own frequencies give it "
            "(dots), so that nine is ten times as common as eighteen, and training, validation and "
            "test agree",
            label_histogram(labels, expected),
            share_numbers("How often each sum occurs", {**shares, "expected": expected}, "sum"),
        )
    ]


def _first(task: Task) -> list[Part]:
    symbols = task.train.symbols[:SHOWN].tolist()
    names = ["+".join(map(str, row)) for row in symbols]
    caption = f"The first {SHOWN} training images, and the digits whose sum is the label"
    return [captioned(caption, image_grid(task.train.images[:SHOWN], names, 10))]


def _nets(runs: Named) -> list[Part]:
    about = (
        " of the base net and of those that the studies found; the paper draws test accuracy too, "
        "for which the test images would be looked at after every epoch"
    )
    parts = learning_figures(runs, NETS, about)
    gallery = errors_of(runs.get("best-mlp", ()))
    if gallery is not None:
        caption = "Ours: errors of the best net on test, the most confident first"
        parts.append(captioned(caption, gallery))
    return parts


def _maps(task: Task | None, runs: Named) -> list[Part]:
    run = runs["best-mlp"][0]
    if task is None:
        return []
    maps = maps_of(run.path, task)
    colours, legend = label_colours(maps.labels)

    def panels(chosen: Callable[[str], bool]) -> str:
        shown = sorted((one for one in maps.embeddings if chosen(one.layer)),
                       key=lambda one: one.perplexity)  # fmt: skip
        return embedding_figure(
            [(f"perplexity {one.perplexity:g}", one.points, colours) for one in shown], legend
        )

    seed = f"{len(maps.labels):,} test images, seed {run.summary.seed}, a colour a sum"
    return [
        captioned(f"t-SNE of the last hidden layer at five perplexities: {seed}",
                  panels(lambda layer: layer != INPUT)),
        captioned(f"t-SNE of the images themselves: {seed}", panels(lambda layer: layer == INPUT)),
    ]  # fmt: skip


def _depths(runs: Named) -> list[Part]:
    scores = {
        title: {
            float(depth): [score(run.classifier_summary) for run in runs[forest_name(depth)]]
            for depth in DEPTHS
            if forest_name(depth) in runs
        }
        for title, score in SCORES.items()
    }
    return [_sweep(f"Accuracy of a random forest by the depth of its trees. {BAND}", scores)]


def _tuned(runs: Named) -> list[Part]:
    scores: dict[str, dict[float, list[float]]] = {}
    for setting, title in TUNED.items():
        for kind in ("training", "test"):
            found = {depth: runs.get(_tuned_name(setting, depth), ()) for depth in TUNED_DEPTHS}
            points = {
                float(depth): [SCORES[kind](run.classifier_summary) for run in there]
                for depth, there in found.items()
                if there
            }
            if points:
                scores[f"{title}, {kind}"] = points
    return [_sweep(f"Accuracy by depth with other numbers of images. {BAND}", scores)]


def _tuned_name(setting: str, depth: int) -> str:
    changes = {"split": {"split": 10}, "leaf": {"leaf": 5}}
    return forest_name(depth, **changes.get(setting, {}))


def _sweep(caption: str, scores: dict[str, dict[float, list[float]]]) -> Part:
    svg = sweep_figure(scores, "largest depth", "accuracy")
    return captioned(caption, svg, series_numbers("Accuracy by depth", scores, "largest depth"))


def _sizes(task: Task | None, runs: Named) -> list[Part]:
    if task is None:
        return []
    lines = {}
    for name, title in LINEAR.items():
        sized = {size: runs.get(sized_name(name, size), ()) for size in SIZES}
        points = {float(size): _on_test(found) for size, found in sized.items() if found}
        if name in runs:
            points[float(len(task.train))] = _on_test(runs[name])
        if points:
            lines[title] = points
    caption = f"Test accuracy of logistic regression by the number of training pairs. {BAND}"
    svg = sweep_figure(lines, "training pairs", "test accuracy", log=True)
    return [captioned(caption, svg, series_numbers("Test accuracy", lines, "training pairs"))]


def _pairs(task: Task | None, runs: Named) -> list[Part]:
    if task is None:
        return []
    names = symbol_names(task)
    tables = {
        title: np.mean([probabilities_by_pair(run.path, task) for run in runs[name]], axis=0)
        for name, title in BOTH.items()
        if name in runs
    }
    shares = {
        title: {
            f"{names[first]} + {names[second]}": float(table[first, second])
            for first, second in np.ndindex(table.shape)
            if not np.isnan(table[first, second])
        }
        for title, table in tables.items()
    }
    caption = (
        "Mean probability of the true sum, in percent, by the digits of a test image: the "
        "probabilities that the paper announces to compare"
    )
    of = "probability of the true sum"
    return [
        captioned(
            caption,
            pair_grid(tables, names, "upper digit", "lower digit", of),
            share_numbers("Probability of the true sum", shares, "digits"),
        )
    ]


def _components(task: Task) -> list[Part]:
    place = min(SIXTIETH, len(task.train) - 1)
    image, symbols = task.train.images[place], task.train.symbols[place].tolist()
    height = image.shape[0] // len(symbols)
    shown = np.zeros((len(symbols) + 1, *image.shape), np.uint8)
    shown[-1] = image
    for at in range(len(symbols)):  # each where it stands on the whole image
        shown[at, height * at : height * (at + 1)] = image[height * at : height * (at + 1)]
    names = [*map(str, symbols), str(task.train.labels[place])]
    title = f"The digits of training image {place + 1}, and the image, whose label is their sum"
    return [Figure(title, image_grid(shown, names, len(shown)), title, "square")]


def _on_test(runs: Sequence[Run]) -> list[float]:
    return [run.classifier_summary.metrics.exact_match for run in runs]


def _expected(task: Task) -> dict[int, float]:
    """Return the share of each sum where both digits are drawn by their frequency in the source."""
    pool = task.pools["train"]
    shares = np.bincount(pool.labels, minlength=task.classes) / len(pool)
    return {total: float(share) for total, share in enumerate(np.convolve(shares, shares))}


_TUNED_MODELS = [_tuned_name(setting, depth) for setting in TUNED for depth in TUNED_DEPTHS]
_LINEAR_MODELS = [
    model for name in LINEAR for model in (name, *(sized_name(name, size) for size in SIZES))
]

ADDITION_FIGURES = (
    ReportFigure.of_data("2.mnist", "The first 20 images of MNIST", _digits),
    ReportFigure.of_data("2.digits", "Figures 1 and 2: how often each digit occurs", _digit_shares),
    ReportFigure.of_data("2.sums", "Figures 3 to 5: how often each sum occurs", _sums),
    ReportFigure.of_data("2.first", "Figure 6: the first 20 combined images", _first),
    ReportFigure.of_runs("3.curves", "Figures 7 and 9: nets by epoch", NETS, _nets),
    ReportFigure("4.maps", "Figures 10 to 12: t-SNE", _maps, ("best-mlp",), data=True),
    ReportFigure.of_runs(
        "5.3.depths", "Figure 16: forests by depth", map(forest_name, DEPTHS), _depths
    ),
    ReportFigure.of_runs("5.3.tuned", "Figure 17: after tuning", _TUNED_MODELS, _tuned),
    ReportFigure.of_data("6.components", "Figures 18 and 19: the 60th image", _components),
    ReportFigure(
        "6.sizes", "Figure 20: by the size of the training set", _sizes, tuple(_LINEAR_MODELS),
        data=True,
    ),
    ReportFigure(
        "6.pairs", "Ours: probabilities by pair of digits", _pairs, tuple(BOTH), data=True
    ),
)  # fmt: skip
"""In the order of the report."""
