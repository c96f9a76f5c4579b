"""The rows of docs/results.md that benchmarks measured: one function a benchmark."""

from __future__ import annotations

from statistics import median

from result_rows import Record, Rows, percent

__all__ = ["BENCHMARKS"]


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
            f"{median(row['train_seconds']):.1f} s, {percent(row['accuracy'])} ({_between(row)})",
            f"{row['seeds']} seeds",
        )


def _gpu_mnist(record: Record) -> Rows:
    for row in record["rows"]:
        yield (
            f"MNIST, {row['images']:,} training images, {row['epochs']} × all of them: seconds of "
            "training (slowest), and test accuracy",
            f"{median(row['train_seconds']):.2f} s ({max(row['train_seconds']):.2f} s), "
            f"{percent(row['accuracy'])} ({_between(row)})",
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
        f"{percent(low['mean'])} and {percent(plain['mean'])}, {record['test']['verdict']}; "
        f"{record['speed_ratio']:.2f} ×",
        f"{low['seeds']} seeds, {low['items']:,} images",
    )


def _time_to_paper(record: Record) -> Rows:
    yield (
        f"published Triple-MNIST to {percent(record['goal'])} on validation, against the paper's "
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
        f"{record['fit_ratio']:.1f} × ({percent(record['alike'])} of predictions equal)",
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
            f"{percent(row['foretold'])}, {percent(row['found'])}",
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


BENCHMARKS = {
    "composition": _composition,
    "gan-full": _gan_full,
    "gan-speed": _generator_speed,
    "gpu-mnist-speed": _gpu_mnist,
    "gpu-speed": _gpu_steps,
    "honesty": _honesty,
    "honesty-before": _honesty_before,
    "kernels": _kernels,
    "map-speed": _embedding,
    "mnist-speed": _mnist,
    "precision": _precision,
    "softmax": _softmax,
    "softmax-full": _softmax_full,
    "stacked": _stacked,
    "support-vectors": _support_vectors,
    "throughput": _throughput,
    "time-to-report": _time_to_paper,
}


def _share(share: float) -> str:
    return f"{share * 100:.1f} %"


def _between(row: Record) -> str:
    return f"{percent(row['low'])} – {percent(row['high'])}"
