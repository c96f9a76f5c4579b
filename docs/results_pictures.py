"""The rows of docs/results.md on pictures that people have: one function a benchmark."""

from __future__ import annotations

from result_rows import Record, Rows, percent

__all__ = ["PICTURES"]


def _novelty(record: Record) -> Rows:
    for kind, row in record["warned"].items():
        yield (
            f"pictures that show no digit, with a warning: {kind}",
            f"{row['warned']} of {row['pictures']} ({percent(row['low'])} – "
            f"{percent(row['high'])})",
            "1 net of one epoch",
        )
    for kind, row in record["false_alarms"].items():
        words = kind if kind.startswith("test") else f"{kind} pictures of digits, prepared"
        yield (
            f"digits with a warning that need none: {words}",
            f"{row['warned']} of {row['pictures']:,} ({percent(row['low'])} – "
            f"{percent(row['high'])})",
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


def _export(record: Record) -> Rows:
    for name, row in record["pages"].items():
        of = f"{row['parameters']:,} parameters, {row['views']} views"
        yield (
            f"one page with a net for `{name}` ({of}): size, answers equal to the run's own",
            f"{row['bytes'] / 1e6:.2f} MB, {row['same_answers']:,} of {row['images']:,}",
            "1 net of one epoch",
        )
        yield (
            f"the same page in Chromium ({row['multiply_adds'] / 1e6:.1f} million multiply-adds): "
            "first answer, from the first view; one from all views; 10 million multiply-adds; "
            "largest difference of logits from PyTorch",
            f"{row['first_answer_ms']:.0f} ms, {row['all_views_ms']:.0f} ms, "
            f"{row['ms_for_10_million']:.1f} ms, "
            f"{row['largest_logit_difference']:.1e}",
            f"median of {len(row['rounds'])} rounds",
        )
    nets = [row for row in record["onnx"] if row["largest_logit_difference"] is not None]
    classical = [row for row in record["onnx"] if row["largest_logit_difference"] is None]
    yield (
        f"ONNX files of {len(nets)} nets, every name of the registry: largest difference of logits "
        "from PyTorch, fewest answers equal to the run's own",
        f"{max(row['largest_logit_difference'] for row in nets):.1e}, {_fewest(nets)}",
        "1 net each",
    )
    yield (
        f"ONNX files of {len(classical)} classical models, every name of the registry: fewest "
        "answers equal to the run's own",
        _fewest(classical),
        "1 model each",
    )


def _fewest(rows: list[Record]) -> str:
    row = min(rows, key=lambda one: one["same_answers"] / one["images"])
    return f"{row['same_answers']:,} of {row['images']:,}"


PICTURES = {
    "export": _export,
    "handwriting": _handwriting,
    "novelty": _novelty,
    "predict-files": _predict_files,
}
