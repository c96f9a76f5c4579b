"""A worker: takes jobs, trains them into run folders, and says names and digests.

As a process (``python -m glyphlab.training.executors.worker``) it reads a job a line from stdin and
writes an answer a line. When stdin ends, so has whoever asked: it writes its checkpoint and ends.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import queue
import signal
import socket
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import NoReturn

from glyphlab._common.errors import DataMissing, GlyphlabError
from glyphlab._common.machine import of_the_machine
from glyphlab._common.process import own_process
from glyphlab._common.progress import become_worker, noted
from glyphlab._common.untrusted import parse_json
from glyphlab.recipes import parse_recipe
from glyphlab.runs import Run
from glyphlab.tasks.streams.drawn_images import streamed_tasks
from glyphlab.training.events import Alarm, Callback, Done, Epoch, Event, Note
from glyphlab.training.executors.base import Serial
from glyphlab.training.executors.job import (
    Answer,
    Ended,
    Heard,
    Job,
    digest_of,
    own_environment,
)
from glyphlab.training.identity import LoadedTasks
from glyphlab.training.train_many import Failed, train_many

__all__ = ["answer_to", "main"]

PATIENCE = 20.0
"""Seconds that a training has to write its checkpoint once whoever asked for it is gone."""
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
_TASKS: dict[tuple[str | None, bool], LoadedTasks] = {}
"""The last task, kept from one job to the next."""


def answer_to(job: Job, node: str = "") -> Answer:
    """Train what a job asks for, and say what became of it; raises nothing but our own faults.

    The process is the worker's own: its working folder is that of the job, and signals are heard
    between two batches. `node` is what messages call the machine, its own name otherwise.
    """
    node = node or socket.gethostname()
    heard: list[Heard] = []

    def hear(event: Event) -> None:
        if isinstance(event, Alarm):
            heard.append(Heard("alarm", event.run.name, event.statistic, event.name, event.epoch))
        elif isinstance(event, Note):
            heard.append(Heard("note", event.run.name if event.run else "", event.text))

    with noted() as notes, own_process():
        try:
            ended = _trained(job, node, hear)
        except KeyboardInterrupt:
            return Answer(node, notes=tuple(notes), heard=tuple(heard), stopped=True)
        except _Unfit as error:
            return Answer(node, unfit=True, error=error.name, message=str(error))
        except GlyphlabError as error:
            full = isinstance(error.__cause__, OSError) and error.__cause__.errno in _DISK
            unfit = full or isinstance(error, DataMissing)
            name = type(error).__name__
            return Answer(node, notes=tuple(notes), unfit=unfit, error=name, message=str(error))
        except (OSError, MemoryError, RuntimeError) as error:
            said = of_the_machine(error)
            if said is None:
                return Answer(node, notes=tuple(notes), fault=traceback.format_exc())
            if not Path(job.root).is_dir():
                said = _gone(job.root)
            return Answer(node, notes=tuple(notes), unfit=True, error="RunError", message=said)
        except Exception:
            return Answer(node, notes=tuple(notes), fault=traceback.format_exc())
    return Answer(node, tuple(ended), tuple(notes), tuple(heard))


class _Unfit(Exception):
    """The machine cannot work on the job, and another one may."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def _trained(job: Job, node: str, hear: Callback) -> list[Ended]:
    _require_same(job, node)
    try:
        os.chdir(job.folder)
    except OSError as error:
        raise _Unfit(
            "RunError", f"{job.folder} is not there ({error.strerror}): mount it under that name"
        ) from error
    root = Path(job.root)
    if not (root / job.driver).exists():
        raise _Unfit("RunError", _gone(job.root))
    for module in job.imports:
        importlib.import_module(module)
    recipes = [parse_recipe(content) for content in job.recipes]
    tasks = _TASKS.setdefault((job.data_dir, job.streamed), LoadedTasks(job.data_dir))
    required = [Run.load(path) for path in job.required]
    ended: list[Ended] = []
    trained: set[str] = set()

    def listen(event: Event) -> None:
        if isinstance(event, Done):
            trained.add(event.run.name)
        elif isinstance(event, Epoch) and not (root / job.driver).exists():
            raise _Unfit("RunError", _gone(job.root))  # it would write into a folder that is gone
        hear(event)

    with Serial(job.threads), streamed_tasks(job.streamed):
        for outcome in train_many(
            recipes, root, task=tasks, required=required, data_dir=job.data_dir, quiet=job.quiet,
            command=job.command, callbacks=[listen],
            checkpoint_seconds=job.checkpoint_seconds, keep_going=True,
        ):  # fmt: skip
            if isinstance(outcome, Failed):
                ended.append(Ended(error=type(outcome).__name__, message=str(outcome)))
            else:
                ended.append(Ended(outcome.name, digest_of(outcome), outcome.name in trained))
    return ended


def _gone(root: str) -> str:
    return (
        f"{root} is not the folder of runs that the command was started with: mount the shared "
        "folder there and run the same command again; what is finished is kept"
    )


def _require_same(job: Job, node: str) -> None:
    """Insist on the versions and the source of whoever asks."""
    own = own_environment()
    other = [name for name, value in job.environment.items() if own[name] != value]
    if not other:
        return
    shown = [name for name in other if name != "source"] or ["source"]
    there = ", ".join(f"{name} {own[name]}" for name in shown)
    here = ", ".join(f"{name} {job.environment[name]}" for name in shown)
    raise _Unfit("WorkerError", f"{node} has {there}, and this command {here}: install the same")


def main() -> NoReturn:
    """Serve jobs until stdin ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints does not garble answers
    become_worker()
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    signal.signal(signal.SIGTERM, _interrupt)
    threading.Thread(target=_read, args=(jobs,), daemon=True).start()
    code = 0
    try:
        while line := jobs.get():
            answer = answer_to(Job.of(parse_json(line, "a job")))
            answers.write(json.dumps(answer.to_json()).encode() + b"\n")
            answers.flush()
    except (KeyboardInterrupt, BrokenPipeError):
        code = 130
    os._exit(code)


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _read(jobs: queue.SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        jobs.put(line)
    jobs.put(b"")
    # Whoever asked is gone. A training hears of it as of a polite kill, behind a checkpoint.
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(130)


if __name__ == "__main__":
    main()
