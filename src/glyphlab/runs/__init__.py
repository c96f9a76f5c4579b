"""Run folders: what a training leaves behind, safe against any interruption."""

from glyphlab.runs.answers import (
    Answers,
    glyphs_of,
    grid_answers,
    on_same_images,
    save_test_glyphs,
)
from glyphlab.runs.documents import SCHEMA, recipe_hash
from glyphlab.runs.engine import Engine
from glyphlab.runs.env import commit_of, environment, record_head
from glyphlab.runs.index import RunInfo, find_run, list_runs, remove_run
from glyphlab.runs.protocol import Protocol
from glyphlab.runs.run import Run
from glyphlab.runs.summary import ClassifierSummary, GeneratorSummary, RunSummary

__all__ = [
    "SCHEMA",
    "Answers",
    "ClassifierSummary",
    "Engine",
    "GeneratorSummary",
    "Protocol",
    "Run",
    "RunInfo",
    "RunSummary",
    "commit_of",
    "environment",
    "find_run",
    "glyphs_of",
    "grid_answers",
    "list_runs",
    "on_same_images",
    "recipe_hash",
    "record_head",
    "remove_run",
    "save_test_glyphs",
]
