"""One function trains, one writes summaries, one module calls the statistical tests.

Held against the imports and the calls.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import glyphlab
from glyphlab.training.trainers import TRAINERS

SOURCE = Path(glyphlab.__file__).parent
TREES = {
    ".".join(file.relative_to(SOURCE.parent).with_suffix("").parts): ast.parse(
        file.read_text(encoding="utf-8")
    )
    for file in SOURCE.rglob("*.py")
}
ENTRY = "glyphlab.training.train_many"
FITS = {
    "fit_net": {
        "glyphlab.training.trainers.gradient.trainer",
        "glyphlab.training.trainers.gradient.restarts",  # the first epoch of each restart
        "glyphlab.training.trainers.gradient.estimated_classes.estimate",  # the net of each round
        "glyphlab.estimators.base",  # scikit-learn's `fit`, which has no run folder
    },
    "each_of_stack": {"glyphlab.training.trainers.stacked.trainer"},
    "fit_classical": {"glyphlab.training.trainers.sklearn"},
    "train_pair": {"glyphlab.training.trainers.adversarial.trainer"},
}
"""What fits, and who may import it."""


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((str(node.module), alias.name) for alias in node.names)


def callers(method: str) -> set[str]:
    return {
        module
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
    }


@pytest.mark.parametrize("name", FITS)
def test_what_fits_is_called_by_its_trainer(name: str) -> None:
    found = {module for module, tree in TREES.items() if name in {n for _, n in imports(tree)}}
    assert found == FITS[name]


def test_one_module_asks_trainers() -> None:
    found = {
        module
        for module, tree in TREES.items()
        if ("glyphlab.training.trainers", "plan") in set(imports(tree))
    }
    assert found == {ENTRY, "glyphlab.training.rehearsal"}  # which trains nothing


def test_experiments_train_through_one_module() -> None:
    """All but `train` of one recipe, which is the first of `train_many`, and what trains itself.

    The studio's own model is one recipe as well.
    """
    found = {
        name: {
            module
            for module, tree in TREES.items()
            for base, imported in imports(tree)
            if imported == name and base in (ENTRY, "glyphlab.training")
            if not module.startswith("glyphlab.training")
        }
        for name in ("train_many", "train")
    }
    assert found == {
        "train_many": {"glyphlab.experiments.experiment"},
        "train": {"glyphlab.cli.train", "glyphlab.serve.readers.embedded_model"},
    }


def test_one_module_calls_the_statistical_tests() -> None:
    tests = {"compare_pair", "holm", "mean_interval", "student_interval", "verdicts"}
    found = {
        module
        for module, tree in TREES.items()
        for base, imported in imports(tree)
        if imported in tests and base.startswith("glyphlab.metrics")
        if not module.startswith("glyphlab.metrics")
    }
    assert found == {"glyphlab.experiments.results.table"}


def test_documents_have_one_number() -> None:
    for module, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                numbers = [
                    value
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant) and key.value == "schema"
                ]
                assert not any(isinstance(value, ast.Constant) for value in numbers), module


def test_one_module_writes_summaries() -> None:
    assert callers("finish") == {ENTRY}


def test_trainers_are_imported_by_nobody_but_by_name_and_by_each_other() -> None:
    modules = {name.split(":")[0] for names in TRAINERS.values() for name in names}
    found = {
        module
        for module, tree in TREES.items()
        for base, _ in imports(tree)
        if base in modules and module not in modules
    }
    assert found == set()
