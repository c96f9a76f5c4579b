"""Data: a folder is sent, audited and used, by a client and in Chromium."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from asgi_client import Answer, Client
from browser import Browser
from glyphlab.data import load_symbols
from glyphlab.serve.app.listening import listening
from glyphlab.serve.app.studio import Settings, Studio
from glyphlab.serve.views.areas_in_order import AREAS
from studios import client_of

BYTES = {"content-type": "application/octet-stream"}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Studio]:
    """A studio without runs."""
    made = Studio(Settings(tmp_path / "runs"), AREAS)
    yield made
    made.close()


@pytest.fixture
def asked(empty: Studio) -> Client:
    return client_of(empty)


def pictures(count: int = 40) -> Iterator[tuple[str, bytes]]:
    """Yield paths and PNGs of digits, dark on light."""
    train = load_symbols("digits").train
    for row in range(count):
        content = io.BytesIO()
        Image.fromarray(255 - train.images[row]).save(content, "PNG")
        yield f"mine/{train.labels[row]}/{row}.png", content.getvalue()


def send(client: Client, files: Any) -> str:
    upload = str(client.post("/api/uploads").json()["upload"])
    for path, content in files:
        assert add(client, upload, path, content).status == 200
    return upload


def add(client: Client, upload: str, path: str, content: bytes, start: int = 0) -> Answer:
    query = f"path={path}&start={start}"
    return client.post(f"/api/uploads/{upload}/files?{query}", content=content, headers=BYTES)


def test_sizes_of_known_sources_are_said(asked: Client) -> None:
    rows = {one["name"]: one for one in asked.get("/api/data").json()["sources"]}
    digits = load_symbols("digits")
    sizes = [rows["digits"][key] for key in ("train", "test", "classes")]
    assert sizes == [len(digits.train), len(digits.test), 10]
    assert [rows["mnist"][key] for key in ("train", "test", "classes")] == [60_000, 10_000, 10]
    page = asked.get("/data").text
    assert f'data-label="training">{len(digits.train):,}<' in page
    assert "–" not in page.partition("</tbody>")[0]


def test_a_folder_is_audited_and_used(asked: Client, empty: Studio) -> None:
    upload = send(asked, pictures())
    early = asked.post(f"/api/uploads/{upload}/use", json_={"name": "mine"})
    assert early.status == 409
    audit = asked.post(f"/api/uploads/{upload}/audit", json_={}).json()
    assert audit["train"] + audit["test"] == 40
    assert (audit["height"], audit["width"]) == (28, 28)
    assert [one["name"] for one in audit["classes"]] == [str(k) for k in range(10)]
    assert any("inverted" in said for said in audit["done"])
    assert audit["pictures"].startswith("<svg")
    smaller = asked.post(f"/api/uploads/{upload}/audit",
                         json_={"size": 12, "licence": "mine to give"}).json()  # fmt: skip
    assert (smaller["height"], smaller["licence"]) == (12, "mine to give")
    assert asked.post(f"/api/uploads/{upload}/use", json_={"name": "digits"}).status == 409
    assert asked.post(f"/api/uploads/{upload}/use", json_={"name": "mine"}).status == 200
    assert asked.post(f"/api/uploads/{upload}/audit", json_={}).status == 404
    rows = {one["name"]: one for one in asked.get("/api/data").json()["sources"]}
    assert rows["mine"]["own"]
    assert rows["mine"]["train"] == audit["train"]
    again = asked.get("/api/data/mine/audit").json()
    assert (again["train"], again["width"]) == (audit["train"], 12)
    assert again["problem"] == ""
    for page in ("/data", "/data/mine", "/data/digits"):
        assert asked.get(page).status == 200
    kept = load_symbols(str(empty.settings.root / ".own-data" / "mine"), quiet=True)
    assert kept.train.images[:, 0].mean() < 10  # ink is bright on black
    assert asked.delete("/api/data/mine").json()["done"] == "deleted"
    assert asked.get("/api/data/mine/audit").status == 404
    assert asked.delete("/api/data/digits").status == 404


def test_a_training_on_it_is_begun(
    asked: Client, empty: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = send(asked, pictures())
    asked.post(f"/api/uploads/{upload}/audit", json_={})
    asked.post(f"/api/uploads/{upload}/use", json_={"name": "mine"})
    begun: list[str] = []
    monkeypatch.setattr(empty.trainings, "resume", begun.append)  # no process in a fast test
    found = asked.post("/api/data/mine/train", json_={"epochs": 2}).json()
    assert begun == [found["run"]]
    recipe = json.loads((empty.settings.root / found["run"] / "recipe.json").read_text())
    assert recipe["task"]["data"] == str(empty.settings.root / ".own-data" / "mine")
    assert recipe["training"]["epochs"] == 2
    assert asked.post("/api/data/nothing/train", json_={}).status == 404
    assert asked.post("/api/data/mine/train", json_={"epochs": 0}).status == 422


def test_what_cannot_be_imported_is_said_in_the_client_s_names(asked: Client) -> None:
    upload = send(asked, [*pictures(4), ("mine/1/broken.png", b"no picture")])
    broken = asked.post(f"/api/uploads/{upload}/audit", json_={})
    assert broken.status == 422
    assert broken.json()["error"].startswith("mine/1/broken.png: it cannot be read as an image")
    large = io.BytesIO()
    Image.fromarray(np.zeros((300, 300), np.uint8)).save(large, "PNG")
    upload = send(asked, [("a/0/1.png", large.getvalue()), ("a/1/1.png", large.getvalue())])
    refused = asked.post(f"/api/uploads/{upload}/audit", json_={})
    assert refused.status == 422
    assert "300×300 pixels" in refused.json()["error"]
    table = asked.post("/api/uploads").json()["upload"]
    add(asked, table, "set.csv", b"label,a,b\n1,2,3\n")
    square = asked.post(f"/api/uploads/{table}/audit", json_={})
    assert square.status == 422
    assert square.json()["error"].startswith("set.csv: 2 columns of pixels")
    assert "/tmp" not in square.text
    assert asked.delete(f"/api/uploads/{table}").status == 200
    assert asked.delete(f"/api/uploads/{table}").status == 404


def test_a_table_is_audited(asked: Client) -> None:
    train = load_symbols("digits").train
    content = io.BytesIO()
    np.savez(content, images=train.images[:60], labels=train.labels[:60])
    whole = content.getvalue()
    upload = asked.post("/api/uploads").json()["upload"]
    add(asked, upload, "set.npz", whole[:20_000])
    assert add(asked, upload, "set.npz", whole[20_000:], 20_000).status == 200
    audit = asked.post(f"/api/uploads/{upload}/audit", json_={}).json()
    assert audit["train"] + audit["test"] == 60


def test_a_source_that_is_not_here(asked: Client, empty: Studio, tmp_path: Path) -> None:
    empty.settings = replace(empty.settings, data_dir=tmp_path)
    missing = asked.get("/api/data/mnist/audit")
    assert missing.status == 409
    assert f"glyphlab data fetch mnist --data-dir {tmp_path}" in missing.json()["error"]


@pytest.mark.browser
def test_a_folder_is_chosen_and_used(browser: Browser, tmp_path: Path) -> None:
    for path, content in pictures(20):
        file = tmp_path / "here" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (tmp_path / "here" / "mine" / "notes.txt").write_text("no image", encoding="utf-8")
    with listening(Studio(Settings(tmp_path / "runs"), AREAS)) as found:
        thread = threading.Thread(target=found.run)
        thread.start()
        base, token = found.address.split("/?")
        tab = browser.open(f"{base}/data?{token}")
        with tab.nothing_wrong():
            tab.give_files("#folder", [tmp_path / "here" / "mine"])
            tab.wait("return document.querySelector('#audit .contact svg')", 60)
            assert "1 .txt" in tab.text("#sending")
            tab.type("#name", "my-digits")
            tab.click("#use button.main")
            tab.wait("return location.pathname === '/data/my-digits'")
            tab.wait("return document.querySelector('#audit .contact svg')", 60)
            tab.click("#delete")
            tab.click("#sure button.warn")
            tab.wait("return location.pathname === '/data'")
        found.stop()
        thread.join(20)
    assert not list((tmp_path / "runs" / ".own-data").iterdir())
