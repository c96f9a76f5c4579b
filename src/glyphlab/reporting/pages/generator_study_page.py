"""The page of a study of generators."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from glyphlab._common.tabular.number_texts import distance_text, seconds_text
from glyphlab.reporting.pages.generators_page import value_figure
from glyphlab.reporting.pages.page import environment_rows, named_values
from glyphlab.reporting.pages.page_parts import (
    Cell,
    Column,
    Figure,
    Fold,
    Page,
    Part,
    Section,
    Table,
    Text,
)
from glyphlab.reporting.sections.before_training import data_section
from glyphlab.reporting.sections.figure_numbers import value_numbers
from glyphlab.runs import Run

__all__ = ["generator_study_page"]

_DRAWN = 12
"""Trials that are still read side by side."""


def generator_study_page(study: Mapping[str, Any], trained: Sequence[Run] = ()) -> Page:
    """Return the page of a study whose recipes are generators.

    Parameters
    ----------
    study : mapping
        The document of ``glyphlab search --json``.
    trained : sequence of Run
        The trainings of the winner for the test set.
    """
    test, winner = study["test"], study["winner"]
    trials = sum(len(stage["trials"]) for stage in study["stages"])
    again = "once more" if test["seeds"] == 1 else f"{test['seeds']} times more"
    interval = ""
    if test["low"] is not None:
        interval = f" ({distance_text(test['low'])} – {distance_text(test['high'])})"
    how: list[Part] = [
        Text(f"{study['protocol']}."),
        Text(
            "A trial is valued by the Fréchet distance of its samples from real validation images: "
            "smaller is better. Trials were trained and chosen without the test set; the best of "
            f"{trials} values is partly luck."
        ),
    ]
    if study["earlier"]:
        said = ", ".join(distance_text(look["mean"]) for look in study["earlier"])
        how.append(
            Text(f"The test set was evaluated before, and gave {said}: this is a later evaluation.")
        )
    return Page(
        eyebrow="Glyphlab search",
        title=f"Study {study['study']}",
        question="Which recipe generates best, by validation alone?",
        answer=[
            f"Of {trials} trials, {winner['stage']}:{winner['trial']} is the best, with a distance "
            f"of {distance_text(winner['value'])} on validation.",
            f"Its recipe, trained {again} with other seeds, comes to {distance_text(test['mean'])} "
            f"on the test set{interval}.",
        ],
        sections=[
            data_section({"the winner": trained} if trained else {}),
            Section("How to read this", how),
            *(_stage(stage) for stage in study["stages"]),
            Section("The winner’s recipe", [Fold("The whole recipe", [_recipe(winner["recipe"])])]),
        ],
        environment=environment_rows(study["env"]),
        command=study["command"],
    )


def _stage(stage: Mapping[str, Any]) -> Section:
    done = [one for one in stage["trials"] if one["state"] == "complete"]
    rest = [one for one in stage["trials"] if one["state"] != "complete"]
    ranked = sorted(done, key=lambda one: (one["value"], one["number"]))
    names = list(stage["space"])
    rows = [
        [
            Cell(f"{stage['name']}:{one['number']}"),
            *(Cell(_text(one["params"][name])) for name in names),
            Cell(distance_text(one["value"]), _interval(one)),
            Cell(str(one["epochs"])),
            Cell(seconds_text(one["seconds"])),
            *([Cell(one["reason"] or "–")] if rest else []),
        ]
        for one in [*ranked, *rest]
    ]
    columns = [
        Column("trial"), *map(Column, names), Column("Fréchet distance"), Column("epochs"),
        Column("training"), *([Column("note", left=True)] if rest else []),
    ]  # fmt: skip
    lede = f"{len(stage['trials'])} trials, the best first."
    if stage["gain"] is not None:
        lede += f" The best is better by {distance_text(stage['gain'])} than the stage before."
    if stage["frozen"]:
        taken = ", ".join(f"{key} {_text(value)}" for key, value in stage["frozen"].items())
        lede += f" Taken from the stage before: {taken}."
    drawn = [
        {
            "name": f"{stage['name']}:{one['number']}",
            "mean": one["value"],
            "interval": None if one["low"] is None else (one["low"], one["high"]),
            "each": one["each"],
        }
        for one in ranked[:_DRAWN]
    ]
    axis = "Fréchet distance on validation"
    caption = "Dots are means, ticks single trainings" + (
        ", bars the 95 % interval of the mean, on logarithms."
        if ranked[0]["low"] is not None
        else "."
    )
    figure = Figure(
        "Values of the best trials", value_figure(drawn, axis), caption,
        numbers=value_numbers("Values of the best trials", drawn, distance_text),
    )  # fmt: skip
    table = Table(f"Trials of stage {stage['name']}", columns, rows)
    return Section(f"Stage {stage['name']}", [Text(lede), figure, table])


def _interval(trial: Mapping[str, Any]) -> str:
    if trial["low"] is None:
        return ""
    return f"{distance_text(trial['low'])} – {distance_text(trial['high'])}"


def _recipe(recipe: Mapping[str, Any]) -> Table:
    rows = [
        (f"{part}.{key}", _text(value))
        for part, keys in recipe.items()
        if isinstance(keys, Mapping)
        for key, value in keys.items()
    ]
    return named_values("Recipe", rows)


def _text(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value)
