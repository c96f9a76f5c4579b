"""Figures and page of a study, from a document that was made up."""

from __future__ import annotations

import copy
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glyphlab.reporting import study_page, write_page
from glyphlab.reporting.pages.page import page_text
from glyphlab.reporting.plots.study_figures import (
    history_figure,
    parallel_figure,
    slice_figure,
    stages_figure,
)

SPACE: dict[str, Any] = {
    "training.learning_rate": {"low": 1e-4, "high": 0.1, "log": True},
    "training.batch_size": {"low": 16, "high": 64, "step": 16},
    "training.optimizer": ["adamw", "muon", "<sgd>"],
    "task.redraw": [True, False],
}


def trials(count: int, seed: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        state = "complete" if number % 4 else "pruned"
        reason = {0: "stopped after epoch 1 of 4", 8: "diverged: the loss became nan"}
        found.append(
            {
                "number": number,
                "params": {
                    "training.learning_rate": float(10 ** rng.uniform(-4, -1)),
                    "training.batch_size": int(rng.choice([16, 32, 48, 64])),
                    "training.optimizer": str(rng.choice(["adamw", "muon", "<sgd>"])),
                    "task.redraw": bool(rng.random() < 0.5),
                },
                "value": None if number == 8 else float(rng.uniform(0.2, 0.99)),
                "state": state,
                "reason": "" if state == "complete" else reason.get(number, reason[0]),
                "runs": [f"run-{number}"],
                "seconds": 1.5,
                "epochs": 4,
            }
        )
    return found


def stage(name: str, seed: int, gain: float | None) -> dict[str, Any]:
    tried = trials(13, seed)
    done = [one for one in tried if one["state"] == "complete"]
    return {
        "name": name,
        "sampler": "tpe",
        "pruner": "median",
        "space": SPACE,
        "frozen": {} if gain is None else {"model.channels": 8},
        "trials": tried,
        "best": max(done, key=lambda one: one["value"])["number"],
        "gain": gain,
        "gain_interval": None if gain is None else [gain - 0.01, gain + 0.01],
        "importance": {
            "training.learning_rate": 0.7,
            "training.batch_size": 0.2,
            "task.redraw": 0.1,
        },
        "importance_by": "PED-ANOVA",
    }


STAGES = [stage("rate", 0, None), stage("net", 1, -0.012)]
DOCUMENT: dict[str, Any] = {
    "schema": 1,
    "study": "made-up",
    "objective": "exact match on validation",
    "seed": 0,
    "protocol": "triple of nothing",
    "stages": STAGES,
    "winner": {
        "stage": "net",
        "trial": STAGES[1]["best"],
        "value": STAGES[1]["trials"][STAGES[1]["best"]]["value"],
        "recipe": {
            "name": "w",
            "seed": 4,
            "training": {"learning_rate": 0.012345678, "patience": None},
            "model": {"channels": 8},
        },
    },
    "test": {
        "mean": 0.8, "low": 0.75, "high": 0.84, "seeds": 3, "items": 1234,
        "covers": "seeds and items", "validation": 0.91, "runs": ["a", "b", "c"],
    },
    "command": "glyphlab search made-up.toml",
    "env": {"torch": "2.13.0", "gpu": None},
}  # fmt: skip
ONE = [{**STAGES[0]["trials"][1], "number": 0}]
FIGURES = {
    "history": lambda: history_figure(STAGES[0]["trials"]),
    "history of one": lambda: history_figure(ONE),
    "slices": lambda: slice_figure(STAGES[0]["trials"], SPACE),
    "slice of one": lambda: slice_figure(
        ONE, {"training.batch_size": SPACE["training.batch_size"]}
    ),
    "parallel": lambda: parallel_figure(STAGES[0]["trials"], SPACE),
    "parallel of equals": lambda: parallel_figure(ONE * 3, SPACE),
    "stages": lambda: stages_figure(STAGES),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_whole_and_named(name: str) -> None:
    root = ET.fromstring(FIGURES[name]())
    assert root.tag.endswith("svg")
    assert root.get("aria-label")


def test_a_history_says_what_was_stopped() -> None:
    text = FIGURES["history"]()
    for word in ("finished", "stopped", "no value", "best so far"):
        assert f">{word}<" in text
    assert ">stopped<" not in FIGURES["history of one"]()


def test_the_page_holds_every_part(tmp_path: Path) -> None:
    page = tmp_path / "study.html"
    write_page(page, study_page(DOCUMENT))
    text = page.read_text(encoding="utf-8")
    for part in (
        "Study made-up",
        "Of 26 trials",
        "comes to 80.00\N{NO-BREAK SPACE}% on the test set",
        "trained 3 times more with other seeds",
        "comes to 91.00\N{NO-BREAK SPACE}% there",
        "PED-ANOVA",
        "on 1,234 images",
        "diverged: the loss became nan",
        "\N{MINUS SIGN}1.20",
        "model.channels 8",
        "&lt;sgd&gt;",
        "glyphlab search made-up.toml",
    ):
        assert part in text
    assert "<sgd>" not in text
    assert text.count("<svg") == 1 + 2 * 4
    assert not re.search(r'(src|href)="(https?:)?//', text)
    again = tmp_path / "again.html"
    write_page(again, study_page(DOCUMENT))
    assert again.read_bytes() == page.read_bytes()


@pytest.mark.parametrize(("evaluation", "times"), [(None, 1), (1, 1), (3, 3)])
def test_how_often_the_test_set_was_evaluated(evaluation: int | None, times: int) -> None:
    document = {**DOCUMENT, "test": {**DOCUMENT["test"], "evaluation": evaluation}}
    text = page_text(study_page(document))
    assert ("was evaluated once, after the choice, on 1,234 images" in text) == (times == 1)
    assert (f"was evaluated before: this is evaluation {times} of it" in text) == (times > 1)


def test_a_study_of_one_stage_and_one_parameter(tmp_path: Path) -> None:
    small = copy.deepcopy(DOCUMENT)
    small["stages"] = small["stages"][1:]
    small["stages"][0] |= {"space": {"task.redraw": [True, False]}, "importance": None}
    small["test"] |= {"seeds": 1}
    page = tmp_path / "small.html"
    write_page(page, study_page(small))
    text = page.read_text(encoding="utf-8")
    assert "trained once more with another seed" in text
    assert text.count("<svg") == 2


def test_a_few_settings_of_several_trainings_have_intervals(tmp_path: Path) -> None:
    few = copy.deepcopy(DOCUMENT)
    few["stages"] = few["stages"][1:]
    tried = few["stages"][0]["trials"]
    few["stages"][0] |= {"trials": tried[:5], "best": 1, "importance": None}
    for one in tried:
        one |= {"low": 0.1, "high": 0.99, "each": [one["value"]] * 3}
    page = tmp_path / "few.html"
    write_page(page, study_page(few, [("What it does", "<svg viewBox='0 0 1 1'></svg>")]))
    text = page.read_text(encoding="utf-8")
    assert "95 % interval over trainings and images" in text
    assert "<figcaption>What it does.</figcaption>" in text
    assert text.count("<svg") == 1 + 4
    for one in tried:
        one |= {"each": [0.5]}
    write_page(page, study_page(few))
    text = page.read_text(encoding="utf-8")
    assert "over trainings and images" not in text
    assert text.count("<svg") == 3


def test_what_a_paper_found_stands_beside_its_stage(tmp_path: Path) -> None:
    reported = copy.deepcopy(DOCUMENT)
    reported["stages"][0]["reported"] = 0.9081
    texts = []
    for place, document in enumerate((reported, DOCUMENT)):
        page = tmp_path / f"{place}.html"
        write_page(page, study_page(document))
        texts.append(page.read_text(encoding="utf-8"))
    assert "90.81\N{NO-BREAK SPACE}%" in texts[0]
    assert ["published search" in text for text in texts] == [True, False]
