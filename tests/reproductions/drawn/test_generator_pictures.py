"""The pictures of generators, of histories that are made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from glyphlab.reporting.pages.page_parts import Album, Figure, Text
from glyphlab.reproductions.core.drawn.generator_pictures import (
    losses_of,
    samples_at,
    timelines_of,
)
from glyphlab.runs.records import Alarm
from glyphlab.training.evaluation.sample_grids import write_grid
from summaries import ToldRun, generator_summary

EPOCHS = 4


def run(folder: Path | None = None, **summary: Any) -> ToldRun:
    rows = [
        {
            "epoch": epoch, "images": 100 * epoch, "d_loss": 1.0, "g_loss": 0.5,
            "real_correct": 0.9, "generated_correct": 0.8, "frechet": 5.0, "frechet_floor": 1.0,
            "symbol_kl": 0.1, "coverage": 0.5, "label_accuracy": None,
        }
        for epoch in range(1, EPOCHS + 1)
    ]  # fmt: skip
    told = ToldRun(generator_summary(**summary), rows)
    if folder is not None:
        told.path = folder
        for epoch in range(1, EPOCHS + 1):
            write_grid(folder, epoch, np.full((4, 3, 3), 50 * epoch, np.uint8), 2)
    return told


def test_samples_stand_at_the_shares_of_the_training_that_a_report_shows(tmp_path: Path) -> None:
    (album,) = samples_at({"gan": [run(tmp_path)]}, {"gan": "A pair"}, (0.0, 0.5, 1.0))
    assert isinstance(album, Album)
    said = [picture["text"] for picture in album.pictures]
    assert said == [f"A pair, after {images} images" for images in (100, 200, 400)]
    assert len({picture["image"] for picture in album.pictures}) == 3
    assert samples_at({}, {"gan": "A pair"}, (1.0,)) == []
    collapsed = run(tmp_path)
    collapsed.rows[-1]["modes"] = 1
    (album,) = samples_at({"gan": [collapsed]}, {"gan": "A pair"}, (1.0,))
    assert isinstance(album, Album)
    assert album.pictures[0]["text"] == "A pair, after 400 images, classes among its samples: 1"


def test_losses_have_their_numbers() -> None:
    (figure,) = losses_of({"gan": [run()]}, {"gan": "A pair", "other": "Another"})
    assert isinstance(figure, Figure)
    assert figure.numbers is not None
    assert len(figure.numbers.rows) == EPOCHS


def test_a_timeline_says_when_the_first_alarm_came() -> None:
    alarms = [Alarm("mode collapse", epoch, "class KL", epoch) for epoch in (2, 3)]
    runs = {"gan": [run(alarms=alarms), run()]}
    *figures, text = timelines_of(runs, {"gan": "A pair"})
    assert [type(one) for one in figures] == [Figure, Figure]
    assert text == Text(
        "A pair: a first alarm in 1 of 2 trainings: mode collapse after 50 % of the training."
    )
    assert timelines_of({"gan": [run()]}, {"gan": "A pair"})[-1] == Text(
        "A pair: no alarm in 1 training."
    )
