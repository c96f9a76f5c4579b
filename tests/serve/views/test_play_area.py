"""Play: what is said before training, tries as a client sees them, and one live in Chromium."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from asgi_client import Client
from browser import Browser
from glyphlab.runs import list_runs
from glyphlab.runs.locks.lock import hold_lock
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.jobs.followed_runs import FollowedRun
from glyphlab.serve.playing.followed_try import FollowedTry
from glyphlab.serve.playing.play_choices import PlayChoice, play_recipe
from glyphlab.serve.playing.watched_trainings import watched
from glyphlab.training import train
from glyphlab.training.checkpoint import CHECKPOINT
from glyphlab.training.identity import identified

SMALL = {"width": 4, "epochs": 2, "images": 100}


@pytest.fixture
def tried(root: Path) -> str:
    """The name of a finished training of Play."""
    return train(play_recipe(PlayChoice.model_validate(SMALL)), root, quiet=True).name


def test_what_a_strategy_cannot_reach_is_said_before_training(client: Client, root: Path) -> None:
    found = client.get("/api/play/foresight?task=triple&strategy=whole&images=100").json()
    assert found["ceiling"] == 0
    assert "no test image" in found["words"]
    assert found["ceilings"]["aligned"] == 1
    assert (found["train"], found["steps"]) == (100, 8 * 4)
    assert found["parameters"] > 1000
    assert len(list_runs(root)) == 2


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ("task=triple&strategy=sum", 404, "aligned"),
        ("task=triple&strategy=aligned&net=dense", 422, "choose convolutions"),
        ("epochs=1000", 422, "epochs"),
        ("epochs=two", 422, "epochs"),
        ("task=quadruple", 422, "task"),
        ("anything=1", 422, "anything"),
    ],
)
def test_what_cannot_be_chosen(client: Client, query: str, status: int, reason: str) -> None:
    found = client.get(f"/api/play/foresight?{query}")
    assert found.status == status
    assert reason in found.json()["error"]


def test_the_page(client: Client, visitor: Client) -> None:
    del client
    page = visitor.get("/play?run=nothing").text
    assert "Visitors of this studio watch" in page
    assert 'id="train"' not in page


def test_a_try_and_its_pictures(client: Client, tried: str) -> None:
    tries = client.get("/api/play/tries").json()["tries"]
    assert [one["row"]["name"] for one in tries] == [tried]
    assert {key: tries[0]["choice"][key] for key in SMALL} == SMALL
    assert 0 < tries[0]["validation"] <= 1
    one = client.get(f"/api/play/{tried}").json()
    assert len(one["epochs"]) == 2
    assert len(one["truths"]) == 120
    picture = client.get(f"/api/play/{tried}/pictures")
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")


def test_what_is_no_try(client: Client, root: Path) -> None:
    other = list_runs(root)[0].name
    for path in ("", "/pictures", "/events"):
        found = client.get(f"/api/play/{other}{path}")
        assert found.status == 409
        assert "no training of Play" in found.text
    assert client.get("/api/play/nothing").status == 404


def test_what_is_trained_already_is_not_trained_again(
    client: Client, studio: Studio, tried: str
) -> None:
    found = client.post("/api/play", json_=SMALL)
    assert found.json() == {"run": tried, "done": "finished already"}
    assert studio.trainings.counts() == (0, 0)


def test_what_others_train_is_followed(client: Client, root: Path, tried: str) -> None:
    (root / tried / "done").unlink()
    with hold_lock(root / tried):
        found = client.post("/api/play", json_=SMALL)
    assert found.json() == {"run": tried, "done": "followed"}


def test_a_hidden_try_is_not_listed(client: Client, tried: str) -> None:
    client.post(f"/api/runs/{tried}/hide", json_={"hidden": True})
    assert client.get("/api/play/tries").json()["tries"] == []


def test_a_try_that_is_removed_while_it_is_followed(studio: Studio, root: Path, tried: str) -> None:
    (root / tried / "done").unlink()
    run = FollowedRun(studio.runs, studio.trainings, tried, 0)
    followed = FollowedTry(run, watched(root / tried))
    assert {one.name for one in followed.more()} >= {"epoch", "state"}
    shutil.rmtree(root / tried)
    studio.runs.changed()
    assert followed.more()[-1].data["state"] == "removed"
    until = time.monotonic() + 60
    while not followed.ended:
        followed.more()
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_training_that_fails_says_why(client: Client, studio: Studio, root: Path) -> None:
    """Something stands where its checkpoint goes."""
    recipe = play_recipe(PlayChoice.model_validate(SMALL))
    run = identified(recipe, root).open_run(root)
    (run.path / CHECKPOINT).write_bytes(b"no tensors")
    assert client.post("/api/play", json_=SMALL).json()["done"] == "started"
    until = time.monotonic() + 60
    while studio.trainings.state_of(run.name) is not None:
        assert time.monotonic() < until
        time.sleep(0.1)
    studio.runs.changed()
    row = client.get("/api/play/tries").json()["tries"][0]["row"]
    assert row["state"] == "failed"
    assert CHECKPOINT in row["problem"]


@pytest.mark.browser
@pytest.mark.long
def test_a_training_is_watched_paused_and_resumed(
    browser: Browser, opened: Callable[[str], str], root: Path
) -> None:
    tab = browser.open(opened("/play"))
    with tab.nothing_wrong():
        tab.wait("return document.getElementById('foresight').textContent.includes('Nothing in')")
        tab.run(
            "const one = document.getElementById('epochs'); one.value = one.max;"
            "one.dispatchEvent(new Event('input', {bubbles: true}));"
        )
        tab.click("#train")
        tab.wait("return document.querySelectorAll('#kernels canvas').length === 12", 60)
        tab.wait("return document.querySelectorAll('#curves polyline').length >= 2")
        assert "validation images are wrong after epoch" in tab.text("#wall-about")
        tab.run("document.querySelector('#actions button').click()")  # it moves as epochs come in
        tab.wait("return document.getElementById('state').textContent === 'interrupted'", 60)
        before = int(tab.run("return document.querySelectorAll('#curves tbody tr').length / 2"))
        assert 1 <= before < 24
        tab.run("document.getElementById('wall').focus()")
        tab.press("ArrowRight")
        assert "Image 2 shows" in tab.text("#pointed")
        other = browser.open(tab.run("return location.href"))  # a second tab follows the same
        other.wait("return document.querySelectorAll('#kernels canvas').length === 12")
        tab.say("Page.bringToFront")
        tab.wait("return document.visibilityState === 'visible'")
        tab.run("document.querySelector('#actions button.main').click()")
        tab.wait("return document.getElementById('state').textContent === 'done'", 120)
        assert "test images are correct" in tab.text("#result")
        other.say("Page.bringToFront")
        other.wait("return document.getElementById('state').textContent === 'done'")
        assert int(tab.run("return Number(document.getElementById('epoch').max)")) > before
    assert [one.state for one in list_runs(root) if one.model == "play"] == ["done"]


@pytest.mark.browser
def test_whoever_comes_back_goes_on_with_the_last_try(
    browser: Browser, opened: Callable[[str], str], tried: str
) -> None:
    tab = browser.open(opened("/play"))
    with tab.nothing_wrong():
        tab.wait("return document.getElementById('state').textContent === 'done'")
        assert "4 channels" in tab.text("#live-title")
        tab.wait("return document.getElementById('images-value').textContent === '100'")
        tab.go(opened("/runs"))
        tab.wait(f"return document.querySelector('tr[data-run=\"{tried}\"] .about')?.textContent")
        assert "100 images · 2 epochs" in tab.text(f'tr[data-run="{tried}"]')
