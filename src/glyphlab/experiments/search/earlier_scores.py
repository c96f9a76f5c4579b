"""What a study's winners scored on the test set before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from glyphlab._common.errors import RunError
from glyphlab._common.untrusted import Unreadable, read_json

__all__ = ["earlier_scores"]


def earlier_scores(file: Path, runs: Sequence[str]) -> list[dict[str, Any]]:
    """Return the evaluations of the test set before this one, from a study's last result.

    A study that goes on with more trials, or whose `final` was changed, reads the test set again
    for other trainings; each such score stays on record beside the new one.

    Parameters
    ----------
    file : Path
        ``result.json`` of the study's folder, as it stands before it is written again.
    runs : sequence of str
        The trainings that are scored now.

    Returns
    -------
    list of dict
        ``final``, ``winner`` (stage, trial), and ``mean, low, high, seeds`` of each.

    Raises
    ------
    RunError
        Where the file cannot be read.
    """
    if not file.exists():
        return []
    try:
        last: Mapping[str, Any] = read_json(file)
        found, test, winner = list(last.get("earlier", [])), last["test"], last["winner"]
        if test["runs"][0] == runs[0]:  # the same trainings, or some more of them
            return found
        before = {
            "final": last.get("final", {}),
            "winner": {"stage": winner["stage"], "trial": winner["trial"]},
            **{key: test[key] for key in ("mean", "low", "high", "seeds")},
        }
    except (Unreadable, AttributeError, KeyError, IndexError, TypeError) as error:
        raise RunError(
            f"{file} cannot be read ({type(error).__name__}): remove it and run the study again; "
            "it is written anew"
        ) from error
    return [*found, before]
