"""What goes wrong in an adversarial training, each alarm by a stated statistic.

Loss curves alone do not tell: a generator that draws one digit may have the same losses as one that
draws ten. Every alarm reads the rows of the history, one an epoch, in which a reference classifier
has counted what the generator draws.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from glyphlab.data.class_names import label_text
from glyphlab.runs.records import Alarm

__all__ = [
    "ALARMS",
    "HEALTHY",
    "Alarm",
    "alarms_at_the_end",
    "alarms_of",
    "collapsed_inside",
    "first_alarm",
    "nothing_learned",
]

Rows = Sequence[Mapping[str, Any]]

SETTLING = 2
"""Epochs in which a generator may still draw nothing in particular."""
COLLAPSED_KL = 0.35
"""Nats from the expected classes: three of ten classes that are gone make 0.36."""
COVERAGE_LOST = 0.5
"""Share of its best coverage that a healthy generator keeps."""
COVERAGE_HAD = 0.2
"""Coverage that must have been reached before it can fall."""
WON, LOST = 0.98, 0.20
"""Share of real and generated images that the discriminator is correct on: it has won, or lost."""
SWINGING = 0.30
"""Share of the samples that change class from an epoch to the next, as the histograms tell."""
STEADY = 3
"""Epochs in a row in which a statistic must stand beyond its bound, where one epoch is chance."""
GAINING = 0.9
"""A distance that falls below this share of what it was is on its way: a generator that still gains
has neither collapsed nor lost."""
NEAR = 3.0
"""Times the distance of real from real: what is nearer is good, even if it is distinguished."""
COVERED = 0.05
"""Coverage that a generator has at the end which learned anything."""
PATIENCE = 10
"""Epochs without a better distance after which a training far from its goal stands still."""
FAR = 30.0
"""Times the distance of real from real: what is farther is no good yet."""

HEALTHY = "healthy"
"""Verdict of a training without an alarm."""


def _collapse(rows: Rows) -> str | None:
    now = rows[-1]
    if len(rows) <= SETTLING:
        return None
    few = min(now["symbol_kl"], rows[-2]["symbol_kl"]) > COLLAPSED_KL
    if few and not _gains(rows, 2):
        return (
            f"class KL {now['symbol_kl']:.2f} nats, above {COLLAPSED_KL} twice in a row, and the "
            f"distance is {now['frechet']:.1f} after {rows[-2]['frechet']:.1f}"
        )
    best = max(row["coverage"] for row in rows)
    if best >= COVERAGE_HAD and all(r["coverage"] < COVERAGE_LOST * best for r in rows[-2:]):
        return (
            f"coverage {now['coverage']:.1%}, below {COVERAGE_LOST:.0%} of its best {best:.1%} "
            "twice in a row"
        )
    return None


def _gains(rows: Rows, looks: int) -> bool:
    """Whether the distance has fallen clearly over the last epochs, to its smallest so far.

    What is nearer than an epoch ago and farther than it once was has only stopped falling.
    """
    now = rows[-1]["frechet"]
    smallest = min(row["frechet"] for row in rows[:-1])
    return bool(now < GAINING * rows[-looks]["frechet"] and now <= smallest)


def _won(rows: Rows) -> str | None:
    last = rows[-STEADY:]
    if len(rows) < STEADY or any(
        min(r["real_correct"], r["generated_correct"]) < WON for r in last
    ):
        return None
    now = rows[-1]
    if now["frechet"] <= NEAR * now["frechet_floor"] or _gains(rows, STEADY):
        return None
    return (
        f"the discriminator is correct on {now['real_correct']:.1%} of real and "
        f"{now['generated_correct']:.1%} of generated images, {WON:.0%} of both in {STEADY} epochs "
        "in "
        "which nothing was gained"
    )


def _lost(rows: Rows) -> str | None:
    last = rows[-STEADY:]
    if len(rows) < STEADY or any(
        r["real_correct"] + r["generated_correct"] > 2 * LOST for r in last
    ):
        return None
    now = rows[-1]
    return (
        f"the discriminator is correct on {now['real_correct']:.1%} of real and "
        f"{now['generated_correct']:.1%} of generated images, under {LOST:.0%} on the mean in "
        f"{STEADY} "
        "epochs"
    )


def _swings(rows: Rows) -> str | None:
    if len(rows) < SETTLING + STEADY + 1:
        return None
    shares = [np.asarray(row["classes"]) / sum(row["classes"]) for row in rows[-STEADY - 1 :]]
    moved = [
        float(np.abs(after - before).sum() / 2) for before, after in itertools.pairwise(shares)
    ]
    if min(moved) < SWINGING:
        return None
    return (
        f"{moved[-1]:.0%} of the samples changed class since the last epoch, at least "
        f"{SWINGING:.0%} in each of {STEADY}"
    )


def _stands_still(rows: Rows) -> str | None:
    if len(rows) <= SETTLING + PATIENCE:
        return None
    distances = [row["frechet"] for row in rows]
    before, since = min(distances[:-PATIENCE]), min(distances[-PATIENCE:])
    floor = rows[-1]["frechet_floor"]
    if since < before or since <= FAR * floor:
        return None
    return (
        f"Fréchet distance {distances[-1]:.1f}, {distances[-1] / floor:.0f} times that of real "
        f"from real, and no better in {PATIENCE} epochs than {before:.1f}"
    )


ALARMS = {
    "mode collapse": _collapse,
    "discriminator won": _won,
    "discriminator lost": _lost,
    "oscillation": _swings,
    "no convergence": _stands_still,
}
"""Every alarm by name: from the history so far to its statistic, or to None."""


def nothing_learned(epoch: int, scores: Mapping[str, Any]) -> Alarm | None:
    """Return the alarm of a training that ended before its samples were any good.

    Parameters
    ----------
    epoch : int
        The last.
    scores : mapping
        The last evaluation: ``symbol_kl``, ``coverage``.
    """
    if scores["symbol_kl"] <= COLLAPSED_KL and scores["coverage"] >= COVERED:
        return None
    return Alarm(
        "nothing learned",
        epoch,
        f"at the end class KL is {scores['symbol_kl']:.2f} nats and coverage "
        f"{scores['coverage']:.1%}, beside bounds of {COLLAPSED_KL} and {COVERED:.0%}: it was too "
        "short (training.images), or it failed",
        last=epoch,
    )


def collapsed_inside(
    epoch: int, scores: Mapping[str, Any], names: Sequence[str] = ()
) -> Alarm | None:
    """Return the alarm of a generator that draws the same few images of a class again and again.

    Every class is there, in the right shares. The bounds are half of what real images reach, class
    by class: see `glyphlab.metrics.generator_quality.within_class`.

    Parameters
    ----------
    epoch : int
        The last.
    scores : mapping
        The last evaluation: ``collapsed_classes``, ``class_coverage``, ``class_recall``,
        ``class_nearest``.
    names : sequence of str
        What the classes are called; by default their numbers.
    """
    collapsed = scores["collapsed_classes"]
    if not collapsed:
        return None
    worst = min(collapsed, key=lambda label: scores["class_nearest"][label])
    called = {label: label_text([label], names) for label in collapsed}
    classes = f"class{'es' if len(collapsed) > 1 else ''} {', '.join(called.values())}"
    return Alarm(
        "collapse inside classes",
        epoch,
        f"at the end the samples of {classes} are too much alike: those of {called[worst]} are "
        f"{scores['class_nearest'][worst]:.2f} times as far from the next one as real images are, "
        f"with a coverage of {scores['class_coverage'][worst]:.1%} and a recall of "
        f"{scores['class_recall'][worst]:.1%}",
        last=epoch,
    )


def alarms_at_the_end(
    epoch: int, scores: Mapping[str, Any], history: Sequence[Alarm], names: Sequence[str] = ()
) -> list[Alarm]:
    """Return the alarms of the last evaluation, beside those of the history.

    Parameters
    ----------
    epoch : int
        The last.
    scores : mapping
        As of `nothing_learned` and `collapsed_inside`.
    history : sequence of Alarm
        What `alarms_of` found: where one stands at the end, that nothing was learned is known.
    names : sequence of str
        As of `collapsed_inside`.
    """
    ended = any(alarm.last == epoch for alarm in history)
    found = None if ended else nothing_learned(epoch, scores)
    found = found or collapsed_inside(epoch, scores, names)
    return [] if found is None else [found]


def alarms_of(rows: Rows) -> list[Alarm]:
    """Return every alarm of a history, the earliest first, each at the first epoch that raised it.

    Parameters
    ----------
    rows : sequence of mapping
        One an epoch: ``epoch``, ``symbol_kl``, ``coverage``, ``classes`` (samples of each class),
        ``real_correct``, ``generated_correct``, ``frechet``, ``frechet_floor``.
    """
    found: dict[str, Alarm] = {}
    for end in range(1, len(rows) + 1):
        for name, statistic in ALARMS.items():
            said = statistic(rows[:end])
            if said is not None:
                epoch = int(rows[end - 1]["epoch"])
                first = found.get(name, Alarm(name, epoch, said, epoch))
                found[name] = replace(first, last=epoch)
    return sorted(found.values(), key=lambda alarm: alarm.epoch)


def first_alarm(verdicts: Iterable[str]) -> str:
    """Return the verdict over several trainings: `HEALTHY`, or the first that is another."""
    return next((one for one in verdicts if one != HEALTHY), HEALTHY)
