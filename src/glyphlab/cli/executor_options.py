"""Options that say where trainings run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from glyphlab._common.errors import UsageError

__all__ = ["Cluster", "GpuShare", "Stream", "Threads", "Workers", "chosen_executor"]

Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=1,
        help="Train N runs at once, in processes of their own (default: one after another).",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        metavar="N",
        min=1,
        help="Train each new run on N threads (default: the cores, divided by --workers; with "
        "--cluster 1).",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="auto|HOST:PORT",
        help="Train on a cluster of Ray (extra cluster), in a folder that its nodes share "
        "(default: on this machine).",
    ),
]
GpuShare = Annotated[
    float | None,
    typer.Option(
        "--gpu-share",
        metavar="SHARE",
        help="Give each run of --workers or --cluster this part of a GPU, as 0.25 (default: an "
        "equal part; on a cluster none).",
    ),
]
Stream = Annotated[
    bool,
    typer.Option(
        "--stream",
        help="Draw images when they are asked for, so that memory need not hold all of them; "
        "results are the same.",
    ),
]


@contextlib.contextmanager
def chosen_executor(
    workers: int | None,
    threads: int | None,
    cluster: str | None,
    gpu_share: float | None,
    *,
    stream: bool = False,
) -> Iterator[None]:
    """Train where the options say, in the block; with `stream` on tasks that are streams.

    Raises
    ------
    UsageError
        Where they contradict each other, or want more than there is.
    """
    from glyphlab.tasks.streams.drawn_images import streamed_tasks

    with _executor(workers, threads, cluster, gpu_share), streamed_tasks(stream):
        yield


def _executor(
    workers: int | None, threads: int | None, cluster: str | None, gpu_share: float | None
) -> contextlib.AbstractContextManager[Any]:
    """Return the executor that the options name, to be entered; nothing where they name none.

    Raises
    ------
    UsageError
        Where they contradict each other, or want more than there is.
    """
    if workers is None and threads is None and cluster is None and gpu_share is None:
        return contextlib.nullcontext()
    if gpu_share is not None and workers is None and cluster is None:
        raise UsageError("--gpu-share divides a GPU among runs: add --workers N or --cluster auto")
    if cluster is not None:
        from glyphlab.training.executors.ray_cluster import RayCluster

        return RayCluster(cluster, workers=workers, threads=threads, gpu_share=gpu_share)
    if workers is not None:
        from glyphlab.training.executors.processes import Processes

        return Processes(workers, threads=threads, gpu_share=gpu_share)
    from glyphlab.training.executors.base import Serial

    return Serial(threads)
