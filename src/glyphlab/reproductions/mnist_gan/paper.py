"""The MNIST GAN report: a DCGAN with tanh, with fewer latent numbers, and with smoothed targets.

It trained three times for 100 epochs and looked at a hundred digits of each. Here a frozen judge
counts what is drawn after every epoch. The architecture is that of the tutorial whose function
names the report uses; it gives no counts. A sixth of the training images is kept to watch by, as
elsewhere here, so that one judge looks at these and at all other generators.

Run it again with ``glyphlab reproduce mnist-gan --scale quick``; full length takes hours on two
cores.
"""

from __future__ import annotations

from collections.abc import Iterator

from glyphlab.models.generators.losses import smoothed
from glyphlab.reproductions.core import generator_measures as g
from glyphlab.reproductions.core import measures as m
from glyphlab.reproductions.core.reproduction import Reproduction
from glyphlab.reproductions.core.rows import Measure, Row, from_fact
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["MNIST_GAN"]

LOOK = "one training of 100 epochs, judged by eye on a hundred digits"
PRINTED = "one training of 100 epochs, read off its console"
MACHINE = "seconds on another machine, which is not named"


def _first() -> Iterator[Row]:
    yield Row("1.height", "Height of an image", "pixels", 28, "Question 1", "counted",
              m.image_side(0))  # fmt: skip
    yield Row("1.seconds", "Training of the DCGAN", "seconds", 2677, "Question 2", PRINTED,
              m.fit_seconds, "dcgan", not_comparable=MACHINE)  # fmt: skip
    yield Row("1.made-right", "Made images told right, 100 latent numbers", "accuracy", 0.895,
              "Question 2: 80-99 %", PRINTED, m.at_the_end("made_right"), "dcgan",
              slack=0.095)  # fmt: skip


def _latent() -> Iterator[Row]:
    yield Row("2.seconds", "Training with 70 latent numbers", "seconds", 2671, "Question 2",
              PRINTED, m.fit_seconds, "dcgan-70",
              not_comparable=MACHINE)  # fmt: skip
    yield Row("2.same-time", "Seconds with 70 over seconds with 100", "ratio", 2671 / 2677,
              "Question 2: remarkably almost the same", PRINTED, g.seconds_ratio,
              "dcgan-70", against="dcgan", slack=0.05)  # fmt: skip
    yield Row("2.real-right", "Real images told right, 70 latent numbers", "accuracy", 0.475,
              "Question 2: 15-80 %", PRINTED, m.at_the_end("real_right"), "dcgan-70",
              slack=0.325)  # fmt: skip
    yield Row("2.claim.blotchy", "70 latent numbers farther from real digits than 100",
              "distance", 0.0, "Question 2: more blotchy results", LOOK, g.nearer_by, "dcgan-70",
              against="dcgan", claim="above")  # fmt: skip


def _smoothed(target: float) -> Measure:
    return lambda _task, _runs: from_fact(smoothed(target, 0.9))


def _smoothing() -> Iterator[Row]:
    for kind, target in (("real", 1.0), ("made", 0.0)):
        yield Row(f"3.target.{kind}", f"Target of {kind} images under label_smoothing=0.9",
                  "target", 0.55 if target else 0.45, "Question 3, as Keras computes it",
                  "computed", _smoothed(target))  # fmt: skip
    yield Row("3.seconds", "Training with smoothed targets", "seconds", 2640, "Question 3",
              PRINTED, m.fit_seconds, "dcgan-smooth",
              not_comparable=MACHINE)  # fmt: skip
    yield Row("3.claim.less-blotchy", "Smoothed farther from real digits than not", "distance", 0.0,
              "Question 3: less blotchy", LOOK, g.nearer_by, "dcgan-smooth", against="dcgan-70",
              claim="below")  # fmt: skip
    yield Row("3.best", "Share of the training after which digits were most human", "ratio", 0.7,
              "Question 3: epoch 70 of 100", LOOK, g.best_at, "dcgan-smooth",
              slack=0.05)  # fmt: skip
    yield Row("3.claim.past-convergence", "Farther from real digits at the end than at the best",
              "distance", 0.0, "Question 3: moves away after it", LOOK, g.worse_than_best,
              "dcgan-smooth", claim="above")  # fmt: skip
    yield Row("3.collapse", "Share of the three most frequent digits at the end", "ratio", 0.9,
              "Question 3: at least 90 % of this run's generation", LOOK, g.most_frequent(3),
              "dcgan-smooth", claim="above", bound=0.9)  # fmt: skip
    yield Row("3.alarm", "Share of the training after which the first alarm came; 1 for none",
              "ratio", 1.0, "Question 3: seen at epoch 100 of 100", LOOK, g.alarm_at,
              "dcgan-smooth", claim="below", bound=1.0)  # fmt: skip


MNIST_GAN = Reproduction(
    name="mnist-gan",
    title="MNIST GANs: a DCGAN, fewer latent numbers, smoothed targets",
    published=TaskRecipe(name="single", data="mnist", square=0),
    smoke=TaskRecipe(name="single", data="digits", square=0),
    rows=(*_first(), *_latent(), *_smoothing()),
    generators=("dcgan", "dcgan-70", "dcgan-smooth"),
    seeds=5,
)
