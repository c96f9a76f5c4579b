"""Logistic regression on whole images: ours for several C at once beside scikit-learn's.

Both get the same slice of `triple`: 64 labels, 100 images of 84×84 pixels each. scikit-learn fits
one C after the other, on float32 in 0..1 made before the clock; ours fits all of them together from
uint8, with everything it prepares on the clock. A part with one iteration comes before, so that
nothing is compiled or loaded on the clock. Each objective is worked out anew, in float64, from the
coefficients; the ratio of two is ours over scikit-learn's, and may exceed 1 by a thousandth. Below
1 is scikit-learn stopping early: its tolerance is on the gradient alone. ``--tol 1e-6`` makes it go
on until both have the same objectives. The figures are those of the median of three rounds.

``--full`` fits the whole of `triple`, 64,000 images of 640 labels, ours alone, and reports seconds
and the process's largest memory. A pass multiplies the images with the weights and the residuals
with the images: four operations a pixel with ink, class and C, which is 4 × 64,000 × 460 × 640 × 3
= 0.23 TFLOP (dense products of all pixels would be 3.5), some sixty times.

    python benchmarks/softmax_regression.py [--Cs 0.1,1,10] [--tol TOL] [--full] [--json PATH]
"""

from __future__ import annotations

import argparse
import json
import operator
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from glyphlab.models.logistic import Step, fit_path
from glyphlab.runs import Engine, record_head
from glyphlab.tasks import load_task

LABELS = 64
EACH = 100
GOALS = {"speed": 8.0, "objective": 1.001, "seconds": 1200.0, "gibibytes": 8.0}

Images = tuple[NDArray[np.uint8], NDArray[np.int64]]


def pictures(data: str, data_dir: str | None, labels: int | None) -> Images:
    """Return flat training images of `triple` and their labels as numbers."""
    split = load_task("triple", data=data, per_label=EACH, data_dir=data_dir).train
    numbers = split.labels @ np.array([100, 10, 1])
    images = split.images.reshape(len(numbers), -1)
    if labels is None:
        return images, numbers
    chosen = np.random.default_rng(0).choice(np.unique(numbers), labels, replace=False)
    kept = np.isin(numbers, chosen)
    return images[kept], numbers[kept]


def objective(coef: NDArray[Any], intercept: NDArray[Any], C: float, images: Images) -> float:
    """Return ``0.5 ||coef||² + C * sum of log-losses`` in float64."""
    pixels, numbers = images
    weights, losses = coef.astype(np.float64).T, 0.0
    targets = np.unique(numbers, return_inverse=True)[1]
    for start in range(0, len(pixels), 4096):
        rows = slice(start, start + 4096)
        logits = pixels[rows] / 255.0 @ weights + intercept
        picked = logits[np.arange(len(logits)), targets[rows]]
        top = logits.max(1)
        losses += float((np.log(np.exp(logits - top[:, None]).sum(1)) + top - picked).sum())
    return 0.5 * float((weights**2).sum()) + C * losses


def ours(images: Images, Cs: Sequence[float], precision: str, *, chatty: bool) -> dict[str, Any]:
    """Fit all C together."""
    passes: list[Step] = []
    clock: list[float] = []

    def on_pass(step: Step) -> None:
        passes.append(step)
        clock.append(time.perf_counter() - started)
        if chatty and step.passes % 5 == 0:
            text = ", ".join(f"{value:,.1f}" for value in step.objectives)
            print(f"  pass {step.passes} ({step.precision}): objectives {text}", file=sys.stderr)

    started = time.perf_counter()
    fits = fit_path(*images, Cs, precision=precision, on_pass=on_pass)
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "passes": len(passes),
        "way": [(when, *step.objectives) for when, step in zip(clock, passes, strict=True)],
        "iterations": [fit.iterations for fit in fits],
        "converged": [fit.converged for fit in fits],
        "objectives": [objective(fit.coef, fit.intercept, fit.C, images) for fit in fits],
    }


def theirs(images: Images, Cs: Sequence[float], max_iter: int, tol: float) -> dict[str, Any]:
    """Fit one C after the other with scikit-learn."""
    scaled = images[0] / np.float32(255)
    found: dict[str, Any] = {"each": [], "iterations": [], "objectives": []}
    for C in Cs:
        started = time.perf_counter()
        model = LogisticRegression(C=C, max_iter=max_iter, tol=tol).fit(scaled, images[1])
        found["each"].append(time.perf_counter() - started)
        found["iterations"].append(int(model.n_iter_[0]))
        found["objectives"].append(objective(model.coef_, model.intercept_, C, images))
    found["seconds"] = sum(found["each"])
    return found


def warm_up(images: Images, precision: str) -> None:
    """Compile and load what the clock should not see."""
    few = images[0][:: len(images[0]) // 200], images[1][:: len(images[0]) // 200]
    fit_path(*few, [1.0, 2.0, 4.0], max_iter=1, precision=precision)


def largest_memory() -> float | None:
    """Return the largest resident memory of this process in GiB; None where nobody counts it."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def compare(
    images: Images, Cs: Sequence[float], precision: str, tol: float, rounds: int
) -> dict[str, Any]:
    """Take turns, and return the round whose ratio is the median, and the ratios of all."""
    taken = [_one_round(images, Cs, precision, tol) for _ in range(rounds)]
    ratios = [one["speed_ratio"] for one in taken]
    median = taken[ratios.index(statistics.median_low(ratios))]
    return {**median, "speed_ratios": ratios}


def _one_round(images: Images, Cs: Sequence[float], precision: str, tol: float) -> dict[str, Any]:
    mine = ours(images, Cs, precision, chatty=False)
    reference = theirs(images, Cs, 5000, tol)
    goal = [GOALS["objective"] * value for value in reference["objectives"]]
    # The first pass after which every C is within a thousandth of scikit-learn's objective.
    there = [when for when, *values in mine["way"] if all(map(operator.le, values, goal))]
    pairs = zip(mine["objectives"], reference["objectives"], strict=True)
    return {
        "ours": mine,
        "scikit-learn": reference,
        "objective_ratio": [a / b for a, b in pairs],
        "speed_ratio": reference["seconds"] / mine["seconds"],
        "speed_ratio_to_their_objective": reference["seconds"] / there[0] if there else None,
    }


def show(result: dict[str, Any]) -> None:
    count, pixels, classes = result["images"], result["pixels"], result["classes"]
    print(f"{count:,} images of {pixels:,} pixels, {classes} classes; largest memory", end=" ")
    print(f"{result['gibibytes']:.2f} GiB" if result["gibibytes"] else "unknown")
    mine, reference = result["ours"], result.get("scikit-learn")
    for index, C in enumerate(result["Cs"]):
        text = f"  C = {C:<8g} ours {mine['iterations'][index]:>4} iterations, "
        text += f"objective {mine['objectives'][index]:>12,.2f}"
        if reference:
            text += f"   scikit-learn {reference['iterations'][index]:>4} iterations, "
            text += f"{reference['each'][index]:>6.1f} s, {reference['objectives'][index]:>12,.2f}"
            text += f"   ratio {result['objective_ratio'][index]:.4f}"
        print(text)
    print(f"  all together: ours {mine['seconds']:.1f} s in {mine['passes']} passes", end="")
    if reference:
        print(
            f", scikit-learn {reference['seconds']:.1f} s: {result['speed_ratio']:.1f} times",
            end="",
        )
        every = ", ".join(f"{one:.1f}" for one in sorted(result["speed_ratios"]))
        print(f" (rounds: {every})")
        sooner = result["speed_ratio_to_their_objective"]
        if sooner:
            print(f"  within a thousandth of scikit-learn's objectives: {sooner:.1f} times as fast")
    else:
        print()
    print(f"  goals: {', '.join(f'{name} {goal:g}' for name, goal in result['goals'].items())}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="mnist", help="source of the digits")
    parser.add_argument("--data-dir", metavar="PATH", help="folder of the datasets")
    parser.add_argument("--Cs", default="0.1,1,10", help="values of C, with commas")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--tol", type=float, default=1e-4, help="scikit-learn's; 1e-4 is its own")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="all 640 labels, ours alone")
    parser.add_argument("--json", type=Path, metavar="PATH")
    options = parser.parse_args()
    Cs = [float(C) for C in options.Cs.split(",")]
    images = pictures(options.data, options.data_dir, None if options.full else LABELS)
    warm_up(images, options.precision)
    if options.full:
        measured = {"ours": ours(images, Cs, options.precision, chatty=True)}
    else:
        measured = compare(images, Cs, options.precision, options.tol, options.rounds)
    wanted = ("seconds", "gibibytes") if options.full else ("speed", "objective")
    engine = Engine("cpu", options.precision, torch.get_num_threads(), "logistic regression")
    result = {
        **record_head("benchmarks/softmax_regression.py", [engine]),
        "benchmark": "softmax_regression",
        "images": len(images[0]),
        "pixels": images[0].shape[1],
        "classes": len(np.unique(images[1])),
        "Cs": Cs,
        "precision": options.precision,
        "gibibytes": largest_memory(),
        "goals": {name: GOALS[name] for name in wanted},
        **measured,
    }
    show(result)
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
