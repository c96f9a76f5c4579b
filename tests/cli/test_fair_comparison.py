"""Options of a fair comparison: what they hand over, and what they refuse."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import UsageError
from glyphlab.cli.options import margin_of

from .conftest import Cli, fails

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = ("--preset", "smoke", "--seeds", "2", "-q", "--set", "training.precision=float32",
         "--set", "task.generalization_grid=0", "--models", "multihead,knn")  # fmt: skip


class Outcome:
    """A result without content."""

    def to_json(self) -> dict[str, Any]:
        """Return nothing."""
        return {"rows": []}

    def __str__(self) -> str:
        return "the result"

    def report(self, path: Path) -> None:
        """Write an empty page."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    found: dict[str, Any] = {}
    module = importlib.import_module("glyphlab.experiments")

    def noted(name: str) -> Any:
        def function(*words: Any, **named: Any) -> Outcome:
            found[name] = (words, named)
            return Outcome()

        return function

    for name in ("compare", "compare_tasks", "preview", "vary", "learning_curve", "write_run_page"):
        monkeypatch.setattr(module, name, noted(name), raising=False)
    monkeypatch.setattr("glyphlab.experiments.curve.learning_curve", noted("learning_curve"))
    monkeypatch.setattr("glyphlab.experiments.variation.vary", noted("vary"))
    study = "glyphlab.experiments.augmenting.augmentation_study"
    monkeypatch.setattr(study, noted("augmentation_study"))
    return found


def test_the_options_are_handed_over(glyphlab: Cli, seen: dict[str, Any]) -> None:
    words = ("--tuned", "--margin", "0.2%", "--data-seeds", "2", "--budget", "8", "--minutes", "3")
    assert glyphlab("compare", "triple", *words)[0] == 0
    named = seen["compare"][1]
    assert {key: named[key] for key in ("tuned", "margin", "data_seeds", "budget", "minutes")} == {
        "tuned": True, "margin": pytest.approx(0.002), "data_seeds": 2, "budget": 8, "minutes": 3.0,
    }  # fmt: skip
    code, out, err = glyphlab("compare", "triple", "--plan", *words)
    assert (code, out) == (0, "the result\n")
    assert "wrote" not in err
    assert seen["preview"][1] == named


def test_tasks_with_commas_are_compared_together(glyphlab: Cli, seen: dict[str, Any]) -> None:
    assert glyphlab("compare", "triple,single", "--data", "mnist", "--models", "sliced")[0] == 0
    (tasks, models), _ = seen["compare_tasks"]
    assert [(one.name, one.data) for one in tasks] == [("triple", "mnist"), ("single", "mnist")]
    assert models == ["sliced"]
    fails(glyphlab("compare", "triple,single", "--plan"), 2, "--plan is of one task, found 2")
    fails(glyphlab("compare", "triple,nothing"), 2, "nothing")


def test_margins_of_other_commands(glyphlab: Cli, seen: dict[str, Any]) -> None:
    assert glyphlab("vary", "mlp", "training.epochs=1,2", "--margin", "0.01")[0] == 0
    assert seen["vary"][1]["margin"] == 0.01
    assert glyphlab("learning-curve", "triple", "--tuned", "--margin", "0.01")[0] == 0
    assert (seen["learning_curve"][1]["margin"], seen["learning_curve"][1]["tuned"]) == (0.01, True)


@pytest.mark.usefixtures("seen")
def test_every_question_has_a_page_of_its_own(glyphlab: Cli, tmp_path: Path) -> None:
    def pages() -> set[str]:
        return {one.name for one in (tmp_path / "runs").glob("*.html")}

    epochs, digits = ("vary", "mlp", "training.epochs=1,2"), ("augmentation-study", "digits")
    for number, words in enumerate(
        (
            epochs, ("vary", "knn", "model.classical.neighbors=3,9"), (*epochs, "--task", "digits"),
            ("vary", "mlp", "training.epochs=1,3"), (*epochs, "--set", "training.batch_size=8"),
            digits, (*digits, "--sizes", "5"), (*digits, "--set", "training.images=640"),
            (*digits, "--model", "dcgan"),
        )
    ):  # fmt: skip
        assert glyphlab(*words)[0] == 0
        assert len(pages()) == number + 1
    assert glyphlab(*epochs, "--seeds", "2")[0] == glyphlab(*digits, "--seeds", "2")[0] == 0
    assert len(pages()) == 9
    assert "augmentation-study-digits-small.html" in pages()
    assert sum(one.startswith("vary-training.epochs-mlp-") for one in pages()) == 4


@pytest.mark.parametrize(("text", "share"), [("0.002", 0.002), ("0.2%", 0.002), (" 5 % ", 0.05)])
def test_a_margin_is_a_share_or_a_percentage(text: str, share: float) -> None:
    assert margin_of(text) == pytest.approx(share)
    assert margin_of(None) is None


@pytest.mark.parametrize("text", ["0", "-0.1", "0%", "1", "100%", "much", "0.2%%", "nan", ""])
def test_other_margins_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"--margin .*: expected a difference in accuracy above 0"):
        margin_of(text)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("compare triple --margin 0", "--margin 0: expected a difference in accuracy above 0"),
        ("report some --margin -1", "--margin -1: expected"),
        ("compare triple --data-seeds 0", "--data-seeds must be"),
        ("compare single --models mlp --data-seeds 2", "the data of 'single' are fixed"),
        ("compare triple --as-published --data-seeds 2", "used as it was published"),
        ("compare triple --budget 3", "--budget 3 is smaller than the number of models, 4"),
        ("compare triple --budget 8 --tuned", "leave one of them out"),
        ("compare triple --minutes 0", "--minutes 0: expected a time above 0"),
        ("compare digits --models small --tuned", "--tuned is for classifiers"),
        ("compare digits --models small --plan", "--plan is for classifiers"),
    ],
)
def test_what_cannot_be_asked_is_one_line(glyphlab: Cli, words: str, said: str) -> None:
    fails(glyphlab(*words.split()), 2, said)


def test_a_plan_as_a_document(glyphlab: Cli, tmp_path: Path) -> None:
    code, out, err = glyphlab("compare", "triple", *SMALL, "--plan", "--json")
    assert code == 0, err
    document = json.loads(out)
    assert document["schema"] == 2
    assert [row["model"] for row in document["rows"]] == ["multihead", "knn"]
    assert document["detectable"]["rows"]
    assert not (tmp_path / "runs").exists()


def test_the_audit_says_what_can_be_detected(glyphlab: Cli) -> None:
    code, out, _ = glyphlab("audit", "triple", "--per-label", "2", "--json")
    assert code == 0
    found = json.loads(out)["detectable"]
    assert {row["seeds"] for row in found["rows"]} == {2, 3, 5, 10}
    assert found["glyphs"] < 3 * found["images"]
    assert found["design_effect"] > 1
    of_99 = [row["difference"] for row in found["rows"] if row["accuracy"] == 0.99]
    assert of_99 == sorted(of_99, reverse=True)
    assert "Assumed: " in glyphlab("audit", "triple", "--per-label", "2")[1]


def test_a_file_in_the_place_of_a_folder_is_said_before_anything(
    glyphlab: Cli, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    fails(glyphlab("compare", "triple", "--out", "file"), 2, "file is a file, expected a folder")
    fails(glyphlab("compare", "triple", "--report", "folder"), 2, "expected a file: name one in it")
    fails(glyphlab("compare", "triple", "--report", "file/a.html"), 2, "file is a file, expected")
