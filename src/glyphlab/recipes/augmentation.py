"""The names of augmentations, and several of them as one."""

from __future__ import annotations

from glyphlab._common.errors import RecipeError
from glyphlab._common.registry import AUGMENTATIONS

__all__ = ["parse_augmentation"]


def parse_augmentation(name: str) -> tuple[str, ...]:
    """Return the parts of an augmentation's name.

    Raises
    ------
    UnknownName
        For a part that is none.
    RecipeError
        Where ``'none'`` is joined to others, or one stands twice.
    """
    parts = tuple(name.split("+"))
    for part in parts:
        AUGMENTATIONS.check(part)
    if len(parts) > 1 and ("none" in parts or len(set(parts)) < len(parts)):
        raise RecipeError(
            f"augmentation '{name}' joins 'none' or the same name twice: name each once, "
            "as in 'flip+roll+erase'"
        )
    return parts
