"""One HTML page that answers as a finished run does, offline."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab._common.files import atomic_path
from glyphlab._common.templates import templates_of
from glyphlab.data.class_names import label_text, numbered
from glyphlab.data.prepare import Style
from glyphlab.export.free_target import require_free
from glyphlab.export.golden_images import (
    GoldenImages,
    golden_images,
    scored_images,
    style_and_scene,
    task_of,
)
from glyphlab.export.page_numbers import PageArrays, packed_images, written
from glyphlab.export.portable import PortableNet
from glyphlab.models.strategies import Whole
from glyphlab.runs import Run
from glyphlab.tasks import Scene
from glyphlab.tasks.labels import signs_of
from glyphlab.training.batches import parts_of
from glyphlab.training.evaluation.inference import read

__all__ = ["SCRIPTS", "inline", "write_classifier_page"]

SCRIPTS = (
    "net.js", "answers.js", "pixels.js", "ink.js", "arrangement.js", "preparation.js",
    "pictures.js", "drawing.js", "page.js",
)  # fmt: skip
"""Modules of the page, each after those that it uses."""
MOST_LOGITS = 64
"""Logits of a head that are kept of each golden image."""


def write_classifier_page(
    run: Run, target: Path, *, data_dir: str | Path | None = None
) -> dict[str, Any]:
    """Write a page that recognises pictures as a finished run does.

    Parameters
    ----------
    run : Run
    target : Path
        A file that is not there yet.
    data_dir : path, optional
        Where the datasets are: images that the run was scored on are what the page checks itself
        with.

    Returns
    -------
    dict
        ``path``, ``bytes`` and ``parameters``.

    Raises
    ------
    UsageError
        Where the target is there, or the run's model cannot be carried into a page.
    RunError
        Where the run does not fit its model.
    """
    require_free(target, "html", "htm")
    portable = PortableNet.load(run, half=True)
    task = task_of(portable.recipe, data_dir)
    style, scene = style_and_scene(run, portable.recipe, task)
    state = run.classifier_summary.strategy_state
    size = (state.height, state.width)
    golden = golden_images(run, task, size, scene, style)
    document = _document(portable, scene, style, golden)
    page = _page(run, document)
    with atomic_path(target) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return {
        "path": str(target),
        "bytes": len(page.encode()),
        "parameters": run.classifier_summary.parameters,
    }


def _document(
    portable: PortableNet, scene: Scene | None, style: Style, golden: GoldenImages
) -> dict[str, Any]:
    """Return all that the page knows, as JSON has it."""
    strategy, arrays = portable.strategy, PageArrays()
    summary = portable.run.classifier_summary
    state = summary.strategy_state
    frame = strategy.frame
    rule = "digits" if scene is None else scene.rule
    terms = 1 if scene is None else scene.count // scene.digits
    return {
        "run": portable.run.name,
        "size": [state.height, state.width],
        "frame": None if frame is None else {"down": frame.down, "right": frame.right},
        "grid": strategy.grid,
        "cells": portable.cells,
        "views": portable.recipe.model.test_views,
        "classes": strategy.classes,
        "names": summary.names,
        "known": [list(label) for label in strategy.known] if isinstance(strategy, Whole) else None,
        "rule": rule,
        "digits": 1 if scene is None else scene.digits,
        "signs": signs_of(rule, terms, () if scene is None else scene.signs) or (1,) * terms,
        "scene": None if scene is None else _scene(scene),
        "style": style.to_mapping(),
        "net": {
            "size": portable.size,
            "layers": written(portable.operations, arrays),
            "tensors": arrays.tensors,
        },
        "golden": _expected(portable, golden),
        "weights": arrays.text,
    }


def _scene(scene: Scene) -> dict[str, Any]:
    grid = scene.grid()
    return {**asdict(scene), "grid": None if grid is None else grid.shape}


def _expected(portable: PortableNet, golden: GoldenImages) -> dict[str, Any]:
    """Return golden images with what PyTorch makes of them."""
    strategy, images = portable.strategy, golden.images
    summary = portable.run.classifier_summary
    logits = portable.logits(parts_of(images, strategy).numpy())
    rows = logits.reshape(len(images), -1, logits.shape[-1])
    every = max(1, -(-rows.shape[2] // MOST_LOGITS))
    found = read(portable.net, strategy, images, views=portable.recipe.model.test_views)
    ground = int(np.median(images))
    return {
        "origin": golden.origin,
        "count": len(images),
        "ground": ground,
        "every": every,
        "images": packed_images(images, ground),
        "logits": [
            [[float(f"{value:.7g}") for value in row[::every]] for row in image] for image in rows
        ],
        "labels": [label_text(row, summary.names) for row in found.labels.tolist()],
        "confidence": [float(f"{one:.6g}") for one in found.confidence],
    }


def _page(run: Run, document: dict[str, Any]) -> str:
    from markupsafe import Markup

    environment = templates_of("glyphlab.export")
    folder = Path(__file__).parent / "templates"
    scripts = "\n".join(inline((folder / name).read_text(encoding="utf-8")) for name in SCRIPTS)
    model = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    summary = run.classifier_summary
    return environment.get_template("classifier.html.j2").render(
        run=run.name,
        summary=summary,
        scored_images=scored_images(run),
        names=summary.names,
        numbered=summary.names == numbered(len(summary.names)),
        document=document,
        script=Markup(scripts),
        # no text of a run may end the element that it stands in
        model=Markup(model.replace("<", "\\u003c")),
    )


def inline(module: str) -> str:
    """Return a module without the words that join it to others, as all are one in the page."""
    return re.sub(r"^(import [^;]*;|export )", "", module, flags=re.MULTILINE)
