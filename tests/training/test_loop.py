"""The loop: the same bits from the same seed, whenever and however it was interrupted."""

from __future__ import annotations

import dataclasses
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save
from torch import nn

from glyphlab._common.errors import RunError, TrainingDiverged
from glyphlab._common.process import own_process
from glyphlab._common.seeds import torch_rng
from glyphlab.models import build_net, make_strategy
from glyphlab.optim.optimizers import build_optimizer
from glyphlab.recipes import TrainingRecipe
from glyphlab.recipes.classifier_presets import FAST_TRAINING
from glyphlab.runs.engine import Engine
from glyphlab.tasks import Scene
from glyphlab.training.batches import as_epoch_data
from glyphlab.training.checkpoint import recorded_engine, resumed, save_checkpoint
from glyphlab.training.engine_choice import engine_for
from glyphlab.training.selection import Selection
from glyphlab.training.trainers.gradient import loop
from glyphlab.training.trainers.gradient.loop import BatchPosition, FitResult, fit_net

pytestmark = pytest.mark.usefixtures("one_thread")

EPOCHS, STEPS = 2, 3


def drawn(seed: int, count: int = 20) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, (count, 2))
    images = rng.integers(0, 80, (count, 20, 40), dtype=np.uint8)
    for image, (left, right) in zip(images, labels, strict=True):
        image[4 * left : 4 * left + 5, 4:12] = 255
        image[4 * right : 4 * right + 5, 24:32] = 255
    return images, labels


PAIR = Scene("pair", 2, (20, 40), (20, 20), (0, 20), (0, 0))
"""Two symbols side by side, as strategies see them that read cells."""
IMAGES, LABELS = drawn(0)
VAL_IMAGES, VAL_LABELS = drawn(1)


@dataclasses.dataclass
class Fitted:
    net: nn.Module
    result: FitResult
    rows: list[dict[str, Any]]

    def same_as(self, other: Fitted) -> bool:
        mine, theirs = self.net.state_dict(), other.net.state_dict()
        return (
            all(torch.equal(mine[name], theirs[name]) for name in mine)
            and untimed(self.result.history) == untimed(other.result.history)
            and untimed(self.rows) == untimed(other.rows)
            and self.result.best_epoch == other.result.best_epoch
        )


def untimed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def fit(
    checkpoint: Path | None = None,
    *,
    seed: int = 0,
    strategy: str = "aligned",
    net: str = "fast",
    precision: str = "float32",
    resolved: bool = True,
    validate: bool = True,
    every: float = 1e9,
    redraw: bool = False,
    labels: NDArray[np.int64] = LABELS,
    layers: tuple[str, ...] = (),
    **settings: Any,
) -> Fitted:
    way = make_strategy(strategy, labels, 4, PAIR)
    built = build_net(
        net, height=20, width=40 // way.grid[1], heads=way.heads, classes=way.classes,
        head=way.head, cells=way.cells, channels=2, layers=layers,
        generator=torch_rng(seed, "init"),
    )  # fmt: skip
    chosen = {**FAST_TRAINING, "epochs": EPOCHS, "batch_size": 7, "augment": "roll", **settings}
    validation = None
    if validate:
        validation = (as_epoch_data(VAL_IMAGES, VAL_LABELS, way, "cpu"), VAL_LABELS)
    rows: list[dict[str, Any]] = []

    def pictures(epoch: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        return (np.roll(IMAGES, epoch, 2) if redraw else IMAGES), labels

    engine = None
    if resolved:
        begun = recorded_engine(checkpoint) if checkpoint else None
        engine = engine_for("cpu", precision, built, begun)
    result = fit_net(
        built, way, pictures, TrainingRecipe(**chosen), seed=seed, validation=validation,
        engine=engine, checkpoint=checkpoint, checkpoint_seconds=every, redrawn=redraw,
        on_epoch=rows.append,
    )  # fmt: skip
    return Fitted(built, result, rows)


def stored(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    with safe_open(path, framework="pt") as file:
        position = json.loads(file.metadata()["state"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    position["history"] = untimed(position["history"])
    del position["seconds"]
    return tensors, position


def same_checkpoint(one: Path, two: Path) -> bool:
    (tensors, position), (others, place) = stored(one), stored(two)
    return (
        position == place
        and tensors.keys() == others.keys()
        and all(torch.equal(tensors[name], others[name]) for name in tensors)
    )


class Killed(BaseException):
    """Nothing in the project catches this: the process might as well be gone."""


def stop_at(monkeypatch: pytest.MonkeyPatch, batch: int, stop: Callable[[], None]) -> None:
    """Call `stop` when so many batches are done."""
    real, done = loop.train_batch, [0]

    def counted(*args: Any) -> None:
        if stop is kill and done[0] == batch:
            stop()
        real(*args)
        done[0] += 1
        if stop is not kill and done[0] == batch:
            stop()

    monkeypatch.setattr(loop, "train_batch", counted)


def kill() -> None:
    raise Killed


def ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


WAYS: list[dict[str, Any]] = [
    {"strategy": "sum", "optimizer": "muon", "learning_rate": 0.02},
    {"strategy": "sequential", "label_smoothing": 0.0, "validate": False},
    {"augment": "warp", "patience": 2},
    {"optimizer": "muon", "learning_rate": 0.02},
    {"optimizer": "sgd", "strategy": "sliced", "redraw": True, "learning_rate": 0.05},
    {"precision": "bfloat16", "strategy": "multihead", "select": "last"},
    {"net": "triple-mnist-cnn", "strategy": "multihead", "optimizer": "adam", "augment": "none"},
    {"strategy": "whole", "schedule": "constant", "label_smoothing": 0.0, "validate": False},
    {
        "net": "layers",
        "layers": ("dropout 0.2", "dense 9", "dropout 0.5"),
        "strategy": "multihead",
        "optimizer": "nadam",
        "augment": "affine",
        "l1": 1e-4,
    },
    {
        "net": "layers",
        "layers": ("conv 4 3", "pool 2", "dropout 0.3", "dense 6"),
        "strategy": "multihead",
        "optimizer": "rmsprop",
        "learning_rate": 1e-3,
        "augment": "columns",
        "l2": 1e-2,
    },
    {
        "net": "layers",
        "layers": ("conv 3 3 same", "norm", "pool 4", "dropout 0.4"),
        "strategy": "sliced",
        "optimizer": "sgd",
        "momentum": 0.0,
        "learning_rate": 0.1,
    },
    {
        "net": "layers",
        "layers": ("dense 7", "dropout 0.5"),
        "strategy": "whole",
        "optimizer": "sgd",
        "momentum": 0.5,
        "nesterov": False,
        "learning_rate": 0.1,
    },
]


def name_of(way: dict[str, Any]) -> str:
    return "-".join(str(value) for value in way.values())


@pytest.mark.parametrize("way", WAYS, ids=name_of)
def test_same_seed_same_bits(way: dict[str, Any]) -> None:
    first = fit(**way)
    assert first.same_as(fit(**way))
    assert not first.same_as(fit(seed=1, **way))
    assert len(first.rows) == EPOCHS
    assert first.result.history == first.rows


@pytest.mark.parametrize("stop", [kill, ctrl_c], ids=["kill", "ctrl-c"])
@pytest.mark.parametrize("way", WAYS, ids=name_of)
def test_interrupted_at_every_batch(
    way: dict[str, Any],
    stop: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    undisturbed = fit(tmp_path / "whole", **way)
    every = 0.0 if stop is kill else 1e9  # a kill leaves no time to write; Ctrl-C does
    for batch in range(1, EPOCHS * STEPS):
        path = tmp_path / str(batch)
        with monkeypatch.context() as patch:
            stop_at(patch, batch, stop)
            with own_process(), pytest.raises(Killed if stop is kill else KeyboardInterrupt):
                fit(path, every=every, **way)
        position = stored(path)[1]
        assert position["epoch"] * STEPS + position["batch"] == batch
        assert fit(path, **way).same_as(undisturbed)
        assert same_checkpoint(path, tmp_path / "whole")


def test_killed_again_and_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    undisturbed = fit()
    for _ in range(EPOCHS * STEPS):
        with monkeypatch.context() as patch:
            stop_at(patch, 1, kill)
            try:
                last = fit(tmp_path / "checkpoint", every=0.0)
            except Killed:
                continue
    last = fit(tmp_path / "checkpoint")
    assert last.same_as(undisturbed)


def test_without_a_checkpoint_in_the_epoch_the_epoch_is_done_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patch:
        stop_at(patch, STEPS + 2, kill)
        with pytest.raises(Killed):
            fit(tmp_path / "checkpoint")
    assert stored(tmp_path / "checkpoint")[1]["epoch"] == 1
    assert fit(tmp_path / "checkpoint").same_as(fit())


def test_ctrl_c_while_validating_is_heard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = loop._validate

    def validate(*args: Any) -> dict[str, Any]:
        ctrl_c()
        return real(*args)

    handler = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "_validate", validate)
        with own_process(), pytest.raises(KeyboardInterrupt):
            fit(tmp_path / "checkpoint", epochs=1)
    assert signal.getsignal(signal.SIGINT) is handler
    assert stored(tmp_path / "checkpoint")[1]["epoch"] == 1
    assert fit(tmp_path / "checkpoint", epochs=1).same_as(fit(epochs=1))


def test_second_ctrl_c_does_not_wait(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def twice() -> None:
        ctrl_c()
        ctrl_c()

    stop_at(monkeypatch, 2, twice)
    with own_process(), pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "checkpoint")
    assert not (tmp_path / "checkpoint").exists()


@pytest.mark.parametrize("resolved", [True, False])
def test_precision_of_a_run_does_not_change(
    resolved: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whether the caller looks at what the run was begun on, or leaves it to the loop."""
    with monkeypatch.context() as patch:
        stop_at(patch, 2, ctrl_c)
        with own_process(), pytest.raises(KeyboardInterrupt):
            fit(tmp_path / "checkpoint", precision="bfloat16")
    taken_up = fit(tmp_path / "checkpoint", precision="float32", resolved=resolved)
    assert taken_up.result.engine.precision == "bfloat16"
    assert taken_up.same_as(fit(precision="bfloat16"))


@pytest.mark.parametrize("begun", [1, 2])
@pytest.mark.parametrize("net", ["layers", "triple-mnist-cnn"])
def test_threads_of_a_run_do_not_change(
    net: str, begun: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of plain torch and of compiled loops; both sum otherwise on another number of threads."""
    way: dict[str, Any] = {
        "net": net,
        "strategy": "multihead",
        "batch_size": 20,
        "augment": "none",
        "learning_rate": 0.03,
        "layers": ("conv 16 3", "norm", "pool 2", "dense 64") if net == "layers" else (),
    }

    def on(threads: int, path: Path | None = None) -> Fitted:
        torch.set_num_threads(threads)
        try:
            return fit(path, every=0.0, **way)
        finally:
            assert torch.get_num_threads() == threads
            torch.set_num_threads(1)

    undisturbed, other = on(begun), on(3 - begun)
    assert not undisturbed.same_as(other), "sums are not split here: the test would show nothing"
    with monkeypatch.context() as patch:
        stop_at(patch, 1, kill)
        with pytest.raises(Killed):
            on(begun, tmp_path / "checkpoint")
    resumed = on(3 - begun, tmp_path / "checkpoint")
    assert resumed.same_as(undisturbed)
    assert resumed.result.engine == undisturbed.result.engine
    assert resumed.result.engine.threads == begun


def test_best_epoch_is_what_the_net_holds() -> None:
    fitted = fit(epochs=6, learning_rate=0.03)
    scores = [row["val_exact_match"] for row in fitted.rows]
    assert fitted.result.best_epoch == 1 + int(np.argmax(scores))
    last = fit(epochs=6, learning_rate=0.03, select="last")
    assert last.result.best_epoch == 6
    assert untimed(last.rows) == untimed(fitted.rows)


def test_where_nothing_is_ever_right_the_latest_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "_validate", lambda *_: {"val_loss": 1.0, "val_exact_match": 0.0})
    assert fit(epochs=3).result.best_epoch == 3


def test_a_zero_after_a_good_epoch_replaces_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def judged(*scores: float) -> None:
        told = iter(scores)
        monkeypatch.setattr(
            loop, "_validate", lambda *_: {"val_loss": 1.0, "val_exact_match": next(told)}
        )

    judged(0.5, 0.6, 0.0, 0.0, 0.0)
    fitted = fit(epochs=6, patience=3)
    assert [row["epoch"] for row in fitted.rows] == [1, 2, 3, 4, 5]
    assert fitted.result.best_epoch == 2
    judged(0.5, 0.6)
    with monkeypatch.context() as patch:  # the kept weights are those of the second epoch
        stop_at(patch, 2 * STEPS, kill)
        with pytest.raises(Killed):
            fit(tmp_path / "checkpoint", epochs=6)
    tensors, position = stored(tmp_path / "checkpoint")
    assert position["selection"] == {
        "direction": "highest", "score": 0.6, "epoch": 2, "latest": 2,
    }  # fmt: skip
    mine = fitted.net.state_dict()
    assert all(torch.equal(tensors[f"best.{name}"], mine[name]) for name in mine)


@pytest.mark.parametrize("select", ["best", "last"])
def test_patience_ends_training(monkeypatch: pytest.MonkeyPatch, select: str) -> None:
    scores = iter([0.1, 0.5, 0.5, 0.4, 0.3, 0.9])
    monkeypatch.setattr(
        loop, "_validate", lambda *_: {"val_loss": 1.0, "val_exact_match": next(scores)}
    )
    fitted = fit(epochs=6, patience=3, select=select)
    assert len(fitted.rows) == 5
    assert fitted.result.best_epoch == (2 if select == "best" else 5)


def test_penalty_is_part_of_both_losses() -> None:
    way: dict[str, Any] = {
        "net": "layers", "layers": ("dense 5",), "strategy": "multihead", "augment": "none",
        "optimizer": "sgd", "learning_rate": 1e-9, "epochs": 1,
    }  # fmt: skip
    bare, heavy = fit(**way), fit(l1=0.01, l2=0.1, **way)
    kernels = [p for p in bare.net.parameters() if p.ndim > 1]
    penalty = sum(
        0.01 * float(k.detach().abs().sum()) + 0.1 * float(k.detach().square().sum())
        for k in kernels
    )
    assert penalty > 0.1
    for key in ("loss", "val_loss"):
        assert heavy.rows[0][key] - bare.rows[0][key] == pytest.approx(penalty, rel=1e-4)
    assert heavy.rows[0]["val_exact_match"] == bare.rows[0]["val_exact_match"]


def test_a_penalty_shrinks_the_kernels() -> None:
    way: dict[str, Any] = {
        "net": "layers", "layers": ("dense 5",), "strategy": "multihead", "augment": "none",
        "optimizer": "sgd", "learning_rate": 0.05, "epochs": 4, "momentum": 0.0,
    }  # fmt: skip
    size = {
        name: sum(float(p.detach().square().sum()) for p in fit(**way, **extra).net.parameters())
        for name, extra in {"bare": {}, "l1": {"l1": 0.05}, "l2": {"l2": 0.5}}.items()
    }
    assert size["l1"] < 0.8 * size["bare"]
    assert size["l2"] < 0.8 * size["bare"]


def test_loss_that_is_no_number(tmp_path: Path) -> None:
    with pytest.raises(TrainingDiverged) as caught:
        fit(tmp_path / "checkpoint", learning_rate=1e38, optimizer="sgd", every=0.0)
    message = str(caught.value)
    assert "\n" not in message
    assert "epoch 1, batch" in message
    assert "lower training.learning_rate" in message
    assert "precision" not in message  # it is float32 already
    with pytest.raises(TrainingDiverged, match=r"or --set training\.precision=float32$"):
        fit(learning_rate=1e38, optimizer="sgd", precision="bfloat16")
    left = tmp_path / "checkpoint"
    if left.exists():  # what was saved before is from before the loss broke
        assert all(np.isfinite(row["loss"]) for row in stored(left)[1]["history"])


def test_history_says_what_happened() -> None:
    fitted = fit(epochs=4, learning_rate=0.01, label_smoothing=0.0)
    assert [row["epoch"] for row in fitted.rows] == [1, 2, 3, 4]
    for row in fitted.rows:
        assert set(row) == {
            "epoch", "loss", "accuracy", "learning_rate", "seconds", "val_loss", "val_exact_match",
        }  # fmt: skip
        assert row["seconds"] > 0
    assert fitted.result.train_seconds == pytest.approx(sum(r["seconds"] for r in fitted.rows))
    assert fitted.rows[-1]["loss"] < fitted.rows[0]["loss"]
    assert fitted.rows[-1]["learning_rate"] < fitted.rows[0]["learning_rate"] <= 0.01


def test_global_generators_are_left_alone() -> None:
    before, numpys = torch.random.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    fit(augment="warp")
    assert torch.equal(torch.random.get_rng_state(), before)
    assert np.array_equal(np.random.get_state()[1], numpys)  # noqa: NPY002


# checkpoints by themselves


ENGINE = Engine("cpu", "float32", 2, "torch")


def trained_net() -> tuple[nn.Module, torch.optim.Optimizer]:
    net = build_net(
        "fast", height=8, width=8, heads=1, classes=3, head="flat", channels=2,
        generator=torch_rng(0, "init"),
    ).to(memory_format=torch.channels_last)  # fmt: skip
    optimizer = build_optimizer("adamw", net, rate=0.1, weight_decay=0.1)
    net(torch.rand(4, 1, 8, 8, generator=torch_rng(1))).square().sum().backward()
    optimizer.step()
    return net, optimizer


def loaded(
    path: Path, net: nn.Module, optimizer: torch.optim.Optimizer
) -> tuple[BatchPosition, dict[str, torch.Tensor] | None]:
    best: list[dict[str, torch.Tensor] | None] = []
    position = resumed(
        path,
        BatchPosition(engine=ENGINE),
        lambda tensors, _position: best.append(loop._put_back(tensors, net, optimizer)),
    )
    return position, best[0]


def test_checkpoint_round_trip(tmp_path: Path) -> None:
    net, optimizer = trained_net()
    best = {name: tensor + 1 for name, tensor in net.state_dict().items()}
    position = BatchPosition(
        engine=ENGINE, epoch=1, batch=3, loss_sum=0.1 + 0.2, correct=5, seen=6,
        selection=Selection("highest", 0.7, 1, 2), seconds=8.5,
        history=[{"epoch": 1, "loss": 1 / 3}],
    )  # fmt: skip
    save_checkpoint(tmp_path / "c", position, loop._tensors(net, optimizer, best))
    other = build_net(
        "fast", height=8, width=8, heads=1, classes=3, head="flat", channels=2,
        generator=torch_rng(9, "init"),
    ).to(memory_format=torch.channels_last)  # fmt: skip
    redraw = build_optimizer("adamw", other, rate=0.1, weight_decay=0.1)
    found, found_best = loaded(tmp_path / "c", other, redraw)
    assert found == position
    assert recorded_engine(tmp_path / "c") == ENGINE
    assert found_best is not None
    assert all(torch.equal(found_best[name], best[name]) for name in best)
    for mine, theirs in zip(net.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine, theirs)
        for key, value in optimizer.state[mine].items():
            assert torch.equal(value, redraw.state[theirs][key])
            assert value.stride() == redraw.state[theirs][key].stride()
    assert [file.name for file in tmp_path.iterdir()] == ["c"]


@pytest.mark.parametrize(
    "damage",
    [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"no" * 50],
    ids=["half", "empty", "else"],
)
def test_damaged_checkpoint(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    net, optimizer = trained_net()
    path = tmp_path / "checkpoint.safetensors"
    save_checkpoint(path, BatchPosition(engine=ENGINE), loop._tensors(net, optimizer, None))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(RunError, match="glyphlab runs rm"):
        loaded(path, net, optimizer)
    with pytest.raises(RunError, match="glyphlab runs rm"):
        recorded_engine(path)


def test_checkpoint_of_another_net(tmp_path: Path) -> None:
    net, optimizer = trained_net()
    tensors = loop._tensors(net, optimizer, None)
    save_checkpoint(tmp_path / "c", BatchPosition(engine=ENGINE), tensors)
    other = nn.Linear(2, 2)
    with pytest.raises(RunError, match="no checkpoint of this recipe"):
        loaded(tmp_path / "c", other, torch.optim.SGD(other.parameters(), lr=1.0))


@pytest.mark.parametrize(
    "position",
    [
        None, [], {}, {"epoch": None}, {"epoch": "1"}, {"epoch": 1.5}, {"epoch": 2}, {"epoch": -1},
        {"history": None}, {"history": [None]}, {"history": [{}]}, {"history": [{"epoch": 2}]},
        {"history": [{"epoch": 1, "seconds": "x"}]}, {"batch": -1}, {"seen": 0}, {"loss_sum": "x"},
        {"engine": None}, {"engine": {"device": "cpu"}}, {"selection": None},
    ],
)  # fmt: skip
def test_damaged_position(position: Any, tmp_path: Path) -> None:
    net, optimizer = trained_net()
    path = tmp_path / "checkpoint.safetensors"
    whole = BatchPosition(
        engine=ENGINE, epoch=1, batch=3, loss_sum=0.5, correct=5, seen=6,
        selection=Selection("highest", 0.7, 1, 1), seconds=8.5,
        history=[{"epoch": 1, "loss": 1 / 3}],
    )  # fmt: skip
    best = {name: tensor + 1 for name, tensor in net.state_dict().items()}
    save_checkpoint(path, whole, loop._tensors(net, optimizer, best))
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    wrong = {**dataclasses.asdict(whole), **position} if position else position
    path.write_bytes(save(tensors, {"state": json.dumps(wrong)}))
    with pytest.raises(RunError, match="glyphlab runs rm") as caught:
        loop._require_sound(path, loaded(path, net, optimizer)[0])
    assert "\n" not in str(caught.value)
