"""IDX bytes: round trips, a file written by hand, and every way of being wrong."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from glyphlab._common.errors import DataError
from glyphlab.data.formats.idx import decode_idx, encode_idx

BY_HAND = bytes.fromhex("00000803 00000001 00000002 00000003 010203fdfeff")


def test_a_file_written_by_hand():
    assert decode_idx(BY_HAND).tolist() == [[[1, 2, 3], [253, 254, 255]]]
    assert encode_idx(np.array([[[1, 2, 3], [253, 254, 255]]], np.uint8)) == BY_HAND


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=4, max_side=5)), st.booleans())
def test_round_trip(array, compressed):
    content = encode_idx(array)
    read = decode_idx(gzip.compress(content) if compressed else content, axes=array.ndim)
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, array)


@pytest.mark.parametrize("length", range(len(BY_HAND)))
@pytest.mark.parametrize("compressed", [False, True])
def test_cut_at_any_byte(length, compressed):
    content = BY_HAND[:length]
    with pytest.raises(DataError) as caught:
        decode_idx(gzip.compress(content) if compressed else content, "x-ubyte")
    assert "x-ubyte" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_gzip_cut_at_any_byte():
    packed = gzip.compress(BY_HAND)
    for length in range(2, len(packed)):
        with pytest.raises(DataError, match="gzip stream is cut short or damaged"):
            decode_idx(packed[:length])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x89PNG" + BY_HAND[4:], "starts with 0x89504e47"),
        (b"\0\0\x0a\x03" + BY_HAND[4:], "starts with 0x00000a03"),
        (b"\0\0\x0d\x03" + BY_HAND[4:], "22 bytes, expected 40"),
        (BY_HAND + b"\0", "23 bytes, expected 22"),
        (b"\0\0\x08\x02" + b"\xff" * 8, "2 axes, which promises more than any file holds"),
        (b"\0\0\x08\x40" + b"\0\0\0\1" * 64, "64 axes, which promises more"),
        (b"\0\0\x08\x03" + b"\xff" * 8 + b"\0" * 4, "3 axes, which promises more"),
        (gzip.compress(BY_HAND + bytes(10**7)), "unpacks to more than 22 bytes"),
    ],
)
def test_wrong_content(content, message):
    with pytest.raises(DataError, match=message):
        decode_idx(content)


def test_a_header_of_ten_gigabytes_is_refused_before_anything_is_unpacked():
    header = b"\0\0\x08\x03" + (10_000).to_bytes(4, "big") + (1_000).to_bytes(4, "big") * 2
    with pytest.raises(DataError, match=r"unpacks to 10 GB, expected at most 1\.07 GB"):
        decode_idx(gzip.compress(header + bytes(1_000)))
    with pytest.raises(DataError, match="1016 bytes, expected 10000000016"):
        decode_idx(header + bytes(1_000))


def test_wrong_number_of_axes():
    with pytest.raises(DataError, match="3 axes, expected 1"):
        decode_idx(BY_HAND, axes=1)


def test_other_numbers_of_axes_that_will_do():
    assert decode_idx(BY_HAND, axes=(3, 4)).shape == (1, 2, 3)
    with pytest.raises(DataError, match="3 axes, expected those of images or of labels"):
        decode_idx(BY_HAND, axes=(1, 2))


TYPES = [np.uint8, np.int8, np.int16, np.int32, np.float32, np.float64]


@pytest.mark.parametrize("dtype", TYPES)
def test_every_type_that_the_format_has(dtype):
    values = np.array([[0, 1, 2], [100, 101, 127]]).astype(dtype)
    read = decode_idx(encode_idx(values))
    assert read.dtype == dtype
    assert read.dtype.isnative
    np.testing.assert_array_equal(read, values)
    other_order = values.astype(values.dtype.newbyteorder())
    assert encode_idx(other_order) == encode_idx(values)


def test_numbers_are_big_endian_as_the_format_says():
    # 0x0C: 32-bit integers, two of them
    assert decode_idx(bytes.fromhex("00000c01 00000002 00000001 fffffffe")).tolist() == [1, -2]
    assert encode_idx(np.array([1.5], np.float32)) == bytes.fromhex("00000d01 00000001 3fc00000")


@pytest.mark.parametrize("dtype", [np.int64, np.uint16, np.bool_, np.complex64])
def test_types_that_the_format_has_not(dtype):
    with pytest.raises(DataError, match=np.dtype(dtype).name):
        encode_idx(np.zeros(3, dtype))
