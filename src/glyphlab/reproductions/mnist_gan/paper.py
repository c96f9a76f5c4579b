"""The MNIST GAN report: a DCGAN with tanh, with fewer latent numbers, and with smoothed targets.

A person looked at its digits. Here a frozen reference classifier counts what is generated after
every epoch. The architecture is that of the tutorial whose function names the report uses; it gives
no counts. A sixth of the training images is held out for validation, as elsewhere here, so that one
reference classifier evaluates these and all other generators.

Run it again with ``glyphlab reproduce run mnist-gan --scale quick``; full length takes hours on two
cores.
"""

from __future__ import annotations

from pathlib import Path

from glyphlab.reproductions.core.reported import read_rows
from glyphlab.reproductions.core.reported_files.report_items import read_items
from glyphlab.reproductions.core.reproduction import Reproduction
from glyphlab.reproductions.mnist_gan.gan_figures import GAN_FIGURES
from glyphlab.reproductions.mnist_gan.gan_models import gan_models
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["MNIST_GAN"]

REPORTED = Path(__file__).with_name("reported.toml")
ROWS = read_rows(REPORTED)

MNIST_GAN = Reproduction(
    name="mnist-gan",
    title="MNIST GANs: a DCGAN, fewer latent numbers, smoothed targets",
    published=TaskRecipe(name="single", data="mnist", generalization_grid=0),
    smoke=TaskRecipe(name="single", data="digits", generalization_grid=0),
    rows=ROWS,
    items=read_items(REPORTED, ROWS),
    figures=GAN_FIGURES,
    generators=("dcgan", "dcgan-70", "dcgan-smooth", "began", *gan_models()),
    seeds=5,
)
