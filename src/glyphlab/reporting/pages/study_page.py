"""The page of a study."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from glyphlab._common.tabular.number_texts import percent, signed
from glyphlab.reporting.pages.page import environment_rows, write_page
from glyphlab.reporting.plots.figures import interval_figure, overlap_figure
from glyphlab.reporting.plots.study_figures import (
    history_figure,
    parallel_figure,
    slice_figure,
    stages_figure,
)

__all__ = ["write_study_page"]

_TAUGHT = {
    "grid": "every combination",
    "random": "at random",
    "tpe": "proposed by TPE from the trials before",
}
_FEW = 12
"""Settings that are still read side by side."""


def write_study_page(
    path: Path, study: Mapping[str, Any], figures: Sequence[tuple[str, str]] = ()
) -> None:
    """Write the report of a study as one HTML file.

    Parameters
    ----------
    path : Path
        Where to; written whole or not at all.
    study : mapping
        The document of ``glyphlab search --json``; nothing else is read, and nothing is trained.
    figures : sequence of (str, str)
        Caption and SVG text of pictures of what was tried.
    """
    stages = [_stage(stage) for stage in study["stages"]]
    trials = sum(len(stage["trials"]) for stage in study["stages"])
    test, winner = study["test"], study["winner"]
    write_page(
        path,
        "study.html.j2",
        {
            "title": f"Study {study['study']}",
            "protocol": study["protocol"],
            "trials": trials,
            "final": [
                (f"{part}.{key}", _text(value))
                for part, keys in study.get("final", {}).items()
                for key, value in keys.items()
            ],
            "earlier": [percent(look["mean"]) for look in study.get("earlier", [])],
            "winner": {**winner, "value": percent(winner["value"])},
            "test": {key: percent(test[key]) for key in ("mean", "low", "high", "validation")}
            | {"seeds": test["seeds"], "images": f"{test['items']:,}", "covers": test["covers"]},
            "pipeline": stages_figure(study["stages"]) if len(stages) > 1 else None,
            "stages": stages,
            "any_stopped": any(stage["stopped"] for stage in stages),
            "figures": [{"caption": caption, "svg": svg} for caption, svg in figures],
            "recipe": _recipe_rows(winner["recipe"], _found(study)),
            "command": study["command"],
            "environment": environment_rows(study["env"]),
        },
    )


def _stage(stage: Mapping[str, Any]) -> dict[str, Any]:
    trials, space = stage["trials"], stage["space"]
    done = [one for one in trials if one["state"] == "complete"]
    ranked = sorted(done, key=lambda one: (-one["value"], one["number"]))
    rest = [one for one in trials if one["state"] != "complete"]
    best = trials[stage["best"]]
    gain = stage["gain"]
    drawn, axes = _drawn(trials, space)
    return {
        "name": stage["name"],
        "how": _TAUGHT[stage["sampler"]],
        "pruner": stage["pruner"],
        "count": len(trials),
        "stopped": len(rest),
        "best": percent(best["value"]),
        "number": best["number"],
        "gain": "–" if gain is None else signed(gain),
        "gain_interval": [signed(end) for end in stage.get("gain_interval") or ()],
        "seconds": sum(one["seconds"] for one in trials),
        "frozen": [(key, _text(value)) for key, value in stage["frozen"].items()],
        "names": list(space),
        "found": [(key, _text(value)) for key, value in best["params"].items()],
        "rows": [
            {
                "number": one["number"],
                "params": [_text(one["params"][name]) for name in space],
                "value": "–" if one["value"] is None else percent(one["value"]),
                "epochs": one["epochs"],
                "seconds": one["seconds"],
                "note": one["reason"],
                "best": one["number"] == stage["best"],
            }
            for one in [*ranked, *rest]
        ],
        "settings": _settings(ranked, space),
        "history": history_figure(trials),
        "slices": slice_figure(drawn, axes),
        "parallel": parallel_figure(drawn, axes) if len(axes) > 1 and len(done) > 1 else None,
        "importance": overlap_figure(stage["importance"]) if stage["importance"] else None,
        "importance_by": stage["importance_by"],
    }


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


def _settings(ranked: Sequence[Mapping[str, Any]], space: Mapping[str, Any]) -> str | None:
    """Draw a few settings with their intervals, where each was trained more than once."""
    if not 1 < len(ranked) <= _FEW or any(len(one.get("each", [])) < 2 for one in ranked):
        return None
    rows = [
        {
            "name": ", ".join(_text(one["params"][name]) for name in space),
            "mean": one["value"],
            **{key: one[key] for key in ("low", "high", "each")},
        }
        for one in ranked
    ]
    return interval_figure(rows)


def _found(study: Mapping[str, Any]) -> set[str]:
    """Return the keys of the winner's recipe that the study found."""
    stage = next(one for one in study["stages"] if one["name"] == study["winner"]["stage"])
    return {*stage["frozen"], *stage["space"]}


def _recipe_rows(recipe: Mapping[str, Any], found: set[str]) -> list[dict[str, Any]]:
    rows = []
    for part, keys in recipe.items():
        if isinstance(keys, Mapping):
            for key, value in keys.items():
                name = f"{part}.{key}"
                rows.append({"key": name, "value": _text(value), "found": name in found})
    return rows


def _text(value: Any) -> str:
    if value is None:
        return "not set"
    return (
        f"{value:.4g}"
        if isinstance(value, float)
        else str(value if isinstance(value, str) else json.dumps(value))
    )
