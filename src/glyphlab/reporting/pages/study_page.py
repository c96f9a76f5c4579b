"""The page of a study."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from glyphlab._common.tabular.number_texts import percent, seconds_text, signed
from glyphlab.reporting.pages.page import environment_rows
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
from glyphlab.reporting.plots.figures import interval_figure, overlap_figure
from glyphlab.reporting.plots.study_figures import (
    history_figure,
    parallel_figure,
    slice_figure,
    stages_figure,
)
from glyphlab.reporting.sections.before_training import data_section
from glyphlab.reporting.sections.figure_numbers import share_numbers, value_numbers
from glyphlab.runs import Run

__all__ = ["study_page"]

_TAUGHT = {
    "grid": "every combination",
    "random": "at random",
    "tpe": "proposed by TPE from the trials before",
}
_FEW = 12
"""Settings that are still read side by side."""


def study_page(
    study: Mapping[str, Any],
    figures: Sequence[tuple[str, str]] = (),
    trained: Sequence[Run] = (),
) -> Page:
    """Return the page of a study.

    Parameters
    ----------
    study : mapping
        The document of ``glyphlab search --json``; nothing else is read, and nothing is trained.
    figures : sequence of (str, str)
        Caption and SVG text of pictures of what was tried.
    trained : sequence of Run
        The trainings of the winner for the test set, for what they saw.
    """
    trials = sum(len(stage["trials"]) for stage in study["stages"])
    test, winner = study["test"], study["winner"]
    again = "once more" if test["seeds"] == 1 else f"{test['seeds']} times more"
    others = "another seed" if test["seeds"] == 1 else "other seeds"
    return Page(
        eyebrow="Glyphlab search",
        title=f"Study {study['study']}",
        question="Which recipe is best, by validation alone?",
        answer=[
            f"Of {trials} trials, {winner['stage']}:{winner['trial']} is the best, with "
            f"{percent(winner['value'])} on validation.",
            f"Its recipe, trained {again} with {others}, comes to {percent(test['mean'])} on the "
            f"test set ({percent(test['low'])} – {percent(test['high'])}).",
        ],
        sections=[
            data_section({"the winner": trained} if trained else {}),
            Section("How to read this", [Text(f"{study['protocol']}."), Text(_luck(study))]),
            Section(
                "What was tried, in pictures",
                [Figure(_short(caption), svg, f"{caption}.", "wide") for caption, svg in figures],
            ),
            _stages(study["stages"]),
            *(_stage(stage) for stage in study["stages"]),
            _recipe(study),
        ],
        environment=environment_rows(study["env"]),
        command=study["command"],
    )


def _short(caption: str) -> str:
    return caption.partition(".")[0]


def _luck(study: Mapping[str, Any]) -> str:
    """Say what the best value on validation is, and what the test set was evaluated for."""
    test = study["test"]
    trials = sum(len(stage["trials"]) for stage in study["stages"])
    final = [
        f"{part}.{key} {_text(value)}"
        for part, keys in study.get("final", {}).items()
        for key, value in keys.items()
    ]
    how = f", trained with other settings than the trials ({', '.join(final)})," if final else ""
    earlier = [percent(look["mean"]) for look in study.get("earlier", [])]
    images = f"{test['items']:,}"
    number = max(test.get("evaluation") or 1, len(earlier) + 1)
    gave = f" for other trainings of this search, and gave {', '.join(earlier)}" if earlier else ""
    evaluated = (
        f"The test set, {images} images, was evaluated before{gave}: this is evaluation {number} "
        "of it;"
        if number > 1
        else f"The test set was evaluated once, after the choice, on {images} images;"
    )
    return (
        "Trials were trained and chosen without the test set. "
        f"The best of {trials} values on validation is partly luck: the same recipe with other "
        f"seeds{how} comes to {percent(test['validation'])} there. {evaluated} the 95 % interval "
        f"covers {test['covers']}."
    )


_PUBLISHED = (
    " What a published search reports for a stage stands beside it; it may be of other images than "
    "validation's, as its paper says."
)


def _stages(stages: Sequence[Mapping[str, Any]]) -> Section:
    stopped = any(one["state"] != "complete" for stage in stages for one in stage["trials"])
    published = any(stage.get("reported") is not None for stage in stages)
    columns = [
        Column("stage"), Column("trials were", left=True), Column("trials"),
        *([Column("stopped")] if stopped else []), Column("training"), Column("best"),
        Column("gain"), *([Column("reported")] if published else []), Column("found", wide=True),
    ]  # fmt: skip
    rows = []
    for stage in stages:
        best = stage["trials"][stage["best"]]
        ends = " to ".join(signed(end) for end in stage.get("gain_interval") or ())
        gain = "–" if stage["gain"] is None else signed(stage["gain"])
        row = [Cell(stage["name"]), Cell(_TAUGHT[stage["sampler"]]), Cell(f"{_count(stage)}")]
        if stopped:
            row.append(Cell(f"{sum(one['state'] != 'complete' for one in stage['trials'])}"))
        row.append(Cell(seconds_text(sum(one["seconds"] for one in stage["trials"]))))
        row += [Cell(percent(best["value"])), Cell(gain, ends)]
        if published:
            row.append(Cell(percent(stage.get("reported"))))
        row.append(Cell(_named(best["params"])))
        rows.append(row)
    table = Table("Stages", columns, rows)
    parts: list[Part] = [
        Text(
            "Each stage keeps what the one before it found. The gain is in percentage points on "
            "validation, over the best of the stage before, with its 95 % interval over the "
            "validation images; it does not include the luck of being the best of many trials."
            + (_PUBLISHED if published else "")
        )
    ]
    if len(stages) > 1:
        parts.append(
            Figure(
                "Stages and what each gained",
                stages_figure(stages),
                "Every dot is a finished trial, in its order from left to right; the line is the "
                "best of its stage, the number in brackets its gain with the interval below it. "
                "The table has the numbers.",
            )
        )
    return Section("Stages", [*parts, table])


def _count(stage: Mapping[str, Any]) -> int:
    return len(stage["trials"])


def _named(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {_text(value)}" for key, value in values.items())


def _stage(stage: Mapping[str, Any]) -> Section:
    trials, space = stage["trials"], stage["space"]
    done = [one for one in trials if one["state"] == "complete"]
    ranked = sorted(done, key=lambda one: (-one["value"], one["number"]))
    rest = [one for one in trials if one["state"] != "complete"]
    drawn, axes = _drawn(trials, space)
    pruned = stage["pruner"]
    how = "" if pruned == "none" else f", unpromising ones stopped early ({pruned})"
    lede = f"{len(trials)} trials, {_TAUGHT[stage['sampler']]}{how}."
    if stage["frozen"]:
        lede += f" Taken from the stage before: {_named(stage['frozen'])}."
    parts: list[Part] = [Text(lede)]
    if settings := _settings(ranked, space):
        name = f"Settings of stage {stage['name']} with their intervals"
        parts.append(
            Figure(
                name,
                interval_figure(settings),
                "Each setting’s mean on validation with its 95 % interval over trainings and "
                "images; a tick is one training.",
                numbers=value_numbers(name, settings),
            )
        )
    crossed = (
        " A cross is a trial that was stopped, at the value it had then; a triangle one that never "
        "had a value."
        if rest
        else ""
    )
    parts += [
        Figure(
            f"Values of stage {stage['name']} in their order",
            history_figure(trials),
            f"Values in the order they were tried.{crossed}",
        ),
        Figure(
            f"Value against each parameter of stage {stage['name']}",
            slice_figure(drawn, axes),
            "Value against each parameter, the best trial in orange. The other parameters vary "
            "too: a cloud that is wide at every value says that this one matters little. Options "
            "too long for an axis have the number that they have in the file; the table of trials "
            "spells them out.",
        ),
    ]
    if len(axes) > 1 and len(done) > 1:
        parts.append(
            Figure(
                f"Trials of stage {stage['name']} as lines through their parameters",
                parallel_figure(drawn, axes),
                "A line is a finished trial, darker where it is better; the best is orange.",
            )
        )
    if stage["importance"]:
        parts.append(
            Figure(
                f"Importance of each parameter of stage {stage['name']}",
                overlap_figure(stage["importance"]),
                f"What distinguishes the best trials of this stage ({stage['importance_by']}), as "
                "shares. It is about these trials and these ranges only.",
                numbers=share_numbers(
                    f"Importance of stage {stage['name']}",
                    {"importance": stage["importance"]},
                    "parameter",
                ),
            )
        )
    table = _trials(stage, [*ranked, *rest], named_rest=bool(rest))
    parts.append(Fold(f"All {len(trials)} trials, the numbers of these figures", [table]))
    return Section(f"Stage {stage['name']}", parts)


def _trials(
    stage: Mapping[str, Any], trials: Sequence[Mapping[str, Any]], *, named_rest: bool
) -> Table:
    names = list(stage["space"])
    columns = [
        Column("trial"), *map(Column, names), Column("validation"), Column("epochs"),
        Column("training"), *([Column("note", wide=True)] if named_rest else []),
    ]  # fmt: skip
    rows = [
        [
            Cell(f"{stage['name']}:{one['number']}"),
            *(Cell(_text(one["params"][name])) for name in names),
            Cell(percent(one["value"])),
            Cell(str(one["epochs"])),
            Cell(seconds_text(one["seconds"])),
            *([Cell(one["reason"])] if named_rest else []),
        ]
        for one in trials
    ]
    return Table(f"Trials of stage {stage['name']}", columns, rows)


def _drawn(
    trials: Sequence[Mapping[str, Any]], space: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return trials and space with each row of numbers as two: how many, and how much in all."""
    axes: dict[str, Any] = {}
    rows = []
    for name, one in space.items():
        if isinstance(one, Mapping) and "least" in one:
            rows.append(name)
            axes[f"{name}.count"] = {"low": one["least"], "high": one["most"]}
            total = {"low": one["least"] * one["low"], "high": one["most"] * one["high"]}
            axes[f"{name}.total"] = total
        else:
            axes[name] = one
    drawn = []
    for trial in trials:
        params = dict(trial["params"])
        for name in rows:
            numbers = params.pop(name)
            params |= {f"{name}.count": len(numbers), f"{name}.total": sum(numbers)}
        drawn.append({**trial, "params": params})
    return drawn, axes


def _settings(
    ranked: Sequence[Mapping[str, Any]], space: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return a few settings with their intervals, where each was trained more than once."""
    if not 1 < len(ranked) <= _FEW or any(len(one.get("each", [])) < 2 for one in ranked):
        return []
    return [
        {
            "name": ", ".join(_text(one["params"][name]) for name in space),
            "mean": one["value"],
            **{key: one[key] for key in ("low", "high", "each")},
        }
        for one in ranked
    ]


def _found(study: Mapping[str, Any]) -> set[str]:
    """Return the keys of the winner's recipe that the study found."""
    stage = next(one for one in study["stages"] if one["name"] == study["winner"]["stage"])
    return {*stage["frozen"], *stage["space"]}


def _recipe(study: Mapping[str, Any]) -> Section:
    found = _found(study)
    rows = [
        [Cell(f"{part}.{key}"), Cell(_text(value), "found" if f"{part}.{key}" in found else "")]
        for part, keys in study["winner"]["recipe"].items()
        if isinstance(keys, Mapping)
        for key, value in keys.items()
    ]
    said = (
        "What the search found is marked; the rest is its base and the defaults. The file is "
        "winner.toml, beside the search."
    )
    columns = [Column("key", left=True), Column("value", left=True)]
    recipe = Table("Recipe", columns, rows, "plain")
    return Section("The winner’s recipe", [Text(said), Fold("The whole recipe", [recipe])])


def _text(value: Any) -> str:
    if value is None:
        return "not set"
    return (
        f"{value:.4g}"
        if isinstance(value, float)
        else str(value if isinstance(value, str) else json.dumps(value))
    )
