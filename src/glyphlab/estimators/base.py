"""The scikit-learn face: `fit`, `predict`, `predict_proba`, `score` over the same engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from glyphlab._common.errors import UsageError
from glyphlab._common.progress import note, progress
from glyphlab._common.renamed_keys import refuses_old_arguments
from glyphlab._common.seeds import torch_rng
from glyphlab.estimators.encoding import (
    LabelCode,
    Pixels,
    as_images,
    flattened,
    image_shape_of,
    kind_of_pixels,
    marginals,
    require_order,
)
from glyphlab.estimators.fitting import root_seed, unchanged_on_error
from glyphlab.estimators.saved import restore, write_saved
from glyphlab.models import build_net, make_strategy
from glyphlab.models.nets.net_html import net_html
from glyphlab.models.nets.net_summary import summary
from glyphlab.models.strategies import Whole
from glyphlab.recipes import Recipe
from glyphlab.training.batches import as_epoch_data
from glyphlab.training.engine_choice import engine_for
from glyphlab.training.evaluation.inference import Predictions, read
from glyphlab.training.trainers.gradient.captured import reason_against_capture
from glyphlab.training.trainers.gradient.loop import fit_net

__all__ = ["GlyphClassifier"]

WARPED_FROM = 28
"""Smallest image side that the automatic choice of augmentation bends."""


class GlyphClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Read images of one or several symbols.

    Parameters
    ----------
    strategy : {'whole', 'sliced', 'multihead', 'aligned'}
        How the net meets the label.
    net : {'fast', 'triple-mnist-cnn'}
        Which net.
    channels : int
        Channels of the fast net's first convolution.
    epochs, batch_size, optimizer, learning_rate, schedule, weight_decay, label_smoothing, patience
        As in a recipe's ``training``.
    augment : {'auto', 'none', 'roll', 'warp'}
        ``'auto'`` bends images of at least 28×28 pixels and leaves smaller ones alone.
    image_shape : (int, int), optional
        Height and width of flat rows; by default a square where the row's length is one, else one
        line of pixels.
    precision : {'auto', 'float32', 'bfloat16'}
    device : {'auto', 'cpu', 'cuda'}
    random_state : None, int or numpy.random.RandomState
        Root of every random choice. None draws one from the system; no global state is touched.
    verbose : bool
        Show progress on the standard error.

    Attributes
    ----------
    classes_ : ndarray, or list of ndarray
        The symbols, or the whole labels' classes position by position.
    history_ : dict of list
        Per epoch: ``loss, accuracy, rate, seconds`` and, with validation, ``val_loss`` and
        ``val_exact_match``.
    net_ : torch.nn.Module
        The trained net.
    best_epoch_ : int
        The epoch whose weights the net holds.
    fit_seconds_ : float
        Seconds in training steps.
    n_features_in_ : int
        Pixels of an image.
    """

    _pixels: Pixels | None = None  # of pickles from before this was remembered

    @refuses_old_arguments("training")
    def __init__(
        self,
        strategy: str = "aligned",
        *,
        net: str = "fast",
        channels: int = 16,
        epochs: int = 6,
        batch_size: int = 128,
        optimizer: str = "adamw",
        learning_rate: float = 1e-2,
        schedule: str = "onecycle",
        weight_decay: float = 0.02,
        label_smoothing: float = 0.1,
        augment: str = "auto",
        patience: int | None = None,
        image_shape: tuple[int, int] | None = None,
        precision: str = "auto",
        device: str = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.strategy = strategy
        self.net = net
        self.channels = channels
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.label_smoothing = label_smoothing
        self.augment = augment
        self.patience = patience
        self.image_shape = image_shape
        self.precision = precision
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        validation_data: tuple[ArrayLike, ArrayLike] | None = None,
    ) -> Self:
        """Train on images and labels.

        Parameters
        ----------
        X : array of shape (n, H, W) or (n, H * W)
            Bytes: whole numbers from 0 to 255, of any type of integers, some above 1. Or pixels as
            they should be seen, such as floats from 0 to 1. After bytes, images to be read may be
            bytes of any type, floats too, or floats from 0 to 1; all else is a `UsageError`.
        y : array of shape (n,) or (n, k)
            One class an image, or one symbol a position.
        validation_data : (X, y), optional
            Selects the epoch and stops early.

        Raises
        ------
        ValueError
            For arrays that do not fit each other (as scikit-learn does).
        UsageError
            For patience without validation data; for mirror images of several symbols.
        RecipeError
            For a parameter that no recipe can have.
        """
        if self.patience is not None and validation_data is None:
            raise UsageError("patience waits for validation: give fit validation_data=(X, y) too")
        if validation_data is not None:
            check_consistent_length(*validation_data)
        with unchanged_on_error(self):
            return self._fit(X, y, validation_data)

    def _fit(
        self, X: ArrayLike, y: ArrayLike, validation_data: tuple[ArrayLike, ArrayLike] | None
    ) -> Self:
        images, labels = self._validated(X, y)
        self._code = LabelCode.of(labels)
        self.classes_ = self._code.classes
        codes = self._code.encode(labels)
        strategy = make_strategy(self.strategy, codes, len(self._code.alphabet))
        if len(images) == 1:
            raise ValueError("batch statistics need at least two images, found n_samples = 1")
        settings, seed = self._recipe(images).training, root_seed(self.random_state)
        require_order(self._code, settings.augment, strategy)
        self.net_ = build_net(
            self.net,
            height=images.shape[1],
            width=images.shape[2] // strategy.grid[1],
            heads=strategy.heads,
            classes=strategy.classes,
            head=strategy.head,
            channels=self.channels,
            generator=torch_rng(seed, "init"),
        )
        against = reason_against_capture(self.net_, strategy, settings)
        engine = engine_for(settings.device, settings.precision, self.net_, None, against)
        if engine.device == "cuda" and against:
            note(f"steps are not captured on the GPU: {against}")
        validation = None
        if validation_data is not None:
            val_images = self._images(validation_data[0])
            val_codes = self._code.encode(np.asarray(validation_data[1]))
            validation = (as_epoch_data(val_images, val_codes, strategy, engine.device), val_codes)
        with progress(
            settings.epochs, type(self).__name__, unit="epoch", quiet=not self.verbose
        ) as bar:
            result = fit_net(
                self.net_,
                strategy,
                lambda _epoch: (images, codes),
                settings,
                seed=seed,
                validation=validation,
                engine=engine,
                on_epoch=lambda row: bar.advance(text=f"loss {row['loss']:.4f}"),
            )
        self._strategy, self._device, self._precision = strategy, engine.device, engine.precision
        self.history_ = {key: [r[key] for r in result.history] for key in result.history[0]}
        self.best_epoch_, self.fit_seconds_ = result.best_epoch, result.train_seconds
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return labels ``(n,)`` or ``(n, k)`` in the form that `fit` was given."""
        predictions = self._read(X)
        return self._code.decode(predictions.labels)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64] | list[NDArray[np.float64]]:
        """Return class probabilities ``(n, classes)``, or a list of them, one a position.

        Strategy ``'whole'`` gives each position's marginal, while `predict` takes the likeliest
        whole label: the two need not agree.
        """
        predictions = self._read(X)
        code = self._code
        if isinstance(self._strategy, Whole):
            each = marginals(predictions.probabilities[:, 0], self._strategy, len(code.alphabet))
        else:
            per_cell = predictions.probabilities.astype(np.float64)
            each = per_cell.reshape(len(predictions.labels), code.positions, -1)
        each /= each.sum(-1, keepdims=True)
        return each[:, 0] if code.flat else [each[:, k] for k in range(code.positions)]

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the exact match: the share of images predicted correctly at every position."""
        check_is_fitted(self, "net_")
        if self._code.flat:
            return float(super().score(X, y, sample_weight))
        if sample_weight is not None:
            raise UsageError(
                "exact match of several positions takes no sample_weight: leave it out"
            )
        found, expected = self.predict(X), np.asarray(y)
        if expected.shape != found.shape:
            raise UsageError(
                f"labels have the shape {expected.shape}, expected {found.shape}: one a position"
            )
        return float((found == expected).all(axis=1).mean())

    def _html_repr(self) -> str:
        """Return what a notebook shows: the settings, and once it is trained its net."""
        shown = str(super()._html_repr())
        return shown if not hasattr(self, "net_") else shown + net_html(self.net_)

    def summary(self) -> str:
        """Return the net layer by layer, with shapes and parameters."""
        check_is_fitted(self, "net_")
        height, width = self.image_shape_
        return summary(self.net_, (1, height, width // self._strategy.grid[1]))

    def save(self, path: str | Path) -> None:
        """Write what `fit` found into a new folder: JSON and safetensors, and no pickle.

        Parameters
        ----------
        path : path
            A folder that is not there yet, or is empty.

        Raises
        ------
        NotFittedError
            Before `fit`.
        UsageError
            Where something is there, or labels are objects that JSON has no word for.
        """
        write_saved(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return the classifier that `save` wrote: it predicts the same, on the CPU.

        Whatever the folder holds, nothing in it is run.

        Raises
        ------
        NoSuchPath
            Where there is no such folder.
        UsageError
            Where it holds a classifier of another class.
        DataError
            Where it is damaged.
        """
        found = cls()
        restore(found, Path(path))
        return found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.classifier_tags.multi_label = False
        tags.non_deterministic = False
        tags.input_tags.three_d_array = True
        return tags

    def _recipe(self, images: NDArray[Any]) -> Recipe:
        """Validate the parameters as a recipe's."""
        augment = self.augment
        if augment == "auto":
            augment = "warp" if min(images.shape[1:]) >= WARPED_FROM else "none"
        names = (
            "epochs", "batch_size", "optimizer", "learning_rate", "schedule", "weight_decay",
            "label_smoothing", "patience", "precision", "device",
        )  # fmt: skip
        training = {name: getattr(self, name) for name in names}
        model = {"strategy": self.strategy, "net": self.net, "channels": self.channels}
        return Recipe.from_mapping(
            {"model": model, "training": {**training, "augment": augment}}, type(self).__name__
        )

    def _validated(self, X: ArrayLike, y: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        shape = X.shape if getattr(X, "ndim", 2) == 3 else None  # type: ignore[union-attr]
        flat, labels = validate_data(
            self, flattened(X), y, multi_output=True, dtype=None, ensure_min_samples=1
        )
        for column in np.atleast_2d(labels.T):
            check_classification_targets(column)
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]
        self.image_shape_ = image_shape_of(shape or flat.shape, self.image_shape)
        self._pixels = kind_of_pixels(flat)
        return as_images(flat, self.image_shape_, self._pixels), labels

    def _images(self, X: ArrayLike) -> NDArray[Any]:
        shape = tuple(np.shape(X)[1:]) if getattr(X, "ndim", 2) == 3 else self.image_shape_
        if shape != self.image_shape_:
            raise UsageError(
                f"images are {shape[0]}×{shape[1]} pixels, but training had "
                f"{self.image_shape_[0]}×{self.image_shape_[1]}: scale or crop them to that size"
            )
        rows = validate_data(self, flattened(X), reset=False, dtype=None)
        return as_images(rows, self.image_shape_, self._pixels)

    def _read(self, X: ArrayLike) -> Predictions:
        check_is_fitted(self, "net_")
        images = self._images(X)
        return read(
            self.net_, self._strategy, images, device=self._device, precision=self._precision
        )
