"""The Triple-MNIST report: what it printed, and how.

It reads images of three digits whose labels never repeat between training, validation and test.
Its data are the published ones, whose splits share glyphs (about 94 % of the test glyphs stand in
training too): every measured value beside it is on that same data. One seed each; Keras.

Run it again with ``glyphlab reproduce triple-mnist --scale full`` (more than an hour on two cores);
``glyphlab reproduce triple-mnist --recorded`` shows what was measured.
"""

from __future__ import annotations

import numpy as np

from glyphlab.compose import Task
from glyphlab.report import image_grid, label_grid, overlap_figure
from glyphlab.reproductions import measures as m
from glyphlab.reproductions.reproduction import Reproduction
from glyphlab.reproductions.rows import Row
from glyphlab.seeds import numpy_rng
from glyphlab.train import TaskRecipe

__all__ = ["TRIPLE_MNIST"]

DATA = "counted on the published files"
ONE_SEED = "one seed, published data (splits share glyphs), last of 5 epochs"
TEST = 20_000
VALIDATION = 16_000

_FACTS = (
    Row("1.height", "Image height, pixels", "pixels", 84, "Task 1, 1", DATA, m.image_side(0)),
    Row("1.width", "Image width, pixels", "pixels", 84, "Task 1, 1", DATA, m.image_side(1)),
    Row("1.train", "Training images", "images", 64_000, "Task 1, 1", DATA, m.images("train")),
    Row("1.val", "Validation images", "images", 16_000, "Task 1, 1", DATA, m.images("val")),
    Row("1.test", "Test images", "images", 20_000, "Task 1, 1", DATA, m.images("test")),
    Row("1.labels-train", "Labels in training", "labels", 640, "Task 1, label distribution", DATA,
        m.distinct_labels("train")),
    Row("1.labels-val", "Labels in validation", "labels", 160, "Task 2.3", DATA,
        m.distinct_labels("val")),
    Row("1.labels-test", "Labels in test", "labels", 200, "Task 1, label distribution", DATA,
        m.distinct_labels("test")),
    Row("1.per-label", "Training images a label", "images", 100, "Task 1, label distribution", DATA,
        m.images_a_label),
    Row("1.absent", "Labels that training never shows", "labels", 360,
        "Task 1, label distribution", DATA, m.labels_absent),
    Row("1.overlap", "Labels shared by training and test", "labels", 0,
        "Task 1, label distribution", DATA, m.shared_labels("train", "test")),
)  # fmt: skip

_WHOLE = (
    Row("2.4.parameters", "Parameters of the 640-class CNN", "parameters", 2_505_920,
        "Task 2.4, model architecture", "the net's own count", m.parameters, "report-whole"),
    Row("2.4.train", "640-class CNN, training accuracy", "accuracy", 0.8788,
        "Task 2.4, results", ONE_SEED + "; Keras's running accuracy of the last epoch",
        m.summary_value("train_accuracy"), "report-whole", 64_000),
    Row("2.4.val", "640-class CNN, validation", "exact_match", 0.0, "Task 2.4, results", ONE_SEED,
        m.summary_value("val", "exact_match"), "report-whole", VALIDATION),
    Row("2.4.test", "640-class CNN, test", "exact_match", 0.0, "Test set evaluation", ONE_SEED,
        m.exact_match_on_test, "report-whole", TEST),
    Row("2.4.f1", "640-class CNN, test F1", "weighted_f1_label", 0.0, "Test set evaluation",
        ONE_SEED, m.f1_on_test, "report-whole", TEST),
    Row("2.4.predicted", "Labels that the 640-class CNN predicts on test", "labels", 546,
        "Confusion matrix", ONE_SEED, m.labels_predicted, "report-whole",
        not_comparable="a count from one unseeded run, with no spread to hold ours against"),
    Row("2.4.hit", "Test labels among them", "labels", 0, "Confusion matrix", ONE_SEED,
        m.true_labels_predicted, "report-whole"),
)  # fmt: skip

_DIGITS = (0.9949, 0.9962, 0.9896, 0.9947, 0.9953, 0.9925, 0.9951, 0.9922, 0.9881, 0.9795)

_SLICED = (
    Row("4.slices-train", "Strips to train on", "images", 192_000, "Task 4.3", DATA,
        m.images("train", 3)),
    Row("4.slices-val", "Strips to validate on", "images", 48_000, "Task 4.3", DATA,
        m.images("val", 3)),
    Row("4.slices-test", "Strips to test on", "images", 60_000, "Task 4.3", DATA,
        m.images("test", 3)),
    Row("4.train", "Sliced CNN, training accuracy of a digit", "accuracy", 0.9971, "Task 4.4",
        ONE_SEED, m.summary_value("train_accuracy"), "report-sliced", 192_000),
    Row("4.val-digit", "Sliced CNN, validation accuracy of a digit", "position_accuracy", 0.9924,
        "Task 4.4", ONE_SEED, m.summary_value("val", "position_accuracy"), "report-sliced", 48_000),
    Row("4.val", "Sliced CNN, validation", "exact_match", 0.9753, "Task 4.5", ONE_SEED,
        m.summary_value("val", "exact_match"), "report-sliced", VALIDATION),
    Row("4.test", "Sliced CNN, test", "exact_match", 0.9760, "Task 4.6", ONE_SEED,
        m.exact_match_on_test, "report-sliced", TEST),
    Row("4.f1", "Sliced CNN, test F1", "weighted_f1_label", 0.9853, "Task 4.6", ONE_SEED,
        m.f1_on_test, "report-sliced", TEST),
    *(
        Row(f"4.digit-{d}", f"Sliced CNN, test accuracy of the digit {d}", "digit_accuracy", share,
            "Task 4.7", ONE_SEED, m.digit(d), "report-sliced", 6_000)
        for d, share in enumerate(_DIGITS)
    ),
)  # fmt: skip

_THREE_HEADS = (
    Row("5a.val", "Three-head CNN, validation", "exact_match", 0.9095, "Task 5a.4",
        ONE_SEED + ", a tenth of the training images held out",
        m.summary_value("val", "exact_match"), "report-multihead", VALIDATION),
    Row("5a.test", "Three-head CNN, test", "exact_match", 0.9050, "Task 5a.4",
        ONE_SEED + ", a tenth of the training images held out", m.exact_match_on_test,
        "report-multihead", TEST),
    Row("5a.f1", "Three-head CNN, test F1", "weighted_f1_label", 0.9412, "Task 5a.4",
        ONE_SEED + ", a tenth of the training images held out", m.f1_on_test, "report-multihead",
        TEST),
)  # fmt: skip


def _pictures(task: Task) -> list[tuple[str, str]]:
    """Draw the pictures of the report's first task, on the published data."""
    rng = numpy_rng(0, "task-1-pictures")
    train = task.train
    nine = rng.choice(len(train), 9, replace=False)
    name = "".join(map(str, train.labels[0]))
    same = np.flatnonzero((train.labels == train.labels[0]).all(1))[:6]
    numbers = {
        split: (part.labels @ (10 ** np.arange(task.scene.count)[::-1])).tolist()
        for split, part in task.splits.items()
    }
    overlap = task.audit().to_json()["glyph_overlap"]
    return [
        (
            "Nine training images drawn at random",
            image_grid(train.images[nine], _names(train.labels[nine]), 3),
        ),
        (
            f"Images of the one label {name}: other glyphs at other heights",
            image_grid(train.images[same], _names(train.labels[same]), 6),
        ),
        (
            "Every possible label, by the split that holds it: no label stands in two",
            label_grid(
                {split: sorted(set(found)) for split, found in numbers.items()},
                task.classes**task.scene.count,
            ),
        ),
        (
            "What the report did not look for: the share of glyphs that two splits have in common",
            overlap_figure(
                {pair.replace("_", " in "): float(share) for pair, share in overlap.items()
                 if isinstance(share, float)}
            ),
        ),
    ]  # fmt: skip


def _names(labels: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> list[str]:
    return ["".join(map(str, row)) for row in labels.tolist()]


TRIPLE_MNIST = Reproduction(
    name="triple-mnist",
    title="Triple-MNIST: reading three digits whose combination was never seen",
    published=TaskRecipe(name="triple", data="mnist", as_published=True),
    smoke=TaskRecipe(name="triple", data="digits", per_label=1, square=20),
    rows=(*_FACTS, *_WHOLE, *_SLICED, *_THREE_HEADS),
    pictures=_pictures,
)
