"""The list of runs: as a program gets it, and in Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from asgi_client import Client
from axe import violations
from browser import Browser
from glyphlab.runs import list_runs
from glyphlab.runs.followed.wishes import hide
from glyphlab.serve.app.studio import Studio
from serve_runs import more_seeds
from studios import client_of


def test_every_run_is_listed(client: Client, root: Path) -> None:
    found = client.get("/api/runs").json()["runs"]
    assert [run["name"] for run in found] == [info.name for info in list_runs(root)]
    assert {run["state"] for run in found} == {"done"}
    page = client.get("/runs")
    assert page.status == 200
    assert all(run["name"] in page.text for run in found)


def test_runs_that_differ_in_the_seed_alone_are_a_group(client: Client, root: Path) -> None:
    names = more_seeds(root, 2)
    runs = {run["name"]: run for run in client.get("/api/runs").json()["runs"]}
    groups = {run["group"] for name, run in runs.items() if name.startswith("single")}
    assert len(groups) == 1
    assert len({run["group"] for run in runs.values()}) == 2
    assert [runs[name]["seed"] for name in names] == [1, 2]


def test_a_hidden_run_stays_in_the_list_and_off_the_page(client: Client, root: Path) -> None:
    name = list_runs(root)[0].name
    hide(root / name, hidden=True)
    rows = {run["name"]: run["hidden"] for run in client.get("/api/runs").json()["runs"]}
    assert rows[name]
    assert sum(rows.values()) == 1
    assert name not in client.get("/runs").text
    assert "1 hidden" in client.get("/runs").text


def test_a_damaged_run_says_what_is_wrong(client: Client, root: Path) -> None:
    name = list_runs(root)[0].name
    (root / name / "summary.json").write_text("{", encoding="utf-8")
    (row,) = [run for run in client.get("/api/runs").json()["runs"] if run["name"] == name]
    assert row["state"] == "damaged"
    assert "summary.json" in row["problem"]
    assert client.get(f"/runs/{name}").status == 200
    assert client.get(f"/runs/{name}/page").status == 409


def test_names_of_strangers_do_no_harm(client: Client, root: Path, studio: Studio) -> None:
    name = "<img src=x onerror=alert(1)>"
    shutil.copytree(root / list_runs(root)[0].name, root / name)
    studio.runs.changed()
    page = client.get("/runs")
    assert "<img" not in page.text
    assert "&lt;img" in page.text


def test_an_empty_folder_is_a_page(client: Client, root: Path) -> None:
    shutil.rmtree(root)
    assert client.get("/api/runs").json() == {"runs": []}
    assert "no runs here yet" in client.get("/runs").text


def test_a_command_makes_runs_of_this_folder(studio: Studio) -> None:
    for root, option in (("runs", ""), ("my sums", " --out &#39;my sums&#39;")):
        studio.settings = replace(studio.settings, root=Path(root))
        page = client_of(studio).get("/runs").text
        assert f"<code>glyphlab compare triple{option}</code>" in page
        page = client_of(studio).get("/generate").text
        assert f"<code>glyphlab generate mnist{option}</code>" in page


@pytest.mark.browser
def test_runs_are_filtered_sorted_grouped_and_deleted(
    browser: Browser, opened: Callable[[str], str], root: Path
) -> None:
    names = more_seeds(root, 3)
    tab = browser.open(opened("/runs"))
    shown = "return [...document.querySelectorAll('#runs tbody tr')].map((one) => one.dataset.run)"
    with tab.nothing_wrong():
        tab.wait("return document.querySelectorAll('#runs tbody input').length === 5")
        tab.type("#filter", "task:single seed:2")
        tab.wait("return document.querySelectorAll('#runs tbody tr').length === 1")
        assert tab.run(shown) == [names[1]]
        tab.type("#filter", "single")
        tab.run("const one = document.querySelector('#sort'); one.value = 'exact_match';"
                "one.dispatchEvent(new Event('input'))")  # fmt: skip
        tab.click("#down")
        assert tab.run(shown)[1:] == names
        tab.click("#group")
        assert "4 seeds" in tab.text("#runs tbody tr")
        assert "to" in tab.text("#runs tbody .interval")
        view = str(tab.run("return location.hash"))
        assert "filter=single" in view
        tab.run("window.before = true; location.reload()")
        tab.wait("return !window.before && document.querySelector('#runs tbody .interval')")
        assert tab.run("return location.hash") == view
        tab.click("#group")
        tab.click(f'tr[data-run="{names[2]}"] input')
        tab.click("#chosen button.warn")
        tab.click("#delete button[value=no]")
        assert (root / names[2]).exists()
        tab.click("#chosen button.warn")
        tab.click("#delete button[value=yes]")
        tab.wait(f"return !document.querySelector('tr[data-run=\"{names[2]}\"]')")
        assert not (root / names[2]).exists()


@pytest.mark.browser
def test_a_group_says_the_verdicts_of_all(browser: Browser, opened: Callable[[str], str]) -> None:
    tab = browser.open(opened("/runs"))
    said = tab.run(
        "const {grouped} = await import('/static/run_groups.js');"
        "const row = (verdict, seed, problem) => ({name: `g-s${seed}-00000000`, group: 'g', seed,"
        " verdict, problem, state: 'done', exact_match: null, fit_seconds: null, epochs: 1});"
        "const of = (...said) => grouped(said.map((one, k) => row(one, k, k === 1 ? 'no disk' : ''"
        ")))[0];"
        "return [of('healthy', 'healthy', null), of('mode collapse', 'healthy', 'overfitting'),"
        " of('mode collapse', 'mode collapse'), of(null, null), of('healthy')]"
        ".map((one) => [one.verdict, one.problem])"
    )
    assert said == [
        ["healthy", "seed 1: no disk"],
        ["2 of 3 with an alarm", "seed 1: no disk"],
        ["mode collapse", "seed 1: no disk"],
        [None, "seed 1: no disk"],
        ["healthy", ""],
    ]


@pytest.mark.browser
def test_everyone_can_use_the_list(browser: Browser, opened: Callable[[str], str]) -> None:
    tab = browser.open(opened("/runs"), width=390)
    tab.wait("return document.querySelector('#runs tbody input')")
    tab.click("#runs tbody input")
    assert violations(tab) == []
    assert tab.run("return document.documentElement.scrollWidth <= innerWidth")
