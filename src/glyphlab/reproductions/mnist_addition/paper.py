"""The MNIST addition report: two digits below each other, the sum as one of 19 classes.

A perceptron tuned in four studies, then classical models on the same pixels, then one classifier
for both digits one after the other. Its validation images share glyphs with those of training,
which the audit says.

Run it again with ``glyphlab reproduce run mnist-addition --scale full``, one row of it with
``--rows 3.base.test``.
"""

from __future__ import annotations

from pathlib import Path

from glyphlab.reproductions.core.registry import public_functions
from glyphlab.reproductions.core.reported import read_rows
from glyphlab.reproductions.core.reported_files.report_items import read_items
from glyphlab.reproductions.core.reproduction import Reproduction
from glyphlab.reproductions.mnist_addition import map_measures, pair_measures
from glyphlab.reproductions.mnist_addition.addition_figures import ADDITION_FIGURES
from glyphlab.reproductions.mnist_addition.addition_models import addition_models
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["MNIST_ADDITION"]

REPORTED = Path(__file__).with_name("reported.toml")
ROWS = read_rows(REPORTED, own=public_functions(map_measures, pair_measures))

MNIST_ADDITION = Reproduction(
    name="mnist-addition",
    title="MNIST addition: the sum of two digits as one of nineteen classes",
    published=TaskRecipe(
        name="addition", data="mnist", as_published=True, seed=42, generalization_grid=0
    ),
    smoke=TaskRecipe(
        name="addition", data="digits", as_published=True, seed=42, generalization_grid=0
    ),
    rows=ROWS,
    items=read_items(REPORTED, ROWS),
    figures=ADDITION_FIGURES,
    models=tuple(addition_models()),
    seeds=3,
)
