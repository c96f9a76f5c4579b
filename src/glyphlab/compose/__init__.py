"""Scenes, tasks, their splits and their audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab.lazy import attach

if TYPE_CHECKING:
    from glyphlab.compose.affine import GlyphAffine
    from glyphlab.compose.audit import Audit
    from glyphlab.compose.from_recipe import load_recipe_task
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
    "load_recipe_task",
    "load_task",
    "preset",
    "read_scene",
    "write_folder",
    "write_npz",
    "write_pairs",
    "write_scene",
]

if not TYPE_CHECKING:  # to a type checker the names above are all there are
    __getattr__, __dir__ = attach(
        __name__,
        {
            "affine": ("GlyphAffine",),
            "audit": ("Audit",),
            "from_recipe": ("load_recipe_task",),
            "layouts": (
                "load_folder_task",
                "write_folder",
                "write_npz",
            ),
            "load": ("load_task",),
            "pairs": (
                "load_pairs_task",
                "write_pairs",
            ),
            "scene": (
                "PRESETS",
                "Scene",
                "preset",
            ),
            "scene_file": ("read_scene", "write_scene"),
            "split": ("Split",),
            "task": ("Task",),
        },
    )
