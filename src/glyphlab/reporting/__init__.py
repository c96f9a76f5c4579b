"""Figures and pages from finished runs; nothing is trained here."""

from glyphlab.reporting.pages.compare_page import comparison_page, groups_page
from glyphlab.reporting.pages.page import write_page
from glyphlab.reporting.pages.reproduction_page import reproduction_page
from glyphlab.reporting.pages.study_page import study_page
from glyphlab.reporting.pictures.augmentations import augmentation_figure
from glyphlab.reporting.pictures.gallery import error_gallery
from glyphlab.reporting.pictures.image_rows import image_grid, image_rows
from glyphlab.reporting.plots.confusion_plot import confusion_figure
from glyphlab.reporting.plots.figures import (
    digit_figure,
    interval_figure,
    label_grid,
    learning_figure,
    overlap_figure,
)
from glyphlab.reporting.plots.histogram import label_histogram
from glyphlab.reporting.plots.pair_grid import pair_grid
from glyphlab.reporting.plots.small_multiples import curve_grid
from glyphlab.reporting.plots.sweep_figures import parameters_figure, sweep_figure

__all__ = [
    "augmentation_figure",
    "comparison_page",
    "confusion_figure",
    "curve_grid",
    "digit_figure",
    "error_gallery",
    "groups_page",
    "image_grid",
    "image_rows",
    "interval_figure",
    "label_grid",
    "label_histogram",
    "learning_figure",
    "overlap_figure",
    "pair_grid",
    "parameters_figure",
    "reproduction_page",
    "study_page",
    "sweep_figure",
    "write_page",
]
