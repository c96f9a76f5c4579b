"""Predictions themselves: on test images one by one, and on seen and unseen labels and glyphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glyphlab._common.tabular.number_texts import percent
from glyphlab.data.class_names import label_text
from glyphlab.reporting.pages.page_parts import Cell, Column, Part, Section, Table, Text, Tiles
from glyphlab.reporting.pictures.image_rows import png_data
from glyphlab.runs import Run

__all__ = ["error_section", "grid_section", "sample_section"]

Groups = Mapping[str, Sequence[Run]]
_IMAGES_SHOWN = 24
_HALF = 2


def grid_section(groups: Groups, rows_of_groups: Sequence[Mapping[str, Any]]) -> Section:
    """Return accuracy on labels and glyphs that training showed or not: means over seeds.

    `rows_of_groups` have the ``generalization_grid_intervals`` of each model, where they are known.
    There is no part where labels are shared: the rows would be one.
    """
    title = "Generalization grid"
    cells = [f"{labels}/{glyphs}" for labels in ("seen", "unseen") for glyphs in ("seen", "unseen")]
    intervals = {
        str(row["model"]): row.get("generalization_grid_intervals") or {} for row in rows_of_groups
    }
    rows, shares, images = [], [], 0
    for name, runs in groups.items():
        found = [s for run in runs if (s := run.classifier_summary.generalization_grid)]
        if not found or not any(key.startswith("unseen/") for key in found[0]):
            continue
        row, depths, ends = [Cell(name)], [], intervals.get(name, {})
        for cell in cells:
            values = [grid.get(cell) for grid in found]
            known = [value for value in values if value is not None]
            mean = float(np.mean(known)) if len(known) == len(values) else None
            row.append(Cell(percent(mean), _cell_interval(ends.get(cell))))
            depths.append(round((mean or 0.0) / _HALF, 3))
        rows.append(row)
        shares.append(depths)
        key = "generalization_grid_seen_seen_true"
        images = len(runs[0].load_predictions().get(key, ()))
    if not rows:
        return Section(title, [])
    count = f" of {images:,} images each" if images else ""
    columns = [Column("model")] + [
        Column(f"{labels} labels, {glyphs} glyphs")
        for labels, glyphs in (cell.split("/") for cell in cells)
    ]
    said = (
        f"The same trained models on four other test sets{count}: labels seen in training or not, "
        "glyphs seen in training or not. Exact match, mean over seeds, with its 95 % interval over "
        "seeds, images and the glyphs that they share."
    )
    return Section(title, [Text(said), Table(title, columns, rows, "heat", shares=shares)])


def _cell_interval(ends: Sequence[float] | None) -> str:
    """Return the interval over seeds, images and their glyphs; empty where images differ."""
    return "" if ends is None else f"{100 * ends[0]:.2f} – {100 * ends[1]:.2f}"


def sample_section(model: str, run: Run) -> Section:
    """Return random test images with the predictions of one run."""
    shown = _tiles(run)["samples"]
    said = (
        f"Random {run.classifier_summary.scored_on}, the prediction of {model} with seed "
        f"{run.summary.seed}, and its confidence. Wrong symbols are underlined."
    )
    return Section("Sample predictions", _with(said, shown))


def error_section(model: str, run: Run) -> Section:
    """Return the most confident errors of one run."""
    shown = _tiles(run)["errors"]
    said = f"Wrong predictions of {model} with seed {run.summary.seed}, the most confident first."
    return Section("Most confident errors", _with(said, shown))


def _with(said: str, shown: Sequence[Mapping[str, Any]]) -> list[Part]:
    return [Text(said), Tiles(shown)] if shown else []


def _tiles(run: Run) -> dict[str, list[dict[str, Any]]]:
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
