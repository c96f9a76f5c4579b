"""What classifiers came to on real images, generated ones, and both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from glyphlab._common.tabular.column_table import Column, Table
from glyphlab._common.tabular.number_texts import distance_text, share_text
from glyphlab.experiments.results.document import SCHEMA, Document
from glyphlab.experiments.results.ledger import evaluation_sentence
from glyphlab.experiments.results.result_tables import count_of, paired_table
from glyphlab.experiments.results.table import turned
from glyphlab.reporting.pages.augmentation_page import (
    augmentation_answer,
    augmentation_page,
    real_images_text,
)
from glyphlab.reporting.pages.page_parts import Page
from glyphlab.runs import Run
from glyphlab.training.evaluation.alarms import HEALTHY, first_alarm

__all__ = ["CONDITIONS", "AugmentationStudy"]

CONDITIONS = {
    "real": "real images as they are",
    "plain": "real images, deformed anew each time",
    "generated": "generated images alone",
    "both": "real and generated images, half and half",
    "both-plain": "both, deformed anew each time",
}
"""What classifiers are trained on, by name."""


_REAL = Column("images", "real images", lambda size, _: "all" if size is None else f"{size:,}")
_CONDITIONS = (
    _REAL, Column("condition", "trained on"),
    Column("mean", "accuracy", share_text, ("low", "high")), Column("seeds"),
)  # fmt: skip
_GENERATORS = (
    _REAL, Column("seed"), Column("verdict"), Column("frechet", "Fréchet distance", distance_text),
    Column("coverage", form=share_text),
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class AugmentationStudy(Document):
    """Accuracies on real test images, by the number of real images and by what was trained on.

    Attributes
    ----------
    task, data, command : str
    rows : list of dict
        ``images`` (real ones of each symbol, None for all), ``condition``, ``mean``, ``low``,
        ``high``, ``seeds``, ``items``, ``each_seed``.
    tests : list of dict
        Every pair of conditions of a size, with its ``images``; corrected by Holm over all sizes.
    generators : list of dict
        Each generator: ``images``, ``seed``, ``name``, ``verdict``, ``frechet``, ``coverage``.
    env : dict
    evaluation : int or None
        Which evaluation of its test set this is, by the user's ledger.
    per_symbol : bool
        Whether real images are counted of each symbol; otherwise in all.
    trained : mapping of str to sequence of Run
        The runs of each condition at the last size: what its page shows of the data is theirs.
    """

    task: str
    data: str
    command: str
    rows: list[dict[str, Any]]
    tests: list[dict[str, Any]]
    generators: list[dict[str, Any]]
    env: dict[str, Any]
    evaluation: int | None = None
    per_symbol: bool = True
    trained: Mapping[str, Sequence[Run]] = field(default_factory=dict, repr=False)

    @property
    def verdict(self) -> str:
        """``healthy``, or the first alarm of any generator."""
        return first_alarm(str(one["verdict"]) for one in self.generators)

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab augmentation-study --json``."""
        document = {one.name: getattr(self, one.name) for one in fields(self)}
        del document["trained"]
        return {"schema": SCHEMA, **document, "conditions": CONDITIONS}

    def tables(self) -> list[Table]:
        """Return a row a size and condition, the paired tests, and the generators."""
        return [
            Table("results", self.rows, _CONDITIONS), paired_table(self.tests),
            Table("generators", self.generators, _GENERATORS),
        ]  # fmt: skip

    @property
    def headline(self) -> str:
        """What was trained on what."""
        sizes = len({row["images"] for row in self.rows})
        return f"{count_of(sizes, 'size')} of real images of {self.data}, {len(CONDITIONS)} ways"

    def notes(self) -> list[str]:
        """Return what may be concluded."""
        return [*augmentation_answer(self.to_json()), *self._again]

    def page(self) -> Page:
        """Return the page of the study."""
        return augmentation_page(self.to_json(), self.trained, self._again)

    def __str__(self) -> str:
        """Return a line a size and condition, and what may be said against plain augmentation."""
        lines = []
        for size in dict.fromkeys(row["images"] for row in self.rows):
            lines.append(real_images_text(size, per_symbol=self.per_symbol))
            against = {
                _other(test, "plain"): test
                for test in self.tests
                if test["images"] == size and "plain" in (test["a"], test["b"])
            }
            lines += [
                f"  ALARM generator of seed {one['seed']}: {one['verdict']}; its images count too"
                for one in self.generators
                if one["images"] == size and one["verdict"] != HEALTHY
            ]
            for row in self.rows:
                if row["images"] != size:
                    continue
                test = against.get(row["condition"])
                said = "" if test is None else f"  bent real images are {_said_of_plain(test)}"
                if test is not None and test["verdict"] == "one seed":
                    said = "  one seed: no verdict"
                lines.append(
                    f"  {CONDITIONS[row['condition']]:<40}{row['mean']:.2%} "
                    f"[{row['low']:.2%}, {row['high']:.2%}]{said}"
                )
        return "\n".join([*lines, *self._again])

    @property
    def _again(self) -> list[str]:
        """The sentence on which evaluation it is; none of the first."""
        sentence = evaluation_sentence(self.evaluation)
        return [sentence] if sentence else []


def _other(test: dict[str, Any], name: str) -> str:
    return str(test["b"] if test["a"] == name else test["a"])


def _said_of_plain(test: dict[str, Any]) -> str:
    said = str(test["verdict"])
    return said if test["a"] == "plain" else turned(said)
