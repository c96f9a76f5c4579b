"""Pictures from outside, as grey pixels."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.untrusted.limits import IMAGE_BYTES, IMAGE_PIXELS
from glyphlab._common.untrusted.plain_files import Unreadable, read_plain_file

__all__ = ["ENDINGS", "FORMATS", "OF_BITS", "GrayImage", "bits_of", "gray_pixels", "read_gray",
           "read_size"]  # fmt: skip

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""What is read; formats that start another program, as EPS does, are not among them."""
ENDINGS = frozenset(
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".bmp",
        ".dib",
        ".gif",
        ".tif",
        ".tiff",
        ".webp",
        ".ppm",
        ".pgm",
        ".pbm",
        ".pnm",
    ]
)
"""Of image files in a folder, in any case; a file that is named by itself may have any name."""
_PART = 1 << 18
_ORIENTATION = 0x0112
"""Number of the EXIF tag."""
_LYING = 5
"""Orientations from here on exchange height and width."""
_WIDTH, _HEIGHT = 256, 257
"""Numbers of TIFF's tags."""
OF_BITS = MappingProxyType({
    8: "levels of 8 bits taken as they are",
    12: "scaled from 12 bits to 8",
    16: "scaled from 16 bits to 8",
})  # fmt: skip
"""What is said to be done to images whose files have room for more than eight bits."""


@dataclass(frozen=True)
class GrayImage:
    """A picture in grey.

    Attributes
    ----------
    pixels : (h, w) uint8
    done : tuple of str
        What was done to it beyond taking its brightness, such as ``"turned as its EXIF says"``.
    """

    pixels: NDArray[np.uint8]
    done: tuple[str, ...]

    @property
    def bits(self) -> int:
        """Bits that its levels take, where its file has room for more than eight; otherwise 0."""
        return next((bits for bits, said in OF_BITS.items() if said in self.done), 0)


def read_gray(path: Path) -> GrayImage:
    """Read an image file in grey.

    Sixteen bits are scaled to eight by their upper ones, where no more than eight or twelve are
    used by these, and floats from 0..1 or 0..255; what is transparent is laid on the background
    that its ink stands out from, or, where it is less than a fifth, that goes on what is opaque;
    of colours only the lightness counts; the orientation that EXIF gives is applied; of several
    frames the first one counts.

    Raises
    ------
    Absent
        Where there is no such file.
    Unreadable
        Where it is no image of `FORMATS`, is damaged, or has more than 50 million pixels.
    """
    return gray_pixels(read_plain_file(path, IMAGE_BYTES), path)


def read_size(path: Path) -> tuple[int, int]:
    """Return height and width that `read_gray` would give an image, in pixels; none is decoded.

    Raises
    ------
    Absent, Unreadable
        As `read_gray`, as far as the beginning of the file shows it.
    """
    with _opened(read_plain_file(path, IMAGE_BYTES), path) as image:
        width, height = image.size
        tags = getattr(image, "tag_v2", {})
        stored = tags.get(_WIDTH, width), tags.get(_HEIGHT, height)
        # Pillow gives a TIFF the upright size itself, but not where only its XMP turns it
        lying = _orientation(image) >= _LYING and stored == (width, height)
        return (width, height) if lying else (height, width)


def gray_pixels(content: bytes, where: str | Path) -> GrayImage:
    """Return the grey pixels of an image file's bytes; see `read_gray`."""
    from PIL import ImageOps

    with _opened(content, where) as image:
        done = []
        if (frames := getattr(image, "n_frames", 1)) > 1:
            done.append(f"first of {frames} frames taken")
        if _orientation(image) != 1:
            image.load()
            pixels, more = _gray(ImageOps.exif_transpose(image))
            done.append("turned as its EXIF says")
        else:
            pixels, more = _gray(image)
    return GrayImage(pixels, (*done, *more))


def bits_of(highest: int) -> int:
    """Return how many bits levels up to `highest` have: 8, 12 or 16.

    Programs save 8 and 12 bits as numbers of 16, or of 32: scaled by the upper 8 they are black.
    """
    return next(bits for bits in (8, 12, 16) if highest < 1 << bits)


class _Levels(ValueError):
    """Values of pixels that stand for no grey."""


@contextlib.contextmanager
def _opened(content: bytes, where: str | Path) -> Iterator[Any]:
    """Yield a Pillow image; what it says in the block is turned into our words."""
    from PIL import Image, UnidentifiedImageError

    if not content:
        raise Unreadable(where, "it is empty, expected an image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of what is refused below anyway
            with Image.open(io.BytesIO(content), formats=FORMATS) as image:
                width, height = image.size
                if width * height > IMAGE_PIXELS:
                    raise Image.DecompressionBombError(f"{width}×{height} pixels")
                yield image
    except Unreadable:
        raise
    except Image.DecompressionBombError as error:
        raise Unreadable(
            where, f"it has too many pixels ({error}), expected at most {IMAGE_PIXELS:,}",
            "scale it down",
        ) from error  # fmt: skip
    except UnidentifiedImageError as error:
        raise Unreadable(
            where, "it cannot be read as an image (it is none, or its beginning is damaged)",
            f"give one of {', '.join(FORMATS)}",
        ) from error  # fmt: skip
    except _Levels as error:
        raise Unreadable(
            where, f"it cannot be read as an image ({error})", "scale its values"
        ) from error
    except Exception as error:  # a broken image fails in as many ways as there are formats
        raise Unreadable(
            where, f"it cannot be read as an image: it is damaged ({_said(error)})",
            "repair or replace it",
        ) from error  # fmt: skip


def _orientation(image: Any) -> int:
    """Return how a camera was held, 1 to 8; 1, upright, where nothing sensible says so."""
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged EXIF is no reason against the picture
        return 1
    return found if found in range(1, 9) else 1


def _gray(image: Any) -> tuple[NDArray[np.uint8], list[str]]:
    """Return the pixels of a Pillow image, and what was done beyond taking its brightness."""
    mode, transparent = image.mode, "transparency" in image.info
    if mode.startswith("I"):
        return _of_integers(np.asarray(image))
    if mode == "LAB":  # which Pillow turns into no other mode
        return np.asarray(image.getchannel("L")), []
    if mode == "F":
        return _of_floats(np.asarray(image))
    if mode in ("PA", "RGBa", "La") or transparent:
        image = image.convert("RGBA")
        mode = "RGBA"
    if mode in ("LA", "RGBA"):
        return _composed(np.asarray(image.convert("L")), np.asarray(image.getchannel("A")))
    return np.asarray(image if mode == "L" else image.convert("L")), []


def _of_integers(values: NDArray[Any]) -> tuple[NDArray[np.uint8], list[str]]:
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 65535:
        raise _Levels(f"values from {low} to {high}, expected 0 to 65535 of 16 bits")
    bits = bits_of(high)
    return (values >> (bits - 8)).astype(np.uint8), [OF_BITS[bits]]


def _of_floats(values: NDArray[Any]) -> tuple[NDArray[np.uint8], list[str]]:
    low, high = float(values.min()), float(values.max())
    if not (0 <= low <= high <= 255):  # what is no number is in no range
        raise _Levels(f"values from {low:g} to {high:g}, expected 0 to 1 or 0 to 255")
    scale = 255.0 if high <= 1 else 1.0
    done = ["scaled from 0..1 to 0..255"] if scale > 1 else []
    flat, pixels = values.ravel(), np.empty(values.size, np.uint8)
    for part in _parts(flat):
        pixels[part] = np.rint(flat[part] * scale)
    return pixels.reshape(values.shape), done


def _composed(
    gray: NDArray[np.uint8], alpha: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], list[str]]:
    """Lay grey ``(h, w)`` on black or white, whichever what is opaque stands out from.

    Where nearly all is opaque that is no ink but the paper, which goes on where nothing is.
    """
    if alpha.min() == 255:
        return gray, []
    weight = int(alpha.sum(dtype=np.int64))
    ink, cover, pixels = gray.ravel(), alpha.ravel(), np.empty(gray.size, np.uint8)
    bright = sum(int(np.dot(ink[part].astype(np.int64), cover[part])) for part in _parts(ink))
    dark = bright < 128 * weight
    paper = weight > 0.8 * 255 * alpha.size
    ground = 255 if weight and dark != paper else 0
    for part in _parts(ink):
        a = cover[part].astype(np.uint32)
        pixels[part] = (ink[part] * a + ground * (255 - a) + 127) // 255
    said = f"what is transparent laid on {'white' if ground else 'black'}"
    return pixels.reshape(gray.shape), [said]


def _parts(flat: NDArray[Any]) -> list[slice]:
    """Return parts of many pixels, for which there is room as larger numbers."""
    return [slice(start, start + _PART) for start in range(0, len(flat), _PART)]


def _said(error: Exception) -> str:
    said = getattr(error, "strerror", None) or str(error)
    return said.split("<_io")[0].strip() or type(error).__name__
