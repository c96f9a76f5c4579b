"""Every test starts with no Glyphlab setting of the machine's, one thread, and no network."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from glyphlab._common.progress import shown_notes
from glyphlab.training.evaluation import picture_reader
from glyphlab.training.evaluation.novelty import getting_familiar

REAL_DATA = os.environ.get("GLYPHLAB_DATA")


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("GLYPHLAB_DATA", "GLYPHLAB_OFFLINE", "SOURCE_DATE_EPOCH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GLYPHLAB_OFFLINE", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    # what a run is familiar with is found from few images here: that takes seconds each time
    for name, count in (("TRAINED", 400), ("UNTRAINED", 300), ("PICTURES", 8)):
        monkeypatch.setattr(getting_familiar, name, count)


@pytest.fixture
def without_familiarity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are read without what it takes to warn of them, which takes a second a run."""
    monkeypatch.setattr(picture_reader, "familiarity_with", lambda *_given, **_more: None)


@pytest.fixture
def notes() -> Iterator[None]:
    """Show notes on stderr, as the command line does."""
    with shown_notes():
        yield


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """One thread for the tests of a module: problems this small are solved faster by one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real datasets, where there is one."""
    if not REAL_DATA or not Path(REAL_DATA, "mnist").is_dir():
        pytest.skip("set GLYPHLAB_DATA to a folder with mnist/ to run the real-data tests")
    return Path(REAL_DATA)


def pytest_configure() -> None:
    gc.disable()  # until the tests are collected: nothing of it is garbage
    # what fixtures of a module evaluate is no entry of the user's ledger
    os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="glyphlab-tests-")
    beside = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    torch.set_num_threads(max(1, min(2, os.cpu_count() or 1) // beside))
    if beside > 1:  # what tests start has its share of the cores too, and does not wait for others
        os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_finish() -> None:
    gc.freeze()  # modules and thousands of tests stay to the end, and are not gone over again
    gc.enable()
