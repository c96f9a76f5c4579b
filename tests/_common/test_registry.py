"""Registries: names without imports, plug-ins, and what is said of a broken one."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import PluginError, UnknownName
from glyphlab._common.registry import Registry
from glyphlab.recipes import registries
from plugins import install

GROUP = "glyphlab.things"


def things(**words: Any) -> Registry[Any]:
    return Registry("thing", GROUP, {"path": "json:dump", "gone": "no_such_module:x"}, **words)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_names_are_known_and_nothing_is_imported(place: Path) -> None:
    (place / "boom_a.py").write_text("raise RuntimeError('imported')")
    install(place, "pack-a", {GROUP: {"late": "boom_a:x"}})
    found = things(objects={"made": 3})
    assert found.names() == ("path", "gone", "made", "late")
    assert (list(found), len(found), "late" in found) == ([*found.names()], 4, True)
    assert found.load("path") is json.dump
    assert found.load("made") == 3
    assert "boom_a" not in sys.modules


def test_an_unknown_name_has_a_nearest(place: Path) -> None:
    install(place, "pack-b", {GROUP: {"lately": "json:dumps"}})
    with pytest.raises(UnknownName, match="unknown thing 'latley': did you mean 'lately'"):
        things().load("latley")
    assert things().load("lately") is json.dumps


def test_a_plugin_that_raises_is_one_line_and_the_others_work(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (place / "boom_c.py").write_text("raise RuntimeError('two\\nlines')")
    install(place, "pack-c", {GROUP: {"bad": "boom_c:x", "good": "json:loads"}})
    found = Registry[Any]("thing", GROUP)
    with pytest.raises(PluginError) as caught:
        found.load("bad")
    assert str(caught.value) == (
        "the thing 'bad' of package pack-c 0.1.0 cannot be imported (RuntimeError: two lines): "
        "update or uninstall that package"
    )
    with caplog.at_level(logging.WARNING, "glyphlab"):
        assert [name for name, _ in found.usable()] == ["good"]
        assert [name for name, _ in found.usable()] == ["good"]
    assert [record.message for record in caplog.records] == [str(caught.value)]


def test_a_taken_name_is_said_once_and_ours_is_used(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    install(place, "pack-d", {GROUP: {"path": "json:loads", "new": "json:loads"}})
    found = things()
    with caplog.at_level(logging.WARNING, "glyphlab"):
        assert found.names() == ("path", "gone", "new")
        assert "nope" not in found
    (record,) = caplog.records
    assert "package pack-d 0.1.0 names a thing 'path', which is taken" in record.message
    assert found.load("path") is json.dump


def test_two_packages_of_one_name(place: Path) -> None:
    install(place, "pack-e", {GROUP: {"same": "json:loads"}})
    install(place, "pack-f", {GROUP: {"same": "json:loads", "other": "json:loads"}})
    with pytest.raises(PluginError, match=r"pack-e 0\.1\.0 and package pack-f 0\.1\.0 both name"):
        things().load("same")
    assert things().load("other")


def test_what_lacks_something_is_refused(place: Path) -> None:
    install(place, "pack-g", {GROUP: {"half": "json:loads"}})
    with pytest.raises(PluginError, match=r"'half' of package pack-g 0\.1\.0 has no ceiling"):
        things(needs=("ceiling",)).load("half")


def test_one_is_registered_while_the_program_runs() -> None:
    found = things(needs=("upper",))
    found.register("mine", "text")
    assert (found.load("mine"), "mine" in found) == ("text", True)
    for name in ("mine", "path"):
        with pytest.raises(PluginError, match=f"the thing '{name}' is there already"):
            found.register(name, "other")
    with pytest.raises(PluginError, match="has no upper"):
        found.register("number", 3)
    found.unregister("mine")
    assert "mine" not in found


@pytest.mark.parametrize("name", registries.__all__)
def test_everything_of_ours_can_be_loaded(name: str) -> None:
    registry = getattr(registries, name)
    assert [one for one in registry if registry.load(one) is None] == []


def test_no_name_needs_torch() -> None:
    program = (
        "import sys; from glyphlab.recipes import registries as r; "
        "print([list(getattr(r, name)) for name in r.__all__]); "
        "from glyphlab.recipes import Recipe; Recipe.from_mapping({}); "
        "[r.STRATEGIES.load(name) for name in r.STRATEGIES]; "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
