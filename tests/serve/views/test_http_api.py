"""What programs ask: predictions, evaluations, health."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from asgi_client import Client
from glyphlab import predict
from glyphlab.data import load_symbols
from glyphlab.serve.app.studio import Studio
from studios import client_of
from trained import DIGITS, digits_run


def picture(pixels: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_predictions_are_those_of_the_command(client: Client) -> None:
    digits = load_symbols("digits").test.images[:3]
    drawn = [np.asarray(Image.fromarray(255 - one).resize((200, 200))) for one in digits]
    found = client.post(
        "/api/predict",
        json_={"run": DIGITS, "pictures": [picture(one) for one in drawn]},
    ).json()["predictions"]
    expected = predict(digits_run(), drawn)
    for one, other in zip(found, expected, strict=True):
        assert one["label"] == other["label"]
        assert one["confidence"] == pytest.approx(other["confidence"], abs=1e-6)
        assert one["prepared"] == list(other["prepared"])


def test_pictures_that_are_none_have_an_error_each(client: Client) -> None:
    bomb = io.BytesIO()
    Image.new("1", (40_000, 40_000)).save(bomb, "PNG")
    blank = picture(np.full((50, 50), 255, np.uint8))
    pictures = [base64.b64encode(b"GIF89a").decode(), base64.b64encode(bomb.getvalue()).decode(),
                blank]  # fmt: skip
    found = client.post("/api/predict", json_={"run": DIGITS, "pictures": pictures})
    damaged, large, empty = found.json()["predictions"]
    assert "cannot be read" in damaged["error"]
    assert "too many pixels" in large["error"]
    assert (empty["label"], empty["error"]) == (None, None)
    assert "nothing is written" in empty["warning"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"run": "nothing", "pictures": ["AAAA"]}, 404),
        ({"run": "..", "pictures": ["AAAA"]}, 422),
        ({"pictures": ["AAAA"]}, 422),
        ({"run": "x", "pictures": []}, 422),
        ({"run": "x", "pictures": ["AAAA"] * 65}, 422),
        ({"run": None, "pictures": ["no base64"]}, 422),
    ],
)
def test_what_is_no_request_is_refused(
    client: Client, body: dict[str, object], status: int
) -> None:
    wanted = {**body, "run": DIGITS} if body.get("run", "") is None else body
    found = client.post("/api/predict", json_=wanted)
    assert found.status == status
    assert found.json()["error"]


def test_an_evaluation_is_that_of_the_command(client: Client) -> None:
    asked = {"run": DIGITS, "source": "digits", "images": 20}
    found = client.post("/api/evaluate", json_=asked).json()["evaluation"]
    assert found["rows"][0]["images"] == 20
    assert client.post("/api/evaluate", json_={**asked, "source": "/etc"}).status == 404
    assert client.post("/api/evaluate", json_={**asked, "source": "mnist"}).status == 409


def test_health(client: Client, studio: Studio, root: Path) -> None:
    found = client.get("/api/health").json()
    assert (found["status"], found["runs"], found["training"]) == ("ok", 2, 0)
    assert client_of(studio, None).get("/api/health").status == 403
