"""Who names compiled code, when it is taken, and the same bits from a cold cache as a warm one."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import glyphlab
from glyphlab._common.errors import UnknownName, UsageError
from glyphlab.backends import compiled, interface, reason_against

SOURCE = Path(glyphlab.__file__).parent
needs_kernels = pytest.mark.skipif(bool(reason_against()), reason=reason_against())
EPOCH = """
    import hashlib
    import numpy as np
    from glyphlab.backends import OPTIMIZERS, compiled

    rng, digest = np.random.default_rng(0), hashlib.sha256()
    images = rng.integers(0, 256, (70, 100), dtype=np.uint8)
    targets = rng.integers(0, 5, (70, 1))
    for optimizer in OPTIMIZERS:
        for l1, l2 in ((0, 1e-2), (1e-3, 1e-3)):
            model = compiled().perceptron((100, 37, 5))
            weights = np.random.default_rng(1)
            model.load([
                (weights.normal(size=shape).astype(np.float32), np.zeros(shape[0], np.float32))
                for shape in ((37, 100), (5, 37))
            ])
            found = model.train_epoch(
                images, targets, [np.arange(40), np.arange(40, 70)], np.array([0.01, 0.01]), 5,
                "relu", 0.1, optimizer, np.array([0.01, l1, l2, 0.9, 1, 1e-7, 1.0]), 0,
            )
            digest.update(np.array(found).tobytes() + model.params.tobytes())
    print(digest.hexdigest())
"""


def imported(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    return found | {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}


def test_nothing_else_imports_what_compiles() -> None:
    kinds = re.compile(r"(numba|llvmlite|glyphlab\.backends\.numba)(\.|$)")
    users = {
        file.relative_to(SOURCE).as_posix()
        for file in SOURCE.rglob("*.py")
        if any(kinds.match(name) for name in imported(file))
    }
    assert {name for name in users if not name.startswith("backends/numba/")} == set()
    assert "backends/numba/jit.py" in users


def test_the_variable_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLYPHLAB_BACKEND", "torch")
    assert compiled() is None
    assert "GLYPHLAB_BACKEND" in reason_against()
    monkeypatch.setenv("GLYPHLAB_BACKEND", "numbra")
    with pytest.raises(UnknownName, match="did you mean 'numba'"):
        compiled()
    monkeypatch.setattr(interface, "_installed", lambda: False)
    monkeypatch.setenv("GLYPHLAB_BACKEND", "numba")
    with pytest.raises(UsageError, match=r"glyphlab\[fast\]"):
        compiled()
    monkeypatch.delenv("GLYPHLAB_BACKEND")
    assert compiled() is None
    assert "glyphlab[fast]" in reason_against()


def test_a_compiler_that_refuses_this_numpy_is_a_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries: list[str] = []

    def refused() -> None:
        tries.append("kernels")
        raise ImportError("Numba needs NumPy 2.0 or less. Got NumPy 9.9.\nSee the manual.")

    monkeypatch.delenv("GLYPHLAB_BACKEND", raising=False)
    monkeypatch.setattr(interface, "_installed", lambda: True)
    monkeypatch.setattr(interface, "_kernels", refused)
    interface._failure.cache_clear()
    try:
        assert compiled() is None
        assert reason_against() == (
            "numba cannot be imported: Numba needs NumPy 2.0 or less. Got NumPy 9.9 "
            "(pip install --upgrade numba)"
        )
        assert tries == ["kernels"]
        monkeypatch.setenv("GLYPHLAB_BACKEND", "numba")
        with pytest.raises(UsageError, match=r"Got NumPy 9\.9"):
            compiled()
    finally:
        interface._failure.cache_clear()


@needs_kernels
def test_loops_are_compiled_where_none_can_be_kept(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from glyphlab.backends.numba import jit

    caplog.set_level("INFO", "glyphlab")
    compiler, asked = jit.numba.njit, []

    def nowhere(**options: Any) -> Any:
        asked.append(options["cache"])
        if options["cache"]:
            raise RuntimeError("cannot cache function 'twice': no locator available for file 'x'")
        return compiler(**options)

    monkeypatch.setattr(jit, "CHECKED", False)
    with monkeypatch.context() as patched:
        patched.setattr(jit.numba, "njit", nowhere)
        twice = jit.exact_loop(lambda x: 2 * x)
    assert twice(21) == 42
    assert asked == [True, False]
    assert "NUMBA_CACHE_DIR" in caplog.text

    def broken(**_options: object) -> object:
        raise RuntimeError("another one")

    monkeypatch.setattr(jit.numba, "njit", broken)
    with pytest.raises(RuntimeError, match="another one"):
        jit.exact_loop(lambda x: x)


def bits(cache: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(EPOCH)],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@needs_kernels
def test_bounds_are_checked_where_asked_for(tmp_path: Path) -> None:
    words = """
        import numpy as np
        from glyphlab.backends import compiled
        image = np.zeros((1, 3, 3, 2), np.float32)
        compiled().patches_of(image, np.zeros((1, 18), np.float32))
        compiled().patches_of(image, np.zeros((0, 18), np.float32))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(words)],
        env={**os.environ, "GLYPHLAB_CHECK_BOUNDS": "1", "NUMBA_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "IndexError" in done.stderr
    assert not any(tmp_path.iterdir())


@needs_kernels
@pytest.mark.long
def test_a_cold_cache_gives_the_bits_of_a_warm_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GLYPHLAB_CHECK_BOUNDS", raising=False)  # with it nothing is kept
    cold = bits(tmp_path)
    assert any(tmp_path.rglob("*.nbc"))
    assert bits(tmp_path) == cold


@needs_kernels
def test_the_clock_stands_still_while_loops_are_compiled() -> None:
    program = """
        import time
        from numba.core import event
        from glyphlab.backends import compiled, working_seconds
        compiled()
        started, real = working_seconds(), time.perf_counter()
        with event.trigger_event("numba:compile"):
            with event.trigger_event("numba:compile"):
                time.sleep(0.2)
            time.sleep(0.1)
        assert time.perf_counter() - real > 0.29
        assert 0 <= working_seconds() - started < 0.2, working_seconds() - started
        time.sleep(0.1)
        assert working_seconds() - started > 0.09
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True)
