"""A frozen classifier of ours that says what samples show: its hash stands beside every figure."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glyphlab._common.errors import ReferenceMismatch, RunError
from glyphlab._common.files import write_json
from glyphlab.models.strategies import Strategy
from glyphlab.recipes import GeneratorRecipe, Recipe
from glyphlab.recipes.reference import reference_recipe
from glyphlab.runs import Run
from glyphlab.runs.documents import read_json
from glyphlab.training.batches import parts_of
from glyphlab.training.evaluation.loaded_models import load_net, load_strategy

__all__ = [
    "ReferenceClassifier",
    "ReferencePredictions",
    "find_reference",
    "keep_to_reference",
    "load_reference",
    "require_reference",
    "weights_hash",
    "with_reference",
]

CHUNK = 512
REFERENCE = "reference.json"
SCHEMA = 1


@dataclass(frozen=True)
class ReferencePredictions:
    """What a reference classifier says of images.

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
class ReferenceClassifier:
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

    def __call__(self, images: NDArray[np.uint8]) -> ReferencePredictions:
        """Classify images ``(n, H, W)``, in float32 whatever else is multiplied in."""
        device = next(self._net.parameters()).device.type
        kept: list[tuple[Tensor, Tensor]] = []
        hook = self._net.get_submodule("out").register_forward_hook(
            lambda _module, given, out: kept.append((given[0], out))
        )
        self._net.eval()
        try:
            with torch.no_grad(), torch.autocast(device, enabled=False), _whole_float32(device):
                for start in range(0, len(images), CHUNK):
                    parts = parts_of(images[start : start + CHUNK], self._strategy)
                    self._net(parts.to(device).unsqueeze(1))
        finally:
            hook.remove()
        features = torch.cat([one.reshape(one.shape[0], -1) for one, _ in kept]).cpu()
        best, labels = torch.cat([out for _, out in kept]).cpu().softmax(-1).max(-1)
        return ReferencePredictions(features.numpy(), labels.numpy(), best.prod(-1).numpy())

    def on(self, device: str) -> Self:
        """Return it, moved to a device: on a GPU it takes no time beside the training."""
        self._net.to(device)
        return self

    def require(self, expected: str) -> None:
        """Insist that it is the reference classifier with this hash.

        Raises
        ------
        ReferenceMismatch
            Where it is another: their numbers cannot stand beside each other.
        """
        if self.hash != expected:
            raise ReferenceMismatch(
                f"the reference classifier {self.run} has hash {self.hash}, and this training was "
                f"evaluated by {expected}: name that one with --reference, or begin again with "
                "another --out"
            )


@contextlib.contextmanager
def _whole_float32(device: str) -> Iterator[None]:
    """Let convolutions on a GPU multiply all bits, so that figures do not hang on the device."""
    before = torch.backends.cudnn.allow_tf32
    if device == "cuda":
        torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        if device == "cuda":
            torch.backends.cudnn.allow_tf32 = before


def load_reference(run: Run) -> ReferenceClassifier:
    """Return the reference classifier that a finished run left.

    Raises
    ------
    RunError
        Where the run's net has no shared head, whose input are the features.
    """
    recipe = Recipe.from_mapping(run.recipe, str(run.path))
    found, usual = recipe.model, reference_recipe(recipe.task).model
    if (found.strategy, found.net) != (usual.strategy, usual.net):
        raise RunError(
            f"{run.name} is a '{found.strategy}' of net '{found.net}', and a "
            f"reference classifier is an '{usual.strategy}' of net '{usual.net}': leave "
            "--reference out to have "
            "one trained"
        )
    summary = run.classifier_summary
    return ReferenceClassifier(
        run.name,
        weights_hash(run),
        summary.metrics.exact_match,
        summary.strategy_state.symbols,
        summary.strategy_state.positions,
        load_net(run),
        load_strategy(run),
    )


def with_reference(recipe: GeneratorRecipe, reference: ReferenceClassifier) -> GeneratorRecipe:
    """Return the recipe with the hash of a reference classifier that was chosen.

    Raises
    ------
    ReferenceMismatch
        Where the recipe names another.
    """
    if recipe.evaluation.reference_classifier is not None:
        reference.require(recipe.evaluation.reference_classifier)
    evaluation = recipe.evaluation.model_copy(update={"reference_classifier": reference.hash})
    return recipe.model_copy(update={"evaluation": evaluation})


def find_reference(named: str | None, at_hand: Sequence[Run], root: Path) -> ReferenceClassifier:
    """Return the reference classifier that a recipe names by its hash, or the one that it requires.

    Parameters
    ----------
    named : str, optional
        As ``evaluation.reference_classifier`` of a recipe; without it the last run at hand is
        taken.
    at_hand : sequence of Run
        Finished runs: what the recipe requires, and what the caller gave.
    root : Path
        Folder of run folders; one of them may be it.

    Raises
    ------
    ReferenceMismatch
        Where no run is the one that is named.
    """
    if named is None:
        return load_reference(at_hand[-1])
    for run in at_hand:
        if weights_hash(run) == named:
            return load_reference(run)
    for path in sorted(root.glob("*/model.safetensors")):
        if (path.parent / "done").exists() and weights_hash(run := Run.load(path.parent)) == named:
            return load_reference(run)
    raise ReferenceMismatch(
        f"the recipe names the reference classifier with hash {named}, and no run in {root} has "
        "it: name its run with --reference, or leave evaluation.reference_classifier out"
    )


def weights_hash(run: Run) -> str:
    """Return the first twelve hexadecimal digits of the SHA-256 of a run's weights."""
    tensors = run.load_tensors("model.safetensors")
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode() + tensors[name].contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]


def require_reference(folder: Path, reference: ReferenceClassifier) -> None:
    """Insist that a run, if it has begun, began with this reference classifier.

    Raises
    ------
    ReferenceMismatch
        Where that was another.
    """
    path = folder / REFERENCE
    if path.exists():
        reference.require(str(read_json(path).get("hash")))


def keep_to_reference(run: Run, reference: ReferenceClassifier) -> None:
    """Write down the reference classifier that a run begins with, or insist on it.

    Raises
    ------
    ReferenceMismatch
        Where that was another.
    """
    require_reference(run.path, reference)
    if not (run.path / REFERENCE).exists():
        write_json(
            run.path / REFERENCE, {"schema": SCHEMA, "hash": reference.hash, "run": reference.run}
        )
