"""The rows of docs/results.md on executors and images beyond memory: one function a benchmark."""

from __future__ import annotations

from typing import Any

from result_rows import Record, Rows

__all__ = ["EXECUTORS"]


def _executors(record: Record) -> Rows:
    found = record["throughput"]
    rounds = f"{found['runs']} runs, median of {record['rounds']} rounds"
    yield (
        "throughput of two workers with one thread each, beside one process with one thread",
        f"{found['gain']:.2f} × ({_bytes(found)})",
        rounds,
    )
    found = record["ray"]
    yield (
        f"what tasks of Ray take longer than this process, runs of {found['seconds_a_run']:.0f} s; "
        "seconds until the cluster is there",
        f"{found['overhead']:+.1%} ({_bytes(found)}), {found['start_seconds']:.1f} s",
        rounds,
    )
    found = record["kills"]
    yield (
        "a worker, a node and the command killed, then the same command: runs finished, "
        "trained twice",
        f"{found['finished']} of {found['runs']}, {found['trained_twice']} ({_bytes(found)})",
        f"{found['runs']} runs on two nodes",
    )


def _bytes(found: dict[str, Any]) -> str:
    return "the same bytes" if found["same_bytes"] else "other bytes"


def _streams(record: Record) -> Rows:
    for row in record["sizes"]:
        n = f"{row['images']:,} images, " + (
            f"median of {row['rounds']}" if row["rounds"] > 1 else "once"
        )
        build = row["build"]
        yield (
            f"{row['images']:,} images written in shards: microseconds an image, most memory, disk",
            f"{build['us_an_image']:.0f} µs, {build['peak_megabytes']:,.0f} MB, "
            f"{build['gigabytes']:.1f} GB",
            f"{row['images']:,} images, once",
        )
        for way, words in (
            ("resident", "from memory"),
            ("stream", "drawn when they are asked for"),
            ("shards", "read from shards"),
        ):
            if way in row:
                one = row[way]
                beside = f" ({one['ratio']:.2f} of resident)" if one.get("ratio") else ""
                yield (
                    f"{row['images']:,} images {words}, an epoch: microseconds an image, "
                    "most memory",
                    f"{one['us_an_image']:.0f} µs{beside}, {one['peak_megabytes']:,.0f} MB",
                    n,
                )
    far = record["estimated"]
    if far:
        for way, words in (("build", "written in shards"), ("stream", "drawn"), ("shards", "read")):
            room = f", {far['gigabytes_of_shards']:,.0f} GB on disk" if way == "build" else ""
            yield (
                f"{far['images']:,} images {words}, estimated from the last two sizes: hours "
                f"({'an epoch' if way != 'build' else 'once'}), most memory",
                f"{far[way]['hours']:.1f} h, {far[way]['peak_gigabytes']:.0f} GB{room}",
                "estimate",
            )


EXECUTORS = {"executors": _executors, "streams": _streams}
