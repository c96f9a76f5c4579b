"""The page of accuracy against the number of training images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from glyphlab.report.page import write_page
from glyphlab.report.sweep_figures import sweep_figure

__all__ = ["write_curve_page"]


def write_curve_page(path: Path, document: dict[str, Any]) -> None:
    """Write the page of a document that ``glyphlab curve --json`` prints."""
    rows = document["rows"]
    models = list(dict.fromkeys(row["model"] for row in rows))
    series = {
        model: {
            float(row["images"]): [float(one) for one in row["each_seed"]]
            for row in rows
            if row["model"] == model
        }
        for model in models
    }
    sure = {
        model: {
            float(row["images"]): [100 * float(row["calibration_error"])]
            for row in rows
            if row["model"] == model
        }
        for model in models
    }
    cells = {(row["images"], row["model"]): row for row in rows}
    write_page(
        path,
        "curve.html.j2",
        {
            "title": f"Few images of {document['task']}",
            "protocol": document["protocol"],
            "figure": sweep_figure(series, "training images", "exact match on test", log=True),
            "sure": sweep_figure(
                sure, "training images", "off by, in points", log=True, share=False
            ),
            "models": models,
            "table": [
                (size, [cells[size, model] for model in models]) for size in document["sizes"]
            ],
            "tests": document["tests"],
            "environment": [(key, str(value)) for key, value in document["env"].items()],
            "command": document["command"],
        },
    )
