"""Trainings on a cluster of Ray: its tasks, its notice of dead workers and nodes, nothing else.

No state lies in Ray: its head may die as this process may, and the same command goes on.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from concurrent.futures import Future
from typing import Any

from glyphlab._common.errors import UsageError, WorkerError
from glyphlab._common.machine import usable_cores
from glyphlab._common.progress import become_worker, note
from glyphlab.training.executors.base import Lost, Workers
from glyphlab.training.executors.job import Answer, Job
from glyphlab.training.executors.worker import answer_to

__all__ = ["RayCluster"]

PATIENCE = 20.0
"""Seconds that trainings have to write their checkpoint at the end of a block."""
ANSWERS = 5.0
"""Seconds in which a cluster must answer at its address."""
_COUNTED = 5.0
"""Seconds for which the number of cores of a cluster is believed."""


class RayCluster(Workers):
    """Trains groups side by side as tasks of Ray.

    Parameters
    ----------
    address : str
        ``HOST:PORT`` of the head; or ``auto``, which is the cluster that runs on this machine, and
        where there is none one of this machine alone, for as long as the block lasts.
    workers : int, optional
        Jobs that run at once at most; otherwise as many as the cluster has room for.
    threads : int
        Of each training that begins; a task reserves that number of cores.
    gpu_share : float, optional
        GPUs that a task reserves, as 0.25; otherwise none.

    Raises
    ------
    UsageError
        Where Ray is not installed, or numbers cannot be.
    """

    has_nodes = True

    def __init__(
        self,
        address: str = "auto",
        *,
        workers: int | None = None,
        threads: int | None = None,
        gpu_share: float | None = None,
    ) -> None:
        super().__init__()
        self.threads = 1 if threads is None else threads
        if self.threads < 1 or (workers is not None and workers < 1):
            raise UsageError(f"{workers} workers of {threads} threads: expected at least one")
        if gpu_share is not None and not gpu_share > 0:  # nor nan
            raise UsageError(f"a share of {gpu_share:g} of a GPU: expected above 0")
        self.address, self.most, self.gpu_share = address, workers, gpu_share
        self._ray = _ray()
        self._own = False
        self._running: dict[Future[Answer], Any] = {}
        self._counted: tuple[float, int] = (0.0, 0)

    def open(self) -> None:
        """Connect to the cluster, or begin one.

        Raises
        ------
        WorkerError
            Where nobody answers, or no node has room for a single run.
        """
        if not self._ray.is_initialized():
            self._own = True
            _connect(self._ray, self.address)
        self._counted = (0.0, 0)
        resources = self._ray.cluster_resources()
        if self.gpu_share is None and resources.get("GPU"):
            note(
                f"the cluster has {resources['GPU']:g} GPUs, and no run asks for one: give "
                "--gpu-share 0.25 to let four runs share each"
            )
        if not self.slots:
            self._disconnect()
            raise WorkerError(
                f"a run wants {self.threads} threads"
                + (f" and {self.gpu_share:g} of a GPU" if self.gpu_share else "")
                + f", and no node of the cluster at {self.address} has them: ask for fewer"
            )

    @property
    def slots(self) -> int:  # type: ignore[override]
        """Jobs that the nodes have room for now, all together."""
        since, count = self._counted
        if time.monotonic() - since > _COUNTED:
            count = sum(self._room(node["Resources"]) for node in self._nodes())
            self._counted = time.monotonic(), count
        return count if self.most is None else min(count, self.most)

    def submit(self, job: Job, apart_from: str = "") -> Future[Answer]:
        """Take a job; the future has its answer, or raises `Lost`."""
        strategy: Any = "DEFAULT"
        others = [one for one in self._nodes() if _name(one) != apart_from]
        if apart_from and others:
            from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

            room = max(others, key=lambda one: self._room(one["Resources"]))
            strategy = NodeAffinitySchedulingStrategy(room["NodeID"], soft=True)
        task = self._ray.remote(_answer).options(
            num_cpus=self.threads, num_gpus=self.gpu_share or 0, max_retries=0,
            scheduling_strategy=strategy, name=job.recipes[0]["name"],
        )  # fmt: skip
        reference = task.remote(job.to_json())
        future: Future[Answer] = Future()
        future.set_running_or_notify_cancel()
        self._running[future] = reference

        def ended(of_ray: Future[Any]) -> None:
            self._running.pop(future, None)
            error = of_ray.exception()
            if error is None:
                future.set_result(Answer.of(of_ray.result()))
            else:
                future.set_exception(self._as_ours(error))

        reference.future().add_done_callback(ended)
        return future

    def close(self) -> None:
        """Let trainings write their checkpoints, and leave the cluster."""
        for reference in list(self._running.values()):
            with contextlib.suppress(Exception):
                self._ray.cancel(reference, force=False)
        until = time.monotonic() + PATIENCE
        while self._running and time.monotonic() < until:
            time.sleep(0.1)
        self._running.clear()
        self._disconnect()

    def _disconnect(self) -> None:
        if self._own:
            self._own = False
            self._ray.shutdown()

    def _nodes(self) -> list[dict[str, Any]]:
        return [node for node in self._ray.nodes() if node["Alive"]]

    def _room(self, resources: dict[str, float]) -> int:
        """Return the jobs that a node has room for when nothing else runs on it."""
        room = int(resources.get("CPU", 0) // self.threads)
        if self.gpu_share:
            room = min(room, int(resources.get("GPU", 0) / self.gpu_share + 1e-9))
        return room

    def _as_ours(self, error: BaseException) -> BaseException:
        kinds = self._ray.exceptions
        if isinstance(error, kinds.NodeDiedError | kinds.LocalRayletDiedError):
            return Lost("was on a node that died")
        if isinstance(error, kinds.OutOfMemoryError):
            return Lost("was ended by Ray, as its node had no memory left")
        if isinstance(error, kinds.WorkerCrashedError | kinds.ObjectLostError):
            return Lost("ended without an answer")
        if isinstance(error, kinds.TaskCancelledError):
            return Lost("was cancelled")
        if isinstance(error, kinds.RaySystemError | kinds.RuntimeEnvSetupError):
            said = " ".join(str(error).split())[:200]
            return WorkerError(f"the cluster at {self.address} cannot be used: {said}")
        return error


def _answer(document: dict[str, Any]) -> dict[str, Any]:
    """Run in a task of Ray."""
    import ray

    become_worker()
    node = ray.get_runtime_context().get_node_id()
    nodes: Any = ray.nodes
    own = next(one for one in nodes() if one["NodeID"] == node)
    return answer_to(Job.of(document), _name(own)).to_json()


def _name(node: dict[str, Any]) -> str:
    return f"{node['NodeManagerHostname']} ({node['NodeID'][:8]})"


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise UsageError(
            "a cluster needs Ray, which is not installed: pip install 'glyphlab[cluster]', or use "
            "--workers on this machine"
        ) from error
    return ray


def _connect(ray: Any, address: str) -> None:
    quiet: dict[str, Any] = {"include_dashboard": False, "log_to_driver": False}
    if address == "auto":
        try:
            ray.init(address="auto", log_to_driver=False, logging_level="ERROR")
        except ConnectionError:
            note("no cluster runs on this machine: one is started for this command")
            ray.init(address="local", num_cpus=usable_cores(), logging_level="ERROR", **quiet)
        return
    host, colon, port = address.rpartition(":")
    if "://" in address or not colon or not port.isdecimal():
        raise UsageError(
            f"--cluster {address}: expected auto, or HOST:PORT of the head, as 10.0.0.1:6379"
        )
    try:
        socket.create_connection((host, int(port)), ANSWERS).close()
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (OSError, OverflowError, RuntimeError) as error:  # ConnectionError is an OSError
        raise WorkerError(
            f"no cluster answers at {address} ({' '.join(str(error).split())[:120]}): start one "
            "there with 'ray start --head --port=6379', or leave --cluster out"
        ) from error
