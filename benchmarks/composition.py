"""Composition speed: our drawing of `triple` images beside a plain loop over images.

Both draw glyphs, offsets and pixels from the same pool, in one process, in turns; the loop is
written as the published generator is (one choice and one slice assignment a symbol). Reported are
images a second, as the median of several turns after one that is not counted, and their ratio.

    python benchmarks/composition.py [--data digits|mnist] [--images 20000] [--turns 7] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.seeds import seed_for
from glyphlab.data import Symbols, load_symbols
from glyphlab.runs import record_head
from glyphlab.tasks import GlyphAffine, Scene, preset
from glyphlab.tasks.drawing import draw, pick_glyphs, random_offsets


def by_loop(
    scene: Scene, pool: Symbols, symbols: NDArray[np.int64], seed: int
) -> NDArray[np.uint8]:
    """Draw one image after the other."""
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(pool.labels == symbol) for symbol in range(pool.classes)]
    height, width = scene.cell
    images = np.zeros((len(symbols), *scene.canvas), np.uint8)
    for image, shown in zip(images, symbols, strict=True):
        for left, symbol in zip(scene.columns, shown, strict=True):
            glyph = pool.images[rng.choice(members[symbol])]
            top = rng.integers(0, scene.free_y, endpoint=True)
            image[top : top + height, left : left + width] = glyph
    return images


def ours(
    scene: Scene,
    pool: Symbols,
    symbols: NDArray[np.int64],
    seed: int,
    affine: GlyphAffine | None = None,
) -> NDArray[np.uint8]:
    """Draw all images at once, each glyph changed first if asked."""
    rng = np.random.default_rng(seed)
    index, offsets = pick_glyphs(pool, symbols, rng), random_offsets(scene, len(symbols), rng)
    if affine is None:
        return draw(scene, pool.images, index, offsets)
    return draw(scene, pool.images, index, offsets, lambda part, n: affine(part, seed_for(seed, n)))


def measure(data: str, images: int, turns: int) -> dict[str, object]:
    scene, pool = preset("triple"), load_symbols(data).train
    symbols = np.random.default_rng(0).integers(0, pool.classes, (images, scene.count))
    few = symbols[: max(1, images // 10)]  # the loop is slow; its speed does not depend on n
    contenders: dict[str, tuple[int, Callable[[int], object]]] = {
        "loop": (len(few), lambda seed: by_loop(scene, pool, few, seed)),
        "ours": (images, lambda seed: ours(scene, pool, symbols, seed)),
        "ours_affine": (
            images,
            lambda seed: ours(scene, pool, symbols, seed, GlyphAffine()),
        ),
    }
    speeds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(turns + 1):
        for name, (n, run) in contenders.items():
            start = time.perf_counter()
            run(turn)
            if turn:
                speeds[name].append(n / (time.perf_counter() - start))
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    return {
        **record_head("benchmarks/composition.py", ["no training: images drawn with NumPy"]),
        "benchmark": "composition",
        "data": data,
        "images": images,
        "turns": turns,
        "cpus": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "images_per_second": medians,
        "all": speeds,
        "ratio": medians["ours"] / medians["loop"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Composition speed beside a plain loop.")
    parser.add_argument("--data", default="digits", help="source of the glyphs")
    parser.add_argument("--images", type=int, default=20_000, help="images a turn")
    parser.add_argument("--turns", type=int, default=7, help="turns that count")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    arguments = parser.parse_args()
    result = measure(arguments.data, arguments.images, arguments.turns)
    if arguments.json:
        print(json.dumps(result))
        return
    medians = result["images_per_second"]
    assert isinstance(medians, dict)
    print(f"triple of {result['data']}, {result['cpus']} CPUs, median of {result['turns']} turns")
    print(f"  one image after the other      {medians['loop']:>12,.0f} images/s")
    print(f"  all at once                    {medians['ours']:>12,.0f} images/s")
    print(f"  all at once, glyphs changed    {medians['ours_affine']:>12,.0f} images/s")
    print(f"  ratio                          {result['ratio']:>12.1f}")


if __name__ == "__main__":
    main()
