"""A run: one folder, written so that a process may die at any instant."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glyphlab._common.errors import RunError
from glyphlab._common.files import write_json, write_text
from glyphlab.runs.arrays import Arrays, read_arrays, require_fitting, write_arrays
from glyphlab.runs.documents import (
    RECIPE,
    SCHEMA,
    exists,
    read_json,
    read_recipe,
    recipe_hash,
    removal,
    unreadable,
)
from glyphlab.runs.env import environment
from glyphlab.runs.history import HistoryRow, read_history
from glyphlab.runs.jsonl import append_line, keep_lines, whole_lines
from glyphlab.runs.locks.lease import require_lease
from glyphlab.runs.locks.lock import hold_lock, is_locked, lock_of
from glyphlab.runs.run_folders import begin, require_own_files, sweep
from glyphlab.runs.summary import (
    SUMMARY,
    ClassifierSummary,
    GeneratorSummary,
    RunSummary,
    document_of,
    read_summary,
)
from glyphlab.runs.tensors import read_state, read_tensors, write_tensors

if TYPE_CHECKING:
    import torch
    from numpy.typing import ArrayLike, NDArray

__all__ = ["GLYPHS", "WRITTEN", "Run"]

PREDICTIONS, GLYPHS = "predictions.npz", "test_glyphs.npz"
"""What was predicted, and which glyphs stand on each test image (`glyphlab.runs.answers`)."""
_ENV = "env.json"
WRITTEN = (
    "animation.gif", "best.safetensors", "checkpoint.safetensors", "done", _ENV, "reference.json",
    "model.safetensors", "model.skops", PREDICTIONS, RECIPE, "start.safetensors", SUMMARY, GLYPHS,
)  # fmt: skip
"""Files that only the holder of the lock writes, and may remove; so are those in ``grids``."""
_UNFINISHED = tuple(f".{name}." for name in WRITTEN)


class Run:
    """A run folder ``<root>/<name>-<hash of the recipe>``.

    Made by `Run.open` (to write) or `Run.load` (a finished one, to read). It has the `path` of the
    folder, and the `recipe` that it was opened with.
    """

    def __init__(self, path: Path, recipe: dict[str, Any]) -> None:
        self.path, self.recipe = path, recipe
        self._summary: ClassifierSummary | GeneratorSummary | None = None
        self._arrays: Arrays | None = None

    def __repr__(self) -> str:
        return f"<Run {self.path}: {'done' if self.is_done else 'not done'}>"

    @classmethod
    def open(cls, root: Path, name: str, recipe: Mapping[str, Any]) -> Run:
        """Take up the run of this recipe, or begin it.

        A run begins whole, with ``recipe.json`` and ``env.json``, which are never written again.

        Parameters
        ----------
        root : Path
            The folder of runs; made where it is not there.
        name : str
            First part of the folder's name; the recipe's hash is the second.
        recipe : mapping
            What JSON can hold.

        Raises
        ------
        RunError
            Where the folder holds another recipe, or a run of another layout.
        GlyphlabError
            Where the disk is full.
        """
        wanted: dict[str, Any] = json.loads(json.dumps(recipe, allow_nan=False))
        path = cls.path_of(root, name, wanted)
        if not exists(path / RECIPE):
            begin(path, {_ENV: environment(), RECIPE: {"schema": SCHEMA, **wanted}})
        found = read_recipe(path)
        if found != wanted:
            both = found.keys() | wanted.keys()
            keys = sorted(key for key in both if found.get(key) != wanted.get(key))
            raise RunError(
                f"{path} holds another recipe (it differs in {', '.join(keys)}): "
                f"move it away or remove it with: {removal(path)}"
            )
        return cls(path, wanted)

    @staticmethod
    def path_of(root: Path, name: str, recipe: Mapping[str, Any]) -> Path:
        """Return the folder of the run of this recipe, begun or not."""
        return root / f"{name}-{recipe_hash(recipe)}"

    @classmethod
    def load(cls, path: str | Path) -> Run:
        """Open a finished run to read it.

        Raises
        ------
        RunError
            Where it is no run folder, is not finished, or is of another layout.
        """
        path = Path(path)
        run = cls(path, read_recipe(path))
        if not run.is_done:
            raise RunError(f"{path} is not finished: the command that started it resumes it")
        return run

    @property
    def name(self) -> str:
        """The folder's name, hash included."""
        return self.path.name

    @property
    def is_done(self) -> bool:
        """Whether the run came to its end; such a run is not trained again."""
        return (self.path / "done").exists()

    @property
    def is_locked(self) -> bool:
        """Whether some process is writing this run now."""
        return is_locked(self.path)

    @property
    def env(self) -> dict[str, Any]:
        """What the run was made with, as `environment` said when it began."""
        return read_json(self.path / _ENV)

    @property
    def summary(self) -> ClassifierSummary | GeneratorSummary:
        """The summary of a finished run, read once; `RunError` where it is none or damaged."""
        done, found = self.is_done, self._summary or read_summary(self.path)
        if done:
            self._summary = found
        return found

    @property
    def classifier_summary(self) -> ClassifierSummary:
        """The summary of a run of a model that reads; `RunError` for that of a generator."""
        found = self.summary
        if not isinstance(found, ClassifierSummary):
            raise RunError(
                f"{self.name} is the run of a generator, which reads nothing: name a model's run"
            )
        return found

    @property
    def generator_summary(self) -> GeneratorSummary:
        """The summary of a run of a generator; `RunError` for that of a model that reads."""
        found = self.summary
        if not isinstance(found, GeneratorSummary):
            raise RunError(
                f"{self.name} is no generator's run: make one with: glyphlab generate mnist"
            )
        return found

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold this run for one process for as long as the block runs.

        Unfinished temporary files of a process that was killed are removed.

        Raises
        ------
        RunLocked
            Where another process, or another block of this one, holds it.
        RunError
            Where the run was removed, or a file of it is a link.
        """
        with hold_lock(self.path):
            require_own_files(self.path)
            sweep(self.path)
            there = [one for one in self.path.glob(".*.tmp") if one.name.startswith(_UNFINISHED)]
            ended = self.path.glob("checkpoint.*") if self.is_done else ()
            for left in (*there, *self.path.glob("grids/.*.tmp"), *ended):
                left.unlink(missing_ok=True)
            yield

    def append(self, metrics: Mapping[str, Any]) -> None:
        """Add one line to ``metrics.jsonl``; when this returns it is on the disk.

        A last line that a killed process left torn is dropped first.

        Raises
        ------
        RunError
            Where a value is not a finite number or not JSON at all.
        GlyphlabError
            Where the disk is full; the file is left as it was.
        """
        try:
            line = json.dumps(metrics, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            raise RunError(f"metrics of {self.name} cannot be written as JSON: {error}") from error
        require_lease(lock_of(self.path))
        append_line(self.path / "metrics.jsonl", line)

    def metrics(self) -> list[HistoryRow]:
        """Return the rows of ``metrics.jsonl``, one an epoch, without a torn last one.

        Raises
        ------
        RunError
            Where a whole line is no row of numbers, or a finished run has not a row an epoch.
        """
        path, done = self.path / "metrics.jsonl", self.is_done
        rows = read_history(path)
        if done and len(rows) != self.summary.epochs_run:
            raise unreadable(
                path, f"{len(rows)} whole lines found, {self.summary.epochs_run} epochs expected"
            )
        return rows

    def truncate_metrics(self, epochs: int) -> None:
        """Keep the first `epochs` lines: those that the checkpoint knows of.

        Raises
        ------
        RunError
            Where there are fewer.
        """
        path = self.path / "metrics.jsonl"
        there = len(whole_lines(path))
        if there < epochs:
            raise RunError(
                f"{path} has {there} whole lines and the checkpoint knows of {epochs} epochs: "
                f"begin again after: {removal(self.path)}"
            )
        keep_lines(path, epochs)

    def save_tensors(
        self,
        file: str,
        tensors: Mapping[str, torch.Tensor],
        state: Mapping[str, Any] | None = None,
    ) -> None:
        """Write tensors as safetensors, whole or not at all.

        Parameters
        ----------
        file : str
            Such as ``model.safetensors``.
        tensors : mapping of str to torch.Tensor
            Copied to the CPU and made contiguous where they are not.
        state : mapping, optional
            What JSON can hold, kept in the same file, so that the two never part.

        Raises
        ------
        GlyphlabError
            Where the disk is full; what stood there is unchanged.
        """
        write_tensors(self.path / file, tensors, state)

    def load_tensors(self, file: str) -> dict[str, torch.Tensor]:
        """Read what `save_tensors` wrote, on the CPU.

        Raises
        ------
        RunError
            Where the file is not there or is damaged.
        """
        return read_tensors(self.path / file)

    def load_state(self, file: str) -> dict[str, Any]:
        """Read the `state` that `save_tensors` kept beside the tensors; empty where none was given.

        Raises
        ------
        RunError
            Where the file is not there or is damaged.
        """
        return read_state(self.path / file)

    def save_predictions(self, **arrays: ArrayLike) -> None:
        """Write ``predictions.npz``, compressed, whole or not at all.

        Python integers, as labels of long numbers are, are written in decimal notation.

        Raises
        ------
        UsageError
            For an array that only a pickle could hold.
        GlyphlabError
            Where the disk is full; what stood there is unchanged.
        """
        write_arrays(self.path / PREDICTIONS, arrays)

    def load_predictions(self) -> Arrays:
        """Read what `save_predictions` wrote; of a finished run once.

        Raises
        ------
        RunError
            Where the file is not there or is damaged, or does not fit the summary.
        """
        done = self.is_done
        found = self._arrays or read_arrays(self.path / PREDICTIONS)
        if done and self._arrays is None:
            if isinstance(self.summary, ClassifierSummary):
                require_fitting(found, self.summary.metrics)
            self._arrays = found
        return found

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Whether each test image was read correctly as a whole, ``(n,)``."""
        arrays = self.load_predictions()
        return np.asarray((arrays["pred"] == arrays["true"]).all(axis=1))

    def finish(self, summary: RunSummary) -> None:
        """Write ``summary.json``, then ``done``, then remove the checkpoint.

        Raises
        ------
        GlyphlabError
            Where the disk is full; the run is not done then.
        """
        require_lease(lock_of(self.path))
        write_json(self.path / SUMMARY, document_of(summary))
        write_text(self.path / "done", "")
        for left in self.path.glob("checkpoint.*"):
            left.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove from a finished run what is left where its process was killed at the very end."""
        if any(self.path.glob("checkpoint.*")) or lock_of(self.path).exists():
            with contextlib.suppress(RunError, OSError), self.lock():
                pass
