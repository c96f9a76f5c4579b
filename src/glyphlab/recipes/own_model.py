"""What a recipe keeps of a model from outside: which one, and a digest of its source."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["CustomModel"]


class CustomModel(BaseModel):
    """A model that was given as an object, or as ``package.module:name``.

    Attributes
    ----------
    name : str
        What the comparison calls it.
    kind : {'net', 'estimator'}
        A function that makes a net, or a classifier of scikit-learn.
    source : str
        Digest of its source and of all that this uses: another source is another run.
    where : str or None
        From where it can be imported; None for what a program or a notebook made.
    arguments : dict
        Values that it is bound to, as text: defaults, closures, an estimator's parameters.
    has_chance : bool
        Whether another seed can give another model.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    kind: Literal["net", "estimator"]
    source: str = Field(pattern="^[0-9a-f]{16}$")
    where: str | None = Field(None, pattern=r"^[\w.]+:[\w.]+$")
    arguments: dict[str, Any] = {}
    has_chance: bool = True
