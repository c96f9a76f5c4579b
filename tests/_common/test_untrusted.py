"""The door for bytes from outside: what is whole is read, all else is one line of ours."""

from __future__ import annotations

import ast
import bz2
import gzip
import importlib
import io
import os
import random
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

import glyphlab
from glyphlab._common.errors import GlyphlabError, RunError
from glyphlab._common.untrusted import (
    Absent,
    Unreadable,
    limits,
    parse_json,
    parse_npz,
    parse_toml,
    parse_toml_value,
    read_plain_file,
    unpack_gzip,
)
from glyphlab._common.untrusted.bzip2_streams import unpack_bzip2
from glyphlab._common.untrusted.csv_tables import parse_table
from glyphlab._common.untrusted.gray_images import gray_pixels, read_size
from glyphlab._common.untrusted.mat_files import parse_mat
from glyphlab._common.untrusted.number_tables import Columns, parse_number_table

SOURCE = Path(glyphlab.__file__).parent
READERS_OF_LIBRARIES = {
    "json.load", "json.loads", "np.load", "tomllib.load", "tomllib.loads", "csv.reader",
    "Image.open", "gzip.decompress", "gzip.open", "zipfile.ZipFile", "pickle.load", "pickle.loads",
    "bz2.decompress", "bz2.open", "bz2.BZ2Decompressor", "io.loadmat",
    "parquet.read_table", "parquet.ParquetFile", "np.loadtxt", "np.genfromtxt", "np.fromfile",
}  # fmt: skip
OUTSIDE_THE_DOOR = {
    # a copy of a document of ours
    "recipes/overrides.py": {"json.loads"},
    "runs/run.py": {"json.loads"},
    # what skops has just made of a model
    "models/sklearn/skops_files.py": {"json.loads", "zipfile.ZipFile"},
    # files of this package
    "data/published_sets.py": {"tomllib.loads"},
    "reproductions/core/execute.py": {"json.loads"},
    "reproductions/core/reported.py": {"tomllib.loads"},
}
"""What may call a library's reader elsewhere, and why."""


def as_file(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def answer(read: Callable[..., object], *words: object) -> str | None:
    """Return what a reader says against its input, or None; nothing but our own errors may come."""
    try:
        read(*words)
    except GlyphlabError as error:
        return str(error)
    return None


def test_nothing_else_calls_what_reads() -> None:
    found: dict[str, set[str]] = {}
    for file in SOURCE.rglob("*.py"):
        name = file.relative_to(SOURCE).as_posix()
        if name.startswith("_common/untrusted/"):
            continue
        calls = {
            f"{node.func.value.id}.{node.func.attr}"
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        }
        if here := calls & READERS_OF_LIBRARIES:
            found[name] = here
    assert {name: calls - OUTSIDE_THE_DOOR.get(name, set()) for name, calls in found.items()} == {
        name: set() for name in found
    }


# --- images --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1, 2_000_000), (2_000_000, 1)])
def test_a_picture_of_one_column_is_no_slower_than_another(size: tuple[int, int]) -> None:
    content = as_file(Image.new("RGBA", size, (200, 200, 200, 100)))
    began = time.process_time()
    found = gray_pixels(content, "a.png")
    assert time.process_time() - began < 2
    assert found.pixels.shape == size[::-1]
    assert (found.pixels == 230).all() or (found.pixels == 78).all()


def test_sixteen_bits_are_scaled() -> None:
    values = np.array([[0, 1000, 2000, 65535]], np.uint16)
    found = gray_pixels(as_file(Image.fromarray(values)), "a.png")
    assert found.pixels.tolist() == [[0, 3, 7, 255]]
    assert found.done == ("scaled from 16 bits to 8",)


@pytest.mark.parametrize(
    ("bits", "kind", "done"),
    [
        (8, np.uint16, "levels of 8 bits taken as they are"),
        (8, np.int32, "levels of 8 bits taken as they are"),
        (12, np.uint16, "scaled from 12 bits to 8"),
        (16, np.uint16, "scaled from 16 bits to 8"),
    ],
)
def test_fewer_bits_than_a_file_has_room_for(bits: int, kind: type, done: str) -> None:
    levels = np.array([[0, 5, 80, 255]])
    content = as_file(Image.fromarray((levels << (bits - 8)).astype(kind)), "TIFF")
    found = gray_pixels(content, "a.tif")
    assert found.pixels.tolist() == levels.tolist()
    assert found.done == (done,)


@pytest.mark.parametrize("paper", [240, 20])
def test_paper_goes_on_where_it_is_cut_off(paper: int) -> None:
    layers = np.full((20, 20, 4), paper, np.uint8)
    layers[5:15, 8] = (255 - paper,) * 3 + (255,)
    layers[..., 3] = 255
    layers[0, :, 3] = 0
    found = gray_pixels(as_file(Image.fromarray(layers)), "a.png").pixels
    assert abs(int(found[0, 0]) - paper) < 30
    assert found[10, 8] == 255 - paper


def test_of_colours_as_people_see_them_the_lightness_counts() -> None:
    lightness = Image.fromarray(np.arange(6, dtype=np.uint8).reshape(2, 3))
    plain = Image.new("L", lightness.size, 128)
    content = as_file(Image.merge("LAB", (lightness, plain, plain)), "TIFF")
    assert gray_pixels(content, "a.tif").pixels.tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(("ink", "ground"), [(0, 255), (255, 0)])
def test_what_is_transparent_is_ground(ink: int, ground: int) -> None:
    layers = np.full((3, 3, 4), 255 - ground, np.uint8)  # the worst colour to hide under nothing
    layers[..., 3] = 0
    layers[1, 1] = (ink, ink, ink, 255)
    found = gray_pixels(as_file(Image.fromarray(layers)), "a.png")
    expected = np.full((3, 3), ground)
    expected[1, 1] = ink
    assert found.pixels.tolist() == expected.tolist()


def test_a_picture_with_nothing_on_it_is_black() -> None:
    layers = np.full((2, 2, 4), 255, np.uint8)
    layers[..., 3] = 0
    assert not gray_pixels(as_file(Image.fromarray(layers)), "a.png").pixels.any()


def test_exif_turns_a_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = np.arange(6, dtype=np.uint8).reshape(2, 3)
    found = gray_pixels(as_file(Image.fromarray(upright), exif=exif), "a.png")
    assert found.pixels.tolist() == np.rot90(upright, -1).tolist()
    assert found.done == ("turned as its EXIF says",)


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("packed", [False, True])
def test_the_size_is_that_of_the_upright_picture(
    kind: str, orientation: int, packed: bool, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"compression": "tiff_lzw"} if packed and kind == "TIFF" else {}
    lying = Image.fromarray(np.arange(60, dtype=np.uint8).reshape(4, 15))
    (tmp_path / "a").write_bytes(as_file(lying, kind, exif=exif, **options))
    shape = gray_pixels((tmp_path / "a").read_bytes(), "a").pixels.shape
    assert shape == ((4, 15) if orientation < 5 else (15, 4))
    assert read_size(tmp_path / "a") == shape


def test_the_size_of_a_tiff_that_only_its_xmp_turns(tmp_path: Path) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[700] = b'<rdf:Description tiff:Orientation="6"/>'
    tags.tagtype[700] = 1
    lying = Image.fromarray(np.zeros((4, 15), np.uint8))
    (tmp_path / "a").write_bytes(as_file(lying, "TIFF", tiffinfo=tags))
    shape = gray_pixels((tmp_path / "a").read_bytes(), "a").pixels.shape
    assert read_size(tmp_path / "a") == shape


def test_floats_and_frames() -> None:
    values = np.array([[0, 0.5, 1]], np.float32)
    assert gray_pixels(as_file(Image.fromarray(values), "TIFF"), "a").pixels.tolist() == [
        [0, 128, 255]
    ]
    frames = [Image.fromarray(np.full((2, 2), level, np.uint8)) for level in (10, 200)]
    moving = gray_pixels(as_file(frames[0], "GIF", save_all=True, append_images=frames[1:]), "a")
    assert moving.done == ("first of 2 frames taken",)
    assert moving.pixels.tolist() == [[10, 10]] * 2


@pytest.mark.parametrize("values", [[[-1.0, 0.0]], [[0.0, np.nan]], [[0.0, 300.0]]])
def test_floats_of_no_range_are_refused(values: list[list[float]]) -> None:
    content = as_file(Image.fromarray(np.array(values, np.float32)), "TIFF")
    with pytest.raises(Unreadable, match="expected 0 to 1 or 0 to 255"):
        gray_pixels(content, "a.tif")


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def bomb(width: int, height: int, before: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + before
        + _chunk(b"IDAT", zlib.compress(bytes(72))) + _chunk(b"IEND", b"")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (bomb(20_000, 20_000), "too many pixels"),
        (bomb(13_000, 13_000), "too many pixels"),
        (bomb(8, 8, _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(8 << 20)))), "too large"),
        (b"P2 8 8 255\nabc", "cannot be read as an image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "cannot be read as an image"),
        (b"", "it is empty"),
    ],
)
def test_what_is_no_image_is_one_line(content: bytes, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        gray_pixels(content, "a.png")


# --- files and texts -----------------------------------------------------------------------------


def test_only_plain_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, kind in ((tmp_path / "pipe", "a named pipe"), (tmp_path, "a folder"),
                       (Path(os.devnull), "a device")):  # fmt: skip
        with pytest.raises(Unreadable, match=kind):
            read_plain_file(path)
    with pytest.raises(Absent, match="no such file"):
        read_plain_file(tmp_path / "nothing")
    with pytest.raises(Unreadable, match="cannot be read"):
        read_plain_file(tmp_path / ("x" * 300))
    (tmp_path / "much").write_bytes(bytes(11))
    with pytest.raises(Unreadable, match="it has 11 bytes, expected at most 10 bytes"):
        read_plain_file(tmp_path / "much", 10)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed = 1979-05-27", "seed is the date or time 1979-05-27"),
        ("[a]\nb = [07:32:00]", r"a\.b is the date or time"),
        ("a = " + "[" * 5000 + "]" * 5000, "it nests deeper than 50"),
        ("a = " + "[" * 60 + "]" * 60, "tables within tables, 61 deep"),
        ("a = " + "9" * 5000, "more than 1000 digits"),
        ("a = " + "9" * 1100, "a is a number of more than 1000 digits"),
        (b"a = '\xff'", "not TOML"),
    ],
)
def test_toml_that_is_refused(text: str | bytes, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        parse_toml(text, "a.toml")


def test_typed_values() -> None:
    typed = ("1979-05-27", "relu", "3", "[1, 2]", "1\nb = 2", '"3"')
    read = [parse_toml_value(text, "--set") for text in typed]
    assert read == ["1979-05-27", "relu", 3, [1, 2], "1\nb = 2", "3"]
    for text in ("9" * 5000, "[" * 5000, "[" * 60 + "]" * 60):
        with pytest.raises(Unreadable):
            parse_toml_value(text, "--set")


def test_tables() -> None:
    assert parse_table(b'\xef\xbb\xbfa,b\r\n\r\n1,"x\ny"\n', "t") == [["a", "b"], ["1", "x\ny"]]
    separated = "a,b\u2028c\r1,2\x0c\n".encode()  # lines end as CSV says, not as Unicode does
    assert parse_table(separated, "t") == [["a", "b\u2028c"], ["1", "2\x0c"]]
    for content, message in (
        (b"a\n\xff", "line 2 is not UTF-8"),
        (b'a\n"b', "row 2: unexpected end"),
        (b"9" * 200_000, "row 1: field larger than"),
        (b"9" * 110_000, "row 1: a cell of more than 100000"),
    ):
        with pytest.raises(Unreadable, match=message):
            parse_table(content, "t.csv")


def test_json_of_no_sense() -> None:
    for text in ("{", "[" * 5000, "9" * 5000, '"\\ud800"', b"\xff", "[" * 60 + "]" * 60):
        with pytest.raises(Unreadable):
            parse_json(text, "a.json")


# --- archives ------------------------------------------------------------------------------------


def test_gzip_goes_no_further_than_asked() -> None:
    content = gzip.compress(bytes(10**6)) + gzip.compress(b"end")
    assert unpack_gzip(content, "a.gz") == bytes(10**6) + b"end"
    assert unpack_gzip(content, "a.gz", 10, begin=True) == bytes(10)
    with pytest.raises(Unreadable, match="unpacks to more than 1 MB"):
        unpack_gzip(content, "a.gz", 10**6)
    with pytest.raises(Unreadable, match="cut short or damaged"):
        unpack_gzip(content[:-5], "a.gz")


def test_bzip2_goes_no_further_than_asked() -> None:
    content = bz2.compress(bytes(10**6)) + bz2.compress(b"end")
    assert unpack_bzip2(content, "a.bz2") == bytes(10**6) + b"end"
    with pytest.raises(Unreadable, match="unpacks to more than 1 MB"):
        unpack_bzip2(content, "a.bz2", 10**6)
    for cut in (content[:-5], content[:-30], content[:20], content + b"x", b"BZh9"):
        with pytest.raises(Unreadable, match="cut short or damaged"):
            unpack_bzip2(cut, "a.bz2")


def archive(header: str, content: bytes = b"") -> bytes:
    head = header.encode().ljust(118) + b"\n"
    member = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + content
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.npy", member)
    return file.getvalue()


def test_arrays_that_promise_more_than_there_is() -> None:
    form = "{'descr': '%s', 'fortran_order': False, 'shape': %s}"
    found = parse_npz(archive(form % ("|u1", "(2,)"), b"ab"), "a.npz")
    assert found["a"].tolist() == [97, 98]
    for descr, shape in (("<f8", "(10000000000,)"), ("|u1", "(4294967295, 4294967295)")):
        with pytest.raises(Unreadable, match="promises more than its"):
            parse_npz(archive(form % (descr, shape)), "a.npz")
    with pytest.raises(Unreadable, match="objects, which only a pickle can"):
        parse_npz(archive(form % ("|O", "(1,)"), b"x"), "a.npz")


def test_a_zip_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    form = "{'descr': '|u1', 'fortran_order': False, 'shape': (2000000,)}"
    with pytest.raises(Unreadable, match="unpacks to 2 MB in 1 files, expected at most 1 MB"):
        parse_npz(archive(form, bytes(2 * 10**6)), "a.npz", 10**6)
    assert limits.in_words(1_500_000_000) == "1.5 GB"


# --- anything ------------------------------------------------------------------------------------


@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    for read in (
        gray_pixels,
        parse_table,
        parse_json,
        parse_npz,
        parse_toml,
        unpack_gzip,
        unpack_bzip2,
        parse_mat,
        lambda content, where: parse_number_table(content, where, lambda *_: Columns()),
    ):
        said = answer(read, content, "bytes")
        assert said is None or said.isprintable()


def test_an_archive_that_says_less_than_it_holds() -> None:
    from glyphlab.models.sklearn.skops_files import from_bytes

    model = _deflated("schema.json", b"{}")
    with pytest.raises(RunError, match="no fitted model"):
        from_bytes(model, "model.skops")
    for kind in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with pytest.raises(Unreadable, match=r"'a\.npy' is packed, expected it stored or"):
            parse_npz(_deflated("a.npy", b"\x93NUMPY", kind), "a.npz")


def _deflated(name: str, content: bytes, kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", kind) as archive:
        archive.writestr(name, content)
    return made.getvalue()


@pytest.fixture
def fuzzing(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(SOURCE.parents[1] / "benchmarks"))
    return importlib.import_module("fuzz")


@pytest.mark.parametrize(
    "name",
    [
        "image",
        "idx",
        "table",
        "toml",
        "override",
        "json",
        "history",
        "npz",
        "safetensors",
        "skops",
        "csv source",
        "npz source",
        "mat source",
        "usps source",
        "source card",
    ],
)
def test_damaged_inputs(
    fuzzing: ModuleType, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The short form of ``make torture``."""
    assert name in fuzzing.READERS
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    make, read = fuzzing.READERS[name]
    whole = make()
    chance = random.Random(1)
    answers = []
    for number in range(300):
        content = (fuzzing.damaged, fuzzing.deeper)[number % 2](whole, chance)
        answers.append(answer(read, content))
    assert all(said is None or said.isprintable() for said in answers)
    assert None in answers
    assert {type(said) for said in answers} == {str, type(None)} or name == "override"
