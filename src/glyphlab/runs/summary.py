"""What a finished run says of itself: ``summary.json``, as types.

`Run.finish` writes it and `Run.summary` reads it; nobody else knows of its keys as words.
"""

from __future__ import annotations

import reprlib
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from glyphlab._common.errors import RunError
from glyphlab.data.class_names import numbered
from glyphlab.runs.documents import SCHEMA, checked, read_json, typed, unreadable
from glyphlab.runs.engine import Engine
from glyphlab.runs.protocol import Protocol
from glyphlab.runs.records import (
    STRICT,
    Alarm,
    AuditRecord,
    Count,
    GeneratorScores,
    Losses,
    Name,
    NetSizes,
    Row,
    Scores,
    Share,
    StrategyState,
    SymbolScores,
    TestSet,
)

__all__ = [
    "SUMMARY",
    "ClassifierSummary",
    "GeneratorSummary",
    "RunSummary",
    "document_of",
    "read_summary",
]

SUMMARY = "summary.json"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class RunSummary:
    """What every run says of itself.

    Attributes
    ----------
    name, model : str
        Of the run and of its recipe.
    task, data : str
        Names of the task and of the source of its symbols.
    protocol : Protocol
    seed : int
    fit_seconds : float
        In training steps; what was spent on compiling loops is no part of it.
    epochs_run, best_epoch : int
        Lines of the history, and the epoch whose weights were kept.
    engine : Engine
        What it ran on.
    command : str
        What makes the run again.
    class_names : tuple of str or None
        What the classes are called; None where they have numbers alone, or labels are no classes.
    """

    kind: ClassVar[str]
    name: str
    model: str
    task: str
    data: str
    protocol: Protocol
    seed: int
    fit_seconds: float
    epochs_run: Count
    best_epoch: Count
    engine: Engine
    command: str
    class_names: Row[Name] | None = None

    def _require_names(self, classes: int) -> None:
        if self.class_names is not None and len(self.class_names) != classes:
            raise ValueError(f"{len(self.class_names)} class names for {classes} classes")


@dataclass(frozen=True, config=STRICT, kw_only=True)
class ClassifierSummary(RunSummary):
    """What a run of a model that reads says of itself.

    Attributes
    ----------
    strategy, net : str
    parameters : int
    sharded : bool
        Whether steps were split over threads.
    train_accuracy : float
        In training, as Keras reports it; of a model without epochs on training images.
    test_loss : float or None
    metrics : Scores
        On the test set.
    val : Scores or None
        On the validation set, where the task has one.
    symbols : SymbolScores or None
        Of single symbols, where they are read on the way to a label.
    generalization_grid : dict or None
        Exact match in each cell of the generalization grid, as ``seen/unseen``.
    audit : AuditRecord
    strategy_state : StrategyState
    restarts : tuple of float or None
        Training loss of each beginning, where there were several.
    residuals : tuple of float or None
        Where classes were estimated from sums: what each round left unexplained of a sum, as a
        standard deviation.
    stacked, in_one_path : int or None
        How many models were trained side by side, or in the same passes.
    warnings : tuple of str or None
        What scikit-learn said.
    train_accuracy_items : int or None
        Training items that the training accuracy was counted on, where that is not all.
    test_set : TestSet or None
        What it was scored on; None of a run that an earlier version made.
    """

    kind: ClassVar[str] = "classifier"
    strategy: str
    net: str
    parameters: Count
    sharded: bool
    train_accuracy: Share
    test_loss: float | None
    metrics: Scores
    val: Scores | None
    symbols: SymbolScores | None
    generalization_grid: dict[str, Share] | None
    audit: AuditRecord
    strategy_state: StrategyState
    restarts: Row[float] | None = None
    residuals: Row[float] | None = None
    stacked: int | None = None
    in_one_path: int | None = None
    warnings: Row[str] | None = None
    train_accuracy_items: int | None = None
    test_set: TestSet | None = None

    def __post_init__(self) -> None:
        self._require_names(self.strategy_state.symbols)

    @property
    def names(self) -> tuple[str, ...]:
        """What the classes of a symbol are called: their names, else their numbers."""
        return self.class_names or numbered(self.strategy_state.symbols)

    @property
    def scored_on(self) -> str:
        """What the images of its scores are called: validation images where a test is withheld."""
        return f"{self.test_set.split if self.test_set else 'test'} images"

    @property
    def validation(self) -> Scores:
        """The scores on the validation set.

        Raises
        ------
        RunError
            Where the task has none.
        """
        if self.val is None:
            raise RunError(f"{self.name} was not validated: its task has no validation images")
        return self.val


@dataclass(frozen=True, config=STRICT, kw_only=True)
class GeneratorSummary(RunSummary):
    """What a run of a generator says of itself.

    Attributes
    ----------
    pictures : str
        What one call of the generator draws.
    parameters : NetSizes
    real_images : int
        Real images that the discriminator was shown.
    first_losses : Losses
        Of the first step.
    scores : GeneratorScores
    alarms : tuple of Alarm
    verdict : str
        ``healthy``, or the name of the first alarm.
    """

    kind: ClassVar[str] = "generator"
    pictures: str
    parameters: NetSizes
    real_images: Count
    first_losses: Losses
    scores: GeneratorScores
    alarms: Row[Alarm]
    verdict: str

    def __post_init__(self) -> None:
        self._require_names(len(self.scores.classes))

    @property
    def names(self) -> tuple[str, ...]:
        """What the classes of a symbol are called: their names, else their numbers."""
        return self.class_names or numbered(len(self.scores.classes))


_ADAPTERS: dict[str, TypeAdapter[Any]] = {
    one.kind: TypeAdapter(one) for one in (ClassifierSummary, GeneratorSummary)
}


def document_of(summary: RunSummary) -> dict[str, Any]:
    """Return the document of a summary; what a run had no use for is left out of it."""
    unused = {
        field.name
        for field in fields(summary)
        if field.default is None and getattr(summary, field.name) is None
    }
    content = _ADAPTERS[summary.kind].dump_python(summary, mode="json", exclude=unused)
    return {"schema": SCHEMA, "kind": summary.kind, **content}


def read_summary(folder: Path) -> ClassifierSummary | GeneratorSummary:
    """Read the summary of a finished run.

    Raises
    ------
    OtherSchema
        Where the run is of an older or a newer layout.
    RunError
        Where there is none, or one with a key that is missing, unknown or of a wrong type.
    """
    path = folder / SUMMARY
    document = checked(read_json(path), path)
    kind = document.pop("kind", None)
    if not isinstance(kind, str) or kind not in _ADAPTERS:
        expected = " or ".join(map(repr, _ADAPTERS))
        raise unreadable(path, f"kind is {reprlib.repr(kind)}, expected {expected}")
    found: ClassifierSummary | GeneratorSummary = typed(_ADAPTERS[kind], document, path)
    return found
