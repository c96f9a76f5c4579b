"""A study file: what is fixed, what is searched in which order, and how."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from glyphlab._common.errors import RecipeError, StudyError, nearest
from glyphlab._common.renamed_keys import renamed_text
from glyphlab._common.toml import read_toml
from glyphlab._common.typed import TypedDocument, explain
from glyphlab.experiments.kinds import Kind, kind_of
from glyphlab.experiments.search.dimensions import Range, Sizes
from glyphlab.experiments.search.space import Space, merged, read_space
from glyphlab.recipes import BaseRecipe, GeneratorRecipe, Recipe
from glyphlab.recipes.plan import MOST_SEEDS
from glyphlab.recipes.union import parse_recipe, recipe_class
from glyphlab.tasks.task_recipe import with_scene

__all__ = ["StageDefinition", "StudyDefinition"]

MOST_TRIALS = 100_000
"""Trials of one stage, and numbers that a grid takes of a range: each is trained."""
_NAME = r"^[a-z0-9][a-z0-9_-]*$"
_OF_THE_STUDY = {"seed": "seed", "name": "name"}
_MISSING = {
    "stages": "add a table [[stages]] with a name and a space",
    "space": 'add a table [stages.space], as with "model.dropout" = { low = 0.1, high = 0.5 }',
    "name": 'add name = "…", in small letters, digits and hyphens',
}


class StageDefinition(TypedDocument):
    """One search: which keys of the recipe, how, and what it takes from the stage before.

    `freeze` names what is taken from the winner of the stage before; left out, that is all that
    was searched up to there and is not searched again. `reported` decides nothing: it stands beside
    what the stage found, and a study with it is the same study.
    """

    name: str = Field(pattern=_NAME)
    method: Literal["grid", "optuna"] = "optuna"
    trials: int | None = Field(None, ge=1, le=MOST_TRIALS)
    sampler: Literal["grid", "random", "tpe"] | None = None
    pruner: Literal["halving", "median", "none"] = "none"
    startup: int = Field(5, ge=1, description="Trials at random before TPE and the median begin")
    seeds: int = Field(
        1, ge=1, le=MOST_SEEDS, description="Trainings that the value of a trial is the mean of"
    )
    round_size: int = Field(
        1, ge=1, le=MOST_TRIALS, description="Trials that TPE or a pruner has begin together"
    )
    freeze: tuple[str, ...] | None = None
    reported: float | None = Field(
        None,
        exclude=True,
        description="What a published search of this stage found, as it printed it",
    )
    space: dict[str, Any]
    kind: Kind = Field("classifier", exclude=True, description="Of the study's base")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.method == "grid" and self.sampler not in (None, "grid"):
            raise ValueError(
                f"stage '{self.name}': method 'grid' has no sampler '{self.sampler}': "
                'write method = "optuna", or leave the sampler out'
            )
        if not self.is_grid and self.trials is None:
            raise ValueError(f"stage '{self.name}' does not say how many: add trials = 20")
        if self.seeds > 1 and self.pruner != "none":
            raise ValueError(
                f"stage '{self.name}': a pruner stops one training by its epochs, not the mean of "
                f'{self.seeds}: write seeds = 1, or pruner = "none"'
            )
        if self.round_size > 1 and not self.is_sequential:
            raise ValueError(
                f"stage '{self.name}': round_size is for TPE and pruners, and sampler "
                f"'{self.sampling}' has all trials begin together: leave it out"
            )
        return self

    @property
    def is_grid(self) -> bool:
        """Whether every combination is tried."""
        return "grid" in (self.method, self.sampler)

    @property
    def sampling(self) -> str:
        """``grid``, ``random`` or ``tpe``."""
        return "grid" if self.is_grid else self.sampler or "tpe"

    @property
    def is_sequential(self) -> bool:
        """Whether a trial depends on rounds before its own, which must end before it begins."""
        return self.sampling == "tpe" or self.pruner != "none"

    @property
    def dimensions(self) -> Space:
        """The space, read; what is wrong with it was said when the study was read."""
        recipe = recipe_class({"kind": self.kind}, self.name)
        return read_space(self.space, f"stages.{self.name}.space", recipe)

    @property
    def count(self) -> int:
        """Trials in all."""
        if not self.is_grid:
            return self.trials or 0
        size = math.prod(len(dimension.values()) for dimension in self.dimensions.values())
        return min(size, self.trials or size)


class StudyDefinition(TypedDocument):
    """A whole study.

    `seeds` is how often the winner is trained for the one look at the test set, and `final` what
    those trainings have otherwise than the trials: more epochs, say, for what was found in few.
    """

    name: str = Field(pattern=_NAME)
    seed: int = Field(0, ge=0)
    seeds: int = Field(3, ge=1, le=MOST_SEEDS)
    base: dict[str, Any] = Field({})
    final: dict[str, Any] = Field({})
    stages: tuple[StageDefinition, ...] = Field(min_length=1)

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any], where: str = "study") -> StudyDefinition:
        """Validate a mapping.

        Raises
        ------
        StudyError
            Naming the key, what is wrong with it, and the nearest right one.
        RecipeError
            For a base that is no part of a recipe, or values that a recipe would refuse.
        SceneError
            For a scene file that cannot be.
        """
        content = _of_kind(content, where)
        try:
            found = cls.model_validate(content)
        except ValidationError as error:
            said = explain(error, cls, document="study", missing=_MISSING)
            raise StudyError(f"{where}: {said}") from error
        if isinstance(found.base.get("task"), Mapping):  # not a file that may be another tomorrow
            base = {**found.base, "task": with_scene(found.base["task"])}
            found = found.model_copy(update={"base": base})
        found._check_base(where)
        names: list[str] = []
        produced: dict[str, None] = {}
        for stage in found.stages:
            if stage.name in names:
                raise StudyError(f"{where}: two stages are named '{stage.name}': rename one")
            names.append(stage.name)
            recipe = recipe_class(found.base, where)
            space = read_space(stage.space, f"{where}: stages.{stage.name}.space", recipe)
            _check_pruner(stage, found.base_recipe, where)
            _check_grid(stage, space, where)
            frozen = _frozen_names(stage, space, list(produced), where)
            produced = dict.fromkeys([*frozen, *space])
        return found

    @classmethod
    def from_toml(cls, path: Path) -> StudyDefinition:
        """Read a study file; its name is the file's own unless it says another.

        Raises
        ------
        StudyError
            Where the file is missing, is no TOML, or holds what a study cannot.
        """
        otherwise = "such as studies/digits-quick.toml"
        content = read_toml(path, "study", otherwise, StudyError)
        content.setdefault("name", path.stem.lower())
        return cls.from_mapping(content, str(path))

    @property
    def kind(self) -> Kind:
        """Of the recipes that are searched."""
        return kind_of(self.base_recipe)

    @property
    def base_recipe(self) -> BaseRecipe:
        """The base as a recipe."""
        return parse_recipe(self.base)

    @property
    def trainings(self) -> int:
        """Trainings in all: of the trials, and of the winner for the test set."""
        return sum(one.count * one.seeds for one in self.stages) + self.seeds

    @property
    def times_as_long(self) -> float:
        """How many times as long the winner is trained for the test set as a trial of the base."""
        winner = parse_recipe(merged(self.base, self.final))
        return _length(winner) / _length(self.base_recipe)

    def frozen_names(self, place: int) -> list[str]:
        """Return the keys that the stage at `place` takes from the winner before it."""
        produced: list[str] = []
        for stage in self.stages[: place + 1]:
            frozen = _frozen_names(stage, stage.dimensions, produced, "study")
            produced = list(dict.fromkeys([*frozen, *stage.dimensions]))
        return frozen

    def _check_base(self, where: str) -> None:
        for table, content in (("base", self.base), ("final", self.final)):
            for key in _OF_THE_STUDY:
                if key in content:
                    raise StudyError(
                        f"{where}: {table}.{key}: a study derives the {key} of each run by itself: "
                        f"write {key} = {json.dumps(content[key])} at the top of the file"
                    )
        try:
            parse_recipe(self.base, f"{where}: base")
            parse_recipe(merged(self.base, self.final), f"{where}: final")
        except RecipeError as error:
            raise StudyError(str(error)) from error


def _length(recipe: BaseRecipe) -> int:
    """Return what the time of a training is proportional to."""
    if isinstance(recipe, GeneratorRecipe):
        return recipe.training.images
    return recipe.training.epochs if isinstance(recipe, Recipe) else 1


def _of_kind(content: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return what a study file holds, with the kind of its base said in every stage."""
    found = dict(content)
    base, stages = found.get("base", {}), found.get("stages")
    if not isinstance(base, Mapping) or "kind" not in base:
        return found
    try:
        recipe_class(base, f"{where}: base")
    except RecipeError as error:
        raise StudyError(str(error)) from error
    if base["kind"] == "generator" and isinstance(base.get("task", {}), Mapping):
        # as a generator's recipe has it where it is left out: images of one symbol
        found["base"] = {**base, "task": {"name": "single", **base.get("task", {})}}
    if isinstance(stages, list | tuple):
        found["stages"] = [
            {**stage, "kind": base["kind"]} if isinstance(stage, Mapping) else stage
            for stage in stages
        ]
    return found


def _check_pruner(stage: StageDefinition, base: BaseRecipe, where: str) -> None:
    if stage.pruner == "none":
        return
    why = ""
    if stage.kind == "generator":
        why = "a generator is evaluated at its end"
    elif isinstance(base, Recipe) and base.model.is_estimator:
        why = "a model of scikit-learn has none"
    if why:
        raise StudyError(
            f"{where}: stages.{stage.name}.pruner: a pruner stops classifiers by their epochs, and "
            f'{why}: write pruner = "none"'
        )


def _check_grid(stage: StageDefinition, space: Space, where: str) -> None:
    for name, dimension in space.items():
        if isinstance(dimension, Sizes) and stage.is_grid:
            raise StudyError(
                f"{where}: stages.{stage.name}.space.{name}: a grid cannot take every row of "
                'numbers: write method = "optuna", or give it a list of rows'
            )
        if not isinstance(dimension, Range):
            continue
        if (count := dimension.count) > MOST_TRIALS:
            raise StudyError(
                f"{where}: stages.{stage.name}.space.{name}: {count:,} numbers of a range, "
                f"expected at most {MOST_TRIALS:,}: widen the step, or give fewer points"
            )
        endless = dimension.step is None and dimension.points is None
        if stage.is_grid and endless:
            raise StudyError(
                f"{where}: stages.{stage.name}.space.{name}: a grid needs to know which numbers of "
                f"a range: add points = 5{'' if dimension.log else ', or a step'}"
            )
        if not stage.is_grid and dimension.points is not None:
            raise StudyError(
                f"{where}: stages.{stage.name}.space.{name}: points belongs to a grid: leave it "
                'out, or write method = "grid"'
            )


def _frozen_names(
    stage: StageDefinition, space: Space, produced: list[str], where: str
) -> list[str]:
    if stage.freeze is None:
        return [name for name in produced if name not in space]
    here = f"{where}: stages.{stage.name}.freeze"
    for name in stage.freeze:
        if not produced:
            raise StudyError(f"{here}: the first stage has no winner before it: leave freeze out")
        if name not in produced:
            if said := renamed_text(name):
                raise StudyError(f"{here}: {said}")
            close = nearest(name, produced)
            hint = f"did you mean '{close}'? " if close else ""
            raise StudyError(
                f"{here}: the stage before does not find '{name}': {hint}"
                f"it finds {', '.join(produced)}"
            )
        if name in space:
            raise StudyError(
                f"{here}: '{name}' is searched in this stage too: leave it out of freeze or space"
            )
    return list(stage.freeze)
