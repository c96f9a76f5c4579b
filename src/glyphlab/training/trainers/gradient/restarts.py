"""Several beginnings of one training, of which the best goes on.

What is learned from sums of long numbers may stay where it began and read none: of three trainings
for sums of fifteen digits one did. After an epoch the training loss tells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from pydantic import TypeAdapter
from torch import nn

from glyphlab._common.seeds import seed_for
from glyphlab.models.strategies import Strategy
from glyphlab.recipes import TrainingRecipe
from glyphlab.runs import Run
from glyphlab.runs.documents import typed, unreadable
from glyphlab.runs.engine import Engine
from glyphlab.training.batches import Pictures
from glyphlab.training.trainers.gradient.loop import fit_net

__all__ = ["FILE", "Start", "best_restart", "engine_kept"]

FILE = "start.safetensors"


@dataclass(frozen=True)
class Start:
    """How a training began.

    Attributes
    ----------
    losses : list of float
        Training loss of each beginning, the mean over its one epoch.
    seconds : float
        That they took together.
    engine : Engine
        What the training goes on with.
    """

    losses: list[float]
    seconds: float
    engine: Engine


_START = TypeAdapter(Start)
_ENGINE = TypeAdapter(Engine)


def best_restart(
    run: Run,
    net: nn.Module,
    make: Callable[[int], nn.Module],
    strategy: Strategy,
    pictures: Pictures,
    settings: TrainingRecipe,
    *,
    seed: int,
    engine: Engine,
    redrawn: bool,
    report: Callable[[str], None] = lambda _text: None,
) -> Start:
    """Train `settings.restarts` nets for an epoch each, and give `net` the best one's weights.

    The beginnings stay in the run folder, so that a training that is resumed begins where it
    began. An epoch of a beginning has a schedule of its own; the training proper starts its own
    from the first step.

    Parameters
    ----------
    net : torch.nn.Module
    make : callable
        From the number of a beginning to a new net with weights of its own.
    engine : Engine
        What to train on. What was trained before, perhaps on another engine, goes on with this one.
    report : callable
        Takes a sentence on how they went.
    """
    there = (run.path / FILE).exists()
    if not there:
        short = settings.model_copy(
            update={"epochs": 1, "patience": None, "select": "last", "restarts": 1}
        )
        losses: list[float] = []
        seconds, weights = 0.0, {}
        for number in range(settings.restarts):
            one = make(number)
            result = fit_net(
                one, strategy, pictures, short, seed=seed_for(seed, "start", number),
                engine=engine, redrawn=redrawn,
            )  # fmt: skip
            engine = result.engine  # a step that cannot be captured is not tried again
            losses.append(float(result.history[-1]["loss"]))
            seconds += result.train_seconds
            if losses[-1] == min(losses):
                weights = {name: t.detach().clone() for name, t in one.state_dict().items()}
        begun = {"losses": losses, "seconds": seconds, "engine": asdict(engine)}
        run.save_tensors(FILE, weights, begun)
        said = ", ".join(f"{loss:.4f}" for loss in losses)
        report(f"{run.name}: trained {settings.restarts} nets, losses {said}: the lowest continues")
    start = typed(_START, run.load_state(FILE), run.path / FILE)
    try:
        net.load_state_dict(run.load_tensors(FILE))
    except RuntimeError as error:
        raise unreadable(run.path / FILE, "weights of another net") from error
    return replace(start, engine=engine) if there else start


def engine_kept(run: Run, file: str) -> Engine | None:
    """Return what the work that left a file in a run was done on; None where there is none yet.

    Raises
    ------
    RunError
        Where the file is damaged.
    """
    if not (run.path / file).exists():
        return None
    return typed(_ENGINE, run.load_state(file).get("engine"), run.path / file)
