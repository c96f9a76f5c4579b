"""The Fashion-MNIST report: nine settings of one small perceptron, a deeper one, and two CNNs.

Its text says that 0.867 by hand beats 0.858 by Optuna, and that Nadam overfits: each is a row of
its own here.

Run it again with ``glyphlab reproduce run fashion-mnist --scale full``; ``--rows 4.test`` runs one.
"""

from __future__ import annotations

from pathlib import Path

from glyphlab.reproductions.core.facts.layer_tables import layer_measures
from glyphlab.reproductions.core.reported import read_rows
from glyphlab.reproductions.core.reported_files.report_items import read_items
from glyphlab.reproductions.core.reproduction import Reproduction
from glyphlab.reproductions.fashion_mnist.fashion_figures import FASHION_FIGURES
from glyphlab.reproductions.fashion_mnist.fashion_models import fashion_models
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["FASHION_MNIST"]

REPORTED = Path(__file__).with_name("reported.toml")
ROWS = read_rows(REPORTED, own=layer_measures((*fashion_models(),)))

FASHION_MNIST = Reproduction(
    name="fashion-mnist",
    title="Fashion-MNIST: nine settings of one small net, and larger ones",
    published=TaskRecipe(
        name="single", data="fashion-mnist", validation_glyph_fraction=0.0, generalization_grid=0
    ),
    smoke=TaskRecipe(
        name="single", data="digits", validation_glyph_fraction=0.0, generalization_grid=0
    ),
    rows=ROWS,
    items=read_items(REPORTED, ROWS),
    models=tuple(fashion_models()),
    figures=FASHION_FIGURES,
    seeds=5,
    same_images=True,
)
