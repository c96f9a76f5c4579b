"""What a comparison is asked to compare: names of models, and models from outside."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab.recipes import ModelEntry, model_entry
from glyphlab.tasks import Scene, Task
from glyphlab.tasks.scenes.scene import SCENES
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["OWN_TRAINING", "Models", "entries_of", "imported", "is_own", "own_remark", "own_words"]

Models = Sequence[str] | Mapping[str, Any]
"""Names of models, or what each is by what it is called in the comparison."""

OWN_TRAINING = MappingProxyType(
    {
        "epochs": 10,
        "batch_size": 128,
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "precision": "float32",
    }
)
"""How a net from outside is trained where nothing else is said: nothing that suits one net only."""


def entries_of(models: Models, task: str | Scene | Task | TaskRecipe) -> dict[str, ModelEntry]:
    """Return a model for each name that the comparison has.

    Parameters
    ----------
    models : sequence of str, or mapping
        Of a mapping a value is the name of a model, ``package.module:name``, a function
        ``make_net(image_shape, heads, classes)``, or a classifier of scikit-learn.
    task : str, Scene, Task or TaskRecipe
        A model from outside has a head for each position of a label by position, and a class for
        each label where labels are single numbers.

    Raises
    ------
    UnknownName, UsageError
        For what is no model.
    """
    if not isinstance(models, Mapping):
        return {name: model_entry(name) for name in models}
    found: dict[str, ModelEntry] = {}
    for label, value in models.items():
        if isinstance(value, str) and ":" not in value:
            found[label] = model_entry(value)
        else:
            found[label] = _own(label, value, task)
    names = [entry.name for entry in found.values()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"two of the models are called '{twice[0]}': call one of them otherwise")
    return found


def imported(where: str) -> Any:
    """Import what ``package.module:name`` names; the working folder is looked in too.

    Raises
    ------
    UsageError
        Where it is not there, or fails when it is imported.
    """
    module, _, path = where.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        found: Any = importlib.import_module(module)
        for step in path.split("."):
            found = getattr(found, step)
    except Exception as error:  # whatever the module raises
        said = " ".join(str(error).split())
        raise UsageError(
            f"model {where} cannot be imported ({type(error).__name__}: {said}): write "
            "package.module:name of a function or a classifier"
        ) from error
    return found


def is_own(entry: Any) -> bool:
    """Whether a model of a comparison is one from outside."""
    return _custom(entry) is not None


def own_words(entries: Mapping[str, Any]) -> list[str]:
    """Return the options that name models from outside, of those that can be imported."""
    words = []
    for label, entry in entries.items():
        custom = _custom(entry)
        if custom and custom["where"]:
            words += ["--model", f"{label}={custom['where']}"]
    return words


def own_remark(entries: Mapping[str, Any]) -> str:
    """Return a remark behind a command that cannot name everything; empty where it can."""
    custom = {label: _custom(entry) for label, entry in entries.items()}
    made = [label for label, one in custom.items() if one and not one["where"]]
    return f"  # and {', '.join(made)}, made in Python: glyphlab.compare" if made else ""


def _custom(entry: Any) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = getattr(entry, "model", {}).get("custom")
    return found


def _own(label: str, value: Any, task: str | Scene | Task | TaskRecipe) -> ModelEntry:
    from glyphlab.models.own.given import given

    where = value if isinstance(value, str) else None
    custom = given(label, imported(where) if where else value, where)
    net = custom.kind == "net"
    return ModelEntry(
        label,
        "multihead" if _is_by_position(task) else "whole",
        "custom",
        "a net of yours" if net else "a classifier of yours",
        OWN_TRAINING if net else MappingProxyType({}),
        MappingProxyType({"custom": custom.model_dump()}),
    )


def _is_by_position(task: str | Scene | Task | TaskRecipe) -> bool:
    """Whether a label is a row of symbols."""
    if isinstance(task, Task):
        return task.scene.rule == "digits"
    recipe = task if isinstance(task, TaskRecipe) else TaskRecipe.of(task)
    if recipe.own_scene is not None:
        return recipe.own_scene.rule == "digits"
    if recipe.name in SCENES:
        return SCENES.load(recipe.name).rule == "digits"
    return not recipe.is_pairs
