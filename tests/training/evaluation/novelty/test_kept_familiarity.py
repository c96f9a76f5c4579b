"""What a run is familiar with is found on images that are drawn or read when they are asked for."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from glyphlab._common.errors import UsageError
from glyphlab.runs import Run
from glyphlab.training.evaluation.model_reader import ModelReader
from glyphlab.training.evaluation.novelty import kept_familiarity
from glyphlab.training.evaluation.novelty.kept_familiarity import (
    familiarity_with,
    known_familiarity,
)
from streamed import counted_rows
from trained import shards_run, triples_run

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.long]


def in_memory(**_: bool) -> contextlib.AbstractContextManager[None]:
    """Stands for a block of streams, and leaves images in memory."""
    return contextlib.nullcontext()


def test_it_is_the_same_as_on_images_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for place in ("memory", "stream"):
        run = Run.load(shutil.copytree(triples_run().path, tmp_path / place / "triples-0123abcd"))
        with monkeypatch.context() as changed:
            if place == "memory":
                changed.setattr(kept_familiarity, "streamed_tasks", in_memory)
            asked = counted_rows(changed)
            familiarity = familiarity_with(ModelReader.load(run), quiet=True)
        assert familiarity is not None
        assert bool(asked) is (place == "stream")
        found.append(familiarity.to_arrays("the same"))
    assert found[0].keys() == found[1].keys()
    assert all(np.array_equal(found[0][key], found[1][key]) for key in found[0])


def test_of_shards_a_part_is_read_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run.load(shutil.copytree(shards_run().path, tmp_path / "shards-0123abcd"))
    counted_rows(monkeypatch)
    reader = ModelReader.load(run)
    assert familiarity_with(reader, quiet=True) is not None
    assert known_familiarity(reader) is not None


@pytest.mark.usefixtures("notes")
def test_what_stands_against_it_is_said_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_given: object, **_more: object) -> None:
        raise UsageError("3 images are too few: give 10")

    run = Run.load(shutil.copytree(triples_run().path, tmp_path / "triples-0123abcd"))
    monkeypatch.setattr(kept_familiarity, "familiarity_of", fails)
    assert familiarity_with(ModelReader.load(run), quiet=True) is None
    said = "images unlike the training data of triples-0123abcd: 3 images are too few: give 10"
    assert said in capsys.readouterr().err
