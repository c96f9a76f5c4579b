"""Reproductions as jobs: what is asked for, kept, stopped and resumed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from glyphlab._common.errors import RunError, UnknownName
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.jobs.reproduction_jobs import ReproductionJobs, ReproductionPlan

FACT = ["1.height"]


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[ReproductionJobs]:
    made = ReproductionJobs(tmp_path / "runs", None)
    yield made
    made.close()


def ended(jobs: ReproductionJobs, job: str) -> str:
    until = time.monotonic() + 120
    while (state := jobs.state_of(job)) in ("waiting", "running", "stopping"):
        jobs.look_after()
        assert time.monotonic() < until
        time.sleep(0.1)
    return state


def test_a_row_is_measured_and_stays(jobs: ReproductionJobs) -> None:
    plan = ReproductionPlan.of("triple-mnist", FACT, "smoke", None)
    assert plan.trainings == 0
    job = jobs.start(plan)
    waits = jobs.start(plan)
    assert jobs.state_of(waits) == "waiting"
    jobs.stop(waits)
    assert jobs.state_of(waits) == "interrupted"
    assert ended(jobs, job) == "done", jobs.words_of(job)
    (row,) = jobs.rows_of(job)
    assert (row["id"], row["verdict"]) == ("1.height", "not comparable")
    assert b"Triple-MNIST" in jobs.page_of(job)
    again = ReproductionJobs(jobs.root, None)  # as a studio that is started again finds it
    assert again.names() == jobs.names()
    assert again.state_of(job) == "done"
    assert again.rows_of(job) == [row]
    with pytest.raises(Refused, match="nothing to resume"):
        again.resume(job)
    again.remove(job)
    assert again.names() == [waits]


@pytest.mark.long
def test_a_training_is_stopped_and_resumed(jobs: ReproductionJobs) -> None:
    job = jobs.start(ReproductionPlan.of("mnist-networks", ["1.3.loss"], "smoke", None))
    with pytest.raises(Refused, match="stop it first"):
        jobs.remove(job)
    jobs.stop(job)
    assert jobs.state_of(job) == "stopping"
    assert ended(jobs, job) == "interrupted"
    with pytest.raises(Refused, match="nothing to stop"):
        jobs.stop(job)
    with pytest.raises(RunError, match="no page yet"):
        jobs.page_of(job)
    jobs.resume(job)
    assert ended(jobs, job) == "done", jobs.words_of(job)


def test_a_failure_is_said(jobs: ReproductionJobs) -> None:
    jobs.root.mkdir(parents=True)
    job = jobs.start(ReproductionPlan.of("triple-mnist", FACT, "smoke", None))
    (jobs.root / ".reproductions" / job / "rows.json").write_text("[]", encoding="utf-8")
    assert ended(jobs, job) == "failed"
    assert "is no document" in jobs.failure_of(job)


def test_data_that_are_missing_are_not_fetched(
    jobs: ReproductionJobs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GLYPHLAB_DATA", str(tmp_path / "empty"))
    with pytest.raises(Refused, match=f"glyphlab data fetch mnist --data-dir {tmp_path}/empty`"):
        jobs.start(ReproductionPlan.of("mnist-networks", ["1.3.loss"], "quick", None))
    assert jobs.names() == []


def test_what_there_is_not(jobs: ReproductionJobs) -> None:
    with pytest.raises(UnknownName, match="mnist-networks"):
        ReproductionPlan.of("mnist-network", ["1.3.loss"], "smoke", None)
    with pytest.raises(UnknownName):
        ReproductionPlan.of("mnist-networks", ["1.3.los"], "smoke", None)
    for work in (jobs.plan, jobs.stop, jobs.resume, jobs.remove, jobs.page_of):
        with pytest.raises(UnknownName):
            work("20200101-000000-abcdef")


def test_a_damaged_plan_is_named(jobs: ReproductionJobs) -> None:
    folder = jobs.root / ".reproductions" / "20200101-000000-abcdef"
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text("{}", encoding="utf-8")
    with pytest.raises(RunError, match=r"plan\.json"):
        jobs.plan(folder.name)
    jobs.remove(folder.name)
    assert jobs.names() == []
