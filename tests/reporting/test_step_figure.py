"""Figures of steps and of what grows stronger: they show what they are given."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from glyphlab._common.errors import UsageError
from glyphlab._common.untrusted import read_gray
from glyphlab.reporting.conversion.figure_files import write_figure
from glyphlab.reporting.pictures.step_figure import step_figure
from glyphlab.reporting.plots.small_multiples import sweep_grid

RNG = np.random.default_rng(0)
ROWS = {
    "a photo.jpg": [
        ("picture", RNG.integers(0, 256, (900, 1200), dtype=np.uint8)),
        ("uneven light removed", RNG.integers(0, 256, (90, 120), dtype=np.uint8)),
        ("fitted & centred", RNG.integers(0, 256, (28, 28), dtype=np.uint8)),
    ],
    "b.png": [("picture", np.zeros((28, 28), np.uint8))],
}


def test_a_tile_a_step() -> None:
    svg = step_figure(ROWS)
    assert svg.count("<image") == 4
    for text in ("a photo.jpg", "b.png", "picture", "removed", "fitted &amp; centred"):
        assert text in svg, text
    assert svg == step_figure(ROWS)
    assert len(svg) < 2_000_000


def test_the_same_as_a_png(tmp_path: Path) -> None:
    write_figure(tmp_path / "steps.png", step_figure(ROWS))
    image = read_gray(tmp_path / "steps.png").pixels
    assert image.shape[1] > 600
    assert (image.min(), image.max()) == (0, 255)
    before = (tmp_path / "steps.png").read_bytes()
    write_figure(tmp_path / "steps.png", step_figure(ROWS))
    assert (tmp_path / "steps.png").read_bytes() == before
    with pytest.raises(UsageError, match=r"steps.gif: expected .* ends with .svg, .pdf or .png"):
        write_figure(tmp_path / "steps.gif", step_figure(ROWS))


def test_a_chart_for_each_with_its_unit() -> None:
    points = [(-1.0, 0.5, 0.4, 0.6), (0.0, 0.9, 0.88, 0.93), (2.0, 0.3, 0.2, 0.4)]
    svg = sweep_grid(
        dict.fromkeys(("noise", "shift", "turn", "size"), points),
        dict.fromkeys(("noise", "shift", "turn", "size"), "pixels on either side"),
        "accuracy",
    )
    for text in ("noise", "size", "pixels on either side", "\N{MINUS SIGN}1", "50 %", "accuracy"):
        assert text in svg, text
    assert len(re.findall(r"pixels on either side", svg)) >= 4


def test_labels_of_ticks_never_touch() -> None:
    def shown(*strengths: float) -> list[float]:
        points = [(one, 0.5, 0.4, 0.6) for one in strengths]
        panels = dict.fromkeys(("noise", "shift", "contrast"), points)
        root = ET.fromstring(sweep_grid(panels, dict.fromkeys(panels, "share"), "accuracy"))
        texts = [one.text or "" for one in root.iter() if one.tag.endswith("text")]
        found = [float(one) for one in texts if re.fullmatch(r"\d+(\.\d+)?", one)]
        assert found[: len(found) // 3] * 3 == found
        return found[: len(found) // 3]

    assert shown(0, 0.1, 0.2, 0.3, 0.4, 0.5) == [0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert shown(0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9) == [0, 0.2, 0.4, 0.6, 0.9]
    assert shown(0, 0.5, 0.98, 1) == [0, 0.5, 1]
