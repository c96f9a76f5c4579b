"""What an evaluation of a finished run says, as a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from glyphlab._common.tabular.column_table import Column, Table
from glyphlab._common.tabular.number_texts import count_text, share_text
from glyphlab.data.class_names import label_text
from glyphlab.experiments.evaluations.labelled_images import LeftOut
from glyphlab.experiments.evaluations.robustness import Robustness
from glyphlab.experiments.results.document import SCHEMA, Document
from glyphlab.experiments.results.ledger import evaluation_sentence
from glyphlab.reporting.pages.evaluation_page import evaluation_page, robustness_figure
from glyphlab.reporting.pages.page_parts import Page

__all__ = ["Evaluation"]

_SHARE = Column("mean", "correct", share_text, ("low", "high"))
_IMAGES = Column("images", "images", count_text)


@dataclass(frozen=True, repr=False)
class Evaluation(Document):
    """A finished run on labelled images.

    Attributes
    ----------
    run, model : str
    images : str
        Which they are, in words.
    rows : list of dict
        Accuracy with its interval: of all images, and of those without a warning.
    per_class : list of dict
        Of images with one symbol; empty for others.
    confusion : list of list of int, or None
        Rows are true, columns predicted.
    class_names : tuple of str
    calibration_error : float
        Mean distance of confidence from accuracy.
    left_out : tuple of LeftOut
        Classes that the run does not know.
    remarks : tuple of str
    warnings : dict or None
        How often warnings of images unlike the training data are wrong.
    robustness : Robustness or None
        On corrupted images, where they were asked for.
    evaluation : int or None
        Which evaluation of these images it is.
    command : str
    env : dict
    errors : list
        The most confident errors: image, label, prediction, confidence.
    """

    run: str
    model: str
    images: str
    rows: list[dict[str, Any]]
    per_class: list[dict[str, Any]]
    confusion: list[list[int]] | None
    class_names: tuple[str, ...]
    calibration_error: float
    left_out: tuple[LeftOut, ...]
    remarks: tuple[str, ...]
    warnings: dict[str, Any] | None
    robustness: Robustness | None
    evaluation: int | None
    command: str
    env: dict[str, Any]
    errors: Sequence[tuple[Any, list[int], list[int], float]] = field(default=(), repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab evaluate --json``."""
        return {
            "schema": SCHEMA,
            "run": self.run,
            "model": self.model,
            "images": self.images,
            "evaluation": self.evaluation,
            "rows": self.rows,
            "per_class": self.per_class,
            "confusion": self.confusion,
            "class_names": list(self.class_names),
            "calibration_error": self.calibration_error,
            "left_out": [asdict(one) for one in self.left_out],
            "remarks": self._remarks,
            "warnings": self.warnings,
            "robustness": None if self.robustness is None else self.robustness.to_json(),
            "command": self.command,
            "env": self.env,
        }

    def tables(self) -> list[Table]:
        """Return accuracy, of all images and of those without a warning, of classes, corrupted."""
        corrupted = [] if self.robustness is None else map(asdict, self.robustness.rows)
        strength = [Column("corruption"), Column("strength"), Column("unit")]
        return [
            Table("results", self.rows, [Column("which"), _SHARE, _IMAGES]),
            Table("classes", self.per_class, [Column("class"), _SHARE, _IMAGES]),
            Table("corrupted", list(corrupted), [*strength, _SHARE, _IMAGES]),
        ]

    @property
    def headline(self) -> str:
        """What was scored, and how much of it is correct."""
        first = self.rows[0]
        return (
            f"{self.run} on {self.images}: {100 * first['mean']:.2f} % of {first['images']:,} "
            "images correct"
        )

    def picture(self) -> str:
        """Return the figure of accuracy on corrupted images; empty where there are none."""
        return "" if self.robustness is None else robustness_figure(self.robustness.to_json())

    def notes(self) -> list[str]:
        """Return the remarks."""
        return self._remarks

    def page(self) -> Page:
        """Return the page: accuracy, corruptions, classes, the most confident errors."""
        gallery = [
            (image, self._text(true), self._text(predicted), confidence)
            for image, true, predicted, confidence in self.errors
        ]
        return evaluation_page(self.to_json(), gallery)

    @property
    def _remarks(self) -> list[str]:
        again = evaluation_sentence(self.evaluation)
        return [*self.remarks, *([again] if again else [])]

    def _text(self, row: list[int]) -> str:
        return label_text(row, self.class_names)

    def __str__(self) -> str:
        """Return the scores as text."""
        lines = [f"{self.run} on {self.images}"]
        lines += [
            f"{row['which']}: {100 * row['mean']:.2f} % correct "
            f"({100 * row['low']:.2f} % – {100 * row['high']:.2f} %), {row['images']:,} images"
            for row in self.rows
        ]
        lines += self._remarks
        if self.per_class:
            wide = max(5, *(len(row["class"]) for row in self.per_class))
            lines += ["", f"{'class':<{wide}}{'images':>8}{'correct':>10}   interval"]
            for row in self.per_class:
                mean = "absent" if row["mean"] is None else f"{100 * row['mean']:.2f} %"
                interval = (
                    ""
                    if row["low"] is None
                    else f"   {100 * row['low']:.2f} – {100 * row['high']:.2f}"
                )
                lines.append(f"{row['class']:<{wide}}{row['images']:>8,}{mean:>10}{interval}")
        if self.robustness is not None:
            lines += ["", *self._corrupted()]
        return "\n".join(lines)

    def _corrupted(self) -> list[str]:
        found = self.robustness
        assert found is not None
        lines = [
            f"corrupted images: {100 * found.mean:.2f} % correct "
            f"({100 * found.low:.2f} % – {100 * found.high:.2f} %) in the mean",
            f"{'corruption':<12}{'strength':>9}{'correct':>10}   interval",
        ]
        for row in found.rows:
            lines.append(
                f"{row.corruption:<12}{row.strength:>9g}{f'{100 * row.mean:.2f} %':>10}   "
                f"{100 * row.low:.2f} – {100 * row.high:.2f}"
            )
        return lines
