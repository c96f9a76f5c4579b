"""Scenes, tasks, their splits and their audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab._common.lazy import attach

if TYPE_CHECKING:
    from glyphlab.tasks.affine import GlyphAffine
    from glyphlab.tasks.audit.audit import Audit
    from glyphlab.tasks.from_recipe import load_recipe_task
    from glyphlab.tasks.io.layouts import load_folder_task, write_folder, write_npz
    from glyphlab.tasks.io.pairs import load_pairs_task, write_pairs
    from glyphlab.tasks.load import load_task
    from glyphlab.tasks.scenes.scene import PRESETS, Scene, preset
    from glyphlab.tasks.scenes.scene_file import read_scene, write_scene
    from glyphlab.tasks.split import Split
    from glyphlab.tasks.task import Task

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
            "audit.audit": ("Audit",),
            "from_recipe": ("load_recipe_task",),
            "io.layouts": (
                "load_folder_task",
                "write_folder",
                "write_npz",
            ),
            "load": ("load_task",),
            "io.pairs": (
                "load_pairs_task",
                "write_pairs",
            ),
            "scenes.scene": (
                "PRESETS",
                "Scene",
                "preset",
            ),
            "scenes.scene_file": (
                "read_scene",
                "write_scene",
            ),
            "split": ("Split",),
            "task": ("Task",),
        },
    )
