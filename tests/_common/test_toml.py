"""A recipe written as TOML is the recipe that was read; what cannot be read is said in words."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

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
        f"cannot read the letter {file}: No such file or directory: name a TOML file, or write one"
    )
    for wrong in (b"[a\n", b"name = '\xff'\n"):
        file.write_bytes(wrong)
        with pytest.raises(kind, match=r"one\.toml is not TOML: .*: fix that line"):
            read_toml(file, "letter", "or write one", kind)
