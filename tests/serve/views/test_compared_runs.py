"""Several runs beside each other: curves, intervals and paired tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from asgi_client import Client
from axe import violations
from browser import Browser
from glyphlab.experiments import report_runs
from glyphlab.experiments.results.run_page import OTHER_IMAGES
from glyphlab.runs import Run, list_runs
from glyphlab.serve.playing.play_choices import PlayChoice, play_recipe
from glyphlab.training import train
from serve_runs import more_seeds


def query(names: list[str]) -> str:
    return "&".join(f"run={name}" for name in names)


def test_tests_are_those_of_the_command(client: Client, root: Path) -> None:
    names = [list_runs(root)[0].name, *more_seeds(root, 1)]
    found = client.get(f"/api/compare/tests?{query(names)}").json()
    expected = report_runs([Run.load(root / name) for name in names]).to_json()
    assert found["rows"] == expected["rows"]
    assert found["tests"] == expected["tests"]
    page = client.get(f"/compare/page?{query(names)}")
    assert page.status == 200
    curves = client.get(f"/api/compare/curves?{query(names)}").json()
    assert [run["name"] for run in curves["runs"]] == names
    assert curves["epochs"][0] == Run.load(root / names[0]).metrics()


def test_tries_of_play_that_differ_in_more_than_the_seed(client: Client, root: Path) -> None:
    few = {"width": 2, "epochs": 1, "images": 50}
    tries = [{**few, "seed": seed, "images": images} for images in (50, 100) for seed in (0, 1)]
    names = [
        train(play_recipe(PlayChoice.model_validate(one)), root, quiet=True).name for one in tries
    ]
    found = client.get(f"/api/compare/tests?{query(names)}").json()
    assert [row["model"] for row in found["rows"]] == [
        f"{names[0]} (2 seeds)", f"{names[2]} (2 seeds)"
    ]  # fmt: skip
    assert [row["seeds"] for row in found["rows"]] == [2, 2]
    assert len(found["tests"]) == 1
    assert OTHER_IMAGES not in found["remarks"]
    pair = client.get(f"/api/compare/tests?{query(names[1:3])}").json()  # seeds 1 and 0
    assert {row["model"] for row in pair["rows"]} == {names[1], names[2]}
    assert [test["verdict"] for test in pair["tests"]] == ["one seed"]
    assert client.get(f"/compare/page?{query(names)}").status == 200


def test_runs_of_other_images_stand_for_themselves(client: Client, root: Path) -> None:
    names = [info.name for info in list_runs(root)]
    found = client.get(f"/api/compare/tests?{query(names)}").json()
    assert found["tests"] == []
    assert OTHER_IMAGES in found["remarks"]


@pytest.mark.parametrize("path", ["/compare", "/compare/page", "/api/compare/tests"])
def test_what_cannot_be_compared(client: Client, path: str) -> None:
    assert client.get(path).status == 422
    assert client.get(f"{path}?run=nothing").status == 404
    assert client.get(f"{path}?{query(['x'] * 41)}").status == 422


@pytest.mark.browser
def test_groups_have_bands(browser: Browser, opened: Callable[[str], str], root: Path) -> None:
    names = [info.name for info in list_runs(root)] + more_seeds(root, 2)
    tab = browser.open(opened(f"/compare?{query(names)}"))
    with tab.nothing_wrong():
        tab.wait("return document.querySelectorAll('#curves polygon.band').length > 0")
        assert "3 seeds" in tab.text("#curves .legend")
        assert tab.run("return document.querySelectorAll('#rows tbody tr').length") == 4
        assert violations(tab) == []
