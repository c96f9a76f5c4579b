"""The literature's benchmark of learning digits from sums: each glyph stands on one image.

From 60,000 training images of MNIST come 30,000 / N sums of two numbers of N digits. Only the sum
is the label. Papers report N = 1, 2, 4 and 15, mostly as means of ten trainings, with a LeNet of
44,426 parameters.

Our nets were chosen on held-out images, a sixth of those for training; here they train on all, the
weights after the last epoch.

Run it again with ``glyphlab reproduce run mnist-sums --scale full``, one row of it with
``--rows n1.sum``.
"""

from __future__ import annotations

from pathlib import Path

from glyphlab.reproductions.core.reported import read_rows
from glyphlab.reproductions.core.reproduction import Reproduction
from glyphlab.reproductions.mnist_sums.sums_models import sums_models
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["MNIST_SUMS"]

MNIST_SUMS = Reproduction(
    name="mnist-sums",
    title="MNIST sums: the digits learned from sums of N-digit numbers alone",
    published=TaskRecipe(
        name="addition",
        data="mnist",
        without_glyph_reuse=True,
        validation_glyph_fraction=0.0,
        generalization_grid=0,
    ),
    smoke=TaskRecipe(
        name="addition",
        data="digits",
        without_glyph_reuse=True,
        validation_glyph_fraction=0.0,
        generalization_grid=0,
    ),
    rows=read_rows(Path(__file__).with_name("reported.toml")),
    models=tuple(sums_models()),
    seeds=3,
)
