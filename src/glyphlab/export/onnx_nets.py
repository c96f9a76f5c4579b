"""What strategies and nets compute, as nodes of an ONNX graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from glyphlab.export.onnx_graph import Graph
from glyphlab.models.nets.operations import (
    Activation,
    CellMaxima,
    Conv,
    Dense,
    Flatten,
    MaxPool,
    MeanPool,
    Operation,
    Residual,
    Scale,
    shape_after,
)
from glyphlab.tasks.scenes.grid import Grid
from glyphlab.training.evaluation.inference import shifts_of

__all__ = ["cut_nodes", "framed_nodes", "net_nodes", "operation_nodes"]

Pair = tuple[int, int]
_ACTIVATIONS = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh"}


def framed_nodes(graph: Graph, images: str, size: Pair, frame: Grid | None) -> str:
    """Return what a frame holds of images ``(n, H, W)``; twin of `cells_net.framed`."""
    if frame is None:
        return images
    for axis, span in ((1, frame.down), (2, frame.right)):
        if span is None:
            continue
        start, length = span
        within = min(length, size[axis - 1] - start)
        images = graph.sliced(images, [start], [start + within], [axis])
        after = [0, 0, 0]
        after[axis] = length - within
        if length > within:
            images = graph.padded(images, [0, 0, 0], after)
    return images


def cut_nodes(graph: Graph, images: str, size: Pair, grid: Pair) -> str:
    """Cut images ``(n, H, W)`` into parts ``(n * rows * columns, h, w)``; of `cells_net.cut`."""
    rows, columns = grid
    if grid == (1, 1):
        return images
    high, wide = size[0] // rows, size[1] // columns
    parts = graph.reshaped(images, -1, rows, high, columns, wide)
    parts = graph.add("Transpose", parts, perm=[0, 1, 3, 2, 4])
    return graph.reshaped(parts, -1, high, wide)


def net_nodes(
    graph: Graph,
    parts: str,
    size: Pair,
    cells: Pair,
    operations: Sequence[Operation],
    heads: int,
    classes: int,
    views: int,
) -> str:
    """Return logits ``(n, heads, classes)`` of parts ``(n, H, W)``.

    With more views than one they are the logarithms of the probabilities of all of them.
    """
    shape = (1, size[0] // cells[0], size[1] // cells[1])
    found = []
    for part in _viewed(graph, parts, size, views):
        maps = graph.add(
            "Unsqueeze", cut_nodes(graph, part, size, cells), graph.constant([1], np.int64)
        )
        logits = operation_nodes(graph, maps, operations, shape)
        logits = graph.reshaped(logits, -1, heads, classes)
        found.append(logits if views == 1 else graph.add("LogSoftmax", logits, axis=-1))
    if views == 1:
        return found[0]
    return graph.add("LogSoftmax", graph.add("Mean", *found), axis=-1)


def _viewed(graph: Graph, parts: str, size: Pair, views: int) -> Iterable[str]:
    if views == 1:
        return [parts]
    around = graph.padded(parts, [0, 1, 1], [0, 1, 1])
    found = []
    for down, right, mirrored in shifts_of(views):
        view = graph.sliced(around, [down, right], [down + size[0], right + size[1]], [1, 2])
        if mirrored:
            columns = np.arange(size[1])[::-1]
            view = graph.add("Gather", view, graph.constant(columns, np.int64), axis=2)
        found.append(view)
    return found


def operation_nodes(
    graph: Graph, value: str, operations: Iterable[Operation], shape: tuple[int, ...]
) -> str:
    """Return what operations make of a value of that shape, beside the axis of images."""
    for one in operations:
        value = _nodes(graph, value, one, shape)
        shape = shape_after(one, shape)
    return value


def _nodes(graph: Graph, value: str, one: Operation, shape: tuple[int, ...]) -> str:
    if isinstance(one, Conv):
        inputs = [graph.constant(one.weight)]
        if one.bias is not None:
            inputs.append(graph.constant(one.bias))
        kernel = list(one.weight.shape[2:])
        pads = [*one.padding, *one.padding]
        return graph.add(
            "Conv", value, *inputs, kernel_shape=kernel, strides=list(one.stride), pads=pads
        )
    if isinstance(one, Scale):
        beside = (1,) * (len(shape) - 1)
        value = graph.add("Mul", value, graph.constant(one.factor.reshape(-1, *beside)))
        return graph.add("Add", value, graph.constant(one.shift.reshape(-1, *beside)))
    if isinstance(one, Activation):
        return graph.add(_ACTIVATIONS[one.name], value)
    if isinstance(one, MaxPool):
        return graph.add("MaxPool", value, kernel_shape=list(one.size), strides=list(one.stride))
    if isinstance(one, MeanPool):
        return graph.add("Flatten", graph.add("GlobalAveragePool", value), axis=1)
    if isinstance(one, Dense):
        return graph.affine(value, one.weight, one.bias)
    if isinstance(one, Flatten):
        if one.channels_last:
            value = graph.add("Transpose", value, perm=[0, 2, 3, 1])
        return graph.add("Flatten", value, axis=1)
    if isinstance(one, CellMaxima):
        return _cell_maxima(graph, value, one, shape)
    assert isinstance(one, Residual)
    main = operation_nodes(graph, value, one.main, shape)
    shortcut = operation_nodes(graph, value, one.shortcut, shape)
    return graph.add("Relu", graph.add("Add", main, shortcut))


def _cell_maxima(graph: Graph, value: str, one: CellMaxima, shape: tuple[int, ...]) -> str:
    channels, height, width = shape
    found = []
    for row in range(one.rows):
        top, bottom = row * height // one.rows, -(-(row + 1) * height // one.rows)
        for column in range(one.columns):
            left, right = column * width // one.columns, -(-(column + 1) * width // one.columns)
            cell = graph.sliced(value, [top, left], [bottom, right], [2, 3])
            found.append(graph.reshaped(graph.add("GlobalMaxPool", cell), -1, 1, channels))
    return found[0] if len(found) == 1 else graph.add("Concat", *found, axis=1)
