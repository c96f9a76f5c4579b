"""What needs no torch is answered without it: help, lists, and what was typed wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
import sys
from glyphlab.cli import main
sys.argv = ["glyphlab", *sys.argv[1:]]
try:
    main()
except SystemExit as ended:
    code = ended.code or 0
loaded = {name for name, module in sys.modules.items() if module is not None}
heavy = sorted({"torch", "sklearn", "matplotlib", "scipy.stats", "numba"} & loaded)
print("LOADED", *loaded)
print("HEAVY", *heavy)
sys.exit(code)
"""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("--help", 0),
        ("compare --help", 0),
        ("compare single --models nope", 2),
        ("compare single --models mlp --set training.epoch=3", 2),
        ("compare single --models mlp --set seed=3", 2),
        ("compare single --models mlp --preset smok", 2),
        ("compare tripel", 2),
        ("learning-curve tripel", 2),
        ("vary mlp training.epochs=2,3 --task tripel", 2),
        ("comprae single", 2),
        ("compare single --sedes 3", 2),
        ("learning-curve single --models nope --sizes 10", 2),
        ("learning-curve single --sizes ten", 2),
        ("learning-curve single --models mlp --set training.epoch=3", 2),
        ("vary mlp training.epochs", 2),
        ("vary mlp training.epoch=2,3", 2),
        ("vary small training.lss=hinge,minimax --task digits", 2),
        ("vary nope training.epochs=2,3", 2),
        ("augmentation-study nope", 2),
        ("augmentation-study digits --model nope", 2),
        ("runs list", 0),
        ("reproduce list", 0),
        ("reproduce nope", 2),
        ("reproduce show nope", 2),
        ("reproduce run nope", 2),
        ("reproduce triple-mnist", 2),
        ("generate --list", 0),
        ("generate nope", 2),
        ("generate digits --model nope", 2),
        ("generate digits --set training.imagse=3", 2),
        ("gan digits", 2),
        ("audit nope", 2),
        ("data list", 0),
        ("train --schema", 0),
        ("train nowhere.toml", 2),
        ("train --help", 0),
        ("vary nope training.learning_rate=1,2", 2),
        ("predict nowhere one.png", 2),
        ("evaluate nowhere digits", 2),
        ("embed nowhere", 2),
        ("export nowhere --html page.html", 2),
        ("report nowhere", 2),
        ("runs show nowhere", 2),
    ],
)
def test_it_is_answered_without_torch(words: str, code: int, tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", ASK, *words.split()], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert found.returncode == code, found.stderr
    assert found.stdout.splitlines()[-1] == "HEAVY"


def test_a_slip_is_told_at_once(tmp_path: Path) -> None:
    # modules that are loaded, not seconds: clocks tell what else a machine does
    least = _loaded(["import sys, numpy, pydantic, typer; print('LOADED', *sys.modules)"], tmp_path)
    loaded = _loaded([ASK, "compare", "single", "--models", "nope"], tmp_path)
    assert len(loaded) <= 3 * len(least), sorted(loaded - least)


def _loaded(words: list[str], folder: Path) -> set[str]:
    """Return the modules that a Python has loaded at its end."""
    found = subprocess.run(
        [sys.executable, "-c", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    (line,) = (line for line in found.stdout.splitlines() if line.startswith("LOADED"))
    return set(line.split()[1:])
