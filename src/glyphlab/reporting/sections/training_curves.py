"""How models learned: scores by epoch, and why some trained longer than others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from glyphlab._common.registry import STRATEGIES
from glyphlab._common.tabular.number_texts import count_text
from glyphlab.reporting.pages.page_parts import Figure, Section
from glyphlab.reporting.plots.figures import learning_figure
from glyphlab.reporting.plots.small_multiples import curve_grid
from glyphlab.reporting.sections.figure_numbers import curve_numbers, panel_numbers
from glyphlab.runs import Run

__all__ = ["curves_section", "epochs_sentence", "epochs_text"]

Groups = Mapping[str, Sequence[Run]]
_CHARTS = 16
"""More small charts than this say nothing any more."""


def epochs_text(runs: Sequence[Run]) -> str:
    """Return the epochs that runs were trained, or a dash for a model that has none."""
    epochs = [run.classifier_summary.epochs_run for run in runs]
    if not any(epochs):
        return "–"
    low, high = min(epochs), max(epochs)
    return count_text(low) if low == high else f"{low:,} – {high:,}"


def epochs_sentence(groups: Groups) -> str:
    """Say why models trained for different numbers of epochs; empty where they did not."""
    texts = {name: epochs_text(runs) for name, runs in groups.items()}
    trained = {name: text for name, text in texts.items() if text != "–"}
    if len(set(trained.values())) < 2:
        return ""
    asked = {name: (groups[name][0].recipe.get("training") or {}).get("epochs") for name in trained}
    patient = [
        name for name in trained
        if (groups[name][0].recipe.get("training") or {}).get("patience") is not None
    ]  # fmt: skip
    said = ", ".join(f"{name} {text}" for name, text in trained.items())
    if len(set(map(str, asked.values()))) > 1:
        why = "each model trains for as many epochs as its own settings say"
    else:
        why = "validation stopped some of them earlier"
    if patient and "stopped" not in why:
        why += f", and {', '.join(patient)} stop early where validation gets no better"
    return f"Trainings differ in their epochs ({said}): {why}."


def curves_section(groups: Groups) -> Section:
    """Return validation by epoch, and training beside it; no part where none has two epochs.

    In training a symbol may be counted and on validation an image: where an image has one label and
    is not cut into symbols, the two are the same score and stand beside each other.
    """
    curves = {
        name: [
            [float(line["val_exact_match"]) for line in run.metrics() if "val_exact_match" in line]
            for run in runs
        ]
        for name, runs in groups.items()
    }
    curves = {name: seeds for name, seeds in curves.items() if any(seeds)}
    if not any(len(curve) > 1 for seeds in curves.values() for curve in seeds):
        return Section("Learning curves", [])
    parts = [
        Figure(
            "Learning curves",
            learning_figure(curves, "exact match on validation"),
            "Exact match on the validation set after each epoch: mean over seeds (line), lowest to "
            "highest seed (band), as far as every seed of a model was trained.",
            numbers=curve_numbers("Learning curves", curves),
        )
    ]
    panels = _beside_training(groups)
    if 0 < len(panels) <= _CHARTS:
        parts.append(
            Figure(
                "Training and validation of each model",
                curve_grid(panels, "accuracy"),
                "Training beside validation for each model: where the two separate, the model "
                "overfits. Training accuracy is the mean over an epoch in which the weights still "
                "move, so it starts lower.",
                "wide",
                panel_numbers("Training and validation", panels),
            )
        )
    return Section("Learning curves", parts)


def _beside_training(groups: Groups) -> dict[str, dict[str, list[list[float]]]]:
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
    return panels


def _supervised_by_symbols(name: str) -> bool:
    """Whether a strategy is trained with symbols, so that its training accuracy counts those."""
    return name in STRATEGIES and STRATEGIES.load(name).supervision == "symbols"
