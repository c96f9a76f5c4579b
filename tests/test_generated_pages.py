"""The pages that commands write: up to date, complete, and each key of a recipe described."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from glyphlab.recipes.union import json_schema

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(DOCS), *sys.path])


def described() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every key of every recipe, as its JSON Schema has it."""
    for model, content in json_schema()["$defs"].items():
        for key, one in content["properties"].items():
            yield f"{model}.{key}", one


def test_the_results_are_those_of_the_records() -> None:
    from results import PAGE, results_page

    assert PAGE.read_text(encoding="utf-8") == results_page(), "stale: run 'make results'"


def test_every_record_is_on_the_page_of_results() -> None:
    parts = tomllib.loads((DOCS / "results.toml").read_text(encoding="utf-8"))["part"]
    shown = [one["name"] for part in parts for one in part.get("record", ())]
    shown += [name for part in parts for name in part.get("benchmarks", ())]
    shown += [part["changes"] for part in parts if "changes" in part]
    assert sorted(shown) == sorted(file.stem for file in (ROOT / "records").glob("*.json"))
    recorded = ROOT / "src" / "glyphlab" / "reproductions" / "recorded"
    rows = [name for part in parts for name in part.get("reproductions", ())]
    assert sorted(rows) == sorted(file.stem for file in recorded.glob("*.json"))


def test_the_reference_is_that_of_the_program() -> None:
    from reference import pages

    for page, text in pages().items():
        assert page.read_text(encoding="utf-8") == text, f"{page.name} is stale: 'make reference'"


def test_every_key_of_a_recipe_is_on_its_page_and_described() -> None:
    page = (DOCS / "reference" / "recipe.md").read_text(encoding="utf-8")
    keys = [(name, one) for name, one in described() if name.partition(".")[2] != "kind"]
    assert len(keys) > 80
    tables = [f"`[{key}]`" for key in ("task", "model", "training", "evaluation", "task.scene")]
    assert [table for table in tables if f"### {table}" not in page] == []
    assert [name for name, _ in keys if f"{name.partition('.')[2]}`" not in page
            and f"{name.partition('.')[2]}]`" not in page] == []  # fmt: skip


@pytest.mark.parametrize(("name", "one"), [pytest.param(*each, id=each[0]) for each in described()])
def test_a_description_is_one_sentence(name: str, one: Mapping[str, Any]) -> None:
    text = one.get("description", "")
    assert text[:1].isupper(), f"{name} has no description that begins with a capital"
    assert text.endswith("."), f"{name} ends without a full stop: {text!r}"
    assert ". " not in text, f"{name} is more than one sentence: {text!r}"
    assert len(text) <= 160


def test_the_first_readers_table_is_from_the_results() -> None:
    figures = r"\d[\d.,]* %"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = [
        line for line in readme.splitlines() if line.startswith("|") and re.search(figures, line)
    ]
    results = (DOCS / "results.md").read_text(encoding="utf-8")
    assert rows
    assert [f for row in rows for f in re.findall(figures, row) if f not in results] == []
