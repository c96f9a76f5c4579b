"""The page of what drawn images are good for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glyphlab.report.answer import signed
from glyphlab.report.gan_experiment_page import value_figure
from glyphlab.report.page import write_page

__all__ = ["worth_answer", "write_worth_page"]


def write_worth_page(path: Path, document: Mapping[str, Any]) -> None:
    """Write what classifiers came to on real, drawn and both kinds of images.

    Parameters
    ----------
    path : Path
        Where to.
    document : mapping
        As ``glyphlab gan --worth --json`` prints it.
    """
    parts = []
    for size in dict.fromkeys(row["images"] for row in document["rows"]):
        rows = [row for row in document["rows"] if row["images"] == size]
        count = "All" if size is None else f"{size:,}"
        drawn = [
            {
                "name": row["arm"],
                "mean": 100 * row["mean"],
                "interval": (100 * row["low"], 100 * row["high"]),
                "each": [100 * one for one in row["each_seed"]],
            }
            for row in rows
        ]
        parts.append(
            {
                "title": f"{count} real images of each symbol",
                "figure": value_figure(drawn, "accuracy on real test images, %"),
                "rows": rows,
                "tests": [
                    test
                    for test in document["tests"]
                    if test["images"] == size and "plain" in (test["a"], test["b"])
                ],
                "generators": [one for one in document["generators"] if one["images"] == size],
            }
        )
    write_page(
        path,
        "gan_worth.html.j2",
        {
            "title": f"What drawn images are good for: {document['data']}",
            "answer": worth_answer(document),
            "arms": document["arms"],
            "sizes": parts,
            "seeds": document["rows"][0]["seeds"],
            "items": document["rows"][0]["items"],
            "environment": [(key, str(value)) for key, value in document["env"].items()],
            "command": document["command"],
        },
    )


def worth_answer(document: Mapping[str, Any]) -> list[str]:
    """Say of each size what drawn images add to real ones that are bent anew each time.

    Parameters
    ----------
    document : mapping
        As ``glyphlab gan --worth --json`` prints it.
    """
    said = []
    for size in dict.fromkeys(row["images"] for row in document["rows"]):
        (test,) = (
            one
            for one in document["tests"]
            if one["images"] == size and {one["a"], one["b"]} == {"plain", "both-plain"}
        )
        gain = test["difference"] if test["b"] == "plain" else -test["difference"]
        good = {"better": test["a"], "worse": test["b"]}.get(test["verdict"])
        count = "all real images" if size is None else f"{size:,} real images of each symbol"
        if test["verdict"] == "one seed":
            word = "which one training each does not tell from chance"
        elif good is None:
            word = "which is not told from nothing"
        else:
            word = "a gain" if good == "both-plain" else "a loss"
        said.append(
            f"With {count}, drawn ones beside them change accuracy by {signed(gain)} points over "
            f"bending alone: {word}."
        )
    alarms = [one["verdict"] for one in document["generators"] if one["verdict"] != "healthy"]
    if alarms:
        said.append(
            f"Alarms were raised for {len(alarms)} of {len(document['generators'])} generators "
            f"({', '.join(alarms)}); their images count too."
        )
    return said
