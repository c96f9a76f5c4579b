"""What is known before training: what splits share, ceilings, and what the nets are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.tabular.number_texts import percent, points
from glyphlab.data.class_names import label_text
from glyphlab.metrics.power import SAYS_NOTHING
from glyphlab.reporting.pages.page_parts import (
    Bars,
    Cell,
    Column,
    Figure,
    Part,
    Section,
    Table,
    Text,
)
from glyphlab.reporting.pictures.augmentations import augmentation_figure
from glyphlab.reporting.pictures.image_rows import image_grid, image_rows
from glyphlab.runs import GeneratorSummary, Run
from glyphlab.tasks import PRESETS
from glyphlab.tasks.scenes.scene_recipe import SceneRecipe

__all__ = ["audit_section", "data_section", "training_images"]

Groups = Mapping[str, Sequence[Run]]
_PAIRS = {
    "train_test": "training and test",
    "train_val": "training and validation",
    "val_test": "validation and test",
}
_SAMPLES, _ACROSS = 12, 10


def data_section(groups: Groups) -> Section:
    """Return some images of the task, and one of them as each augmentation shows it to a net."""
    if not groups:
        return Section("The data", [])
    first = next(iter(groups.values()))[0]
    arrays = first.load_predictions()
    if isinstance(first.summary, GeneratorSummary):
        return training_images(arrays["nearest"])
    if "sample_images" not in arrays:
        return Section("The data", [])
    random = np.flatnonzero(arrays["sample_kind"] == 0)[:_SAMPLES]
    images = arrays["sample_images"][random]
    if not len(images):
        return Section("The data", [])
    rows = arrays["true"][arrays["sample_index"][random]].tolist()
    names = [label_text(row, first.classifier_summary.names) for row in rows]
    columns = 6 if images.shape[2] < 2 * images.shape[1] else 4
    parts: list[Part] = [
        Figure(
            "Images of the task",
            image_grid(images, names, columns),
            f"Random {first.classifier_summary.scored_on} with their labels.",
            "wide",
        )
    ]
    kinds = _augmentations(groups)
    if any(kind != "none" for kind in kinds):
        down, across = _ranges(first)
        whose = "; ".join(f"{', '.join(models)}: {kind}" for kind, models in kinds.items())
        parts.append(
            Figure(
                "What the nets saw",
                augmentation_figure(images[0], list(kinds), across, rows=down),
                f"One image as augmentation shows it anew in every epoch ({whose}). Augmentation "
                "is of training images; validation and test images stay as they are.",
                "wide",
            )
        )
    return Section("The data", parts)


def training_images(images: NDArray[np.uint8]) -> Section:
    """Return some of the real images that a generator was trained on."""
    _, firsts = np.unique(images, axis=0, return_index=True)
    shown = images[np.sort(firsts)[:_ACROSS]]
    drawn = image_rows({"": shown}, [])
    said = "Real training images, each the nearest to a sample of the generator."
    return Section("The data", [Figure("Training images", drawn, said, "wide")])


def _augmentations(groups: Groups) -> dict[str, list[str]]:
    """Return the models that were trained with each augmentation."""
    found: dict[str, list[str]] = {}
    for name, runs in groups.items():
        kind = (runs[0].recipe.get("training") or {}).get("augment")
        if kind and not (runs[0].recipe.get("model") or {}).get("classical"):
            found.setdefault(str(kind), []).append(name)
    return found


def _ranges(run: Run) -> tuple[int, int]:
    """Return the row and column ranges that augmentation of columns goes by, as in training."""
    task = run.recipe.get("task") or {}
    given = task.get("scene")
    own = SceneRecipe.model_validate(given).named(str(task["name"])) if given else None
    scene = own or PRESETS.get(str(task.get("name", "")))
    return scene.ranges if scene is not None and scene.rule == "digits" else (1, 1)


def audit_section(audit: Mapping[str, Any], strategies: Sequence[str]) -> Section:
    """Return what the splits share, and the ceilings of the families that were trained.

    Parameters
    ----------
    audit : mapping
        The document of ``audit --json``; empty where there was none.
    strategies : sequence of str
        Of the models on the page.
    """
    labels, glyphs = audit.get("label_overlap", {}), audit.get("glyph_overlap", {})
    pairs = [pair for pair in _PAIRS if pair in labels or pair in glyphs]
    ceilings = audit.get("ceilings", {})
    asked = {name: one for name, one in ceilings.items() if name in strategies} or ceilings
    if not pairs and not ceilings:
        return Section("Before training", [])
    said = (
        "The audit says what the splits share and how far each family of models can get at best, "
        "from the data alone."
    )
    protocol = audit.get("protocol", "")
    parts: list[Part] = [Text(f"{said} Protocol: {protocol}." if protocol else said)]
    if detectable := _detectable(audit.get("detectable")):
        parts.append(Text(detectable))
    parts += [Text(f"{leak}.", "leak", "Leak:") for leak in audit.get("leaks", ())]
    parts += [Text(f"{one}.", "leak", "Remark:") for one in audit.get("remarks", ())]
    if pairs:
        rows = [
            [
                Cell(_PAIRS[pair]),
                Cell("–" if labels.get(pair) is None else f"{labels[pair]:,}"),
                Cell(percent(glyphs.get(pair))),
            ]
            for pair in pairs
        ]
        columns = [Column("splits"), Column("labels"), Column("glyphs")]
        caption = "What two splits have in common"
        parts.append(Table("Overlap of splits", columns, rows, caption=caption))
    if asked:
        bars = [(family, float(one), percent(one)) for family, one in asked.items()]
        parts.append(Bars("Highest exact match open to each family", bars))
    return Section("Before training", parts)


def _detectable(found: Mapping[str, Any] | None) -> str:
    """Return what the test images could show, before anything was trained."""
    if not found:
        return ""
    highest = max(row["accuracy"] for row in found["rows"])
    rows = [row for row in found["rows"] if row["accuracy"] == highest]
    sizes = ", ".join(
        f"{points(row['difference'])} with {row['seeds']} seeds"
        for row in rows
        if row["difference"] <= SAYS_NOTHING
    )
    few = ", ".join(str(row["seeds"]) for row in rows if row["difference"] > SAYS_NOTHING)
    said = (
        f"Of two models at {highest:.0%}, 8 of 10 comparisons on these test images detect a "
        f"difference of {sizes}. "
        if sizes
        else ""
    )
    said += f"With {few} seeds there are too few images or seeds to say. " if few else ""
    return f"{said}{found['assumed']}"
