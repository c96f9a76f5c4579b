"""The worlds of the honesty benchmark: where the promises of intervals and verdicts are tried."""

from __future__ import annotations

from dataclasses import replace

from glyphlab.metrics.simulation.worlds import World

__all__ = ["DATA_WORLDS", "FORETOLD", "GAPS", "MARGIN", "POWERS", "WORLDS"]

POINT = 0.01
SEEDS = (2, 3, 5, 10)


def _glyphs(name: str, uses: int, correlation: float, **keys: object) -> World:
    glyphs = {3: 2001, 6: 999, 20: 300, 60: 99}[uses]
    base = World(
        name, 3, items=glyphs * uses // 3, uses=uses, per_image=3, glyph_correlation=correlation
    )
    return replace(base, **keys)  # type: ignore[arg-type]


def _worlds() -> tuple[World, ...]:
    many = World("20,000 independent items", 3, items=20_000)
    ninety = World("90 %", 3, accuracy=0.9)
    mnist = replace(many, items=19_998, uses=6, per_image=3, glyph_correlation=0.95)
    ten, tenth = 10**-0.5, 0.1
    found = [replace(many, name=f"{many.name}, {seeds} seeds", seeds=seeds) for seeds in SEEDS]
    found += [
        World("seeds do not matter", 3, seed_sd=(0.0, 0.0)),
        replace(many, name="own hard items", shared=0.0),
        replace(many, name="no hard items", item_correlation=0.0),
        replace(many, name="seeds vary by .3 points at 90 %", accuracy=0.9, seed_sd=(0.003,) * 2),
        replace(ninety, name="seeds vary by 3 points at 90 %", seed_sd=(0.03,) * 2),
        replace(ninety, name="200 items at 90 %, 3 seeds", items=200, seed_sd=(0.003,) * 2),
        replace(ninety, name="200 items at 90 %, 5 seeds", items=200, seed_sd=(0.03,) * 2, seeds=5),
        World("200 items at 99 %", 3, items=200),
        World("99.9 %, 10,000 items", 3, accuracy=0.999, seed_sd=(0.0002,) * 2, items=10_000),
    ]
    found += [
        _glyphs(f"glyphs used {uses} times, correlation {correlation}", uses, correlation)
        for uses in (3, 6, 20, 60)
        for correlation in (0.5, 0.8, 0.95)
    ]
    found += [
        _glyphs(f"glyphs used 6 times, correlation 0.95, {seeds} seeds", 6, 0.95, seeds=seeds)
        for seeds in (2, 5, 10)
    ]
    found += [
        replace(_glyphs("780 images of 39 glyphs, 98.5 %", 60, 0.95, accuracy=0.985), items=780),
        _glyphs("glyphs used 60 times, 90 %", 60, 0.95, accuracy=0.9, seed_sd=(0.01,) * 2),
        _glyphs("glyphs used 6 times, seeds vary", 6, 0.95, seed_sd=(0.005, 0.005)),
        replace(mnist, name="19,998 images of 9,999 glyphs, 3 seeds"),
        replace(mnist, name="19,998 images of 9,999 glyphs, 5 seeds", seeds=5),
    ]
    found += [
        replace(
            many, name=f"seed variances 1:{ratio:g}, {seeds} seeds", seeds=seeds, items=2000,
            accuracy=0.95, seed_sd=(0.01, 0.01 * ratio**-0.5),
        )
        for ratio, seeds in ((3, 3), (10, 3), (10, 5), (10, 10), (100, 3))
    ]  # fmt: skip
    found += [
        replace(many, name="seed variances 1:10, 20,000 items", seed_sd=(0.002, 0.002 * ten)),
        World("seed variances 10:1, 3 seeds against 10", 3, accuracy=0.95,
              seed_sd=(0.01, 0.01 * ten), second_seeds=10),
        World("seed variances 1:10, 3 seeds against 10", 3, accuracy=0.95,
              seed_sd=(0.01 * ten, 0.01), second_seeds=10),
    ]  # fmt: skip
    found += [
        World(f"skewed seeds, {kind}, {seeds} seeds", seeds, seed_sd=sds, skewed=True)
        for kind, sds in (
            ("both alike", (POINT, POINT)),
            ("spreads 1:10", (POINT, POINT * tenth)),
            ("variances 1:10", (POINT, POINT * ten)),
        )
        for seeds in SEEDS
    ]
    found += [
        World(f"one training in ten collapses, {seeds} seeds", seeds, collapse=0.1)
        for seeds in SEEDS
    ]
    found += [
        World(f"{models} models, {sd * 100:g} points", 3, seed_sd=(sd,) * models)
        for models in (3, 4, 6, 9)
        for sd in (0.0005, 0.005)
    ]
    found += [
        _glyphs("9 models on shared glyphs", 6, 0.95, seed_sd=(0.002,) * 9),
        World("4 models, one with skewed seeds", 3, seed_sd=(POINT, *(POINT * tenth,) * 3),
              skewed=True),
    ]  # fmt: skip
    return tuple(found)


WORLDS = _worlds()
"""Worlds of equal models."""

DATA_WORLDS = (
    *(
        World(f"{sets} data seeds, {seeds} seeds, data vary by {sd * 100:g} points", seeds,
              accuracy=0.97, seed_sd=(0.003,) * 2, data_seeds=sets, data_sd=sd)
        for sets, seeds in ((2, 3), (3, 3), (5, 2))
        for sd in (0.0, 0.005)
    ),
    _glyphs("3 data seeds, 3 seeds, glyphs used 6 times, data do not matter", 6, 0.95,
            accuracy=0.97, seed_sd=(0.003,) * 2, data_seeds=3),
    _glyphs("3 data seeds, 3 seeds, glyphs used 6 times, data vary by .5 points", 6, 0.95,
            accuracy=0.97, seed_sd=(0.003,) * 2, data_seeds=3, data_sd=0.005),
)  # fmt: skip
"""Worlds of equal models that are compared over several drawings of the data."""

MARGIN = 0.002
"""Within which equal models should be called equivalent."""
GAPS = (0.001, 0.0015, 0.002, 0.003, 0.004, 0.006)
POWERS = tuple(
    replace(world, name=f"{world.name}, {seeds} seeds", seeds=seeds)
    for world in (
        World("99 %, seed sd .05 points, 20,000 independent items", 3, items=20_000),
        World(
            "99 %, seed sd .05 points, 19,998 images, glyphs used 6 times, correlation .95", 3,
            items=19_998, uses=6, per_image=3, glyph_correlation=0.95,
        ),
        World("90 %, seed sd .3 points, 20,000 independent items", 3, items=20_000, accuracy=0.9,
              seed_sd=(0.003, 0.003)),
    )
    for seeds in SEEDS
)  # fmt: skip
"""Worlds whose power is tabulated at each of `GAPS`."""

FORETOLD = (
    World("99 %, sd .05, 20,000 independent items, 3 seeds", 3, items=20_000),
    World("99 %, sd .05, 20,000 independent items, 5 seeds", 5, items=20_000),
    World("90 %, sd 1 point, 2,000 items, 3 seeds", 3, accuracy=0.9, seed_sd=(0.01, 0.01)),
    World("95 %, sd .2, 5,000 items, 10 seeds", 10, accuracy=0.95, seed_sd=(0.002,) * 2,
          items=5000),
    _glyphs("97 %, sd .3, glyphs used 6 times, correlation .95, 5 seeds", 6, 0.95, accuracy=0.97,
            seed_sd=(0.003,) * 2, seeds=5),
    _glyphs("90 %, sd .5, glyphs used 20 times, correlation .8, 3 seeds", 20, 0.8, accuracy=0.9,
            seed_sd=(0.005,) * 2),
)  # fmt: skip
"""Six settings whose detectable difference is foretold, and then looked for."""
