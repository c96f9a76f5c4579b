"""The models a comparison knows by name, each with the settings it is trained with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from glyphlab._common.registry import Registry

__all__ = [
    "EQUAL_MODEL",
    "EQUAL_TRAINING",
    "FAST_TRAINING",
    "MODELS",
    "ModelEntry",
    "list_models",
    "model_entry",
    "on_equal_footing",
]


@dataclass(frozen=True)
class ModelEntry:
    """One model by name.

    Attributes
    ----------
    name, strategy, net : str
        The name, how it meets a label, and which net it is.
    training : mapping
        What it changes of the default training settings.
    model : mapping
        What else it sets of a recipe's ``model``, such as ``channels``.
    about : str
        One line for people.
    task : str
        A task that it can read.
    of_task : mapping
        What it changes of a recipe's ``task``, such as ``train_images``.
    """

    name: str
    strategy: str
    net: str
    about: str
    training: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    model: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    task: str = "triple"
    of_task: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


FAST_TRAINING = MappingProxyType(
    {
        "epochs": 6,
        "batch_size": 128,
        "optimizer": "adamw",
        "learning_rate": 1e-2,
        "schedule": "onecycle",
        "weight_decay": 0.02,
        "label_smoothing": 0.1,
        "augment": "warp",
    }
)
"""How our fast net learns best in few epochs; a plain recipe has none of this unasked."""

EQUAL_TRAINING = MappingProxyType({**FAST_TRAINING, "epochs": 4, "optimizer": "muon"})
"""How strategies of our fast net are trained where they are compared.

Four epochs of muon at the one-cycle rate are what `sliced` is tuned to; after two, as `multihead`
is tuned to, a net with a head for each position has not yet caught up. Warping and one-cycle rates
suit all of them. The canvas is never shortened, as only some strategies could use that."""

EQUAL_MODEL = MappingProxyType({"channels": 16, "test_views": 5})
"""The width and the test-time views of strategies that are compared.

16 channels are the default of the net: an epoch on 64,000 images of three digits takes a little
over a minute on a CPU core, so that four models with three seeds end within about an hour."""

PAPER_TRAINING = MappingProxyType(
    {
        "epochs": 5,
        "batch_size": 32,
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "schedule": "constant",
        "weight_decay": 0.0,
        "label_smoothing": 0.0,
        "augment": "none",
        "select": "last",
        "precision": "float32",
    }
)
"""The paper's training: Keras's Adam at its default rate, batch 32, the weights after 5 epochs.

In float32, as Keras multiplies, and as the compiled loops of the paper's net do."""

LENET = ("conv 6 5", "pool 2", "conv 16 5", "pool 2", "dense 120", "dense 84")
"""The net that papers on learning from sums use for each digit: 44,426 parameters."""

_ENTRIES = (
    ModelEntry(
        "whole",
        "whole",
        "fast",
        "one class for every label seen in training",
        MappingProxyType({**FAST_TRAINING, "epochs": 1}),
    ),
    ModelEntry(
        "sliced",
        "sliced",
        "fast",
        "one strip or cell a symbol, one shared reader",
        MappingProxyType({**FAST_TRAINING, "epochs": 4, "short_canvas": 0.75, "optimizer": "muon"}),
        MappingProxyType({"channels": 32, "test_views": 5}),
    ),
    ModelEntry(
        "multihead",
        "multihead",
        "fast",
        "the whole image, one head a position",
        MappingProxyType({**FAST_TRAINING, "epochs": 2}),
    ),
    ModelEntry(
        "aligned",
        "aligned",
        "fast",
        "the whole image, one shared head on aligned cells",
        MappingProxyType({**FAST_TRAINING, "epochs": 5, "short_canvas": 1.0, "optimizer": "muon"}),
        MappingProxyType({"channels": 48, "test_views": 5}),
    ),
    ModelEntry(
        "sequential",
        "sequential",
        "fast",
        "given the digits: one classifier for every cell; the label is derived from its "
        "predictions",
        MappingProxyType({**FAST_TRAINING, "epochs": 4, "optimizer": "muon"}),
        task="addition",
    ),
    ModelEntry(
        "sum",
        "sum",
        "fast",
        "given the label alone: the same net, trained with the exact likelihood of the label",
        MappingProxyType(
            {**FAST_TRAINING, "epochs": 4, "optimizer": "muon", "label_smoothing": 0.0}
        ),
        task="addition",
    ),
    ModelEntry(
        "sum-lenet",
        "sum",
        "layers",
        "the label alone, read by the LeNet of the literature",
        MappingProxyType(
            {
                **FAST_TRAINING,
                "epochs": 8,
                "learning_rate": 5e-3,
                "label_smoothing": 0.0,
                "augment": "none",
            }
        ),
        MappingProxyType({"layers": LENET}),
        task="addition",
    ),
    ModelEntry(
        "combined",
        "whole",
        "fast",
        "both numbers as one image, and every label a class: no structure at all",
        MappingProxyType({**FAST_TRAINING, "epochs": 8, "optimizer": "muon"}),
        MappingProxyType({"channels": 32}),
        task="addition",
    ),
    ModelEntry(
        "combined-mlp",
        "whole",
        "layers",
        "the same image and classes, read by a perceptron of five layers",
        MappingProxyType({**FAST_TRAINING, "epochs": 20}),
        MappingProxyType({"units": (256,) * 5, "norm": True, "dropout": 0.1}),
        task="addition",
    ),
    *(
        ModelEntry(
            f"linear-{name}",
            strategy,
            "classical",
            f"logistic regression {about}",
            model=MappingProxyType(
                {"classical": {"name": "logistic", "C": 0.1, "solver": "softmax"}}
            ),
            task="addition",
        )
        for name, strategy, about in (
            ("combined", "whole", "on both numbers at once, every label a class"),
            ("sequential", "sequential", "on each symbol, given the symbols"),
        )
    ),
    ModelEntry(
        "paper-whole", "whole", "triple-mnist-cnn", "the paper's 640-class CNN", PAPER_TRAINING
    ),
    ModelEntry(
        "paper-sliced", "sliced", "triple-mnist-cnn", "the paper's sliced CNN", PAPER_TRAINING
    ),
    ModelEntry(
        "paper-multihead",
        "multihead",
        "triple-mnist-cnn",
        "the paper's three-head CNN",
        MappingProxyType({**PAPER_TRAINING, "validation_fraction": 0.1}),
    ),
    ModelEntry(
        "mlp",
        "sliced",
        "layers",
        "a perceptron of 200 and 100 units on each strip's pixels",
        MappingProxyType(
            {
                "epochs": 10,
                "batch_size": 128,
                "optimizer": "adam",
                "learning_rate": 1e-3,
                "schedule": "onecycle",
                "weight_decay": 0.0,
                "label_smoothing": 0.0,
                "augment": "none",
                "precision": "float32",
            }
        ),
        MappingProxyType({"layers": ["dense 200", "dense 100"]}),
    ),
    *(
        ModelEntry(
            name,
            "sliced",
            "classical",
            f"{about} on each strip's pixels",
            model=MappingProxyType({"classical": {"name": name}}),
        )
        for name, about in (
            ("logistic", "logistic regression"),
            ("svm", "a support vector machine (RBF)"),
            ("forest", "a random forest"),
            ("knn", "five nearest neighbours"),
        )
    ),
)

MODELS: Registry[ModelEntry] = Registry(
    "model",
    "glyphlab.models",
    objects={entry.name: entry for entry in _ENTRIES},
    needs=("name", "strategy", "net", "training"),
)
"""Every model that comparisons know by name, with those of installed plug-ins."""


def model_entry(name: str) -> ModelEntry:
    """Return the model of that name.

    Raises
    ------
    UnknownName
        With the nearest right name.
    """
    return MODELS.load(name)


def on_equal_footing(entry: ModelEntry) -> ModelEntry:
    """Return a model with the settings that all strategies of our fast net share in a comparison.

    Width, epochs, optimizer, learning rate, schedule, batch size, weight decay, augmentation and
    test-time views are `EQUAL_TRAINING` and `EQUAL_MODEL`. Label smoothing is a part of the loss
    and stays the model's own. Models of other families keep all of theirs: a forest has no epochs.
    """
    if entry.net != "fast":
        return entry
    own = {key: value for key, value in entry.training.items() if key == "label_smoothing"}
    return replace(
        entry,
        training=MappingProxyType({**EQUAL_TRAINING, **own}),
        model=MappingProxyType({**entry.model, **EQUAL_MODEL}),
    )


def list_models() -> tuple[ModelEntry, ...]:
    """Return every built-in model, in the order in which they are listed."""
    return _ENTRIES
