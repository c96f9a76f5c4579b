"""Drawings as SVG text that follows the page it stands on.

Figures are drawn by matplotlib in named colours, each of which becomes a CSS variable with the
light colour as its fallback: within a page they follow the light or dark scheme, on their own they
are ordinary SVG. The same input gives the same bytes.
"""

from __future__ import annotations

import io
import itertools
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = [
    "GRID",
    "INK",
    "MUTED",
    "SERIES",
    "WARM",
    "any_letters",
    "drawing",
    "legend_above",
    "series_colour",
    "series_variable",
    "settle_ticks",
    "to_svg",
]

INK, MUTED, GRID, WARM = "#1d2126", "#667080", "#dfe3e8", "#d55e01"
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d")
"""Okabe and Ito's colours, distinguished with every common form of colour blindness."""

_VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    GRID: "--line",
    WARM: "--warm",
    **{colour: f"--s{index}" for index, colour in enumerate(SERIES)},
}
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "glyphlab",
    "font.size": 12,
    "text.parse_math": False,  # a name with two dollar signs is a name
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlesize": 12,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "legend.frameon": False,
}
_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"


_ROUNDS = 8
"""Halvings of the names on an axis, at most."""
_APART = 5
"""Pixels between two names of numbers along an axis, at least."""
_NUMBER = re.compile(r"[-\u2212]?[\d.]")


def series_variable(index: int) -> str:
    """Return the same colour as a page writes it, in its light or dark form."""
    return f"var(--s{index % len(SERIES)}, {series_colour(index)})"


def series_colour(index: int) -> str:
    """Return the colour of the series at this place; after seven they come round again."""
    return SERIES[index % len(SERIES)]


@contextmanager
def drawing(width: float, height: float) -> Iterator[Any]:
    """Yield an empty matplotlib figure of a size in pixels, drawn in this project's style.

    It is to be turned into text by :func:`to_svg` within the block. Nothing global is changed: no
    pyplot, and matplotlib's settings are put back at the end of the block.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        # 72 dots an inch make matplotlib's points, and so its SVG's units, one pixel each.
        yield Figure(figsize=(width / 72, height / 72), dpi=72, layout="constrained")


def to_svg(figure: Any, label: str) -> str:
    """Return a figure as one ``<svg>`` element.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What :func:`drawing` yielded.
    label : str
        What the picture shows, in words, for those who do not see it.
    """
    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    with any_letters():
        settle_ticks(figure)
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<style.*?</style>\s*", "", text, flags=re.DOTALL)  # would style the whole page
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"font-family: [^;\"]*;? ?", "", text)
    for colour, variable in _VARIABLES.items():
        text = text.replace(colour, f"var({variable}, {colour})")
    text = _without_unused_ids(text)
    return _relabelled(text, label).strip() + "\n"


@contextmanager
def any_letters() -> Iterator[None]:
    """Let letters pass that matplotlib's font lacks: a reader of text has more of them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        yield


def legend_above(figure: Any, most: int = 4) -> None:
    """Name the series of a figure above it, in as many columns as there is room for.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        With all of its series, each drawn with its label.
    most : int
        Columns, at most.
    """
    for columns in range(max(1, most), 0, -1):
        legend = figure.legend(loc="outside upper left", ncols=columns, handlelength=1.2)
        with any_letters():
            figure.draw_without_rendering()
        if columns == 1 or legend.get_window_extent().width <= figure.bbox.width:
            return
        legend.remove()


def settle_ticks(figure: Any) -> None:
    """Leave out names of numbers on an axis where they would lie on each other.

    Every second one goes until there is room; names of classes are left to `class_axis`.
    """
    for _ in range(_ROUNDS):
        figure.draw_without_rendering()
        crowded = [
            axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) if _is_crowded(axis)
        ]
        for axis in crowded:
            places = axis.get_majorticklocs()
            names = [label.get_text() for label in axis.get_majorticklabels()]
            axis.set_ticks(places[::2], names[::2])
        if not crowded:
            return


def _is_crowded(axis: Any) -> bool:
    if getattr(axis, "names_classes", False):
        return False
    low, high = sorted(axis.get_view_interval())
    texts, places = axis.get_majorticklabels(), axis.get_majorticklocs()
    if len(texts) < len(places):  # those of charts side by side stand below the lowest alone
        return False
    labels = [
        label
        for label, place in zip(texts, places, strict=True)
        if label.get_text() and low <= place <= high
    ]
    if len(labels) < 2 or not all(_NUMBER.match(label.get_text()) for label in labels):
        return False
    boxes = [label.get_window_extent() for label in labels]
    along = sorted((box.x0, box.x1) if axis.axis_name == "x" else (box.y0, box.y1) for box in boxes)
    apart = _APART if axis.axis_name == "x" else 0
    return any(end + apart > start for (_, end), (start, _) in itertools.pairwise(along))


def _without_unused_ids(text: str) -> str:
    """Drop the ids nothing points to: several figures on one page would repeat them."""
    used = set(re.findall(r"(?:url\(|href=\")#([\w-]+)", text))
    return re.sub(r' id="([\w.-]+)"', lambda found: found[0] if found[1] in used else "", text)


def _relabelled(text: str, label: str) -> str:
    head, rest = text.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', head)
    assert box is not None
    width, height = box[0].rstrip('"').split()[2:]
    safe = label.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'role="img" aria-label="{safe}" {box[0]} width="{width}" height="{height}" '
        f'stroke-linejoin="round" font-family="{_FONTS}">{rest}'
    )
