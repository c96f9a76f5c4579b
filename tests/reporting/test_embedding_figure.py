"""Maps of points as pictures."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
from PIL import Image

from glyphlab.reporting.plots.embedding_figure import embedding_figure, label_colours, pair_colours

POINTS = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])


def picture_of(svg: str) -> np.ndarray:
    data = re.search(r"base64,([^\"]+)", svg)
    assert data
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data[1]))).convert("RGBA"))


def test_a_dot_stands_where_its_point_does() -> None:
    colours = np.array([[250, 0, 0], [0, 250, 0], [0, 0, 250]], np.uint8)
    found = picture_of(embedding_figure([("a", POINTS, colours)], [("one", "#000000")]))
    middle = found.shape[0] // 2
    for channel, (below, right) in enumerate([(True, False), (True, True), (False, True)]):
        part = found[middle:] if below else found[:middle]
        part = part[:, middle:] if right else part[:, :middle]
        inked = part[part[..., 3] > 0][:, :3]
        assert len(inked)
        assert (inked.argmax(1) == channel).all()


def test_every_label_has_a_colour_of_its_own() -> None:
    labels = np.array([3, -1, 3, 18])
    colours, legend = label_colours(labels)
    assert [name for name, _ in legend] == ["-1", "3", "18"]
    assert len({colour for _, colour in legend}) == 3
    np.testing.assert_array_equal(colours[0], colours[2])


def test_pairs_are_told_by_hue_and_lightness() -> None:
    symbols = np.stack(np.meshgrid(np.arange(10), np.arange(10)), -1).reshape(-1, 2)
    colours, legend = pair_colours(symbols)
    assert len(np.unique(colours, axis=0)) == 100
    assert len(legend) == 10
    light = colours[symbols[:, 0] == 4].astype(int).sum(1)
    assert (np.diff(light[np.argsort(symbols[symbols[:, 0] == 4][:, 1])]) > 0).all()


def test_names_are_escaped() -> None:
    colours = np.zeros((3, 3), np.uint8)
    svg = embedding_figure([("<b>", POINTS, colours)], [("a&b", "#123456")])
    assert "&lt;b&gt;" in svg
    assert "a&amp;b" in svg


def test_labels_and_pairs_are_called_by_names() -> None:
    _, legend = label_colours(np.array([0, 9]), {0: "1", 9: "10"})
    assert [name for name, _ in legend] == ["1", "10"]
    _, legend = pair_colours(np.array([[0, 1], [1, 0]]), ["Bag", "Coat"])
    assert [name for name, _ in legend] == ["Bag+…", "Coat+…"]
    long = [("T-shirt/top", "#123456"), ("Trouser", "#123456")]
    svg = embedding_figure([("a", POINTS, np.zeros((3, 3), np.uint8))], long)
    first, second = (int(x) for x in re.findall(r'<text x="(\d+)"[^>]*font-size="12"', svg))
    assert second == first or second - first >= 7 * len("T-shirt/top")
