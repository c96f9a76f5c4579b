"""The runs of one folder: to list, to find by name, to remove."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from glyphlab.errors import RunError, UnknownName, UsageError
from glyphlab.runs.documents import read_recipe
from glyphlab.runs.lock import hold_lock
from glyphlab.runs.run import Run

__all__ = ["RunInfo", "find_run", "list_runs", "remove_run"]

State = Literal["done", "running", "interrupted", "unreadable"]


@dataclass(frozen=True)
class RunInfo:
    """One run at a glance.

    Attributes
    ----------
    name : str
        The folder's name.
    path : Path
        The folder.
    state : {'done', 'running', 'interrupted', 'unreadable'}
        Interrupted is neither done nor being written; unreadable says why in `problem`.
    epochs : int
        Epochs trained so far.
    task, model : str or None
        As the summary names them; None until the run is done.
    exact_match : float or None
        On the test set, 0…1; None until the run is done, and for a generator.
    verdict : str or None
        Of a generator, once its run is done.
    problem : str
        Empty for a run that can be read.
    """

    name: str
    path: Path
    state: State
    epochs: int = 0
    task: str | None = None
    model: str | None = None
    exact_match: float | None = None
    verdict: str | None = None
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {**asdict(self), "path": str(self.path)}


def list_runs(root: Path) -> list[RunInfo]:
    """Return every run folder in `root` by name; a damaged one is listed, with what is wrong."""
    if not root.is_dir():
        return []
    folders = (found.parent for found in root.glob("*/recipe.json"))
    return [_glance(folder) for folder in sorted(folders)]


def find_run(root: Path, name: str) -> Path:
    """Return the run folder that a name, the beginning of a name or a path means.

    Raises
    ------
    UnknownName
        Where nothing begins so; the nearest name is suggested.
    UsageError
        Where several do, or `root` holds no runs at all.
    """
    if (Path(name) / "recipe.json").exists():
        return Path(name)
    names = [info.name for info in list_runs(root)]
    if not names:
        raise UsageError(
            f"no run '{name}': there are no runs in {root}; make one with: glyphlab compare triple"
        )
    if name in names:
        return root / name
    begun = [known for known in names if name and known.startswith(name)]
    if len(begun) > 1:
        raise UsageError(f"'{name}' may be {', '.join(begun)}: type more of the name")
    if not begun:
        raise UnknownName(f"run in {root}", name, names)
    return root / begun[0]


def remove_run(path: Path) -> None:
    """Delete a run folder and all that is in it.

    Raises
    ------
    RunLocked
        Where a process is writing it.
    RunError
        Where it is no run folder.
    """
    if not (path / "recipe.json").exists():
        raise RunError(f"{path} is not a run folder (no recipe.json): nothing was removed")
    with hold_lock(path):
        shutil.rmtree(path)


def _glance(folder: Path) -> RunInfo:
    try:
        run = Run(folder, read_recipe(folder))
        epochs = len(run.metrics())
        if not run.is_done:
            state: State = "running" if run.is_locked else "interrupted"
            return RunInfo(folder.name, folder, state, epochs)
        summary = run.summary
    except RunError as error:
        return RunInfo(folder.name, folder, "unreadable", problem=str(error))
    return RunInfo(
        name=folder.name,
        path=folder,
        state="done",
        epochs=int(summary.get("epochs_run", epochs)),
        task=summary.get("task"),
        model=summary.get("model"),
        exact_match=summary.get("metrics", {}).get("exact_match"),
        verdict=summary.get("verdict"),
    )
