"""What can be chosen in Play, and the recipe of a choice: small enough to end within seconds."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, Field

from glyphlab._common.errors import RecipeError, UnknownName
from glyphlab.recipes import Recipe, list_models
from glyphlab.serve.app.areas import Given

__all__ = [
    "NAME",
    "PlayChoice",
    "PlayRange",
    "choice_of",
    "play_recipe",
    "ranges",
    "strategies_of",
]

NAME = "play"
"""Of every recipe of Play; its runs are found by it."""
_IMAGES = 1875
"""Images of a scene in all: 1,200 to train on, 300 to validate on, 375 to test on."""
_MOST = 1150
"""Training images: single digits have 1,199."""
STRATEGIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "single": ("multihead", "whole", "sliced", "aligned"),
        "triple": ("aligned", "sliced", "multihead", "whole"),
        "addition": ("sum", "sequential", "whole"),
    }
)
"""Those that read each task, the usual one first."""


class PlayChoice(Given):
    """What a training of Play is: a task, a strategy, and a few settings."""

    task: Literal["single", "triple", "addition"] = Field("single", description="What is learned.")
    strategy: str = Field(
        "multihead", max_length=30, description="How the model relates an image to its label."
    )
    net: Literal["convolutions", "dense"] = Field(
        "convolutions", description="The fast net, or one dense layer between image and answer."
    )
    width: int = Field(
        12, ge=2, le=48, description="Channels of the first convolution, or units of the layer."
    )
    learning_rate: float = Field(0.003, ge=1e-5, le=1.0, description="Size of a step.")
    epochs: int = Field(8, ge=1, le=40, description="Passes over the training images.")
    images: int = Field(600, ge=50, le=_MOST, description="Training images.")
    augment: Literal["none", "roll", "affine", "warp", "erase"] = Field(
        "none", description="How training images are changed at random."
    )
    label_smoothing: float = Field(
        0.0, ge=0, le=0.5, description="Share of each target that the other classes get."
    )
    seed: int = Field(0, ge=0, lt=2**31, description="Of the training; the data stay the same.")


class PlayRange(BaseModel):
    """The values of a slider."""

    key: str
    title: str
    values: list[float]
    about: str


def ranges() -> list[PlayRange]:
    """Return the sliders, each with every value that it takes."""
    return [
        PlayRange(
            key="learning_rate", title="Learning rate",
            values=[1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1],
            about="too small learns slowly, too large jumps about",
        ),
        PlayRange(
            key="width", title="Width", values=[2, 4, 8, 12, 16, 24, 32],
            about="channels of the first convolution, or units of the dense layer",
        ),
        PlayRange(
            key="epochs", title="Epochs", values=[1, 2, 4, 6, 8, 12, 16, 24],
            about="passes over the training images",
        ),
        PlayRange(
            key="images", title="Training images",
            values=[50, 100, 200, 400, 600, 800, 1000, _MOST],
            about="validation and test images stay the same",
        ),
        PlayRange(
            key="label_smoothing", title="Label smoothing", values=[0, 0.05, 0.1, 0.2, 0.3],
            about="share of each target that the other classes get",
        ),
    ]  # fmt: skip


def strategies_of(task: str) -> list[tuple[str, str]]:
    """Return the strategies that read a task, the usual one first, each with a line about it."""
    about = {entry.name: entry.about for entry in list_models()}
    return [(name, about[name]) for name in STRATEGIES[task]]


def play_recipe(choice: PlayChoice) -> Recipe:
    """Return the recipe of a choice.

    Raises
    ------
    UnknownName
        For a strategy that does not read the task.
    RecipeError
        For a strategy that cannot be had with the net.
    """
    if choice.strategy not in STRATEGIES[choice.task]:
        raise UnknownName(f"strategy for '{choice.task}'", choice.strategy,
                          STRATEGIES[choice.task])  # fmt: skip
    if (choice.strategy, choice.net) == ("aligned", "dense"):
        raise RecipeError(
            "strategy 'aligned' needs a net's map of the image, and a dense layer has none: choose "
            "convolutions, or another strategy"
        )
    task: dict[str, Any] = {"name": choice.task, "generalization_grid": 0}
    if choice.task != "single":
        task["images"] = _IMAGES
    net: dict[str, Any] = (
        {"net": "layers", "layers": [f"dense {choice.width}"]}
        if choice.net == "dense"
        else {"net": "fast", "channels": choice.width}
    )
    return Recipe.from_mapping(
        {
            "name": NAME,
            "task": {**task, "train_images": choice.images},
            "model": {"strategy": choice.strategy, **net},
            "training": {
                "epochs": choice.epochs, "batch_size": 32, "learning_rate": choice.learning_rate,
                "augment": choice.augment, "label_smoothing": choice.label_smoothing,
                "precision": "float32", "device": "cpu",
            },
            "seed": choice.seed,
        },
        "this choice",
    )  # fmt: skip


def choice_of(content: Mapping[str, Any]) -> PlayChoice | None:
    """Return the choice behind a recipe; None where the recipe is no choice of Play."""
    try:
        model, training = content["model"], content["training"]
        dense = model["net"] == "layers"
        width = int(model["layers"][0].split()[1]) if dense else model["channels"]
        found = PlayChoice(
            task=content["task"]["name"], strategy=model["strategy"],
            net="dense" if dense else "convolutions", width=width,
            learning_rate=training["learning_rate"], epochs=training["epochs"],
            images=content["task"]["train_images"], augment=training["augment"],
            label_smoothing=training["label_smoothing"], seed=content["seed"],
        )  # fmt: skip
        known = play_recipe(found).content()
    except (KeyError, IndexError, TypeError, ValueError, RecipeError, UnknownName):
        return None
    known["task"] |= {"digest": content["task"].get("digest")}
    return found if known == dict(content) else None
