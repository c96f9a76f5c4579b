import base64
import io
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from glyphlab.report import (
    confusion_figure,
    digit_figure,
    image_grid,
    interval_figure,
    label_grid,
    learning_figure,
    overlap_figure,
)

ROWS = [
    {"name": "a & <b>", "mean": 0.0, "low": 0.0, "high": 0.002},
    {"name": "price $5 to $6", "mean": 0.99, "low": 0.985, "high": 1.0},
]
COUNTS = np.diag([90, 95, 100]) + np.array([[0, 7, 0], [0, 0, 3], [0, 0, 0]])
FIGURES = {
    "interval": lambda: interval_figure(ROWS),
    "learning": lambda: learning_figure({"a": [[0.1, 0.9], [0.2, 0.95, 0.97]], "b": [[]]}, "exact"),
    "one epoch": lambda: learning_figure({"a": [[1.0]]}, "exact"),
    "digit": lambda: digit_figure({"a": [[0.9, 1.0, np.nan]], "b": [[0.5, 0.8, 0.1]]}, "012"),
    "confusion": lambda: confusion_figure(COUNTS, "012"),
    "labels": lambda: label_grid({"train": [0, 1, 2], "test": [5]}, 10),
    "overlap": lambda: overlap_figure({"published": 0.94, "disjoint": 0.0}),
    "images": lambda: image_grid(
        np.eye(8, dtype=np.uint8)[None].repeat(3, 0) * 255, ["1", "", "<"]
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_whole_named_and_the_same_every_time(name):
    settings = dict(mpl.rcParams)
    text = FIGURES[name]()
    assert text == FIGURES[name]()
    assert dict(mpl.rcParams) == settings
    root = ET.fromstring(text)
    assert root.tag.endswith("svg")
    assert root.get("aria-label")
    assert "<style" not in text
    assert "<metadata" not in text
    assert not re.search(r'(src|href)="(https?:)?//', text)
    assert "var(--" in text


def test_ids_are_only_those_that_something_points_to():
    text = FIGURES["learning"]()
    used = set(re.findall(r"(?:url\(|href=\")#([\w-]+)", text))
    assert used
    assert set(re.findall(r' id="([^"]+)"', text)) == used


def test_text_stays_text_and_names_are_escaped():
    text = interval_figure(ROWS)
    words = [node.text for node in ET.fromstring(text).iter() if node.tag.endswith("text")]
    assert "a & <b>" in words
    assert "price $5 to $6" in words
    assert "exact match" in words


def test_the_scale_names_what_is_shown():
    near = interval_figure([{"name": "a", "mean": 0.99, "low": 0.985, "high": 0.992}])
    assert "99 %" in near
    assert "50 %" not in near
    assert "50 %" in interval_figure(ROWS)


def test_errors_stand_out_by_how_many_they_are():
    text = confusion_figure(COUNTS, "012")
    assert text.count("var(--warm") == 2
    depths = [float(found) for found in re.findall(r"opacity: (0\.\d+)", text)]
    assert max(depths) == pytest.approx(0.9)
    assert "3.39%" in ET.fromstring(text).get("aria-label")


def test_pictures_come_through_unchanged():
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 56), dtype=np.uint8)
    text = image_grid(images, list("abcde"), columns=3)
    found = re.findall(r'href="data:image/png;base64,([^"]+)"', text)
    back = [np.array(Image.open(io.BytesIO(base64.b64decode(data)))) for data in found]
    np.testing.assert_array_equal(back, images)
