"""How often pictures of handwriting are predicted correctly: scaled only, and prepared.

Draws digits of MNIST's test images as people write and take them (`handwritten/kinds.py`), writes
them as PNG and JPEG files, and reads the files with two nets that were trained on MNIST alone: one
epoch on single digits, one epoch of `aligned` on three. *As they are* is scaled to the size of the
training images, *prepared* is what `predict` does, *untouched* the digit as MNIST has it, and of
three digits the same ones drawn as in training. Milliseconds are those of one core. Nothing in the
preparation was chosen on the pictures of the seed that is scored by default; other seeds are for
that.

    python benchmarks/handwriting.py --pictures /tmp/pictures --record records/handwriting.json
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faults.record import put_on_record
from glyphlab._common.errors import DataError
from glyphlab._common.seeds import numpy_rng
from glyphlab._common.untrusted import GrayImage, read_gray
from glyphlab.data import load_symbols
from glyphlab.data.prepare import Style, prepare_photograph, style_of
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.tasks import Scene, preset
from glyphlab.tasks.drawing import draw, random_offsets
from glyphlab.tasks.scenes.segmentation import prepare_scene
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train
from glyphlab.training.evaluation.inference import read
from glyphlab.training.evaluation.loaded_models import load_net, load_strategy
from handwritten.kinds import HARDER, ORDINARY
from handwritten.sets import SEED, Answered, write_singles, write_triples

Images = NDArray[np.uint8]
Reader = Callable[[Images], NDArray[np.int64]]


def recipes() -> dict[str, Recipe]:
    """Return what the two nets are trained by."""
    short = ["training.epochs=1", "model.channels=16", "model.test_views=1"]
    return {
        "single": Recipe.for_model(
            "multihead", TaskRecipe(name="single", data="mnist"), overrides=["training.epochs=1"]
        ),
        "triple": Recipe.for_model(
            "aligned", TaskRecipe(name="triple", data="mnist"), overrides=short
        ),
    }


def reader_of(run: Run) -> Reader:
    """Return what reads images ``(n, h, w)`` with a finished run, as labels ``(n, positions)``."""
    net, strategy = load_net(run), load_strategy(run)
    return lambda images: read(net, strategy, images).labels.astype(np.int64)


def untouched(pictures: Sequence[Answered], scene: Scene, seed: int) -> Images:
    """Draw the glyphs of pictures as the images of training are drawn."""
    glyphs = np.concatenate([one.glyphs for one in pictures])
    index = np.arange(len(glyphs)).reshape(len(pictures), scene.count)
    offsets = random_offsets(scene, len(pictures), numpy_rng(seed, "handwriting", "untouched"))
    return draw(scene, glyphs, index, offsets)


def are_correct(found: NDArray[np.int64], pictures: Sequence[Answered]) -> NDArray[np.bool_]:
    """Return which pictures are predicted correctly."""
    return np.asarray((found == [one.symbols for one in pictures]).all(1))


def prepared_images(
    pictures: Sequence[Answered], scene: Scene, style: Style
) -> tuple[Images, dict[str, str], list[float]]:
    """Prepare files; return the images, blank where refused, reasons by file, and CPU seconds."""
    images = np.zeros((len(pictures), *scene.canvas), np.uint8)
    refused, seconds = {}, []
    for number, one in enumerate(pictures):
        picture = read_gray(one.path)
        started = time.process_time()
        try:
            images[number] = prepare_scene(picture, scene, style).image
        except DataError as error:
            refused[one.path.name] = str(error)
        seconds.append(time.process_time() - started)
    return images, refused, seconds


def scored(
    pictures: Sequence[Answered], scene: Scene, style: Style, reader: Reader, seed: int
) -> Iterator[dict[str, Any]]:
    """Yield the counts of each kind of pictures."""
    for kind in dict.fromkeys(one.kind for one in pictures):
        some = [one for one in pictures if one.kind == kind]
        plain = [prepare_photograph(read_gray(one.path), scene.canvas).image for one in some]
        images, refused, seconds = prepared_images(some, scene, style)
        taken = np.array([one.path.name not in refused for one in some])
        correct = are_correct(reader(images), some) & taken
        yield {
            "kind": kind,
            "pictures": len(some),
            "as_they_are": int(are_correct(reader(np.stack(plain)), some).sum()),
            "prepared": int(correct.sum()),
            "untouched": int(are_correct(reader(untouched(some, scene, seed)), some).sum()),
            "refused": refused,
            "wrong": [one.path.name for one, good in zip(some, correct, strict=True) if not good],
            "milliseconds": round(1000 * median(seconds), 2),
        }


def milliseconds_unchanged(style: Style) -> float:
    """Return what a digit takes that needs nothing."""
    digits = load_symbols("mnist").test.images[:500]
    started = time.process_time()
    for digit in digits:
        prepare_scene(GrayImage(digit, ()), preset("single"), style)
    return 1000 * (time.process_time() - started) / len(digits)


def totals(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Return the sums over kinds, and the lowest count of one."""
    names = ("pictures", "as_they_are", "prepared", "untouched")
    return {
        **{name: sum(row[name] for row in rows) for name in names},
        "lowest_kind": min(row["prepared"] for row in rows),
    }


def measure(pictures: Path, runs: Path, seed: int, share: float) -> dict[str, Any]:
    """Write pictures, train what is not trained yet, and score."""
    symbols = load_symbols("mnist")
    style = style_of(symbols.train.images, "writing")
    trained = {name: train(recipe, runs, quiet=True) for name, recipe in recipes().items()}
    of = {name: reader_of(run) for name, run in trained.items()}
    pictures.mkdir(parents=True, exist_ok=True)
    document: dict[str, Any] = {
        "benchmark": "handwriting",
        "seed": seed,
        "readers": {
            name: {"run": run.name, "accuracy": run.classifier_summary.metrics.exact_match}
            for name, run in trained.items()
        },
        "style": style.to_mapping(),
        "milliseconds_unchanged": round(milliseconds_unchanged(style), 3),
    }
    for name, kinds, each in (("ordinary", ORDINARY, 50), ("harder", HARDER, 30)):
        count = max(1, round(each * share))
        some = list(write_singles(pictures, symbols.test, seed, dict.fromkeys(kinds, count)))
        rows = list(scored(some, preset("single"), style, of["single"], seed))
        document[name] = {**totals(rows), "kinds": rows}
    some = list(write_triples(pictures, symbols.test, seed, max(1, round(60 * share))))
    (document["triples"],) = scored(some, preset("triple"), style, of["triple"], seed)
    return document


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, required=True, help="where the files are written")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where the nets are")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--share", type=float, default=1.0, help="of the pictures of each kind")
    parser.add_argument("--record", type=Path)
    parser.add_argument("--note")
    options = parser.parse_args()
    content = measure(options.pictures, options.runs, options.seed, options.share)
    put_on_record(
        "benchmarks/handwriting.py", content, record=options.record, note=options.note
    )  # fmt: skip


if __name__ == "__main__":
    main()
