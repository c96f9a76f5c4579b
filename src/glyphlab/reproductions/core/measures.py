"""What a row may measure: pure functions of the task and the finished runs.

Every public function here is a measure that a row may name: the task and the runs of the row's
models, one model after the other, come first, and a row gives the arguments after these.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from torch.nn import functional as F

from glyphlab.optim.regularization import Penalty
from glyphlab.reproductions.core.grouping import (
    column_of,
    first_above_second,
    known,
    test_loss,
)
from glyphlab.reproductions.core.measured.paired import above_on_answers, ratio_of_answers
from glyphlab.reproductions.core.measured.training_scores import score_on_training
from glyphlab.reproductions.core.rows import Measured, from_answers, from_fact, from_values
from glyphlab.reproductions.core.scores import converged_after, last_gap
from glyphlab.runs import Answers, Run, glyphs_of
from glyphlab.runs.arrays import Arrays
from glyphlab.tasks import Task
from glyphlab.training.evaluation.loaded_models import load_net

__all__ = [
    "above_on_test",
    "at_the_end",
    "digit",
    "distinct_labels",
    "epochs_run",
    "epochs_to_converge",
    "exact_match_on_test",
    "exact_match_on_validation",
    "f1_on_test",
    "fit_seconds",
    "gap_above",
    "highest_on_validation",
    "image_side",
    "images",
    "images_a_label",
    "in_a_usual_epoch",
    "in_first_epoch",
    "labels_absent",
    "labels_predicted",
    "loss_on_test",
    "loss_under_own_numbers",
    "parameters",
    "pixels",
    "position_accuracy_on_validation",
    "ratio_on_test",
    "shared_labels",
    "symbol_accuracy",
    "train_accuracy",
    "trained_above",
    "true_labels_predicted",
]

CHUNK = 512
"""Images that a net reads at once."""


def images(task: Task, _runs: Sequence[Run], split: str, times: int = 1) -> Measured:
    """Count the images of a split, `times` over where each is cut into as many."""
    return from_fact(len(task.splits[split]) * times)


def image_side(task: Task, _runs: Sequence[Run], axis: int) -> Measured:
    """Return the height (0) or width (1) of an image in pixels."""
    return from_fact(task.train.images.shape[1 + axis])


def pixels(task: Task, _runs: Sequence[Run]) -> Measured:
    """Count the pixels of an image."""
    return from_fact(task.train.images[0].size)


def distinct_labels(task: Task, _runs: Sequence[Run], split: str) -> Measured:
    """Count the different labels of a split."""
    return from_fact(len(_distinct(task, split)))


def images_a_label(task: Task, _runs: Sequence[Run]) -> Measured:
    """Return the mean number of training images a label."""
    return from_fact(len(task.train) / len(_distinct(task, "train")))


def shared_labels(task: Task, _runs: Sequence[Run], first: str, second: str) -> Measured:
    """Count the labels that two splits share."""
    return from_fact(len(_distinct(task, first) & _distinct(task, second)))


def labels_absent(task: Task, _runs: Sequence[Run]) -> Measured:
    """Count the possible labels that training never shows."""
    return from_fact(task.classes**task.scene.count - len(_distinct(task, "train")))


def parameters(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the number of trainable parameters."""
    return from_fact(runs[0].classifier_summary.parameters)


def train_accuracy(task: Task, runs: Sequence[Run]) -> Measured:
    """Return the mean over seeds of the training accuracy, on every training image."""
    found = [score_on_training(run, task) for run in runs]
    return from_values([score for score, _ in found], found[0][1])


def exact_match_on_validation(task: Task, runs: Sequence[Run]) -> Measured:
    """Return the mean over seeds of the exact match on validation."""
    found = [run.classifier_summary.validation.exact_match for run in runs]
    return from_values(found, len(task.val))


def position_accuracy_on_validation(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the mean over seeds and positions of the accuracy on validation."""
    scores = [run.classifier_summary.validation for run in runs]
    return from_values([float(np.mean(one.position_accuracy)) for one in scores])


def loss_on_test(_task: Task, runs: Sequence[Run], with_penalty: bool = False) -> Measured:
    """Return the mean over seeds of the loss on test, with the penalty of its kernels or without.

    Keras's holds it; the penalty is that of the weights which a run keeps.
    """
    losses = [test_loss(run) for run in runs]
    if with_penalty:
        losses = [loss + _penalty(run) for loss, run in zip(losses, runs, strict=True)]
    return from_values(losses)


def symbol_accuracy(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the mean over seeds of the accuracy on the single symbols of the test images."""
    found = [(run, run.classifier_summary.symbols) for run in runs]
    return from_values([known(run, one.accuracy if one else None) for run, one in found])


def epochs_run(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the mean over seeds of the epochs that were trained."""
    return from_values([float(run.summary.epochs_run) for run in runs])


def fit_seconds(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the mean over seeds of the seconds in training steps."""
    return from_values([run.summary.fit_seconds for run in runs])


def at_the_end(_task: Task, runs: Sequence[Run], column: str) -> Measured:
    """Return the mean over seeds of a column of the last epoch's history."""
    return from_values([float(run.metrics()[-1][column]) for run in runs])


def in_first_epoch(_task: Task, runs: Sequence[Run], column: str) -> Measured:
    """Return the mean over seeds of a column of the first epoch's history."""
    return from_values([float(run.metrics()[0][column]) for run in runs])


def in_a_usual_epoch(_task: Task, runs: Sequence[Run], column: str) -> Measured:
    """Return the mean over seeds of a column's median over all epochs."""
    return from_values([float(np.median(column_of(run, column))) for run in runs])


def highest_on_validation(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the highest exact match on validation of all runs, after any of their epochs."""
    scores = [run.classifier_summary.validation.exact_match for run in runs]
    scores += [float(row["val_exact_match"]) for run in runs for row in run.metrics()]
    return from_fact(max(scores))


def above_on_test(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return by how much the first model scores above the second, on the same images."""
    return above_on_answers(runs)


def trained_above(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return by how much the training accuracy of the first half is above that of the second."""
    return first_above_second(runs, lambda run: run.classifier_summary.train_accuracy)


def gap_above(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return by how much more the first half overfits than the second, seed by seed.

    Overfitting is training less validation accuracy after the last epoch.
    """
    return first_above_second(runs, last_gap)


def ratio_on_test(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return how many times as often the first half of the runs is right as the second."""
    return ratio_of_answers(runs)


def epochs_to_converge(_task: Task, runs: Sequence[Run], within: float) -> Measured:
    """Return after how many epochs validation stands within `within` of where it ends."""
    return from_values([converged_after(run, within) for run in runs])


def exact_match_on_test(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the share of test images that are predicted correctly at every position."""
    return from_answers(Answers.of(runs))


def digit(_task: Task, runs: Sequence[Run], which: int) -> Measured:
    """Return the accuracy on the test set's digits of one kind."""
    arrays = _arrays(runs)
    here = arrays[0]["true"] == which
    glyphs = glyphs_of(runs[0])
    return from_answers(
        Answers(
            np.stack([a["pred"][here] == which for a in arrays]),
            None if glyphs is None else glyphs[here][:, None],
        )
    )


def f1_on_test(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return F1 over whole labels, weighted by their frequency among the true ones.

    The report does not name its average. Its F1 lies above its accuracy, which a mean weighted by
    true labels allows and a plain mean over all predicted labels does not.
    """
    scores = []
    for arrays in _arrays(runs):
        true, pred = (_numbers(arrays[key]) for key in ("true", "pred"))
        scores.append(float(f1_score(true, pred, average="weighted", zero_division=0.0)))
    return from_values(scores)


def labels_predicted(_task: Task, runs: Sequence[Run]) -> Measured:
    """Count the different labels that were predicted on the test set."""
    return from_values([float(len(np.unique(_numbers(a["pred"])))) for a in _arrays(runs)])


def true_labels_predicted(_task: Task, runs: Sequence[Run]) -> Measured:
    """Count the labels of the test set that were predicted at all."""
    counts = []
    for arrays in _arrays(runs):
        both = np.intersect1d(_numbers(arrays["pred"]), _numbers(arrays["true"]))
        counts.append(float(len(both)))
    return from_values(counts)


def loss_under_own_numbers(task: Task, runs: Sequence[Run]) -> Measured:
    """Return the validation loss where validation labels are numbered among themselves.

    A net that knows 640 labels has no loss on others. It gets one where a second encoder numbers
    the labels of validation from 0, and the net takes these numbers for those of training.
    """
    labels = _numbers(task.val.labels)
    targets = torch.from_numpy(np.unique(labels, return_inverse=True)[1])
    images = torch.from_numpy(task.val.images)
    losses = []
    for run in runs:
        net = load_net(run).eval()
        total = 0.0
        with torch.no_grad():
            for rows in torch.split(torch.arange(len(images)), CHUNK):
                logits = net(images[rows].unsqueeze(1))[:, 0].double()
                total += float(F.cross_entropy(logits, targets[rows], reduction="sum"))
        losses.append(total / len(images))
    return from_values(losses)


def _penalty(run: Run) -> float:
    training = run.recipe["training"]
    return Penalty(float(training["l1"]), float(training["l2"])).of(load_net(run))


def _arrays(runs: Sequence[Run]) -> list[Arrays]:
    return [run.load_predictions() for run in runs]


def _numbers(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return labels ``(n, k)`` as numbers, the first position the highest."""
    number: NDArray[np.int64] = labels @ (10 ** np.arange(labels.shape[1])[::-1])
    return number


def _distinct(task: Task, split: str) -> set[tuple[int, ...]]:
    labels = task.splits[split].labels
    return set(map(tuple, labels.reshape(len(labels), -1).tolist()))
