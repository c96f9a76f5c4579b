"""Workers that answer in a thread of this process, and die or fail when a test says so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from glyphlab.recipes import Recipe
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.executors.base import Workers
from glyphlab.training.executors.job import Answer, Job
from glyphlab.training.executors.worker import answer_to

TASK = TaskRecipe(name="single", train_images=60, generalization_grid=0)
Before = Callable[[int, str, Job], Answer | None]
"""From the number of the job and its node to an answer in place of training; it may raise."""


def net(seed: int, **training: object) -> Recipe:
    """A net that does not stack, and trains in a moment."""
    given = {"epochs": 2, "optimizer": "sgd", "precision": "float32", **training}
    changes = [f"training.{key}={value}" for key, value in given.items()]
    layers = 'model.layers=["dense 8", "norm"]'
    return Recipe.for_model("mlp", TASK, seed=seed, overrides=[layers, *changes])


class InThreads(Workers):
    """Workers of this process, on nodes by name."""

    def __init__(self, slots: int = 2, nodes: tuple[str, ...] = (), before: Before | None = None):
        super().__init__()
        self.slots, self.threads = slots, 1
        self.nodes, self.has_nodes = nodes or ("here",), bool(nodes)
        self.before = before
        self.given: list[tuple[str, str]] = []
        self.pool: ThreadPoolExecutor | None = None

    def open(self) -> None:
        self.pool = ThreadPoolExecutor(self.slots)

    def close(self) -> None:
        assert self.pool is not None
        self.pool.shutdown(cancel_futures=True)

    def submit(self, job: Job, apart_from: str = "") -> Future[Answer]:
        assert self.pool is not None
        node = next(one for one in self.nodes if one != apart_from or len(self.nodes) == 1)
        self.given.append((job.recipes[0]["name"] + f"-{job.recipes[0]['seed']}", node))
        return self.pool.submit(self._work, len(self.given) - 1, node, job)

    def _work(self, number: int, node: str, job: Job) -> Answer:
        instead = self.before(number, node, job) if self.before else None
        return instead or answer_to(Job.of(job.to_json()), node)


def same_bytes(one: Path, other: Path, name: str = "predictions.npz") -> None:
    """Insist that every run of two folders left the same predictions."""
    found = {run.name: run for run in one.glob("*") if (run / "done").exists()}
    assert found
    for run in found.values():
        assert (run / name).read_bytes() == (other / run.name / name).read_bytes(), run.name
