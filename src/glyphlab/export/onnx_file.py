"""A finished run as an ONNX file, which answers as the run does before it gets its name."""

from __future__ import annotations

import importlib.metadata
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import GlyphlabError, RunError, UsageError
from glyphlab._common.files import atomic_path
from glyphlab._common.progress import note
from glyphlab.export.free_target import require_free
from glyphlab.export.golden_images import GoldenImages, golden_images, style_and_scene, task_of
from glyphlab.export.onnx_classical import classical_nodes
from glyphlab.export.onnx_graph import Graph, require_onnx
from glyphlab.export.onnx_nets import cut_nodes, framed_nodes, net_nodes
from glyphlab.export.portable import PortableNet, require_classifier
from glyphlab.models.strategies import Strategy, Whole
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.tasks import Scene
from glyphlab.tasks.labels import signs_of
from glyphlab.training.batches import part_size, parts_of
from glyphlab.training.evaluation.inference import Predictions, read
from glyphlab.training.evaluation.loaded_models import fitting, load_strategy
from glyphlab.training.trainers.sklearn_fit import load_classical, read_classical

__all__ = ["write_onnx"]

OPSETS = {"": 17, "ai.onnx.ml": 3}
"""Of 2022: what runtimes of today and of some years ago read."""
TOLERANCE = 1e-4
"""How far logits may be from PyTorch's, as a share of the largest of them where that is above 1."""
MOST_BYTES = 2**31 - 2**20
"""Bytes of a file of this format."""


def write_onnx(run: Run, target: Path, *, data_dir: str | Path | None = None) -> dict[str, Any]:
    """Write the model of a finished run as an ONNX file.

    Its input is ``images`` ``(n, H, W)`` uint8, n of any size. It puts out ``labels`` ``(n, k)``
    int64, ``symbols`` ``(n, positions)`` int64 and ``probabilities`` ``(n, positions, classes)``
    float32, and of a net ``logits`` of the same shape. Of a model of whole labels ``symbols`` is
    the place of the label among those it knows. Where labels are too long for int64 there is no
    ``labels``.

    Parameters
    ----------
    run : Run
    target : Path
        A file that is not there yet.
    data_dir : path, optional
        Where the datasets are: images that the run was scored on are what the file is checked
        with.

    Returns
    -------
    dict
        ``path``, ``bytes``, ``checked`` (images) and ``largest_difference`` (of logits, or of
        probabilities of a classical model).

    Raises
    ------
    UsageError
        Where the target is there, the extra is not installed, or the model cannot be exported.
    RunError
        Where the run does not fit its model, or the file would not answer as the run does.
    """
    require_free(target, "onnx")
    require_classifier(run)
    require_onnx()
    recipe = Recipe.from_mapping(run.recipe, str(run.path))
    task = task_of(recipe, data_dir)
    style, scene = style_and_scene(run, recipe, task)
    state = run.classifier_summary.strategy_state
    golden = golden_images(run, task, (state.height, state.width), scene, style)
    with fitting(run):
        content, expected, logits = (
            _classical(run, golden) if recipe.model.is_estimator else _net(run, golden)
        )
    model = _model(run, content, style.to_mapping(), scene)
    difference = _compare(run, model, golden.images, expected, logits)
    with atomic_path(target) as temporary:
        temporary.write_bytes(model)
    return {
        "path": str(target),
        "bytes": len(model),
        "checked": len(golden.images),
        "largest_difference": difference,
    }


def _net(run: Run, golden: GoldenImages) -> tuple[Graph, Predictions, NDArray[np.float32]]:
    """Return a net's graph, and what PyTorch makes of golden images."""
    net, graph = PortableNet.load(run), Graph()
    strategy = net.strategy
    parts, size = _parts(graph, run, strategy, graph.cast("images", np.float32))
    heads, classes = strategy.heads, strategy.classes
    views = net.recipe.model.test_views
    logits = net_nodes(graph, parts, size, net.cells, net.operations, heads, classes, views)
    logits = graph.reshaped(logits, -1, heads * strategy.grid[0] * strategy.grid[1], classes)
    graph.ends(logits, "logits")
    shares = graph.add("Softmax", logits, axis=-1)
    _answers(graph, strategy, shares, graph.add("ArgMax", shares, axis=2, keepdims=0))
    expected = read(net.net, strategy, golden.images, views=views)
    found = net.logits(parts_of(golden.images, strategy).numpy(), views)
    return graph, expected, found.reshape(len(golden.images), -1, classes)


def _classical(run: Run, golden: GoldenImages) -> tuple[Graph, Predictions, NDArray[np.float32]]:
    """Return the graph of classical models, one a head, and what they say of golden images."""
    strategy, models, graph = load_strategy(run), load_classical(run), Graph()
    parts, size = _parts(graph, run, strategy, graph.cast("images", np.float32))
    rows = graph.reshaped(parts, -1, size[0] * size[1])
    shares, said = [], []
    for model in models:
        share, one = classical_nodes(graph, rows, model, strategy.classes, run.name)
        shares.append(graph.add("Unsqueeze", share, graph.constant([1], np.int64)))
        said.append(graph.add("Unsqueeze", one, graph.constant([1], np.int64)))
    positions = strategy.heads * strategy.grid[0] * strategy.grid[1]
    share, one = (
        each[0] if len(each) == 1 else graph.add("Concat", *each, axis=1) for each in (shares, said)
    )
    share = graph.reshaped(share, -1, positions, strategy.classes)
    _answers(graph, strategy, share, graph.reshaped(one, -1, positions))
    expected = read_classical(models, strategy, golden.images)
    return graph, expected, expected.probabilities.reshape(len(golden.images), positions, -1)


def _parts(graph: Graph, run: Run, strategy: Strategy, images: str) -> tuple[str, tuple[int, int]]:
    """Return the parts ``(n * parts, h, w)``, in 0..1, that a strategy's model reads."""
    state = run.classifier_summary.strategy_state
    size = (state.height, state.width)
    pixels = graph.add("Div", images, graph.constant(np.full(1, 255, np.float32)))
    pixels = framed_nodes(graph, pixels, size, strategy.frame)
    framed = size if strategy.frame is None else strategy.frame.framed(*size)
    return (
        cut_nodes(graph, pixels, framed, strategy.grid),
        part_size(strategy, *size),
    )


def _answers(graph: Graph, strategy: Strategy, shares: str, symbols: str) -> None:
    """End a graph with probabilities, symbols, and the labels that these give."""
    graph.ends(shares, "probabilities")
    graph.ends(symbols, "symbols")
    if isinstance(strategy, Whole):
        if not strategy.long:
            known = graph.constant(strategy.known, np.int64)
            place = graph.reshaped(symbols, -1)
            graph.ends(graph.add("Gather", known, place), "labels")
        return
    scene: Scene | None = getattr(strategy, "scene", None)
    if scene is None or scene.rule == "digits":
        graph.ends(symbols, "labels")
    elif not scene.is_long:
        graph.ends(_derived(graph, symbols, scene), "labels")


def _derived(graph: Graph, symbols: str, scene: Scene) -> str:
    """Return labels ``(n, 1)`` of symbols ``(n, k)``, as `glyphlab.tasks.labels.labels_of` does."""
    terms = scene.count // scene.digits
    axis = graph.constant([2], np.int64)
    written = graph.reshaped(symbols, -1, terms, scene.digits)
    powers = 10 ** np.arange(scene.digits - 1, -1, -1, dtype=np.int64)
    numbers = graph.add("Mul", written, graph.constant(powers))
    numbers = graph.add("ReduceSum", numbers, axis, keepdims=0)
    signs = signs_of(scene.rule, terms, scene.signs)
    if signs is None:
        return graph.add("ReduceProd", numbers, axes=[1], keepdims=1)
    signed = graph.add("Mul", numbers, graph.constant(signs, np.int64))
    return graph.add("ReduceSum", signed, graph.constant([1], np.int64), keepdims=1)


def _model(run: Run, graph: Graph, style: dict[str, Any], scene: Scene | None) -> bytes:
    """Return the file's content: the graph, what goes in and out, and the metadata."""
    import onnx
    from onnx import TensorProto, helper

    summary = run.classifier_summary
    state = summary.strategy_state
    kinds = {"labels": TensorProto.INT64, "symbols": TensorProto.INT64}
    ends = [
        node.output[0]
        for node in graph.nodes
        if node.name.startswith("output_")
    ]  # fmt: skip
    sides = {"labels": ["n", "k"], "symbols": ["n", "positions"]}
    outputs = [
        helper.make_tensor_value_info(
            name, kinds.get(name, TensorProto.FLOAT), sides.get(name, ["n", "positions", "classes"])
        )
        for name in ends
    ]
    images = helper.make_tensor_value_info(
        "images", TensorProto.UINT8, ["n", state.height, state.width]
    )
    made = helper.make_graph(graph.nodes, "glyphlab", [images], outputs, graph.constants)
    version = importlib.metadata.version("glyphlab")
    model = helper.make_model(
        made,
        producer_name="glyphlab",
        producer_version=version,
        ir_version=8,
        opset_imports=[helper.make_opsetid(name, number) for name, number in OPSETS.items()],
        doc_string=f"Run {run.name}: {summary.model} on {summary.task} of {summary.data}.",
    )
    metadata = {
        "run": run.name,
        "model": summary.model,
        "task": summary.task,
        "data": summary.data,
        "strategy": summary.strategy,
        "command": summary.command,
        "class_names": json.dumps(summary.names, ensure_ascii=False),
        "input": "images: uint8 (n, height, width), 0 background to 255 ink, each prepared like "
        "the training images",
        "preparation": json.dumps({
            "style": style,
            "scene": None if scene is None else asdict(scene),
        }),
    }  # fmt: skip
    helper.set_model_props(model, metadata)
    if model.ByteSize() > MOST_BYTES:
        raise UsageError(
            f"the model of {run.name} takes {model.ByteSize() / 1e9:.1f} GB, and an ONNX file has "
            "room for 2: train it on fewer images"
        )
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


def _compare(
    run: Run,
    model: bytes,
    images: NDArray[np.uint8],
    expected: Predictions,
    numbers: NDArray[np.float32],
) -> float:
    """Insist that a file answers as the run does; return the largest difference of its numbers."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        names = [one.name for one in session.get_outputs()]
        found = dict(zip(names, session.run(names, {"images": images}), strict=True))
    except Exception as error:  # the runtime's own errors have no common class but this
        raise GlyphlabError(
            f"the file of {run.name} is not read by onnxruntime "
            f"({' '.join(str(error).split())[:200]}): report this as an issue"
        ) from error
    shown = found["logits" if "logits" in found else "probabilities"]
    difference = float(np.abs(shown - numbers).max())
    allowed = TOLERANCE * max(1.0, float(np.abs(numbers).max()))
    same = np.ones(len(images), bool)
    if "labels" in found:
        same = (found["labels"] == expected.labels).all(1)
    if not difference <= allowed or same.mean() < 0.95:
        raise RunError(
            f"the file of {run.name} does not answer as the run does: of {len(images)} images "
            f"{int(same.sum())} have the same label, and its numbers differ by {difference:.2g}; "
            "nothing was written"
        )
    if not same.all():
        note(f"{int((~same).sum())} of {len(images)} images are near ties, and get another label")
    return difference
