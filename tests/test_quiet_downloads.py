"""Who is asked to be quiet is quiet about downloads too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import DataMissing
from glyphlab.experiments import compare, learning_curve
from glyphlab.experiments.search import Study
from glyphlab.recipes import Recipe
from glyphlab.recipes.generator_presets import generator_recipe, task_recipe
from glyphlab.reproductions import reproduce
from glyphlab.tasks import load_task
from glyphlab.tasks.from_recipe import load_named
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train

STUDY = {
    "name": "tiny",
    "stages": [{"name": "one", "trials": 1, "space": {"training.learning_rate": [0.1, 0.2]}}],
}
PAIRS = "task,split,glyph 1,glyph 2\naddition,train,1,2\naddition,test,3,4\n"

Asked = Callable[[Path, bool], Any]
CALLERS: dict[str, Asked] = {
    "load_task": lambda _at, quiet: load_task("triple", quiet=quiet),
    "a file of pairs": lambda at, quiet: load_named(str(at / "pairs.csv"), quiet=quiet),
    "train": lambda at, quiet: train(Recipe(), at, quiet=quiet),
    "compare": lambda at, quiet: compare("triple", ["aligned"], root=at, quiet=quiet),
    "learning_curve": lambda at, quiet: learning_curve(
        TaskRecipe(), ["aligned"], [10], root=at, quiet=quiet
    ),
    "study": lambda at, quiet: Study.from_mapping(STUDY).run(at, quiet=quiet),
    "reproduce": lambda at, quiet: reproduce("triple-mnist", scale="smoke", root=at, quiet=quiet),
    "train a generator": lambda at, quiet: train(
        generator_recipe("small", task_recipe("digits")), at, quiet=quiet
    ),
}


@pytest.mark.parametrize("quiet", [True, False])
@pytest.mark.parametrize("caller", CALLERS)
def test_quiet_reaches_the_source(
    caller: str, quiet: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def load_symbols(*_names: str, quiet: bool, **_options: Any) -> None:
        asked.append(quiet)
        raise DataMissing("as far as this test goes")

    for module in ("load", "io.pairs"):
        monkeypatch.setattr(f"glyphlab.tasks.{module}.load_symbols", load_symbols)
    (tmp_path / "pairs.csv").write_text(PAIRS)
    with pytest.raises(DataMissing, match="as far as this test goes"):
        CALLERS[caller](tmp_path, quiet)
    assert asked == [quiet]
