"""Rows of papers that are reproduced in processes of their own, one after the other.

A job is ``glyphlab reproduce run`` of some rows. All that is known of it lies in a hidden folder
beside the runs, so that a studio that is started again shows it, and the same command resumes it.
"""

from __future__ import annotations

import datetime
import secrets
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from glyphlab._common.errors import DataError, RunError, UnknownName
from glyphlab._common.files import write_json
from glyphlab._common.untrusted import Unreadable, read_json, read_plain_file
from glyphlab._common.untrusted.last_words import last_words
from glyphlab.data.downloads import fetch_command
from glyphlab.data.sources import data_root, list_sources
from glyphlab.reproductions import SCALES, find_reproduction
from glyphlab.reproductions.core.documents_on_file import rows_before
from glyphlab.runs.locks.lease import local_holder
from glyphlab.runs.locks.lock import lock_of
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.jobs.child_processes import (
    INTERRUPTED,
    ChildProcesses,
    begun,
    failure_in,
)

__all__ = ["ReproductionJobs", "ReproductionPlan"]

FOLDER = ".reproductions"
_PLAN, _SAID, _ROWS, _PAGE = "plan.json", "said.txt", "rows.json", "page.html"
MOST_WAITING = 20
MOST_KEPT = 200


@dataclass(frozen=True)
class ReproductionPlan:
    """What one job does.

    Attributes
    ----------
    paper : str
    rows : list of str
        Their ids.
    scale : {'smoke', 'quick', 'long', 'full'}
    seeds : int or None
        None for as many as the scale has.
    began : str
        When it was asked for, as ISO 8601 in UTC.
    """

    paper: str
    rows: list[str]
    scale: str
    seeds: int | None
    began: str

    @classmethod
    def of(cls, paper: str, rows: list[str], scale: str, seeds: int | None) -> ReproductionPlan:
        """Return the plan of rows that there are, asked for now.

        Raises
        ------
        UnknownName
            For a paper or a row that is none.
        """
        chosen = find_reproduction(paper).chosen(rows)
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        return cls(paper, [row.id for row in chosen], scale, seeds, now)

    @property
    def trainings(self) -> int:
        """How many trainings it has at most."""
        published = find_reproduction(self.paper)
        models = {model for row in published.chosen(self.rows) for model in row.models}
        usual = min(published.seeds, SCALES[self.scale].seeds)
        return len(models) * (self.seeds or usual)


class ReproductionJobs:
    """The jobs of one studio.

    Parameters
    ----------
    root : Path
        The folder of runs.
    data_dir : Path or None
        Where the datasets are.
    """

    def __init__(self, root: Path, data_dir: Path | None) -> None:
        self.root, self.data_dir = root, data_dir
        self._folder = root / FOLDER
        self._processes = ChildProcesses(1, self._begin)

    def start(self, plan: ReproductionPlan) -> str:
        """Begin a job when its turn comes; return its name.

        Raises
        ------
        Refused
            Where its data are not on this machine, or too much waits already.
        """
        published = find_reproduction(plan.paper)
        data = published.task_recipe(SCALES[plan.scale]).data
        states = {one.name: one.state for one in list_sources(data_dir=self.data_dir)}
        if states.get(data) not in ("embedded", "ok"):
            command = fetch_command(data, data_root(self.data_dir))
            raise Refused(
                409, f"scale '{plan.scale}' needs '{data}', which is {states.get(data, 'missing')} "
                f"here: get it with `{command}`, or take scale 'smoke'"
            )  # fmt: skip
        if self._processes.counts()[1] >= MOST_WAITING or len(self.names()) >= MOST_KEPT:
            raise Refused(429, "too many reproductions are here already: remove some first")
        stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M%S")
        job = f"{stamp}-{secrets.token_hex(3)}"
        (self._folder / job).mkdir(parents=True)
        write_json(self._folder / job / _PLAN, asdict(plan))
        self.resume(job)
        return job

    def resume(self, job: str) -> None:
        """Run a job that has not ended, when its turn comes; finished trainings are not repeated.

        Raises
        ------
        Refused
            Where it has ended, or waits or runs already.
        """
        self.plan(job)
        with self._processes.lock:
            if self.state_of(job) in ("waiting", "running", "stopping", "done"):
                raise Refused(409, f"{job} is {self.state_of(job)}: there is nothing to resume")
            self._processes.add(job)

    def stop(self, job: str) -> None:
        """Stop a job; the training that it is at keeps its checkpoint.

        Raises
        ------
        Refused
            Where it neither waits nor runs.
        """
        self.plan(job)
        if not self._processes.stop(job, signalled=True):
            raise Refused(409, f"{job} is {self.state_of(job)}: there is nothing to stop")

    def remove(self, job: str) -> None:
        """Forget a job that does not run; the runs that it trained stay.

        Raises
        ------
        Refused
            Where it waits or runs.
        UnknownName
            Where there is no such job.
        """
        names = self.names()
        if job not in names:
            raise UnknownName("reproduction", job, names)
        with self._processes.lock:
            if self.state_of(job) in ("waiting", "running", "stopping"):
                raise Refused(409, f"{job} is {self.state_of(job)}: stop it first")
            self._processes.forget(job)
            shutil.rmtree(self._folder / job, ignore_errors=True)

    def names(self) -> list[str]:
        """Return the names of all jobs, the newest first."""
        if not self._folder.is_dir():
            return []
        there = (one.name for one in self._folder.iterdir() if (one / _PLAN).is_file())
        return sorted(there, reverse=True)

    def plan(self, job: str) -> ReproductionPlan:
        """Return what a job does.

        Raises
        ------
        UnknownName
            Where there is no such job.
        RunError
            Where its file is damaged.
        """
        names = self.names()
        if job not in names:
            raise UnknownName("reproduction", job, names)
        path = self._folder / job / _PLAN
        try:
            found = ReproductionPlan(**read_json(path))
            find_reproduction(found.paper).chosen(found.rows)
            assert found.scale in SCALES
        except (AssertionError, TypeError, Unreadable, UnknownName) as error:
            raise RunError(
                f"{path} says no reproduction: remove the folder {path.parent}"
            ) from error
        return found

    def state_of(self, job: str) -> str:
        """Return how far a job is: waiting, running, stopping, interrupted, failed or done."""
        if (state := self._processes.state_of(job)) is not None:
            return state
        if (self._folder / job / _PAGE).exists():
            return "done"
        code = self._processes.code_of(job)
        is_broken_off = code in (None, INTERRUPTED) or self._processes.was_stopped(job)
        return "interrupted" if is_broken_off else "failed"

    def trains(self, job: str, run: Path) -> bool:
        """Whether it is a job that trains the run of a folder now."""
        holder = local_holder(lock_of(run))
        return holder is not None and self._processes.includes(job, holder)

    def words_of(self, job: str) -> list[str]:
        """Return the lines that a job said last on stderr."""
        return last_words(self._folder / job / _SAID).splitlines()

    def failure_of(self, job: str) -> str:
        """Return the last line of a job that failed; empty of any other."""
        code = self._processes.code_of(job)
        if code is None or self.state_of(job) != "failed":
            return ""
        return failure_in(last_words(self._folder / job / _SAID), code)

    def rows_of(self, job: str) -> list[dict[str, Any]]:
        """Return the rows that a job measured, as ``reproduce run --json`` has them."""
        path = self._folder / job / _ROWS
        try:
            found = rows_before(path, self.plan(job).paper)
        except DataError:
            return []
        return (
            [] if found is None else [row for row in found["rows"] if row["verdict"] != "not run"]
        )

    def page_of(self, job: str) -> bytes:
        """Return the page of a job that is done.

        Raises
        ------
        RunError
            Where it has none.
        """
        self.plan(job)
        try:
            return read_plain_file(self._folder / job / _PAGE)
        except Unreadable as error:
            raise RunError(f"{job} has no page yet: it is {self.state_of(job)}") from error

    def look_after(self) -> None:
        """See whether the job that runs has ended, and start the next."""
        self._processes.look_after()

    def _begin(self, job: str) -> subprocess.Popen[bytes]:
        plan, folder = self.plan(job), self._folder / job
        words = [
            "reproduce", "run", plan.paper, "--rows", ",".join(plan.rows), "--scale", plan.scale,
            "--out", str(self.root), "--into", str(folder / _ROWS),
            "--report", str(folder / _PAGE),
        ]  # fmt: skip
        if plan.seeds is not None:
            words += ["--seeds", str(plan.seeds)]
        if self.data_dir is not None:
            words += ["--data-dir", str(self.data_dir)]
        return begun(words, folder / _SAID)

    def close(self) -> None:
        """Stop what runs, wait for its checkpoint, and start nothing more."""
        self._processes.close()
