"""MATLAB's files from outside: what promises too much is refused before there is room for it."""

from __future__ import annotations

import io
import struct
import time
import zlib
from typing import Any

import numpy as np
import pytest
import scipy.io

from glyphlab._common.untrusted import Unreadable
from glyphlab._common.untrusted.mat_files import parse_mat

HEAD = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x0100) + b"IM"


def saved(content: dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    scipy.io.savemat(file, content, **options)
    return file.getvalue()


@pytest.mark.parametrize("options", [{}, {"do_compression": True}, {"format": "4"}])
def test_arrays_of_numbers(options: dict[str, Any]) -> None:
    content = {"X": np.arange(12.0).reshape(3, 4), "y": np.array([[1], [2]], np.uint8)}
    found = parse_mat(saved(content, **options), "a.mat")
    np.testing.assert_array_equal(found["X"], content["X"])
    np.testing.assert_array_equal(found["y"], content["y"])


def test_nothing_but_numbers() -> None:
    content = {"text": "x", "cells": np.array([[1], ["a"]], object), "many": {"a": {"b": [1]}},
               "flag": np.array([True, False]), "complex": np.array([1j])}  # fmt: skip
    assert set(parse_mat(saved(content), "a.mat")) == {"flag"}


def test_a_variable_that_unpacks_to_anything() -> None:
    packed = zlib.compress(bytes(50_000_000), 9)
    content = HEAD + struct.pack("<II", 15, len(packed)) + packed
    began = time.process_time()
    with pytest.raises(Unreadable, match="unpacks to more than 1 MB"):
        parse_mat(content, "a.mat", 10**6)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("sides", [(2**31 - 1, 2**31 - 1), (100_000, 100_000), (-1, 5), (0, 0)])
def test_sizes_that_are_not_there(sides: tuple[int, int]) -> None:
    content = bytearray(saved({"X": np.zeros((3, 4))}))
    place = content.index(struct.pack("<ii", 3, 4))
    content[place : place + 8] = struct.pack("<ii", *sides)
    began = time.process_time()
    said, held = "", 0
    try:
        held = sum(array.nbytes for array in parse_mat(bytes(content), "a.mat").values())
    except Unreadable as error:
        said = str(error)
    assert held <= 96
    assert "\n" not in said
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is no MATLAB file"),
        (b"x" * 200, "it is no MATLAB file"),
        (HEAD + struct.pack("<II", 14, 10**9), "it is cut short"),
        (HEAD + struct.pack("<II", 15, 4) + b"abcd", "it is no MATLAB file"),
        (b"MATLAB 7.3".ljust(512) + b"\x89HDF\r\n\x1a\n", "HDF5"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
    ],
)
def test_what_is_no_such_file_is_one_line(content: bytes, message: str) -> None:
    with pytest.raises(Unreadable, match=message) as caught:
        parse_mat(content, "a.mat")
    assert str(caught.value).isprintable()
