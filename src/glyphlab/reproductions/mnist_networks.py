"""The MNIST networks report: how many units, which penalty, which activation, and one CNN.

Most of its results are curves without numbers; the rows are the logs and sentences that have some.
It trains on all 60,000 images and calls the test images validation, so ours are scored on test as
well, at the end. One seed each; Keras, Adam, batch 128, ten epochs.

Run it again with ``glyphlab reproduce mnist-networks --scale full``; ``--rows 1.3.val`` runs one.
"""

from __future__ import annotations

from collections.abc import Iterator

from glyphlab.models import ModelEntry
from glyphlab.reproductions import measures as m
from glyphlab.reproductions.keras_models import keras_model
from glyphlab.reproductions.reproduction import Reproduction
from glyphlab.reproductions.rows import Row
from glyphlab.train import TaskRecipe

__all__ = ["MNIST_NETWORKS"]

ONE_SEED = "one seed, all 60,000 images, test images as validation, last of 10 epochs"
TEST, TRAINING = 10_000, 60_000


def _models() -> Iterator[ModelEntry]:
    yield keras_model(
        "units-30-100", ("dense 30", "dense 100"), about="30 and 100 units", batch=128, epochs=10
    )
    yield keras_model(
        "units-200", ("dense 200",), about="200 units, l1 of 1e-6", batch=128, epochs=10, l1=1e-6
    )
    for activation in ("relu", "tanh"):
        yield keras_model(
            f"{activation}-200-100", ("dense 200", "dense 100"),
            about=f"200 and 100 {activation} units, a sixth held out", batch=128, epochs=10,
            activation=activation, hold_out=1 / 6,
        )  # fmt: skip
    yield keras_model(
        "cnn-200-100", ("conv 200 5 same", "pool 2", "conv 100 3 same", "pool 2"),
        about="two convolutions of 200 and 100 channels", batch=128, epochs=10,
    )  # fmt: skip


def _rows() -> Iterator[Row]:
    for key, model, what, count, loss, accuracy, test_loss, test in (
        ("1.3", "units-30-100", "30 and 100 units", 27_660, 0.0715, 0.9779, 0.1006, 0.9701),
        ("1.6", "units-200", "200 units, l1 of 1e-6", 159_010, 0.0302, 0.9946, 0.0702, 0.9826),
        ("1.7", "cnn-200-100", "CNN", 234_310, 0.0084, 0.9973, 0.0314, 0.9911),
    ):
        yield Row(f"{key}.parameters", f"{what}, parameters", "parameters", count, key,
                  "the net's own count", m.parameters, model)  # fmt: skip
        yield Row(f"{key}.loss", f"{what}, training loss", "loss", loss, key, ONE_SEED,
                  m.at_the_end("loss"), model)  # fmt: skip
        yield Row(f"{key}.train", f"{what}, training accuracy", "accuracy", accuracy, key, ONE_SEED,
                  m.at_the_end("accuracy"), model, TRAINING)  # fmt: skip
        yield Row(
            f"{key}.val-loss", f"{what}, loss on the test images", "loss", test_loss, key,
            ONE_SEED, m.summary_value("test_loss"), model,
            not_comparable="the report's loss holds its penalty too" if key == "1.6" else "",
        )  # fmt: skip
        yield Row(f"{key}.val", f"{what}, accuracy on the test images", "exact_match", test, key,
                  ONE_SEED, m.exact_match_on_test, model, TEST)  # fmt: skip
    for activation, epochs in (("relu", 1), ("tanh", 3)):
        yield Row(
            f"1.5.{activation}", f"{activation}, epochs until validation is within 0.5 points of "
            "its end", "epochs", epochs, "1.5, text",
            "read off curves of one seed; 'converges' is given no measure: half a point is ours",
            m.epochs_to_converge(0.005), f"{activation}-200-100",
        )  # fmt: skip


MNIST_NETWORKS = Reproduction(
    name="mnist-networks",
    title="MNIST networks: units, penalties, activations, and a CNN",
    published=TaskRecipe(name="single", data="mnist", validation=0.0, square=0),
    smoke=TaskRecipe(name="single", data="digits", validation=0.0, square=0),
    rows=tuple(_rows()),
    models=tuple(_models()),
    seeds=5,
)
