"""The words of a command: those that make a result again, and what is read from some."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from glyphlab._common.errors import UsageError
from glyphlab.experiments.kinds import named
from glyphlab.recipes.overrides import OWN_WAY, override_key, override_text
from glyphlab.runs import Run
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = [
    "budget_words",
    "command_of",
    "drawings_words",
    "embedding_words",
    "evaluation_words",
    "kind_words",
    "margin_words",
    "named_runs",
    "out_words",
    "page_words",
    "parse_question",
    "reference_words",
    "report_command",
    "runs_words",
    "set_words",
    "task_words",
]

_OPTIONS = {
    "labels": "--labels",
    "glyphs": "--glyphs",
    "per_label": "--per-label",
    "images": "--images",
    "digits": "--digits",
    "seed": "--task-seed",
}
_FLAGS = {
    "as_published": "--as-published",
    "without_glyph_reuse": "--without-glyph-reuse",
    "redraw": "--redraw",
}


def kind_words(models: Sequence[str], kind: str | None) -> list[str]:
    """Return the option that names the kind of the models, where their names do not."""
    return [] if kind is None or named(models).kind == kind else ["--kind", kind]


def margin_words(margin: float | None) -> list[str]:
    """Return the option that names the difference that does not matter, where there is one."""
    return [] if margin is None else ["--margin", f"{margin:g}"]


def budget_words(budget: int | None) -> list[str]:
    """Return the option that says how many trials are searched first, where there are any."""
    return [] if budget is None else ["--budget", str(budget)]


def drawings_words(data_seeds: int) -> list[str]:
    """Return the option that says how often the data are drawn, where it is more than once."""
    return [] if data_seeds < 2 else ["--data-seeds", str(data_seeds)]


def command_of(words: Sequence[str], task: TaskRecipe) -> str:
    """Return words as a shell takes them; of a scene made in Python with what its file is made by.

    Parameters
    ----------
    words : sequence of str
        With the task's `word` among them.
    task : TaskRecipe
    """
    command = shlex.join(words)
    if task.scene is None or task.has_scene_file:
        return command
    return f"{command}  # first: glyphlab.tasks.write_scene(scene, '{task.word}')"


def out_words(root: str | Path) -> list[str]:
    """Return the option that names the folder of the runs, where it is another than usual.

    A path from the root of the machine is left out: a page is for others too.
    """
    path = Path(root)
    return [] if path == Path("runs") or path.is_absolute() else ["--out", str(path)]


def runs_words(root: Path) -> list[str]:
    """Return the option that names the folder that runs are looked for in, as `out_words` does."""
    return [] if root == Path("runs") or root.is_absolute() else ["--runs", str(root)]


def named_runs(folders: Sequence[Path]) -> tuple[list[str], list[str]]:
    """Return the words that name runs, and the option of the folder that they are looked for in.

    Runs of one folder are named by their names, others by their paths.
    """
    above = {folder.parent for folder in folders}
    if len(above) == 1:
        return [folder.name for folder in folders], runs_words(*above)
    return [_shortened(folder) for folder in folders], []


def report_command(
    runs: Sequence[Run], options: Iterable[str] = (), margin: float | None = None
) -> str:
    """Return the command that makes the page of finished runs again, where they are."""
    names, there = named_runs([run.path for run in runs])
    return shlex.join(["glyphlab", "report", *names, *options, *there, *margin_words(margin)])


def reference_words(run: Run | None, root: str | Path) -> list[str]:
    """Return the option that names a reference classifier, by its path where `root` has it not."""
    if run is None:
        return []
    return ["--reference", run.name if run.path.parent == Path(root) else _shortened(run.path)]


def page_words(path: str | Path) -> list[str]:
    """Return the option that names the file of a page."""
    return ["--report", _shortened(path)]


def _shortened(path: str | Path) -> str:
    """Return a path, or its name alone where it is one from the root of the machine."""
    return Path(path).name if Path(path).is_absolute() else str(path)


def task_words(task: TaskRecipe, usual: TaskRecipe, options: Iterable[str]) -> list[str]:
    """Return the words that make this task where a command begins with another.

    Parameters
    ----------
    task : TaskRecipe
    usual : TaskRecipe
        What the command has without these words.
    options : iterable of str
        The options of the command, such as ``--labels``; other keys are written ``--set``.
    """
    known = set(options)
    words: list[str] = []
    for key, value in task.model_dump().items():
        said = key in ("name", "scene", "data") or f"task.{key}" in OWN_WAY
        if said or value == getattr(usual, key):
            continue
        flag, option = _FLAGS.get(key, ""), _OPTIONS.get(key, "")
        if flag in known and value:
            words.append(flag)
        elif option in known and value is not None:
            words += [option, str(value)]
        elif value is not None:
            words += ["--set", override_text(f"task.{key}", value)]
    return words


def set_words(overrides: Iterable[str]) -> list[str]:
    """Return the options of overrides, without those of the task, which stand as words of it."""
    kept = [one for one in overrides if not override_key(one).startswith("task.")]
    return [word for one in kept for word in ("--set", one)]


def evaluation_words(
    run: Path,
    data: object,
    *,
    source: str | None = None,
    part: str | None = None,
    task_seed: int | None = None,
    images: int | None = None,
    as_is: bool = False,
    corrupt: bool = False,
    seed: int = 0,
) -> list[str]:
    """Return the words of the command that evaluates a run, a folder, as `evaluate` takes them.

    An absolute path is shortened to its name, and what has no name is ``DATA``.
    """
    (name,), there = named_runs([run])
    images_of = _shortened(data) if isinstance(data, str | Path) else "DATA"
    words = ["glyphlab", "evaluate", name, images_of]
    for option, value in (
        ("--data", None if source is None else _shortened(source)), ("--task-seed", task_seed),
        ("--images", images), ("--part", part), ("--corruption-seed", seed or None),
    ):  # fmt: skip
        words += [] if value is None else [option, str(value)]
    return [*words, *["--as-is"] * as_is, *["--corrupt"] * corrupt, *there]


def embedding_words(
    run: Path,
    layers: Sequence[str],
    perplexities: Sequence[float],
    *,
    images: int,
    apart: Sequence[tuple[tuple[int, ...], tuple[int, ...]]],
    seed: int,
) -> list[str]:
    """Return the words of the command that maps a run, a folder, as `embed` takes them."""
    (name,), there = named_runs([run])
    words = ["glyphlab", "embed", name]
    words += ["--perplexity", ",".join(f"{one:g}" for one in perplexities)]
    words += ["--images", str(images)]
    words += ["--layer", ",".join(layers)] if layers else []
    for pair in apart:
        words += ["--separability", ",".join("+".join(map(str, side)) for side in pair)]
    return [*words, "--embedding-seed", str(seed), *there]


def parse_question(text: str) -> tuple[str, list[str]]:
    """Read ``key=a,b,c``; commas in brackets or quotes part nothing.

    Raises
    ------
    UsageError
        For no key, fewer than two values, or one twice.
    """
    key, equals, rest = text.partition("=")
    values = [value.strip() for value in _parts(rest) if value.strip()]
    if not key.strip() or not equals or len(values) < 2 or len(set(values)) < len(values):
        raise UsageError(
            f"'{text}' varies nothing: expected a key and at least two different values, as "
            "model.latent=70,100"
        )
    return key.strip(), values


def _parts(text: str) -> list[str]:
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if letter == "," and not depth and not quote:
            parts.append("")
            continue
        if letter in "\"'":
            quote = "" if quote == letter else quote or letter
        elif not quote:
            depth += (letter in "[{") - (letter in "]}")
        parts[-1] += letter
    return parts
