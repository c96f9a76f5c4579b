"""The answer in words, from the verdicts and from nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glyphlab._common.tabular.number_texts import percent, points, signed

__all__ = ["answer", "detected", "gap", "named", "power_sentence"]

_TURNED = {"better": "worse", "worse": "better"}


def gap(difference: float, low: float | None = None, high: float | None = None) -> str:
    """Return a difference of shares in percentage points, with its interval where there is one."""
    ends = "" if low is None or high is None else f" [{signed(low)}, {signed(high)}]"
    return f"{signed(difference)} points{ends}"


def detected(detectable: float) -> str:
    """Return the smallest difference that is detected, or "none" where it is everything."""
    return "none" if detectable >= 1 else points(detectable)


def power_sentence(detectable: float) -> str:
    """Say which difference would be detected with 80 % power; none where it is everything."""
    if detectable >= 1:
        return "so few seeds that scatter so far would detect no difference at all"
    return f"8 of 10 such comparisons would detect a difference of {points(detectable)}"


def answer(
    rows: Sequence[Mapping[str, Any]],
    tests: Sequence[Mapping[str, Any]],
    ceilings: Mapping[str, float],
    subject: str = "The model",
    on: str = "test images",
) -> list[str]:
    """Say in a few sentences what may be concluded.

    Parameters
    ----------
    rows : sequence of mapping
        ``model``, ``mean``, ``low``, ``high``, ``seeds`` of each model.
    tests : sequence of mapping
        ``a``, ``b`` and ``verdict`` of every pair, and ``detectable`` and ``margin`` where they are
        known; the word "better" is used where a verdict says "better" or "worse", and nowhere else.
    ceilings : mapping of str to float
        From the audit: the highest exact match a family of models can reach.
    subject : str
        What stands before the name of a row: ``The model``, or the key whose values the rows are.
    on : str
        What the images are called that the models were scored on.

    Returns
    -------
    list of str
        Sentences.
    """
    ranked = sorted(rows, key=lambda row: -float(row["mean"]))
    first = ranked[0]
    top = (
        f"{subject} {first['model']} predicts {percent(first['mean'])} of the {on} fully "
        f"correctly (95\N{NO-BREAK SPACE}% interval "
        f"{100 * first['low']:.2f} to {percent(first['high'])})"
    )
    if len(ranked) == 1:
        return [f"{top}."]
    verdicts = {(str(test["a"]), str(test["b"])): str(test["verdict"]) for test in tests}
    verdicts |= {(b, a): _TURNED.get(word, word) for (a, b), word in list(verdicts.items())}
    others = [str(row["model"]) for row in ranked[1:]]
    by_word: dict[str, list[str]] = {}
    for other in others:
        by_word.setdefault(verdicts.get((str(first["model"]), other), "not tested"), []).append(
            other
        )

    beaten, alike = by_word.get("better", []), by_word.get("not distinguished", [])
    equal = by_word.get("equivalent", [])
    single, untested = by_word.get("one seed", []), by_word.get("not tested", [])
    if len(beaten) == len(others):
        whom = "every other model" if len(others) > 1 else others[0]
        sentences = [f"{top} and is better than {whom}."]
    elif beaten:
        sentences = [f"{top}, the highest mean, and is better than {named(beaten)}."]
    else:
        sentences = [f"{top}, the highest mean; no test says that it is better."]
    of_first = {
        next(str(test[end]) for end in ("a", "b") if test[end] != first["model"]): test
        for test in tests
        if first["model"] in (test["a"], test["b"])
    }
    if equal:
        margin = points(float(of_first[equal[0]]["margin"]))
        sentences.append(f"It is equal to {named(equal)} within {margin}.")
    if alike:
        needed = [of_first[name].get("detectable") for name in alike]
        known = [float(one) for one in needed if one is not None]
        detected = f": {power_sentence(max(known))}" if known else ""
        sentences.append(
            f"These seeds and images do not distinguish it from {named(alike)}{detected}."
        )
    if single:
        sentences.append(
            f"Against {named(single)} nothing is concluded: one seed cannot show a difference "
            "that another seed would not undo."
        )
    if untested:
        sentences.append(f"Against {named(untested)} it was not tested.")
    sentences += [
        f"{subject} {row['model']} got {percent(row['mean'])}; the audit had said before training "
        f"that it can reach {percent(ceilings[str(row['model'])])} at most."
        for row in ranked
        if ceilings.get(str(row["model"]), 1.0) < 0.5
    ]
    return sentences


def named(names: Sequence[str]) -> str:
    """Return names as a sentence lists them: a, b and c."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
