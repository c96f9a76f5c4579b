"""The words that name a task on the command line."""

from __future__ import annotations

from pathlib import Path

from glyphlab.train import TaskRecipe

__all__ = ["out_words", "task_words"]


def out_words(root: str | Path) -> list[str]:
    """Return the option that names the folder of the runs, where it is another than usual.

    A path from the root of the machine is left out: a page is for others too.
    """
    path = Path(root)
    return [] if path == Path("runs") or path.is_absolute() else ["--out", str(path)]


def task_words(task: TaskRecipe, preset: str | None = None) -> list[str]:
    """Return the options that make this task of its name and source.

    Parameters
    ----------
    task : TaskRecipe
    preset : str, optional
        That was given too, and says the number of images a label.
    """
    words = []
    for name in ("labels", "glyphs"):
        if getattr(task, name):
            words += [f"--{name}", getattr(task, name)]
    words += ["--as-published"] if task.as_published else []
    words += ["--fresh"] if task.fresh else []
    words += ["--preset", preset] if preset else []
    if task.per_label and not preset:
        words += ["--per-label", str(task.per_label)]
    words += ["--digits", str(task.digits)] if task.digits > 1 else []
    words += ["--once"] if task.once else []
    words += ["--seed", str(task.seed)] if task.seed else []
    words += ["--set", "task.affine=true"] if task.affine else []
    return words
