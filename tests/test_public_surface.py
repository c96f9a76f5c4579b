"""What a user of the package may name."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

import glyphlab

PACKAGES = sorted(
    module.name
    for module in pkgutil.iter_modules(glyphlab.__path__, "glyphlab.")
    if not module.name.endswith("__main__")
)


def order(name: str) -> tuple[bool, bool, str]:
    """Constants, then classes, then the rest, as ruff sorts them."""
    return not name.isupper(), not name[:1].isupper(), name


def test_every_public_name_is_there() -> None:
    assert glyphlab.__all__ == sorted(set(glyphlab.__all__), key=order)
    for name in glyphlab.__all__:
        value = getattr(glyphlab, name)
        assert value.__name__ == name
        assert value.__doc__, name
        assert name in dir(glyphlab)
    assert set(glyphlab.__all__) == set(glyphlab._MODULE_OF)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_late_name_is_that_of_a_module(package: str) -> None:
    """An import of the module would put it in the place of a name that is imported late."""
    found = importlib.import_module(package)
    if "__getattr__" not in vars(found):
        return
    modules = {one.name for one in pkgutil.iter_modules(getattr(found, "__path__", ()))}
    assert not modules & set(getattr(found, "__all__", ()))


def test_no_name_is_made_up() -> None:
    with pytest.raises(AttributeError, match="no attribute 'AlingedClassifier'"):
        _ = glyphlab.AlingedClassifier


@pytest.mark.parametrize("name", PACKAGES)
def test_names_of_the_packages(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__all__ == sorted(set(module.__all__), key=order)
    assert all(hasattr(module, public) for public in module.__all__)
    assert module.__doc__


def test_import_stays_light() -> None:
    heavy = "{'torch', 'sklearn', 'scipy', 'numpy', 'matplotlib', 'pydantic', 'rich'}"
    code = f"import sys, glyphlab; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
