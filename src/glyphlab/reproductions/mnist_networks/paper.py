"""The MNIST networks report: how many units, which penalty, which activation, and one CNN.

Most of its results are curves without numbers. Its logs are rows as they stand; its sentences are
rows that ask whether what they say holds (`Row.claim`). It trains on all 60,000 images and calls
the test images validation. Rows about ends are trained likewise and scored on test, once, at the
end; rows about curves would look at the test set ten times, so there a sixth of the training images
is held out instead: as many images to validate on as the report had. One seed each; Keras, Adam,
batch 128, ten epochs.

What the report leaves open, and what is taken here:

- 1.3 names no penalty. Its one log (0.0715) is met without one, so there is none.
- 1.4 names neither net nor penalty. The net is taken as 200 and 100 units, the first of 1.3 and of
  1.5 and the "~178,000 parameters in the dense net" of 1.7. The penalty is taken as L2 on every
  kernel: with L1, which 1.6 names for its own net, a strength of 1e-2 leaves hardly anything
  to learn with, and the report's sentence on 1e-2 could not have been written (row 1.4.like-l1).
- 1.5 gives strengths of 0 and 1e-8: the penalty is that of 1.4.
- "Converge" has no measure. It is read in two ways: validation stands within half a point of its
  end, and the curves of training and validation meet.

Run it again with ``glyphlab reproduce mnist-networks --scale full``; ``--rows 1.3.val`` runs one.
"""

from __future__ import annotations

from collections.abc import Iterator

from glyphlab.recipes import ModelEntry
from glyphlab.reproductions.core import generator_measures as g
from glyphlab.reproductions.core import measures as m
from glyphlab.reproductions.core import sweeps as s
from glyphlab.reproductions.core.keras_models import keras_model
from glyphlab.reproductions.core.reproduction import Reproduction
from glyphlab.reproductions.core.rows import Row
from glyphlab.reproductions.mnist_networks.network_figures import figures
from glyphlab.reproductions.mnist_networks.network_models import (
    BETWEEN,
    ENDS,
    HELD_OUT,
    LAMBDAS,
    SETTINGS,
    TANH,
    penalty_name,
    tanh_name,
)
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["MNIST_NETWORKS"]

ONE_SEED = "one seed, all 60,000 images, test images as validation, last of 10 epochs"
CURVES = "a sentence on curves of one seed each; ours hold out a sixth of the training images"
TEST, TRAINING = 10_000, 60_000
CONVERGE = "'converges' is given no measure: half a point is ours"
MEET = "'converges' read as: training accuracy reaches validation accuracy"


def _models() -> Iterator[ModelEntry]:
    for first, second in (*SETTINGS, *BETWEEN):
        yield keras_model(
            f"units-{first}-{second}", (f"dense {first}", f"dense {second}"),
            about=f"{first} and {second} units", batch=128, epochs=10,
        )  # fmt: skip
    yield keras_model(
        "units-200", ("dense 200",), about="200 units, l1 of 1e-6", batch=128, epochs=10, l1=1e-6
    )
    for first, second in SETTINGS:
        yield keras_model(
            f"relu-{first}-{second}", (f"dense {first}", f"dense {second}"),
            about=f"{first} and {second} relu units, a sixth held out", batch=128, epochs=10,
            hold_out=1 / 6,
        )  # fmt: skip
    for first, second, strength in TANH:
        yield keras_model(
            tanh_name(first, second, strength), (f"dense {first}", f"dense {second}"),
            about=f"{first} and {second} tanh units, l2 of {strength:g}, a sixth held out",
            batch=128, epochs=10, activation="tanh", hold_out=1 / 6, l2=strength,
        )  # fmt: skip
    for kind, strength in (*(("l2", one) for one in LAMBDAS), ("l1", 1e-2)):
        yield keras_model(
            penalty_name(kind, strength), ("dense 200", "dense 100"),
            about=f"200 and 100 units, {kind} of {strength:g}, a sixth held out", batch=128,
            epochs=10, hold_out=1 / 6, l1=strength if kind == "l1" else 0.0,
            l2=strength if kind == "l2" else 0.0,
        )  # fmt: skip
    yield keras_model(
        "cnn-200-100", ("conv 200 5 same", "pool 2", "conv 100 3 same", "pool 2"),
        about="two convolutions of 200 and 100 channels", batch=128, epochs=10,
    )  # fmt: skip


def _logs() -> Iterator[Row]:
    """Yield the rows of what the report printed as numbers."""
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
            ONE_SEED, m.loss_on_test, model,
            not_comparable="the report's loss holds its penalty too" if key == "1.6" else "",
        )  # fmt: skip
        yield Row(f"{key}.val", f"{what}, accuracy on the test images", "exact_match", test, key,
                  ONE_SEED, m.exact_match_on_test, model, TEST)  # fmt: skip


def _units() -> Iterator[Row]:
    """Yield the sentences of 1.3."""
    first, rest = HELD_OUT[0], HELD_OUT[1:]
    grid = tuple(name for name in rest if name != "relu-30-100")
    text = "1.3, text"
    for key, column in (("train", "accuracy"), ("val", "val_exact_match")):
        what = "training" if key == "train" else "validation"
        yield Row(f"1.3.total-{key}", f"Accuracy goes down with the sum of the units, {what}: rank "
                  "correlation over the ten nets", "correlation", 0.0, text, CURVES,
                  s.rank_correlation(s.total_units, s.last(column)), claim="above",
                  model=first, others=rest)  # fmt: skip
        yield Row(f"1.3.first-{key}", "The first layer's units matter more than the second's, "
                  f"{what}: gain from 10 to 200 units", "difference", 0.0, text, CURVES,
                  s.first_layer_above_second(column), claim="above",
                  model=first, others=grid)  # fmt: skip
    yield Row("1.3.gap", "Training accuracy ends above validation accuracy with every number of "
              "units: the net where it does so least", "difference", 0.0, text, CURVES,
              s.smallest_gap("accuracy", "val_exact_match"), claim="above",
              model=first, others=rest)  # fmt: skip
    yield Row("1.3.gap-loss", "Validation loss ends above training loss with every number of "
              "units: the net where it does so least", "loss", 0.0, text, CURVES,
              s.smallest_gap("val_loss", "loss"), claim="above",
              model=first, others=rest)  # fmt: skip
    yield Row("1.3.start", "The curves start far apart, and end nearer to each other: spread of "
              "training accuracy after the first epoch, less that after the last", "difference",
              0.0, text, CURVES, s.spread_shrinks("accuracy"), claim="above",
              model=first, others=rest)  # fmt: skip
    yield Row("1.3.meet", "Epochs until training accuracy reaches validation accuracy, mean over "
              "the ten nets", "epochs", 1, text, f"{CURVES}; {MEET}", s.epochs_to_meet,
              model=first, others=rest)  # fmt: skip
    for key, epoch, which in (("stay", 1, "first"), ("stay-later", 2, "second")):
        yield Row(f"1.3.{key}", "Training and validation go on converging: gap after the last "
                  f"epoch, less that after the {which}, mean over the ten nets", "difference", 0.0,
                  text, CURVES + "; training accuracy is the mean over an epoch, so the first "
                  "gap is mostly that", s.gap_grows(epoch), claim="below", model=first,
                  others=rest)  # fmt: skip
    yield Row("1.3.needed", "Parameters needed for 97 % on the test images, read between nets",
              "parameters", 27_500, "1.3, text: ~27000-28000", ONE_SEED + "; ours reads between "
              "the report's ten nets and two of our own, with 20 and 40 units before 100",
              s.parameters_for(0.97), ENDS[0], others=ENDS[1:], slack=500)  # fmt: skip


def _penalties() -> Iterator[Row]:
    """Yield the sentences of 1.4."""
    text = "1.4, text"
    for kind, note in (("l2", ""), ("l1", ", had it been L1")):
        model = penalty_name(kind, 1e-2)
        yield Row(
            "1.4.like" if kind == "l2" else "1.4.like-l1",
            "A strength of 1e-2 learns like 10 and 10 units: distance from that curve, where 1 is "
            f"as far as without a penalty{note}", "distance", 0.5, text,
            f"{CURVES}; the penalty is not named; 'similar' taken as nearer than half way",
            s.curve_between(model, "relu-10-10", "relu-200-100"), model,
            others=("relu-10-10", "relu-200-100"), claim="below", bound=0.5,
        )  # fmt: skip
    first, *rest = (penalty_name("l2", one) for one in LAMBDAS)
    yield Row("1.4.overfit", "A smaller strength overfits more: rank correlation of strength and "
              "the final gap between training and validation", "correlation", 0.0, text, CURVES,
              s.rank_correlation(s.penalty_strength, s.last_gap), claim="below",
              model=first, others=tuple(rest))  # fmt: skip
    yield Row("1.4.small", "A very small strength performs poorly on validation: rank correlation "
              "of strength and final validation accuracy", "correlation", 0.0, text, CURVES,
              s.rank_correlation(s.penalty_strength, s.last("val_exact_match")), claim="above",
              model=first, others=tuple(rest))  # fmt: skip


def _activations() -> Iterator[Row]:
    """Yield the sentences of 1.5."""
    text = "1.5, text"
    for activation, epochs in (("relu", 1), ("tanh", 3)):
        yield Row(
            f"1.5.{activation}", f"{activation}, epochs until validation is within 0.5 points of "
            "its end", "epochs", epochs, text, f"read off curves of one seed; {CONVERGE}",
            m.epochs_to_converge(0.005), f"{activation}-200-100",
        )  # fmt: skip
    tanh = [tanh_name(*one) for one in TANH]
    for model, (first, second, strength) in zip(tanh[1:], TANH[1:], strict=True):
        what = f"tanh, {first} and {second} units" + (
            f", strength {strength:g}" if strength else ""
        )
        key = "-".join(
            ["tanh", *(["100"] if first == 100 else []), *(["1e-8"] if strength else [])]
        )
        yield Row(f"1.5.{key}", f"{what}, epochs until validation is within 0.5 points of its end",
                  "epochs", 3, text, f"read off curves of one seed; {CONVERGE}",
                  m.epochs_to_converge(0.005), model)  # fmt: skip
    relu = ["relu-200-100", "relu-100-100"]
    for key, measure, how, until in (
        ("later", s.converged_after(0.005), CONVERGE, "to converge"),
        ("meet-later", s.met_after, MEET, "until training meets validation"),
    ):
        yield Row(f"1.5.{key}", f"tanh takes more epochs {until} than relu: the four tanh nets "
                  "less the relu nets of the same units", "epochs", 0.0, text, f"{CURVES}; {how}",
                  s.later_than(tanh, relu, measure), tanh[0], others=(*tanh[1:], *relu),
                  claim="above")  # fmt: skip
    for activation, names, epochs in (("relu", relu, 1), ("tanh", tanh, 3)):
        yield Row(f"1.5.meet-{activation}", f"{activation}, epochs until training accuracy reaches "
                  "validation accuracy", "epochs", epochs, text, f"{CURVES}; {MEET}",
                  s.epochs_to_meet, names[0], others=tuple(names[1:]))  # fmt: skip


def _cnn() -> Iterator[Row]:
    """Yield the sentences of 1.7."""
    text = "1.7, text"
    dense, cnn = "units-200-100", "cnn-200-100"
    yield Row("1.7.dense", "Parameters of the dense net that the CNN is held against", "parameters",
              178_000, text, "~178,000: to the nearest thousand", m.parameters, dense,
              slack=500)  # fmt: skip
    yield Row("1.7.above", "The CNN above the dense net of 200 and 100 units, test accuracy",
              "difference", 0.0, text, ONE_SEED, m.above_on_test, cnn, against=dense,
              claim="above")  # fmt: skip
    yield Row("1.7.in-sample", "The CNN's error on the training images is below 1 %: accuracy",
              "accuracy", 0.99, text, ONE_SEED, m.at_the_end("accuracy"), cnn, claim="above",
              bound=0.99)  # fmt: skip
    yield Row("1.7.error", "The CNN's error on the test images is at most 3 %: accuracy",
              "exact_match", 0.97, text, ONE_SEED + "; its own log says 0.9 %",
              m.exact_match_on_test, cnn, claim="above", bound=0.97)  # fmt: skip
    yield Row("1.7.people", "The CNN misreads what people could not place either: share of its "
              "test errors that most seeds of the dense net make too", "share", 0.5, text,
              "one seed; the report looked at some of the images", s.errors_shared(cnn, dense), cnn,
              others=(dense,), claim="above", bound=0.5,
              not_comparable="no people were asked; the images stand on the page")  # fmt: skip


def _gan() -> Iterator[Row]:
    """Yield the sentences of part 2: it shows two curves of losses and gives no numbers."""
    text, look = "2.4, text", "curves of one training of unknown length"
    yield Row("2.4.g-starts", "Dense GAN: generator's loss in the first epoch less that of the "
              "last", "player_loss", 0.0, f"{text}: starts quite large", look,
              g.loss_drop("g_loss"), "dense", claim="above")  # fmt: skip
    yield Row("2.4.d-rises", "Dense GAN: discriminator's loss at the end less its lowest",
              "player_loss", 0.0, f"{text}: see the discriminator error rise", look,
              g.rise_from_lowest("d_loss"), "dense", claim="above")  # fmt: skip
    for player, key, times in (("discriminator", "d_loss", 0.5), ("generator", "g_loss", 1.0)):
        yield Row(f"2.4.{player[0]}-end", f"Dense GAN: {player}'s loss at the end", "player_loss",
                  0.75, f"{text}: will converge at 0.75 if trained for more epochs", look,
                  g.loss_at_the_end(key, times), "dense", slack=0.05)  # fmt: skip
    yield Row("2.4.collapse", "Dense GAN: class KL of what it draws at the end, nats; above 0.35 "
              "three digits are gone", "distance", 0.35, f"{text}: did not avoid mode collapse",
              look, g.class_kl, "dense", claim="above",
              bound=0.35)  # fmt: skip


MNIST_NETWORKS = Reproduction(
    name="mnist-networks",
    title="MNIST networks: units, penalties, activations, and a CNN",
    published=TaskRecipe(name="single", data="mnist", validation=0.0, square=0),
    smoke=TaskRecipe(name="single", data="digits", validation=0.0, square=0),
    rows=(*_logs(), *_units(), *_penalties(), *_activations(), *_cnn(), *_gan()),
    generators=("dense",),
    models=tuple(_models()),
    figures=figures,
    seeds=5,
)
