"""Generators that stand behind rows: trained, or taken as they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from glyphlab._common.progress import note
from glyphlab.recipes import GanRecipe
from glyphlab.recipes.generator_presets import gan_entry, gan_recipe
from glyphlab.reproductions.core.reproduction import Scale
from glyphlab.runs import Run
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train
from glyphlab.training.identity import identified

__all__ = ["generator_runs"]

LEAST = 128
"""Real images that a training shows at least."""
SAMPLES = {"smoke": 200}
"""Images that are judged at the end, where they are fewer than usual."""


def generator_runs(
    names: Sequence[str],
    task: TaskRecipe,
    scale: Scale,
    seeds: int,
    root: Path,
    *,
    finished: bool,
    quiet: bool,
    data_dir: str | Path | None,
    command: str,
) -> dict[str, list[Run]]:
    """Return the finished runs of generators by name, one a seed.

    Parameters
    ----------
    names : sequence of str
        That `glyphlab.recipes.generator_presets.gan_entry` knows.
    task : TaskRecipe
        Real images.
    scale : Scale
        How much of each training.
    seeds : int
    root : Path
        Folder of the run folders.
    finished : bool
        Train nothing: only the runs that are there.
    """
    found: dict[str, list[Run]] = {name: [] for name in names}
    for name in names:
        for seed in range(seeds):
            recipe = _recipe(name, task, scale, seed)
            if finished and not (identified(recipe, root).path_in(root) / "done").exists():
                continue
            if not quiet:
                note(f"{name}: training {seed + 1} of {seeds}")
            found[name].append(train(recipe, root, quiet=quiet, data_dir=data_dir, command=command))
    return found


def _recipe(name: str, task: TaskRecipe, scale: Scale, seed: int) -> GanRecipe:
    whole = int(gan_entry(name).play["images"])
    images = max(LEAST, min(round(whole * scale.generated), scale.generated_most))
    changes = [f"play.images={images}"]
    if scale.name in SAMPLES:
        fewer = SAMPLES[scale.name]
        changes += [f"evaluation.samples={fewer}", f"evaluation.epoch_samples={fewer}"]
    return gan_recipe(name, task, seed=seed, overrides=changes)
