"""The pictures of the benchmark of handwriting: the same from a seed, right answers, real files."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from glyphlab.data import load_symbols
from glyphlab.data.prepare import style_of
from glyphlab.tasks import preset

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
DIGITS = load_symbols("digits")


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("handwriting")


@pytest.fixture
def sets(benchmark: ModuleType) -> ModuleType:
    return sys.modules["handwritten.sets"]


def test_fifteen_kinds_are_files_with_answers(
    benchmark: ModuleType, sets: ModuleType, tmp_path: Path
) -> None:
    kinds = {**benchmark.ORDINARY, **benchmark.HARDER}
    assert (len(benchmark.ORDINARY), len(benchmark.HARDER)) == (6, 9)
    found = list(sets.write_singles(tmp_path, DIGITS.test, 5, dict.fromkeys(kinds, 1)))
    assert [one.kind for one in found] == list(kinds)
    assert len({one.path for one in found}) == 15
    for one in found:
        with Image.open(one.path) as image:
            assert image.format == {".png": "PNG", ".jpg": "JPEG"}[one.path.suffix]
            assert min(image.size) >= 24
            assert np.ptp(np.asarray(image.convert("L"), int)) > 15
        assert one.path.stem.endswith(f"label{one.symbols[0]}")
        label = DIGITS.test.labels[(DIGITS.test.images == one.glyphs[0]).all((1, 2))]
        assert one.symbols == (label[0],)


def test_a_seed_gives_the_same_files(sets: ModuleType, tmp_path: Path) -> None:
    written = []
    for folder, seed in (("a", 5), ("b", 5), ("c", 6)):
        (tmp_path / folder).mkdir()
        few = sets.write_singles(tmp_path / folder, DIGITS.test, seed, {"pale ink": 2})
        many = [*few, *sets.write_triples(tmp_path / folder, DIGITS.test, seed, 2)]
        written.append([one.path.read_bytes() for one in many])
    assert written[0] == written[1] != written[2]


def test_prepared_pictures_are_scored_beside_others(
    benchmark: ModuleType, sets: ModuleType, tmp_path: Path
) -> None:
    pictures = list(sets.write_triples(tmp_path, DIGITS.test, 7, 2))
    style = style_of(DIGITS.train.images, "writing")
    answers = np.array([one.symbols for one in pictures])
    (row,) = benchmark.scored(pictures, preset("triple"), style, lambda _: answers, 7)
    assert (row["pictures"], row["as_they_are"], row["prepared"]) == (2, 2, 2)
    images, refused, _ = benchmark.prepared_images(pictures[1:], preset("single"), style)
    assert list(refused) == [pictures[1].path.name]
    assert "3 symbols" in refused[pictures[1].path.name]
    assert not images.any()


def test_the_untouched_digits_are_drawn_as_in_training(
    benchmark: ModuleType, sets: ModuleType, tmp_path: Path
) -> None:
    (one,) = sets.write_triples(tmp_path, DIGITS.test, 3, 1)
    (image,) = benchmark.untouched([one], preset("triple"), 3)
    for left, glyph in zip((0, 28, 56), one.glyphs, strict=True):
        assert image[:, left : left + 28].sum() == glyph.sum()
