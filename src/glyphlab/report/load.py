"""Finished runs, as far as a page needs them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab.errors import RunError, UsageError

__all__ = ["RunData", "by_model", "load_run", "load_runs"]


@dataclass(frozen=True)
class RunData:
    """What one finished run left behind.

    Attributes
    ----------
    folder : str
        Name of its folder.
    summary, env : dict
        ``summary.json`` and ``env.json``.
    history : list of dict
        ``metrics.jsonl``, one an epoch.
    arrays : dict of str to ndarray
        ``predictions.npz``.
    """

    folder: str
    summary: dict[str, Any]
    env: dict[str, Any]
    history: list[dict[str, Any]]
    arrays: dict[str, NDArray[Any]]

    @property
    def model(self) -> str:
        """Name of its model."""
        return str(self.summary["model"])

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Whether each test image was read right as a whole, `(n,)`."""
        true, pred = self.rows
        return np.asarray((true == pred).all(axis=1))

    @property
    def rows(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """True and predicted labels of the test set, both `(n, k)`.

        Integers, or where int64 may not hold them their decimal notation.
        """
        true, pred = self.arrays["true"], self.arrays["pred"]
        return true.reshape(len(true), -1), pred.reshape(len(pred), -1)


def load_run(folder: Path) -> RunData:
    """Read a finished run.

    Parameters
    ----------
    folder : Path
        A run folder.

    Raises
    ------
    RunError
        Where the run is not finished, or a file in it is missing or broken.
    """
    if not (folder / "done").exists():
        raise RunError(
            f"{folder} is not a finished run, expected a folder with the file 'done': "
            "take it up again with the command that began it"
        )
    try:
        # By way of memory: of a broken archive NumPy would leave the file open.
        whole = io.BytesIO((folder / "predictions.npz").read_bytes())
        with np.load(whole, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        # A model without epochs, such as a forest, leaves no lines.
        metrics = folder / "metrics.jsonl"
        lines = metrics.read_text(encoding="utf-8").splitlines() if metrics.exists() else []
        summary, env = (
            json.loads((folder / name).read_text(encoding="utf-8"))
            for name in ("summary.json", "env.json")
        )
        run = RunData(folder.name, summary, env, [json.loads(line) for line in lines], arrays)
        _ = run.model, run.rows, summary["metrics"]["exact_match"], summary["seed"]
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        reason = " ".join(f"{type(error).__name__} {error}".split())
        raise RunError(
            f"{folder} cannot be read ({reason}), expected a whole run: "
            "remove it with `glyphlab runs rm` and make it again"
        ) from error
    return run


def load_runs(folders: Sequence[Path]) -> list[RunData]:
    """Read several finished runs.

    Raises
    ------
    UsageError
        Where there is none.
    RunError
        As :func:`load_run` does.
    """
    if not folders:
        raise UsageError("found no runs to report, expected at least one: glyphlab runs list")
    return [load_run(folder) for folder in folders]


def by_model(runs: Sequence[RunData], order: Sequence[str] = ()) -> dict[str, list[RunData]]:
    """Return the runs of each model by seed; models in `order` first, then as they come."""
    found: dict[str, list[RunData]] = {name: [] for name in order}
    for run in runs:
        found.setdefault(run.model, []).append(run)
    return {
        name: sorted(members, key=lambda run: (int(run.summary["seed"]), run.folder))
        for name, members in found.items()
        if members
    }
