"""A record names what made it: command, commit, clean tree, machine and engine.

What cannot be said of an older record is listed in `records/exceptions.toml`, with the reason; a
record that is not listed and lacks a part fails here, and so does a list that is out of date.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import glyphlab
from glyphlab.runs import record_head

ROOT = Path(__file__).resolve().parent.parent
RECORDED = Path(glyphlab.__file__).parent / "reproductions" / "recorded"
FILES = {
    **{file.stem: file for file in sorted((ROOT / "records").glob("*.json"))},
    **{f"recorded/{file.stem}": file for file in sorted(RECORDED.glob("*.json"))},
}
PARTS = ("command", "commit", "clean tree", "machine", "engine")
COMMIT = re.compile(r"[0-9a-f]{40}")
MACHINE = ("processor", "cores", "threads", "platform", "python", "torch")


def lacking(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parts of a record that it does not name, and a row's as `part of row ID`."""
    if not str(document.get("command") or "").startswith(("glyphlab ", "python ")):
        yield "command"
    environments = [*_environments(document)]
    if not environments or any(
        not COMMIT.fullmatch(str(env.get("commit"))) for env in environments
    ):
        yield "commit"
    if not environments or any(env.get("dirty") is not False for env in environments):
        yield "clean tree"
    if not environments or any(env.get(key) is None for env in environments for key in MACHINE):
        yield "machine"
    if "paper" not in document:
        if not _engines(document):
            yield "engine"
        return
    for row in document["rows"]:
        if row["model"] is None or row["measured"] is None:
            continue  # a fact about the data, which nothing was trained for
        commits = row.get("commits") or [""]
        if any(not COMMIT.fullmatch(commit) for commit in commits):
            yield f"commit of row {row['id']}"
        if not row.get("engines"):
            yield "engine"


def _environments(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield where a record says what it ran on: at its top, or of each of its values."""
    if "env" in document:
        yield document["env"]
        return
    for one in document.get("values", {}).values():
        yield from _environments(one)


def _engines(document: Mapping[str, Any]) -> list[str]:
    found = document.get("engines")
    return [one for one in found if one] if isinstance(found, list) else []


def exceptions() -> dict[str, dict[str, str]]:
    """Return what each file may lack, and why."""
    content = tomllib.loads((ROOT / "records" / "exceptions.toml").read_text(encoding="utf-8"))
    found: dict[str, dict[str, str]] = {}
    for one in content["exception"]:
        for file in one["files"]:
            for part in one["lacks"]:
                assert part not in found.setdefault(file, {}), (file, part)
                found[file][part] = one["why"]
    return found


@pytest.mark.parametrize("name", FILES)
def test_a_record_names_what_made_it(name: str) -> None:
    document = json.loads(FILES[name].read_text(encoding="utf-8"))
    assert set(lacking(document)) == set(exceptions().get(name, {})), (
        "make the record again from a clean checkout, or say in records/exceptions.toml why not"
    )


def test_exceptions_are_of_files_that_are_there_and_have_a_reason() -> None:
    assert set(exceptions()) <= set(FILES)
    for parts in exceptions().values():
        assert all(len(why.split()) > 5 for why in parts.values())


def test_a_commit_is_never_made_up() -> None:
    """A record whose commit is not known says so in the exceptions, and nowhere else."""
    for name, file in FILES.items():
        text = file.read_text(encoding="utf-8")
        known = [part for part in exceptions().get(name, {}) if part.startswith("commit")]
        assert text.count('"unknown"') == len(known), name


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"command": None}, "command"),
        ({"env": {"commit": "unknown"}}, "commit"),
        ({"env": {"dirty": True}}, "clean tree"),
        ({"env": {"processor": None}}, "machine"),
        ({"engines": []}, "engine"),
    ],
)
def test_a_record_without_a_part_would_be_found(change: dict[str, Any], part: str) -> None:
    env = {**dict.fromkeys(MACHINE, 1), "commit": "a" * 40, "dirty": False}
    whole = {"command": "python x.py", "env": env, "engines": ["cpu"]}
    assert list(lacking(whole)) == []
    both = {**env, **change.get("env", {})}
    assert part in set(lacking({**whole, **change, "env": both}))


def test_benchmarks_begin_their_records_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["x", "--rounds", "3", "--json", "/home/somebody/a b.json"])
    head = record_head("benchmarks/x.py", ["cpu in float32", "cpu in float32"])
    assert head["command"] == "python benchmarks/x.py --rounds 3 --json 'a b.json'"
    assert head["engines"] == ["cpu in float32"]
    assert set(lacking(head)) <= {"commit", "clean tree"}
    for file in sorted((ROOT / "benchmarks").glob("*.py")):
        text = file.read_text(encoding="utf-8")
        if '"--json", type=Path' in text and file.stem not in ("keras_frozen", "honesty"):
            assert re.search(rf'record_head\(\s*"benchmarks/{file.name}"', text), file.name
