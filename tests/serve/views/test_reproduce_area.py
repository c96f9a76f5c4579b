"""Reproduce: the catalogue, and a row that is measured again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from asgi_client import Client
from browser import Browser
from glyphlab.reproductions import list_reproductions, recorded
from glyphlab.runs.locks.lock import hold_lock
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.jobs.reproduction_jobs import ReproductionPlan
from glyphlab.serve.views.reproduce_area import FollowedJobs


def test_the_catalogue_has_every_recorded_row(client: Client) -> None:
    found = client.get("/api/reproduce").json()["papers"]
    assert [one["name"] for one in found] == list(list_reproductions())
    for paper in found:
        rows = recorded(paper["name"]).rows
        assert [one["id"] for one in paper["rows"]] == [one["id"] for one in rows]
        assert [one["verdict"] for one in paper["rows"]] == [one["verdict"] for one in rows]
    assert client.get("/reproduce").status == 200


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"paper": "triple-mnis", "rows": ["1.height"]}, 404, "triple-mnist"),
        ({"paper": "triple-mnist", "rows": ["1.heigh"]}, 404, "1.height"),
        ({"paper": "triple-mnist", "rows": []}, 422, "rows"),
        ({"paper": "triple-mnist", "rows": ["1.height,--out"]}, 422, "rows"),
        ({"paper": "triple-mnist", "rows": ["1.height"], "scale": "huge"}, 422, "scale"),
        ({"paper": "triple-mnist", "rows": ["1.height"], "seeds": 0}, 422, "seeds"),
    ],
)
def test_what_is_not_started(
    client: Client, body: dict[str, object], status: int, reason: str
) -> None:
    found = client.post("/api/reproduce", json_=body)
    assert found.status == status
    assert reason in found.json()["error"]
    assert client.get("/api/reproduce/jobs").json()["jobs"] == []


def test_a_job_that_there_is_not(client: Client) -> None:
    path = "/api/reproduce/jobs/20200101-000000-abcdef"
    assert client.post(f"{path}/stop").status == 404
    assert client.post(f"{path}/resume").status == 404
    assert client.delete(path).status == 404
    assert client.get("/reproduce/jobs/20200101-000000-abcdef/page").status == 404
    assert client.get("/reproduce/jobs/anything/page").status == 422


def test_a_damaged_job_hides_no_other(client: Client, studio: Studio) -> None:
    for number, plan in enumerate(("{}", '{"paper": "triple-mnist"}')):
        folder = studio.reproductions.root / ".reproductions" / f"2020010{number + 1}-000000-abcdef"
        folder.mkdir(parents=True)
        (folder / "plan.json").write_text(plan, encoding="utf-8")
    jobs = client.get("/api/reproduce/jobs").json()["jobs"]
    assert [one["state"] for one in jobs] == ["damaged", "damaged"]
    assert FollowedJobs(studio).more()
    assert client.delete(f"/api/reproduce/jobs/{jobs[0]['job']}").status == 200
    assert len(client.get("/api/reproduce/jobs").json()["jobs"]) == 1


def test_a_job_trains_what_its_own_process_does(
    client: Client, studio: Studio, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = sorted(root.iterdir())
    for run in (own, other):
        (run / "done").unlink()
    hold = (
        "import sys, time; from pathlib import Path; from glyphlab.runs.locks.lock import hold_lock"
        f"\nwith hold_lock(Path({str(own)!r})): print(flush=True); time.sleep(120)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", hold], stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        monkeypatch.setattr(studio.reproductions._processes, "_begin", lambda _job: process)
        studio.reproductions.start(ReproductionPlan.of("triple-mnist", ["1.height"], "smoke", None))
        with hold_lock(other):  # as a training in a terminal
            assert {one.state for one in studio.runs.all().runs.values()} == {"running"}
            (job,) = client.get("/api/reproduce/jobs").json()["jobs"]
        assert job["state"] == "running"
        assert [one["name"] for one in job["trains"]] == [own.name]
    finally:
        process.kill()
        process.communicate()


def test_news_are_said_once(studio: Studio) -> None:
    followed = FollowedJobs(studio)
    assert len(followed.more()) == 1
    assert followed.more() == []


@pytest.mark.browser
def test_a_smoke_row_is_started_and_seen_to_its_end(
    browser: Browser, opened: Callable[[str], str]
) -> None:
    address = opened("/reproduce#words=1.3.loss")
    tab = browser.open(address.replace("#words=1.3.loss", "") + "#words=1.3.loss")
    with tab.nothing_wrong():
        tab.wait("return document.querySelector('tr[data-row=\"1.3.loss\"] button')")
        tab.click('tr[data-row="1.3.loss"] button')
        tab.click("#run-form button.main")
        tab.wait("return document.querySelector('#jobs .state.running')")
        tab.go("about:blank")  # it goes on without a page
        tab.go(address.partition("?")[0])
        tab.wait("return document.querySelector('#jobs .state.done')", 120)
        assert "not comparable" in tab.text("#jobs")
        tab.click("#jobs a.button")
        tab.wait("return document.querySelector('h1').textContent.includes('MNIST')")
