"""The two nets of a training with their optimisers, and the mean of the generator's weights."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from glyphlab._common.seeds import torch_rng
from glyphlab.models.generators.keras_layers import KerasDropout
from glyphlab.models.generators.nets_by_name import Generator, build_pair, set_first_brightness
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
        with RoomForWeights("ask for smaller nets, as with model.width"):
            self.generator, self.discriminator = build_pair(
                recipe.model, classes, height, width, torch_rng(recipe.seed, "init"), recipe.planes
            )
        if recipe.model.start == "mean":
            set_first_brightness(self.generator, brightness)
        for net in (self.generator, self.discriminator):
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
        self.discriminator_optimizer = _adam(self.discriminator, recipe.training)
        self.rates = (
            recipe.training.learning_rate,
            recipe.training.discriminator_learning_rate or recipe.training.learning_rate,
        )

    @property
    def optimizers(self) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
        """The generator's, and the discriminator's."""
        return self.generator_optimizer, self.discriminator_optimizer

    def rates_at(self, done: float) -> tuple[float, float]:
        """Return the rates of both at the point of the training that is `done`, from 0 to 1."""
        cooldown = self.training.cooldown
        share = 1.0 if done < 1 - cooldown or not cooldown else (1 - done) / cooldown
        return self.rates[0] * share, self.rates[1] * share

    def set_rates(self, done: float) -> None:
        """Set both rates for the point of the training that is `done`, from 0 to 1."""
        for optimizer, rate in zip(self.optimizers, self.rates_at(done), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate

    def set_chance(self, generator: torch.Generator) -> None:
        """Let every dropout draw its masks from this generator."""
        for net in (self.generator, self.discriminator):
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
        return found

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

    def _nets(self) -> Iterator[tuple[str, nn.Module]]:
        yield "generator", self.generator
        yield "discriminator", self.discriminator
        if self.mean is not self.generator:
            yield "mean", self.mean

    def _optimizers(self) -> Iterator[tuple[str, torch.optim.Optimizer]]:
        yield "generator-optimizer", self.generator_optimizer
        yield "discriminator-optimizer", self.discriminator_optimizer


def _adam(net: nn.Module, training: GeneratorTrainingRecipe) -> torch.optim.Optimizer:
    parameters = [p for p in net.parameters() if p.requires_grad]
    return torch.optim.Adam(
        parameters,
        lr=training.learning_rate,
        betas=(training.beta1, training.beta2),
        eps=training.epsilon,
        fused=True,
    )
