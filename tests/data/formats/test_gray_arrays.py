"""Arrays of any kind become grey images of eight bits, and labels become names."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from glyphlab._common.errors import DataError
from glyphlab._common.untrusted.gray_images import gray_pixels
from glyphlab.data.formats.gray_arrays import coded, gray_images, gray_parts, named

WHOLE = np.random.default_rng(0).integers(0, 256, (5, 6, 7), dtype=np.uint8)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (WHOLE, []),
        (WHOLE.astype(np.int64), []),
        (WHOLE.astype(np.float64), []),
        (WHOLE / 255, ["scaled from 0..1 to 0..255"]),
        ((WHOLE / 255).astype(np.float32), ["scaled from 0..1 to 0..255"]),
        (WHOLE / 127.5 - 1, ["scaled from -1..1 to 0..255"]),
        ((WHOLE.astype(np.int16) - 128).astype(np.int8),
         ["values from -128 to 127 moved to 0 to 255"]),
        (WHOLE.astype(np.uint16) << 8, ["scaled from 16 bits to 8"]),
        (WHOLE.astype(np.int32) * 256 + 255, ["scaled from 16 bits to 8"]),
        (WHOLE.astype(np.uint16) << 4, ["scaled from 12 bits to 8"]),
        (WHOLE.astype(">i2") * 16 + 15, ["scaled from 12 bits to 8"]),
        (WHOLE.astype(np.float32) * 16, ["scaled from 12 bits to 8"]),
        (WHOLE.astype(np.float64) * 256 + 255, ["scaled from 16 bits to 8"]),
        (WHOLE[..., None], []),
        (WHOLE[:, None], []),
        (WHOLE.astype(">f8"), []),
    ],
)  # fmt: skip
def test_numbers_of_every_kind_are_the_same_image(values: np.ndarray, said: list[str]) -> None:
    found, remarks = gray_images(values, "a file")
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, WHOLE)
    assert remarks == said


@pytest.mark.parametrize("highest", [255, 256, 1023, 4095, 4096, 65535])
@pytest.mark.parametrize("kind", [np.uint16, np.int32, np.float64])
def test_an_array_is_read_as_a_picture_of_the_same_levels(highest: int, kind: type) -> None:
    levels = np.random.default_rng(2).integers(0, highest + 1, (7, 9), dtype=np.uint16)
    levels[0, 0] = highest
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "PNG")
    expected = gray_pixels(file.getvalue(), "a.png").pixels
    np.testing.assert_array_equal(gray_images(levels[None].astype(kind), "a file")[0][0], expected)


DARK = WHOLE // 200  # 0 and 1


@pytest.mark.parametrize(
    ("bright", "dark", "expected"),
    [
        (WHOLE, DARK, DARK),
        (WHOLE.astype(np.float64), DARK.astype(np.float64), DARK),
        (WHOLE.astype(np.float32), DARK, DARK),
        (WHOLE.astype(np.uint16) + 7, WHOLE, WHOLE >> 4),
        (WHOLE.astype(np.uint16) * 16, WHOLE.astype(np.uint16), WHOLE >> 4),
        (WHOLE.astype(np.uint16) << 8, WHOLE.astype(np.uint8), WHOLE * 0),
        (WHOLE * 16.0, WHOLE * 1.0, WHOLE >> 4),
        (WHOLE / 127.5 - 1, WHOLE / 255, np.rint(WHOLE / 255 * 127.5 + 127.5)),
        (WHOLE - 0.5 * (WHOLE > 0), DARK.astype(np.float64), DARK),
        ((WHOLE.astype(np.int16) - 128).astype(np.int8), DARK.astype(np.int8), DARK + 128),
    ],
)
def test_all_splits_are_on_one_scale(
    bright: np.ndarray, dark: np.ndarray, expected: np.ndarray
) -> None:
    for parts in ((bright, dark), (dark, bright)):
        found = gray_parts([(part, "a file") for part in parts])
        (of_bright, _), (of_dark, _) = found if parts[0] is bright else reversed(found)
        np.testing.assert_array_equal(of_dark, expected)
        np.testing.assert_array_equal(of_bright, gray_images(bright, "a file")[0])


@pytest.mark.parametrize("unit", [WHOLE / 255, (WHOLE / 255).astype(np.float32)])
@pytest.mark.parametrize("other", [WHOLE, WHOLE * 1.0, WHOLE - 0.25 * (WHOLE > 0)])
def test_a_split_of_another_scale_is_read_by_its_own(unit: np.ndarray, other: np.ndarray) -> None:
    (first, said), (second, _) = gray_parts([(unit, "a file"), (other, "a file")])
    np.testing.assert_array_equal(first, WHOLE)
    np.testing.assert_array_equal(second, WHOLE)
    assert said == ["scaled from 0..1 to 0..255"]


def test_the_message_names_the_file_that_is_wrong() -> None:
    with pytest.raises(DataError, match=r"^second: values from 0 to 70000, expected"):
        gray_parts([(WHOLE, "first"), (WHOLE[:, :2, :2] * 0 + np.int32(70_000), "second")])


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int64])
def test_truth_values_are_black_and_white(kind: type) -> None:
    found, remarks = gray_images((WHOLE > 100).astype(kind), "a file")
    np.testing.assert_array_equal(found, (WHOLE > 100) * 255)
    assert remarks == ["values 0 and 1 scaled to 255"]


def test_colours_are_as_bright_as_pillow_has_them() -> None:
    colours = np.random.default_rng(1).integers(0, 256, (3, 5, 4, 3), dtype=np.uint8)
    expected = np.stack([np.asarray(Image.fromarray(one).convert("L")) for one in colours])
    np.testing.assert_array_equal(gray_images(colours, "a file")[0], expected)
    first = np.moveaxis(colours, -1, 1)
    np.testing.assert_array_equal(gray_images(first, "a file")[0], expected)


def test_flat_images_are_square() -> None:
    flat = np.arange(18).reshape(2, 9)
    assert gray_images(flat, "a file")[0].shape == (2, 3, 3)
    with pytest.raises(DataError, match="8,000 pixels an image, expected a square number"):
        gray_images(np.zeros((2, 8_000)), "a file")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((2, 5, 5, 2)), r"shape \(2, 5, 5, 2\), expected"),
        (np.zeros(5), r"shape \(5\)"),
        (np.zeros((1,) * 20), "20 axes"),
        (np.zeros((2, 0, 3)), "3×0 pixels"),
        (np.zeros((2, 0)), "0 pixels an image"),
        (np.full((1, 2, 2), np.nan), "values from nan to nan"),
        (np.full((1, 2, 2), np.inf), "values from inf"),
        (np.full((1, 2, 2), 1e6), r"values from 1e\+06"),
        (np.full((1, 2, 2), 3000.5), "values from 3000.5 to 3000.5 with fractions, expected 0 to"),
        (np.full((1, 2, 2), 65536.0), "values from 65536 to 65536, .* whole numbers from 0 to 655"),
        (np.full((1, 2, 2), -3), "values from -3 to -3, expected 0 to 255"),
        (np.full((1, 2, 2), "a"), "images of <U1, expected numbers"),
        (np.zeros((1, 2, 2), np.complex64), "images of complex64"),
        (np.zeros((1, 20_000, 1), np.uint8), "1×20000 pixels"),
    ],
)
def test_what_is_no_image_is_one_line(values: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        gray_images(values, "a file")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_no_image_at_all() -> None:
    assert gray_images(np.zeros((0, 3, 3)), "a file")[0].shape == (0, 3, 3)


# --- labels --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.array([10, 2, 1, 10]), ("1", "2", "10")),
        (np.array([10.0, 2.0, 1.0, 10.0]), ("1", "2", "10")),
        (np.array(["10", "2", "1", "10"]), ("1", "2", "10")),
        (["10.0", "2", " 1 ", "10"], ("1", "2", "10")),
        (np.array([b"b", b"a", b"c", b"b"]), ("a", "b", "c")),
        (np.array([[10], [2], [1], [10]]), ("1", "2", "10")),
        (np.array([[10, 2, 1, 10]]), ("1", "2", "10")),
        (np.eye(3)[[2, 1, 0, 2]], ("0", "1", "2")),
    ],
)
def test_labels_of_every_kind(labels: object, names: tuple[str, ...]) -> None:
    (codes,), found = coded([labels], "a file")  # type: ignore[list-item]
    assert found == names
    assert codes.dtype == np.int64
    last = len(names) - 1
    assert codes.tolist() in ([last, 1, 0, last], [1, 0, 2, 1])


def test_both_splits_share_their_names() -> None:
    codes, names = coded([np.array([5, 7]), np.array([9, 5])], "a file")
    assert names == ("5", "7", "9")
    assert [part.tolist() for part in codes] == [[0, 1], [2, 0]]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([0.5, 1]), "label 0.5 is no class"),
        (np.array([np.nan, 1]), "label nan is no class"),
        (["a", " "], "the label '' is no name"),
        (["a" * 256], "is no name"),
        (["a\x1b[2J"], r"the label 'a\\x1b\[2J' is no name"),
        (np.zeros((2, 3)), r"labels of shape \(2, 3\), expected one label an image"),
        (np.arange(5_001), "5,001 different labels"),
        (np.array([object()]), "labels of object"),
    ],
)
def test_labels_that_are_no_names(labels: object, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        coded([labels], "a file")  # type: ignore[list-item]
    assert "\n" not in str(caught.value)


def test_labels_of_a_known_set() -> None:
    assert named(np.array([2, 1]), {1: "A", 2: "B"}, "a file").tolist() == [1, 0]
    with pytest.raises(DataError, match="label 3, expected 1 to 2"):
        named(np.array([1, 3]), {1: "A", 2: "B"}, "a file")
