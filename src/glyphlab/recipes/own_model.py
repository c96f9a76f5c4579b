"""What a recipe keeps of a model from outside: which one, and a digest of its source."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from glyphlab._common.typed import TypedDocument

__all__ = ["CustomModel"]


class CustomModel(TypedDocument):
    """A model that was given as an object, or as ``package.module:name``."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9._-]*$", description="What the comparison calls it."
    )
    kind: Literal["net", "estimator"] = Field(
        description="Whether it is a function that makes a net, or a scikit-learn classifier."
    )
    source: str = Field(
        pattern="^[0-9a-f]{16}$",
        description="Digest of its source and of all that this uses: another source is another "
        "run.",
    )
    where: str | None = Field(
        None,
        pattern=r"^[\w.]+:[\w.]+$",
        description="Where it can be imported from; empty for what a program or a notebook made.",
    )
    arguments: dict[str, Any] = Field(
        {},
        description="Values that it is bound to, as text: defaults, closures, an estimator's "
        "parameters.",
    )
    has_chance: bool = Field(True, description="Whether another seed can give another model.")
