"""The rows of docs/results.md on the studio: one function a benchmark."""

from __future__ import annotations

from result_rows import Record, Rows

__all__ = ["STUDIO"]


def _serve(record: Record) -> Rows:
    yield (
        "first start offline, with an empty cache: seconds until a drawing is answered",
        f"{record['first_start']['seconds']:.1f} s",
        "1 start",
    )
    found = record["many_runs"]
    yield (
        f"a folder of {found['runs']:,} runs: seconds until the list is there, and once more",
        f"{found['first']:.2f} s, {found['again']:.2f} s",
        "1 start",
    )
    found = record["steady"]
    of = found["milliseconds"]
    yield (
        f"{found['a_second']:.0f} requests a second, nine of ten a drawing to predict: median, 99 "
        "of 100, the slowest, and errors",
        f"{of['p50']:.0f} ms, {of['p99']:.0f} ms, {of['most']:.0f} ms, {len(found['errors'])}",
        f"{found['requests']:,} requests",
    )


def _serve_fuzz(record: Record) -> Rows:
    seen = record["statuses"]
    refused = sum(number for status, number in seen.items() if 400 <= int(status) < 500)
    memory = record["megabytes"]
    yield (
        f"requests built on the studio's OpenAPI document ({record['operations']} operations): "
        "refused with a reason, faults, memory at the start and at the end",
        f"{refused:,}, {len(record['faults'])}, {memory[0]:.0f} MB, {memory[-1]:.0f} MB "
        f"({record['growth']:+.1%} over the last {record['requests'] - 3_000:,})",
        f"{record['requests']:,} requests",
    )


STUDIO = {"serve": _serve, "serve-fuzz": _serve_fuzz}
