"""The literature's benchmark of learning digits from sums: each glyph stands on one image.

From 60,000 training images of MNIST come 30,000 / N sums of two numbers of N digits; only the sum
is told. Papers report N = 1, 2, 4 and 15, mostly as means of ten trainings, with a LeNet of 44,426
parameters as the reader (collected in Van Krieken et al., *A-NeSI*, 2023).

Our nets were chosen on held-out images, a sixth of those for training; here they train on all, the
weights after the last epoch.

Run it again with ``glyphlab reproduce mnist-sums --scale full``, one row of it with
``--rows n1.sum``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType

from glyphlab.recipes import ModelEntry, model_entry
from glyphlab.reproductions.core import measures as m
from glyphlab.reproductions.core.reproduction import Reproduction
from glyphlab.reproductions.core.rows import Row
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["MNIST_SUMS"]

TRAINING, TEST = 30_000, 5_000
"""Sums of two single digits; of N digits there are an N-th as many."""
SECONDS = 47.0
CITED = "mean of several trainings, as cited in later papers"
READ = "mean of ten trainings, in the authors' own files"


@dataclass(frozen=True)
class _Length:
    """What papers report of numbers of so many digits, and how ours are trained."""

    digits: int
    best: float
    best_by: str
    lenet: float
    lenet_by: str
    ours: tuple[int, int]
    theirs: tuple[int, int]
    """Images of a batch, and epochs: of our reader, and of the LeNet."""


LONGEST = 15
LENGTHS = (
    _Length(1, 0.984, "DeepSoftLog", 0.979, "DeepStochLog", (256, 5), (128, 8)),
    _Length(2, 0.966, "DeepSoftLog", 0.964, "DeepStochLog", (64, 8), (64, 10)),
    _Length(4, 0.935, "DeepSoftLog", 0.927, "DeepStochLog", (32, 8), (32, 12)),
    _Length(LONGEST, 0.790, "PLIA", 0.7684, "A-NeSI, explain", (16, 12), (8, 20)),
)


def _rows() -> Iterator[Row]:
    for one in LENGTHS:
        n, items = one.digits, TEST // one.digits
        words = "one digit" if n == 1 else f"{n} digits"
        yield Row(f"n{n}.sum", f"Sums of numbers of {words}, our reader", "exact_match", one.best,
                  f"{one.best_by}: the highest published", CITED, m.exact_match_on_test,
                  f"sum-{n}", items)  # fmt: skip
        yield Row(f"n{n}.lenet", f"Sums of numbers of {words}, the literature's LeNet",
                  "exact_match", one.lenet, one.lenet_by, READ, m.exact_match_on_test,
                  f"lenet-{n}", items)  # fmt: skip
        yield Row(f"n{n}.claim", f"Our reader above the LeNet, numbers of {words}", "difference",
                  0.0, "ours: the same likelihood, another reader", "no paper", m.above_on_test,
                  f"sum-{n}", against=f"lenet-{n}", claim="above")  # fmt: skip
        yield Row(f"n{n}.digits", f"Single digits read right, numbers of {words}, the LeNet",
                  "accuracy", 0.99, "A-NeSI: 98.8 to 99.1 %", READ,
                  m.symbols_read, f"lenet-{n}", 10_000)  # fmt: skip
    yield Row("n1.seconds", "One training on sums of two digits, scoring excluded", "seconds",
              SECONDS, "ABLkit, 98.1 % on an A100", "the fastest published at that accuracy",
              m.fit_seconds, "sum-1", claim="below", bound=SECONDS)  # fmt: skip
    for count, reported in ((30_000, 0.9595), (3_000, 0.7059)):
        yield Row(f"direct.{count}", f"{count:,} sums as 19 classes, no structure", "exact_match",
                  reported, "Badreddine et al., Logic Tensor Networks, 2022", CITED,
                  m.exact_match_on_test, f"direct-{count}", TEST)  # fmt: skip


def _models() -> Iterator[ModelEntry]:
    for one in LENGTHS:
        for name, of, (batch, epochs), views in (
            ("sum", "sum", one.ours, 5),
            ("lenet", "sum-lenet", one.theirs, 1),
        ):
            known = model_entry(of)
            changes = {"batch": batch, "epochs": epochs}
            if one.digits == LONGEST:
                changes["starts"] = 3  # one of three trainings of `sum-15` without ended at 0 %
            yield replace(
                known,
                name=f"{name}-{one.digits}",
                about=f"{known.about}; numbers of {one.digits}",
                model=MappingProxyType({**known.model, "views": views}),
                training=MappingProxyType({**known.training, **changes}),
                of_task=MappingProxyType({"digits": one.digits}),
            )
    direct = model_entry("combined")
    yield replace(direct, name="direct-30000")
    few = MappingProxyType({"train_images": 3_000})
    longer = MappingProxyType({**direct.training, "epochs": 20})
    yield replace(direct, name="direct-3000", of_task=few, training=longer)


MNIST_SUMS = Reproduction(
    name="mnist-sums",
    title="MNIST sums: the digits learned from sums of N-digit numbers alone",
    published=TaskRecipe(name="addition", data="mnist", once=True, validation=0.0, square=0),
    smoke=TaskRecipe(name="addition", data="digits", once=True, validation=0.0, square=0),
    rows=tuple(_rows()),
    models=tuple(_models()),
    seeds=3,
)
