"""The words of the field: no text of ours uses the words of the left column.

Texts are help texts, messages, pages, templates, examples and documents. Names in the code are not;
names that people type (commands, options, keys) are, and each must be one that there is.
"""

from __future__ import annotations

import ast
import functools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from glyphlab.cli.app import app
from glyphlab.recipes.union import json_schema
from glyphlab.tasks import Task

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "glyphlab"

WORDS = {
    r"reckon\w*": "derived, computed, estimated",
    r"mend(s|ed|ing)?": "fix",
    r"so many|as many of": "N, a number of",
    r"of which": "a sentence of its own",
    r"nothing else stood": "a plain sentence",
    r"(take|takes|taken|took|taking) (it |them )?up( again)?": "resume, use, take",
    r"(told|tell|tells|telling) .{0,24}apart": "distinguish",
    r"told": "given, trained with, described",
    r"taught": "trained",
    r"glanc\w+": "evaluation",
    r"(first|second|third|one|earlier|later|other|test) looks?": "evaluation of the test set",
    r"looks? at (the|these) test": "evaluation",
    r"judg(e|es|ed|ing)": "reference classifier; pruner; evaluate",
    r"players?": "generator and discriminator",
    r"sureness|(how|most|more|less|is) sure": "confidence",
    r"worth": "augmentation study, gain, useful",
    r"arms?": "condition",
    r"remed(y|ies)": "collapse mitigation; fix",
    r"mean (net|weights)": "EMA",
    r"made images?|made right|images? made": "generated images",
    r"drawn (images?|ones|digits|samples)|bending real": "generated images; deforming",
    r"fresh (pictures|images|training pictures|ones)": "redrawn images",
    r"generali[sz]ation square": "generalization grid",
    r"reports?'s?|student reports?": "paper",
    r"the report (says|found|did|states|gives|used|leaves|calls)": "the paper",
    r"read (right|wrong|wrongly|correctly|falsely)|misread": "correct, wrong, predicted",
    r"begun": "started",
    r"scikit-learn face|named faces": "scikit-learn API, estimators",
    r"liberties": "fast math",
    r"leaves? nothing to chance|no chance in (it|them)": "deterministic",
    r"what cannot be meant": "invalid usage",
    r"what makes it again": "the command that reproduces it",
    r"in the place of": "instead of, replaces",
    r"held against": "compared with",
    r"old friends?": "well known",
}
"""What is not written (a pattern of whole words, any case) → what is."""

QUOTED = {
    "docs/results.md": "commands and rows as the records have them",
    "docs/reference/": "help texts and descriptions: read where they are written",
    "CHANGELOG.md": "old names beside new ones",
    "src/glyphlab/reproductions/": "rows as the recorded documents have them, word for word",
}
"""Files and folders that are left out, each with its reason."""

EXCEPTIONS: dict[str, str] = {}
"""Parts of sentences that use such a word in another sense, each with its reason."""


PATTERN = re.compile("|".join(rf"(?<![\w-])(?:{one})(?!\w)" for one in WORDS), re.IGNORECASE)


def found_in(text: str) -> list[str]:
    """Return the words of a text that are in the left column, with what stands around them."""
    prose = re.sub(r"`[^`]*`", "`…`", re.sub(r"\s+", " ", text))
    for part in EXCEPTIONS:
        prose = prose.replace(part, "")
    prose = re.sub(r"(?<![\w-])(?:--[a-z-]+|[a-z]+\.[a-z_.]+)", "…", prose)  # options and keys
    found = []
    for match in PATTERN.finditer(prose):
        around = prose[max(0, match.start() - 30) : match.end() + 20].strip()
        found.append(f"{match[0]!r} in {around!r}")
    return found


@functools.cache
def documents() -> tuple[tuple[str, str], ...]:
    """Return pages, templates and example files, paragraph by paragraph."""
    return tuple(_documents())


@functools.cache
def messages() -> tuple[tuple[str, str], ...]:
    """Return every string of several words in the source, and the help texts of commands."""
    return tuple(_messages())


def _documents() -> Iterator[tuple[str, str]]:
    globs = ("*.md", "docs/**/*.md", "docs/*.toml", "records/*.md", "examples/**/*.md",
             "examples/*.toml", "studies/**/*.toml", "src/**/*.j2", "src/**/*.toml",
             ".github/**/*.md", ".github/**/*.yml")  # fmt: skip
    for file in sorted(file for one in globs for file in ROOT.glob(one)):
        name = file.relative_to(ROOT).as_posix()
        if name.startswith(tuple(QUOTED)):
            continue
        line = 1
        for part in file.read_text(encoding="utf-8").split("\n\n"):
            yield f"{name}:{line}", re.sub(r"<[^>]*>|\{[{%].*?[}%]\}", "", part)
            line += part.count("\n") + 2


def _messages() -> Iterator[tuple[str, str]]:
    for file in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        name = file.relative_to(ROOT).as_posix()
        if name.startswith(tuple(QUOTED)):
            continue
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        in_text = {
            id(part)
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for part in ast.walk(node)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = [one.value if isinstance(one, ast.Constant) else "…" for one in node.values]
                text = "".join(map(str, parts))
                if " " in text:
                    yield f"{name}:{node.lineno}", text
            elif isinstance(node, ast.FunctionDef) and "/cli/" in name:
                yield f"{name}:{node.lineno}", ast.get_docstring(node) or ""
            elif (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and " " in node.value
                and id(node) not in docs | in_text
            ):
                yield f"{name}:{node.lineno}", node.value


@pytest.mark.parametrize("texts", [documents, messages])
def test_texts_use_the_words_of_the_field(texts: object) -> None:
    assert callable(texts)
    left = [f"{where}: {word}" for where, text in texts() for word in found_in(text)]
    assert left == [], f"{len(left)} left:\n" + "\n".join(left)


def test_the_words_are_found() -> None:
    assert len(found_in("a label that was\nreckoned, and of which nothing is told")) == 3
    assert len(found_in("judge the players of the arms race")) == 3
    assert found_in("`told` and `judge` are names in the code") == []
    assert found_in("the recommended remainder, an army, a hold-out set, worthwhile") == []
    assert len(list(documents())) > 200
    assert len(list(messages())) > 1000


@functools.cache
def keys() -> frozenset[str]:
    """Return every key of a recipe of any kind, as ``--set`` takes it, and the tables of them."""
    schema = json_schema()

    def of(reference: str, path: str) -> Iterator[str]:
        for key, one in schema["$defs"][reference.rpartition("/")[2]]["properties"].items():
            yield f"{path}{key}"
            for choice in one.get("anyOf", [one]):
                if "$ref" in choice:
                    yield from of(choice["$ref"], f"{path}{key}.")

    kinds = schema["discriminator"]["mapping"].values()
    return frozenset(key for one in kinds for key in of(one, ""))


@functools.cache
def key_pattern() -> re.Pattern[str]:
    tables = "|".join(sorted({key.partition(".")[0] for key in keys() if "." in key}))
    return re.compile(rf"(?<![\w./])(?:{tables})(?:\.[a-z][a-z0-9_]*)+(?![\w(/*.{{])")


def typed(text: str) -> list[str]:
    """Return the names of recipe keys in a text: ``training.epochs``, ``task.scene.rule``."""
    return key_pattern().findall(text)


NOT_KEYS = ("docs/architecture.md", "docs/exporting.md", "docs/extending.md", "CHANGELOG.md")
"""Pages that also name modules and attributes, as ``training.events``."""


def test_keys_that_are_named_exist() -> None:
    known = keys()
    assert {"task.name", "training.epochs", "model.classical.C"} <= known
    attributes = {f"task.{name}" for name in (*dir(Task), *Task.__dataclass_fields__)}
    wrong = {
        f"{where}: {key}"
        for where, text in (*documents(), *messages())
        if not where.startswith(NOT_KEYS) and " " in text
        for key in typed(text)
        if key not in known and ".".join(key.split(".")[:2]) not in attributes
    }
    assert sorted(wrong) == []
    assert typed("set training.epochs, or `task.nmae`") == ["training.epochs", "task.nmae"]


def test_options_that_are_named_exist() -> None:
    known = {"--help", "--version", "--head", "--address"}  # the last two are of `ray start`

    def walk(command: Any) -> None:
        for one in command.params:
            known.update(one.opts)
        for inner in getattr(command, "commands", {}).values():
            walk(inner)

    walk(typer.main.get_command(app))
    found = [
        (where, option)
        for where, text in documents()
        if where.startswith(("README", "docs/")) and "benchmarks/" not in text
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", re.sub(r"pip install .*", "", text))
    ]
    assert len(found) > 50
    assert [f"{where}: {option}" for where, option in found if option not in known] == []


def test_what_is_left_out_exists() -> None:
    assert [name for name in QUOTED if not (ROOT / name).exists()] == []
    texts = " ".join(text for many in (documents, messages) for _, text in many())
    texts = re.sub(r"\s+", " ", texts)
    assert [part for part in EXCEPTIONS if part not in texts] == []


def test_codespell_is_part_of_the_check() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "$(BIN)/codespell" in makefile
    skipped = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert "src" not in skipped["codespell"]["skip"].split(",")
