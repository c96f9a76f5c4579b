"""What a notebook shows: cells, and the last value of each displayed as Jupyter does."""

from __future__ import annotations

import html.parser
import re
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]  # three trainings

CELLS = """
from glyphlab import AlignedClassifier, compare, learning_curve, load_symbols, load_task
from glyphlab.experiments import report_runs
from glyphlab.reproductions import recorded
from glyphlab.runs import Answers
short = ["training.epochs=1", "training.precision=float32", "model.channels=2"]
few = dict(seeds=1, root=root, quiet=True, overrides=short)
task = load_task("triple", per_label=1)
task
---
task.train
---
task.audit()
---
load_symbols("digits")
---
load_symbols("digits").train
---
result = compare(task, ["whole", "sliced"], **few)
result
---
result.runs[0]
---
Answers.of(result.runs[:1])
---
report_runs(result.runs)
---
curve = learning_curve("single", ["whole"], [100, 200], steps=1, **few)
curve
---
recorded("triple-mnist")
---
images, labels = task.train.images[:90], task.train.labels[:90]
model = AlignedClassifier(epochs=1, random_state=0).fit(images, labels)
model
---
model.net_
"""
PICTURES = {"Task", "Split", "Symbols", "SymbolSet", "Comparison", "RunsReport", "LearningCurve",
            "AlignedClassifier", "FastNet"}  # fmt: skip
PLAIN = {"Run", "Answers"}


class Balance(html.parser.HTMLParser):
    """Insists that every element that opens is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        if tag not in ("img", "br", "input", "link", "meta"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run the cells one after the other, as a kernel does, and keep the value of each last line."""
    space: dict[str, Any] = {"root": tmp_path_factory.mktemp("runs")}
    found = {}
    for cell in CELLS.strip().split("\n---\n"):
        *before, last = cell.splitlines()
        exec("\n".join(before), space)
        value = eval(last, space)
        found[type(value).__name__] = value
    return found


def test_every_repr_is_one_short_line(shown: dict[str, Any]) -> None:
    assert PICTURES | PLAIN | {"Audit", "Outcome"} == set(shown)
    for name, value in shown.items():
        text = repr(value)
        assert "\n" not in text, name
        assert len(text) < 400, text
        assert name in text


def test_every_table_is_the_text(shown: dict[str, Any]) -> None:
    assert re.search(r"model +exact match +95 % interval", str(shown["Comparison"]))
    assert "highest exact match on test" in str(shown["Audit"])
    assert "Conv2d" in str(shown["FastNet"])
    assert len(str(shown["Outcome"]).splitlines()) > 10


def test_notebooks_show_tables_and_pictures(shown: dict[str, Any]) -> None:
    for name, value in shown.items():
        if name in PLAIN:
            continue
        bundle = getattr(value, "_repr_mimebundle_", dict)()
        text = bundle.get("text/html") or value._repr_html_()
        reader = Balance()
        reader.feed(text)
        assert reader.open == [], name
        if name in PICTURES:
            assert {"img", "svg"} & reader.seen, name
        assert "http://" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", text) or name.endswith(
            "Classifier"
        )
    assert "table" in shown["Audit"]._repr_html_()
    assert 'alt="' in shown["Task"]._repr_html_()
