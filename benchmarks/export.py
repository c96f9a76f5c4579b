"""Whether exported files answer as their runs do, how large they are, and how fast a page is.

Trains the default net of `single` and `aligned` with 48 channels for one epoch on MNIST, writes
each as a page, opens it from disk in headless Chromium, and has it answer 1,000 test images. Every
model of the registry is trained shortly, written as an ONNX file, and asked for 1,000 test images
by onnxruntime. What is done stays in the folder of the runs: a stopped benchmark goes on there.

    python benchmarks/export.py --runs /tmp/export-runs --record records/export.json
"""

from __future__ import annotations

import argparse
import base64
import functools
import importlib
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faults.record import put_on_record
from glyphlab._common.files import write_json
from glyphlab.data.class_names import label_text
from glyphlab.export.html_page import write_classifier_page
from glyphlab.export.onnx_file import write_onnx
from glyphlab.export.portable import PortableNet
from glyphlab.recipes import Recipe
from glyphlab.recipes.classifier_presets import list_models, model_entry
from glyphlab.runs import Run
from glyphlab.tasks import load_recipe_task
from glyphlab.training import train
from glyphlab.training.batches import parts_of
from glyphlab.training.evaluation.model_reader import ModelReader

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
found_in = importlib.import_module("chromium").found_in

IMAGES = 1_000
AT_ONCE = 100
"""Images that a page is asked for before it is opened anew."""
ROUNDS = 3
TENFOLD = 10_000_000
Images = NDArray[np.uint8]

SHORT = {"epochs": 1, "precision": "float32", "augment": "none"}
TRIPLE = {"name": "triple", "data": "mnist", "generalization_grid": 0, "per_label": 5}
PAGES: dict[str, dict[str, Any]] = {
    "single": {
        "task": {"name": "single", "data": "mnist", "generalization_grid": 0},
        "model": {"strategy": "multihead"},
    },
    "aligned": {
        "task": TRIPLE,
        "model": {"strategy": "aligned", "channels": 48, "test_views": 5},
    },
}
"""The runs whose pages are measured."""
TASKS: dict[str, dict[str, Any]] = {
    "triple": TRIPLE,
    "addition": {"name": "addition", "data": "mnist", "generalization_grid": 0, "images": 5_000},
}
FEW = 600
"""Training images of a model that is tried as an ONNX file."""


def test_images(run: Run) -> Images:
    """Return the first test images of a run, with which it was scored."""
    recipe = Recipe.from_mapping(run.recipe, str(run.path))
    return load_recipe_task(recipe.task, quiet=True).test.images[:IMAGES]


def labels_of(run: Run, images: Images) -> list[str]:
    """Return what a run itself says of images."""
    reader = ModelReader.load(run)
    rows = reader.read(images).predictions.labels.tolist()
    return [label_text(row, run.classifier_summary.names) for row in rows]


def in_browser(page: Path, images: Images, script: str) -> Any:
    """Return what a script finds in a page, which has the images as a list ``images``."""
    text = base64.b64encode(images.tobytes()).decode()
    with tempfile.TemporaryDirectory() as folder:
        return found_in(
            page,
            f"""
            const g = globalThis.glyphlab;
            const ready = performance.now();
            const flat = Uint8Array.from(atob("{text}"), (one) => one.charCodeAt(0));
            const length = flat.length / {len(images)};
            const images = Array.from({{ length: {len(images)} }},
              (_, k) => flat.subarray(k * length, (k + 1) * length));
            const answered = (image) => {{
              const views = g.viewsOf(g.model.views).map((view) => g.logits(image, view));
              return g.answerOf(g.model, g.probabilitiesOf(views));
            }};
            {script}
            """,
            Path(folder),
            timed=True,
        )


def timed(page: Path, images: Images) -> dict[str, float]:
    """Return milliseconds of a page that was just opened."""
    found = in_browser(
        page,
        images,
        """
        const began = performance.now();
        const [view] = g.viewsOf(g.model.views);  // the page shows what the first one says at once
        g.answerOf(g.model, g.probabilitiesOf([g.logits(images[0], view)]));
        const first = performance.now();
        answered(images[1]);
        const whole = performance.now();
        for (const image of images) g.logits(image);
        const seconds = performance.now() - whole;
        const reads = images.length * (g.model.grid[0] * g.model.grid[1] * g.model.cells[0]
          * g.model.cells[1]);
        found = { ready, first: first - began, views: whole - first, pass: seconds / images.length,
          products: g.net.products * reads / images.length };
        """,
    )
    return {key: float(value) for key, value in found.items()}


def page_row(name: str, folder: Path) -> dict[str, Any]:
    """Train a run, write it as a page, and compare its answers with those of the run."""
    run = page_run(name, folder)
    page = folder / f"{run.name}.html"
    page.unlink(missing_ok=True)
    size = write_classifier_page(run, page)["bytes"]
    images = test_images(run)
    own = labels_of(run, images)
    portable = PortableNet.load(run, half=True)
    expected = portable.logits(parts_of(images, portable.strategy).numpy())
    expected = expected.reshape(len(images), -1, portable.strategy.classes)
    rounds = [timed(page, images[:AT_ONCE]) for _ in range(ROUNDS)]
    asked = "found = images.map((image) => [answered(image).label, g.logits(image)]);"
    parts = [images[start : start + AT_ONCE] for start in range(0, len(images), AT_ONCE)]
    said = [one for part in parts for one in in_browser(page, part, asked)]
    logits = np.array([one for _, one in said])
    summary = run.classifier_summary
    middle = {key: median(one[key] for one in rounds) for key in rounds[0]}
    return {
        "run": run.name,
        "parameters": summary.parameters,
        "views": portable.recipe.model.test_views,
        "bytes": size,
        "opened_ms": middle["ready"],
        "first_answer_ms": middle["first"],
        "all_views_ms": middle["views"],
        "multiply_adds": middle["products"],
        "ms_for_10_million": middle["pass"] / middle["products"] * TENFOLD,
        "rounds": rounds,
        "images": len(images),
        "same_answers": sum(label == one for (label, _), one in zip(said, own, strict=True)),
        "largest_logit_difference": float(np.abs(logits - expected).max()),
        "largest_logit": float(np.abs(expected).max()),
    }


def onnx_row(name: str, folder: Path) -> dict[str, Any]:
    """Train a model of the registry, and compare the answers of its ONNX file with its own."""
    import onnxruntime

    run = named_run(name, folder)
    file = folder / f"{run.name}.onnx"
    file.unlink(missing_ok=True)
    size = write_onnx(run, file)["bytes"]
    images = test_images(run)
    expected = ModelReader.load(run).read(images).predictions
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_outputs()]
    found = dict(zip(names, session.run(names, {"images": images}), strict=True))
    shares = expected.probabilities.reshape(found["probabilities"].shape)
    row: dict[str, Any] = {
        "model": run.summary.model,
        "run": run.name,
        "bytes": size,
        "images": len(images),
        "same_answers": int((found["labels"] == expected.labels).all(1).sum()),
        "largest_probability_difference": float(np.abs(found["probabilities"] - shares).max()),
        "largest_logit_difference": None,
        "largest_logit": None,
    }
    if "logits" in found:
        portable = PortableNet.load(run)
        views = portable.recipe.model.test_views
        logits = portable.logits(parts_of(images, portable.strategy).numpy(), views)
        logits = logits.reshape(found["logits"].shape)
        row["largest_logit_difference"] = float(np.abs(found["logits"] - logits).max())
        row["largest_logit"] = float(np.abs(logits).max())
    return row


def page_run(name: str, root: Path) -> Run:
    """Return a run of one epoch whose page is measured."""
    recipe = {"name": f"page-{name}", "training": SHORT, **PAGES[name]}
    return train(Recipe.from_mapping(recipe), root, quiet=True)


def named_run(name: str, root: Path) -> Run:
    """Return a short training of a model of the registry."""
    entry = model_entry(name)
    recipe: dict[str, Any] = {
        "name": f"onnx-{name}",
        "task": {**TASKS[entry.task], "train_images": FEW},
        "model": {"strategy": entry.strategy, "net": entry.net, **entry.model},
    }
    if entry.training:
        recipe["training"] = {**entry.training, **SHORT}
    return train(Recipe.from_mapping(recipe), root, quiet=True)


def kept(file: Path, name: str, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return a row that was measured before, or measure and keep it."""
    rows = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    if name not in rows:
        rows[name] = measure()
        write_json(file, rows)
        print(f"{name}: {rows[name]['same_answers']} of {rows[name]['images']} alike",
              file=sys.stderr)  # fmt: skip
    return dict(rows[name])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=Path, required=True, help="where runs and files are written")
    parser.add_argument("--record", type=Path)
    parser.add_argument("--note")
    options = parser.parse_args()
    root: Path = options.runs
    root.mkdir(parents=True, exist_ok=True)
    file = root / "measured.json"
    pages = {
        name: kept(file, f"page {name}", functools.partial(page_row, name, root)) for name in PAGES
    }
    models = [
        kept(file, one.name, functools.partial(onnx_row, one.name, root)) for one in list_models()
    ]
    content = {"benchmark": "export", "pages": pages, "onnx": models}
    put_on_record(
        "benchmarks/export.py", content, record=options.record, note=options.note, kept=file
    )


if __name__ == "__main__":
    main()
