"""`glyphlab audit`."""

from __future__ import annotations

from typing import Annotated

import typer

from glyphlab.cli.options import (
    AsPublished,
    Data,
    DataDir,
    Digits,
    Glyphs,
    Images,
    Labels,
    PerLabel,
    Task,
    TaskSeed,
    WithoutGlyphReuse,
)
from glyphlab.cli.output_options import Csv, Json, Latex, Markdown
from glyphlab.cli.printing import print_result

__all__ = ["audit"]


def audit(
    task: Task,
    data: Data = "digits",
    labels: Labels = None,
    glyphs: Glyphs = None,
    as_published: AsPublished = False,
    per_label: PerLabel = None,
    images: Images = None,
    digits: Digits = 1,
    without_glyph_reuse: WithoutGlyphReuse = False,
    task_seed: TaskSeed = 0,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 if there is a leak.")
    ] = False,
    json: Json = False,
    csv: Csv = None,
    latex: Latex = None,
    markdown: Markdown = None,
    data_dir: DataDir = None,
) -> None:
    """Say what leaks and what each model can reach.

    The splits of the task are compared; nothing is trained.
    """
    from glyphlab.tasks.from_recipe import load_named
    from glyphlab.tasks.streams.drawn_images import streamed_tasks

    with streamed_tasks(remarked=False):  # an audit of glyphs that are known draws no image
        loaded = load_named(
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
    found = loaded.audit()
    print_result(found, as_json=json, tables=(csv, latex, markdown))
    if strict:
        found.require_clean()
