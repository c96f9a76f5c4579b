"""Changes of glyphs: what they do when only one is allowed, and against SciPy."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from glyphlab._common.errors import UsageError
from glyphlab._common.seeds import torch_rng
from glyphlab.tasks import GlyphAffine

NOTHING = {"degrees": 0, "scale": 0, "shear": 0, "shift": 0}


def blobs(n=6, side=28, seed=0):
    noise = np.random.default_rng(seed).random((n, side, side))
    smooth = ndimage.gaussian_filter(noise, (0, 2.5, 2.5))
    smooth[:, :5] = smooth[:, -5:] = smooth[:, :, :5] = smooth[:, :, -5:] = 0
    return (255 * smooth / smooth.max()).astype(np.uint8)


def test_no_change_is_no_change():
    np.testing.assert_array_equal(GlyphAffine(**NOTHING)(blobs(), 3), blobs())


def test_seeds():
    change = GlyphAffine()
    first, again, other = change(blobs(), 1), change(blobs(), 1), change(blobs(), 2)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any(axis=(1, 2)).all()
    assert first.dtype == np.uint8
    assert len({image.tobytes() for image in change(np.repeat(blobs(1), 8, axis=0), 1)}) == 8


@pytest.mark.parametrize("shape", [(28, 28), (20, 32)])
def test_against_scipy(shape):
    """The whole formula, with the same draws, in another library's coordinates."""
    change = GlyphAffine(degrees=25, scale=0.2, shear=0.3, shift=2)
    images = np.zeros((5, *shape), np.uint8)
    images[:, 4:16, 6:18] = blobs(5)[:, 8:20, 8:20]
    changed = change(images, 11)
    rng = torch_rng(11, "affine")
    draws = [(torch.rand(5, generator=rng) * 2 - 1).double().numpy() for _ in range(5)]
    for row in range(5):
        turn, size, slant, down, right = (values[row] for values in draws)
        angle, slant = np.deg2rad(25 * turn), 0.3 * slant
        # In (row, column): x' = x + slant·y, then a turn, then the size.
        slanted = np.array([[1, 0], [slant, 1]])
        turned = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        matrix = turned @ slanted / (1 + 0.2 * size)
        centre = (np.array(shape) - 1) / 2
        moved = np.array([2 * down, 2 * right])
        expected = ndimage.affine_transform(
            images[row].astype(float), matrix, centre - matrix @ centre + moved, order=1
        )
        assert np.abs(expected - changed[row]).max() < 1


def test_defaults_keep_the_glyph_in_place():
    images = np.zeros((400, 28, 28), np.uint8)
    images[:, 12:16, 12:16] = 255
    ink = GlyphAffine()(images, 5).astype(float)
    total = ink.sum(axis=(1, 2))
    centre = (ink.sum(axis=2) * np.arange(28)).sum(axis=1) / total
    assert np.abs(centre - 13.5).max() < 1.15
    assert np.ptp(centre) > 1.5
    assert 0.75 < total.min() / images[0].sum() < total.max() / images[0].sum() < 1.3


def test_elastic_is_bounded_and_smooth():
    # On a ramp the change of value is the displacement itself, for a slope of 8 a pixel.
    ramp = np.repeat(np.arange(28, dtype=np.uint8)[None, None] * 8, 20, axis=0).repeat(28, axis=1)
    bent = GlyphAffine(**NOTHING, elastic=2)(ramp, 4)
    inner = (bent.astype(float) - ramp)[:, 3:-3, 3:-3] / 8
    assert 1 < np.abs(inner).max() <= 2.1
    assert np.abs(np.diff(inner, axis=1)).max() < 0.6


def test_no_images():
    assert GlyphAffine()(np.zeros((0, 28, 28), np.uint8), 0).shape == (0, 28, 28)


@pytest.mark.parametrize(
    "bounds", [{"degrees": -1}, {"scale": 1.0}, {"shift": float("nan")}, {"elastic": -0.1}]
)
def test_bounds(bounds):
    with pytest.raises(UsageError, match=f"affine {next(iter(bounds))} is"):
        GlyphAffine(**bounds)
