"""The page of a run's maps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab.data.class_names import label_text
from glyphlab.reporting.pages.page import environment_rows, write_page
from glyphlab.reporting.plots.embedding_figure import embedding_figure, label_colours, pair_colours

__all__ = ["write_embedding_page"]


def write_embedding_page(
    path: Path,
    document: dict[str, Any],
    points: Sequence[NDArray[np.float64]],
    labels: NDArray[Any],
    symbols: NDArray[np.int64],
    generated: NDArray[np.bool_] | None = None,
    names: Sequence[str] = (),
) -> None:
    """Write the maps of a run and their scores.

    Parameters
    ----------
    path : Path
        Where to.
    document : dict
        As ``glyphlab embed --json`` prints it.
    points : sequence of (n, 2) arrays
        One a map.
    labels, symbols : (n,) and (n, k) int64
        Of the images; labels also Python integers.
    generated : (n,) bool, optional
        Which images a generator made; the others are real.
    names : sequence of str
        What the classes are called, where labels are their symbols' classes; none otherwise.
    """
    rows = document["embeddings"]
    titles = [f"{row['layer']}, perplexity {row['perplexity']:g}" for row in rows]
    both = zip(labels.tolist(), symbols.tolist(), strict=True)
    called = {label: label_text(row, names) for label, row in both} if names else {}
    by_label, label_legend = label_colours(labels, called)
    figures = [
        {
            "svg": embedding_figure([(t, p, by_label) for t, p in zip(titles, points, strict=True)],
                              label_legend if len(label_legend) <= 40 else ()),
            "caption": "One dot an image, coloured by its label",
        }
    ]  # fmt: skip
    if symbols.shape[1] == 2:
        by_pair, pair_legend = pair_colours(symbols, names)
        panels = [(t, p, by_pair) for t, p in zip(titles, points, strict=True)]
        figures.append(
            {
                "svg": embedding_figure(panels, pair_legend),
                "caption": "The same maps coloured by both symbols: the hue says the first, the "
                "lightness the second, dark for 0",
            }
        )
    if generated is not None:
        by_origin, origins = label_colours(np.where(generated, "generated", "real"))
        panels = [(t, p, by_origin) for t, p in zip(titles, points, strict=True)]
        figures.append(
            {
                "svg": embedding_figure(panels, origins),
                "caption": "The same maps coloured by origin",
            }
        )
    write_page(
        path,
        "embedding.html.j2",
        {
            "title": document["run"],
            "question": "How does the net lay out images it was not trained on?"
            if generated is None
            else "Do the generated images lie among the real ones?",
            "protocol": document["protocol"],
            "remark": document["remark"],
            "rows": rows,
            "pairs": sorted(rows[0]["scores"]["apart"]),
            "figures": figures,
            "environment": environment_rows(document["env"]),
            "command": document["command"],
        },
    )
