"""The page of a run's maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.tabular.number_texts import number_text
from glyphlab.data.class_names import label_text
from glyphlab.reporting.pages.page import environment_rows
from glyphlab.reporting.pages.page_parts import (
    Cell,
    Column,
    Figure,
    Page,
    Part,
    Section,
    Table,
    Text,
    cells,
)
from glyphlab.reporting.pictures.image_rows import image_grid
from glyphlab.reporting.plots.embedding_figure import embedding_figure, label_colours, pair_colours

__all__ = ["embedding_page"]

_HOW = (
    "A t-SNE map keeps near what is near and promises nothing else: distances between clusters and "
    "their sizes mean little, and the perplexity decides how many there seem to be. The numbers "
    "below ask the same of every map, and of what it was made from."
)
_SCORES = (
    "k-NN: share of images whose ten nearest neighbours on the map vote for their own label; "
    "“before” is the same in what the map was made from. Silhouette: −1 to 1, by label. Trust: "
    "share of neighbours on the map that were neighbours before (trustworthiness). Clusters are "
    "counted by density, without labels; “alone” is in none."
)

_MOST_NAMES = 40
"""Names that a legend and a table have room for."""


def embedding_page(
    document: dict[str, Any],
    points: Sequence[NDArray[np.float64]],
    labels: NDArray[Any],
    symbols: NDArray[np.int64],
    generated: NDArray[np.bool_] | None = None,
    names: Sequence[str] = (),
    *,
    images: Sequence[NDArray[np.uint8]] = (),
) -> Page:
    """Return the maps of a run and their scores.

    Parameters
    ----------
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
    images : sequence of (H, W) uint8
        The first few of them.
    """
    rows = document["embeddings"]
    titles = [f"{row['layer']}, perplexity {row['perplexity']:g}" for row in rows]
    both = zip(labels.tolist(), symbols.tolist(), strict=True)
    called = {label: label_text(row, names) for label, row in both} if names else {}
    texts = [called.get(label, str(label)) for label in labels.tolist()]
    colours, legend = label_colours(labels, called)
    maps = list(zip(titles, points, strict=True))
    shown = [
        _maps(
            "One dot an image, coloured by its label", maps, colours,
            legend if len(legend) <= _MOST_NAMES else (), texts,
        )
    ]  # fmt: skip
    if symbols.shape[1] == 2:
        said = (
            "The same maps coloured by both symbols: the hue says the first, the lightness the "
            "second, dark for 0"
        )
        pairs = [label_text(row, names) for row in symbols.tolist()]
        shown.append(_maps(said, maps, *pair_colours(symbols, names), pairs))
    if generated is not None:
        origins = np.where(generated, "generated", "real")
        said = "The same maps coloured by origin"
        shown.append(_maps(said, maps, *label_colours(origins), origins.tolist()))
    remark = [Text(document["remark"], "leak")] if document["remark"] else []
    asked = "How does the net lay out images it was not trained on?"
    return Page(
        eyebrow="Glyphlab embedding",
        title=document["run"],
        question=asked if generated is None else "Do the generated images lie among the real ones?",
        sections=[
            Section("The data", _shown(images, texts)),
            Section("How to read this", [Text(f"{document['protocol']}."), Text(_HOW)]),
            Section("Maps", shown),
            Section("The maps in numbers", [Text(_SCORES), *remark, _scores(rows)]),
            _pairs(rows),
        ],
        environment=environment_rows(document["env"]),
        command=document["command"],
    )


def _shown(images: Sequence[NDArray[np.uint8]], names: Sequence[str]) -> list[Part]:
    if not len(images):
        return []
    drawn = image_grid(np.stack(list(images)), names[: len(images)])
    return [Figure("Images", drawn, "Some of the images, with their labels.", "wide")]


def _maps(
    caption: str,
    maps: Sequence[tuple[str, NDArray[np.float64]]],
    colours: NDArray[np.uint8],
    legend: Sequence[tuple[str, str]],
    names: Sequence[str],
) -> Figure:
    """Return maps in some colours; their numbers are where the images of each name lie."""
    svg = embedding_figure([(title, at, colours) for title, at in maps], legend)
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(name, []).append(place)
    most = sorted(places, key=lambda name: (-len(places[name]), name))[:_MOST_NAMES]
    rows = [
        cells(name, f"{len(places[name]):,}", *(_middle(at[places[name]]) for _, at in maps))
        for name in sorted(most)
    ]
    columns = [
        Column("name"),
        Column("images"),
        *(Column(f"middle in {title}") for title, _ in maps),
    ]
    few = "" if len(most) == len(places) else f" Of the {len(most)} most frequent names."
    said = f"Across and up, the medians, on the scale of the map.{few}"
    numbers = Table(f"{caption}, in numbers", columns, rows, caption=said)
    return Figure(caption, svg, f"{caption}.", "wide", numbers)


def _middle(at: NDArray[np.float64]) -> str:
    across, up = np.median(at, axis=0).tolist()
    return f"{number_text(across, 'perplexity')}, {number_text(up, 'perplexity')}"


def _scores(rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = [
        Column("layer"), Column("perplexity"), Column("k-NN"), Column("k-NN before"),
        Column("silhouette"), Column("silhouette before"), Column("trust"), Column("clusters"),
        Column("alone"),
    ]  # fmt: skip
    table = []
    for row in rows:
        scores, before = row["scores"], row["features"]
        table.append(
            cells(
                row["layer"], f"{row['perplexity']:g}", f"{100 * scores['knn']:.1f} %",
                f"{100 * before['knn']:.1f} %", number_text(scores["silhouette"], "distance"),
                number_text(before["silhouette"], "distance"), f"{scores['trust']:.3f}",
                f"{scores['clusters']}", f"{100 * scores['alone']:.1f} %",
            )
        )  # fmt: skip
    return Table("Scores of the maps", columns, table)


def _pairs(rows: Sequence[Mapping[str, Any]]) -> Section:
    pairs = sorted(rows[0]["scores"]["apart"])
    if not pairs:
        return Section("Separability", [])
    columns = [Column("layer"), Column("perplexity")]
    columns += [Column(title) for pair in pairs for title in (pair, f"{pair} before")]
    table = []
    for row in rows:
        line = cells(row["layer"], f"{row['perplexity']:g}")
        for pair in pairs:
            kinds = " and ".join(map(str, row["scores"]["kinds"][pair]))
            line.append(Cell(f"{100 * row['scores']['apart'][pair]:.1f} %", kinds))
            line.append(Cell(f"{100 * row['features']['apart'][pair]:.1f} %"))
        table.append(line)
    said = (
        "How well the neighbours of an image tell which of two kinds it is: 50 % where they lie "
        "mixed, 100 % where each lies by itself. Under each score how many images of either kind "
        "there are: of a few images it says little."
    )
    return Section("Separability", [Text(said), Table("Kinds distinguished", columns, table)])
