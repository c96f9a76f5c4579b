"""A studio over a folder of small runs: by a client in the same process, or in a browser."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from asgi_client import Client
from browser import Browser
from glyphlab.serve.app.listening import listening
from glyphlab.serve.app.studio import Settings, Studio
from glyphlab.serve.views.areas_in_order import AREAS
from studios import client_of
from trained import DIGITS, TRIPLES, digits_run, triples_run


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a run of single digits and one of three digits."""
    folder = tmp_path / "runs"
    folder.mkdir()
    for name, run in ((DIGITS, digits_run()), (TRIPLES, triples_run())):
        shutil.copytree(run.path, folder / name)
    return folder


@pytest.fixture
def studio(root: Path) -> Iterator[Studio]:
    made = Studio(Settings(root), AREAS)
    yield made
    made.close()


@pytest.fixture
def client(studio: Studio) -> Client:
    return client_of(studio)


@pytest.fixture
def visitor(studio: Studio) -> Client:
    """A client of the same studio where it only shows."""
    studio.settings = replace(studio.settings, read_only=True)
    return client_of(studio)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def opened(root: Path) -> Iterator[Callable[[str], str]]:
    """A studio that listens; returns the whole address of a path in it."""
    with listening(Studio(Settings(root), AREAS)) as found:
        thread = threading.Thread(target=found.run)
        thread.start()
        base, token = found.address.split("/?")

        def address(path: str) -> str:
            return f"{base}{path}{'&' if '?' in path else '?'}{token}"

        yield address
        found.stop()
        thread.join(20)
        assert not thread.is_alive()
