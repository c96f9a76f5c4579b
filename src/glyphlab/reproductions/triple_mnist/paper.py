"""The Triple-MNIST report.

It predicts the labels of images of three digits, and no label stands in two of training, validation
and test. Its data are the published ones, whose splits share glyphs: every measured value beside a
reported one is on that same data.

Run it again with ``glyphlab reproduce run triple-mnist --scale full`` (hours on two cores);
``glyphlab reproduce show triple-mnist`` shows what was measured.
"""

from __future__ import annotations

from pathlib import Path

from glyphlab.reproductions.core.facts.layer_tables import layer_measures
from glyphlab.reproductions.core.reported import read_rows
from glyphlab.reproductions.core.reported_files.report_items import read_items
from glyphlab.reproductions.core.reproduction import Reproduction
from glyphlab.reproductions.triple_mnist.triple_figures import TRIPLE_FIGURES
from glyphlab.reproductions.triple_mnist.triple_generators import triple_generators
from glyphlab.reproductions.triple_mnist.triple_models import triple_models
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["TRIPLE_MNIST"]

REPORTED = Path(__file__).with_name("reported.toml")
ROWS = read_rows(REPORTED, own=layer_measures((*triple_models(),)))

TRIPLE_MNIST = Reproduction(
    name="triple-mnist",
    title="Triple-MNIST: reading three digits whose combination was never seen",
    published=TaskRecipe(name="triple", data="mnist", as_published=True),
    smoke=TaskRecipe(name="triple", data="digits", per_label=2, generalization_grid=20),
    rows=ROWS,
    items=read_items(REPORTED, ROWS),
    generators=("strip", "strip-taught", "canvas", *triple_generators()),
    models=tuple(triple_models()),
    figures=TRIPLE_FIGURES,
    same_images=True,
)
