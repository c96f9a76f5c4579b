"""A run: one folder, written so that a process may die at any instant."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glyphlab.errors import RunError
from glyphlab.files import atomic_path, storable, write_json, write_text
from glyphlab.runs.documents import SCHEMA, checked, read_json, read_recipe, unreadable
from glyphlab.runs.env import environment
from glyphlab.runs.lines import append_line, keep_lines, whole_lines
from glyphlab.runs.lock import hold_lock, is_locked

if TYPE_CHECKING:
    import torch
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Run", "recipe_hash"]


def recipe_hash(recipe: Mapping[str, Any]) -> str:
    """Return the eight hexadecimal digits that tell this recipe from every other.

    Parameters
    ----------
    recipe : mapping
        What JSON can hold; the order of its keys does not matter.
    """
    text = json.dumps(recipe, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


class Run:
    """A run folder ``<root>/<name>-<hash of the recipe>``.

    Made by `Run.open` (to write) or `Run.load` (a finished one, to read).

    Attributes
    ----------
    path : Path
        The folder.
    recipe : dict
        The recipe it was opened with.
    """

    def __init__(self, path: Path, recipe: dict[str, Any]) -> None:
        self.path, self.recipe = path, recipe

    @classmethod
    def open(cls, root: Path, name: str, recipe: Mapping[str, Any]) -> Run:
        """Take up the run of this recipe, or begin it.

        ``recipe.json`` and ``env.json`` are written once, when the run begins.

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
            Where the folder holds another recipe, or one of a newer layout.
        GlyphlabError
            Where the disk is full.
        """
        wanted: dict[str, Any] = json.loads(json.dumps(recipe, allow_nan=False))
        path = cls.path_of(root, name, wanted)
        if (path / "recipe.json").exists():
            found = read_recipe(path)
            if found != wanted:
                keys = sorted(
                    key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)
                )
                raise RunError(
                    f"{path} holds another recipe (it differs in {', '.join(keys)}): "
                    f"move it away or remove it with: glyphlab runs rm {path.name}"
                )
        run = cls(path, wanted)
        if not (path / "env.json").exists():
            write_json(path / "env.json", environment())
        if not (path / "recipe.json").exists():  # last: a folder with a recipe is a run
            write_json(path / "recipe.json", {"schema": SCHEMA, **wanted})
        return run

    @staticmethod
    def path_of(root: Path, name: str, recipe: Mapping[str, Any]) -> Path:
        """Return the folder of the run of this recipe, begun or not."""
        return root / f"{name}-{recipe_hash(recipe)}"

    @classmethod
    def load(cls, path: Path) -> Run:
        """Open a finished run to read it.

        Raises
        ------
        RunError
            Where it is no run folder, is not finished, or is of a newer layout.
        """
        run = cls(path, read_recipe(path))
        if not run.is_done:
            raise RunError(
                f"{path} is not finished: the command that began it takes it up where it stopped"
            )
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
        return read_json(self.path / "env.json")

    @property
    def summary(self) -> dict[str, Any]:
        """The summary of a finished run."""
        return checked(read_json(self.path / "summary.json"), self.path)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold this run for one process for as long as the block runs.

        Unfinished temporary files of a process that was killed are removed.

        Raises
        ------
        RunLocked
            Where another process, or another block of this one, holds it.
        """
        with hold_lock(self.path):
            for left in self.path.glob(".*.tmp"):
                left.unlink()
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
        append_line(self.path / "metrics.jsonl", line)

    def metrics(self) -> list[dict[str, Any]]:
        """Return the lines of ``metrics.jsonl``, without a torn last one.

        Raises
        ------
        RunError
            Where a whole line is not JSON.
        """
        path = self.path / "metrics.jsonl"
        try:
            return [json.loads(line) for line in whole_lines(path)]
        except ValueError as error:
            raise unreadable(path, error) from error

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
                f"begin again after: glyphlab runs rm {self.name}"
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
        from safetensors.torch import save

        # a clone each: safetensors refuses tensors that share memory, as tied weights do
        plain = {key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}
        metadata = None if state is None else {"state": json.dumps(state)}
        content: bytes = save(plain, metadata)
        with atomic_path(self.path / file) as temporary:
            temporary.write_bytes(content)

    def load_tensors(self, file: str) -> dict[str, torch.Tensor]:
        """Read what `save_tensors` wrote, on the CPU.

        Raises
        ------
        RunError
            Where the file is not there or is damaged.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            tensors: dict[str, torch.Tensor] = load_file(self.path / file)
        except (OSError, SafetensorError) as error:
            raise unreadable(self.path / file, error) from error
        return tensors

    def load_state(self, file: str) -> dict[str, Any]:
        """Read the `state` that `save_tensors` kept beside the tensors; empty where none was given.

        Raises
        ------
        RunError
            Where the file is not there or is damaged.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.path / file, framework="np") as opened:
                metadata = opened.metadata() or {}
        except (OSError, SafetensorError) as error:
            raise unreadable(self.path / file, error) from error
        state: dict[str, Any] = json.loads(metadata.get("state", "{}"))
        return state

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
        plain = {name: storable(array) for name, array in arrays.items()}
        with (
            atomic_path(self.path / "predictions.npz") as temporary,
            temporary.open("wb") as file,
        ):
            np.savez_compressed(file, **plain)  # type: ignore[arg-type]

    def load_predictions(self) -> dict[str, NDArray[Any]]:
        """Read what `save_predictions` wrote.

        Raises
        ------
        RunError
            Where the file is not there or is damaged.
        """
        path = self.path / "predictions.npz"
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as opened:
                return {key: opened[key] for key in opened.files}
        except Exception as error:  # zipfile, zlib and numpy each have errors of their own
            raise unreadable(path, error) from error

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Write ``summary.json``, then ``done``, then remove the checkpoint.

        Parameters
        ----------
        summary : mapping
            What JSON can hold; its ``schema`` is set here.

        Raises
        ------
        GlyphlabError
            Where the disk is full; the run is not done then.
        """
        write_json(self.path / "summary.json", {"schema": SCHEMA, **summary})
        write_text(self.path / "done", "")
        for left in self.path.glob("checkpoint.*"):
            left.unlink()
