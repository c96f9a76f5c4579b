"""The test images that views of a run show."""

from __future__ import annotations

from pathlib import Path

import pytest

from glyphlab._common.errors import DataMissing
from glyphlab.serve.inside.scored_images import _KeptTasks
from glyphlab.tasks.task_recipe import TaskRecipe


def test_nothing_is_fetched_for_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLYPHLAB_OFFLINE", raising=False)
    kept = _KeptTasks(tmp_path)
    with pytest.raises(
        DataMissing, match=f"type 'glyphlab data fetch mnist --data-dir {tmp_path}'"
    ):
        kept._loaded(TaskRecipe(name="single", data="mnist"))
    assert list(tmp_path.iterdir()) == []
    assert len(kept._loaded(TaskRecipe(name="single", data="digits")).test) == 359
