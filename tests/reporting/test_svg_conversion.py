"""Every drawing as PDF and PNG: what is converted is what matplotlib itself would have drawn."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

from glyphlab._common.errors import UsageError
from glyphlab.reporting.conversion.figure_files import write_figures
from glyphlab.reporting.conversion.svg_conversion import converted, on_its_own
from glyphlab.reporting.pictures.gallery import error_gallery
from glyphlab.reporting.pictures.image_rows import image_rows
from glyphlab.reporting.plots import canvas
from glyphlab.reporting.plots.confusion_plot import confusion_figure

from .test_figures import FIGURES


def pixels_of(content: bytes) -> Any:
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"), dtype=np.float64)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_three_forms(name: str) -> None:
    alone = on_its_own(FIGURES[name]())
    assert "var(" not in alone
    root = ET.fromstring(alone)
    pdf, png = converted(alone, "pdf"), converted(alone, "png")
    assert pdf.startswith(b"%PDF")
    pixels = pixels_of(png)
    width, height = (float(one) for one in root.attrib["viewBox"].split()[2:])
    assert pixels.shape[:2] == pytest.approx((2 * height, 2 * width), abs=2)
    assert 0.0005 < (pixels < 250).any(axis=2).mean() < 0.99
    assert converted(alone, "pdf") == pdf
    assert converted(alone, "png") == png


@pytest.mark.parametrize("name", ["interval", "learning", "digit", "confusion", "sweep", "grid"])
def test_a_converted_drawing_is_the_drawing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = {}

    def keep(figure: Any, label: str) -> str:
        text = original(figure, label)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=144, facecolor="white")
        drawn["png"] = buffer.getvalue()
        return text

    original = canvas.to_svg
    for module in ("figures", "confusion_plot", "sweep_figures", "small_multiples"):
        monkeypatch.setattr(f"glyphlab.reporting.plots.{module}.to_svg", keep)
    again = converted(on_its_own(FIGURES[name]()), "png", 144)
    apart = np.abs(pixels_of(again) - pixels_of(drawn["png"]))
    assert apart.mean() < 1.5  # of 255: text and lines lie where they lay, to a fraction of a pixel


def test_pictures_keep_their_pixels() -> None:
    image = np.zeros((1, 8, 8), np.uint8)
    image[0, :4, :4] = 255
    text = on_its_own(image_rows({"a": image}, ["b"]))
    pixels = pixels_of(converted(text, "png", 72))
    found = next(one for one in ET.fromstring(text).iter() if one.tag.endswith("image"))
    x, y, size = (int(float(found.attrib[key])) for key in ("x", "y", "width"))
    inside = pixels[y + 2 : y + size - 2, x + 2 : x + size - 2, 0]
    quarter = inside.shape[0] // 2 - 4
    assert (inside[:quarter, :quarter] == 255).all()
    assert (inside[-quarter:, -quarter:] == 0).all()


def test_several_colours_stand_on_one_line() -> None:
    text = on_its_own(error_gallery(np.zeros((1, 8, 8)), ["3"], ["8"], [0.5]))
    pixels = pixels_of(converted(text, "png"))
    warm = (pixels[..., 0] > 180) & (pixels[..., 2] < 80)
    assert warm.any()


def test_files_are_named_by_their_figures(tmp_path: Any) -> None:
    svg = confusion_figure(np.eye(2, dtype=int), "01")
    files = write_figures(tmp_path / "new" / "figures", {"matrix": svg})
    assert sorted(file.name for file in files) == ["matrix.pdf", "matrix.png", "matrix.svg"]
    assert all(file.stat().st_size > 500 for file in files)
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="is a file, expected a folder"):
        write_figures(tmp_path / "file", {"matrix": svg})
    assert (tmp_path / "file").read_text() == "x"
    with pytest.raises(UsageError, match="no SVG with a viewBox"):
        write_figures(tmp_path / "other", {"matrix": "<svg></svg>"})
    assert not (tmp_path / "other").exists()
