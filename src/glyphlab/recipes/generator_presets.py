"""The generators that are known by name: our own, and the reports'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from glyphlab._common.errors import UnknownName, UsageError, look_up
from glyphlab.recipes.generator import GeneratorRecipe
from glyphlab.recipes.overrides import apply_overrides, override_key
from glyphlab.tasks.scenes.scene_file import is_scene_file
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = [
    "GeneratorEntry",
    "generator_entry",
    "generator_recipe",
    "has_one_symbol",
    "list_generators",
    "task_recipe",
]

SOURCES = ("digits", "mnist", "fashion-mnist")
TASKS = (*SOURCES, "triple")

KERAS_ADAM = MappingProxyType(
    {
        "learning_rate": 2e-4,
        "beta1": 0.5,
        "beta2": 0.999,
        "epsilon": 1e-7,
        "cooldown": 0.0,
        "ema": 0.0,
    }
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
PLAIN = MappingProxyType({"loss": "non-saturating", "penalty": "none", "resample_generated": True})


@dataclass(frozen=True)
class GeneratorEntry:
    """A generator by name.

    Attributes
    ----------
    name, about : str
    model, training : mapping
        What it sets of a recipe's ``model`` and ``training``.
    pictures : str
        What it draws.
    several : bool
        Whether it is for images of several symbols.
    evaluation : mapping
        What it sets of a recipe's ``evaluation``.
    """

    name: str
    about: str
    model: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    training: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    pictures: str = "images"
    several: bool = False
    evaluation: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def _dcgan(name: str, about: str, latent: int, **training: Any) -> GeneratorEntry:
    training = {
        **KERAS_ADAM, **PLAIN, "batch_size": 128, "generator_batch_size": 256,
        "images": 100 * TUTORIALS_EPOCH, "epoch_images": TUTORIALS_EPOCH // 3, **training
    }  # fmt: skip
    model = {"family": "dcgan", "latent": latent, "conditional": False}
    return GeneratorEntry(name, about, MappingProxyType(model), MappingProxyType(training))


def _triple(name: str, about: str, steps: int, **training: Any) -> GeneratorEntry:
    """Return a recipe of `triple-mnist`, whose epochs are steps of the generator."""
    family = name.partition("-")[0]
    training = {
        **KERAS_ADAM,
        **PLAIN,
        "batch_size": 64,
        "discriminator_steps": 0,
        "label_smoothing": 0.2,
        **training,
    }
    shown = training["batch_size"] * max(1, training["discriminator_steps"])
    training |= {"images": steps * shown, "epoch_images": 100 * shown}
    model = {"family": family, "latent": 100, "conditional": False}
    return GeneratorEntry(
        name, about, MappingProxyType(model), MappingProxyType(training),
        pictures="strips" if family == "strip" else "images", several=True,
    )  # fmt: skip


_ENTRIES = (
    GeneratorEntry(
        "small",
        "our default: a small conditional pair with penalties that keep it stable",
        training=READ,
    ),
    _dcgan("dcgan", "the paper's DCGAN, 100 latent numbers", 100),
    _dcgan("dcgan-70", "the same with 70 latent numbers", 70),
    _dcgan("dcgan-smooth", "with 70, and targets smoothed by 0.9", 70, label_smoothing=0.9),
    _dcgan(
        "began",
        "the DCGAN's generator, against an autoencoder (BEGAN)",
        100,
        loss="boundary-equilibrium",
        learning_rate=1e-4,
    ),
    GeneratorEntry(
        "dense",
        "a perceptron each",
        MappingProxyType({"family": "dense", "latent": 100, "conditional": False}),
        MappingProxyType({**KERAS_ADAM, **PLAIN, "batch_size": 128, "images": 3_000_000}),
    ),
    GeneratorEntry(
        "composed",
        "our default for several symbols: a generator of one, and the scene",
        training=MappingProxyType({**READ, "epoch_images": 50_000}),
        pictures="symbols",
        several=True,
    ),
    GeneratorEntry(
        "whole",
        "our pair on whole images of several symbols: no structure at all",
        # slower than one symbol's pair, and penalised a hundred times as hard: a discriminator of
        # 84×84 pixels is soon sure otherwise, and what is drawn stays background
        MappingProxyType({"conditional": False, "width": 16, "start": "mean"}),
        MappingProxyType(
            {
                "images": 100_000,
                "epoch_images": 10_000,
                "batch_size": 32,
                "learning_rate": 2e-4,
                "beta1": 0.5,
                "strength": 100.0,
            }
        ),
        several=True,
    ),
    GeneratorEntry(
        "stacked",
        "our pair on all symbols at once, as channels: Stacked MNIST, without its labels",
        MappingProxyType({"conditional": False}),
        MappingProxyType({"images": 1_500_000, "epoch_images": 100_000}),
        pictures="stacked",
        several=True,
    ),
    _triple("strip", "the paper's GAN of one symbol on a strip, as Keras 3 ran it", 2_000),
    _triple(
        "strip-taught", "the same with a discriminator that learns", 2_000, discriminator_steps=2
    ),
    _triple("canvas", "the paper's GAN of whole images of three symbols, as Keras 3 ran it", 3_000),
)
_BY_NAME = {entry.name: entry for entry in _ENTRIES}


def list_generators() -> tuple[GeneratorEntry, ...]:
    """Return every generator, in the order they are told about."""
    return _ENTRIES


def generator_entry(name: str) -> GeneratorEntry:
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
    name : {'digits', 'mnist', 'fashion-mnist', 'single', 'triple'} or path
        A source of single symbols, three of them side by side, or a scene file.
    data : str, optional
        Source of the symbols of ``'single'``, where it is digits by default, of ``'triple'`` and of
        a scene, where it is MNIST.

    Raises
    ------
    UnknownName
        For a name that is neither, and no folder; for a source of symbols that is none.
    UsageError
        For a source of what is a source itself, or a task in the place of a source.
    SceneError
        For a scene file that cannot be.
    """
    if is_scene_file(name):
        return TaskRecipe.of(name, data=data or "mnist", generalization_grid=0)
    if name == "single":
        return _single(data or "digits")
    if name == "triple":
        return TaskRecipe(name="triple", data=data or "mnist", generalization_grid=0)
    if data is not None:
        raise UsageError(f"--data is for TASK 'triple' and scenes: '{name}' is a source itself")
    if name not in TASKS and not Path(name).is_dir():
        raise UnknownName("task of a generator", name, TASKS, "a scene file (.toml), or a folder")
    return _single(name)


def _single(data: str) -> TaskRecipe:
    """Return the task of the single symbols of a source."""
    if data == "triple" or is_scene_file(data):
        raise UsageError(
            f"--data {data}: expected a source of symbols, as digits or a folder, and it is a task "
            "itself: name it instead of 'single'"
        )
    if data not in SOURCES and not Path(data).is_dir():
        raise UnknownName("source of symbols", data, SOURCES, "a folder")
    return TaskRecipe(name="single", data=data, generalization_grid=0)


def has_one_symbol(task: TaskRecipe) -> bool:
    """Return whether each image of a generator's task shows a single symbol."""
    scene = task.own_scene
    return task.name == "single" if scene is None else scene.count == 1


def generator_recipe(
    name: str | GeneratorEntry, task: TaskRecipe, *, seed: int = 0, overrides: Iterable[str] = ()
) -> GeneratorRecipe:
    """Return the recipe of a generator on a task; on embedded digits a short one.

    Parameters
    ----------
    name : str or GeneratorEntry
    task : TaskRecipe
        Its real images.
    seed : int
    overrides : iterable of str
        As ``training.images=5000``.

    Raises
    ------
    UnknownName
        For a name that is none.
    UsageError
        For a generator of several symbols where images have one.
    RecipeError
        For an override that a recipe cannot have.
    """
    entry = generator_entry(name) if isinstance(name, str) else name
    if entry.several and has_one_symbol(task):
        raise UsageError(
            f"'{entry.name}' is for images of several symbols, and '{task.data}' has one on each: "
            "choose 'small', or TASK 'triple'"
        )
    training = dict(entry.training)
    if task.data == "digits":
        training["images"] = min(training.get("images", DIGITS), DIGITS)
    if task.per_class is not None:  # one pass is too short for an evaluation
        training.setdefault("epoch_images", FEW)
    content = {
        "name": entry.name,
        "task": task.model_dump(),
        "pictures": entry.pictures,
        "model": dict(entry.model),
        "training": training,
        "evaluation": dict(entry.evaluation),
        "seed": seed,
    }
    overrides = list(overrides)
    typed = [override_key(override) for override in overrides]
    return GeneratorRecipe.from_mapping(apply_overrides(content, overrides), entry.name, typed)
