"""The MNIST networks report: how many units, which penalty, which activation, and one CNN.

It trains on all 60,000 images and calls the test images validation. Rows about ends are trained
likewise and scored on test, once, at the end; rows about curves would look at the test set ten
times, so there a sixth of the training images is held out instead: as many images to validate on as
the report had. One seed each; Keras, Adam, batch 128, ten epochs.

What the report leaves open, and what is taken here, stands in ``reported.toml`` above the rows of
each section.

Run it again with ``glyphlab reproduce run mnist-networks --scale full``; ``--rows 1.3.val``
runs one.
"""

from __future__ import annotations

from pathlib import Path

from glyphlab.reproductions.core.facts.layer_tables import layer_measures
from glyphlab.reproductions.core.reported import read_rows
from glyphlab.reproductions.core.reported_files.report_items import read_items
from glyphlab.reproductions.core.reproduction import Reproduction
from glyphlab.reproductions.mnist_networks.network_figures import NETWORK_FIGURES
from glyphlab.reproductions.mnist_networks.network_models import network_models
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["MNIST_NETWORKS"]

REPORTED = Path(__file__).with_name("reported.toml")
ROWS = read_rows(REPORTED, own=layer_measures((*network_models(),)))

MNIST_NETWORKS = Reproduction(
    name="mnist-networks",
    title="MNIST networks: units, penalties, activations, and a CNN",
    published=TaskRecipe(
        name="single", data="mnist", validation_glyph_fraction=0.0, generalization_grid=0
    ),
    smoke=TaskRecipe(
        name="single", data="digits", validation_glyph_fraction=0.0, generalization_grid=0
    ),
    rows=ROWS,
    items=read_items(REPORTED, ROWS),
    generators=("dense",),
    same_images=True,
    models=tuple(network_models()),
    figures=NETWORK_FIGURES,
    seeds=5,
)
