"""A recipe written as TOML is the recipe that was read; what cannot be read is said in words."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glyphlab._common.errors import RecipeError, StudyError
from glyphlab._common.toml import read_toml, toml_text
from glyphlab.recipes import Recipe


def test_a_recipe_comes_back() -> None:
    recipe = Recipe.from_mapping(
        {"name": "x", "seed": 7, "task": {"data": 'a "b"\\c'}, "training": {"patience": None}}
    )
    text = toml_text(recipe.model_dump(mode="json"))
    assert Recipe.from_mapping(tomllib.loads(text)) == recipe
    assert "# patience is not set" in text
    assert "[training]" in text


PLAIN = (
    st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
)  # fmt: skip
CONTENT = st.recursive(
    st.none() | PLAIN | st.lists(PLAIN, max_size=4) | st.lists(st.lists(PLAIN, max_size=3)),
    lambda inner: (
        st.dictionaries(st.text(max_size=6), inner, max_size=5)
        | st.lists(st.dictionaries(st.text(max_size=6), inner, max_size=3), max_size=3)
    ),
    max_leaves=20,
)


def without_none(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: without_none(one) for key, one in content.items() if one is not None}
    return [without_none(one) for one in content] if isinstance(content, list) else content


@given(st.dictionaries(st.text(max_size=6), CONTENT, max_size=6))
def test_whatever_is_written_is_read(content: dict[str, Any]) -> None:
    read = tomllib.loads(toml_text(content))
    assert read == without_none(content)
    assert toml_text(read) == toml_text(without_none(content))


def test_a_file_is_as_a_person_would_write_it() -> None:
    content = {
        "task": {"name": "triple", "scene": {"free": None, "cells": [[0, 1], [2, 3]]}},
        "seed": 7,
        "stages": [{"name": "a", "rate": 1e-05}],
    }
    assert toml_text(content) == (
        'seed = 7\nstages = [{name = "a", rate = 1e-05}]\n\n[task]\nname = "triple"\n\n'
        "[task.scene]\n# free is not set\ncells = [[0, 1], [2, 3]]\n"
    )


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "one.toml"
    file.write_text('name = "\u00fc"\n[a]\nb = 1\n', encoding="utf-8")
    assert read_toml(file, "recipe", "or not", RecipeError) == {"name": "\u00fc", "a": {"b": 1}}


@pytest.mark.parametrize("kind", [RecipeError, StudyError])
def test_what_cannot_be_read(tmp_path: Path, kind: type[RecipeError | StudyError]) -> None:
    file = tmp_path / "one.toml"
    with pytest.raises(kind) as caught:
        read_toml(file, "letter", "or write one", kind)
    assert str(caught.value) == (
        f"cannot read the letter {file}: there is no such file: name a TOML file, or write one"
    )
    for wrong in (b"[a\n", b"name = '\xff'\n"):
        file.write_bytes(wrong)
        with pytest.raises(kind, match=r"one\.toml: it is not TOML \(.*\); correct it"):
            read_toml(file, "letter", "or write one", kind)
