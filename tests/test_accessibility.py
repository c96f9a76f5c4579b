"""Every page and every view of the studio by the rules of axe-core.

They are for those who see little or nothing, or do not point.

axe-core is no part of this project. `GLYPHLAB_AXE` names its ``axe.min.js``, or it lies where ``npm
install axe-core`` puts it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from axe import violations
from browser import Browser, Tab
from chromium import chromium, found_in
from every_page import every_page
from every_view import VIEWS, View, every_view
from glyphlab.serve.app.starting import open_studio

AXE = Path(os.environ.get("GLYPHLAB_AXE", "node_modules/axe-core/axe.min.js"))

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.usefixtures("one_thread"),
    pytest.mark.skipif(
        not AXE.is_file(), reason="axe-core is not there: GLYPHLAB_AXE names its axe.min.js"
    ),
]
KINDS = (
    "comparison", "run", "curve", "tasks", "study", "generators", "generator", "generator-study",
    "augmentation", "reproduction", "recorded", "embedding", "evaluation", "classifier",
)  # fmt: skip
LOOKS = {"light": (1280, False), "dark": (1280, True), "phone": (500, False)}
"""Width of the window, and whether colours are the dark ones."""
FORMS = {**LOOKS, "phone": (390, False), "dark phone": (390, True)}
"""Those of the studio, whose browser has windows as narrow as a phone."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    pytest.importorskip("openTSNE")
    chromium()
    return every_page(tmp_path_factory.mktemp("pages"))


def broken_in(page: Path, folder: Path, width: int = 1280, *, dark: bool = False) -> list[str]:
    """Return the rules that a page breaks, each with the first element that does."""
    text = page.read_text(encoding="utf-8")
    if dark:
        text = text.replace("(prefers-color-scheme: dark)", "all")
    script = AXE.read_text(encoding="utf-8")
    copy = folder / f"{page.stem}-{width}-{dark}.html"
    # what is behind a fold counts too
    text = text.replace("<details", "<details open")
    copy.write_text(text.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    found = found_in(
        copy,
        """
        const told = await axe.run(document, { resultTypes: ["violations"] });
        found = told.violations.map(({ id, help, nodes }) =>
          `${id}: ${help}: ${nodes.length}, first ${nodes[0].html.slice(0, 200)}: `
          + nodes[0].failureSummary);
        """,
        folder,
        width=width,
    )
    return list(found)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_rule_is_broken(kind: str, look: str, pages: dict[str, Path], tmp_path: Path) -> None:
    width, dark = LOOKS[look]
    assert broken_in(pages[kind], tmp_path, width, dark=dark) == []


def test_a_broken_rule_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    page.write_text(
        '<!DOCTYPE html><html lang="en"><title>t</title><body><main><h1>t</h1><img src="data:,">'
        '<p style="color: #ccc; background: #fff">pale</p></main></body></html>'
    )
    found = broken_in(page, tmp_path)
    assert {one.partition(":")[0] for one in found} >= {"image-alt", "color-contrast"}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tab, str, dict[str, View]]]:
    """A tab that has the token of a studio, the studio's address, and its views."""
    pytest.importorskip("openTSNE")
    chromium()
    folder = tmp_path_factory.mktemp("studio")
    views = every_view(folder / "runs")
    with open_studio(folder / "runs", quiet=True) as opened, Browser(folder) as browser:
        thread = threading.Thread(target=opened.run)
        thread.start()
        base, token = opened.address.split("/?")
        try:
            yield browser.open(f"{base}/runs?{token}"), base, views
        finally:
            opened.stop()
            thread.join(20)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_of_the_studio(view: str, studio: tuple[Tab, str, dict[str, View]]) -> None:
    tab, base, views = studio
    found = {}
    for form, (width, dark) in FORMS.items():
        tab.look(width, 900, dark=dark)
        views[view].open(tab, base)
        tab.run("for (const one of document.querySelectorAll('details')) one.open = true")
        found[form] = violations(tab)
        if tab.run("return document.documentElement.scrollWidth > innerWidth"):
            found[form].append("it scrolls sideways")
    assert found == {form: [] for form in FORMS}
