"""Classical models as nodes of an ONNX graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline

from glyphlab._common.errors import UsageError
from glyphlab.export.onnx_graph import Graph
from glyphlab.models.logistic import SoftmaxRegression
from glyphlab.models.sklearn.margins import MarginProbabilities

__all__ = ["classical_nodes"]


def classical_nodes(
    graph: Graph, rows: str, model: Pipeline, classes: int, name: str
) -> tuple[str, str]:
    """Return what a fitted pipeline says of rows of pixels.

    Parameters
    ----------
    graph : Graph
    rows : str
        ``(n, pixels)`` float32 in 0..1.
    model : Pipeline
        Of ``pixels``, ``pca`` where there is one, and ``classify``.
    classes : int
        Of a symbol, of which the model may know fewer.
    name : str
        Of the run, for messages.

    Returns
    -------
    probabilities, predicted : str
        ``(n, classes)`` float32, and ``(n,)`` int64: its own prediction, which the probabilities of
        a support vector machine need not agree with.
    """
    steps = dict(model.steps)
    if "pca" in steps:
        rows = _pca(graph, rows, steps["pca"])
    last = steps["classify"]
    build: Callable[..., tuple[str, str | None]] = _converted
    for kind, own in _OWN.items():
        if type(last) is kind:
            build = own
    shares, predicted = build(graph, rows, last, name)
    if predicted is None:
        predicted = graph.add("ArgMax", shares, axis=1, keepdims=0)
    known = np.asarray(model.classes_, np.int64)
    if not np.array_equal(known, np.arange(classes)):
        places = np.zeros((len(known), classes), np.float32)
        places[np.arange(len(known)), known] = 1
        shares = graph.add("MatMul", shares, graph.constant(places))
        predicted = graph.add("Gather", graph.constant(known), predicted)
    return shares, predicted


def _pca(graph: Graph, rows: str, pca: PCA) -> str:
    weight = np.asarray(pca.components_, np.float64)
    shift = -np.asarray(pca.mean_, np.float64) @ weight.T
    found = graph.affine(graph.cast(rows, np.float64), weight, shift)
    return graph.cast(found, np.asarray(pca.components_).dtype)


def _softmax(
    graph: Graph, rows: str, model: SoftmaxRegression, _name: str
) -> tuple[str, str | None]:
    logits = graph.affine(
        graph.cast(rows, np.float64),
        np.asarray(model.coef_, np.float64),
        np.asarray(model.intercept_, np.float64),
    )
    return _shares(graph, logits, len(model.classes_)), None


def _shares(graph: Graph, logits: str, classes: int) -> str:
    """Return the softmax of logits ``(n, classes)``, ``(n, 1)`` for two classes."""
    if classes == 2:
        zero = graph.constant(np.zeros((1, 1)))
        logits = graph.add("Concat", graph.add("Mul", logits, zero), logits, axis=1)
    return graph.cast(graph.add("Softmax", logits, axis=1), np.float32)


def _machine(
    graph: Graph, rows: str, model: MarginProbabilities, _name: str
) -> tuple[str, str | None]:
    """Return a support vector machine's, by `class_pairs` node for node."""
    machine, count = model.estimator_, len(model.classes_)
    kernel = _kernel(graph, rows, model)
    intercepts = np.asarray(machine.intercept_, np.float64)
    if count == 2:
        margin = graph.affine(kernel, np.asarray(machine.dual_coef_, np.float64), intercepts)
        return _shares(graph, margin, count), None
    ends = np.cumsum(machine.n_support_)
    blocks = [slice(end - size, end) for end, size in zip(ends, machine.n_support_, strict=True)]
    first, second = np.triu_indices(count, 1)
    weights = np.zeros((len(first), ends[-1]))
    for pair, (a, b) in enumerate(zip(first, second, strict=True)):
        weights[pair, blocks[a]] = machine.dual_coef_[b - 1, blocks[a]]
        weights[pair, blocks[b]] = machine.dual_coef_[a, blocks[b]]
    pairs = graph.affine(kernel, weights, intercepts)
    wins, losses = np.zeros((len(first), count)), np.zeros((len(first), count))
    wins[np.arange(len(first)), first] = 1
    losses[np.arange(len(first)), second] = 1
    zero = graph.constant(np.zeros(1))
    sums = graph.add("MatMul", pairs, graph.constant(wins - losses))
    at_least = graph.cast(graph.add("GreaterOrEqual", pairs, zero), np.float64)
    above = graph.cast(graph.add("Greater", pairs, zero), np.float64)
    counts, votes = (
        graph.add(
            "Add",
            graph.add("MatMul", won, graph.constant(wins)),
            graph.add(
                "MatMul",
                graph.add("Sub", graph.constant(np.ones(1)), won),
                graph.constant(losses),
            ),
        )
        for won in (at_least, above)
    )
    size = graph.add("Add", graph.add("Abs", sums), graph.constant(np.ones(1)))
    less = graph.add("Div", sums, graph.add("Mul", size, graph.constant(np.full(1, 3.0))))
    margins = graph.add("Add", counts, less)
    shares = graph.cast(graph.add("Softmax", margins, axis=1), np.float32)
    return shares, graph.add("ArgMax", votes, axis=1, keepdims=0)


def _kernel(graph: Graph, rows: str, model: MarginProbabilities) -> str:
    """Return the kernel ``(n, vectors)`` in float64."""
    machine, gamma = model.estimator_, model.gamma_
    vectors = np.asarray(machine.support_vectors_, np.float64)
    rows = graph.cast(rows, np.float64)
    products = graph.affine(rows, vectors, None)
    if machine.kernel == "linear":
        return products

    def number(value: float) -> str:
        return graph.constant(np.full(1, float(value)))

    if machine.kernel == "poly":
        scaled = graph.add("Mul", products, number(gamma))
        return graph.add("Pow", graph.add("Add", scaled, number(machine.coef0)),
                         number(machine.degree))  # fmt: skip
    norms = graph.constant(gamma * np.einsum("ij,ij->i", vectors, vectors))
    own = graph.add("ReduceSumSquare", rows, axes=[1], keepdims=1)
    near = graph.add("Sub", graph.add("Mul", products, number(2 * gamma)), norms)
    near = graph.add("Sub", near, graph.add("Mul", own, number(gamma)))
    return graph.add("Exp", graph.add("Min", near, number(0)))


def _neighbours(
    graph: Graph, rows: str, model: KNeighborsClassifier, name: str
) -> tuple[str, str | None]:
    if model.effective_metric_ != "euclidean" or model.weights not in ("uniform", "distance"):
        raise UsageError(
            f"the neighbours of {name} are by another distance or weight than ours, which is "
            "exported nowhere: use metric 'euclidean' and weights 'uniform' or 'distance'"
        )
    pixels = np.asarray(model._fit_X)  # scikit-learn has no public name for it
    vectors = graph.cast(_pixels(graph, pixels), np.float64)
    rows = graph.cast(rows, np.float64)
    products = graph.add("MatMul", rows, graph.add("Transpose", vectors, perm=[1, 0]))
    exact = pixels.astype(np.float64)
    norms = graph.constant(np.einsum("ij,ij->i", exact, exact))
    near = graph.add("Sub", norms, graph.add("Mul", products, graph.constant(np.full(1, 2.0))))
    own = graph.add("ReduceSumSquare", rows, axes=[1], keepdims=1)
    squares = graph.add("Max", graph.add("Add", near, own), graph.constant(np.zeros(1)))
    distances, places = _nearest(graph, squares, model.n_neighbors)
    count = len(model.classes_)
    votes = np.eye(count)[np.asarray(model._y, np.int64)]
    each = graph.add("Gather", graph.constant(votes), places)
    if model.weights == "distance":
        each = graph.add("Mul", each, _weights(graph, distances))
    sums = graph.add("ReduceSum", each, graph.constant([1], np.int64), keepdims=0)
    whole = graph.add("ReduceSum", sums, graph.constant([1], np.int64), keepdims=1)
    return graph.cast(graph.add("Div", sums, whole), np.float32), None


def _pixels(graph: Graph, pixels: NDArray[Any]) -> str:
    """Return training pixels as bytes where they are, which takes a quarter of the room."""
    whole = np.rint(pixels * np.float32(255)).astype(np.uint8)
    if pixels.dtype == np.float32 and np.array_equal(whole / np.float32(255), pixels):
        scale = graph.constant(np.full(1, 255, np.float32))
        return graph.add("Div", graph.cast(graph.constant(whole), np.float32), scale)
    return graph.constant(pixels)


def _nearest(graph: Graph, squares: str, count: int) -> tuple[str, str]:
    from onnx import helper

    values, places = graph.name("values"), graph.name("places")
    graph.nodes.append(
        helper.make_node(
            "TopK", [squares, graph.constant([count], np.int64)], [values, places],
            axis=1, largest=0, sorted=1, name=graph.name("topk"),
        )
    )  # fmt: skip
    return graph.add("Sqrt", values), places


def _weights(graph: Graph, distances: str) -> str:
    """Return ``1 / distance``; where a neighbour is the image itself, such neighbours alone."""
    zero = graph.constant(np.zeros(1))
    same = graph.cast(graph.add("Equal", distances, zero), np.float64)
    any_same = graph.add("ReduceMax", same, axes=[1], keepdims=1)
    apart = graph.add("Sub", graph.constant(np.ones(1)), any_same)
    inverse = graph.add("Div", graph.constant(np.ones(1)), graph.add("Add", distances, same))
    found = graph.add("Add", same, graph.add("Mul", inverse, apart))
    return graph.add("Unsqueeze", found, graph.constant([2], np.int64))


def _forest(
    graph: Graph, rows: str, model: RandomForestClassifier, name: str
) -> tuple[str, str | None]:
    """Return a forest's, summed in float64 tree by tree, as scikit-learn does.

    Sums in float32 decide otherwise between classes that are nearly as likely.
    """
    from onnx import helper, numpy_helper
    from skl2onnx.common.data_types import DoubleTensorType

    found = _conversion(model, DoubleTensorType, name)
    (node,) = (one for one in found.graph.node if one.op_type == "TreeEnsembleClassifier")
    given = {one.name: one for one in node.attribute}
    trees = [one.tree_ for one in model.estimators_]
    leaves = [given[f"class_{key}"].ints for key in ("treeids", "nodeids", "ids")]
    splits = [given[f"nodes_{key}"].ints for key in ("treeids", "nodeids")]
    # of two classes the weights are of the second one, and what is left of 1 is the first's
    two = len(model.classes_) == 2
    share = len(trees) if two else 1
    exact = {
        "class_weights": [
            trees[t].value[leaf, 0, 1 if two else c] / share
            for t, leaf, c in zip(*leaves, strict=True)
        ],
        "nodes_values": [trees[t].threshold[place] for t, place in zip(*splits, strict=True)],
    }
    for key in (*exact, "nodes_hitrates"):
        node.attribute.remove(given[key])
    for key, values in exact.items():
        tensor = numpy_helper.from_array(np.array(values, np.float64))
        node.attribute.append(helper.make_attribute(f"{key}_as_tensor", tensor))
    sums, place = _joined(graph, graph.cast(rows, np.float64), found, model)
    if two:
        return sums, place
    trees_in_all = graph.constant(np.full(1, len(trees), np.float32))
    return graph.add("Div", sums, trees_in_all), place


def _converted(graph: Graph, rows: str, model: Any, name: str) -> tuple[str, str | None]:
    """Return what skl2onnx makes of any other classifier of scikit-learn."""
    from skl2onnx.common.data_types import FloatTensorType

    return _joined(graph, rows, _conversion(model, FloatTensorType, name), model)


def _conversion(model: Any, kind: Any, name: str) -> Any:
    """Return what skl2onnx makes of a classifier that is given rows of this kind."""
    from skl2onnx import convert_sklearn

    try:
        return convert_sklearn(
            model,
            initial_types=[("rows", kind([None, int(model.n_features_in_)]))],
            options={id(model): {"zipmap": False}},
            target_opset={"": 17, "ai.onnx.ml": 3},
        )
    except Exception as error:  # it fails in as many ways as there are classifiers
        raise UsageError(
            f"the classifier of {name}, {type(model).__name__}, cannot be exported "
            f"({' '.join(str(error).split())[:200]}): choose another one"
        ) from error


def _joined(graph: Graph, rows: str, converted: Any, model: Any) -> tuple[str, str]:
    """Add the nodes of a converted classifier; return its shares, and the place it predicts."""
    import onnx

    found = onnx.compose.add_prefix(converted, graph.name("head") + "_")
    graph.nodes.append(onnx.helper.make_node("Identity", [rows], [found.graph.input[0].name]))
    graph.nodes.extend(found.graph.node)
    graph.constants.extend(found.graph.initializer)
    predicted, shares = (one.name for one in found.graph.output)
    known = np.asarray(model.classes_, np.int64)
    # what is predicted are classes, wanted is their place among those that are known
    place = graph.add("ArgMax", graph.cast(graph.add("Equal",
        graph.add("Unsqueeze", predicted, graph.constant([1], np.int64)),
        graph.constant(known)), np.int32), axis=1, keepdims=0)  # fmt: skip
    return shares, place


_OWN: dict[type, Callable[..., tuple[str, str | None]]] = {
    KNeighborsClassifier: _neighbours,
    MarginProbabilities: _machine,
    RandomForestClassifier: _forest,
    SoftmaxRegression: _softmax,
}
