"""Keys of recipes that had other names: each is refused with the name that it has now."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import ParamSpec, TypeVar

from glyphlab._common.errors import OldArgument, RecipeError

__all__ = ["RENAMED", "new_name", "refuses_old_arguments", "renamed_text", "require_new_names"]

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

RENAMED = MappingProxyType(
    {
        "evaluation.judge": "evaluation.reference_classifier",
        "model.views": "model.test_views",
        "nets": "model",
        "play": "training",
        "play.average": "training.ema",
        "play.batch": "training.batch_size",
        "play.discriminator_rate": "training.discriminator_learning_rate",
        "play.epoch": "training.epoch_images",
        "play.fresh": "training.resample_generated",
        "play.generator_batch": "training.generator_batch_size",
        "play.rate": "training.learning_rate",
        "play.remedy": "training.collapse_mitigation",
        "play.smoothing": "training.label_smoothing",
        "task.fresh": "task.redraw",
        "task.once": "task.without_glyph_reuse",
        "task.square": "task.generalization_grid",
        "task.validation": "task.validation_glyph_fraction",
        "training.batch": "training.batch_size",
        "training.hold_out": "training.validation_fraction",
        "training.passes": "training.repeats",
        "training.rate": "training.learning_rate",
        "training.short": "training.short_canvas",
        "training.smoothing": "training.label_smoothing",
        "training.starts": "training.restarts",
    }
)
"""From old to new. A table that is here too has a new name itself, whatever its key."""


def new_name(path: str) -> str | None:
    """Return the name that an old key, as ``play.rate``, has now; None for all others."""
    if path in RENAMED:
        return RENAMED[path]
    table, dot, key = path.partition(".")
    return f"{RENAMED[table]}.{key}" if dot and table in RENAMED else None


def renamed_text(path: str) -> str | None:
    """Return what to say of an old key; None for all others."""
    new = new_name(path)
    return None if new is None else f"'{path}' is called '{new}' now: write that"


def require_new_names(content: Mapping[str, object], where: str = "", table: str = "") -> None:
    """Insist that tables of a recipe have no old key.

    Parameters
    ----------
    content : mapping
        A recipe, or one table of it.
    where : str
        What the message names first, such as a file.
    table : str
        Which table, where it is one.

    Raises
    ------
    RecipeError
        With the new name of every old key.
    """
    found = [text for path in _paths(content, f"{table}." if table else "")
             if (text := renamed_text(path))]  # fmt: skip
    if found:
        raise RecipeError(": ".join([*([where] if where else []), "; ".join(found)]))


def refuses_old_arguments(
    table: str,
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Let a function whose arguments are called as a recipe's keys refuse their old names.

    Parameters
    ----------
    table : str
        The table of a recipe whose keys they are, as ``task``.
    """
    old = {path.partition(".")[2]: new.rpartition(".")[2]
           for path, new in RENAMED.items() if path.startswith(f"{table}.")}  # fmt: skip

    def refusing(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        taken = set(inspect.signature(function).parameters)
        renamed = {name: new for name, new in old.items() if new in taken and name not in taken}

        @functools.wraps(function)
        def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            for name in renamed.keys() & kwargs.keys():
                new = renamed[name]
                raise OldArgument(f"the argument '{name}' is called '{new}' now: write {new}=…")
            return function(*args, **kwargs)

        return call

    return refusing


def _paths(content: Mapping[str, object], before: str) -> Iterator[str]:
    for key, value in content.items():
        path = f"{before}{key}"
        if isinstance(value, Mapping) and value:
            yield from _paths(value, f"{path}.")
        else:
            yield path
