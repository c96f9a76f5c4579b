"""The rows of docs/results.md that benchmarks measured: one function a benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

__all__ = ["BENCHMARKS"]

Record = Mapping[str, Any]
Rows = Iterable[tuple[str, str, str]]
"""What was measured, the figure, and over how many runs."""


def _throughput(record: Record) -> Rows:
    cells = record["cells"]
    words = {"keras": "Keras on TensorFlow", "torch": "a PyTorch loop with a DataLoader"}
    for name, mean in record["geometric_mean"].items():
        lowest = min(cell["ratio"][name] for cell in cells)
        yield (
            f"training throughput against {words[name]}, same net and batch, "
            f"{record['precision']}: geometric mean (lowest)",
            f"{mean:.2f} × ({lowest:.2f} ×)",
            f"{len(cells)} sizes, {len(cells[0]['rounds']['ours'])} rounds each",
        )


def _mnist(record: Record) -> Rows:
    for row in record["rows"]:
        yield (
            f"MNIST, {row['images']:,} training images, {row['epochs']} × all of them: "
            "seconds of training, and test accuracy",
            f"{median(row['train_seconds']):.1f} s, {_percent(row['accuracy'])} ({_between(row)})",
            f"{row['seeds']} seeds",
        )


def _gpu_mnist(record: Record) -> Rows:
    for row in record["rows"]:
        yield (
            f"MNIST, {row['images']:,} training images, {row['epochs']} × all of them: seconds of "
            "training (slowest), and test accuracy",
            f"{median(row['train_seconds']):.2f} s ({max(row['train_seconds']):.2f} s), "
            f"{_percent(row['accuracy'])} ({_between(row)})",
            f"{row['seeds']} seeds",
        )


def _gpu_steps(record: Record) -> Rows:
    for cell in record["cells"]:
        ordinary, captured = cell["ms"]["ordinary"], cell["ms"]["captured"]
        yield (
            f"{cell['title']}, batches of {cell['batch']}, {cell['precision']}: milliseconds of an "
            "ordinary and of a captured step, and the floor of the card",
            f"{ordinary:.2f}, {captured:.2f} ({ordinary / captured:.1f} ×); "
            f"{max(cell['floor'].values()):.3f}",
            "5 rounds",
        )


def _gan_full(record: Record) -> Rows:
    for row in record["rows"]:
        if row["seeds"]:
            yield (
                f"MNIST GANs at full length, {row['what']}: reported, measured",
                f"{row['reported']:g}, {row['measured']:.4g}",
                "1 seed",
            )


def _precision(record: Record) -> Rows:
    plain, low = record["rows"]["float32"], record["rows"]["bfloat16"]
    yield (
        f"bfloat16 beside float32 on {record['scored_on']} of MNIST, and the gain in speed",
        f"{_percent(low['mean'])} and {_percent(plain['mean'])}, {record['test']['verdict']}; "
        f"{record['speed_ratio']:.2f} ×",
        f"{low['seeds']} seeds, {low['items']:,} images",
    )


def _time_to_paper(record: Record) -> Rows:
    yield (
        f"published Triple-MNIST to {_percent(record['goal'])} on validation, against the paper's "
        "recipe in Keras (its time is computed from the time a step)",
        f"{max(record['ours_seconds']):.1f} s against {record['keras_seconds']:.0f} s",
        f"{len(record['ours_seconds'])} seeds",
    )


def _generator_speed(record: Record) -> Rows:
    for name in ("bfloat16", "float32"):
        yield (
            f"one step of the papers' DCGAN in {name}, against Keras (against compiled Keras)",
            f"{record['ratio'][name]:.2f} × ({record['ratio_compiled'][name]:.2f} ×)",
            f"{len(record['rounds'][name])} rounds",
        )


def _composition(record: Record) -> Rows:
    yield (
        f"images of `triple` drawn a second, from {record['data']}; against a plain loop",
        f"{record['images_per_second']['ours']:,.0f}; {record['ratio']:.1f} ×",
        f"{record['turns']} rounds of {record['images']:,} images",
    )


def _stacked(record: Record) -> Rows:
    for net in record["nets"]:
        yield (
            f"{record['models']} perceptrons {net['net']} side by side, models a second against "
            "Keras one by one",
            f"{net['ratio']:.1f} ×",
            f"{len(net['rounds']['ours'])} rounds",
        )


def _embedding(record: Record) -> Rows:
    same = "the same" if record["same_map"] else "other"
    yield (
        f"t-SNE of {record['points']:,} points in {record['dimensions']:,} dimensions; again from "
        "the same seed",
        f"{max(record['each_seconds']):.1f} s; {same} points",
        f"{len(record['each_seconds'])} runs",
    )


def _support_vectors(record: Record) -> Rows:
    plain = record["engines"]["scikit-learn"]
    quick = record["engines"]["scikit-learn-intelex"]
    yield (
        f"support vectors on {record['images']:,} images of {record['pixels']:,} pixels: fit with "
        "scikit-learn-intelex against scikit-learn",
        f"{record['fit_ratio']:.1f} × ({_percent(record['alike'])} of predictions equal)",
        f"{len(plain)} rounds",
    )
    yield (
        "prediction with the machine so fitted: our matrix products, scikit-learn-intelex, "
        "scikit-learn",
        ", ".join(
            f"{median(row[key] for row in rows):.1f} s"
            for rows, key in (
                (plain, "read_by_products_seconds"),
                (quick, "read_alone_seconds"),
                (plain, "read_alone_seconds"),
            )
        ),
        f"{len(plain)} rounds",
    )


def _softmax(record: Record) -> Rows:
    yield (
        f"logistic regression for {len(record['Cs'])} values of C on {record['images']:,} images, "
        f"{record['classes']} classes: time to scikit-learn's objective (to our own end)",
        f"{record['speed_ratio_to_their_objective']:.1f} × ({record['speed_ratio']:.1f} ×)",
        f"{len(record['speed_ratios'])} rounds",
    )


def _softmax_full(record: Record) -> Rows:
    yield (
        f"the same on {record['images']:,} images and {record['classes']} classes, ours alone",
        f"{record['ours']['seconds']:.0f} s, {record['gibibytes']:.1f} GiB",
        "1 run",
    )


def _kernels(record: Record) -> Rows:
    for row in record["kernels"]:
        yield (
            f"compiled loops, {row['kernel']}: milliseconds of ours, of the plain way, and ratio",
            f"{row['ours_ms']:.1f}, {row['plain_ms']:.1f}; {row['ratio']:.2f} ×",
            f"{record['rounds']} rounds",
        )


def _honesty(record: Record) -> Rows:
    runs = f"{record['comparisons']:,} comparisons a world"
    worlds = [*record["worlds"], *record.get("over_data", [])]
    plain = [row for row in worlds if not row["world"]["skewed"]]
    whole = [row for row in plain if not row["world"]["collapse"]]
    skewed = [row for row in worlds if row["world"]["skewed"]]
    for words, rows, key, limit, highest in (
        ("equal models called different, the highest of {} simulated worlds", plain, "better",
         "at most 7 %", True),
        ("the same where seeds are skewed, of {}", skewed, "better", "at most 10 %", True),
        ("intervals that hold the true accuracy, the lowest of {} worlds", whole, "covered",
         "at least 93 %", False),
        ("the same where seeds are skewed, of {}", skewed, "covered", "at least 91 %", False),
        ("models that differ by the margin called equivalent, the highest of {} worlds", whole,
         "equivalent_at_margin", "at most 6 %", True),
        ("the same where seeds are skewed, of {}", skewed, "equivalent_at_margin",
         "at most 12 %", True),
        ("one more run of ours called another result, the highest of {} worlds", whole,
         "one_more", "at most 6 %", True),
        ("the same where seeds are skewed, of {}", skewed, "one_more", "at most 11 %", True),
    ):  # fmt: skip
        rows = [row for row in rows if key in row]
        chosen = (max if highest else min)(rows, key=lambda row: float(row[key]))
        yield (
            f"{words.format(len(rows))} ({limit} is promised): {chosen['name']}, "
            f"{chosen['items']:,} images of {chosen['glyphs']:,} glyphs",
            _share(chosen[key]),
            runs,
        )
    mean = sum(float(row["better"]) for row in worlds) / len(worlds)
    yield (
        f"the mean of equal models called different over {len(worlds)} worlds (at most 5 % is "
        "promised)",
        _share(mean),
        runs,
    )
    for row in record["power"]:
        equal = row.get("equivalent")  # a record of the older form has none
        within = (
            equal and f"; equal models called equivalent within {equal['margin'] * 100:g} points"
        )
        yield (
            f"{row['name']}: a difference of .2 points found{within or ''}",
            _share(row["power"]["0.002"]) + (f"; {_share(equal['at_none'])}" if equal else ""),
            runs,
        )
    for row in record["foretold"]:
        yield (
            f"{row['name']}: the smallest difference that is detected, foretold, and found",
            f"{_percent(row['foretold'])}, {_percent(row['found'])}",
            runs,
        )


def _honesty_before(record: Record) -> Rows:
    for row in record["worlds"]:
        yield (
            f"the rules of commit `{record['rules_of_commit'][:7]}`: equal models called "
            f"different, and intervals that hold the true accuracy: {row['name']}, "
            f"{row['items']:,} images of {row['glyphs']:,} glyphs",
            f"{_share(row['better'])}; {_share(row['covered'])}",
            f"{record['comparisons']:,} comparisons",
        )


def _crash_points(record: Record) -> Rows:
    names = ", ".join(" ".join(row["command"].split()[1:2]) for row in record["commands"])
    yield (
        "ends, refused writes and torn files at every write, fsync, rename and removal of "
        f"{names}: points, and faults",
        f"{record['points']:,}, {record['faults']}",
        "1 of each point",
    )


def _fuzz(record: Record) -> Rows:
    rows = record["readers"]
    yield (
        f"inputs damaged by chance for each of {len(rows)} readers: foreign errors, hangs, and the "
        "most memory",
        f"{sum(row['foreign'] + row['crashed'] for row in rows)}, "
        f"{sum(row['hung'] for row in rows)}, {max(row['megabytes'] for row in rows):.0f} MB",
        f"{min(row['inputs'] for row in rows):,} inputs a reader",
    )


def _signals(record: Record) -> Rows:
    moments = ", ".join(f"{name} {count}" for name, count in record["moments"].items())
    yield (
        f"signals at random moments of a short training ({moments}): exits, and faults",
        ", ".join(f"{count} × {code}" for code, count in record["exits"].items())
        + f"; {record['faults']}",
        f"{sum(record['moments'].values())} moments",
    )


def _race(record: Record) -> Rows:
    yield (
        "processes that begin the same run at once: faults",
        f"{record['faults']}",
        f"{record['starts']} starts",
    )


def _limits(record: Record) -> Rows:
    yield (
        "full disks, read-only folders, limits of memory and files, closed streams: faults",
        f"{record['faults']}",
        f"{record['cases'] - record['skipped']} cases, {record['skipped']} skipped",
    )


def _hostile(record: Record) -> Rows:
    yield (
        f"run folders damaged on purpose, each read by {record['commands']} commands: faults",
        f"{record['faults']}",
        f"{record['tried']:,} tries",
    )


def _novelty(record: Record) -> Rows:
    for kind, row in record["warned"].items():
        yield (
            f"pictures that show no digit, with a warning: {kind}",
            f"{row['warned']} of {row['pictures']} ({_percent(row['low'])} – "
            f"{_percent(row['high'])})",
            "1 net of one epoch",
        )
    for kind, row in record["false_alarms"].items():
        words = kind if kind.startswith("test") else f"{kind} pictures of digits, prepared"
        yield (
            f"digits with a warning that need none: {words}",
            f"{row['warned']} of {row['pictures']:,} ({_percent(row['low'])} – "
            f"{_percent(row['high'])})",
            "1 net of one epoch",
        )


def _predict_files(record: Record) -> Rows:
    for row in record["rows"]:
        yield (
            f"`predict` of {row['files']:,} PNG files of 28×28 pixels: files a second after "
            "loading, and the most memory",
            f"{row['files_a_second']:,.0f}, {row['peak_megabytes']:.0f} MB",
            f"{len(row['rounds'])} rounds",
        )


def _handwriting(record: Record) -> Rows:
    asked = "scaled only, prepared, and the digits untouched"
    one = f"pictures predicted correctly by a net of one epoch on MNIST: {asked}"
    for part, kinds in (("ordinary", "six kinds"), ("harder", "nine harder kinds")):
        found = record[part]
        yield (
            f"{kinds} of handwritten digits, {one} (the lowest kind, prepared)",
            f"{found['as_they_are']}, {found['prepared']}, {found['untouched']} "
            f"({found['lowest_kind']} of {found['kinds'][0]['pictures']})",
            f"{found['pictures']} pictures",
        )
    found = record["triples"]
    yield (
        f"three digits on lit paper, predicted correctly by `aligned` of one epoch: {asked}",
        f"{found['as_they_are']}, {found['prepared']}, {found['untouched']}",
        f"{found['pictures']} pictures",
    )


BENCHMARKS = {
    "composition": _composition,
    "crash-points": _crash_points,
    "fuzz": _fuzz,
    "hostile-runs": _hostile,
    "machine-limits": _limits,
    "race": _race,
    "signals": _signals,
    "gan-full": _gan_full,
    "gan-speed": _generator_speed,
    "gpu-mnist-speed": _gpu_mnist,
    "gpu-speed": _gpu_steps,
    "handwriting": _handwriting,
    "honesty": _honesty,
    "honesty-before": _honesty_before,
    "kernels": _kernels,
    "map-speed": _embedding,
    "mnist-speed": _mnist,
    "novelty": _novelty,
    "precision": _precision,
    "predict-files": _predict_files,
    "softmax": _softmax,
    "softmax-full": _softmax_full,
    "stacked": _stacked,
    "support-vectors": _support_vectors,
    "throughput": _throughput,
    "time-to-report": _time_to_paper,
}


def _percent(share: float) -> str:
    return f"{share * 100:.2f} %"


def _share(share: float) -> str:
    return f"{share * 100:.1f} %"


def _between(row: Record) -> str:
    return f"{_percent(row['low'])} – {_percent(row['high'])}"
