"""Image files of a folder: which they are, and how they come to one size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from glyphlab._common import machine
from glyphlab._common.errors import DataError, UsageError
from glyphlab.data.formats.image_files import (
    fitted,
    image_files,
    read_at_one_size,
    read_images,
)


def save(path: Path, pixels: np.ndarray, **options: object) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


def test_images_in_any_case_and_what_is_none(tmp_path: Path) -> None:
    names = ["a.png", "b.PNG", "c.Jpg", "d.JPEG", "e.tif", "f.WEBP", "g.bmp", "h.gif", "i.pgm"]
    for name in [*names, "notes.txt", ".hidden.png", "Thumbs.db", ".DS_Store", "._a.png"]:
        (tmp_path / name).touch()
    (tmp_path / "inner").mkdir()
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "__MACOSX").mkdir()
    images, others = image_files(tmp_path)
    assert [path.name for path in images] == names
    assert [path.name for path in others] == ["folder.png", "inner", "notes.txt"]


def test_one_size_is_left_as_it_is(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 6, 9), dtype=np.uint8)
    paths = [save(tmp_path / f"{n}.png", one) for n, one in enumerate(pixels)]
    found = read_at_one_size(paths)
    np.testing.assert_array_equal(found.pixels, pixels)
    assert found.remarks == []


@pytest.mark.parametrize("read", [read_images, read_at_one_size])
def test_files_of_more_than_eight_bits_are_scaled_alike(read: Any, tmp_path: Path) -> None:
    levels = np.array([[[0, 200]], [[16, 4095]], [[0, 65535]]], np.uint16)
    paths = [save(tmp_path / f"{n}.png", one) for n, one in enumerate(levels)]
    dark, middle, bright = read(paths).pixels
    assert (dark.tolist(), middle.tolist(), bright.tolist()) == ([[0, 0]], [[0, 15]], [[0, 255]])
    assert read(paths).remarks == ["scaled from 16 bits to 8 (images: 3)"]
    dark, middle = read(paths[:2]).pixels
    assert (dark.tolist(), middle.tolist()) == ([[0, 12]], [[1, 255]])
    assert read(paths[:2]).remarks == ["scaled from 12 bits to 8 (images: 2)"]
    eight = save(tmp_path / "eight.png", np.array([[0, 200]], np.uint8))
    assert read([eight, paths[1]]).pixels[0].tolist() == [[0, 200]]  # its file has eight bits
    assert read(paths[:1]).remarks == ["levels of 8 bits taken as they are (images: 1)"]


def test_most_of_them_say_the_size(tmp_path: Path) -> None:
    shapes = [(6, 9), (6, 9), (12, 18), (3, 3)]
    paths = [save(tmp_path / f"{n}.png", np.full(shape, 40 + n, np.uint8))
             for n, shape in enumerate(shapes)]  # fmt: skip
    found = read_at_one_size(paths)
    assert found.pixels.shape == (4, 6, 9)
    assert found.remarks == ["other sizes brought to 9×6 (images: 2)"]
    assert [int(image[3, 4]) for image in found.pixels] == [40, 41, 42, 43]


def test_all_of_other_sizes_come_to_the_middle_one(tmp_path: Path) -> None:
    shapes = [(4, 10), (6, 8), (8, 6), (30, 2), (2, 30)]
    paths = [save(tmp_path / f"{n}.png", np.zeros(shape, np.uint8))
             for n, shape in enumerate(shapes)]  # fmt: skip
    assert read_at_one_size(paths).pixels.shape == (5, 6, 8)
    assert read_at_one_size(paths, (28, 28)).pixels.shape == (5, 28, 28)


@pytest.mark.parametrize("kind", ["png", "tif"])
def test_a_picture_that_exif_turns_has_its_upright_size(kind: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying, upright = np.zeros((4, 9), np.uint8), np.zeros((9, 4), np.uint8)
    paths = [save(tmp_path / f"{n}.{kind}", lying, exif=exif) for n in range(2)]
    paths.append(save(tmp_path / "z.png", np.zeros((5, 5), np.uint8)))
    found = read_at_one_size(paths)
    assert found.pixels.shape == (3, *upright.shape)
    assert found.remarks == [
        "turned as its EXIF says (images: 2)", "other sizes brought to 4×9 (images: 1)",
    ]  # fmt: skip


def test_nothing_is_stretched_and_the_rest_is_ground() -> None:
    image = np.full((10, 20), 250, np.uint8)
    image[2:8, 4:16] = 10
    found = fitted(image, (40, 40))
    assert found.shape == (40, 40)
    assert (found[:9] == 250).all()
    assert (found[31:] == 250).all()
    rows, columns = (np.flatnonzero((found < 130).any(axis)) for axis in (1, 0))
    assert (len(rows), len(columns)) == (12, 24)
    assert fitted(image, (10, 20)) is image


def test_strict_reading_names_both_files(tmp_path: Path) -> None:
    paths = [save(tmp_path / "a.png", np.zeros((2, 3), np.uint8)),
             save(tmp_path / "b.png", np.zeros((3, 3), np.uint8))]  # fmt: skip
    with pytest.raises(DataError, match=r"b\.png is 3×3 pixels but .*a\.png is 3×2"):
        read_images(paths)


def test_more_than_memory_holds_is_refused_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "memory_limit", lambda: 1_000)
    path = save(tmp_path / "a.png", np.zeros((20, 20), np.uint8))
    with pytest.raises(UsageError, match="3 images of 20×20 pixels would take"):
        read_at_one_size([path] * 3)


def test_all_that_is_broken_is_said_at_once(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 20), dtype=np.uint8)
    paths = [save(tmp_path / f"{n}.png", pixels[: 20 - n]) for n in range(9)]
    for path in paths[1:2]:
        path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"1\.png: .* is damaged .*; repair or delete it$"):
        read_at_one_size(paths)
    for path in paths[2:8]:
        path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"^7 of 9 image files .*; and 2 more; repair or delete t"):
        read_at_one_size(paths)
