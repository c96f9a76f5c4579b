"""The generators that are known by name: our own, and the reports'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from glyphlab._common.errors import UnknownName, UsageError, look_up
from glyphlab.recipes.generator import GanRecipe
from glyphlab.recipes.overrides import apply_overrides, override_key
from glyphlab.tasks.scenes.scene_file import is_scene_file
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = [
    "GanEntry",
    "gan_entry",
    "gan_recipe",
    "has_one_symbol",
    "list_gans",
    "task_recipe",
]

TASKS = ("digits", "mnist", "fashion-mnist", "triple")

KERAS_ADAM = MappingProxyType(
    {"rate": 2e-4, "beta1": 0.5, "beta2": 0.999, "epsilon": 1e-7, "cooldown": 0.0, "average": 0.0}
)
"""Adam as the reports set it, Keras's epsilon, and the weights as they are at the end."""
TUTORIALS_EPOCH = 234 * 128
"""Real images of an epoch as a well-known tutorial counts: 60,000 over a batch of 256, half of it
made."""
DIGITS = 20_000
"""Images that a training on the embedded digits shows at most: it has 1,797, and they are easy."""
FEW = 20_000
"""Images between two looks at samples where the real ones are few."""
READ = MappingProxyType({"auxiliary": 0.3})
"""The symbol is to be readable as well: samples are as asked much sooner with it than without."""
PLAIN = MappingProxyType({"loss": "non-saturating", "penalty": "none", "fresh": True})


@dataclass(frozen=True)
class GanEntry:
    """A generator by name.

    Attributes
    ----------
    name, about : str
    nets, play : mapping
        What it sets of a recipe's ``nets`` and ``play``.
    pictures : str
        What it draws.
    several : bool
        Whether it is for images of several symbols.
    """

    name: str
    about: str
    nets: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    play: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    pictures: str = "images"
    several: bool = False


def _dcgan(name: str, about: str, latent: int, **play: Any) -> GanEntry:
    training = {
        **KERAS_ADAM, **PLAIN, "batch": 128, "generator_batch": 256,
        "images": 100 * TUTORIALS_EPOCH, "epoch": TUTORIALS_EPOCH // 3, **play
    }  # fmt: skip
    nets = {"family": "dcgan", "latent": latent, "conditional": False}
    return GanEntry(name, about, MappingProxyType(nets), MappingProxyType(training))


def _triple(name: str, about: str, steps: int, **play: Any) -> GanEntry:
    """Return a recipe of `triple-mnist`, whose epochs are steps of the generator."""
    family = name.partition("-")[0]
    training = {
        **KERAS_ADAM,
        **PLAIN,
        "batch": 64,
        "discriminator_steps": 0,
        "smoothing": 0.2,
        **play,
    }
    shown = training["batch"] * max(1, training["discriminator_steps"])
    training |= {"images": steps * shown, "epoch": 100 * shown}
    nets = {"family": family, "latent": 100, "conditional": False}
    return GanEntry(
        name, about, MappingProxyType(nets), MappingProxyType(training),
        pictures="strips" if family == "strip" else "images", several=True,
    )  # fmt: skip


_ENTRIES = (
    GanEntry(
        "small",
        "our default: a small pair that is told the symbol, and cannot run away",
        play=READ,
    ),
    _dcgan("dcgan", "the report's DCGAN, 100 latent numbers", 100),
    _dcgan("dcgan-70", "the same with 70 latent numbers", 70),
    _dcgan("dcgan-smooth", "with 70, and targets smoothed by 0.9", 70, smoothing=0.9),
    GanEntry(
        "dense",
        "a perceptron each",
        MappingProxyType({"family": "dense", "latent": 100, "conditional": False}),
        MappingProxyType({**KERAS_ADAM, **PLAIN, "batch": 128, "images": 3_000_000}),
    ),
    GanEntry(
        "composed",
        "our default for several symbols: a generator of one, and the scene",
        play=MappingProxyType({**READ, "epoch": 50_000}),
        pictures="symbols",
        several=True,
    ),
    GanEntry(
        "whole",
        "our pair on whole images of several symbols: no structure at all",
        # slower than one symbol's pair, and penalised a hundred times as hard: a discriminator of
        # 84×84 pixels is soon sure otherwise, and what is drawn stays background
        MappingProxyType({"conditional": False, "width": 16, "start": "mean"}),
        MappingProxyType(
            {"images": 100_000, "epoch": 10_000, "batch": 32, "rate": 2e-4, "beta1": 0.5,
             "strength": 100.0}
        ),
        several=True,
    ),
    _triple("strip", "the report's GAN of one symbol on a strip, as Keras 3 ran it", 2_000),
    _triple("strip-taught", "the same with a discriminator that learns", 2_000,
            discriminator_steps=2),
    _triple("canvas", "the report's GAN of whole images of three symbols, as Keras 3 ran it",
            3_000),
)  # fmt: skip
_BY_NAME = {entry.name: entry for entry in _ENTRIES}


def list_gans() -> tuple[GanEntry, ...]:
    """Return every generator, in the order they are told about."""
    return _ENTRIES


def gan_entry(name: str) -> GanEntry:
    """Return a generator by name.

    Raises
    ------
    UnknownName
        With the nearest right name.
    """
    return look_up("generator", name, _BY_NAME)


def task_recipe(name: str, data: str | None = None) -> TaskRecipe:
    """Return the task that a generator is trained on, by the name of its images.

    Parameters
    ----------
    name : {'digits', 'mnist', 'fashion-mnist', 'triple'} or path
        A source of single symbols, three of them side by side, or a scene file.
    data : str, optional
        Source of the symbols of ``'triple'`` and of a scene; MNIST by default.

    Raises
    ------
    UnknownName
        For a name that is neither, and no folder.
    UsageError
        For a source of what is a source itself.
    SceneError
        For a scene file that cannot be.
    """
    if is_scene_file(name):
        return TaskRecipe.of(name, data=data or "mnist", square=0)
    if name == "triple":
        return TaskRecipe(name="triple", data=data or "mnist", square=0)
    if data is not None:
        raise UsageError(f"--data is for TASK 'triple' and scenes: '{name}' is a source itself")
    if name not in TASKS and not Path(name).is_dir():
        raise UnknownName("task of a generator", name, TASKS)
    return TaskRecipe(name="single", data=name, square=0)


def has_one_symbol(task: TaskRecipe) -> bool:
    """Return whether each image of a generator's task shows a single symbol."""
    scene = task.own_scene
    return task.name == "single" if scene is None else scene.count == 1


def gan_recipe(
    name: str, task: TaskRecipe, *, seed: int = 0, overrides: Iterable[str] = ()
) -> GanRecipe:
    """Return the recipe of a generator on a task; on embedded digits a short one.

    Raises
    ------
    UnknownName
        For a name that is none.
    UsageError
        For a generator of several symbols where images have one.
    RecipeError
        For an override that a recipe cannot have.
    """
    entry = gan_entry(name)
    if entry.several and has_one_symbol(task):
        raise UsageError(
            f"'{name}' is for images of several symbols, and '{task.data}' has one on each: choose "
            "'small', or TASK 'triple'"
        )
    play = dict(entry.play)
    if task.data == "digits":
        play["images"] = min(play.get("images", DIGITS), DIGITS)
    if task.per_class is not None:  # once through a hundred images is no time to judge samples
        play.setdefault("epoch", FEW)
    content = {
        "name": entry.name,
        "task": task.model_dump(),
        "pictures": entry.pictures,
        "nets": dict(entry.nets),
        "play": play,
        "seed": seed,
    }
    overrides = list(overrides)
    typed = [override_key(override) for override in overrides]
    return GanRecipe.from_mapping(apply_overrides(content, overrides), entry.name, typed)
