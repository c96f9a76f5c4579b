"""What a preset changes of a task."""

from __future__ import annotations

from pathlib import Path

from glyphlab._common.progress import noted
from glyphlab.experiments.compare_presets import preset_of
from glyphlab.experiments.kinds import task_of


def test_a_preset_takes_the_images_that_are_there(tmp_path: Path) -> None:
    smoke = preset_of("smoke")
    assert task_of("triple", "classifier", smoke).per_label == 1
    (tmp_path / "pairs.csv").touch()
    for name in (tmp_path, tmp_path / "pairs.csv"):
        with noted() as said:
            task = task_of(str(name), "classifier", smoke)
        assert (task.per_label, task.generalization_grid) == (None, 40)
        assert said == [
            f"the preset 'smoke' takes all images of {name}, as they are there already; it "
            "changes the models alone"
        ]
