"""Task 5b of the Triple-MNIST report: a GAN of whole images, and one of a symbol on its strip.

Its epochs are single steps of the generator, each after two of the discriminator. Its label
smoothing is written as targets, 0.9 and 0.1; in Keras's counting that is a smoothing of 0.2. "0 %
discriminator accuracy" is no finding: Keras counts a prediction as right where, rounded, it equals
the target, and nothing equals 0.9 or 0.1.

Its losses are those of a script that freezes the discriminator, compiles the pair, and never thaws
it. Keras 2 remembered what was frozen when each was compiled, and taught it all the same; Keras 3
looks when a model takes its first step, so that the discriminator is never taught. Until April 2026
it also answered each step with the mean of all steps so far (``benchmarks/keras_frozen.py`` shows
both). The generator's reported losses are such means: 0.1784, 0.1489 and 0.1384 after 500, 1,000
and 1,500 steps lie on 0.119 + 30 / steps to the second digit, as where what fools a net that does
not answer was found early and kept. ``strip`` and ``canvas`` are trained so; with ``strip-taught``
the discriminator learns, as was meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from glyphlab.reproductions.core import generator_measures as g
from glyphlab.reproductions.core.rows import Row

__all__ = ["GAN_GENERATORS", "GAN_ROWS"]

GAN_GENERATORS = ("strip", "strip-taught", "canvas")
LOGGED = "one training of 2,000 steps of the generator, as Keras printed it"
LOOK = "one training, by eye"
TEXT = "Task 5b.4, text"
ONE_BATCH = 0.05
"""How far the loss of one batch of 64 may lie from that of another, taken roughly."""
SHOWN = 64
"""Real images of a step."""
_LOSSES = ((0, 0.7044, 0.7030), (500, 0.9700, 0.1784), (1000, 1.1558, 0.1489),
           (1500, 1.2210, 0.1384))  # fmt: skip


def _rows() -> Iterator[Row]:
    counts = (("generator", 4_457_729), ("discriminator", 170_977))
    for player, count in counts:
        yield Row(f"5b.{player}", f"Parameters of the strip's {player}", "parameters", count,
                  "Task 5b.3", "counted, with the means that batch norm keeps",
                  g.player_size("strip", 100, 84, 28, player))  # fmt: skip
    for step, told, drawn in _LOSSES:
        when = (
            f", mean of all steps up to {step:,}, or to a sooner end"
            if step
            else " in the first step"
        )
        for player, key, times, said in (
            ("discriminator", "d_loss", 0.5, told), ("generator", "g_loss", 1.0, drawn),
        ):  # fmt: skip
            measure = g.mean_loss(key, times, step * SHOWN) if step else g.first_loss(key, times)
            yield Row(f"5b.{player[0]}-{step}", f"Strip, {player}'s loss{when}", "player_loss",
                      said, "Task 5b.3, table", LOGGED, measure, "strip",
                      slack=0.0 if step else ONE_BATCH)  # fmt: skip
    yield Row("5b.strip.g-falls", "Strip, generator's loss at the end less that of the first step",
              "player_loss", 0.0, f"{TEXT}: dropped rapidly", LOGGED,
              g.loss_change("g_loss", 1.0), "strip", claim="below")  # fmt: skip
    yield Row("5b.strip.d-rises", "Strip, discriminator's loss at the end less that of the first "
              "step", "player_loss", 0.0, f"{TEXT}: rose steadily", LOGGED,
              g.loss_change("d_loss", 0.5), "strip", claim="above")  # fmt: skip
    yield Row("5b.taught.g-falls", "The generator's, with a discriminator that learns",
              "player_loss", 0.0, f"{TEXT}: dropped rapidly", LOGGED, g.loss_change("g_loss", 1.0),
              "strip-taught", claim="below")  # fmt: skip
    yield Row("5b.taught.d-rises", "The discriminator's, where it learns", "player_loss",
              0.0, f"{TEXT}: rose steadily", LOGGED, g.loss_change("d_loss", 0.5),
              "strip-taught", claim="above")  # fmt: skip
    yield Row("5b.accuracy", "Strip, share of real and made images that the discriminator tells "
              "right", "accuracy", 0.0, f"{TEXT}: remained at 0 %", LOGGED, g.told_right, "strip",
              not_comparable="Keras rounds a prediction and compares it with 0.9 or 0.1: it is "
              "never right")  # fmt: skip
    pictures = (
        ("strip", "Three strips beside each other"), ("strip-taught", "The same, taught"),
        ("canvas", "Whole images"),
    )  # fmt: skip
    for name, what in pictures:
        yield Row(f"5b.{name}.noise", f"{what}: share of samples among real images (precision)",
                  "share", 0.5, "Task 5b.5: noise-like samples", LOOK,
                  g.precision, name, claim="below",
                  bound=0.5)  # fmt: skip
        yield Row(f"5b.{name}.kinds", f"{what}: share of the 1,000 labels that 10,000 samples have",
                  "share", 0.5, f"{TEXT}: possible mode collapse", LOOK, g.kinds_found, name,
                  claim="below", bound=0.5)  # fmt: skip


GAN_ROWS = tuple(_rows())
"""Every row of task 5b."""
