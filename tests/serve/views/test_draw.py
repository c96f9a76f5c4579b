"""Drawing: what the endpoints answer, and the page in Chromium."""

from __future__ import annotations

import base64
import io
import shutil
import struct
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from asgi_client import Answer, Client
from axe import violations
from browser import Browser, Tab
from glyphlab.serve.app.listening import listening
from glyphlab.serve.app.studio import Settings, Studio
from glyphlab.serve.readers.embedded_model import embedded_recipe
from glyphlab.serve.views.areas_in_order import AREAS
from glyphlab.serve.views.draw import MOST_MODELS
from glyphlab.training import train
from pen import STROKES, as_base64, as_png, written
from trained import DIGITS, TRIPLES

pytestmark = pytest.mark.usefixtures("without_familiarity")


def ask(client: Client, digits: str, models: list[str], **more: Any) -> Answer:
    boxes = as_base64([written(digit) for digit in digits])
    return client.post("/api/draw/answers", json_={"models": models, "boxes": boxes, **more})


def png_of(width: int, height: int, rows: bytes) -> bytes:
    """Return a PNG that says one size, whatever is in it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))  # fmt: skip


def test_models_are_finished_classifiers(client: Client, root: Path) -> None:
    found = client.get("/api/draw/models").json()["models"]
    assert [one["run"] for one in found] == sorted([DIGITS, TRIPLES])
    assert not any(one["embedded"] for one in found)
    (root / TRIPLES / "done").unlink()
    shown = client.get("/draw")
    assert shown.status == 200
    assert DIGITS in shown.text
    described = client.get(f"/api/draw/models/{DIGITS}").json()
    assert (described["symbols"], described["names"]) == (1, list("0123456789"))
    assert client.get("/api/draw/models/nothing").status == 404


def test_a_link_names_models_and_boxes(client: Client) -> None:
    page = client.get(f"/draw?model={TRIPLES}&model=gone&boxes=3").text
    assert "gone: it may have been removed" in page
    assert f'id="chosen">["{TRIPLES}"]<' in page
    assert 'value="3" checked' in page
    assert client.get("/draw?boxes=4").status == 422
    too_many = "&".join(f"model=m{number}" for number in range(MOST_MODELS + 1))
    assert client.get(f"/draw?{too_many}").status == 422


def test_models_answer_side_by_side(client: Client) -> None:
    found = ask(client, "314", [DIGITS, TRIPLES], steps=TRIPLES).json()
    one, three = found["answers"]
    assert one["one_by_one"]
    assert not three["one_by_one"]
    assert len(one["label"]) == len(three["label"]) == 3
    for answer in (one, three):
        assert [at["title"] for at in answer["positions"]] == [f"Position {k}" for k in (1, 2, 3)]
        likeliest = []
        for at in answer["positions"]:
            assert sum(share["probability"] for share in at["shares"]) == pytest.approx(1, abs=1e-5)
            likeliest.append(max(at["shares"], key=lambda share: share["probability"]))
        assert "".join(share["name"] for share in likeliest) == answer["label"]
        product = np.prod([share["probability"] for share in likeliest])
        assert answer["confidence"] == pytest.approx(float(product), rel=1e-4)
    assert [len(answer["images"]) for answer in (one, three)] == [3, 1]
    assert one["derived"]["title"] == "Sum"
    assert [group["title"] for group in found["steps"]] == ["Box 1", "Box 2", "Box 3", "Together"]
    last = found["steps"][-1]["steps"][0]
    assert (last["width"], last["height"]) == (84, 84)
    assert last["picture"] == three["images"][0]["picture"]


def test_what_a_model_cannot_read_is_said_by_it_alone(client: Client, root: Path) -> None:
    one, three = ask(client, "31", [DIGITS, TRIPLES]).json()["answers"]
    assert one["error"] is None
    assert three["error"] == "It reads 3 symbols, and there are 2 boxes: choose 3 boxes."
    two_in_a_box = as_base64([written("11").resize((240, 240))])
    answer = client.post(
        "/api/draw/answers", json_={"models": [DIGITS], "boxes": two_in_a_box}
    ).json()["answers"][0]  # fmt: skip
    assert answer["error"].startswith("Box 1 shows 2 symbols: write one in each box")
    assert not answer["gone"]
    shutil.rmtree(root / DIGITS)
    (gone,) = ask(client, "3", [DIGITS]).json()["answers"]
    assert gone["gone"]
    assert DIGITS in gone["error"]


def test_empty_boxes(client: Client) -> None:
    paper = as_base64([Image.new("L", (240, 240), 255)])
    boxes = [*as_base64([written("3")]), *paper, *as_base64([written("4")])]
    one, three = client.post(
        "/api/draw/answers", json_={"models": [DIGITS, TRIPLES], "boxes": boxes}
    ).json()["answers"]  # fmt: skip
    assert one["label"][1] == "–"
    assert one["warnings"] == ["box 2: nothing is written on it"]
    assert one["derived"] is None
    assert three["error"].startswith("Nothing is written in box 2: ")
    (blank,) = client.post(
        "/api/draw/answers", json_={"models": [DIGITS], "boxes": paper}
    ).json()["answers"]  # fmt: skip
    assert (blank["label"], blank["confidence"], blank["positions"]) == (None, None, [])
    refused = client.post("/api/draw/occlusion", json_={"model": DIGITS, "boxes": paper})
    assert (refused.status, "nothing is written" in refused.text) == (422, True)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"boxes": None}, "give boxes, or a picture, and not both"),
        ({"picture": "AAAA"}, "give boxes, or a picture, and not both"),
        ({"boxes": ["!"]}, "box 1 is no base64"),
        ({"boxes": ["AAAA"]}, "cannot be read as an image"),
        ({"models": []}, "models"),
        ({"change": {"noise": 2}}, "change.noise"),
        ({"change": {"blur": 2}}, "change.blur"),
    ],
)
def test_what_makes_no_sense_is_refused(
    client: Client, changed: dict[str, Any], reason: str
) -> None:
    given = {"models": [DIGITS], "boxes": as_base64([written("3")]), **changed}
    found = client.post("/api/draw/answers", json_=given)
    assert found.status == 422
    assert reason in found.json()["error"]


def test_a_picture_is_kept_in_grey(client: Client) -> None:
    large = written("314", 500)
    found = client.post(
        "/api/draw/picture", content=as_png(large), headers={"content-type": "image/png"}
    ).json()
    assert (found["width"], found["height"]) == (1000, 333)
    assert found["done"] == ["scaled down from 1500×500 pixels"]
    kept = Image.open(io.BytesIO(base64.b64decode(found["picture"])))
    assert (kept.mode, kept.size) == ("L", (1000, 333))
    asked = {"models": [DIGITS], "picture": found["picture"], "symbols": 3, "steps": DIGITS}
    answers = client.post("/api/draw/answers", json_=asked).json()
    assert len(answers["answers"][0]["label"]) == 3
    titles = [group["title"] for group in answers["steps"]]
    assert titles == ["All of it", "Symbol 1", "Symbol 2", "Symbol 3", "Together"]
    asked["symbols"] = 1
    (answer,) = client.post("/api/draw/answers", json_=asked).json()["answers"]
    assert answer["error"].endswith("or choose how many symbols it shows.")


def test_what_is_no_picture_and_a_bomb(client: Client) -> None:
    for content, reason in (
        (b"nothing like an image", "cannot be read as an image"),
        (b"", "it is empty"),
        (png_of(60_000, 60_000, bytes(100_000)), "too many pixels"),
        (png_of(300, 300, b"\0" * 10), "it is damaged"),
    ):
        found = client.post(
            "/api/draw/picture", content=content,
            headers={"content-type": "application/octet-stream"},
        )  # fmt: skip
        assert found.status == 422
        assert reason in found.json()["error"]
    text = client.post("/api/draw/picture", content=b"x", headers={"content-type": "text/html"})
    assert text.status == 415


def test_sliders_change_the_picture_before_its_preparation(client: Client) -> None:
    def seen(**more: Any) -> tuple[list[str], str]:
        (answer,) = ask(client, "3", [DIGITS], **more).json()["answers"]
        return answer["images"][0]["done"], answer["images"][0]["picture"]

    _, before = seen()
    moved, centred = seen(change={"right": 6})
    assert moved[0] == "moved 6 right, of 28 pixels"
    scaled, plain = seen(prepare=False)
    assert scaled == ["inverted", "scaled from 240×240 to 28×28 pixels"]
    assert seen(prepare=False, change={"right": 6})[1] != plain
    inks = [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(one))), float)
        for one in (before, centred)
    ]
    assert np.abs(inks[0] - inks[1]).mean() < 6  # the preparation centres it again
    assert seen(change={"noise": 0.3}) == seen(change={"noise": 0.3})


def test_an_occlusion_map_of_each_box(client: Client) -> None:
    boxes = as_base64([written("3"), written("1")])
    found = client.post(
        "/api/draw/occlusion", json_={"model": DIGITS, "boxes": boxes, "side": 0.25}
    ).json()["maps"]  # fmt: skip
    (answer,) = ask(client, "31", [DIGITS]).json()["answers"]
    assert "".join(one["label"] for one in found) == answer["label"]
    for one, at in zip(found, answer["positions"], strict=True):
        changes = np.array(one["changes"])
        assert changes.shape == (28, 28)
        assert one["side"] == 7
        best = max(share["probability"] for share in at["shares"])
        assert one["probability"] == pytest.approx(best, abs=1e-4)
        assert (changes + one["probability"]).min() >= -1e-4
        assert changes.min() < -0.01
    few = client.post("/api/draw/occlusion", json_={"model": TRIPLES, "boxes": boxes})
    assert (few.status, "choose 3 boxes" in few.text) == (422, True)


def test_visitors_draw(visitor: Client) -> None:
    assert ask(visitor, "3", [DIGITS]).status == 200
    assert visitor.get("/draw").status == 200


def answered(tab: Tab) -> str:
    """Wait until the models answered what is drawn, and return the first one's label."""
    tab.wait("return document.querySelector('#answers .seen, #answers .warning')", 60)
    return tab.text("#answers .label")


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[str]:
    """A studio without runs; the address of its page to draw on, with three boxes."""
    run = train(embedded_recipe(), Path(tempfile.mkdtemp(dir=tmp_path)), quiet=True)
    settings = Settings(tmp_path / "runs", embedded=run.path)
    with listening(Studio(settings, AREAS)) as found:
        thread = threading.Thread(target=found.run)
        thread.start()
        yield found.address.replace("/?", "/draw?boxes=3&")
        found.stop()
        thread.join(20)


@pytest.mark.slow
@pytest.mark.browser
def test_3_1_4_stroke_by_stroke(browser: Browser, embedded: str) -> None:
    tab = browser.open(embedded)
    with tab.nothing_wrong():
        for box, digit in enumerate("314", 1):
            for stroke in STROKES[digit]:
                tab.draw(f"#box-{box}", stroke)
        tab.wait("return document.querySelector('#answers .label').textContent === '314'")
        assert tab.run("return document.querySelectorAll('#shares figure').length") == 4
        assert tab.run("return document.querySelectorAll('#steps li img').length") == 18
        # one can draw, and clear, without a mouse
        tab.run("document.getElementById('clear').focus()")
        tab.press(" ")
        tab.wait("return document.querySelector('#answers .label').textContent === '–'")
        tab.run("document.getElementById('box-2').focus()")
        for _ in range(8):
            tab.press("ArrowUp")
        for _ in range(16):
            tab.press("ArrowDown", shift=True)
        tab.run("document.getElementById('box-2').dispatchEvent("
                "new KeyboardEvent('keyup', {key: 'Shift'}))")  # fmt: skip
        tab.wait("return document.querySelector('#answers .label').textContent === '–1–'")
        tab.press("Delete")
        tab.wait("return document.querySelector('#answers .label').textContent === '–'")
        # an empty canvas has a sentence, and no map
        assert "Nothing is drawn yet." in tab.text("#answers")
        assert tab.run("return document.getElementById('occlusion').hidden")


PASTE = """
const content = Uint8Array.from(atob(GIVEN), (one) => one.charCodeAt(0));
const moved = new DataTransfer();
moved.items.add(new File([content], "digits.png", {type: "image/png"}));
"""


@pytest.mark.browser
def test_pictures_are_pasted_dropped_and_opened(
    browser: Browser, opened: Callable[[str], str], tmp_path: Path
) -> None:
    tab = browser.open(opened(f"/draw?model={DIGITS}&boxes=3"))
    (content,) = as_base64([written("314")])
    given = PASTE.replace("GIVEN", repr(content))
    file = tmp_path / "digits.png"
    file.write_bytes(as_png(written("314")))
    ways: list[Callable[[], object]] = [
        lambda: tab.run(given + "window.dispatchEvent(new ClipboardEvent('paste', "
                        "{clipboardData: moved, bubbles: true}))"),
        lambda: tab.run(given + "document.getElementById('frame').dispatchEvent("
                        "new DragEvent('drop', {dataTransfer: moved, bubbles: true, "
                        "cancelable: true}))"),
        lambda: tab.give_files("#file", [file]),
    ]  # fmt: skip
    labels = []
    with tab.nothing_wrong():
        for way in ways:
            way()
            labels.append(answered(tab))
            assert tab.run("return document.getElementById('opened').hidden") is False
            tab.run("document.getElementById('clear').click()")
            tab.wait("return !document.querySelector('#answers .seen')")
    assert len(set(labels)) == 1
    assert len(labels[0]) == 3
    # sliders are followed, and the map has its numbers
    tab.give_files("#file", [file])
    before = answered(tab) and tab.run("return document.querySelector('.seen img').src")
    tab.run("const one = document.getElementById('thickness'); one.value = 3;"
            "one.dispatchEvent(new Event('input'))")  # fmt: skip
    tab.wait(f"return document.querySelector('.seen img').src !== {before!r}")
    tab.click("#map")
    tab.wait("return document.querySelectorAll('#maps figure').length === 3")
    assert tab.run("return document.querySelectorAll('#maps tbody tr').length") == 3 * 28
    file.write_bytes(b"nothing like an image")
    tab.give_files("#file", [file])
    tab.wait("return !document.getElementById('trouble').hidden")
    assert "cannot be read as an image" in tab.text("#trouble")


CAMERA = """
navigator.mediaDevices.getUserMedia = async () => {
  if (globalThis.refused) throw new DOMException("", globalThis.refused);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [240, 240];
  const pen = canvas.getContext("2d");
  const image = new Image();
  image.src = GIVEN;
  await image.decode();
  setInterval(() => pen.drawImage(image, 0, 0), 20);
  return canvas.captureStream();
};
"""


@pytest.mark.browser
def test_a_camera_and_one_that_is_refused(browser: Browser, opened: Callable[[str], str]) -> None:
    tab = browser.open(opened(f"/draw?model={DIGITS}"))
    (content,) = as_base64([written("3")])
    given = repr(f"data:image/png;base64,{content}")
    with tab.nothing_wrong():
        tab.run("Object.defineProperty(navigator, 'mediaDevices', {configurable: true, value: {}})")
        tab.click("#camera-open")
        assert "only to pages of this very machine, or over HTTPS" in tab.text("#trouble")
        tab.run("const old = navigator.mediaDevices;" + CAMERA.replace("GIVEN", given))
        for reason, said in (
            ("NotAllowedError", "did not allow the camera"),
            ("NotFoundError", "No camera was found"),
            ("NotReadableError", "Another program uses the camera"),
            ("AbortError", "The camera cannot be used"),
        ):
            tab.run(f"globalThis.refused = {reason!r}")
            tab.click("#camera-open")
            tab.wait(f"return document.getElementById('trouble').textContent.includes({said!r})")
            assert "open a picture instead" in tab.text("#trouble")
            assert tab.run("return document.getElementById('camera').hidden")
        tab.run("globalThis.refused = ''")
        tab.click("#camera-open")
        tab.wait("return document.getElementById('video').videoWidth")
        assert tab.text("#trouble") == ""
        tab.click("#camera-take")
        assert answered(tab)
        assert tab.run("return document.getElementById('camera').hidden")


@pytest.mark.browser
def test_the_page_is_accessible(browser: Browser, opened: Callable[[str], str]) -> None:
    tab = browser.open(opened(f"/draw?model={DIGITS}&model={TRIPLES}&boxes=2"))
    for box, digit in enumerate("31", 1):
        for stroke in STROKES[digit]:
            tab.draw(f"#box-{box}", stroke)
    answered(tab)
    tab.click("#map")
    tab.wait("return document.querySelector('#maps figure')")
    tab.run("for (const one of document.querySelectorAll('details')) one.open = true")
    for dark, width in ((False, 1280), (True, 390)):
        tab.look(width, 900, dark=dark)
        assert tab.run("return document.documentElement.scrollWidth <= innerWidth")
        assert violations(tab) == []
