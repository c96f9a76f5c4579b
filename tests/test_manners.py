"""What a library leaves as its host has it: handlers, allocator, global generators, threads."""

from __future__ import annotations

import logging
import os
import pickle
import random
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sympy  # noqa: F401 - torch imports it late, and it sets a filter of warnings
import torch
from threadpoolctl import threadpool_info

from glyphlab import GlyphClassifier, compare
from glyphlab._common.process import own_process, owns_process
from glyphlab.backends import shards
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train
from glyphlab.training.interrupt import deferred_interrupt
from glyphlab.training.trainers.gradient import loop

RNG = np.random.default_rng(0)
IMAGES, LABELS = RNG.integers(0, 256, (24, 8, 8), dtype=np.uint8), np.arange(24) % 3
TINY = Recipe.from_mapping(
    {
        "task": {"name": "single", "generalization_grid": 0, "train_images": 64},
        "model": {"strategy": "multihead", "net": "triple-mnist-cnn"},
        "training": {"epochs": 2, "batch_size": 16, "precision": "float32", "augment": "none"},
    }
)


def by_the_estimator(_root: Path) -> None:
    GlyphClassifier("multihead", epochs=1, channels=2, precision="auto").fit(IMAGES, LABELS)


def by_a_recipe(root: Path) -> None:
    train(TINY, root, quiet=True)


def by_a_comparison(root: Path) -> None:
    task = TaskRecipe(name="single", generalization_grid=0, train_images=64)
    overrides = ["training.epochs=1"]
    compare(task, ["mlp", "knn", "aligned"], seeds=2, root=root, overrides=overrides, quiet=True)


WAYS = [by_the_estimator, by_a_recipe, by_a_comparison]


def state_of_the_process() -> dict[str, Any]:
    loggers = [logging.getLogger(name) for name in (None, "glyphlab", "optuna", "filelock")]
    return {
        "loggers": [(one.level, list(one.handlers), one.disabled) for one in loggers],
        "disabled": logging.root.manager.disable,
        "warnings": (list(warnings.filters), warnings.showwarning),
        "environment": {k: v for k, v in os.environ.items() if not k.startswith("TORCHINDUCTOR_")},
        "hooks": (sys.excepthook, sys.unraisablehook, sys.displayhook),
        "pools": [(one["user_api"], one["num_threads"]) for one in threadpool_info()],
        "denormals": torch.tensor(1e-310, dtype=torch.float64).mul(1).item(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "printing": np.get_printoptions(),
        "arithmetic": np.geterr(),
        "handlers": [signal.getsignal(number) for number in signal.valid_signals()],
        "threads": torch.get_num_threads(),
        "python": random.getstate(),
        "numpy": pickle.dumps(np.random.get_state()),  # noqa: NPY002
        "torch": torch.random.get_rng_state().tolist(),
        "type": torch.get_default_dtype(),
        "gradients": torch.is_grad_enabled(),
    }


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of the process, in place of doing it."""
    found: list[str] = []

    def set_signal(_number: int, _handler: object) -> object:
        found.append("signal")
        return signal.SIG_DFL

    def library(_name: object) -> object:
        found.append("allocator")
        raise OSError

    shards.keep_freed_memory.cache_clear()
    monkeypatch.setattr(signal, "signal", set_signal)
    monkeypatch.setattr(shards, "ctypes", SimpleNamespace(CDLL=library))
    return found


@pytest.mark.parametrize("way", WAYS)
def test_a_library_changes_nothing(
    way: Callable[[Path], None], told: list[str], tmp_path: Path
) -> None:
    before = state_of_the_process()
    way(tmp_path)
    assert state_of_the_process() == before
    assert told == []


def test_a_library_prints_nothing_and_its_notes_are_records(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "glyphlab")
    train(TINY, tmp_path)
    train(TINY, tmp_path)
    assert capfd.readouterr() == ("", "")
    notes = [one.getMessage() for one in caplog.records if one.name == "glyphlab"]
    assert [note for note in notes if note.endswith("is finished: not trained again")]


IMPORTS = """
import importlib.util, logging, pkgutil, random, signal, sys, warnings
import numpy, pooch, sklearn, threadpoolctl, torch  # what others change on their import is theirs
import matplotlib, optuna, pydantic, scipy.stats, sklearn.svm, torch.optim, typer

compiled = importlib.util.find_spec("numba") is not None
if compiled:
    import numba

def state():
    root = logging.getLogger()
    return (
        root.level, list(root.handlers), logging.root.manager.disable, list(warnings.filters),
        warnings.showwarning, sys.excepthook, torch.get_num_threads(),
        [one["num_threads"] for one in threadpoolctl.threadpool_info()], random.getstate(),
        str(numpy.random.get_state()), torch.random.get_rng_state().tolist(),
        [signal.getsignal(number) for number in signal.valid_signals()],
        logging.getLogger("optuna").level, matplotlib.get_backend(),
    )

before = state()
import glyphlab
for found in pkgutil.walk_packages(glyphlab.__path__, "glyphlab."):
    needs = found.name.startswith("glyphlab.backends.numba.")
    if not found.name.endswith("__main__") and (compiled or not needs):
        importlib.import_module(found.name)
now = state()
assert now == before, [(a, b) for a, b in zip(before, now) if a != b]
logging.getLogger("glyphlab").warning("it would be printed without a handler")
"""


def test_an_import_changes_and_prints_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_command_line_asks_for_both(told: list[str], tmp_path: Path) -> None:
    heard = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    heard = [one for one in heard if signal.getsignal(one) is not signal.SIG_IGN]  # as of nohup
    with own_process():
        by_a_recipe(tmp_path)
    shards.keep_freed_memory.cache_clear()
    assert told.count("allocator") == 1
    assert told.count("signal") == 2 * len(heard)  # and all put back


def test_the_process_is_owned_in_the_block_alone() -> None:
    assert not owns_process()
    with own_process():
        assert owns_process()
    assert not owns_process()
    before = state_of_the_process()
    with deferred_interrupt() as interrupted:
        assert state_of_the_process() == before
        assert not interrupted()
    with own_process(), deferred_interrupt() as interrupted:
        assert state_of_the_process()["handlers"] != before["handlers"]
        signal.raise_signal(signal.SIGTERM)
        assert interrupted()
    assert state_of_the_process() == before


def test_ctrl_c_in_a_library_acts_at_once_and_the_checkpoint_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(TINY, tmp_path / "whole", quiet=True)
    before, real, batches = state_of_the_process(), loop.train_batch, 0

    def counted(*args: Any) -> None:
        nonlocal batches
        batches += 1
        if batches == 6:  # in the second batch of the second epoch
            signal.raise_signal(signal.SIGINT)
            raise AssertionError("Ctrl-C was put off")
        real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "train_batch", counted)
        with pytest.raises(KeyboardInterrupt):
            train(TINY, tmp_path / "broken", quiet=True)
    assert state_of_the_process() == before
    (folder,) = (tmp_path / "broken").iterdir()
    assert (folder / "checkpoint.safetensors").exists()
    run = train(TINY, tmp_path / "broken", quiet=True)
    assert isinstance(run, Run)
    for file in ("model.safetensors", "predictions.npz"):
        assert (run.path / file).read_bytes() == (whole.path / file).read_bytes()
