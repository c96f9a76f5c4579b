"""How commands load the task that their options describe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glyphlab.tasks import Task

__all__ = ["load"]


def load(
    task: str,
    *,
    data: str,
    labels: str | None,
    glyphs: str | None,
    as_published: bool,
    per_label: int | None,
    images: int | None,
    digits: int,
    without_glyph_reuse: bool,
    task_seed: int,
    data_dir: Path | None,
) -> Task:
    """Load a task by the name of its preset, its scene file, its folder, or its table of ids."""
    from glyphlab.tasks.from_recipe import load_named

    return load_named(
        task,
        data=data,
        labels=labels,
        glyphs=glyphs,
        as_published=as_published,
        per_label=per_label,
        images=images,
        digits=digits,
        without_glyph_reuse=without_glyph_reuse,
        seed=task_seed,
        data_dir=data_dir,
    )
