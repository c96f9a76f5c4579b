"""A published experiment, and how much of it to run."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from glyphlab._common.errors import UnknownName, look_up
from glyphlab.recipes import ModelEntry, Recipe, model_entry
from glyphlab.recipes.generator_presets import GeneratorEntry, generator_entry
from glyphlab.reproductions.core.drawn.report_figures import ReportFigure
from glyphlab.reproductions.core.reported_files.report_items import ReportItem
from glyphlab.reproductions.core.rows import Row
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["SCALES", "Reproduction", "Scale", "scale_of"]


@dataclass(frozen=True)
class Scale:
    """How much of a reproduction to run.

    Attributes
    ----------
    name : str
    seeds : int
        Trainings of each model at most; a report may have fewer.
    overrides : tuple of str
        Changes of every recipe.
    published : bool
        Whether it runs on the report's own data; otherwise nothing is comparable.
    whole : bool
        Whether it runs the report's whole training; otherwise trained rows are not comparable,
        except for our own sentences about generators: they compare trainings of one length.
    classical : mapping
        Settings of classical models, by the model's name, where they are less than its own.
    generated : float
        Share of a generator's training, or below 1e-3 next to nothing.
    generated_most : int
        Real images that a generator's training shows at most.
    decides_shorter : bool
        Whether sentences about generators, and what no length changes, get a verdict although their
        trainings are shorter; all other rows are as at scale ``full``.
    """

    name: str
    seeds: int
    overrides: tuple[str, ...]
    published: bool
    whole: bool
    classical: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    generated: float = 1.0
    generated_most: int = sys.maxsize
    decides_shorter: bool = False

    def overrides_of(self, entry: ModelEntry) -> list[str]:
        """Return the changes of one model's recipe."""
        name = entry.model.get("classical", {}).get("name")
        if name in self.classical:
            return [f"model.classical.{self.classical[name]}"]
        return [] if entry.net == "classical" else [*self.overrides]


OF_ANY_LENGTH = ("epoch_seconds_ratio", "seconds_ratio", "precision_above")
"""Measures of two trainings of one length that stand beside a sentence, not beside a number."""
OF_ONE_TRAINING = ("best_kept_nearer",)
"""Measures that compare two ends of one training."""
LESS = MappingProxyType({"logistic": "max_iter=3", "forest": "n_estimators=5"})

SCALES = {
    "smoke": Scale(
        "smoke", 1, ("training.epochs=1",), published=False, whole=False, classical=LESS,
        generated=1e-5,
    ),
    "quick": Scale(
        "quick", 1, ("training.epochs=1",), published=True, whole=False, classical=LESS,
        generated=0.1, generated_most=75_000,
    ),
    "long": Scale(
        "long", sys.maxsize, (), published=True, whole=True, generated=0.15, decides_shorter=True
    ),
    "full": Scale("full", sys.maxsize, (), published=True, whole=True),
}  # fmt: skip


@dataclass(frozen=True)
class Reproduction:
    """A published experiment as data.

    Attributes
    ----------
    name, title : str
    published, smoke : TaskRecipe
        The report's own data, and a handful of embedded digits in the same form.
    rows : tuple of Row
    figures : tuple of ReportFigure
        The pictures of the report in its order, and what draws ours.
    models : tuple of ModelEntry
        Models of this report that comparisons do not know by name.
    seeds : int
        Trainings of each model at scale ``full``.
    generators : tuple of str or GeneratorEntry
        Generators in rows: those that `glyphlab generate` knows by their names, and others whole.
    items : tuple of ReportItem
        What the report says that is no row of its own.
    same_images : bool
        Whether the report scores its models on the very test images that ours are scored on, as the
        ones that a data set comes with; otherwise it drew others of the same kind.
    """

    name: str
    title: str
    published: TaskRecipe
    smoke: TaskRecipe
    rows: tuple[Row, ...]
    figures: tuple[ReportFigure, ...] = ()
    models: tuple[ModelEntry, ...] = ()
    seeds: int = 3
    generators: tuple[str | GeneratorEntry, ...] = ()
    items: tuple[ReportItem, ...] = ()
    same_images: bool = False

    def is_certain(self, row: Row) -> bool:
        """Return whether no training behind a row has chance in it."""
        if not row.models or any(model in self.generator_names for model in row.models):
            return False
        entries = map(self.entry, row.models)
        return not any(
            Recipe.for_entry(entry, self.published, seed=0).has_chance for entry in entries
        )

    def task_recipe(self, scale: Scale) -> TaskRecipe:
        """Return the data of a scale."""
        return self.published if scale.published else self.smoke

    def entry(self, name: str) -> ModelEntry:
        """Return a model by name: the report's own, or one that comparisons know.

        Raises
        ------
        UnknownName
            Where there is neither.
        """
        own = {model.name: model for model in self.models}
        return own.get(name) or model_entry(name)

    def reason_against(self, row: Row, scale: Scale) -> str:
        """Return why a scale's trainings say nothing of a row; empty where they do."""
        if row.model is None and scale.published:
            return ""
        shorter = self.remark(row, scale)
        if not (scale.published and scale.whole):
            return "" if shorter else "not the paper's data or training: run it at scale full"
        if row.claim or row.measured_by in OF_ANY_LENGTH or not shorter:
            return ""
        return "the trainings are shorter than the paper's: run it at scale full"

    def remark(self, row: Row, scale: Scale) -> str:
        """Return what a reader has to know of the trainings behind a row, if anything."""
        generators = [model for model in row.models if model in self.generator_names]
        if not scale.published or not generators:
            return ""
        ours = row.claim and not row.item and len(generators) == len(row.models)
        compares = len(generators) > 1 or row.measured_by in OF_ONE_TRAINING
        if not scale.decides_shorter and (scale.whole or not (ours and compares)):
            return ""
        wholes = [int(self.generator(model).training["images"]) for model in generators]
        shares = {min(scale.generated, scale.generated_most / whole) for whole in wholes}
        if len(shares) > 1:  # then a difference may be that of the lengths
            return ""
        return f"verdict on trainings of {100 * shares.pop():.3g} % of the paper's length"

    @property
    def generator_names(self) -> tuple[str, ...]:
        """The names of its generators, as rows have them."""
        return tuple(one if isinstance(one, str) else one.name for one in self.generators)

    def generator(self, name: str) -> GeneratorEntry:
        """Return a generator by name: the report's own, or one that `glyphlab generate` knows.

        Raises
        ------
        UnknownName
            Where there is neither.
        """
        own = {one.name: one for one in self.generators if not isinstance(one, str)}
        return own.get(name) or generator_entry(name)

    def chosen(self, ids: Sequence[str] | None) -> tuple[Row, ...]:
        """Return the rows with these ids, or all.

        Raises
        ------
        UnknownName
            For an id that no row has.
        """
        if ids is None:
            return self.rows
        known = {row.id: row for row in self.rows}
        for one in ids:
            if one not in known:
                raise UnknownName(f"row of {self.name}", one, known)
        return tuple(row for row in self.rows if row.id in set(ids))


def scale_of(name: str) -> Scale:
    """Return the scale of that name.

    Raises
    ------
    UnknownName
        With the nearest right name.
    """
    return look_up("scale", name, SCALES)
