"""The Fashion-MNIST report: nine settings of one small perceptron, a deeper one, and two CNNs.

One seed each; Keras, a tenth of the training images held out to validate. Its text says that 0.867
by hand beats 0.858 by Optuna, and that Nadam overfits: each is a row of its own here. The report
names no share for its dropout; here it is a half.

Run it again with ``glyphlab reproduce fashion-mnist --scale full``; ``--rows 4.test`` runs one.
"""

from __future__ import annotations

from collections.abc import Iterator

from glyphlab.recipes import ModelEntry
from glyphlab.reporting import curve_grid
from glyphlab.reproductions.core import measures as m
from glyphlab.reproductions.core.keras_models import keras_model
from glyphlab.reproductions.core.reproduction import Reproduction
from glyphlab.reproductions.core.rows import Row
from glyphlab.reproductions.core.run_pictures import BAND, Named, curves_of, errors_of
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["FASHION_MNIST"]

ONE_SEED = "one seed, a tenth of the training images held out, weights of the last epoch"
TEST, VALIDATION, TRAINING = 10_000, 6_000, 54_000

_CLASSES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
            "ankle boot")  # fmt: skip
SMALL = ("dense 32",)
DEEP = ("dense 64", "dense 32", "dense 32")
CONVOLUTIONS = (
    "conv 32 3", "conv 64 3", "pool 2", "conv 64 3", "conv 128 3", "pool 2", "conv 50 3", "pool 2",
)  # fmt: skip

_SETTINGS = (  # number, optimiser, rate, batch, epochs
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

_REPORTED = {  # loss, accuracy, val loss, val accuracy, test loss, test accuracy
    "1": (1.026, 0.734, 0.970, 0.748, 0.992, 0.729),
    "2": (0.485, 0.832, 0.482, 0.829, 0.509, 0.822),
    "3": (0.576, 0.807, 0.567, 0.806, 0.595, 0.799),
    "4": (0.314, 0.888, 0.344, 0.876, 0.374, 0.867),
    "5": (0.229, 0.919, 0.327, 0.883, 0.357, 0.876),
    "6": (0.253, 0.910, 0.330, 0.883, 0.359, 0.875),
    "7": (0.501, 0.830, 0.537, 0.825, 0.557, 0.814),
    "8": (0.250, 0.911, 0.325, 0.881, 0.353, 0.876),
    "9": (0.268, 0.905, 0.330, 0.880, 0.352, 0.877),
    "deep": (0.189, 0.933, 0.335, 0.891, 0.362, 0.881),
    "cnn": (0.067, 0.976, 0.327, 0.910, 0.343, 0.916),
    "dropout": (0.202, 0.928, 0.2381, 0.915, 0.253, 0.911),
}


def _models() -> Iterator[ModelEntry]:
    for number, optimizer, rate, batch, epochs in _SETTINGS:
        yield keras_model(
            f"fashion-{number}",
            SMALL,
            about=f"32 sigmoid units, {optimizer} at {rate:g}, batch {batch}, {epochs} epochs",
            optimizer=optimizer,
            rate=rate,
            batch=batch,
            epochs=epochs,
            activation="sigmoid",
            hold_out=0.1,
        )
    yield keras_model(
        "fashion-optuna", SMALL, about="what Optuna chose in trial 3: SGD at 0.1, batch 256",
        optimizer="sgd", rate=0.1, batch=256, epochs=50, activation="sigmoid", hold_out=0.1,
    )  # fmt: skip
    yield keras_model(
        "fashion-deep", DEEP, about="64, 32 and 32 units", batch=256, epochs=50, hold_out=0.1
    )
    # The report's table says one epoch; its text speaks of curves over epochs, and 0.976 on the
    # training images is not reached in one: it is taken as the ten of its neighbour.
    yield keras_model(
        "fashion-cnn", (*CONVOLUTIONS, "dense 1024", "dense 128"),
        about="five convolutions, no dropout", batch=256, epochs=10, hold_out=0.1,
    )  # fmt: skip
    yield keras_model(
        "fashion-dropout",
        (*CONVOLUTIONS, "dense 1024", "dropout 0.5", "dense 128", "dropout 0.5"),
        about="five convolutions, dropout after each dense layer",
        batch=256,
        epochs=10,
        hold_out=0.1,
    )


def _rows() -> Iterator[Row]:
    for model, count, table in (
        ("fashion-4", 25_450, "Building The Architecture"),
        ("fashion-deep", 53_706, "Building a Deeper Architecture"),
        ("fashion-dropout", 371_964, "CNN with Dropout"),
    ):
        key = model.removeprefix("fashion-")
        yield Row(f"{key}.parameters", f"Parameters of {_called(key)}", "parameters", count, table,
                  "the net's own count", m.parameters, model)  # fmt: skip
    for key, (loss, accuracy, val_loss, val, test_loss, test) in _REPORTED.items():
        what, model, table = _called(key), f"fashion-{key}", f"Evaluating: {_called(key)}"
        yield Row(f"{key}.loss", f"{what}, training loss", "loss", loss, table, ONE_SEED,
                  m.at_the_end("loss"), model)  # fmt: skip
        yield Row(f"{key}.train", f"{what}, training accuracy", "accuracy", accuracy, table,
                  ONE_SEED, m.at_the_end("accuracy"), model, TRAINING)  # fmt: skip
        yield Row(f"{key}.val-loss", f"{what}, validation loss", "loss", val_loss, table, ONE_SEED,
                  m.at_the_end("val_loss"), model)  # fmt: skip
        yield Row(f"{key}.val", f"{what}, validation accuracy", "accuracy", val, table, ONE_SEED,
                  m.at_the_end("val_exact_match"), model, VALIDATION)  # fmt: skip
        yield Row(f"{key}.test-loss", f"{what}, test loss", "loss", test_loss, table, ONE_SEED,
                  m.loss_on_test, model)  # fmt: skip
        yield Row(f"{key}.test", f"{what}, test accuracy", "exact_match", test, table, ONE_SEED,
                  m.exact_match_on_test, model, TEST)  # fmt: skip
    yield Row("claim.by-hand", "By hand (model 4) above Optuna (trial 3), test accuracy",
              "difference", 0.867 - 0.858, "Optuna – Trial", "one seed each; Optuna's choice is "
              "taken as SGD at rate 0.1, the only one of its four that this rate suits",
              m.above_on_test, "fashion-4", against="fashion-optuna", claim="above")  # fmt: skip
    yield Row("claim.nadam", "Nadam's gap between training and validation above Adam's",
              "difference", (0.911 - 0.881) - (0.910 - 0.883), "Model 8", "one seed each",
              m.gap_above, "fashion-8", against="fashion-6", claim="above")  # fmt: skip
    yield Row("claim.dropout", "CNN with dropout above the CNN without, test accuracy",
              "difference", 0.911 - 0.916, "CNN with Dropout", "one seed each", m.above_on_test,
              "fashion-dropout", against="fashion-cnn")  # fmt: skip


def _called(key: str) -> str:
    names = {"deep": "the deeper net", "cnn": "the CNN", "dropout": "the CNN with dropout"}
    return names.get(key, f"model {key}")


def _figures(runs: Named) -> list[tuple[str, str]]:
    """Draw the losses of the small nets, and what the CNN with dropout misreads."""
    found = []
    names = {f"fashion-{number}": f"{number}: {optimizer} {rate:g}, {batch}"
             for number, optimizer, rate, batch, _ in _SETTINGS}  # fmt: skip
    panels = curves_of(runs, names, ("loss", "val_loss"))
    if panels:
        caption = (
            "Loss by epoch of the nine settings: number, optimiser, rate and batch over each "
            f"chart. {BAND}; where the two part, the net overfits"
        )
        found.append((caption, curve_grid(panels, "loss", share=False)))
    dropout = runs.get("fashion-dropout", ())
    named = dropout and dropout[0].summary.data == "fashion-mnist"
    gallery = errors_of(dropout, _CLASSES if named else ())
    if gallery is not None:
        caption = (
            "Test images that the CNN with dropout misreads, the surest first: what each is, what "
            "it was read as, and the net's confidence"
        )
        found.append((caption, gallery))
    return found


FASHION_MNIST = Reproduction(
    name="fashion-mnist",
    title="Fashion-MNIST: nine settings of one small net, and larger ones",
    published=TaskRecipe(name="single", data="fashion-mnist", validation=0.0, square=0),
    smoke=TaskRecipe(name="single", data="digits", validation=0.0, square=0),
    rows=tuple(_rows()),
    models=tuple(_models()),
    figures=_figures,
    seeds=5,
)
