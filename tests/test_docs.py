"""The pages people read, held against what they speak of: links, targets, commands, recipes."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer.main

from glyphlab.cli.app import app
from glyphlab.experiments import preset_of
from glyphlab.experiments.kinds import named, task_of
from glyphlab.experiments.search import StudyDefinition
from glyphlab.models.generators.losses import LOSSES
from glyphlab.recipes import GeneratorRecipe, Recipe, parse_recipe
from glyphlab.recipes.generator_presets import generator_recipe, list_generators, task_recipe
from glyphlab.recipes.overrides import apply_overrides
from glyphlab.reproductions import find_reproduction, recorded
from glyphlab.reproductions.core.reported import read_rows
from glyphlab.tasks import PRESETS
from glyphlab.tasks.scenes.scene_file import SceneFile
from glyphlab.training.evaluation.alarms import ALARMS
from glyphlab.training.rehearsal import rehearse

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
GUIDE = ROOT / "docs" / "guide.md"
PAGES = [
    *sorted(ROOT.glob("*.md")),
    ROOT / "records" / "README.md",
    *sorted((ROOT / "examples").rglob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def fenced(page: Path, *languages: str) -> list[str]:
    return [body for language, body in FENCE.findall(text_of(page)) if language in languages]


def code_of(page: Path) -> list[str]:
    """Return the lines of fenced blocks and the spans of code between them."""
    text = text_of(page)
    lines = [line for _, body in FENCE.findall(text) for line in body.splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", FENCE.sub("", text))


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def commands(page: Path) -> list[str]:
    """Return every ``glyphlab …`` line of the shell blocks, continued lines joined."""
    found = []
    for body in fenced(page, "sh", "bash", "console"):
        for line in body.replace("\\\n", " ").splitlines():
            line = line.removeprefix("$ ").strip()
            if re.match(r"([A-Z_]+=\S+ )*glyphlab\b", line):
                found.append(line[line.index("glyphlab") :])
    return found


def parse(line: str) -> tuple[str, dict[str, Any]]:
    """Parse a command line as the command line itself does, and run nothing."""
    command: Any = typer.main.get_command(app)
    path, words = [], shlex.split(line, comments=True)[1:]
    while hasattr(command, "commands"):
        if not words or words[0].startswith("-"):
            break
        path.append(words.pop(0))
        assert path[-1] in command.commands, f"no such command: {' '.join(path)}"
        command = command.commands[path[-1]]
    if words in (["--help"], ["--version"], ["--list"], ["--schema"]):
        return " ".join(path), {}
    return " ".join(path), command.make_context(path[-1], words).params


LINES = [
    pytest.param(line, id=f"{name_of(p)}: {line[:60]}")
    for p in PAGES
    if p.parent.name != "plugin"
    for line in commands(p)
]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_resolve(page: Path) -> None:
    broken = []
    for target in LINK.findall(FENCE.sub("", text_of(page))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_named_in_code_exist(page: Path) -> None:
    named = {
        word.rstrip(".,;:")
        for code in code_of(page)
        for word in re.findall(
            r"\b(?:src|tests|benchmarks|docs|examples|studies|records)/[\w./-]+", code
        )
    }
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_exist(page: Path) -> None:
    makefile = text_of(ROOT / "Makefile")
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, re.MULTILINE))
    named = {t for code in code_of(page) for t in re.findall(r"(?:^|\s)make ([a-z][\w-]*)", code)}
    assert named <= targets


def test_there_are_commands_to_check() -> None:
    shown = {parse(line)[0] for page in (README, GUIDE) for line in commands(page)}
    assert shown >= {
        "audit",
        "compare",
        "data fetch",
        "doctor",
        "predict",
        "reproduce run",
        "train",
    }


@pytest.mark.parametrize("line", LINES)
def test_command_lines_parse(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # --data-dir sets the variable; known to monkeypatch, it is put back
    monkeypatch.setenv("GLYPHLAB_DATA", "")
    monkeypatch.chdir(ROOT)
    command, options = parse(line)
    if command in ("audit", "compare", "data build"):
        for name in str(options["task"]).split(","):
            if name in ("pairs.csv", "triple-shards"):  # written by a line before it
                continue
            task = task_of(name, "classifier")
            assert task.own_scene or task.name in PRESETS
    if options.get("models"):
        named([model.strip() for model in options["models"].split(",")])
    if options.get("preset"):
        preset_of(options["preset"])
    if command in ("generate", "augmentation-study"):
        if options:
            generator_recipe(
                options["model"] or "small",
                task_recipe(options["task"], options.get("data")),
                overrides=options["overrides"] or [],
            )
    elif options.get("overrides"):
        task = {"redraw": options.get("redraw", False)}
        Recipe.from_mapping(apply_overrides({"task": task}, options["overrides"]))


def test_a_wrong_command_line_would_be_found() -> None:
    with pytest.raises(AssertionError, match="no such command"):
        parse("glyphlab comprae triple")
    with pytest.raises(Exception, match="No such option"):
        parse("glyphlab compare triple --sedes 3")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_recipes_and_programs_are_valid(page: Path, tmp_path: Path) -> None:
    for body in fenced(page, "toml"):
        content = tomllib.loads(body)
        if "item" in content:
            known = {one.number: one for one in find_reproduction("triple-mnist").items}
            for one in content["item"]:
                item = known[one["id"]]
                assert (item.place, item.what, item.figure) == (
                    one["place"], one["what"], one["figure"],
                )  # fmt: skip
            continue
        if "row" in content:
            reported = tmp_path / "reported.toml"
            reported.write_text(body, encoding="utf-8")
            assert read_rows(reported)
            continue
        if "rows" in content:
            SceneFile.model_validate(content).scene("some", (28, 28))
            continue
        if "stages" in content:
            StudyDefinition.from_mapping(content)
        else:
            rehearse(parse_recipe(content))
    if page == README:
        for body in fenced(page, "python"):
            compile(body, name_of(page), "exec")


def test_the_guide_has_recipes_of_both_kinds() -> None:
    found = [parse_recipe(tomllib.loads(body)) for body in fenced(GUIDE, "toml")]
    assert {type(one) for one in found} == {Recipe, GeneratorRecipe}


def test_every_model_is_in_the_guide() -> None:
    from glyphlab.recipes import list_models

    text = text_of(GUIDE)
    assert [entry.name for entry in list_models() if f"`{entry.name}`" not in text] == []


def test_the_readme_is_read_to_the_end() -> None:
    lines = text_of(README).splitlines()
    assert len(lines) <= 120
    assert len(re.findall(r"^glyphlab ", text_of(README), re.MULTILINE)) == 8
    assert sum(bool(line) for line in "\n".join(fenced(README, "python")).splitlines()) <= 10


def test_readme_is_filled_in() -> None:
    assert re.findall(r"\{\{.*?\}\}", text_of(README)) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_speaks_of_one_machine(page: Path) -> None:
    text = text_of(page)
    assert re.findall(r"(?<![\w.])/(?:work|tmp|home|root|opt|mnt|Users)/\S*", text) == []
    assert re.findall(r"https?://(?:localhost|127\.|10\.|192\.168\.)\S*", text) == []


def test_versions_agree() -> None:
    import glyphlab

    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    assert project["version"] == glyphlab.__version__
    assert f"\nversion: {glyphlab.__version__}\n" in text_of(ROOT / "CITATION.cff")
    assert f"## [{glyphlab.__version__}]" in text_of(ROOT / "CHANGELOG.md")


def test_pinned_versions_are_those_of_the_page() -> None:
    pins = dict(line.split("==") for line in text_of(ROOT / "requirements.txt").split())
    pins = {name.lower(): version for name, version in pins.items()}
    page = text_of(ROOT / "docs" / "dependencies.md")
    listed = dict(re.findall(r"^\| ([\w-]+) \| (\d[\w.]*) \|", page, re.MULTILINE))
    assert {name.lower(): version for name, version in listed.items()} == {
        name.lower(): pins[name.lower()] for name in listed
    }
    content = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    project = content["project"]
    extras = project["optional-dependencies"]
    needed = project["dependencies"] + content["dependency-groups"]["dev"]
    needed += extras["embed"] + extras["fast"] + extras["study"]
    names = {re.split(r"[<>=]", one)[0].lower() for one in needed}
    assert names == {name.lower() for name in listed}


def test_every_generator_and_alarm_is_on_its_page() -> None:
    text = text_of(ROOT / "docs" / "generators.md")
    assert [entry.name for entry in list_generators() if f"`{entry.name}`" not in text] == []
    assert [name for name in LOSSES if f"`{name}`" not in text] == []
    assert [name for name in ALARMS if f"| {name} |" not in text] == []


PAPERS = sorted((ROOT / "docs" / "reproductions").glob("*.md"))


def unrecorded(page: Path) -> tuple[list[str], set[str]]:
    """Return the rows of a page's paper, and those that nothing was measured for."""
    rows = recorded(page.stem).rows
    return [row["id"] for row in rows], {row["id"] for row in rows if row["measured"] is None}


@pytest.mark.parametrize("page", PAPERS, ids=name_of)
def test_what_is_not_yet_run_has_no_record(page: Path) -> None:
    rows, missing = unrecorded(page)
    paragraphs = (" ".join(one.split()) for one in text_of(page).split("\n\n"))
    for sentence in (
        one for part in paragraphs for one in re.split(r"(?<=[.:]) (?=[A-Z*\d])", part)
    ):
        for count in re.findall(r"of (?:the )?(\d+) rows", sentence):
            assert int(count) == len(rows), sentence
        if "not yet run" not in sentence:
            continue
        if found := re.search(r"(\d+) of (?:the )?\d+ rows are not yet run", sentence):
            assert int(found[1]) == len(missing), sentence
        for name in re.findall(r"`([\w.…-]+)`", sentence):
            meant = [row for row in rows if row == name or row.startswith(name.rstrip("…"))]
            assert missing.intersection(meant), f"{name} has a record: {sentence}"
