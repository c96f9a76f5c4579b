"""Our PNG bytes, read by another library."""

import io

import numpy as np
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp
from PIL import Image

from glyphlab._common.png import encode_png


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=3, max_dims=3, max_side=9)))
def test_pillow_reads_the_same_pixels(images):
    contents = list(encode_png(images))
    assert len(contents) == len(images)
    for content, image in zip(contents, images, strict=True):
        with Image.open(io.BytesIO(content)) as read:
            assert (read.format, read.mode) == ("PNG", "L")
            np.testing.assert_array_equal(np.asarray(read), image)


def test_chunks_join(monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (11, 4, 4), dtype=np.uint8)
    whole = list(encode_png(images))
    monkeypatch.setattr("glyphlab._common.png._CHUNK", 3)
    assert list(encode_png(images)) == whole
