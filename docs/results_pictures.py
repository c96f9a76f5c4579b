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


PICTURES = {
    "handwriting": _handwriting,
    "novelty": _novelty,
    "predict-files": _predict_files,
}
