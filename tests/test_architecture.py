"""The layer table of docs/architecture.md, held against the imports themselves."""

from __future__ import annotations

import ast
import collections
import graphlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

import glyphlab

SOURCE = Path(glyphlab.__file__).parent
PAGE = SOURCE.parents[1] / "docs" / "architecture.md"
LONGEST = 350

LAYERS = {
    13: {"cli"},
    12: {"serve"},
    11: {"reproductions"},
    10: {"experiments"},
    9: {"reporting"},
    8: {"export"},
    7: {"estimators"},
    6: {"training"},
    5: {"optim"},
    4: {"models"},
    3: {"recipes"},
    2: {"runs", "tasks"},
    1: {"backends", "data", "metrics"},
    0: {"_common"},
}
LAYER_OF = {package: layer for layer, packages in LAYERS.items() for package in packages}
FACES = {"__init__", "__main__"}
"""The package itself and `python -m glyphlab`: they stand above every layer."""

FILES = sorted(SOURCE.rglob("*.py"))


def module_name(file: Path) -> str:
    parts = file.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def package_of(module: str) -> str:
    return [*module.split("."), "__init__"][1]


def imported(file: Path, *, for_types: bool = True) -> set[str]:
    """Modules of this project that a file imports, wherever in the file.

    Without `for_types`, those under ``if TYPE_CHECKING:`` are left out: they are never run.
    """
    module = module_name(file)
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    return imports_in(file.read_text(encoding="utf-8"), package, for_types=for_types)


class _NeverRun(ast.NodeTransformer):
    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        test = node.test
        return node.orelse if isinstance(test, ast.Name) and test.id == "TYPE_CHECKING" else node


def imports_in(source: str, package: str, *, for_types: bool = True) -> set[str]:
    found = set()
    tree: ast.AST = ast.parse(source)
    for node in ast.walk(tree if for_types else _NeverRun().visit(tree)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names} | {base}
    return {name for name in found if name.split(".")[0] == "glyphlab"}


def forbidden(module: str, others: set[str]) -> set[str]:
    """Return those of `others` that `module` must not import."""
    here = package_of(module)
    if here in FACES:
        return set()
    wrong = set()
    for other in others:
        there = package_of(other)
        if there in FACES:
            wrong |= {other} if other == "glyphlab.__main__" else set()
        elif there != here and LAYER_OF.get(there, 99) >= LAYER_OF[here]:
            wrong.add(other)
    return wrong


def test_page_and_table_say_the_same() -> None:
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {int(layer): set(re.findall(r"`(\w+)`", names)) for layer, names in rows} == LAYERS


def test_every_package_has_its_layer() -> None:
    assert {package_of(module_name(file)) for file in FILES} - FACES <= set(LAYER_OF)


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_imports_point_down(file: Path) -> None:
    assert forbidden(module_name(file), imported(file)) == set()


MOST_MODULES = 15
MAY_HAVE_MORE = {"backends/numba"}
SAME_MEANING = {
    "audit": "the audit, and its command",
    "base": "what the modules of a folder have in common",
    "generate": "images of a generator, and the command for them",
    "loop": "the epochs of a trainer",
    "paper": "the reproduction of a paper",
    "predict": "predictions for images, and the command for them",
    "step": "one batch of a trainer",
    "trainer": "a trainer",
}
"""Names that several folders have, each with the one thing it means in all of them."""


def test_folders_are_small() -> None:
    counts = collections.Counter(
        file.parent.relative_to(SOURCE).as_posix() for file in FILES if file.stem not in FACES
    )
    large = {folder for folder, count in counts.items() if count > MOST_MODULES}
    assert large <= MAY_HAVE_MORE


def test_a_module_name_means_one_thing() -> None:
    counts = collections.Counter(file.stem for file in FILES if file.stem not in FACES)
    assert {name for name, count in counts.items() if count > 1} == set(SAME_MEANING)


def test_a_wrong_import_would_be_found() -> None:
    source = (
        "from ..models import nets\ndef f():\n    import glyphlab.runs; from glyphlab import cli"
    )
    found = imports_in(source, "glyphlab.data")
    assert forbidden("glyphlab.data.formats.idx", found) == {
        "glyphlab.models",
        "glyphlab.models.nets",
        "glyphlab.runs",
        "glyphlab.cli",
    }
    assert forbidden("glyphlab.tasks.scenes.scene", {"glyphlab.runs"}) == {"glyphlab.runs"}
    assert (
        forbidden("glyphlab.training.trainers.gradient.loop", {"glyphlab.runs", "glyphlab.recipes"})
        == set()
    )


def test_no_cycles() -> None:
    names = {module_name(file) for file in FILES}
    graph = {
        module_name(file): {
            name for name in imported(file, for_types=False) & names
            # a module naturally lies in its package; that alone is no use of it
            if not module_name(file).startswith(name + ".") and name != module_name(file)
        }
        for file in FILES
    }  # fmt: skip
    graphlib.TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_no_long_modules(file: Path) -> None:
    length = len(file.read_text(encoding="utf-8").splitlines())
    assert length <= LONGEST


def public_names(module: ModuleType) -> set[str]:
    """Names without an underscore that are defined in this very module."""
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    defined = {
        node.name
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    return {name for name in defined if not name.startswith("_")}


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_all_is_sorted_complete_and_importable(file: Path) -> None:
    if file.name == "__main__.py":
        return
    if file.parent.name == "numba" and importlib.util.find_spec("numba") is None:
        pytest.skip("numba is not installed, and these modules are written in it")
    module = importlib.import_module(module_name(file))
    listed = getattr(module, "__all__", None)
    assert isinstance(listed, list), "no __all__"
    assert len(listed) == len(set(listed))
    # the order of ruff's RUF022: constants, then classes, then the rest
    assert listed == sorted(
        listed, key=lambda name: (not name.isupper(), not name[:1].isupper(), name)
    )
    assert [name for name in listed if not hasattr(module, name)] == []
    assert public_names(module) - set(listed) == set()
