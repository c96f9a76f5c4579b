"""A cluster of Ray with two nodes on one machine: workers, a node and the driver are killed."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import UsageError, WorkerError
from glyphlab.experiments.search import Study
from glyphlab.runs import Run
from glyphlab.training.executors import ray_cluster
from glyphlab.training.train_many import train_many
from in_threads import net, same_bytes

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed (the extra cluster)"
)
quietly = pytest.mark.filterwarnings("ignore")  # of Ray, about itself
pytestmark = pytest.mark.usefixtures("one_thread")
RUNS, EPOCHS = 24, 15


def recipes() -> list[Any]:
    return [net(seed, epochs=EPOCHS) for seed in range(RUNS)]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head without cores, and two nodes of one core."""
    from ray.cluster_utils import Cluster

    small = {"object_store_memory": 80 * 2**20}
    found = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **small}
    )
    for _ in range(2):
        found.add_node(num_cpus=1, **small)
    found.wait_for_nodes()
    yield found
    found.shutdown()


SCRIPT = """
import sys
from pathlib import Path
from in_threads import net
from glyphlab._common.process import own_process
from glyphlab._common.progress import shown_notes
from glyphlab.training.executors.ray_cluster import RayCluster
from glyphlab.training.train_many import train_many

recipes = [net(seed, epochs=int(sys.argv[4])) for seed in range(int(sys.argv[3]))]
with shown_notes(), RayCluster(sys.argv[1]):
    for run in train_many(recipes, Path(sys.argv[2]), quiet=True, checkpoint_seconds=0):
        print(run.name, flush=True)
"""


def wait_until(true: Callable[[], Any], seconds: float = 120) -> Any:
    until = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)
    return found


def done(root: Path) -> dict[Path, int]:
    return {one: one.stat().st_mtime_ns for one in root.glob("*/done")}


def held(root: Path) -> int | None:
    """Return the process of a training under way that has a checkpoint."""
    for lock in root.glob(".*.lock"):
        run = root / lock.name[1:].removesuffix(".lock")
        try:
            if (run / "checkpoint.safetensors").exists():
                return int(json.loads(lock.read_bytes())["pid"])
        except (OSError, ValueError, KeyError):
            continue
    return None


@pytest.mark.long
@needs_ray
@quietly
def test_a_worker_a_node_and_the_driver_are_killed(cluster: Any, tmp_path: Path) -> None:
    alone, root = tmp_path / "alone", tmp_path / "cluster"
    [*train_many(recipes(), alone, quiet=True)]
    root.mkdir()
    extra = cluster.add_node(num_cpus=1, object_store_memory=80 * 2**20)
    cluster.wait_for_nodes()
    path = os.pathsep.join(one for one in sys.path if one)
    driver = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, cluster.address, str(root), str(RUNS), str(EPOCHS)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    os.kill(wait_until(lambda: held(root)), signal.SIGKILL)
    wait_until(lambda: len(done(root)) >= 5)
    cluster.remove_node(extra, allow_graceful=False)
    wait_until(lambda: len(done(root)) >= 14)
    driver.kill()
    said = driver.communicate()[1]
    assert "goes on from the checkpoint" in said
    finished = done(root)
    assert len(finished) < RUNS
    with ray_cluster.RayCluster(cluster.address):
        runs = [*train_many(recipes(), root, quiet=True)]
    assert all(isinstance(run, Run) for run in runs)
    same_bytes(alone, root)
    assert {one: stamp for one, stamp in done(root).items() if one in finished} == finished


STUDY: dict[str, Any] = {
    "name": "rounds",
    "seeds": 1,
    "base": {
        "task": {"name": "single", "train_images": 60, "generalization_grid": 0},
        "model": {"strategy": "whole", "net": "layers", "layers": ["dense 8", "norm"]},
        "training": {"epochs": 3, "precision": "float32", "optimizer": "sgd", "augment": "none"},
    },
    "stages": [
        {
            "name": "rate",
            "trials": 24,
            "round_size": 6,
            "pruner": "median",
            "space": {"training.learning_rate": {"low": 1e-4, "high": 1.0, "log": True}},
        }
    ],
}


@pytest.mark.long
@needs_ray
@quietly
def test_a_study_tries_the_same_on_a_cluster(cluster: Any, tmp_path: Path) -> None:
    alone = Study.from_mapping(STUDY).run(tmp_path / "alone", quiet=True)
    with ray_cluster.RayCluster(cluster.address):
        result = Study.from_mapping(STUDY).run(tmp_path / "cluster", quiet=True)
    tried, again = (
        [(one.params, one.value, one.state, one.runs) for one in found.stages[0].trials]
        for found in (alone, result)
    )
    assert len(tried) == 24
    assert tried == again
    same_bytes(tmp_path / "alone" / "rounds" / "trials", tmp_path / "cluster" / "rounds" / "trials")


@pytest.mark.long
@needs_ray
@quietly
def test_a_run_that_no_node_has_room_for(cluster: Any) -> None:
    with (
        pytest.raises(WorkerError, match=r"a run wants 2 threads, and no node of the cluster"),
        ray_cluster.RayCluster(cluster.address, threads=2),
    ):
        pass
    with (
        pytest.raises(WorkerError, match=r"wants 1 threads and 0\.5 of a GPU, and no node"),
        ray_cluster.RayCluster(cluster.address, gpu_share=0.5),
    ):
        pass


@pytest.fixture
def gpu_node(cluster: Any) -> Iterator[None]:
    """A node of the cluster that says that it has a GPU, and room for more runs than share it."""
    node = cluster.add_node(num_cpus=3, num_gpus=1, object_store_memory=80 * 2**20)
    cluster.wait_for_nodes()
    yield
    cluster.remove_node(node)


@pytest.mark.long
@needs_ray
@quietly
@pytest.mark.usefixtures("gpu_node")
def test_two_runs_share_a_gpu(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = tmp_path / "met"
    met.mkdir()

    def with_another(document: dict[str, Any]) -> dict[str, Any]:
        """Train once another run is on the GPU too: by itself it would wait in vain."""
        import ray

        from glyphlab.training.executors import ray_cluster as there

        given = ray.get_runtime_context().get_assigned_resources()
        said = json.dumps({**given, "shown": os.environ.get("CUDA_VISIBLE_DEVICES")})
        (met / str(document["recipes"][0]["seed"])).write_text(said)
        until = time.monotonic() + 60
        while len([*met.iterdir()]) < 2:
            if time.monotonic() > until:
                raise TimeoutError("no other run is on the GPU")
            time.sleep(0.05)
        return there._answer(document)

    monkeypatch.setattr(ray_cluster, "_answer", with_another)
    with ray_cluster.RayCluster(cluster.address, gpu_share=0.6) as alone:
        assert alone.slots == 1
    with ray_cluster.RayCluster(cluster.address, gpu_share=0.5) as shared:
        assert shared.slots == 2
        [*train_many(recipes()[:2], tmp_path / "cluster", quiet=True)]
    asked = [json.loads(one.read_text()) for one in met.iterdir()]
    assert asked == 2 * [{"CPU": 1.0, "GPU": 0.5, "shown": "0"}]
    [*train_many(recipes()[:2], tmp_path / "alone", quiet=True)]
    same_bytes(tmp_path / "alone", tmp_path / "cluster")


@pytest.fixture
def no_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray, as far as it is asked before anybody answers."""

    class Ray:
        @staticmethod
        def is_initialized() -> bool:
            return False

    monkeypatch.setattr(ray_cluster, "_ray", Ray)


@pytest.mark.usefixtures("no_ray")
def test_an_address_that_nobody_answers() -> None:
    with (
        pytest.raises(WorkerError, match=r"no cluster answers at 127\.0\.0\.1:1 .*: start one"),
        ray_cluster.RayCluster("127.0.0.1:1"),
    ):
        pass


@pytest.mark.usefixtures("no_ray")
@pytest.mark.parametrize("address", ["here", "ray://10.0.0.1:10001", "10.0.0.1:", "host:port"])
def test_an_address_that_is_none(address: str) -> None:
    with (
        pytest.raises(UsageError, match="expected auto, or HOST:PORT of the head"),
        ray_cluster.RayCluster(address),
    ):
        pass


@pytest.mark.usefixtures("no_ray")
def test_numbers_that_cannot_be() -> None:
    for given in ({"threads": 0}, {"workers": 0}, {"gpu_share": 0.0}, {"gpu_share": float("nan")}):
        with pytest.raises(UsageError, match="expected"):
            ray_cluster.RayCluster("auto", **given)  # type: ignore[arg-type]


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"pip install 'glyphlab\[cluster\]', or use --workers"):
        ray_cluster.RayCluster("auto")
