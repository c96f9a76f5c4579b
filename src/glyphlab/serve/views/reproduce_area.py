"""The area Reproduce: the catalogue of papers, and rows that are measured again."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from glyphlab._common.errors import RunError
from glyphlab._common.tabular.metric_texts import metric_text, reported_text
from glyphlab.reproductions import find_reproduction, list_reproductions, recorded
from glyphlab.serve.app.areas import Area, Content, Given, ServerEvent
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.jobs.reproduction_jobs import ReproductionPlan

__all__ = [
    "AREA",
    "DoneToJob",
    "FollowedJobs",
    "JobDocument",
    "JobRows",
    "NewReproduction",
    "OfJob",
    "PaperDocument",
    "PaperRow",
    "Papers",
    "TrainedNow",
    "changes_of_jobs",
    "list_of_jobs",
    "page_of_job",
    "papers",
    "remove_job",
    "reproduce_page",
    "resume_job",
    "start_job",
    "stop_job",
]

AREA = Area("reproduce", "Reproduce", "/reproduce")
_NOTE = "note: "
JOB = r"^[0-9]{8}-[0-9]{6}-[0-9a-f]{6}$"


class PaperRow(BaseModel):
    """A number of a paper beside ours, as text."""

    id: str
    what: str
    metric: str
    reported: str
    measured: str
    interval: str
    expected: str = Field(description="Where one more training of ours would come out.")
    seeds: int
    verdict: str
    basis: str = Field(description="What the verdict rests on.")
    wide: bool
    why: str = Field(description="Why there is no verdict.")
    source: str = Field(description="Where the paper has it.")
    protocol: str
    scale: str
    models: int = Field(description="That are trained for it; 0 of a fact about the data.")
    engines: list[str]


class PaperDocument(BaseModel):
    """A paper with its rows, as they were recorded."""

    name: str
    title: str
    seeds: int = Field(description="Trainings of each model at scale full.")
    data: str
    rows: list[PaperRow]


class Papers(BaseModel):
    """The catalogue."""

    papers: list[PaperDocument]


class NewReproduction(Given):
    """Rows to measure again."""

    paper: Annotated[str, StringConstraints(max_length=60)]
    rows: list[
        Annotated[str, StringConstraints(min_length=1, max_length=80, pattern="^[^,]+$")]
    ] = Field(min_length=1, max_length=40, description="Their ids.")
    scale: Literal["smoke", "quick", "long", "full"] = "smoke"
    seeds: int | None = Field(None, ge=1, le=20, description="As many as the scale has without it.")


class OfJob(Given):
    """A request about one reproduction."""

    job: Annotated[str, StringConstraints(pattern=JOB)] = Field(description="Its name.")


class TrainedNow(BaseModel):
    """A run that is being trained for a reproduction."""

    name: str
    epochs: int
    planned: int | None


class JobDocument(BaseModel):
    """A reproduction that was asked for here."""

    job: str
    paper: str
    title: str
    rows: list[str]
    scale: str
    seeds: int | None
    trainings: int = Field(description="That it has at most.")
    began: str
    state: str
    problem: str
    said: str = Field(description="The last note of its process.")
    trains: list[TrainedNow]
    measured: list[PaperRow]


class JobRows(BaseModel):
    """The reproductions of this folder, the newest first."""

    jobs: list[JobDocument]


class DoneToJob(BaseModel):
    """What was done to a reproduction."""

    job: str
    done: str


@AREA.page("/reproduce", title="Reproduce", template="reproduce.html.j2", script="reproduce.js")
def reproduce_page(studio: Studio) -> Mapping[str, Any]:
    """Show every number of the papers beside ours, and what is being measured again."""
    del studio
    return {"papers": list_reproductions(), "rows": sum(len(one.rows) for one in _catalogue())}


@AREA.get("/api/reproduce", pool="figures", seconds=60)
def papers(studio: Studio) -> Papers:
    """Return the catalogue: every row of every paper, reported beside measured, as recorded."""
    del studio
    return Papers(papers=list(_catalogue()))


@functools.cache
def _catalogue() -> tuple[PaperDocument, ...]:
    found = []
    for name, title in list_reproductions().items():
        published = find_reproduction(name)
        models = {row.id: len(row.models) for row in published.rows}
        rows = [_row(one, models[one["id"]]) for one in recorded(name).rows]
        found.append(
            PaperDocument(name=name, title=title, seeds=published.seeds,
                          data=published.published.data, rows=rows)
        )  # fmt: skip
    return tuple(found)


def _row(row: Mapping[str, Any], models: int) -> PaperRow:
    metric = row["metric"]

    def between(low: float | None, high: float | None) -> str:
        if low is None or high is None:
            return ""
        return f"{metric_text(low, metric)} – {metric_text(high, metric)}"

    return PaperRow(
        id=row["id"], what=row["what"], metric=metric.replace("_", " "),
        reported=reported_text(row["reported"], metric, row.get("claim")),
        measured=metric_text(row["measured"], metric), interval=between(row["low"], row["high"]),
        expected=between(row.get("expected_low"), row.get("expected_high")),
        seeds=row["seeds"], verdict=row["verdict"], basis=row.get("basis") or "",
        wide=bool(row.get("wide")), why=row.get("why") or "", source=row.get("source") or "",
        protocol=row.get("protocol") or "", scale=row.get("scale") or "", models=models,
        engines=row.get("engines") or [],
    )  # fmt: skip


@AREA.get("/api/reproduce/jobs")
def list_of_jobs(studio: Studio) -> JobRows:
    """List the reproductions that were started here, with what they measured."""
    return JobRows(jobs=_jobs(studio))


def _jobs(studio: Studio) -> list[JobDocument]:
    jobs = studio.reproductions
    jobs.look_after()
    found = []
    for job in jobs.names():
        try:
            plan = jobs.plan(job)
        except RunError:
            found.append(_damaged(job))
            continue
        state = jobs.state_of(job)
        models = {row.id: len(row.models) for row in find_reproduction(plan.paper).rows}
        words = [one for one in jobs.words_of(job) if one.startswith(_NOTE) and "wrote" not in one]
        found.append(
            JobDocument(
                job=job, paper=plan.paper, title=list_reproductions()[plan.paper], rows=plan.rows,
                scale=plan.scale, seeds=plan.seeds, trainings=plan.trainings, began=plan.began,
                state=state, problem=jobs.failure_of(job),
                said=words[-1].removeprefix(_NOTE) if words else "",
                trains=_trained_now(studio, job) if state == "running" else [],
                measured=[_row(row, models[row["id"]]) for row in jobs.rows_of(job)],
            )
        )  # fmt: skip
    return found


def _damaged(job: str) -> JobDocument:
    """Return what is known of a job whose plan cannot be read: it can be removed."""
    return JobDocument(
        job=job, paper="", title=job, rows=[], scale="", seeds=None, trainings=0, began="",
        state="damaged", problem="Its plan cannot be read: remove it.", said="", trains=[],
        measured=[],
    )  # fmt: skip


def _trained_now(studio: Studio, job: str) -> list[TrainedNow]:
    """Return the runs that a job trains now, and no other training of the folder."""
    return [
        TrainedNow(name=name, epochs=info.epochs, planned=info.epochs_planned)
        for name, info in studio.runs.all().runs.items()
        if info.state == "running" and studio.reproductions.trains(job, info.path)
    ]


class FollowedJobs:
    """The reproductions of a studio: all of them, whenever one changed."""

    ended = False

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._known: list[JobDocument] | None = None
        self._number = 0

    def more(self) -> list[ServerEvent]:
        """Return all reproductions, where something is new."""
        now = _jobs(self._studio)
        if now == self._known:
            return []
        self._known = now
        self._number += 1
        return [ServerEvent("jobs", {"jobs": [one.model_dump() for one in now]}, self._number)]


@AREA.stream("/api/reproduce/events")
def changes_of_jobs(studio: Studio) -> FollowedJobs:
    """Follow the reproductions: an event ``jobs`` with all of them, whenever one changed."""
    return FollowedJobs(studio)


@AREA.post("/api/reproduce", changes=True)
def start_job(studio: Studio, body: NewReproduction) -> DoneToJob:
    """Measure rows of a paper again, in a process of its own, which no closed tab ends."""
    plan = ReproductionPlan.of(body.paper, body.rows, body.scale, body.seeds)
    return DoneToJob(job=studio.reproductions.start(plan), done="started")


@AREA.post("/api/reproduce/jobs/{job}/stop", changes=True)
def stop_job(studio: Studio, given: OfJob) -> DoneToJob:
    """Stop a reproduction; the training that it is at keeps its checkpoint."""
    studio.reproductions.stop(given.job)
    return DoneToJob(job=given.job, done="asked to stop")


@AREA.post("/api/reproduce/jobs/{job}/resume", changes=True)
def resume_job(studio: Studio, given: OfJob) -> DoneToJob:
    """Resume a reproduction; what is trained already is not trained again."""
    studio.reproductions.resume(given.job)
    return DoneToJob(job=given.job, done="resumed")


@AREA.delete("/api/reproduce/jobs/{job}")
def remove_job(studio: Studio, given: OfJob) -> DoneToJob:
    """Forget a reproduction; the runs that it trained stay."""
    studio.reproductions.remove(given.job)
    return DoneToJob(job=given.job, done="removed")


@AREA.get("/reproduce/jobs/{job}/page", media=("text/html",))
def page_of_job(studio: Studio, given: OfJob) -> Content:
    """Return the page of a finished reproduction, the same that ``reproduce run`` writes."""
    content = studio.reproductions.page_of(given.job)
    return Content(content, "text/html; charset=utf-8", policy=studio.pages.policy)
