"""The page of a classifier in Chromium: the numbers, the preparation and the answers of Python."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from chromium import found_in
from exported_runs import RUNS, run_of
from glyphlab._common.errors import DataError
from glyphlab._common.untrusted import GrayImage, read_gray
from glyphlab.data import load_symbols
from glyphlab.data.prepare import Style
from glyphlab.export.html_page import write_classifier_page
from glyphlab.export.portable import PortableNet
from glyphlab.tasks import Scene
from glyphlab.tasks.scenes.scene import PRESETS
from glyphlab.tasks.scenes.segmentation import prepare_scene
from glyphlab.training.batches import parts_of
from glyphlab.training.evaluation.inference import read

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("one_thread")]


def page_of(name: str, folder: Path) -> Path:
    write_classifier_page(run_of(name), folder / f"{name}.html")
    return folder / f"{name}.html"


def text_of(images: NDArray[np.uint8]) -> str:
    return base64.b64encode(images.tobytes()).decode()


BYTES = "const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));"


@pytest.mark.parametrize("name", RUNS)
def test_numbers_and_answers_are_those_of_pytorch(name: str, tmp_path: Path) -> None:
    net = PortableNet.load(run_of(name), half=True)
    state = net.run.classifier_summary.strategy_state
    shape = (6, state.height, state.width)
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    strategy, views = net.strategy, net.recipe.model.test_views
    said = found_in(
        page_of(name, tmp_path),
        f"""
        {BYTES}
        const g = globalThis.glyphlab;
        await g.check;
        const flat = bytes("{text_of(noise)}");
        const length = flat.length / {len(noise)};
        const {{ wrong }} = document.getElementById("checks").dataset;
        found = {{ wrong, logits: [], answers: [] }};
        for (let k = 0; k < {len(noise)}; k++) {{
          const image = flat.subarray(k * length, (k + 1) * length);
          found.logits.push(g.logits(image));
          const views = g.viewsOf(g.model.views).map((view) => g.logits(image, view));
          const {{ label, confidence }} = g.answerOf(g.model, g.probabilitiesOf(views));
          found.answers.push([label, confidence]);
        }}
        """,
        tmp_path,
    )
    assert said["wrong"] == "0"
    expected = net.logits(parts_of(noise, strategy).numpy())
    expected = expected.reshape(len(noise), -1, strategy.classes)
    found = np.array(said["logits"])
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1e-4 * max(1, np.abs(expected).max())
    answers = read(net.net, strategy, noise, views=views)
    labels = ["".join(map(str, row)) for row in answers.labels.tolist()]
    assert [label for label, _ in said["answers"]] == labels
    np.testing.assert_allclose(
        [share for _, share in said["answers"]], answers.confidence, rtol=1e-3, atol=1e-6
    )


THREE = [
    [[0.25, 0.25], [0.5, 0.15], [0.72, 0.3], [0.5, 0.47], [0.72, 0.65], [0.5, 0.85], [0.25, 0.75]]
]
ONE = [[[0.5, 0.15], [0.5, 0.85]]]
FOUR = [[[0.35, 0.15], [0.25, 0.55], [0.75, 0.55]], [[0.65, 0.35], [0.65, 0.88]]]

DRAW = """
const g = globalThis.glyphlab;
const canvas = document.getElementById("drawing");
canvas.scrollIntoView();
const fire = (type, [x, y]) => {
  const box = canvas.getBoundingClientRect();
  const [clientX, clientY] = [box.left + x * box.width, box.top + y * box.height];
  canvas.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX, clientY, bubbles: true }));
};
const stroke = (points) => {
  fire("pointerdown", points[0]);
  points.slice(1).forEach((point) => fire("pointermove", point));
  fire("pointerup", points[points.length - 1]);
};
const turn = () => new Promise((resolve) => setTimeout(resolve, 50));
const text = (id) => document.getElementById(id).textContent;
const levels = (canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({ length: data.length / 4 }, (_, k) => data[4 * k]);
};
"""


def test_drawn_strokes_are_read_and_prepared_as_predict_prepares_them(tmp_path: Path) -> None:
    page = page_of("multihead", tmp_path)
    said = found_in(
        page,
        f"""
        {DRAW}
        found = [];
        for (const strokes of {json.dumps([THREE, ONE, FOUR])}) {{
          document.getElementById("clear").click();
          strokes.forEach(stroke);
          await turn();
          found.push({{
            label: text("label"), done: text("done"), drawn: canvas.toDataURL("image/png"),
            size: [canvas.height, canvas.width], seen: levels(document.getElementById("seen")),
          }});
        }}
        """,
        tmp_path,
    )
    assert [one["label"] for one in said] == ["3", "1", "4"]
    model = document_of(page)
    scene = PRESETS["single"] if model["scene"] is None else scene_in(model)
    for one in said:
        file = tmp_path / "drawn.png"
        file.write_bytes(base64.b64decode(one["drawn"].partition(",")[2]))
        prepared = prepare_scene(read_gray(file), scene, Style.from_mapping(model["style"]))
        np.testing.assert_array_equal(np.reshape(one["seen"], model["size"]), prepared.image)
        assert one["done"].lower() == ", ".join(prepared.done).lower() + "."


def document_of(page: Path) -> Any:
    content = page.read_text(encoding="utf-8")
    start = content.index('<script type="application/json" id="model">')
    return json.loads(content[content.index(">", start) + 1 : content.index("</script>", start)])


def scene_in(model: Any) -> Scene:
    return Scene(**{key: value for key, value in model["scene"].items() if key != "grid"})


def test_three_boxes_and_the_keyboard(tmp_path: Path) -> None:
    strokes = [
        [[(x + k) / 3, y] for x, y in points]
        for k, digit in enumerate((THREE, ONE, FOUR))
        for points in digit
    ]
    said = found_in(
        page_of("sliced", tmp_path),
        f"""
        {DRAW}
        const event = (type, more) => canvas.dispatchEvent(new KeyboardEvent(type, more));
        const key = (name, more) => event("keydown", {{ key: name, ...more }});
        const release = () => event("keyup", {{ key: "Shift" }});
        {json.dumps(strokes)}.forEach(stroke);
        await turn();
        const boxes = document.querySelectorAll("#boxes div").length;
        found = {{ boxes, label: text("label"), done: text("done") }};
        document.getElementById("undo").click();
        await turn();
        found.undone = text("done");
        key("Delete");
        found.cleared = text("confidence");
        for (let k = 0; k < 8; k++) key("ArrowDown", {{ shiftKey: true }});
        release();
        await turn();
        found.one = text("confidence");
        key("z", {{ ctrlKey: true }});
        found.empty = g.drawing.isEmpty();
        """,
        tmp_path,
    )
    assert said["boxes"] == 3
    assert len(said["label"]) == 3
    assert "3 symbols found" in said["done"]
    assert "3 symbols found" in said["undone"]  # the 4 has lost a stroke, and is one symbol still
    assert said["cleared"] == "Nothing is drawn yet."
    assert "Nothing is in box 1 and 3" in said["one"]
    assert said["empty"]


def test_what_is_left_out_of_boxes_is_said(tmp_path: Path) -> None:
    ones = [[[x, 0.15], [x, 0.85]] for x in (0.06, 0.25, 0.5, 0.8)]
    said = found_in(
        page_of("sliced", tmp_path),
        f"""
        {DRAW}
        {json.dumps(ones)}.forEach(stroke);
        await turn();
        found = {{ label: text("label"), done: text("done") }};
        """,
        tmp_path,
    )
    assert len(said["label"]) == 3
    assert "3 boxes prepared one by one, 1 other symbol left out, " in said["done"]


def test_what_predict_warns_of_and_refuses_is_said(tmp_path: Path) -> None:
    pictures = {
        "blank": np.full((60, 50), 240, np.uint8),
        "few": np.pad(np.zeros((5, 1), np.uint8), ((2, 2), (4, 4)), constant_values=255),
        "two": rings([(100, 100), (100, 300)]),
        "one": rings([(100, 100)]),
    }
    files = {}
    for name, pixels in pictures.items():
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
        files[name] = base64.b64encode((tmp_path / f"{name}.png").read_bytes()).decode()
    page = page_of("multihead", tmp_path)
    said = found_in(
        page,
        f"""
        {BYTES}
        {DRAW}
        found = {{}};
        const input = document.getElementById("file");
        for (const [name, content] of Object.entries({json.dumps(files)})) {{
          const given = new DataTransfer();
          given.items.add(new File([bytes(content)], name, {{ type: "image/png" }}));
          input.files = given.files;
          document.getElementById("confidence").textContent = "";
          input.dispatchEvent(new Event("change"));
          while (!text("confidence")) await turn();
          found[name] = [text("label"), text("confidence"), text("done")];
        }}
        """,
        tmp_path,
    )
    assert said["blank"] == ["–", "Nothing is written on it.", "Nothing written found."]
    assert said["few"][1].startswith("Too few pixels: it was enlarged")
    assert said["one"][1].startswith("Probability")
    style = Style.from_mapping(document_of(page)["style"])
    with pytest.raises(DataError) as caught:
        prepare_scene(read_gray(tmp_path / "two.png"), PRESETS["single"], style)
    expected = str(caught.value)
    assert said["two"] == ["–", f"{expected[0].upper()}{expected[1:]}.", ""]


def test_pictures_are_prepared_as_predict_prepares_them(tmp_path: Path) -> None:
    """Pictures with paper, noise, light and several symbols, not only clean strokes."""
    rng = np.random.default_rng(5)
    pictures = [
        *(picture(rng, number) for number in range(9)), *glyphs_on_paper(rng), *arranged()
    ]  # fmt: skip
    page = page_of("multihead", tmp_path)
    cases = []
    scenes = {
        1: PRESETS["single"],
        2: Scene("odd", 2, (40, 60), (20, 20), (2, 30), (15, 0)),
        3: PRESETS["triple"],
        4: Scene("square", 4, (56, 56), (28, 28), (0, 28, 0, 28), (0, 0, 28, 28)),
    }
    for number, (pixels, count) in enumerate(pictures):
        scene = scenes[count]
        style = Style(blur=(0, 0.02)[number % 2], dark=number % 5 == 4).resized(scene.cell)
        if number in (1, 2):  # whose images are only scaled
            style = replace(style, kind="photographs")
        try:
            expected = prepare_scene(GrayImage(pixels, ()), scene, style)
            answer = [expected.image.ravel().tolist(), list(expected.done), expected.blank]
        except DataError as error:
            answer = [str(error).partition(", or use --as-is")[0]]
        grid = scene.grid()
        cases.append({
            "pixels": text_of(pixels), "size": pixels.shape, "answer": answer,
            "model": {
                "size": scene.canvas, "style": style.to_mapping(),
                "scene": {**vars(scene), "grid": grid and grid.shape},
            },
        })  # fmt: skip
    given = [{key: one[key] for key in ("pixels", "size", "model")} for one in cases]
    said = found_in(
        page,
        f"""
        {BYTES}
        found = {json.dumps(given)}.map(
          ({{ pixels, size, model }}) => {{
            try {{
              const {{ image, done, blank }} = globalThis.glyphlab.prepareFor(
                {{ data: bytes(pixels), height: size[0], width: size[1] }}, model);
              return [Array.from(image.data), done, blank];
            }} catch (error) {{ return [error.message]; }}
          }});
        """,
        tmp_path,
    )
    done = [text for one in cases for text in (one["answer"][1] if len(one["answer"]) == 3 else ())]
    assert {"inverted", "1 small part left out", "2 small parts left out"} <= {*done}
    refused = " ".join(one["answer"][0] for one in cases if len(one["answer"]) == 1)
    for words in ("one below another", "in no clear order", "shows 2 symbols", "in 2 rows"):
        assert words in refused
    for found, case in zip(said, cases, strict=True):
        expected = case["answer"]
        assert found[1:] == expected[1:]
        if case["model"]["style"]["kind"] == "photographs":
            # Pillow goes down before across, or after it, by a rule of its own: a level at most
            assert np.abs(np.subtract(found[0], expected[0])).max() <= 1
        else:
            assert found == expected
    assert sum(len(one["answer"]) == 3 and not one["answer"][2] for one in cases) >= 8


def picture(rng: np.random.Generator, number: int) -> tuple[NDArray[np.uint8], int]:
    """Some strokes on noisy paper that is lit from one side, of any size."""
    height, width = (int(one) for one in rng.integers(60, 260, 2))
    y, x = np.mgrid[:height, :width] / min(height, width)
    levels = 190 + 40 * x * (number % 2) + rng.normal(0, 3, (height, width))
    for k in range(1 + number % 3):
        middle = (0.5 * height / min(height, width), (0.25 + 0.3 * k) * width / min(height, width))
        ring = np.hypot(y - middle[0], 2 * (x - middle[1])) - 0.25
        levels -= 150 * (np.abs(ring) < 0.05)
    levels = 255 - levels if number % 4 == 3 else levels
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8), 1 + number % 3


def glyphs_on_paper(rng: np.random.Generator) -> list[tuple[NDArray[np.uint8], int]]:
    glyphs = load_symbols("digits").test.images
    found = []
    for number in range(6):
        sheet = np.full((150, 380), 210.0) + rng.normal(0, 2, (150, 380))
        for k in range(1 + 2 * (number % 2)):
            glyph = Image.fromarray(glyphs[number * 3 + k]).resize(
                (80, 80), Image.Resampling.BICUBIC
            )
            sheet[30:110, 30 + 120 * k : 110 + 120 * k] -= 0.7 * np.asarray(glyph)
        found.append((np.clip(np.rint(sheet), 0, 255).astype(np.uint8), 1 + 2 * (number % 2)))
    return found


def arranged() -> list[tuple[NDArray[np.uint8], int]]:
    """Rings that stand in many ways, small ones, bars, specks and blots among them."""
    row = [(100, 80), (100, 200), (100, 320)]
    ways = [
        row,
        [(80, 80), (110, 200), (140, 320)],  # sloped
        [(60, 150), (160, 150), (260, 150)],
        [(60, 60), (160, 160), (260, 260)],  # stairs
        [(80, 100), (80, 300), (240, 200)],
        [(80, 100), (90, 300), (240, 110), (250, 310)],
        [(100, 60), (100, 160), (100, 260), (100, 360)],
        [(60, 60), (140, 140), (220, 220), (300, 300)],
        [(60, 200), (160, 80), (160, 320), (280, 200)],  # a rhomb
        [(80, 60), (120, 160), (240, 110), (280, 210)],  # two sloped rows
        [(60, 60), (60, 200), (60, 340), (240, 200)],
        row[:2],
    ]
    found = []
    for way in ways:
        count = 4 if len(way) == 4 else 3
        found.append((rings(way), count))
    for more in SMALL:
        found += [(rings(row, more), 3), (rings(row[1:2], more), 1), (rings(row[:2], more), 3)]
    return found


SMALL: list[list[tuple[int, int, int, int]]] = [
    [(95, 255, 25, 8)],  # beside a symbol: top, left, height, width
    [(95, 380, 30, 9)],
    [(95, 236, 30, 9)],  # and hardly apart from it
    [(20, 200, 6, 6)],
    [(20, 20, 5, 5), (180, 260, 5, 5)],
    [(160, 180, 5, 40)],  # a bar below
    [(45, 185, 6, 40)],
    [(170, 60, 20, 20)],  # a blot
    [(185, 320, 16, 7), (20, 20, 4, 4)],
]


def rings(
    middles: list[tuple[int, int]], more: Sequence[tuple[int, int, int, int]] = ()
) -> NDArray[np.uint8]:
    y, x = np.mgrid[:360, :420]
    levels = np.full((360, 420), 220, np.uint8)
    for row, column in middles:
        ring = np.hypot(y - row, 1.4 * (x - column)) - 40
        levels[np.abs(ring) < 6] = 40
    for top, left, height, width in more:
        levels[top : top + height, left : left + width] = 40
    return levels


def test_files_are_opened_and_transparent_ones_laid_on_paper(tmp_path: Path) -> None:
    ink = np.zeros((60, 60, 4), np.uint8)
    ink[10:50, 26:34] = (0, 0, 0, 255)
    Image.fromarray(ink).save(tmp_path / "clear.png")
    gray = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    Image.fromarray(gray).save(tmp_path / "colours.png")
    files = {
        name: base64.b64encode((tmp_path / name).read_bytes()).decode()
        for name in ("clear.png", "colours.png")
    }
    said = found_in(
        page_of("multihead", tmp_path),
        f"""
        {BYTES}
        found = {{}};
        for (const [name, text] of Object.entries({json.dumps(files)})) {{
          const file = new File([bytes(text)], name, {{ type: "image/png" }});
          const {{ given, done }} = await globalThis.glyphlab.decoded(file);
          found[name] = {{ levels: Array.from(given.data), done }};
        }}
        try {{ await globalThis.glyphlab.decoded(new File(["no picture"], "x.png")); }}
        catch (error) {{ found.error = error.message; }}
        """,
        tmp_path,
    )
    for name in files:
        expected = read_gray(tmp_path / name)
        assert said[name]["levels"] == expected.pixels.ravel().tolist()
        assert said[name]["done"] == list(expected.done)
    assert said["error"] == "x.png cannot be read as an image."


def test_a_golden_image_that_fails_is_said(tmp_path: Path) -> None:
    page = page_of("multihead", tmp_path)
    model = document_of(page)
    model["golden"]["logits"][4][0][0] += 0.01
    model["golden"]["logits"][6][0][1] = None
    content = page.read_text(encoding="utf-8")
    start = content.index(">", content.index('<script type="application/json"')) + 1
    end = content.index("</script>", start)
    page.write_text(content[:start] + json.dumps(model) + content[end:], encoding="utf-8")
    said = found_in(
        page,
        """await globalThis.glyphlab.check;
        const said = document.getElementById("checks");
        found = [said.textContent, said.className];""",
        tmp_path,
    )
    assert "Self-check failed: 2 of 32" in said[0]
    assert "number 5, 7" in said[0]
    assert "warning" in said[1]


@pytest.mark.parametrize("width", [390, 1280])
def test_it_does_not_scroll_sideways_and_everything_has_a_name(width: int, tmp_path: Path) -> None:
    page = page_of("sliced", tmp_path)
    inner = page.read_text(encoding="utf-8").replace("&", "&amp;").replace('"', "&quot;")
    frame = tmp_path / "frame.html"
    frame.write_text(
        f'<!DOCTYPE html><body><iframe width="{width}" height="900" srcdoc="{inner}"></iframe>'
        "</body>",
        encoding="utf-8",
    )
    said = found_in(
        frame,
        """
        const inner = await new Promise((resolve) => {
          const look = () => frames[0].glyphlab ? resolve(frames[0]) : setTimeout(look, 20);
          look();
        });
        await inner.glyphlab.check;
        const root = inner.document.documentElement;
        inner.document.querySelector(".samples button").click();
        await new Promise((resolve) => setTimeout(resolve, 100));
        const name = (one) =>
          one.getAttribute("aria-label") || one.labels?.[0]?.textContent || one.textContent.trim();
        const every = (which) => [...inner.document.querySelectorAll(which)];
        found = {
          sizes: [root.clientWidth, root.scrollWidth],
          nameless: every("button, input, canvas[role], a").filter((one) => !name(one)).length,
          buttons: every("button").length,
          headings: every("h1, h2, h3").map((one) => one.tagName).join(""),
          label: inner.document.getElementById("label").textContent,
        };
        """,
        tmp_path,
    )
    assert said["sizes"][1] <= said["sizes"][0] <= width
    assert said["nameless"] == 0
    assert said["buttons"] == 10
    assert said["headings"] == "H1H2H2H3H3H3"
    assert len(said["label"]) == 3
