"""Fitted classical models as bytes that cannot run code when they are read."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from glyphlab._common.errors import RunError
from glyphlab._common.untrusted import require_small_archive

__all__ = ["from_bytes", "stored_values", "to_bytes", "unreadable_types"]

TRUSTED = (
    "glyphlab.models.sklearn.margins.MarginProbabilities",
    "glyphlab.models.sklearn.pixel_scaling.PixelScaler",
    "glyphlab.models.logistic.estimator.SoftmaxRegression",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
)
"""Types beyond skops's own list that a file may hold."""
_SCHEMA = "schema.json"


def to_bytes(models: Sequence[Pipeline]) -> bytes:
    """Return fitted models as a skops archive; equal models are equal bytes."""
    import skops.io  # a second that only those pay who keep such a model

    return _same_each_time(skops.io.dumps(list(models)))


def _same_each_time(content: bytes) -> bytes:
    """Count what skops names by where it lies in memory or by chance, and leave the time out."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        state = json.loads(old.read(_SCHEMA))
        names: dict[str, str] = {}
        numbers: dict[int, int] = {}
        for part in _parts(state):
            if "__id__" in part:
                part["__id__"] = numbers.setdefault(part["__id__"], len(numbers))
            if isinstance(part.get("file"), str):
                kind = Path(part["file"]).suffix
                part["file"] = names.setdefault(part["file"], f"{len(names)}{kind}")
        for before, now in names.items():
            new.writestr(zipfile.ZipInfo(now), _without_gaps(old.read(before), now))
        new.writestr(zipfile.ZipInfo(_SCHEMA), json.dumps(state, indent=2))
    return made.getvalue()


def _without_gaps(content: bytes, name: str) -> bytes:
    """Let zeros stand between the fields of an array, where a tree has what was there before."""
    if not name.endswith(".npy"):
        return content
    array = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    if array.dtype.names is None:
        return content
    clean = np.zeros(array.shape, array.dtype)
    for field in array.dtype.names:
        clean[field] = array[field]
    return content[: len(content) - array.nbytes] + clean.tobytes()


def _parts(state: Any) -> Iterator[dict[str, Any]]:
    """Yield every object within a document, in its order."""
    left = [state]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            yield one
            left.extend(reversed(one.values()))
        elif isinstance(one, list):
            left.extend(reversed(one))


def from_bytes(content: bytes, where: str) -> list[Pipeline]:
    """Return the fitted models that `to_bytes` wrote.

    Parameters
    ----------
    content : bytes
    where : str
        The file's name, for messages.

    Raises
    ------
    RunError
        Where the bytes are no such archive, or hold a type that is not one of ours.
    """
    import skops.io

    advice = "remove the run with 'glyphlab runs rm' and train it again"
    try:
        require_small_archive(content, where, packed=False).close()
        strange = unreadable_types(content)
        if strange:
            raise RunError(
                f"{where} holds what is not read from a file, {', '.join(strange)}: its scores and "
                "predictions are there, and nothing more is predicted with it; choose another "
                f"classifier, such as a random forest, or {advice}"
            )
        models: list[Pipeline] = skops.io.loads(content, trusted=list(TRUSTED))
        return models
    except RunError:
        raise
    except Exception as error:  # a broken archive fails in as many ways as zip and JSON know
        raise RunError(f"{where} is no fitted model ({type(error).__name__}): {advice}") from error


def unreadable_types(content: bytes) -> list[str]:
    """Return the types in an archive that `from_bytes` does not read, by name."""
    import skops.io

    return sorted({*skops.io.get_untrusted_types(data=content)} - {*TRUSTED})


def stored_values(model: Pipeline) -> int:
    """Count the numbers that a fitted model reads with, as a net's parameters are counted.

    Weights and intercepts; support vectors and their weights; for a forest two numbers a split and
    one a class in each leaf; for neighbours all training pixels; and the components of a PCA. Of a
    model from outside all arrays that it learned.
    """
    steps = dict(model.steps)
    count = 0
    if "pca" in steps:
        count += steps["pca"].components_.size + steps["pca"].mean_.size
    return count + _values(steps["classify"])


def _values(model: Any) -> int:
    inner = getattr(model, "estimator_", None)
    if hasattr(model, "estimators_"):
        trees = [tree.tree_ for tree in np.ravel(model.estimators_) if hasattr(tree, "tree_")]
        leaves = [int((tree.children_left < 0).sum()) for tree in trees]
        return sum(
            2 * (tree.node_count - leaf) + leaf * tree.value.shape[-1]
            for tree, leaf in zip(trees, leaves, strict=True)
        )
    if inner is not None:
        return _values(inner)
    if hasattr(model, "support_vectors_"):
        return int(model.support_vectors_.size + model.dual_coef_.size + model.intercept_.size)
    if hasattr(model, "n_samples_fit_"):
        return int(model.n_samples_fit_ * model.n_features_in_)
    if hasattr(model, "coef_"):
        return int(model.coef_.size + model.intercept_.size)
    learned = [one for name, one in vars(model).items() if name.endswith("_")]
    return sum(int(one.size) for one in learned if isinstance(one, np.ndarray))
