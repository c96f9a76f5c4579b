"""What a study found: its trials, its winner, and the one look at the test set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from glyphlab._common.tabular.column_table import Column, Table
from glyphlab._common.tabular.number_texts import seconds_text, share_text
from glyphlab._common.tabular.table_forms import as_text
from glyphlab.experiments.kinds import Kind
from glyphlab.experiments.results.document import SCHEMA, Document
from glyphlab.experiments.results.ledger import evaluation_sentence
from glyphlab.experiments.results.result_tables import count_of
from glyphlab.experiments.search.objective import Objective, objective_of
from glyphlab.recipes import BaseRecipe
from glyphlab.reporting.pages.generator_study_page import generator_study_page
from glyphlab.reporting.pages.page_parts import Page
from glyphlab.reporting.pages.study_page import study_page
from glyphlab.runs import Run, commit_of

__all__ = ["StageResult", "StudyResult", "TestScore", "TrialResult"]


@dataclass(frozen=True)
class TrialResult:
    """One trial.

    Attributes
    ----------
    number : int
        In its stage, from 0.
    params : dict
        What it tried, by the recipe's keys.
    value : float or None
        Exact match on validation, the mean over its trainings; for a trial that was stopped the
        last one seen, None where there was none.
    state : {'complete', 'pruned'}
    reason : str
        Why it was stopped; empty for a complete one.
    runs : list of str
        Names of its run folders, in ``trials/`` of the study's folder.
    seconds : float
        In training steps.
    epochs : int
        Trained in all.
    low, high : float or None
        95 % interval of the value, over trainings and validation images; over images only where
        there was one training. None for a trial that was stopped.
    each : list of float
        The value of each training.
    """

    number: int
    params: dict[str, Any]
    value: float | None
    state: Literal["complete", "pruned"]
    reason: str
    runs: list[str]
    seconds: float
    epochs: int
    low: float | None = None
    high: float | None = None
    each: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class StageResult:
    """One stage.

    Attributes
    ----------
    name, sampler, pruner : str
    space : dict
        What was varied, as the study file has it.
    frozen : dict
        What was taken from the winner of the stage before.
    trials : list of TrialResult
    best : int
        Number of the best trial; the first of those that are equal.
    gain : float or None
        Its value less that of the stage before; None for the first stage.
    gain_interval : (float, float) or None
        Its 95 % interval over the validation images, and over trainings where each has several;
        None where the two were not validated on the same images.
    reported : float or None
        What a published search found there, where the study names one.
    importance : dict or None
        Share of each parameter in what sets the best trials apart; None where too few tell.
    importance_by : str
        The measure.
    """

    name: str
    sampler: str
    pruner: str
    space: dict[str, Any]
    frozen: dict[str, Any]
    trials: list[TrialResult]
    best: int
    gain: float | None
    importance: dict[str, float] | None
    importance_by: str
    gain_interval: tuple[float, float] | None = None
    reported: float | None = None

    @property
    def winner(self) -> TrialResult:
        """The best trial."""
        return self.trials[self.best]

    @property
    def value(self) -> float:
        """What the best trial scored on validation."""
        value = self.winner.value
        assert value is not None
        return value


@dataclass(frozen=True)
class TestScore:
    """The winner on the test set: exact match, or Fréchet distance, with its 95 % interval.

    A single training of a generator has no interval. `evaluation` says which one of this test set
    it is, by the user's ledger.
    """

    __test__ = False  # no test, whatever its name begins with

    mean: float
    low: float | None
    high: float | None
    seeds: int
    items: int
    covers: str
    validation: float
    runs: list[str]
    glyphs: int | None = None
    design_effect: float = 1.0
    evaluation: int | None = None


_STAGES = (
    Column("stage"), Column("trials"), Column("stopped"),
    Column("best", "best on validation", share_text, ("low", "high")), Column("with"),
)  # fmt: skip
_REPORTED = Column("reported", form=share_text)
_TEST = (
    Column("mean", "on test", share_text, ("low", "high")), Column("seeds"),
    Column("items", "images"), Column("validation", form=share_text), Column("evaluation"),
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class StudyResult(Document):
    """A finished study.

    Attributes
    ----------
    name : str
    seed : int
    protocol : str
        How the data of the winner were made and trained on.
    stages : list of StageResult
    stage, trial : str, int
        Where the winner was found: the best value of all stages.
    recipe : BaseRecipe
        The winner's, with the seed of its first training for the test set.
    final : dict
        What those trainings have otherwise than the trials.
    test : TestScore
    folder : Path
        The study's folder.
    command : str
        What makes it again.
    env : dict
        What it was made with.
    figures : sequence of (caption, SVG)
        Pictures of what was tried.
    kind : {'classifier', 'generator'}
    earlier : list of dict
        What the test set said before, of other trainings: ``final``, ``winner``, ``mean``, ``low``,
        ``high`` and ``seeds`` of each look.
    trained : sequence of Run
        The trainings for the test set: what the page shows of the data is theirs.
    """

    name: str
    seed: int
    protocol: str
    stages: list[StageResult]
    stage: str
    trial: int
    recipe: BaseRecipe
    test: TestScore
    folder: Path
    command: str
    env: dict[str, Any]
    final: dict[str, Any] = field(default_factory=dict)
    figures: Sequence[tuple[str, str]] = field(default=(), repr=False)
    earlier: list[dict[str, Any]] = field(default_factory=list)
    kind: Kind = "classifier"
    trained: Sequence[Run] = field(default=(), repr=False)

    @property
    def objective(self) -> Objective:
        """What was searched for."""
        return objective_of(self.kind)

    @property
    def value(self) -> float:
        """The winner's score on validation."""
        return next(stage.value for stage in self.stages if stage.name == self.stage)

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab search --json``."""
        return {
            "schema": SCHEMA,
            "study": self.name,
            "objective": self.objective.name,
            "seed": self.seed,
            "protocol": self.protocol,
            "stages": [asdict(stage) for stage in self.stages],
            "winner": {
                "stage": self.stage,
                "trial": self.trial,
                "value": self.value,
                "recipe": self.recipe.content(),
            },
            "final": self.final,
            "test": asdict(self.test),
            "earlier": self.earlier,
            "engines": sorted({str(run.summary.engine) for run in self.trained}),
            "commits": sorted({commit_of(run.env) for run in self.trained}),
            "command": self.command,
            "env": self.env,
        }

    def tables(self) -> list[Table]:
        """Return a row a trial, a row a stage, and the evaluation of the winner."""
        metric = "frechet" if self.kind == "generator" else "exact_match"
        tried = dict.fromkeys(key for one in self.stages for key in one.space)
        trials = [
            {
                "stage": stage.name,
                **asdict(trial),
                "metric": metric,
                **{key: trial.params.get(key) for key in tried},
            }
            for stage in self.stages
            for trial in stage.trials
        ]
        stages = [
            {
                "stage": stage.name,
                "trials": len(stage.trials),
                "stopped": sum(trial.state == "pruned" for trial in stage.trials),
                "best": stage.value,
                "low": stage.winner.low,
                "high": stage.winner.high,
                "with": ", ".join(f"{k} {_short(v)}" for k, v in stage.winner.params.items()),
                "reported": stage.reported,
                "metric": metric,
            }
            for stage in self.stages
        ]
        published = any(stage.reported is not None for stage in self.stages)
        of_stages = (*_STAGES, *([_REPORTED] if published else []))
        value = Column("value", "validation", share_text, ("low", "high"))
        shown = [Column("stage"), Column("number", "trial"), *map(Column, tried), value]
        shown += [Column("epochs"), Column("seconds", "training", seconds_text), Column("state")]
        test = [{**asdict(self.test), "metric": metric}]
        return [
            Table("trials", trials, shown), Table("stages", stages, of_stages),
            Table("test", test, _TEST),
        ]  # fmt: skip

    @property
    def headline(self) -> str:
        """The winner."""
        trials = sum(len(stage.trials) for stage in self.stages)
        return (
            f"study {self.name}: {count_of(trials, 'trial')}, winner {self.stage}:{self.trial}, "
            f"{self.objective.text(self.test.mean)} on test"
        )

    def page(self) -> Page:
        """Return the study's page."""
        if self.kind == "generator":
            return generator_study_page(self.to_json(), self.trained)
        return study_page(self.to_json(), self.figures, self.trained)

    def __str__(self) -> str:
        """Return stages, winner and test score as text."""
        text = self.objective.text
        lines = [self.protocol, "", as_text(self.table("stages"))]
        seeds = "1 training" if self.test.seeds == 1 else f"{self.test.seeds} trainings"
        low, high = self.test.low, self.test.high
        interval = ""
        if low is not None and high is not None:
            interval = f" [{text(low)}, {text(high)}], over {self.test.covers}"
        lines += [
            "",
            f"winner: trial {self.stage}:{self.trial}, {text(self.value)} on validation",
            f"on test, {seeds}: {text(self.test.mean)}{interval}",
        ]
        if sentence := evaluation_sentence(self.test.evaluation):
            lines.append(sentence)
        if self.earlier:
            said = ", ".join(text(look["mean"]) for look in self.earlier)
            lines.append(f"evaluated before: the test set gave {said} for other trainings")
        return "\n".join(lines)


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
