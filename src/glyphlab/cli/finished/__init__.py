"""Commands about finished runs: listing, pages, exports."""

from __future__ import annotations

from glyphlab.cli.finished.export import export
from glyphlab.cli.finished.report import report
from glyphlab.cli.finished.runs import runs_app

__all__ = ["export", "report", "runs_app"]
