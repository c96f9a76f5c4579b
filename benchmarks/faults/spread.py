"""Many small trials over a few forked processes, kept as they end, to be taken up later."""

from __future__ import annotations

import gc
import json
import os
import selectors
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from glyphlab._common.progress import progress

__all__ = ["tried"]

Outcome = dict[str, Any]


def tried(
    points: Sequence[str],
    one: Callable[[str, int], Outcome],
    *,
    title: str,
    workers: int,
    kept: Path | None,
    key: str,
) -> dict[str, Outcome]:
    """Return what came of each point, by the point.

    Parameters
    ----------
    points : sequence of str
    one : callable
        Tries a point, given it and the number of the process, which has its own folder by that.
    title : str
        For the progress bar.
    workers : int
        How many processes share the points.
    kept : Path, optional
        A file of lines, one a point that was tried, now or before.
    key : str
        Says what is tried; lines of another key do not count, nor do points with a fault, which
        are tried again.
    """
    wanted = set(points)
    found = {point: came for point, came in _before(kept, key) if point in wanted}
    with progress(len(points), title, unit="point") as bar:
        bar.advance(len(found))
        for point, came in _spread([p for p in points if p not in found], one, workers):
            found[point] = came
            if kept is not None:
                kept.parent.mkdir(parents=True, exist_ok=True)
                with kept.open("a") as file:
                    file.write(json.dumps([key, point, came]) + "\n")
            bar.advance()
    return {point: found[point] for point in points}


def _before(kept: Path | None, key: str) -> Iterator[tuple[str, Outcome]]:
    if kept is None or not kept.exists():
        return
    for line in kept.read_text().splitlines():
        of, point, came = json.loads(line)
        if of == key and not came.get("wrong", came):
            yield point, came


def _spread(
    points: Sequence[str], one: Callable[[str, int], Outcome], workers: int
) -> Iterator[tuple[str, Outcome]]:
    gc.collect()
    gc.freeze()  # what is there is shared by all forked processes, untouched
    waiting = selectors.DefaultSelector()
    pids = []
    for worker in range(workers):
        read, write = os.pipe()
        if (pid := os.fork()) == 0:
            os.close(read)
            _work(points[worker::workers], one, worker, write)
        os.close(write)
        pids.append(pid)
        waiting.register(os.fdopen(read), selectors.EVENT_READ)
    seen = 0
    while waiting.get_map():
        for key, _ in waiting.select():
            pipe: Any = key.fileobj
            if line := pipe.readline():
                seen += 1
                point, came = json.loads(line)
                yield point, came
            else:
                waiting.unregister(pipe)
                pipe.close()
    for pid in pids:
        os.waitpid(pid, 0)
    if seen < len(points):
        raise SystemExit(f"a process ended early: {len(points) - seen} points were not tried")


def _work(points: Sequence[str], one: Callable[[str, int], Outcome], worker: int, to: int) -> None:
    code = 70
    try:
        with os.fdopen(to, "w") as pipe:
            for point in points:
                pipe.write(json.dumps([point, one(point, worker)]) + "\n")
                pipe.flush()
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)
