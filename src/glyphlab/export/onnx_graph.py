"""Nodes of an ONNX graph, added one after the other."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError

__all__ = ["Graph", "has_onnx", "missing_packages", "require_onnx"]


def missing_packages() -> list[str]:
    """Return the packages of the extra ``onnx`` that are not installed."""
    wanted = ("onnx", "onnxruntime", "skl2onnx")
    return [name for name in wanted if importlib.util.find_spec(name) is None]


def has_onnx() -> bool:
    """Whether the extra ``onnx`` is installed."""
    return not missing_packages()


def require_onnx() -> None:
    """Insist on the packages of the extra ``onnx``.

    Raises
    ------
    UsageError
    """
    if missing := missing_packages():
        raise UsageError(
            f"an ONNX file needs {' and '.join(missing)}, which is not installed: "
            "pip install 'glyphlab[onnx]'"
        )


class Graph:
    """A graph that grows.

    A value is called by its name, as in ONNX; every method returns the name of what it adds.
    """

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._count = 0

    def name(self, stem: str) -> str:
        """Return a name that nothing else has."""
        self._count += 1
        return f"{stem}_{self._count}"

    def constant(self, values: Any, dtype: Any = None) -> str:
        """Add an array."""
        from onnx import numpy_helper

        name = self.name("constant")
        array = np.ascontiguousarray(np.asarray(values, dtype))
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output."""
        from onnx import helper

        name = self.name(operator.lower())
        self.nodes.append(helper.make_node(operator, [*inputs], [name], name=name, **attributes))
        return name

    def ends(self, value: str, name: str) -> None:
        """Give a value the name of an output."""
        from onnx import helper

        self.nodes.append(helper.make_node("Identity", [value], [name], name=f"output_{name}"))

    def reshaped(self, value: str, *shape: int) -> str:
        """Reshape; 0 keeps a side, and -1 takes what is left."""
        return self.add("Reshape", value, self.constant(shape, np.int64))

    def cast(self, value: str, dtype: Any) -> str:
        """Turn into another type."""
        from onnx import helper

        return self.add("Cast", value, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def sliced(self, value: str, starts: list[int], ends: list[int], axes: list[int]) -> str:
        """Take a part along some axes."""
        parts = (self.constant(one, np.int64) for one in (starts, ends, axes))
        return self.add("Slice", value, *parts)

    def padded(self, value: str, before: list[int], after: list[int]) -> str:
        """Put zeros around."""
        return self.add("Pad", value, self.constant([*before, *after], np.int64))

    def affine(self, value: str, weight: NDArray[Any], bias: NDArray[Any] | None) -> str:
        """Multiply ``(…, inputs)`` by a kernel ``(outputs, inputs)`` and add a bias."""
        found = self.add("MatMul", value, self.constant(weight.T))
        return found if bias is None else self.add("Add", found, self.constant(bias))
