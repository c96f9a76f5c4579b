"""Rounds of grouping, solving and training, in which the classes of symbols get better.

The first round groups symbols by their pixels. A net that learns what the groups count reads most
symbols that were in a wrong group, since their neighbours outvote it (`group_values`). Its
probabilities make better groups, those give better values, and so on. The classes of the round that
leaves least of the sums unexplained count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import TypeAdapter
from torch import nn

from glyphlab._common.progress import progress
from glyphlab._common.seeds import seed_for
from glyphlab.backends import working_seconds
from glyphlab.models.nets.cells_net import CellsNet
from glyphlab.models.strategies import Labels, Strategy
from glyphlab.models.strategies.multihead import MultiHead
from glyphlab.recipes import TrainingRecipe
from glyphlab.runs import Run
from glyphlab.runs.documents import typed, unreadable
from glyphlab.runs.engine import Engine
from glyphlab.tasks.labels import signs_of
from glyphlab.tasks.scenes.scene import Scene
from glyphlab.tasks.streams.streamed_images import StreamedImages
from glyphlab.training.batches import Pictures, as_epoch_data
from glyphlab.training.evaluation.inference import predict_probabilities
from glyphlab.training.trainers.gradient.estimated_classes.distinct_cells import (
    DistinctCells,
    distinct_cells,
)
from glyphlab.training.trainers.gradient.estimated_classes.group_values import (
    alike,
    flat_components,
    group_values,
)
from glyphlab.training.trainers.gradient.loop import fit_net

__all__ = [
    "FILE",
    "Estimated",
    "Rounds",
    "estimate_classes",
    "reader_of",
    "reason_against",
]

FILE = "classes.safetensors"
EPOCHS_SHARE = 3
"""The net of a round has a third of the training's epochs."""
SUMS_A_GROUP = (6, 16)
"""Sums for each group, at least: of groups by pixels, and by what a net reads."""
MEMBERS = 20
"""Distinct symbols for each group, on average, at least."""
LEAST = 1e-6
"""Probability below which a class is as unlikely as any."""
POOR = 0.6
"""Classes that miss sums by this share of what the mean misses them by say little."""
NEAR = 1 / 3
"""A value farther from every class is of a group that holds several: the round leaves it out."""


@dataclass(frozen=True)
class Rounds:
    """How the rounds went.

    Attributes
    ----------
    residuals : list of float
        Standard deviation of what the values of a round leave unexplained of a sum.
    seconds : float
        That they took together.
    engine : Engine
        What the training goes on with.
    """

    residuals: list[float]
    seconds: float
    engine: Engine


@dataclass(frozen=True)
class Estimated:
    """Symbols to train on.

    Attributes
    ----------
    pictures : callable
        From the number of an epoch to single symbols and their classes, in every epoch the same.
    strategy : MultiHead
        How a net learns the class of a single symbol.
    rounds : Rounds
    """

    pictures: Pictures
    strategy: MultiHead
    rounds: Rounds


_ROUNDS = TypeAdapter(Rounds)


def estimate_classes(
    run: Run,
    make: Callable[[int], nn.Module],
    strategy: Strategy,
    images: NDArray[np.uint8] | StreamedImages,
    labels: Labels,
    settings: TrainingRecipe,
    *,
    seed: int,
    engine: Engine,
    quiet: bool = False,
    report: Callable[[str], None] = lambda _text: None,
    note: Callable[[str], None] = lambda _text: None,
) -> Estimated:
    """Return the symbols of training images with the class that the images' labels say they have.

    What was found stays in the run folder, so that a training that is resumed has the same.

    Parameters
    ----------
    make : callable
        From the number of a round to a new net for these images.
    strategy : Strategy
        One that `reason_against` allows.
    images : (n, H, W) uint8, also streamed
    labels : (n, 1) int64
        The sums.
    settings : TrainingRecipe
        Its `estimate_classes` is the number of rounds. The nets of the rounds are trained as it
        says, but for a third of its epochs.
    engine : Engine
        What to train on. What was found before, perhaps on another engine, goes on with this one.
    report : callable
        Takes a sentence on each round.
    note : callable
        Takes a warning of classes that say little.

    Raises
    ------
    UsageError
        Where memory does not hold the distinct symbols.
    RunError
        Where what an earlier call left is damaged.
    """
    found = distinct_cells(images, strategy)
    there = (run.path / FILE).exists()
    if not there:
        _leave(run, found, make, strategy, labels, settings, seed, engine, quiet, report, note)
    rounds = typed(_ROUNDS, run.load_state(FILE), run.path / FILE)
    classes = run.load_tensors(FILE).get("classes", torch.empty(0)).numpy()
    if classes.shape != (len(found.cells),):
        raise unreadable(run.path / FILE, "classes of other symbols")
    rounds = replace(rounds, engine=engine) if there else rounds
    return Estimated(_pictures(found, classes), MultiHead(1, strategy.classes), rounds)


def _leave(
    run: Run,
    found: DistinctCells,
    make: Callable[[int], nn.Module],
    strategy: Strategy,
    labels: Labels,
    settings: TrainingRecipe,
    seed: int,
    engine: Engine,
    quiet: bool,
    report: Callable[[str], None],
    note: Callable[[str], None],
) -> None:
    """Go through the rounds, and write the classes of the best; -1 of a symbol that has none."""
    scene, symbols = _scene_of(strategy), strategy.classes
    signs = np.asarray(signs_of(scene.rule, scene.count, scene.signs), np.float64)
    sums = labels[:, 0].astype(np.float64)
    epochs = -(-settings.epochs // EPOCHS_SHARE)
    short = settings.model_copy(update={"epochs": epochs, "select": "last", "estimate_classes": 0})
    taught = MultiHead(1, symbols)
    residuals: list[float] = []
    started = working_seconds()
    classes = np.empty(0, np.int64)
    features = flat_components(found.cells, seed_for(seed, "components"))
    total = settings.estimate_classes
    with progress(total, f"{run.name}: classes of symbols", unit="round", quiet=quiet) as bar:
        for number in range(total):
            if number:
                net = reader_of(make(number))
                result = fit_net(
                    net, taught, _pictures(found, classes), short,
                    seed=seed_for(seed, "round", number), engine=engine,
                )  # fmt: skip
                engine = result.engine  # a step that cannot be captured is not tried again
                features = _read(net, taught, found.cells, engine)
            groups = _groups(features, len(sums), symbols, number > 0, seed_for(seed, "k", number))
            values = group_values(groups, found.where, signs, sums, symbols)
            residuals.append(values.residual)
            of_round = _classes(values.values, symbols)[groups]
            if values.residual == min(residuals):
                classes = of_round
            bar.advance(text=f"misses sums by {values.residual:.1f}")
            report(
                f"{run.name}: round {number + 1} of {total}: {len(values.values)} groups of "
                f"{len(of_round):,} different symbols, {(of_round < 0).mean():.0%} of the "
                f"symbols without a class; misses sums by {values.residual:.1f} (standard "
                "deviation)"
            )
    best, spread = min(residuals), float(sums.std())
    said = f"{run.name}: trains on the classes of round {residuals.index(best) + 1}"
    if best > POOR * spread:
        note(
            f"{said}, which miss sums by {best:.1f} where their mean misses them by {spread:.1f}: "
            "these say little of the symbols; train on more images, or on sums of fewer symbols"
        )
    else:
        report(said)
    seconds = working_seconds() - started
    rounds = {"residuals": residuals, "seconds": seconds, "engine": asdict(engine)}
    run.save_tensors(FILE, {"classes": torch.from_numpy(classes)}, rounds)


def _pictures(found: DistinctCells, classes: NDArray[np.int64]) -> Pictures:
    """Return what shows the symbols that have a class."""
    sure = np.flatnonzero(classes >= 0)
    shown = found.cells[sure], classes[sure].astype(np.int64)[:, None]
    return lambda _epoch: shown


def _groups(
    features: NDArray[np.float32], sums: int, symbols: int, read: bool, seed: int
) -> NDArray[np.int64]:
    most = min(sums // SUMS_A_GROUP[read], len(features) // MEMBERS)
    return alike(features, min(max(most, 2 * symbols), len(features)), seed)


def _classes(values: NDArray[np.float64], symbols: int) -> NDArray[np.int64]:
    """Return the class next to each value, -1 where none is near; next to all where none is."""
    within = values.clip(0, symbols - 1)
    classes = np.rint(within).astype(np.int64)
    far = np.abs(within - classes) > NEAR
    return classes if far.all() else np.where(far, -1, classes)


def _read(
    net: nn.Module, strategy: Strategy, cells: NDArray[np.uint8], engine: Engine
) -> NDArray[np.float32]:
    """Return what a net makes of each cell: log-probabilities ``(m, classes)`` less their mean."""
    data = as_epoch_data(cells, np.zeros((len(cells), 1), np.int64), strategy, engine.device)
    with engine.in_force():
        found = predict_probabilities(net, data, engine.precision)[:, 0]
    logs: NDArray[np.float32] = np.log(found.clip(LEAST))
    centred: NDArray[np.float32] = logs - logs.mean(1, keepdims=True)
    return centred


def reader_of(net: nn.Module) -> nn.Module:
    """Return what reads a single cell."""
    assert isinstance(net, CellsNet), "an image of one symbol has no rounds"
    return net.reader


def reason_against(strategy: Strategy) -> str | None:
    """Return why the classes of its symbols cannot be estimated; None where they can."""
    scene = getattr(strategy, "scene", None)
    if isinstance(scene, Scene) and strategy.supervision == "labels" and scene.count > 1:
        terms = scene.count // scene.digits
        if scene.digits == 1 and signs_of(scene.rule, terms, scene.signs) is not None:
            return None
    found = (
        f"the label rule '{scene.rule}'" if isinstance(scene, Scene) else "symbols without a scene"
    )
    if isinstance(scene, Scene):
        found += f", numbers of {scene.digits} digits" if scene.digits > 1 else ""
        found += ", one symbol" if scene.count == 1 else ""
    return (
        f"training.estimate_classes found {found}, expected images whose label is the sum or "
        "difference of several numbers of one digit: leave it out, or choose another task"
    )


def _scene_of(strategy: Strategy) -> Scene:
    scene = getattr(strategy, "scene", None)
    assert isinstance(scene, Scene), "the strategy was looked at before"
    return scene
