"""Fitted classifiers in a folder: JSON and safetensors, as a run folder has them, and no pickle."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from sklearn.utils.validation import check_is_fitted

from glyphlab._common.errors import DataError, GlyphlabError, NoSuchPath, UsageError
from glyphlab._common.files import atomic_folder, write_json
from glyphlab._common.progress import note
from glyphlab._common.registry import STRATEGIES
from glyphlab._common.untrusted import (
    Absent,
    Unreadable,
    parse_json,
    read_plain_file,
    read_tensor_file,
)
from glyphlab._common.untrusted.limits import DOCUMENT_BYTES
from glyphlab.estimators.encoding import LabelCode, Pixels
from glyphlab.models import build_net
from glyphlab.models.strategies import Strategy
from glyphlab.runs.records import STRICT, Count, Row, StrategyState
from glyphlab.runs.tensors import write_tensors

if TYPE_CHECKING:
    from glyphlab.estimators.base import GlyphClassifier

__all__ = ["SavedClassifier", "read_saved", "restore", "write_saved"]

DOCUMENT, WEIGHTS = "classifier.json", "model.safetensors"
SCHEMA = 1
"""Number of the layout of such a folder."""
Value = bool | int | float | str | None


@dataclass(frozen=True, config=STRICT)
class SavedClassifier:
    """What a folder says of a fitted classifier, beside its weights.

    Attributes
    ----------
    estimator : str
        Name of its class.
    strategy, net : str
    channels : int
        What its net is built from.
    parameters : dict
        Of its constructor; a pair is `image_shape`.
    alphabet : tuple
        The symbols of its labels, as JSON has them.
    dtype : str
        NumPy's word for their type.
    positions : int
    flat : bool
        Whether labels have the shape ``(n,)``.
    state : StrategyState
        What it takes to build the net again.
    precision : str
        What it reads with.
    history : dict of lists
    best_epoch : int
    fit_seconds : float
    features : int
        Pixels of an image.
    feature_names : tuple of str or None
        Of a table's columns, where it was fitted on one.
    pixels : {'bytes', 'numbers', 'shares'} or None
        Those of training; None in folders from before this was kept.
    """

    estimator: str
    strategy: str
    net: str
    channels: Count
    parameters: dict[str, Value | tuple[int, int]]
    alphabet: Row[bool | int | float | str]
    dtype: Annotated[str, Field(pattern=r"^([<|>=]?[biufU][0-9]+|object)$", max_length=16)]
    positions: Count
    flat: bool
    state: StrategyState
    precision: Annotated[str, Field(pattern="^(float32|bfloat16)$")]
    history: dict[str, Row[float | None]]
    best_epoch: Count
    fit_seconds: float
    features: Count
    feature_names: Row[str] | None = None
    pixels: Pixels | None = None


_ADAPTER: TypeAdapter[SavedClassifier] = TypeAdapter(SavedClassifier)


def write_saved(classifier: GlyphClassifier, path: Path) -> None:
    """Write a fitted classifier into a new folder, whole or not at all."""
    check_is_fitted(classifier, "net_")
    code, strategy = classifier._code, classifier._strategy
    height, width = map(int, classifier.image_shape_)
    state = StrategyState(
        height=height,
        width=width,
        positions=strategy.positions,
        symbols=len(code.alphabet),
        known=(),
        scene=None,
    )
    names = getattr(classifier, "feature_names_in_", None)
    saved = SavedClassifier(
        estimator=type(classifier).__name__,
        strategy=_unwrapped(classifier.strategy),
        net=_unwrapped(classifier.net),
        channels=_unwrapped(classifier.channels),
        parameters=_parameters(classifier),
        alphabet=tuple(_plain(code.alphabet)),
        dtype="object" if code.alphabet.dtype == object else code.alphabet.dtype.str,
        positions=code.positions,
        flat=code.flat,
        state=dataclasses.replace(state, **strategy.state()),
        precision=classifier._precision,
        history={key: tuple(map(_unwrapped, rows)) for key, rows in classifier.history_.items()},
        best_epoch=_unwrapped(classifier.best_epoch_),
        fit_seconds=float(classifier.fit_seconds_),
        features=_unwrapped(classifier.n_features_in_),
        feature_names=None if names is None else tuple(map(str, names)),
        pixels=classifier._pixels,
    )
    with atomic_folder(path) as folder:
        write_tensors(folder / WEIGHTS, classifier.net_.state_dict(), None)
        document = _ADAPTER.dump_python(saved, mode="json")
        write_json(folder / DOCUMENT, {"schema": SCHEMA, **document})


def _parameters(classifier: GlyphClassifier) -> dict[str, Any]:
    found = classifier.get_params(deep=False)
    if isinstance(found.get("random_state"), np.random.RandomState):
        note("random_state is a generator, which is not saved: None stands there when it is loaded")
        found["random_state"] = None
    if found.get("image_shape") is not None:
        height, width = found["image_shape"]
        found["image_shape"] = (int(height), int(width))
    return {key: _unwrapped(value) for key, value in found.items()}


def _unwrapped(value: Any) -> Any:
    """Return a scalar of NumPy, as searches over arrays set it, as one of Python."""
    return value.item() if isinstance(value, np.generic) else value


def _plain(alphabet: NDArray[Any]) -> list[Any]:
    """Return symbols as JSON holds them.

    Raises
    ------
    UsageError
        For symbols that only a pickle could hold.
    """
    found: list[Any] = alphabet.tolist()
    if alphabet.dtype.kind in "biufU" or all(type(one) is str for one in found):
        return found
    raise UsageError(
        f"labels of type {type(found[0]).__name__} are not saved: fit with labels that are text "
        "or numbers of NumPy"
    )


def read_saved(path: Path) -> tuple[SavedClassifier, dict[str, torch.Tensor]]:
    """Read a folder that `write_saved` made: what it says, and the weights.

    Raises
    ------
    NoSuchPath
        Where there is no such folder.
    DataError
        Where it is damaged, or of another layout.
    """
    document, weights = path / DOCUMENT, path / WEIGHTS
    try:
        content = parse_json(read_plain_file(document, DOCUMENT_BYTES), document)
        if not isinstance(content, dict) or content.pop("schema", None) != SCHEMA:
            raise _damaged(document, f"it is not of layout {SCHEMA}")
        saved = _ADAPTER.validate_json(json.dumps(content), strict=True)
        return saved, read_tensor_file(weights)
    except Absent as error:
        raise NoSuchPath(
            f"no classifier at {path} ({error.where} is missing): name a folder that save made"
        ) from error
    except Unreadable as error:
        raise _damaged(path, error.reason) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise _damaged(document, f"{where}: {first['msg']}") from error


def restore(classifier: GlyphClassifier, path: Path) -> None:
    """Put into a new classifier what a fitted one left in a folder.

    Raises
    ------
    NoSuchPath, DataError
        As `read_saved` does; and `DataError` where the weights do not fit what the folder says.
    """
    saved, weights = read_saved(path)
    if saved.estimator != type(classifier).__name__:
        raise UsageError(
            f"{path} is of {saved.estimator}, not of {type(classifier).__name__}: load it "
            f"with {saved.estimator}.load"
        )
    try:
        kind: type[Strategy] = STRATEGIES.load(saved.strategy)
        strategy = kind.rebuild(saved.state)
        alphabet: NDArray[Any] = np.array(saved.alphabet, dtype=saved.dtype)
        if len(alphabet) != saved.state.symbols:
            raise ValueError("another number of symbols")
        net = build_net(
            saved.net,
            height=saved.state.height,
            width=saved.state.width // strategy.grid[1],
            heads=strategy.heads,
            classes=strategy.classes,
            head=strategy.head,
            channels=saved.channels,
            generator=torch.Generator(),
        )
        net.load_state_dict(weights)
        classifier.set_params(**saved.parameters)
    except (GlyphlabError, IndexError, OverflowError, RuntimeError, TypeError, ValueError) as error:
        raise _damaged(path, "its weights do not fit what it says of them") from error
    classifier._code = LabelCode(alphabet, saved.positions, saved.flat)
    classifier._strategy, classifier._pixels = strategy, saved.pixels
    classifier._device, classifier._precision = "cpu", saved.precision
    classifier.classes_ = classifier._code.classes
    classifier.image_shape_ = (saved.state.height, saved.state.width)
    classifier.n_features_in_ = saved.features
    if saved.feature_names is not None:
        classifier.feature_names_in_ = np.array(saved.feature_names, dtype=object)
    classifier.history_ = {key: list(rows) for key, rows in saved.history.items()}
    classifier.best_epoch_, classifier.fit_seconds_ = saved.best_epoch, saved.fit_seconds
    # as training leaves it: another layout adds up in another order
    classifier.net_ = net.to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]


def _damaged(path: Path, reason: object) -> DataError:
    return DataError(
        f"{path} cannot be read ({' '.join(str(reason).split())}): save the classifier again"
    )
