"""The nets of the Fashion-MNIST report."""

from __future__ import annotations

from collections.abc import Iterator

from glyphlab.recipes import ModelEntry
from glyphlab.reproductions.core.keras_models import keras_model

__all__ = ["SETTINGS", "fashion_models"]

SMALL = ("dense 32",)
DEEP = ("dense 64", "dense 32", "dense 32")
CONVOLUTIONS = (
    "conv 32 3", "conv 64 3", "pool 2", "conv 64 3", "conv 128 3", "pool 2", "conv 50 3", "pool 2",
)  # fmt: skip

SETTINGS = (  # number, optimiser, rate, batch, epochs
    (1, "sgd", 0.01, 128, 5),
    (2, "sgd", 0.01, 128, 50),
    (3, "sgd", 0.01, 256, 50),
    (4, "sgd", 0.1, 128, 50),
    (5, "adam", 0.001, 128, 50),
    (6, "adam", 0.001, 256, 50),
    (7, "adam", 0.1, 256, 50),
    (8, "nadam", 0.001, 256, 50),
    (9, "rmsprop", 0.001, 256, 50),
)
"""Of the small net."""

SEARCHED = (  # name, optimiser, rate, batch
    ("fashion-rate-1e-5", "sgd", 1e-5, 128),
    ("fashion-rate-1e-4", "sgd", 1e-4, 128),
    ("fashion-rate-1e-3", "sgd", 1e-3, 128),
    ("fashion-batch-32", "sgd", 0.01, 32),
    ("fashion-batch-64", "sgd", 0.01, 64),
    ("fashion-nadam-0.1", "nadam", 0.1, 256),
    ("fashion-rmsprop-0.1", "rmsprop", 0.1, 256),
)
"""Of the small net in the report's three searches, where no other model has the setting."""


def fashion_models() -> Iterator[ModelEntry]:
    """Yield every net; the report names no share for its dropout, and here it is a half."""
    for number, optimizer, rate, batch, epochs in SETTINGS:
        yield keras_model(
            f"fashion-{number}",
            SMALL,
            about=f"32 sigmoid units, {optimizer} at {rate:g}, batch {batch}, {epochs} epochs",
            optimizer=optimizer,
            learning_rate=rate,
            batch_size=batch,
            epochs=epochs,
            activation="sigmoid",
            validation_fraction=0.1,
        )
    yield keras_model(
        "fashion-optuna", SMALL, about="what Optuna chose in trial 3: SGD at 0.1, batch 256",
        optimizer="sgd", learning_rate=0.1, batch_size=256, epochs=50, activation="sigmoid",
        validation_fraction=0.1,
    )  # fmt: skip
    for name, optimizer, rate, batch in SEARCHED:
        yield keras_model(
            name, SMALL, about=f"a trial of a search: {optimizer} at {rate:g}, batch {batch}",
            optimizer=optimizer, learning_rate=rate, batch_size=batch, epochs=50,
            activation="sigmoid", validation_fraction=0.1,
        )  # fmt: skip
    yield keras_model(
        "fashion-deep",
        DEEP,
        about="64, 32 and 32 units",
        batch_size=256,
        epochs=50,
        validation_fraction=0.1,
    )
    # The report prints the table without gaps: 25610.1 is batch 256, ten epochs, a tenth held out.
    yield keras_model(
        "fashion-cnn", (*CONVOLUTIONS, "dense 1024", "dense 128"),
        about="five convolutions, no dropout", batch_size=256, epochs=10, validation_fraction=0.1,
    )  # fmt: skip
    yield keras_model(
        "fashion-dropout",
        (*CONVOLUTIONS, "dense 1024", "dropout 0.5", "dense 128", "dropout 0.5"),
        about="five convolutions, dropout after each dense layer",
        batch_size=256,
        epochs=10,
        validation_fraction=0.1,
    )
