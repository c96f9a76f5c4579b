"""What stands in the sections of a page, worked out from runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glyphlab._common.registry import STRATEGIES
from glyphlab._common.tabular.number_texts import percent, points
from glyphlab.data.class_names import label_text, numbered
from glyphlab.metrics import calibration, confusion
from glyphlab.reporting.pages.page import plain_text
from glyphlab.reporting.plots.calibration_figure import calibration_figure
from glyphlab.reporting.plots.canvas import series_colour
from glyphlab.reporting.plots.figures import confusion_figure, digit_figure, learning_figure
from glyphlab.reporting.plots.pictures import png_data
from glyphlab.reporting.plots.small_multiples import curve_grid
from glyphlab.reporting.plots.spread_figure import spread_figure
from glyphlab.reporting.plots.sweep_figures import parameters_figure
from glyphlab.runs import Run, glyphs_of

__all__ = [
    "audit_section",
    "calibration_section",
    "chosen_on_validation",
    "confusion_section",
    "curves_section",
    "digit_section",
    "environment_section",
    "grid_section",
    "protocol_lines",
    "samples_section",
    "sizes_section",
    "spread_section",
    "training_section",
]

Groups = Mapping[str, Sequence[Run]]
_PAIRS = {
    "train_test": "training and test",
    "train_val": "training and validation",
    "val_test": "validation and test",
}
_IMAGES_SHOWN = 24
_CHARTS = 16
"""More small charts than this say nothing any more."""
_FEWEST_SIZES = 3
_SPREADS, _SPREAD_IMAGES = 4, 6


def audit_section(audit: Mapping[str, Any]) -> dict[str, Any]:
    """Return the audit's overlaps and ceilings as rows of text."""
    labels, glyphs = audit.get("label_overlap", {}), audit.get("glyph_overlap", {})
    pairs = [pair for pair in _PAIRS if pair in labels or pair in glyphs]
    return {
        "overlaps": [
            {
                "pair": _PAIRS[pair],
                "labels": "–" if labels.get(pair) is None else f"{labels[pair]:,}",
                "glyphs": percent(glyphs.get(pair)),
            }
            for pair in pairs
        ],
        "ceilings": [
            {"family": family, "share": float(ceiling), "text": percent(ceiling)}
            for family, ceiling in audit.get("ceilings", {}).items()
        ],
        "leaks": list(audit.get("leaks", [])),
        "remarks": list(audit.get("remarks", [])),
        "detectable": _detectable(audit.get("detectable")),
        "protocol": audit.get("protocol", ""),
    }


def _detectable(found: Mapping[str, Any] | None) -> str:
    """Return what the test images could show, before anything was trained."""
    if not found:
        return ""
    highest = max(row["accuracy"] for row in found["rows"])
    sizes = ", ".join(
        f"{points(row['difference'])} with {row['seeds']} seeds"
        for row in found["rows"]
        if row["accuracy"] == highest
    )
    return (
        f"Of two models at {highest:.0%}, 8 of 10 comparisons on these test images detect a "
        f"difference of {sizes}. {found['assumed']}"
    )


def chosen_on_validation(groups: Groups) -> str:
    """Return the model with the highest mean exact match on validation; the first of equals.

    Where nothing was held out to validate on, that is the first of all.
    """
    means = {
        name: float(np.mean([_validation(run) for run in runs])) for name, runs in groups.items()
    }
    return max(means, key=lambda name: means[name])


def _validation(run: Run) -> float:
    val = run.classifier_summary.val
    return 0.0 if val is None else val.exact_match


def curves_section(groups: Groups) -> str | None:
    """Return the figure of learning curves, or None where none has two epochs."""
    curves = {
        name: [
            [float(line["val_exact_match"]) for line in run.metrics() if "val_exact_match" in line]
            for run in runs
        ]
        for name, runs in groups.items()
    }
    if not any(len(curve) > 1 for seeds in curves.values() for curve in seeds):
        return None
    return learning_figure(curves, "exact match on validation")


def training_section(groups: Groups) -> str | None:
    """Return the figure of training beside validation, or None where they are not one score.

    In training a symbol may be counted and on validation an image: where an image has one label and
    is not cut into symbols, the two are the same.
    """
    panels = {}
    for name, runs in groups.items():
        histories = [run.metrics() for run in runs]
        if all(
            run.load_predictions()["true"].shape[1] == 1
            and not _supervised_by_symbols(run.classifier_summary.strategy)
            and history
            and all({"accuracy", "val_exact_match"} <= set(line) for line in history)
            for run, history in zip(runs, histories, strict=True)
        ):
            panels[name] = {
                title: [[float(line[column]) for line in history] for history in histories]
                for title, column in (("training", "accuracy"), ("validation", "val_exact_match"))
            }
    return curve_grid(panels, "accuracy") if 0 < len(panels) <= _CHARTS else None


def _supervised_by_symbols(name: str) -> bool:
    """Whether a strategy is told symbols, so that its training accuracy counts those."""
    return name in STRATEGIES and STRATEGIES.load(name).supervision == "symbols"


def calibration_section(groups: Groups) -> str:
    """Return the figure of confidence against accuracy, a chart a model and a line a seed."""
    found = {
        name: [
            calibration(run.load_predictions()["confidence"], run.correct, glyphs=glyphs_of(run))
            for run in runs
        ]
        for name, runs in groups.items()
    }
    return calibration_figure(found)


def spread_section(groups: Groups) -> str | None:
    """Return the figure of the probabilities of every label on a few images that all models have.

    The images are random ones of the first seed; None where labels are no few numbers.
    """
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
    return spread_figure(
        first["sample_images"][[random[name][index] for index in shared]],
        [int(first["true"][index, 0]) for index in shared],
        [int(label) for label in first["sample_labels"]],
        {
            model: arrays["sample_spread"][[random[model][index] for index in shared]]
            for model, arrays in firsts.items()
        },
    )


def sizes_section(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the figure of accuracy against parameters, or None of fewer than three sizes."""
    sizes = {int(row["parameters"]) for row in rows if row.get("parameters")}
    if len(sizes) < _FEWEST_SIZES or not all(row.get("parameters") for row in rows):
        return None
    points = {}
    for row in rows:
        mean, low, high = (float(row[end]) for end in ("mean", "low", "high"))
        points[str(row["name"])] = (int(row["parameters"]), mean, low, high)
    return parameters_figure(points, "exact match")


def digit_section(groups: Groups) -> str:
    """Return the figure of accuracy by class."""
    tables = {
        name: [
            [
                np.nan if value is None else value
                for value in run.classifier_summary.metrics.digit_accuracy
            ]
            for run in runs
        ]
        for name, runs in groups.items()
    }
    classes = len(next(iter(tables.values()))[0])
    return digit_figure(tables, _names(next(iter(groups.values()))[0], classes))


def confusion_section(runs: Sequence[Run]) -> str:
    """Return the figure of what one model reads as what, all its seeds together."""
    classes = len(runs[0].classifier_summary.metrics.digit_accuracy)
    both = [run.load_predictions() for run in runs]
    counts = sum(confusion(one["pred"], one["true"], classes) for one in both)
    return confusion_figure(counts, _names(runs[0], classes))


def _names(run: Run, values: int) -> tuple[str, ...]:
    """Return what each value of a label is called; a number that is derived is its own name."""
    names = run.classifier_summary.names
    return names if len(names) == values else numbered(values)


def grid_section(groups: Groups) -> list[dict[str, Any]]:
    """Return the generalization grid of each model that has one: means over its seeds."""
    grids = []
    for place, (name, runs) in enumerate(groups.items()):
        found = [s for run in runs if (s := run.classifier_summary.generalization_grid)]
        if not found:
            continue
        rows = []
        for labels in ("seen", "unseen"):
            cells = []
            if not any(key.startswith(f"{labels}/") for key in found[0]):
                continue  # where splits share their labels, none is unseen
            for glyphs in ("seen", "unseen"):
                values = [grid.get(f"{labels}/{glyphs}") for grid in found]
                known = [value for value in values if value is not None]
                mean = float(np.mean(known)) if len(known) == len(values) else None
                cells.append({"text": percent(mean), "depth": round((mean or 0.0) * 0.5, 3)})
            rows.append({"labels": labels, "cells": cells})
        grids.append({"model": name, "colour": _colour(place), "rows": rows})
    return grids


def samples_section(run: Run) -> dict[str, list[dict[str, Any]]]:
    """Return random samples and the most confident errors of one run, as tiles."""
    arrays = run.load_predictions()
    if "sample_index" not in arrays:
        return {"samples": [], "errors": []}
    true, pred, names = arrays["true"], arrays["pred"], run.classifier_summary.names
    tiles: dict[int, list[dict[str, Any]]] = {0: [], 1: []}
    for index, image, kind in zip(
        arrays["sample_index"],
        arrays["sample_images"],
        arrays["sample_kind"],
        strict=True,
    ):
        shown = tiles[int(kind)]
        if len(shown) == _IMAGES_SHOWN:
            continue
        shown.append(
            {
                "image": png_data(image),
                "true": label_text(true[index].tolist(), names),
                "read": [
                    {"text": label_text([read], names), "wrong": bool(read != known)}
                    for read, known in zip(pred[index].tolist(), true[index].tolist(), strict=True)
                ],
                "wrong": bool((pred[index] != true[index]).any()),
                "confidence": f"{100 * float(arrays['confidence'][index]):.1f} %",
            }
        )
    return {"samples": tiles[0], "errors": tiles[1]}


def environment_section(runs: Sequence[Run]) -> list[tuple[str, str]]:
    """Return what the runs were made with; a value that differs between runs names all of them."""
    environments = [run.env for run in runs]
    found = []
    for key in dict.fromkeys(key for env in environments for key in env):
        values = dict.fromkeys(plain_text(env.get(key)) for env in environments)
        found.append((key, "; ".join(values)))
    precisions = dict.fromkeys(run.summary.engine.precision for run in runs)
    return [*found, ("precision", "; ".join(precisions))]


def _colour(place: int) -> str:
    return f"var(--s{place % 7}, {series_colour(place)})"


def protocol_lines(groups: Groups, known: str) -> list[str]:
    """Say how the data were made, where that is not `known`, and how which models were trained."""
    data = dict.fromkeys(
        run.summary.protocol.data for members in groups.values() for run in members
    )
    trained: dict[str, list[str]] = {}
    for name, members in groups.items():
        rest = members[0].summary.protocol.training
        if rest:
            trained.setdefault(rest, []).append(name)
    lines = [line for line in data if line and line != known]
    return lines + [f"{', '.join(names)}: {how}" for how, names in trained.items()]
