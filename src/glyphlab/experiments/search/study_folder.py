"""The folder of a study: whose it is, and what was settled when it began."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import optuna

from glyphlab._common.errors import RunError, StudyError
from glyphlab._common.files import write_json
from glyphlab._common.progress import note
from glyphlab._common.untrusted import Unreadable, read_json
from glyphlab.experiments.search.definition import StudyDefinition
from glyphlab.experiments.search.space import merged, nested
from glyphlab.recipes import GeneratorTrainingRecipe, Recipe, TrainingRecipe
from glyphlab.training.precision import resolve_device, resolve_precision

__all__ = ["fixed_study", "settled"]

SCHEMA = 1
_MAY_CHANGE = ("final", "seeds")
_MAY_CHANGE_IN_A_STAGE = ("trials",)
_ROUND = 1
"""Trials of a round in studies from before there were rounds."""


def fixed_study(study: StudyDefinition, folder: Path) -> StudyDefinition:
    """Claim a folder for a study, or find that it is this study's, and return what runs there.

    ``auto`` for precision or device is settled once, when the study begins: a probe may choose
    otherwise tomorrow, and a trial must come to the same value whenever it is trained. More or
    fewer trials, more or fewer trainings of the winner, and another `final` are the same study: no
    trial depends on them. What the test set said before stays in its result.

    Raises
    ------
    StudyError
        Where another study lives there; says what differs.
    RunError
        Where the folder's ``study.json`` cannot be read, or is of a newer layout.
    """
    path = folder / "study.json"
    wanted = study.model_dump(mode="json")
    if not path.exists():
        chosen = settled(study)
        document = {"schema": SCHEMA, "optuna": optuna.__version__, "settled": chosen, **wanted}
        write_json(path, document)
        for key, value in chosen.items():
            if key == "task.digest":
                continue
            note(f"{study.name}: {key} is {value} in all trials (set it under [base] to change)")
        return _with(study, chosen)
    there = _read(path)
    version, chosen = there.pop("optuna"), there.pop("settled")
    differing = list(_differences(_fixed_part(there), _fixed_part(wanted)))
    if differing:
        raise StudyError(
            f"{folder} holds another study of this name: {'; '.join(differing[:3])}"
            f"{' and more' if len(differing) > 3 else ''}: give this one another name, "
            f"or move {folder} away"
        )
    if version != optuna.__version__:
        note(
            f"{study.name} was started with Optuna {version}, this is {optuna.__version__}: trials "
            "that TPE has yet to propose may be others than one version alone would have proposed"
        )
    return _with(study, chosen)


def settled(study: StudyDefinition) -> dict[str, str]:
    """Return what all trials share: the digest of the data, and the machine's choices.

    These are device and precision, where the study leaves them open. A model of scikit-learn has
    neither.
    """
    found = {}
    base = study.base_recipe
    digest = base.task.found_digest()
    if digest is not None:
        found["task.digest"] = digest
    if isinstance(base, Recipe) and base.model.is_estimator:
        return found
    given = study.base.get("training", {})
    varied = {name for stage in study.stages for name in stage.dimensions}
    default = GeneratorTrainingRecipe() if study.kind == "generator" else TrainingRecipe()
    device = resolve_device(given.get("device", default.device))
    if given.get("device", default.device) == "auto" and "training.device" not in varied:
        found["training.device"] = device
    asked = given.get("precision", default.precision)
    if asked == "auto" and "training.precision" not in varied:
        found["training.precision"] = resolve_precision(asked, device)
    return found


def _with(study: StudyDefinition, chosen: Mapping[str, str]) -> StudyDefinition:
    base = merged(study.base, nested(chosen))
    return study.model_copy(update={"base": base})


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = read_json(path)
        schema = content.pop("schema")
        content["optuna"], content["settled"]
    except (Unreadable, AttributeError, KeyError, TypeError) as error:
        raise RunError(
            f"{path} cannot be read ({type(error).__name__}): move {path.parent} away and run the "
            "study again"
        ) from error
    if schema > SCHEMA:
        raise RunError(
            f"{path} was written by a newer glyphlab (study schema {schema}, this one reads up to "
            f"{SCHEMA}): upgrade with: pip install --upgrade glyphlab"
        )
    return content


def _fixed_part(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may not change, with the stages by name."""
    found = {key: value for key, value in content.items() if key not in _MAY_CHANGE}
    found["stages"] = {
        stage["name"]: {
            "round_size": _ROUND,
            **{k: v for k, v in stage.items() if k not in _MAY_CHANGE_IN_A_STAGE},
        }
        for stage in found["stages"]
    }
    return found


def _differences(there: Any, here: Any, path: str = "") -> Iterator[str]:
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        for key in [*there, *(key for key in here if key not in there)]:
            inner = f"{path}.{key}" if path else str(key)
            if key not in here:
                yield f"{inner} is there and not in this file"
            elif key not in there:
                yield f"{inner} is in this file and not there"
            else:
                yield from _differences(there[key], here[key], inner)
    elif there != here:
        yield f"{path} is {json.dumps(there)} there and {json.dumps(here)} in this file"
