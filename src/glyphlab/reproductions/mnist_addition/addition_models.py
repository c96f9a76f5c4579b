"""The models of the addition report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from glyphlab.recipes import ModelEntry
from glyphlab.reproductions.core.keras_models import keras_model

__all__ = [
    "DEPTHS",
    "LOGISTIC",
    "SIZES",
    "SVM",
    "TUNED_DEPTHS",
    "addition_models",
    "forest_name",
    "logistic_name",
    "sized_name",
    "svm_name",
]

TUNED = (253, 219, 112, 198, 215)
"""Units of the five layers that the third study found."""
RATE, DROPOUT = 0.00099, 0.0856
QUARTER = 12_000
"""Training images of the table of support vector machines."""

LOGISTIC = tuple((C, solver) for C in (0.1, 1.0, 10.0, 100.0, 1000.0, 1e15) for solver in
                 ("lbfgs", "sag"))  # fmt: skip
"""Inverse strength of the penalty, and solver."""
LONGER = (500, 1000, 1500)
"""Iterations of sag with C = 0.1, where they are more than scikit-learn's default."""
SVM = tuple((kernel, gamma, C) for kernel in ("poly", "rbf") for gamma in ("scale", "auto")
            for C in (0.1, 1.0, 10.0, 100.0))  # fmt: skip
DEPTHS = tuple(range(1, 26))
TUNED_DEPTHS = tuple(range(3, 16))
SIZES = (100, 1_000, 10_000)
"""Training pairs of both linear classifiers, where they are fewer than all."""


def logistic_name(C: float, solver: str, iterations: int = 100) -> str:
    """Return the name of a logistic regression; 100 iterations are scikit-learn's default."""
    longer = f"-{iterations}" if iterations != 100 else ""
    return f"logistic-{solver}-{C:g}{longer}".replace("+", "")


def svm_name(kernel: str, gamma: str, C: float) -> str:
    """Return the name of a support vector machine of the table."""
    return f"svm-{kernel}-{gamma}-{C:g}"


def forest_name(depth: int | None, split: int = 2, leaf: int = 1) -> str:
    """Return the name of a random forest."""
    name = "forest" if depth is None else f"forest-{depth}"
    return name + (f"-split-{split}" if split != 2 else "") + (f"-leaf-{leaf}" if leaf != 1 else "")


def addition_models() -> Iterator[ModelEntry]:
    """Yield every model of the report."""
    yield _net("base-mlp", ("dense 50",), "50 units, 20 epochs")
    tuned = tuple(f"dense {units}" for units in TUNED)
    yield _net("study-3", tuned, "the five layers of the third study", rate=RATE)
    # The layers of the first two studies are not printed: these are the third's.
    for activation in ("relu", "sigmoid", "tanh"):
        name = "study-1" if activation == "relu" else f"study-1-{activation}"
        about = f"the third study's layers with {activation}, at a rate of 0.001"
        yield _net(name, tuned, about, activation=activation)
    dropped = tuple(word for layer in tuned for word in (layer, f"dropout {DROPOUT}"))
    yield _net("study-4", dropped, "the same with the fourth study's dropout", rate=RATE)
    normed = tuple(word for layer in tuned for word in (layer, "norm", f"dropout {DROPOUT}"))
    best = _net("best-mlp", normed, "with batch norm and early stopping", rate=RATE, epochs=50)
    patience: dict[str, Any] = {"patience": 7, "select": "best"}
    yield replace(best, training=MappingProxyType({**best.training, **patience}))
    for C, solver in LOGISTIC:
        yield _logistic(C, solver)
    for iterations in LONGER:
        yield _logistic(0.1, "sag", iterations)
    yield _classical("svm", "svm-default", "support vectors, scikit-learn's defaults")
    for kernel, gamma, C in SVM:
        yield _quarter(
            _classical(
                "svm",
                svm_name(kernel, gamma, C),
                f"support vectors, {kernel}, gamma {gamma}, C = {C:g}",
                kernel=kernel,
                gamma=gamma,
                C=C,
            )
        )
    yield _classical("forest", forest_name(None), "a random forest, scikit-learn's defaults")
    for depth in DEPTHS:
        yield _forest(depth)
    for depth in TUNED_DEPTHS:
        yield _forest(depth, split=10)
        yield _forest(depth, leaf=5)
    one_by_one = replace(
        _logistic(0.1, "sag"),
        name="logistic-sequential",
        strategy="sequential",
        about="the same logistic regression on each image of the pair, and their sum",
        task="addition",
    )
    yield one_by_one
    yield _on_each(_quarter(_classical("svm", "svm-sequential", "support vectors, defaults")))
    yield _on_each(_classical("forest", "forest-sequential", "a random forest, defaults"))
    for entry in (_logistic(0.1, "sag"), one_by_one):
        for size in SIZES:
            few = MappingProxyType({"train_images": size})
            about = f"{entry.about}, {size:,} pairs"
            yield replace(entry, name=sized_name(entry.name, size), about=about, of_task=few)


def _quarter(entry: ModelEntry) -> ModelEntry:
    """Return a model that is fitted to a quarter of the images, as the table's are."""
    few = MappingProxyType({"train_images": QUARTER})
    return replace(entry, about=f"{entry.about}, a quarter of the images", of_task=few)


def _on_each(entry: ModelEntry) -> ModelEntry:
    """Return a model that reads each image of a pair, and adds up."""
    return replace(entry, strategy="sequential", about=f"{entry.about}, on each image of the pair")


def sized_name(name: str, size: int) -> str:
    """Return the name of a linear classifier that is fitted to fewer pairs."""
    return f"{name}-of-{size}"


def _net(
    name: str,
    layers: tuple[str, ...],
    about: str,
    *,
    rate: float = 1e-3,
    epochs: int = 20,
    activation: str = "relu",
) -> ModelEntry:
    found = keras_model(
        name, layers, about=about, epochs=epochs, batch_size=128, learning_rate=rate,
        activation=activation,
    )  # fmt: skip
    return replace(found, strategy="whole", task="addition")


def _classical(kind: str, entry: str, about: str, **settings: Any) -> ModelEntry:
    model = MappingProxyType({"classical": {"name": kind, **settings}})
    return ModelEntry(entry, "whole", "classical", about, model=model, task="addition")


def _logistic(C: float, solver: str, iterations: int = 100) -> ModelEntry:
    return _classical(
        "logistic",
        logistic_name(C, solver, iterations),
        f"logistic regression, {solver}, C = {C:g}, at most {iterations} iterations",
        C=C,
        solver=solver,
        max_iter=iterations,
    )


def _forest(depth: int, split: int = 2, leaf: int = 1) -> ModelEntry:
    return _classical(
        "forest",
        forest_name(depth, split, leaf),
        f"a random forest of depth {depth}, splits from {split} and leaves from {leaf} images",
        max_depth=depth,
        min_samples_split=split,
        min_samples_leaf=leaf,
    )
