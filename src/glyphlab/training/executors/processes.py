"""Worker processes of this machine, each with a share of its threads and GPUs."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import IO

from glyphlab._common.errors import UsageError
from glyphlab._common.untrusted import parse_json
from glyphlab._common.untrusted.last_words import last_line, last_words
from glyphlab.training.executors.base import Lost, Workers, shared_threads
from glyphlab.training.executors.job import Answer, Job

__all__ = ["Processes"]

WORKER = "glyphlab.training.executors.worker"
PATIENCE = 20.0
"""Seconds that workers have to write their checkpoint at the end of a block."""
_SHARED = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass
class _Worker:
    """One process, with the files that it says its answers and its last words in."""

    process: subprocess.Popen[bytes]
    said: IO[bytes] = field(repr=False)

    def ask(self, job: Job) -> Answer:
        """Hand the job over and wait for the answer; `Lost` where the process ends before."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(job.to_json()).encode() + b"\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if line.endswith(b"\n"):
            return Answer.of(parse_json(line, "a worker's answer"))
        code = self.process.wait()
        said = last_line(last_words(self.said))
        raise Lost(f"{_how(code)} (it said: {said})" if said else _how(code))

    def ask_to_end(self) -> None:
        """Let it write its checkpoint and end: it does so when nobody can ask it any more."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()

    def end(self, until: float) -> None:
        """Wait for the end, and insist."""
        self.ask_to_end()
        try:
            self.process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()  # the last checkpoint stays
            self.process.wait()

    def close(self) -> None:
        """Close what it said; whoever reads from it has ended."""
        for stream in (self.process.stdout, self.said):
            if stream is not None:
                stream.close()


class Processes(Workers):
    """Trains groups side by side in processes of this machine.

    They are started when the first jobs come, and live until the block ends. A process that dies
    is replaced. Where this process dies, they write their checkpoints and end.

    Parameters
    ----------
    workers : int
    threads : int, optional
        Of each training that begins; the cores that this process may use, divided by the workers,
        otherwise.
    gpu_share : float, optional
        Part of a GPU that each worker has, in (0, 1]; otherwise the workers share all GPUs alike.

    Raises
    ------
    UsageError
        Where the workers want more together than this process may use.
    """

    def __init__(
        self, workers: int, *, threads: int | None = None, gpu_share: float | None = None
    ) -> None:
        super().__init__()
        self.slots, self.threads = workers, shared_threads(workers, threads)
        self.gpus = _gpus_of(workers, gpu_share)
        self._jobs: queue.Queue[tuple[Future[Answer], Job] | None] = queue.Queue()
        self._workers: dict[int, _Worker] = {}
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._ended = False

    def open(self) -> None:
        """Begin to take jobs."""
        self._ended = False
        self._threads = []

    def submit(self, job: Job, apart_from: str = "") -> Future[Answer]:
        """Take a job; all are of one machine, so that there is no other to prefer."""
        del apart_from
        future: Future[Answer] = Future()
        self._jobs.put((future, job))
        with self._lock:
            if len(self._threads) < self.slots:
                place = len(self._threads)
                thread = threading.Thread(target=self._serve, args=(place,), daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def close(self) -> None:
        """Take nothing more, let workers write their checkpoints, and end them."""
        with self._lock:
            self._ended = True
            workers = list(self._workers.values())
        while True:
            try:
                waiting = self._jobs.get_nowait()
            except queue.Empty:
                break
            if waiting is not None:
                waiting[0].cancel()
        for _ in self._threads:
            self._jobs.put(None)
        until = time.monotonic() + PATIENCE
        for worker in workers:
            worker.ask_to_end()
        for worker in workers:
            worker.end(until)
        for thread in self._threads:
            thread.join(PATIENCE)
        for worker in workers:
            worker.close()
        self._workers.clear()

    def _serve(self, place: int) -> None:
        """Hand jobs to the worker of one place, one after another."""
        while (taken := self._jobs.get()) is not None:
            future, job = taken
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._worker(place).ask(job))
            except BaseException as error:
                self._forget(place)
                future.set_exception(error)

    def _worker(self, place: int) -> _Worker:
        with self._lock:
            if self._ended:
                raise Lost("the executor was closed")
            if place not in self._workers:
                self._workers[place] = self._begun(place)
            return self._workers[place]

    def _forget(self, place: int) -> None:
        with self._lock:
            worker = None if self._ended else self._workers.pop(place, None)
        if worker is not None:
            worker.end(time.monotonic())
            worker.close()

    def _begun(self, place: int) -> _Worker:
        threads = dict.fromkeys(_SHARED, str(self.threads))
        shown = {"CUDA_VISIBLE_DEVICES": self.gpus[place]} if self.gpus else {}
        said = tempfile.TemporaryFile()  # noqa: SIM115  closed with its worker
        process = subprocess.Popen(
            [sys.executable, "-m", WORKER],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said,
            env={**os.environ, **threads, **shown, "PYTHONPATH": os.pathsep.join(_path())},
            start_new_session=os.name == "posix",  # Ctrl-C is this process's to hand on
        )  # fmt: skip
        return _Worker(process, said)


def _path() -> list[str]:
    """Return where this process imports from, so that its workers find the same modules."""
    return [one or os.getcwd() for one in sys.path]  # noqa: PTH109  as Python itself puts it


def _how(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-code).name
            why = ", as a machine without memory left does" if -code == signal.SIGKILL else ""
            return f"ended by {name}{why}"
    return f"ended with code {code}"


def _gpus_of(workers: int, share: float | None) -> list[str]:
    """Return the GPU of each worker; empty where there is none, or all may see all."""
    import torch

    if share is not None and not 0 < share <= 1:
        raise UsageError(f"a share of {share:g} of a GPU: expected above 0 and at most 1")
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not there:
        if share is not None:
            raise UsageError(
                f"a share of {share:g} of a GPU, and this machine has none: leave --gpu-share out"
            )
        return []
    each = max(1, int(1 / share + 1e-9)) if share is not None else -(-workers // there)
    if workers > each * there:
        raise UsageError(
            f"{workers} workers with {share:g} of a GPU each want more than the {there} of this "
            f"machine: ask for {each * there} or fewer"
        )
    seen = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = seen.split(",") if seen else [str(number) for number in range(there)]
    return [names[place // each] for place in range(workers)]
