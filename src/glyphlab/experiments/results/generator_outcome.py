"""Several seeds of one generator: what they came to, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from glyphlab._common.tabular.column_table import Column, Table
from glyphlab._common.tabular.number_texts import (
    distance_text,
    number_text,
    seconds_text,
    share_text,
)
from glyphlab.experiments.results.document import SCHEMA, Document
from glyphlab.experiments.results.result_tables import count_of
from glyphlab.experiments.results.table import DISTANCES, figure_interval
from glyphlab.reporting.pages.generator_page import generator_page
from glyphlab.reporting.pages.page_parts import Page
from glyphlab.reporting.pictures.image_rows import image_grid
from glyphlab.reporting.sections.sample_scores import epochs_of
from glyphlab.runs import Run
from glyphlab.runs.documents import read_bytes
from glyphlab.runs.records import GeneratorScores
from glyphlab.training.evaluation.alarms import first_alarm
from glyphlab.training.evaluation.sample_grids import grid_files

__all__ = ["GeneratorOutcome", "outcome_of"]

FIGURES = (
    "frechet", "kernel", "class_kl", "coverage", "density", "precision", "recall",
    "label_accuracy", "label_accuracy_unseen", "confidence",
)  # fmt: skip
SHARES = (
    "coverage", "precision", "recall", "label_accuracy", "label_accuracy_unseen", "confidence"
)  # fmt: skip
"""Figures that are no more than 1, and so are the ends of their intervals."""
COPIES = ("near_training", "near_each_other", "near_expected")
"""Shares of near duplicates; None where the first training is of before they were counted."""


def _figure_text(value: float | None, metric: str) -> str:
    """Return a share in percent and any other figure as a number."""
    return share_text(value) if metric in (*SHARES, *COPIES) else number_text(value)


_MEANS = (
    Column("metric", "figure"), Column("mean", "mean", _figure_text, ("low", "high")),
    Column("real_from_real", form=_figure_text),
)  # fmt: skip
_TRAININGS = (
    Column("seed"), Column("frechet", "Fréchet distance", distance_text),
    Column("coverage", form=share_text), Column("label_accuracy", "generated as asked", share_text),
    Column("modes", "kinds"), Column("fit_seconds", "fit time", seconds_text), Column("verdict"),
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class GeneratorOutcome(Document):
    """What trainings of one recipe, but for its seed, came to.

    Attributes
    ----------
    runs : tuple of Run
        One a seed.
    command : str
        What gathered them; where it is empty, what made the first.
    """

    runs: tuple[Run, ...]
    command: str = ""

    @property
    def verdict(self) -> str:
        """``healthy``, or the first alarm of the first seed that had one."""
        return first_alarm(run.generator_summary.verdict for run in self.runs)

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab generate --json``: means over seeds, and each seed."""
        summaries = [run.generator_summary for run in self.runs]
        scores = [summary.scores for summary in summaries]
        first = summaries[0]
        return {
            "schema": SCHEMA,
            "task": first.task,
            "data": first.data,
            "protocol": first.protocol.text,
            "model": first.model,
            "seeds": len(self.runs),
            "samples": scores[0].samples,
            "frechet_floor": float(np.mean([one.frechet_floor for one in scores])),
            "modes": min(one.modes for one in scores),
            "modes_possible": scores[0].modes_possible,
            **{name: _mean(scores, name) for name in FIGURES},
            "compared": scores[0].compared,
            "floors": _floors(scores),
            **{name: _mean(scores, name) for name in COPIES},
            "intervals": {name: _interval(scores, name) for name in FIGURES},
            "fit_seconds": float(np.mean([one.fit_seconds for one in summaries])),
            "real_images": first.real_images,
            "parameters": asdict(first.parameters),
            "reference_classifier": scores[0].reference_classifier,
            "verdict": self.verdict,
            "runs": [
                {
                    "name": one.name,
                    "seed": one.seed,
                    "verdict": one.verdict,
                    "alarms": [asdict(alarm) for alarm in one.alarms],
                    "fit_seconds": one.fit_seconds,
                    **{name: getattr(one.scores, name) for name in (*FIGURES, "modes")},
                    **{name: getattr(one.scores, name) for name in COPIES},
                    "collapsed_classes": one.scores.collapsed_classes,
                }
                for one in summaries
            ],
            "command": self.command or first.command,
            "env": self.runs[0].env,
            "engines": sorted({str(one.engine) for one in summaries}),
        }

    def tables(self) -> list[Table]:
        """Return the means with their intervals, a row a figure, and a row a training."""
        found = self.to_json()
        means = []
        for name in (*FIGURES, *COPIES):
            if found[name] is not None:
                low, high = found["intervals"].get(name) or (None, None)
                floor = found["frechet_floor"] if name == "frechet" else _floor(found, name)
                means.append(
                    {
                        "metric": name, "mean": found[name], "low": low, "high": high,
                        "real_from_real": floor, "seeds": found["seeds"],
                    }
                )  # fmt: skip
        return [Table("results", means, _MEANS), Table("trainings", found["runs"], _TRAININGS)]

    @property
    def headline(self) -> str:
        """What was trained, and its verdict."""
        first = self.runs[0].generator_summary
        return (
            f"generator {first.model} of {first.data}: {count_of(len(self.runs), 'training')}, "
            f"{self.verdict}"
        )

    def picture(self) -> str:
        """Return the first samples of the first training."""
        return image_grid(self.runs[0].load_predictions()["samples"][:20], [""] * 20, 10)

    def page(self) -> Page:
        """Return the page.

        Its pictures are of the first training; the figures of all stand beside each other.
        """
        over = self.to_json() if len(self.runs) > 1 else None
        run = self.runs[0]
        return generator_page(
            run,
            over=over,
            grids=[read_bytes(file) for file in grid_files(run.path)],
            animation=read_bytes(run.path / "animation.gif"),
            command=self.command or run.summary.command,
        )

    def __str__(self) -> str:
        """Return a line a figure."""
        found = self.to_json()
        several = found["seeds"] > 1
        lines = [
            f"{found['model']} on {found['data']}: {found['samples']:,} samples of "
            + (f"each of {found['seeds']} trainings" if several else "1 training")
            + f", reference classifier {found['reference_classifier']}",
            *(["  means, and 95 % intervals over trainings"] if several else []),
            f"  {'kinds, fewest' if several else 'kinds':<20}{found['modes']:,} of "
            f"{found['modes_possible']:,}",
        ]
        for name, text in (
            ("frechet", "Fréchet distance"), ("kernel", "kernel distance"),
            ("class_kl", "class KL"), ("label_accuracy", "generated as asked"),
            ("label_accuracy_unseen", "of unseen labels"),
            ("precision", "precision"), ("recall", "recall"), ("density", "density"),
            ("coverage", "coverage"),
        ):  # fmt: skip
            if found[name] is None:
                continue
            low, high = found["intervals"][name] or (None, None)
            form = ".2%" if name in SHARES else ".4f"
            interval = "" if low is None else f" [{low:{form}}, {high:{form}}]"
            floor = found["frechet_floor"] if name == "frechet" else _floor(found, name)
            aside = "" if floor is None else f"   real from real {floor:{form}}"
            lines.append(f"  {text:<20}{found[name]:{form}}{interval}{aside}")
        if found["near_training"] is not None:
            lines.append(
                f"  {'near duplicates':<20}{found['near_training']:.2%} of training images, "
                f"{found['near_each_other']:.2%} of another sample; of real images "
                f"{found['near_expected']:.0%}"
            )
        for run in found["runs"]:
            for alarm in run["alarms"]:
                lines.append(
                    f"  ALARM seed {run['seed']}, {epochs_of(alarm['epoch'], alarm['last'])}: "
                    f"{alarm['name']}: {alarm['statistic']}"
                )
        return "\n".join([*lines, f"  {'verdict':<20}{found['verdict']}"])


def outcome_of(runs: Sequence[Run], command: str = "") -> GeneratorOutcome:
    """Return the outcome of finished runs of one recipe, gathered by a command."""
    return GeneratorOutcome(tuple(runs), command)


def _mean(scores: Sequence[GeneratorScores], name: str) -> float | None:
    values = [getattr(one, name) for one in scores]
    return None if None in values else float(np.mean(values))


def _floors(scores: Sequence[GeneratorScores]) -> dict[str, float] | None:
    every = [one.floors for one in scores if one.floors is not None]
    if len(every) < len(scores):
        return None
    return {name: float(np.mean([one[name] for one in every])) for name in every[0]}


def _floor(found: Mapping[str, Any], name: str) -> float | None:
    floors: Mapping[str, float] = found["floors"] or {}
    return floors.get(name)


def _interval(scores: Sequence[GeneratorScores], name: str) -> list[float] | None:
    values = [getattr(one, name) for one in scores]
    if None in values:
        return None
    found = figure_interval(
        values,
        -np.inf if name == "kernel" else 0.0,  # unbiased, so that it may fall below 0
        1.0 if name in SHARES else np.inf,
        distance=name in DISTANCES,
    )
    return None if found is None else list(found)
