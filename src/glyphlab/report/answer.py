"""The answer in words, from the verdicts and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["answer", "percent"]

_TURNED = {"better": "worse", "worse": "better"}


def percent(share: float | None) -> str:
    """Return a share as a percentage with two decimals, or a dash for None."""
    return "–" if share is None else f"{100 * share:.2f} %"


def answer(
    rows: Sequence[Mapping[str, Any]],
    tests: Sequence[Mapping[str, Any]],
    ceilings: Mapping[str, float],
) -> list[str]:
    """Say in a few sentences what may be concluded.

    Parameters
    ----------
    rows : sequence of mapping
        ``model``, ``mean``, ``low``, ``high``, ``seeds`` of each model.
    tests : sequence of mapping
        ``a``, ``b`` and ``verdict`` of every pair; the word "better" is used where a verdict says
        "better" or "worse", and nowhere else.
    ceilings : mapping of str to float
        From the audit: the highest exact match a family of models can reach.

    Returns
    -------
    list of str
        Sentences.
    """
    ranked = sorted(rows, key=lambda row: -float(row["mean"]))
    first = ranked[0]
    top = f"{first['model']} ({_with_interval(first)})"
    if len(ranked) == 1:
        return [f"{first['model']} reads {_with_interval(first)} of the test images fully right."]
    told = {(str(test["a"]), str(test["b"])): str(test["verdict"]) for test in tests}
    told |= {(b, a): _TURNED.get(word, word) for (a, b), word in list(told.items())}
    others = [str(row["model"]) for row in ranked[1:]]
    by_word: dict[str, list[str]] = {}
    for other in others:
        by_word.setdefault(told.get((str(first["model"]), other), "not tested"), []).append(other)

    beaten, alike = by_word.get("better", []), by_word.get("not distinguished", [])
    single, untested = by_word.get("one seed", []), by_word.get("not tested", [])
    if len(beaten) == len(others):
        whom = "every other model" if len(others) > 1 else others[0]
        sentences = [f"{top} is better than {whom} on the test images."]
    elif beaten:
        sentences = [
            f"{top} has the highest mean; it is better than {_list(beaten)}.",
        ]
    else:
        sentences = [f"{top} has the highest mean, but no test says that it is better."]
    if alike:
        sentences.append(f"From {_list(alike)} it cannot be distinguished with these seeds.")
    if single:
        sentences.append(
            f"Against {_list(single)} nothing is concluded: one seed cannot show a difference "
            "that another seed would not undo."
        )
    if untested:
        sentences.append(f"Against {_list(untested)} it was not tested.")
    sentences += [
        f"{row['model']} got {percent(row['mean'])}; the audit had said before training that it "
        f"can reach {percent(ceilings[str(row['model'])])} at most."
        for row in ranked
        if ceilings.get(str(row["model"]), 1.0) < 0.5
    ]
    return sentences


def _with_interval(row: Mapping[str, Any]) -> str:
    return f"{percent(row['mean'])}, interval {100 * row['low']:.2f} to {percent(row['high'])}"


def _list(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
