"""A frozen classifier of ours that says what samples show: its hash stands beside every figure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glyphlab.compose.scene_recipe import SceneRecipe
from glyphlab.errors import JudgeMismatch, RunError
from glyphlab.files import write_json
from glyphlab.gan.recipe import GanRecipe
from glyphlab.models.cells import grid_of
from glyphlab.models.registry import FAST_TRAINING
from glyphlab.models.strategies import Strategy
from glyphlab.progress import note
from glyphlab.runs import Run
from glyphlab.train import Recipe, TaskRecipe, train
from glyphlab.train.batches import parts_of
from glyphlab.train.identity import identified
from glyphlab.train.predicting import load_net, load_strategy

__all__ = [
    "Judge",
    "Judged",
    "judge_recipe",
    "judged_by",
    "keep_to_judge",
    "load_judge",
    "train_judge",
]

CHUNK = 512
JUDGED_BY = "judge.json"
SCHEMA = 1
PER_LABEL = 30
"""Most images a label that a judge of several symbols is trained on."""
IMAGES = 30_000
"""Most images that a judge of a scene of one's own is trained on."""


@dataclass(frozen=True)
class Judged:
    """What a judge says of images.

    Attributes
    ----------
    features : (n, d) float32
        What its last layer reads.
    labels : (n, k) int64
    confidence : (n,) float32
        Probability of the label, the product over positions.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]
    confidence: NDArray[np.float32]


@dataclass(frozen=True)
class Judge:
    """A frozen classifier.

    Attributes
    ----------
    run : str
        Name of its run.
    hash : str
        First twelve hexadecimal digits of the SHA-256 of its weights.
    accuracy : float
        Exact match on its task's test images.
    classes, positions : int
        Of the symbols on an image.
    """

    run: str
    hash: str
    accuracy: float
    classes: int
    positions: int
    _net: nn.Module = field(repr=False)
    _strategy: Strategy = field(repr=False)

    def __call__(self, images: NDArray[np.uint8]) -> Judged:
        """Judge images ``(n, H, W)``, in float32 whatever else is multiplied in."""
        kept: list[tuple[Tensor, Tensor]] = []
        hook = self._net.get_submodule("out").register_forward_hook(
            lambda _module, given, out: kept.append((given[0], out))
        )
        self._net.eval()
        try:
            with torch.no_grad(), torch.autocast("cpu", enabled=False):
                for start in range(0, len(images), CHUNK):
                    parts = parts_of(images[start : start + CHUNK], self._strategy)
                    self._net(parts.unsqueeze(1))
        finally:
            hook.remove()
        features = torch.cat([one.reshape(one.shape[0], -1) for one, _ in kept])
        best, labels = torch.cat([out for _, out in kept]).softmax(-1).max(-1)
        return Judged(features.numpy(), labels.numpy(), best.prod(-1).numpy())

    def require(self, expected: str) -> None:
        """Insist that it is the judge with this hash.

        Raises
        ------
        JudgeMismatch
            Where it is another: their numbers cannot stand beside each other.
        """
        if self.hash != expected:
            raise JudgeMismatch(
                f"the judge {self.run} has hash {self.hash}, and this training was judged by "
                f"{expected}: name that judge with --judge, or begin again with another --out"
            )


def judge_recipe(task: TaskRecipe) -> Recipe:
    """Return the recipe of the judge of a task: the fast net with one shared head on cells.

    Raises
    ------
    RecipeError
        For a scene of one's own whose symbols do not stand in rows and columns.
    """
    whole = task.name != "single"
    own = {} if task.scene is None else _symbols_of(task, task.scene)
    return Recipe.from_mapping(
        {
            "name": "judge",
            "task": {
                **task.model_dump(),
                "labels": "shared" if whole else None,  # it reads labels that a generator never saw
                "glyphs": None,
                "as_published": False,
                "per_label": min(task.per_label or PER_LABEL, PER_LABEL) if whole else None,
                **own,
                "train_images": None,
                "per_class": None,
                "replaced": None,
                "withhold_test": False,
                "seed": 0,
                "square": 0,
            },
            "model": {"strategy": "aligned", "net": "fast", "channels": 32},
            "training": {**FAST_TRAINING, "epochs": 4, "optimizer": "muon"},
            "seed": 1_000,
        },
        "judge",
    )


def _symbols_of(task: TaskRecipe, scene: SceneRecipe) -> dict[str, Any]:
    """Return the keys of a scene of one's own, whatever its label, whose symbols are to be read."""
    grid_of(scene.named(task.name), cut=False)
    images = None if task.per_label or task.once else min(task.images or IMAGES, IMAGES)
    return {
        "scene": {**scene.model_dump(), "rule": "digits", "digits": 1, "signs": ()},
        "per_label": task.per_label and min(task.per_label, PER_LABEL),
        "images": images,
    }


def train_judge(
    task: TaskRecipe, root: Path, *, quiet: bool = False, data_dir: str | Path | None = None
) -> Judge:
    """Train the judge of a task, or load the one that was trained before."""
    recipe = judge_recipe(task)
    path = identified(recipe, root).path_in(root)
    if not quiet and not (path / "done").exists():
        note(f"a judge is trained first, on real images, once for what is in {root}")
    return load_judge(train(recipe, root, quiet=quiet, data_dir=data_dir))


def load_judge(run: Run) -> Judge:
    """Return the judge that a finished run left.

    Raises
    ------
    RunError
        Where the run's net has no shared head, whose input are the features.
    """
    recipe = Recipe.from_mapping(run.recipe, str(run.path))
    if recipe.model.net != "fast" or recipe.model.strategy != "aligned":
        raise RunError(
            f"{run.name} is a '{recipe.model.strategy}' of net '{recipe.model.net}', and a judge "
            "is an 'aligned' of net 'fast': leave --judge out to have one trained"
        )
    tensors = run.load_tensors("model.safetensors")
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode() + tensors[name].contiguous().numpy().tobytes())
    state = run.summary["strategy_state"]
    return Judge(
        run.name,
        digest.hexdigest()[:12],
        float(run.summary["metrics"]["exact_match"]),
        int(state["symbols"]),
        int(state["positions"]),
        load_net(run),
        load_strategy(run),
    )


def judged_by(recipe: GanRecipe, judge: Judge | None) -> GanRecipe:
    """Return the recipe with the hash of a judge that was chosen.

    Raises
    ------
    JudgeMismatch
        Where the recipe names another, or names one and none was given.
    """
    named = recipe.evaluation.judge
    if judge is None:
        if named is not None:
            raise JudgeMismatch(
                f"the recipe names the judge with hash {named}, and none was given: name its run "
                "with --judge, or leave evaluation.judge out"
            )
        return recipe
    if named is not None:
        judge.require(named)
    evaluation = recipe.evaluation.model_copy(update={"judge": judge.hash})
    return recipe.model_copy(update={"evaluation": evaluation})


def keep_to_judge(run: Run, judge: Judge) -> None:
    """Write down which judge a run begins with, or insist on the one that it began with.

    Raises
    ------
    JudgeMismatch
        Where that was another.
    """
    path = run.path / JUDGED_BY
    if path.exists():
        judge.require(str(json.loads(path.read_text(encoding="utf-8"))["hash"]))
    else:
        write_json(path, {"schema": SCHEMA, "hash": judge.hash, "run": judge.run})
