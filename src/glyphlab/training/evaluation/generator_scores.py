"""How good samples are, by a frozen reference classifier: while training, and once at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.seeds import numpy_rng
from glyphlab.metrics.generation import (
    class_kl,
    frechet_distance,
    kernel_distance,
    modes_found,
    nearest_rows,
    neighbourhoods,
)
from glyphlab.metrics.generator_quality import WithinClass, generator_figures, within_class
from glyphlab.metrics.neighbourhoods import Features, near_duplicates
from glyphlab.runs.records import Alarm
from glyphlab.tasks.labels import label_keys, where_among
from glyphlab.training.evaluation.reference_classifier import (
    ReferenceClassifier,
    ReferencePredictions,
)

__all__ = ["Reference", "epoch_scores", "epoch_text", "final_scores"]

NEIGHBOURS_AMONG = 10_000
"""Images of each kind, at most, that precision, recall, density and coverage are counted on."""


@dataclass(frozen=True)
class Reference:
    """Real images as the reference classifier sees them, and how far real ones are from real ones.

    Attributes
    ----------
    predictions : ReferencePredictions
    others : ReferencePredictions
        Of other real images, from training.
    floor : float
        Fréchet distance of these images from as many other real ones.
    symbols : (classes,) float64
        Expected share of each symbol, 0 of one that no training image shows; of images with several
        every label is as likely.
    modes : int
        How many labels there are.
    half : float
        Share of half a symbol among those of training.
    """

    predictions: ReferencePredictions
    others: ReferencePredictions
    floor: float
    symbols: NDArray[np.float64]
    modes: int
    half: float = 0.0


def epoch_scores(
    reference: ReferenceClassifier,
    images: NDArray[np.uint8],
    asked: NDArray[np.int64] | None,
    real: Reference,
) -> dict[str, Any]:
    """Score a few samples, as at the end of each epoch.

    These figures are for following a training: there may be more samples than real images.

    Parameters
    ----------
    reference : ReferenceClassifier
    images : (n, H, W) uint8
    asked : (n, k) int64, optional
        The labels that were asked for.
    real : Reference

    Returns
    -------
    dict
        ``class_kl`` of labels and ``symbol_kl`` of symbols, in nats, ``modes`` (labels seen),
        ``classes`` (samples of each symbol), ``coverage``, ``density``, ``frechet``,
        ``frechet_floor``, ``confidence`` and ``label_accuracy``, None where nothing was asked for.
    """
    seen = reference(images)
    most = NEIGHBOURS_AMONG
    near = neighbourhoods(real.predictions.features[:most], seen.features[:most])
    return {
        **_counted(seen, asked, real, reference.classes),
        "coverage": near.coverage,
        "density": near.density,
        "frechet": frechet_distance(real.predictions.features, seen.features),
        "frechet_floor": real.floor,
    }


def _counted(
    seen: ReferencePredictions, asked: NDArray[np.int64] | None, real: Reference, classes: int
) -> dict[str, Any]:
    modes, counts = np.unique(label_keys(seen.labels, classes), return_counts=True)
    symbols = np.bincount(seen.labels.reshape(-1), minlength=classes)
    shares = _expected(real, symbols)
    # of several symbols every label is as likely; of those that nobody drew nothing is counted
    several = seen.labels.shape[1] > 1
    expected = np.full(len(modes), 1 / real.modes) if several else shares[modes]
    return {
        "class_kl": class_kl(counts, expected),
        "symbol_kl": class_kl(symbols, shares),
        "modes": modes_found(counts),
        "classes": symbols.tolist(),
        "confidence": float(seen.confidence.mean()),
        "label_accuracy": None if asked is None else float((seen.labels == asked).all(1).mean()),
    }


def _expected(real: Reference, symbols: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the expected share of each symbol, above 0 of all that samples have.

    A symbol that no training image shows may be read on a sample all the same. As if training had
    half of one: a finite number, which grows with the samples of that symbol.
    """
    unseen = real.symbols == 0
    if not symbols[unseen].any():
        return real.symbols
    shares = np.where(unseen, real.half, real.symbols)
    found: NDArray[np.float64] = shares / shares.sum()
    return found


def epoch_text(row: Mapping[str, Any], alarms: Sequence[Alarm]) -> str:
    """Return the scores and the alarms of an epoch as one line, for the progress bar."""
    kinds = f"{row['modes']} kind{'s' if row['modes'] > 1 else ''}"
    text = (
        f"D {row['d_loss']:.3f} G {row['g_loss']:.3f}, {kinds}, "
        f"KL {row['symbol_kl']:.3f}, distance {row['frechet']:.2f}, coverage {row['coverage']:.1%}"
    )
    if row["label_accuracy"] is not None:
        text += f", as asked {row['label_accuracy']:.1%}"
    for one in alarms:
        stands = one.last == row["epoch"]
        text += f"  ALARM {one.name}" if stands else f"  ({one.name} until {one.last})"
    return text


def final_scores(
    reference: ReferenceClassifier,
    images: NDArray[np.uint8],
    asked: NDArray[np.int64] | None,
    real: Reference,
    training: NDArray[np.uint8],
    *,
    trained: NDArray[np.int64],
    seed: int,
) -> tuple[dict[str, Any], NDArray[np.int64], NDArray[np.int64]]:
    """Score all samples once, against real images that training never showed.

    Parameters
    ----------
    reference, images, asked, real
        As of `epoch_scores`.
    training : (m, H, W) uint8
        Images that were trained on, for what is copied.
    trained : (m, k) int64
        Labels of every image that was trained on.
    seed : int
        Of the subsets of the kernel distance.

    Returns
    -------
    dict
        What `epoch_scores` says, but with distances and shares at equal numbers of images:
        ``compared`` of them on either side, and in their ``floors``, what other real images reach.
        Further ``samples``, ``modes_possible``, ``kernel``, ``kernel_spread``, ``precision``,
        ``recall``, ``nearest`` (median distance in features from a sample to its nearest training
        image), ``nearest_real`` (the same of real images that were not trained on: samples that are
        much nearer are copies), ``near_training`` and ``near_each_other`` (shares of samples that
        are nearer to a training image, or to another sample, than all but ``near_expected`` of real
        ones are), ``collapsed_classes``, ``class_coverage``, ``class_recall``, ``class_nearest``
        (of `WithinClass`, None for a class that was not compared), ``reference_classifier`` (its
        hash); and where labels were asked for, ``label_accuracy_unseen`` of the ``samples_unseen``
        whose label no training image has, None where there are none.
    nearest : (n,) int64
        Row of `training` next to each sample.
    read : (n, k) int64
        What the reference classifier reads on each sample.
    """
    seen = reference(images)
    known = reference(training)
    first, second = _two_samples(real, seed)
    figures = generator_figures(first, second, seen.features, most=NEIGHBOURS_AMONG, seed=seed)
    within = _within(real, seen, seed)
    copies = near_duplicates(seen.features, known.features, real.predictions.features)
    size = min(1_000, len(seen.features), len(real.predictions.features))
    kernel = kernel_distance(real.predictions.features, seen.features, size=size, seed=seed)
    index, apart = nearest_rows(seen.features, known.features)
    _, usual = nearest_rows(real.predictions.features, known.features)
    unseen = np.zeros(len(images), bool)
    if asked is not None:
        known_labels = label_keys(trained, reference.classes)
        unseen = ~where_among(label_keys(asked, reference.classes), known_labels)
    return (
        {
            **_counted(seen, asked, real, reference.classes),
            "coverage": figures.coverage,
            "density": figures.density,
            "frechet": figures.frechet,
            "frechet_floor": figures.floor["frechet"],
            "samples": len(images),
            "samples_unseen": int(unseen.sum()),
            "label_accuracy_unseen": float((seen.labels == asked).all(1)[unseen].mean())
            if unseen.any()
            else None,
            "modes_possible": real.modes,
            "kernel": figures.kernel,
            "kernel_spread": kernel.spread,
            "precision": figures.precision,
            "recall": figures.recall,
            "nearest": float(np.median(apart)),
            "nearest_real": float(np.median(usual)),
            "reference_classifier": reference.hash,
            "reference_run": reference.run,
            "reference_accuracy": reference.accuracy,
            "compared": figures.samples,
            "floors": figures.floor,
            "near_training": copies.of_training,
            "near_each_other": copies.among_generated,
            "near_expected": copies.expected,
            "collapsed_classes": within.collapsed,
            "class_coverage": _by_class(within, within.coverage, reference.classes),
            "class_recall": _by_class(within, within.recall, reference.classes),
            "class_nearest": _by_class(within, within.nearest, reference.classes),
        },
        index,
        seen.labels,
    )


def _two_samples(real: Reference, seed: int) -> tuple[Features, Features]:
    """Return features of real images to compare with, and of other real ones for the floor.

    Where few images were trained on, both are halves of those that were not.
    """
    rng = numpy_rng(seed, "floor")
    first, others = real.predictions.features, real.others.features
    if 2 * len(others) < len(first):
        order = rng.permutation(len(first))
        return first[order[::2]], first[order[1::2]]
    return first, others[rng.permutation(len(others))]


def _within(real: Reference, seen: ReferencePredictions, seed: int) -> WithinClass:
    """Compare the samples of each symbol with all real images at hand, those of training too."""
    (features, labels), (drawn, read) = (
        (
            np.concatenate([one.features.reshape(one.labels.size, -1) for one in each]),
            np.concatenate([one.labels.reshape(-1) for one in each]),
        )
        for each in ((real.predictions, real.others), (seen,))
    )
    return within_class(features, labels, drawn, read, seed=seed)


def _by_class(
    within: WithinClass, values: tuple[float, ...], classes: int
) -> tuple[float | None, ...]:
    found = dict(zip(within.classes, values, strict=True))
    return tuple(found.get(label) for label in range(classes))
