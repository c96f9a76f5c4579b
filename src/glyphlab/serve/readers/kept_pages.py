"""The pages of finished runs, written when they are first asked for, and kept for a while."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from glyphlab._common.errors import UsageError
from glyphlab.experiments import write_run_page
from glyphlab.experiments.results.generator_outcome import write_page_of
from glyphlab.runs import GeneratorSummary, Run

__all__ = ["KeptPages"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


class KeptPages:
    """Pages of runs, the same that ``glyphlab report`` writes."""

    policy = _POLICY
    """Nothing in such a page is run, and nothing is fetched."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="glyphlab-studio-")

    def of(self, folders: Sequence[Path]) -> bytes:
        """Return the page of finished runs.

        Raises
        ------
        RunError
            Where one is not finished, or cannot be read.
        UsageError
            Where a generator is among several.
        """
        runs = [Run.load(folder) for folder in folders]
        said = [f"{one.path} {(one.path / 'done').stat().st_mtime_ns}" for one in runs]
        name = hashlib.sha256("\n".join(said).encode()).hexdigest()[:24]
        more = f"-and-{len(runs) - 1}-more" if len(runs) > 1 else ""  # as ``glyphlab report`` says
        page = Path(self._folder.name, name, f"{runs[0].name}{more}.html")
        if not page.exists():
            page.parent.mkdir(exist_ok=True)
            generators = [one for one in runs if isinstance(one.summary, GeneratorSummary)]
            if generators and len(runs) > 1:
                raise UsageError(f"{generators[0].name} is a generator, and has a page alone")
            if generators:
                write_page_of(runs[0], page)
            else:
                write_run_page(page, runs)
        return page.read_bytes()

    def close(self) -> None:
        """Remove them."""
        self._folder.cleanup()
