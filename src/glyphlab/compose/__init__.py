"""Scenes, tasks, their splits and their audit."""

from glyphlab.compose.affine import GlyphAffine
from glyphlab.compose.audit import Audit
from glyphlab.compose.layouts import load_folder_task, write_folder, write_npz
from glyphlab.compose.load import load_task
from glyphlab.compose.pairs import load_pairs_task, write_pairs
from glyphlab.compose.scene import PRESETS, Scene, preset
from glyphlab.compose.scene_file import read_scene, write_scene
from glyphlab.compose.split import Split
from glyphlab.compose.task import Task

__all__ = [
    "PRESETS",
    "Audit",
    "GlyphAffine",
    "Scene",
    "Split",
    "Task",
    "load_folder_task",
    "load_pairs_task",
    "load_task",
    "preset",
    "read_scene",
    "write_folder",
    "write_npz",
    "write_pairs",
    "write_scene",
]
