"""Source `bars`: ten classes of bars at different heights."""

import numpy as np

from glyphlab.data import Symbols, SymbolSet


def load_bars() -> SymbolSet:
    """Draw them, always the same."""
    rng = np.random.default_rng(0)

    def part(count: int, first: int) -> Symbols:
        labels = np.arange(count, dtype=np.int64) % 10
        images = rng.integers(0, 60, (count, 28, 28), dtype=np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[4 + 2 * label : 7 + 2 * label, 4:24] = 255
        ids = np.arange(first, first + count, dtype=np.int64)
        names = tuple(f"height {height}" for height in range(10))
        return Symbols(images, labels, ids, "bars", "CC0", names)

    return SymbolSet("bars", part(400, 0), part(100, 400))
