"""The two nets of a training with their optimisers, and the mean of the generator's weights."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from glyphlab._common.errors import RecipeError
from glyphlab._common.seeds import torch_rng
from glyphlab.models.generators.keras_layers import KerasDropout
from glyphlab.models.generators.losses import adversarial_loss
from glyphlab.models.generators.nets_by_name import (
    Discriminator,
    Generator,
    build_pair,
    set_first_brightness,
)
from glyphlab.models.nets.room import RoomForWeights
from glyphlab.recipes import GeneratorRecipe, GeneratorTrainingRecipe
from glyphlab.training.checkpoint import (
    load_optimizer,
    optimizer_tensors,
    prefixed,
    require_shapes,
    under,
)

__all__ = ["AdversarialPair"]


class AdversarialPair:
    """Generator, discriminator, their optimisers, and the generator that samples are drawn from.

    Parameters
    ----------
    recipe : GeneratorRecipe
    classes : int
        Of the symbols.
    height, width : int
        Of a picture.
    brightness : float
        Mean of the real pictures, in [-1, 1]; where the recipe begins there.
    device : {'cpu', 'cuda'}

    Attributes
    ----------
    mean : torch.nn.Module
        The generator with the running mean of its weights (Yazıcı et al., *The unusual
        effectiveness of averaging in GAN training*, 2019); the generator itself where the recipe
        averages nothing.
    best : dict of Tensor or None
        Weights of the mean generator of the epoch that is kept, where one is.
    steps : int
        That the mean generator has followed.
    discriminators : tuple of torch.nn.Module
        One, or one for each group of classes that the recipe names.
    class_weights : (groups, classes) float32 tensor or None
        What a real image of a class counts for each discriminator, of mean 1.
    balanced : bool
        Whether the discriminator is an autoencoder, and generated images have a weight that moves.
    balance : scalar tensor
        That weight.
    """

    def __init__(
        self,
        recipe: GeneratorRecipe,
        classes: int,
        height: int,
        width: int,
        brightness: float,
        device: str = "cpu",
    ) -> None:
        # a loss from outside need not know the word
        self.balanced = bool(getattr(adversarial_loss(recipe.training.loss), "reconstructs", False))
        with RoomForWeights("ask for smaller nets, as with model.width"):
            given = (recipe.model, classes, height, width)
            self.generator, first = build_pair(
                *given, torch_rng(recipe.seed, "init"), recipe.planes, reconstructs=self.balanced
            )
            others = [
                build_pair(*given, torch_rng(recipe.seed, "init", k), recipe.planes)
                for k in range(1, len(recipe.model.discriminator_classes))
            ]
        self.discriminators: tuple[Discriminator, ...] = (first, *(other for _, other in others))
        if recipe.model.start == "mean":
            set_first_brightness(self.generator, brightness)
        for net in (self.generator, *self.discriminators):
            net.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.training, self.device = recipe.training, device
        self.mean: Generator = (
            copy.deepcopy(self.generator).requires_grad_(False)
            if recipe.training.ema
            else self.generator
        )
        self.steps = 0
        self.best: dict[str, Tensor] | None = None
        self.generator_optimizer = _adam(self.generator, recipe.training)
        self.discriminator_optimizers = tuple(
            _adam(net, recipe.training) for net in self.discriminators
        )
        self.class_weights = _class_weights(recipe, classes, device)
        self.balance = torch.zeros((), device=device)
        self.rates = (
            recipe.training.learning_rate,
            recipe.training.discriminator_learning_rate or recipe.training.learning_rate,
        )

    @property
    def discriminator(self) -> Discriminator:
        """The first of the discriminators, and usually the only one."""
        return self.discriminators[0]

    @property
    def optimizers(self) -> tuple[torch.optim.Optimizer, ...]:
        """The generator's, and that of each discriminator."""
        return self.generator_optimizer, *self.discriminator_optimizers

    def rates_at(self, done: float) -> tuple[float, ...]:
        """Return the rate of each net at the point of the training that is `done`, from 0 to 1."""
        cooldown = self.training.cooldown
        share = 1.0 if done < 1 - cooldown or not cooldown else (1 - done) / cooldown
        return self.rates[0] * share, *[self.rates[1] * share] * len(self.discriminators)

    def set_rates(self, done: float) -> None:
        """Set all rates for the point of the training that is `done`, from 0 to 1."""
        for optimizer, rate in zip(self.optimizers, self.rates_at(done), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate

    def set_chance(self, generator: torch.Generator) -> None:
        """Let every dropout draw its masks from this generator."""
        for net in (self.generator, *self.discriminators):
            for module in net.modules():
                if isinstance(module, KerasDropout):
                    module.chance = generator

    @torch.no_grad()
    def follow(self) -> None:
        """Move the mean generator towards the generator, faster in its first steps."""
        if self.mean is self.generator:
            return
        self.steps += 1
        memory = min(self.training.ema, self.steps / (self.steps + 10))
        ours: list[Tensor] = list(self.mean.parameters())
        now: list[Tensor] = list(self.generator.parameters())
        torch._foreach_lerp_(ours, now, 1 - memory)
        for kept, new in zip(self.mean.buffers(), self.generator.buffers(), strict=True):
            kept.copy_(new)

    def keep(self) -> None:
        """Let the mean generator as it stands be the best."""
        self.best = {name: t.detach().clone() for name, t in self.mean.state_dict().items()}

    def tensors(self) -> dict[str, Tensor]:
        """Return everything that a checkpoint holds."""
        found = prefixed("best", self.best or {})
        for part, net in self._nets():
            found |= prefixed(part, net.state_dict())
        for part, optimizer in self._optimizers():
            found |= optimizer_tensors(part, optimizer)
        return found | ({"balance": self.balance} if self.balanced else {})

    def load(self, tensors: dict[str, Tensor], steps: int) -> None:
        """Put back what `tensors` returned after a number of steps of the generator.

        Raises
        ------
        RuntimeError, KeyError, ValueError
            Where they do not fit these nets.
        """
        self.steps, self.best = steps, under("best", tensors) or None
        if self.best is not None:
            require_shapes(self.best, self.mean)
        for part, net in self._nets():
            net.load_state_dict(under(part, tensors))
        for part, optimizer in self._optimizers():
            load_optimizer(part, optimizer, tensors)
        if self.balanced:
            self.balance.copy_(tensors["balance"])

    def _nets(self) -> Iterator[tuple[str, nn.Module]]:
        yield "generator", self.generator
        yield from zip(self._names(), self.discriminators, strict=True)
        if self.mean is not self.generator:
            yield "mean", self.mean

    def _optimizers(self) -> Iterator[tuple[str, torch.optim.Optimizer]]:
        yield "generator-optimizer", self.generator_optimizer
        for name, optimizer in zip(self._names(), self.discriminator_optimizers, strict=True):
            yield f"{name}-optimizer", optimizer

    def _names(self) -> list[str]:
        count = len(self.discriminators)
        return ["discriminator", *(f"discriminator-{k}" for k in range(2, count + 1))]


def _class_weights(recipe: GeneratorRecipe, classes: int, device: str) -> Tensor | None:
    """Return what a real image of each class counts for each discriminator.

    Raises
    ------
    RecipeError
        For a class that the images do not have.
    """
    groups = recipe.model.discriminator_classes
    most = max((max(group) for group in groups), default=0)
    if most >= classes:
        raise RecipeError(
            f"model.discriminator_classes names class {most}, and the images have {classes}: name "
            f"classes from 0 to {classes - 1}"
        )
    if not groups:
        return None
    weights = torch.ones(len(groups), classes)
    for row, group in zip(weights, groups, strict=True):
        row[list(group)] = recipe.training.class_weight
    return (weights / weights.mean(dim=1, keepdim=True)).to(device)


def _adam(net: nn.Module, training: GeneratorTrainingRecipe) -> torch.optim.Optimizer:
    parameters = [p for p in net.parameters() if p.requires_grad]
    return torch.optim.Adam(
        parameters,
        lr=training.learning_rate,
        betas=(training.beta1, training.beta2),
        eps=training.epsilon,
        fused=True,
    )
