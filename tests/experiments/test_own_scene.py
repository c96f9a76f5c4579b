"""A scene from Python in a comparison: its runs, its page, and the same from its file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from glyphlab import Scene, compare, load_task
from glyphlab.experiments.results.run_page import write_run_page
from glyphlab.tasks import write_scene

pytestmark = pytest.mark.usefixtures("one_thread")

SCENE = Scene.in_grid("signs", 3, 1, gap=(3, 0), rule="signed-sum", signs=(1, -1, -1))
FEW = ["task.images=100", "training.epochs=1", "training.precision=float32", "model.channels=2"]


def test_a_scene_is_compared_and_its_negative_labels_are_shown(tmp_path: Path) -> None:
    models = ["sum", "sequential", "whole", "linear-sequential"]
    found = compare(SCENE, models, seeds=1, root=tmp_path, overrides=FEW, quiet=True)
    assert "signs (3 symbols on 28×90 pixels, label the signed-sum +-- of 3" in found.protocol
    page = found.report(tmp_path / "page.html").read_text(encoding="utf-8")
    write_run_page(tmp_path / "runs.html", found.runs)
    labels = {str(label) for label in load_task(SCENE, images=100).test.labels}
    assert any(label.startswith("-") for label in labels)
    for text in (page, (tmp_path / "runs.html").read_text(encoding="utf-8")):
        assert set(re.findall(r'alt="image of (-?\d+)"', text)) == labels
    assert "write_scene(scene, " in page
    assert "'signs.toml'" in page.replace("&#39;", "'").replace("&#x27;", "'")
    # the same from its file: nothing is trained again
    write_scene(SCENE, tmp_path / "another name.toml")
    again = compare(
        str(tmp_path / "another name.toml"), models, seeds=1, root=tmp_path, overrides=FEW,
        quiet=True,
    )  # fmt: skip
    assert [run.path for run in again.runs] == [run.path for run in found.runs]
    assert again.rows == found.rows
