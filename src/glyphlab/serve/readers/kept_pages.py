"""The pages of finished runs, written when they are first asked for, and kept for a while."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab._common.files import write_json
from glyphlab._common.untrusted import read_json, read_plain_file
from glyphlab.experiments import Document, report_runs
from glyphlab.experiments.command_line import report_command
from glyphlab.experiments.results.generator_outcome import outcome_of
from glyphlab.runs import GeneratorSummary, Run

__all__ = ["KeptPages"]

MOST = 64


class KeptPages:
    """Pages of runs, the same that ``glyphlab report`` writes, and the documents behind them."""

    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
    """Nothing in such a page is run, and nothing is fetched."""

    def __init__(self) -> None:
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def of(self, folders: Sequence[Path]) -> bytes:
        """Return the page of finished runs.

        Raises
        ------
        RunError
            Where one is not finished, or cannot be read.
        UsageError
            Where a generator is among several.
        """
        return read_plain_file(self._kept(folders) / "page.html")

    def document_of(self, folders: Sequence[Path]) -> dict[str, Any]:
        """Return the rows and tests behind the page of finished runs; errors as `of`."""
        found: dict[str, Any] = read_json(self._kept(folders) / "page.json")
        return found

    def _kept(self, folders: Sequence[Path]) -> Path:
        """Return the folder that keeps the page and its document, made where it is not there."""
        runs = [Run.load(folder) for folder in folders]
        said = [f"{one.path} {(one.path / 'done').stat().st_mtime_ns}" for one in runs]
        kept = Path(self._folder, hashlib.sha256("\n".join(said).encode()).hexdigest()[:24])
        if not (kept / "page.json").exists():
            self._make_room()
            kept.mkdir(exist_ok=True)
            found = _reported(runs)
            found.to_html(kept / "page.html")
            write_json(kept / "page.json", found.to_json())
        return kept

    def _make_room(self) -> None:
        """Remove the oldest pages where there are many."""
        there = sorted(self._folder.iterdir(), key=lambda one: one.stat().st_mtime_ns)
        for old in there[: len(there) - MOST + 1]:
            shutil.rmtree(old)

    def close(self) -> None:
        """Remove them."""
        if self._temporary is not None:
            self._temporary.cleanup()

    @property
    def _folder(self) -> Path:
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="glyphlab-studio-")
        return Path(self._temporary.name)


def _reported(runs: Sequence[Run]) -> Document:
    generators = [one for one in runs if isinstance(one.summary, GeneratorSummary)]
    more = f"-and-{len(runs) - 1}-more" if len(runs) > 1 else ""
    options = ["--report", f"{runs[0].name}{more}.html"]
    if not generators:
        return report_runs(runs, options=options)
    if len(runs) > 1:
        raise UsageError(f"{generators[0].name} is a generator, and has a page alone")
    return outcome_of(generators, report_command(generators, options))
