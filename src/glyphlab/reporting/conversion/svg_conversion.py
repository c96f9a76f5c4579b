"""The drawings of a page as PDF and PNG, from the SVG that stands on the page.

What matplotlib writes as SVG, and the pictures of `glyphlab.reporting.plots`, are a small part of
the language: groups, paths of straight and curved lines, marks that are used again, text, images
and rectangles to clip by. They are drawn once more from their text, so that all forms of a figure
show the same.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError
from glyphlab.reporting.plots.canvas import INK, any_letters, drawing

__all__ = ["converted", "on_its_own"]

_VARIABLE = re.compile(r"var\(--[\w-]+, ?(#[0-9a-fA-F]+)\)")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_COMMAND = re.compile(r"([MLHVQCZ])([^MLHVQCZ]*)", re.IGNORECASE)
_TRANSFORM = re.compile(r"(\w+)\(([^)]*)\)")
_INHERITED = ("fill", "stroke", "font-size", "font-weight", "text-anchor", "stroke-dasharray")
_HREF = "{http://www.w3.org/1999/xlink}href"
_ANCHORS = {"start": "left", "middle": "center", "end": "right"}
_POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3}


def on_its_own(svg: str) -> str:
    """Return a drawing for outside of a page: its colours are the light ones, its paper white."""
    text = _VARIABLE.sub(r"\1", svg)
    head, box = (
        re.search(r"<svg(?:\s+[\w:-]+=\"[^\"]*\")*\s*>", text),
        re.search(r'viewBox="([^"]*)"', text),
    )
    if head is None or box is None:
        raise UsageError("the figure is no SVG with a viewBox: draw it with glyphlab.reporting")
    x, y, width, height = box[1].split()
    paper = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="#ffffff"/>'
    return f"{text[: head.end()]}\n{paper}{text[head.end() :]}"


def converted(svg: str, form: str, resolution: int = 144) -> bytes:
    """Return a drawing in another form.

    Parameters
    ----------
    svg : str
        As `on_its_own` returns it.
    form : {'pdf', 'png'}
    resolution : int
        Dots an inch of a PNG; the page has 72.

    Returns
    -------
    bytes
        The whole file; the same drawing gives the same bytes.
    """
    root = ElementTree.fromstring(svg)
    _, _, width, height = (float(one) for one in root.attrib["viewBox"].split())
    with drawing(width, height) as figure:
        figure.set_layout_engine("none")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.set_axis_off()
        axes.autoscale(enable=False)
        _Drawing(root, axes).draw()
        buffer = io.BytesIO()
        nothing: dict[str, Any] = (
            {"CreationDate": None, "Creator": None, "Producer": None}
            if form == "pdf"
            else {"Software": None}
        )
        with any_letters():
            figure.savefig(buffer, format=form, dpi=resolution, metadata=nothing)
    return buffer.getvalue()


class _Drawing:
    """One drawing on its way from elements to artists."""

    def __init__(self, root: ElementTree.Element, axes: Any) -> None:
        self.root, self.axes, self.order = root, axes, 0
        self.named = {one.attrib["id"]: one for one in root.iter() if "id" in one.attrib}

    def draw(self) -> None:
        self._group(self.root, {"fill": "#000000", "opacity": "1"}, np.eye(3), None)

    def _group(
        self, group: ElementTree.Element, above: Mapping[str, str], base: NDArray[Any], clip: Any
    ) -> None:
        style = _style(group, above)
        matrix = base @ _matrix(group.attrib.get("transform", ""))
        clip = self._clip(group, matrix) or clip
        for one in group:
            tag = _tag(one)
            if tag in ("g", "a"):
                self._group(one, style, matrix, clip)
            elif tag in ("path", "rect", "circle"):
                self._shape(one, style, matrix, clip)
            elif tag == "use":
                at = [float(one.attrib.get(key, 0)) for key in "xy"]
                moved = matrix @ _matrix(one.attrib.get("transform", "")) @ _moved(*at)
                shape = self.named[one.attrib.get(_HREF, one.attrib.get("href", "")).lstrip("#")]
                # what is used has a style of its own, over that of the place
                self._shape(shape, _style(one, style), moved, self._clip(one, matrix) or clip)
            elif tag == "text":
                self._text(one, style, matrix)
            elif tag == "image":
                self._image(one, matrix, clip)

    def _next(self) -> int:
        self.order += 1
        return self.order

    def _clip(self, one: ElementTree.Element, matrix: NDArray[Any]) -> Any:
        found = re.match(r"url\(#([\w-]+)\)", one.attrib.get("clip-path", ""))
        if not found:
            return None
        return _outline(self.named[found[1]][0]).transformed(_affine(matrix))

    def _shape(
        self, one: ElementTree.Element, above: Mapping[str, str], base: NDArray[Any], clip: Any
    ) -> None:
        from matplotlib.patches import PathPatch

        style = _style(one, above)
        matrix = base @ _matrix(one.attrib.get("transform", ""))
        clip = self._clip(one, matrix) or clip
        scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
        opacity = float(style.get("opacity", 1))
        fill, stroke = style.get("fill", "none"), style.get("stroke", "none")
        dashes = [scale * float(n) for n in _NUMBER.findall(style.get("stroke-dasharray", ""))]
        width = scale * float(style.get("stroke-width", 1))
        patch = PathPatch(
            _outline(one).transformed(_affine(matrix)),
            facecolor=_colour(fill, opacity * float(style.get("fill-opacity", 1))),
            edgecolor=_colour(stroke, opacity * float(style.get("stroke-opacity", 1))),
            linewidth=width if stroke != "none" else 0,
            linestyle=(float(style.get("stroke-dashoffset", 0)), dashes) if dashes else "-",
            capstyle={"square": "projecting"}.get(style.get("stroke-linecap", ""),
                                                  style.get("stroke-linecap", "butt")),
            joinstyle=style.get("stroke-linejoin", "round"),
            zorder=self._next(),
        )  # fmt: skip
        self.axes.add_patch(patch)
        patch.set_clip_path(clip, self.axes.transData) if clip is not None else None

    def _image(self, one: ElementTree.Element, base: NDArray[Any], clip: Any) -> None:
        matrix = base @ _matrix(one.attrib.get("transform", ""))
        x, y, width, height = (
            float(one.attrib.get(key, 0)) for key in ("x", "y", "width", "height")
        )
        (left, top), (right, bottom) = (
            (matrix @ (*corner, 1))[:2] for corner in ((x, y), (x + width, y + height))
        )
        pixels = _pixels(one.attrib.get(_HREF, one.attrib.get("href", "")))
        if top > bottom:  # written upside down, and turned by its own transform
            pixels, top, bottom = pixels[::-1], bottom, top
        shown = self.axes.imshow(
            pixels, extent=(left, right, bottom, top), aspect="auto", cmap="gray", vmin=0,
            vmax=255, interpolation="antialiased", zorder=self._next(),
        )  # fmt: skip
        if clip is not None:
            shown.set_clip_path(clip, self.axes.transData)

    def _text(self, one: ElementTree.Element, above: Mapping[str, str], base: NDArray[Any]) -> None:
        style = _style(one, above)
        at = [float(one.attrib.get(key, 0)) for key in "xy"]
        matrix = base @ _matrix(one.attrib.get("transform", "")) @ _moved(*at)
        turn = float(np.degrees(np.arctan2(-matrix[1, 0], matrix[0, 0])))
        runs = [(text, piece) for text, piece in _runs(one, style) if text]
        along = 0.0
        widths = [_width(text, piece) for text, piece in runs]
        if len(runs) > 1:  # several colours on one line: each begins where the one before ends
            along = -sum(widths) * {"middle": 0.5, "end": 1.0}.get(style.get("text-anchor", ""), 0)
        for (text, piece), width in zip(runs, widths, strict=True):
            x, y = (matrix @ (along, 0, 1))[:2]
            self.axes.text(
                x, y, text, rotation=turn, rotation_mode="anchor", va="baseline",
                ha=_ANCHORS[piece.get("text-anchor", "start")] if len(runs) == 1 else "left",
                fontsize=_size(piece), color=_colour(piece.get("fill", INK), _opacity(piece)),
                fontweight=piece.get("font-weight", "normal"), zorder=self._next(),
            )  # fmt: skip
            along += width


def _tag(one: ElementTree.Element) -> str:
    return str(one.tag).rpartition("}")[2]


def _style(one: ElementTree.Element, above: Mapping[str, str]) -> dict[str, str]:
    """Return what holds for an element: what it inherits, its attributes, and its style."""
    found = {key: value for key, value in above.items() if key in _INHERITED}
    own = {key: value for key, value in one.attrib.items() if "{" not in key}
    for pair in one.attrib.get("style", "").split(";"):
        key, colon, value = pair.partition(":")
        if colon:
            own[key.strip()] = value.strip()
    own["opacity"] = str(float(above.get("opacity", 1)) * float(own.get("opacity", 1)))
    for key in ("stroke-width", "fill-opacity", "stroke-opacity"):
        if key in above and _tag(one) in ("path", "use"):
            found[key] = above[key]
    return {**found, **own}


def _runs(
    one: ElementTree.Element, style: Mapping[str, str]
) -> Iterator[tuple[str, Mapping[str, str]]]:
    yield one.text or "", style
    for inner in one:
        yield from _runs(inner, {**style, **_style(inner, style)})
        yield inner.tail or "", style


def _size(style: Mapping[str, str]) -> float:
    return float(style.get("font-size", "12").removesuffix("px"))


def _opacity(style: Mapping[str, str]) -> float:
    return float(style.get("opacity", 1)) * float(style.get("fill-opacity", 1))


def _width(text: str, style: Mapping[str, str]) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=_size(style), weight=style.get("font-weight", "normal"))
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


def _colour(text: str, opacity: float) -> Any:
    return "none" if text == "none" else (text, opacity)


def _moved(x: float, y: float) -> NDArray[Any]:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], dtype=np.float64)


def _matrix(transform: str) -> NDArray[Any]:
    matrix = np.eye(3)
    for name, given in _TRANSFORM.findall(transform):
        numbers = [float(one) for one in _NUMBER.findall(given)]
        if name == "translate":
            matrix = matrix @ _moved(numbers[0], numbers[1] if len(numbers) > 1 else 0)
        elif name == "scale":
            matrix = matrix @ np.diag([numbers[0], numbers[-1], 1.0])
        elif name == "rotate":
            turn = np.radians(numbers[0])
            sine, cosine = np.sin(turn), np.cos(turn)
            spin = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
            x, y = numbers[1:3] if len(numbers) > 2 else (0.0, 0.0)
            matrix = matrix @ _moved(x, y) @ spin @ _moved(-x, -y)
        elif name == "matrix":
            a, b, c, d, e, f = numbers
            matrix = matrix @ np.array([[a, c, e], [b, d, f], [0, 0, 1]])
    return matrix


def _affine(matrix: NDArray[Any]) -> Any:
    from matplotlib.transforms import Affine2D

    return Affine2D(matrix)


def _outline(one: ElementTree.Element) -> Any:
    """Return the path of a shape."""
    from matplotlib.path import Path

    if _tag(one) == "rect":
        x, y, width, height = (
            float(one.attrib.get(key, 0)) for key in ("x", "y", "width", "height")
        )
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
        return Path(corners, closed=True)
    if _tag(one) == "circle":
        cx, cy, radius = (float(one.attrib[key]) for key in ("cx", "cy", "r"))
        return Path.circle((cx, cy), radius)
    kinds = {"M": Path.MOVETO, "L": Path.LINETO, "Q": Path.CURVE3, "C": Path.CURVE4}
    points: list[tuple[float, float]] = []
    codes: list[Any] = []
    x = y = 0.0
    start = (0.0, 0.0)
    for command, rest in _COMMAND.findall(one.attrib["d"]):
        numbers = [float(number) for number in _NUMBER.findall(rest)]
        upper, relative = command.upper(), command.islower()
        if upper == "Z":
            points.append(start)
            codes.append(Path.CLOSEPOLY)
            x, y = start
            continue
        if upper in "HV":
            for number in numbers:
                to = number + ((x if upper == "H" else y) if relative else 0)
                x, y = (to, y) if upper == "H" else (x, to)
                points.append((x, y))
                codes.append(Path.LINETO)
            continue
        size, code = 2 * _POINTS[upper], kinds[upper]
        for first in range(0, len(numbers), size):
            part = np.reshape(numbers[first : first + size], (-1, 2))
            part = np.add(part, (x, y)) if relative else part
            points += [(float(a), float(b)) for a, b in part]
            codes += [code if not (upper == "M" and first) else Path.LINETO] * len(part)
            x, y = points[-1]
            if upper == "M" and not first:
                start = (x, y)
    return Path(points, codes)


def _pixels(address: str) -> NDArray[Any]:
    """Return the pixels of a PNG within a page."""
    from matplotlib.image import imread

    content = base64.b64decode(address.partition("base64,")[2])
    pixels = np.asarray(imread(io.BytesIO(content), format="png"))
    return np.round(255 * pixels) if pixels.ndim == 2 else pixels
