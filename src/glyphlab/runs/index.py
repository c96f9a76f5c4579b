"""The runs of one folder: to list, to find by name, to remove."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.errors import (
    NoSuchPath,
    OtherSchema,
    RunError,
    UnknownName,
    UsageError,
    names_in_short,
)
from glyphlab._common.tabular.column_table import Column, Table
from glyphlab._common.tabular.number_texts import share_text
from glyphlab._common.tabular.table_forms import as_text
from glyphlab._common.tabular.tabular import Tabular
from glyphlab.runs.documents import RECIPE, exists, read_recipe, recipe_hash
from glyphlab.runs.history import HISTORY, history_lines
from glyphlab.runs.locks.lock import hold_lock
from glyphlab.runs.run import Run
from glyphlab.runs.run_folders import discard, remove_beside
from glyphlab.runs.summary import ClassifierSummary

__all__ = ["RunInfo", "RunList", "State", "find_run", "first_command", "list_runs", "remove_run",
           "require_folder", "run_folders", "run_info"]  # fmt: skip

USUAL = Path("runs")
"""Where runs are written, and looked for, unless something else is said."""

State = Literal["done", "running", "interrupted", "other schema", "damaged"]


@dataclass(frozen=True)
class RunInfo:
    """One run at a glance.

    Attributes
    ----------
    name : str
        The folder's name.
    path : Path
        The folder.
    state : {'done', 'running', 'interrupted', 'other schema', 'damaged'}
        Interrupted is neither done nor being written; what is of another schema, or damaged, says
        why in `problem`.
    epochs : int
        Epochs trained so far.
    task, model : str or None
        As the summary names them; as the recipe does until the run is done.
    exact_match : float or None
        On the test set, 0…1; None until the run is done, and for a generator.
    verdict : str or None
        Of a generator, once its run is done.
    problem : str
        Empty for a run that can be read.
    kind : {'classifier', 'generator'} or None
        None of a run that cannot be read, as all below.
    data : str or None
        The source of its symbols.
    seed : int or None
        Of its training.
    epochs_planned : int or None
        That its training has at most; None of a model without epochs, and where only the data say
        how many there are.
    fit_seconds : float or None
        None until the run is done.
    group : str or None
        Of eight digits: the same in runs whose recipes differ in the seed alone.
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
    kind: str | None = None
    data: str | None = None
    seed: int | None = None
    epochs_planned: int | None = None
    fit_seconds: float | None = None
    group: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {**asdict(self), "path": str(self.path)}


@dataclass(frozen=True, repr=False)
class RunList(Tabular):
    """The runs of a folder, as a table."""

    runs: list[RunInfo]

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab runs list --json``."""
        return {"schema": SCHEMA, "runs": [info.to_json() for info in self.runs]}

    def tables(self) -> list[Table]:
        """Return a row a run."""
        rows = [info.to_json() for info in self.runs]
        needed = ("name", "state", "epochs")
        known = {key for row in rows for key, value in row.items() if value not in (None, "")}
        shown = [one for one in _RUN_COLUMNS if one.key in known or one.key in needed]
        return [Table("runs", rows, shown)]

    @property
    def headline(self) -> str:
        """How many there are."""
        return "1 run" if len(self.runs) == 1 else f"{len(self.runs):,} runs"

    def __str__(self) -> str:
        return as_text(self.table())


def _or_nothing(text: str | None, _metric: str = "") -> str:
    return text or ""


_RUN_COLUMNS = (
    Column("name"), Column("state"), Column("epochs"), Column("model", form=_or_nothing),
    Column("exact_match", form=lambda share, _: "" if share is None else share_text(share)),
    Column("verdict", form=_or_nothing), Column("problem", form=_or_nothing),
)  # fmt: skip


def list_runs(root: Path) -> list[RunInfo]:
    """Return every run folder in `root` by name; a damaged one is listed, with what is wrong."""
    found = [run_info(folder) for folder in run_folders(root)]
    # what seems damaged may only be gone since
    return [info for info in found if info.state != "damaged" or exists(info.path / RECIPE)]


def find_run(root: Path, name: str) -> Path:
    """Return the run folder that a name, the beginning of a name or a path means.

    Raises
    ------
    UnknownName
        Where nothing begins so; the nearest name is suggested.
    UsageError
        Where several do, or `root` holds no runs at all or is not there (`NoSuchPath`).
    """
    if exists(Path(name) / RECIPE):
        path = Path(name)  # "." and ".." have no name of their own
        return path if path.name not in ("", "..") else path.resolve()
    names = [folder.name for folder in run_folders(root)]
    if not names:
        require_folder(root)
        raise UsageError(
            f"no run '{name}': there are no runs in {root}; make one with: {first_command(root)}"
        )
    if name in names:
        return root / name
    begun = [known for known in names if name and known.startswith(name)]
    if len(begun) > 1:
        raise UsageError(f"'{name}' may be {names_in_short(name, begun)}: type more of the name")
    if not begun:
        raise UnknownName("run", name, names, where=f"in {root}", beginnings=True)
    return root / begun[0]


def first_command(root: Path) -> str:
    """Return a command that makes runs in a folder."""
    there = [] if root == USUAL else ["--out", str(root)]
    return shlex.join(["glyphlab", "compare", "triple", *there])


def require_folder(root: Path) -> None:
    """Insist that a folder of runs is there; the usual one may not be there yet.

    Raises
    ------
    NoSuchPath
        For any other folder, which is mistyped.
    """
    if root != USUAL and not root.is_dir():
        raise NoSuchPath(
            f"{root}: no such folder of runs: name the folder that the runs were written to "
            f"(by default '{USUAL}')"
        )


def remove_run(path: Path) -> None:
    """Delete a run folder, all that is in it, and what was computed from it and kept beside it.

    Raises
    ------
    RunLocked
        Where a process is writing it.
    RunError
        Where it is no run folder.
    """
    if not exists(path / RECIPE):
        raise RunError(f"{path} is not a run folder (no {RECIPE}): nothing was removed")
    with hold_lock(path):
        discard(path)
        remove_beside(path)


def run_folders(root: Path) -> list[Path]:
    """Return the run folders in `root` by name, without those that are only being begun."""
    if not root.is_dir():
        return []
    names = sorted(folder.name for folder in root.iterdir() if not folder.name.startswith("."))
    return [root / name for name in names if exists(root / name / RECIPE)]


def run_info(folder: Path, *, lines: bool = True) -> RunInfo:
    """Return what lists show of one run; what is wrong with a damaged one is said, not raised.

    Parameters
    ----------
    folder : Path
    lines : bool
        Whether each line of its history is read; otherwise they are counted until the run is done.
    """
    try:
        recipe = read_recipe(folder)
        run, said = Run(folder, recipe), _said_by_recipe(recipe)
        done = run.is_done
        epochs = (
            0
            if done and not lines
            else len(run.metrics() if lines else history_lines(folder / HISTORY))
        )
        if not done:
            state: State = "running" if run.is_locked else "interrupted"
            return RunInfo(folder.name, folder, state, epochs, **said)
        summary = run.summary
    except OtherSchema as error:
        return RunInfo(folder.name, folder, "other schema", problem=str(error))
    except RunError as error:
        return RunInfo(folder.name, folder, "damaged", problem=str(error))
    except OSError as error:  # a folder that lets nobody look into it
        return RunInfo(folder.name, folder, "damaged", problem=error.strerror or str(error))
    found = {
        "task": summary.task,
        "model": summary.model,
        "data": summary.data,
        "seed": summary.seed,
        "kind": summary.kind,
        "fit_seconds": summary.fit_seconds,
    }
    if isinstance(summary, ClassifierSummary):
        found["exact_match"] = summary.metrics.exact_match
    else:
        found["verdict"] = summary.verdict
    return RunInfo(folder.name, folder, "done", summary.epochs_run, **{**said, **found})


def _said_by_recipe(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a recipe says of its run, as far as it is what a recipe says."""
    task, training = recipe.get("task"), recipe.get("training")
    name, data = (task.get("name"), task.get("data")) if isinstance(task, dict) else (None, None)
    epochs = _epochs_planned(training) if isinstance(training, dict) else None
    kind, model, seed = (recipe.get(key) for key in ("kind", "name", "seed"))
    return {
        "task": Path(name).stem if isinstance(name, str) else None,
        "data": data if isinstance(data, str) else None,
        "model": model if isinstance(model, str) else None,
        "kind": kind if kind in ("classifier", "generator") else None,
        "seed": seed if type(seed) is int else None,
        "epochs_planned": epochs,
        "group": recipe_hash({key: value for key, value in recipe.items() if key != "seed"}),
    }


def _epochs_planned(training: Mapping[str, Any]) -> int | None:
    """Return the epochs of a classifier's training, or of a generator's, which counts images."""
    epochs, images, of_epoch = (training.get(key) for key in ("epochs", "images", "epoch_images"))
    if type(epochs) is int:
        return epochs
    if type(images) is int and type(of_epoch) is int and of_epoch > 0:
        return math.ceil(images / of_epoch)
    return None
