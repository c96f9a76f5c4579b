"""The Triple-MNIST report: what it printed, and how.

It reads images of three digits whose labels never repeat between training, validation and test.
Its data are the published ones, whose splits share glyphs (about 94 % of the test glyphs stand in
training too): every measured value beside it is on that same data. One seed each; Keras.

Run it again with ``glyphlab reproduce triple-mnist --scale full`` (hours on two cores);
``glyphlab reproduce triple-mnist --recorded`` shows what was measured.
"""

from __future__ import annotations

from glyphlab.reproductions.core import measures as m
from glyphlab.reproductions.core.reproduction import Reproduction
from glyphlab.reproductions.core.rows import Row
from glyphlab.reproductions.triple_mnist.triple_figures import triple_mnist_pictures
from glyphlab.reproductions.triple_mnist.triple_generators import GAN_GENERATORS, GAN_ROWS
from glyphlab.reproductions.triple_mnist.whole_image import WHOLE_MODELS, WHOLE_ROWS
from glyphlab.tasks.task_recipe import TaskRecipe

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

_DIGITS = (0.9949, 0.9962, 0.9896, 0.9947, 0.9953, 0.9925, 0.9951, 0.9922, 0.9881, 0.9795)

_SLICED = (
    Row("4.slices-train", "Strips to train on", "images", 192_000, "Task 4.3", DATA,
        m.images("train", 3)),
    Row("4.slices-val", "Strips to validate on", "images", 48_000, "Task 4.3", DATA,
        m.images("val", 3)),
    Row("4.slices-test", "Strips to test on", "images", 60_000, "Task 4.3", DATA,
        m.images("test", 3)),
    Row("4.train", "Sliced CNN, training accuracy of a digit", "accuracy", 0.9971, "Task 4.4",
        ONE_SEED, m.train_accuracy, "report-sliced", 192_000),
    Row("4.val-digit", "Sliced CNN, validation accuracy of a digit", "position_accuracy", 0.9924,
        "Task 4.4", ONE_SEED, m.position_accuracy_on_validation, "report-sliced", 48_000),
    Row("4.val", "Sliced CNN, validation", "exact_match", 0.9753, "Task 4.5", ONE_SEED,
        m.exact_match_on_validation, "report-sliced", VALIDATION),
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
        m.exact_match_on_validation, "report-multihead", VALIDATION),
    Row("5a.test", "Three-head CNN, test", "exact_match", 0.9050, "Task 5a.4",
        ONE_SEED + ", a tenth of the training images held out", m.exact_match_on_test,
        "report-multihead", TEST),
    Row("5a.f1", "Three-head CNN, test F1", "weighted_f1_label", 0.9412, "Task 5a.4",
        ONE_SEED + ", a tenth of the training images held out", m.f1_on_test, "report-multihead",
        TEST),
)  # fmt: skip


TRIPLE_MNIST = Reproduction(
    name="triple-mnist",
    title="Triple-MNIST: reading three digits whose combination was never seen",
    published=TaskRecipe(name="triple", data="mnist", as_published=True),
    smoke=TaskRecipe(name="triple", data="digits", per_label=2, square=20),
    rows=(*_FACTS, *WHOLE_ROWS, *_SLICED, *_THREE_HEADS, *GAN_ROWS),
    generators=GAN_GENERATORS,
    models=WHOLE_MODELS,
    pictures=triple_mnist_pictures,
)
