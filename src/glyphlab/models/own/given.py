"""Models from outside, where they are used: found again by their digest, and watched."""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from torch import Tensor, nn

from glyphlab._common.errors import RecipeError, RunError
from glyphlab._common.progress import note
from glyphlab._common.seeds import seed_for
from glyphlab.models.nets.base import Net
from glyphlab.models.nets.build import NetPlan
from glyphlab.models.own.source import RANDOM, described
from glyphlab.models.sklearn.pixel_scaling import PixelScaler
from glyphlab.models.sklearn.skops_files import to_bytes, unreadable_types
from glyphlab.recipes.own_model import CustomModel

__all__ = [
    "OwnNet",
    "build_own",
    "fitted_own",
    "given",
    "lost_when_kept",
    "object_of",
    "own_failed",
    "random_state_kept",
]

_GIVEN: dict[str, Any] = {}
_LOST: dict[str, list[str]] = {}
_SAID: set[tuple[str, str]] = set()


def given(name: str, thing: Any, where: str | None = None) -> CustomModel:
    """Describe a model from outside, and keep it for the trainings of this process.

    Parameters and errors are those of `glyphlab.models.own.source.described`.
    """
    custom = described(name, thing, where)
    _GIVEN[custom.source] = thing
    return custom


def object_of(custom: CustomModel) -> Any:
    """Return the model of a recipe.

    It is the one that was given to this process, or stands in a module that is imported already: a
    recipe, which may be a stranger's, is no reason to import anything.

    Raises
    ------
    RunError
        Where there is none, or its source is another by now.
    """
    if custom.source in _GIVEN:
        return _GIVEN[custom.source]
    if custom.where is None:
        raise RunError(
            f"'{custom.name}' was made in a program or a notebook, and cannot be imported: put it "
            "into a module, and compare it as package.module:name"
        )
    module, _, path = custom.where.partition(":")
    found: Any = sys.modules.get(module)
    if found is None:
        raise RunError(
            f"'{custom.name}' is {custom.where}, which is not imported: import {module} first, or "
            f"name it with --model {custom.where}"
        )
    for step in path.split("."):
        found = getattr(found, step, None)
    if found is None or described(custom.name, found, custom.where).source != custom.source:
        raise RunError(
            f"{custom.where} has another source than when '{custom.name}' was trained: bring that "
            "source back, or train it again"
        )
    return found


def build_own(plan: NetPlan) -> Net:
    """Build a net from outside, and see that it reads such images.

    Raises
    ------
    RecipeError
        Where it cannot be made, has no weights, or gives something else than finite logits of the
        right shape.
    """
    custom = plan.custom
    assert custom is not None, "the recipe's own validation sees to it"
    make, name = object_of(custom), custom.name
    seed = int(torch.randint(2**62, (1,), generator=plan.generator))
    shape = plan.height, plan.width
    with random_state_kept(name, seed), own_failed(f"net '{name}'", f"made for images of {shape}"):
        net = make(shape, plan.heads, plan.classes)
    if not isinstance(net, nn.Module):
        raise RecipeError(
            f"net '{name}' was made as a {type(net).__name__}, expected a torch.nn.Module: return "
            "one from the function"
        )
    if not any(p.requires_grad for p in net.parameters()):
        raise RecipeError(f"net '{name}' has no weights to train: give it a layer that has some")
    own = OwnNet(name, net, plan.heads, plan.classes).eval()
    noise = torch.rand(2, 1, *shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = own(noise)
    if not torch.isfinite(logits).all():
        raise RecipeError(
            f"net '{name}' gives {logits[~torch.isfinite(logits)][0].item()} for an image of "
            "noise, before it is trained: look for a division by zero or a logarithm of one"
        )
    return own.train()


class OwnNet(Net):
    """A net from outside: float images in 0..1 go in, and what comes out is looked at.

    Parameters
    ----------
    name : str
    net : torch.nn.Module
    heads, classes : int
        Shape of its logits.
    """

    def __init__(self, name: str, net: nn.Module, heads: int, classes: int) -> None:
        super().__init__()
        self.name, self.net, self.heads, self.classes = name, net, heads, classes

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Move it, by itself or within another net.

        Its weights keep their layout, since it may view what they give.
        """

        def kept(weight: Tensor) -> Tensor:
            moved = fn(weight)
            if moved.shape != weight.shape or moved.stride() == weight.stride():
                return moved
            return torch.empty_like(weight, dtype=moved.dtype, device=moved.device).copy_(moved)

        super()._apply(kept, recurse)  # type: ignore[no-untyped-call]
        return self

    def draw_masks(self, count: int, generator: torch.Generator) -> list[Tensor]:
        """Draw the seed of what is random in it, such as its own dropout: a copy an image."""
        return [torch.randint(2**62, (1,), generator=generator).expand(count)]

    def forward(self, images: Tensor, masks: Sequence[Tensor] = ()) -> Tensor:
        """Map images ``(n, 1, H, W)`` to logits ``(n, heads, classes)``."""
        pixels = images.float() / 255 if images.dtype == torch.uint8 else images.float()
        seed = int(masks[0][0]) if len(masks) else 0
        what = f"given images of {tuple(images.shape)}"
        with random_state_kept(self.name, seed), own_failed(f"net '{self.name}'", what):
            logits: Any = self.net(pixels.contiguous(memory_format=torch.contiguous_format))
        expected = (len(images), self.heads, self.classes)
        found = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        if found != expected:
            raise RecipeError(
                f"net '{self.name}' gives {found} for {len(images)} images, expected logits of "
                f"{expected}, images × heads × classes: end it with .view(-1, heads, classes)"
            )
        checked: Tensor = logits
        return checked


def _states(keys: Sequence[str], random_state: int) -> dict[str, int]:
    """Return a number for each open ``random_state``: parts of an estimator draw on their own."""
    if len(keys) == 1:
        return {keys[0]: random_state}
    return {
        key: random_state if key == RANDOM else seed_for(random_state, key) % 2**32 for key in keys
    }


def fitted_own(
    custom: CustomModel, random_state: int, flat: NDArray[Any], targets: NDArray[np.int64]
) -> Pipeline:
    """Return a pipeline around an estimator from outside, fitted to flat images.

    Parameters
    ----------
    custom : CustomModel
    random_state : int
        What its chance is drawn from, wherever its parameters leave that open.
    flat : (n, pixels) array
    targets : (n,) int64

    Raises
    ------
    RecipeError
        Where it fails, or its probabilities are none.
    """
    model = clone(object_of(custom))
    open_states = [
        key
        for key, value in model.get_params().items()
        if key.rpartition("__")[2] == RANDOM and value is None
    ]
    model.set_params(**_states(open_states, random_state))
    pipeline = Pipeline([("pixels", PixelScaler()), ("classify", model)])
    what = f"fitted to {len(flat):,} images"
    with random_state_kept(custom.name, random_state), own_failed(f"'{custom.name}'", what):
        pipeline.fit(flat, targets)
        found = np.asarray(pipeline.predict_proba(flat[:2]))
        expected = (len(flat[:2]), len(pipeline.classes_))
    if found.shape != expected or not np.isfinite(found).all():
        raise RecipeError(
            f"'{custom.name}' gives {found.tolist()} as probabilities of {expected[0]} images, "
            f"expected finite numbers of shape {expected}: look at its predict_proba"
        )
    return pipeline


def lost_when_kept(custom: CustomModel, pixels: int) -> list[str]:
    """Return the types of an estimator, once fitted, that no file of a run is read back with.

    A few images of noise tell, before it is trained; one that cannot be fitted to them has none.
    """
    if custom.source not in _LOST:
        noise = np.random.default_rng(0).integers(0, 256, (30, pixels), dtype=np.uint8)
        try:
            fitted = fitted_own(custom, 0, noise, np.arange(30) % 3)
        except RecipeError:
            return []
        _LOST[custom.source] = unreadable_types(to_bytes([fitted]))
    return _LOST[custom.source]


@contextlib.contextmanager
def own_failed(whose: str, what: str) -> Iterator[None]:
    """Turn whatever code from outside raises into one line."""
    try:
        yield
    except Exception as error:
        said = " ".join(str(error).split())
        raise RecipeError(
            f"{whose} failed when it was {what} ({type(error).__name__}: {said}): fix it there"
        ) from error


@contextlib.contextmanager
def random_state_kept(name: str, seed: int) -> Iterator[None]:
    """Give code from outside a global random state of its own, and put the old one back.

    All are begun by `seed`: layers draw their weights from torch's, and dropout its masks. What
    begins torch's anew, or draws from NumPy's or Python's, is told about once.
    """
    of_numpy, of_python = np.random.get_state(), random.getstate()  # noqa: NPY002
    np.random.seed(seed % 2**32)  # noqa: NPY002
    random.seed(seed)
    begun_numpy, begun_python = np.random.get_state(), random.getstate()  # noqa: NPY002
    on_card = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    devices = [torch.cuda.current_device()] if on_card else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        try:
            yield
        finally:
            changed = []
            if torch.initial_seed() != seed:
                changed.append("torch")
            if not _same(np.random.get_state(), begun_numpy):  # noqa: NPY002
                changed.append("NumPy")
            if random.getstate() != begun_python:
                changed.append("Python")
            np.random.set_state(of_numpy)  # noqa: NPY002
            random.setstate(of_python)
    for whose in changed:
        if (name, whose) not in _SAID:
            _SAID.add((name, whose))
            note(
                f"'{name}' changes the global random state of {whose}: it was put back; leave that "
                "to the seed of the training, or trainings of several seeds are not independent"
            )


def _same(one: Any, other: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
