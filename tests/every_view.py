"""Every view of the studio with something in it: where it is, and what is done there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from browser import Tab
from glyphlab.serve.playing.play_choices import PlayChoice, play_recipe
from glyphlab.training import train
from pen import STROKES
from serve_runs import more_seeds
from trained import digits_run, triples_run
from trained_generator import tiny_generator

__all__ = ["VIEWS", "View", "every_view"]

VIEWS = (
    "draw", "runs", "run", "compare", "play", "inside", "confusions", "two-models", "layers",
    "map", "generate", "reproduce", "data", "source", "refused",
)  # fmt: skip
SETTINGS = PlayChoice.model_validate({"width": 4, "epochs": 4, "images": 400})


def _nothing(_tab: Tab) -> None:
    """Do nothing: the view is there by itself."""


def _count(selector: str, least: int = 1) -> str:
    return f"return document.querySelectorAll({selector!r}).length >= {least}"


@dataclass(frozen=True)
class View:
    """A view: its address, what is true once it is there, what is done then, and what is true."""

    path: str
    ready: str
    act: Callable[[Tab], None] = _nothing
    shown: str = "return true"

    def open(self, tab: Tab, base: str) -> None:
        """Go there, and wait until all of it is shown."""
        tab.go("about:blank")  # another place of the same document would not be loaded
        tab.go(base + self.path)
        tab.wait(self.ready, 90)
        self.act(tab)
        tab.wait(self.shown, 90)


def every_view(root: Path) -> dict[str, View]:
    """Fill a folder with runs, and return the views of it."""
    root.mkdir()
    for run in (digits_run(), triples_run()):
        shutil.copytree(run.path, root / run.name)
    digits, triples = digits_run().name, triples_run().name
    names = [digits, *more_seeds(root, 2)]
    tried = train(play_recipe(SETTINGS), root, quiet=True).name
    generator = tiny_generator()
    for folder in generator.path.parent.iterdir():
        if folder.is_dir():
            shutil.copytree(folder, root / folder.name)
    inside = f"/inside/{digits}"
    together = "&".join(f"run={name}" for name in [*names, tried])
    return {
        "draw": View(
            f"/draw?model={digits}&model={triples}&boxes=3", _count("#models li"), _draw,
            _count("#maps figure"),
        ),
        "runs": View("/runs", _count("#runs tbody input"), lambda tab: tab.click("#runs input")),
        "run": View(f"/runs/{digits}", _count("#curves svg"), shown=_PAGE),
        "compare": View(f"/compare?{together}", _count("#curves svg"), shown=_PAGE),
        "play": View(
            f"/play?run={tried}", _count("#kernels canvas", 4), shown=_count("#foresight p")
        ),
        "inside": View("/inside", _count("main a")),
        "confusions": View(
            inside, _count(".cell"),
            lambda tab: tab.click('.cell[data-true="7"][data-predicted="7"]'),
            _count("#images img", 5),
        ),
        "two-models": View(
            f"{inside}/against#other={names[1]}", _count("#counts button"),
            lambda tab: tab.click("#counts button"), _count("#images img", 5),
        ),
        "layers": View(f"{inside}/layers", _count(".layer", 4)),
        "map": View(
            f"{inside}/map#count=250&perplexity=10&made=1", _count(".points text", 250),
            lambda tab: tab.draw("svg.points", [(0.2, 0.2), (0.5, 0.5), (0.7, 0.7)]),
        ),
        "generate": View(f"/generate?run={generator.name}", _count("#walk img", 10)),
        "reproduce": View("/reproduce", _count("tr[data-row]", 20)),
        "data": View("/data", _count("#sources tbody tr", 2)),
        "source": View("/data/digits", _count("#audit .contact svg")),
        "refused": View("/runs/nothing", _count("h1")),
    }  # fmt: skip


_PAGE = (
    "return document.querySelector('iframe').contentDocument"
    ".querySelectorAll('figure .savers').length > 1"
)


def _draw(tab: Tab) -> None:
    """Draw 3, 1 and 4, and ask where the model looks."""
    for box, digit in enumerate("314", 1):
        for stroke in STROKES[digit]:
            tab.draw(f"#box-{box}", stroke)
    tab.wait("return document.querySelectorAll('#answers .seen').length === 2", 60)
    tab.click("#map")
