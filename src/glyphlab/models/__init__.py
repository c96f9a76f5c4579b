"""Nets, the strategies by which they meet a label, and the names a comparison knows them by."""

from glyphlab.models.nets import FastNet, ReportCNN, build_net
from glyphlab.models.registry import ModelEntry, list_models, model_entry
from glyphlab.models.strategies import (
    Aligned,
    MultiHead,
    Sliced,
    Strategy,
    Whole,
    make_strategy,
)
from glyphlab.models.summary import count_parameters, summary

__all__ = [
    "Aligned",
    "FastNet",
    "ModelEntry",
    "MultiHead",
    "ReportCNN",
    "Sliced",
    "Strategy",
    "Whole",
    "build_net",
    "count_parameters",
    "list_models",
    "make_strategy",
    "model_entry",
    "summary",
]
