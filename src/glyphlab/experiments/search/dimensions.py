"""What one key may be varied over: ranges, lists of values, rows of numbers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Choice", "Range", "Sizes"]


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included.

    Attributes
    ----------
    low, high : int or float
        Both ints for a key that takes whole numbers, both floats otherwise; ``low < high``.
    log : bool
        Spaced by ratio; `low` is above 0 then.
    step : int or float, optional
        Distance of neighbouring values; ``high - low`` is a whole number of them.
    points : int, optional
        How many values a grid takes of it, at least 2, ends included.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    points: int | None = None

    @property
    def whole(self) -> bool:
        """Whether it holds whole numbers only."""
        return isinstance(self.low, int)

    @property
    def count(self) -> int:
        """How many values it may have where they are counted, and 0 where they are not."""
        if self.step is not None:
            return round((self.high - self.low) / self.step) + 1
        return self.points or 0

    def values(self) -> list[float]:
        """Return what a grid takes of it, in rising order and without repetition."""
        if self.step is not None:
            return [*(self.low + place * self.step for place in range(self.count - 1)), self.high]
        assert self.points is not None  # a stage checks that before it asks
        shares = [place / (self.points - 1) for place in range(self.points)]
        if self.log:
            ratio = self.high / self.low
            found = [self.low * ratio**share for share in shares[:-1]]
        else:
            found = [self.low + (self.high - self.low) * share for share in shares[:-1]]
        found = [*found, self.high]  # the end itself, not what rounding makes of it
        return sorted({round(value) for value in found}) if self.whole else found

    def to_json(self) -> dict[str, Any]:
        """Return it as the study file has it."""
        given = {"low": self.low, "high": self.high, "log": self.log or None}
        given |= {"step": self.step, "points": self.points}
        return {key: value for key, value in given.items() if value is not None}


@dataclass(frozen=True)
class Sizes:
    """A row of whole numbers, as many as suits: the units of a net's hidden layers.

    Attributes
    ----------
    low, high : int
        Each number lies between them, both included; ``low < high``.
    least, most : int
        How many numbers, both included; ``1 <= least < most``.
    """

    low: int
    high: int
    least: int
    most: int

    def places(self, name: str) -> list[str]:
        """Return what the numbers are called one by one, as many as there may be."""
        return [f"{name}.{place}" for place in range(1, self.most + 1)]

    def count(self, name: str) -> str:
        """Return what their number is called."""
        return f"{name}.count"

    def values(self) -> list[Any]:
        """Raise: a grid cannot take every row of numbers; a stage says so before it asks."""
        raise AssertionError("a grid of rows of numbers")

    def to_json(self) -> dict[str, Any]:
        """Return it as the study file has it."""
        return asdict(self)


@dataclass(frozen=True)
class Choice:
    """One of several values, of which none is nearer to another.

    Attributes
    ----------
    options : tuple
        At least two, each a string, number, boolean or list of these.
    """

    options: tuple[Any, ...]

    @property
    def labels(self) -> list[Any]:
        """The options as Optuna can hold them: a list becomes its JSON text."""
        return [json.dumps(one) if isinstance(one, list) else one for one in self.options]

    def values(self) -> list[Any]:
        """Return what a grid takes of it: every option, in the order of the file."""
        return list(self.options)

    def to_json(self) -> list[Any]:
        """Return it as the study file has it."""
        return list(self.options)
