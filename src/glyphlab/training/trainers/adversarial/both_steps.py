"""A step of both nets in one go: taken as it is, or captured and replayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from glyphlab.models.generators.losses import adversarial_loss
from glyphlab.recipes import GeneratorRecipe, GeneratorTrainingRecipe
from glyphlab.training.trainers.adversarial.collapse_mitigation import CollapseMitigation
from glyphlab.training.trainers.adversarial.net_pair import AdversarialPair
from glyphlab.training.trainers.adversarial.step import (
    DiscriminatorStep,
    discriminator_step,
    generate,
    generator_step,
    losses_without_labels,
)

__all__ = ["Batch", "StepLeft", "both_steps", "is_penalised", "numbers_of"]

Batch = tuple[Tensor, Tensor]
"""Images ``(n, 1, h, w)`` in the generator's range, and labels ``(n,)``."""


@dataclass(frozen=True)
class StepLeft:
    """What a step left, in numbers.

    Attributes
    ----------
    shown : list of int
        Real images of each batch.
    of_discriminator : list of (float, float, float)
        Loss and shares of a `DiscriminatorStep`, of each batch.
    generated : int
        Images of the generator's step.
    of_generator : float
        Its loss.
    """

    shown: list[int]
    of_discriminator: list[tuple[float, float, float]]
    generated: int
    of_generator: float


def numbers_of(training: GeneratorTrainingRecipe, step: int) -> range:
    """Return the numbers of the batches that a step shows."""
    return range(step * training.batches, (step + 1) * training.batches)


def is_penalised(training: GeneratorTrainingRecipe, number: int) -> bool:
    """Whether the discriminator pays the gradient penalty for the batch of that number."""
    return training.penalty != "none" and number % training.every == 0


def both_steps(
    pair: AdversarialPair,
    recipe: GeneratorRecipe,
    shown: Sequence[Batch],
    turned: Batch | None,
    chance: torch.Generator,
    *,
    penalised: Sequence[bool],
    precision: str,
    mitigation: CollapseMitigation,
) -> tuple[list[DiscriminatorStep], Tensor]:
    """Teach the discriminator with each batch, and then the generator.

    Parameters
    ----------
    pair : AdversarialPair
        Its rates are set already.
    recipe : GeneratorRecipe
    shown : sequence of Batch
        Real images, for the discriminator.
    turned : Batch, optional
        Others for the generator's step, where it generates its own.
    chance : torch.Generator
        All that is drawn, is drawn from it and where it is.
    penalised : sequence of bool
        Whether the discriminator pays the penalty for each batch.
    precision : {'float32', 'bfloat16'}
    mitigation : CollapseMitigation

    Returns
    -------
    seen : list of DiscriminatorStep
        Of each batch.
    loss : scalar tensor
        The generator's.
    """
    training = recipe.training
    for net in pair.discriminators:
        net.train()
    pair.set_chance(chance)
    conditional = recipe.model.conditional

    def noise(count: int) -> Tensor:
        shape = (count, recipe.model.latent)
        return torch.randn(shape, generator=chance, device=chance.device).to(pair.device)

    seen = []
    for turn, (real, labels) in enumerate(shown):
        wanted = labels if conditional else None
        last = turn == len(shown) - 1
        # images that only the discriminator sees are drawn as samples are, as Keras's predict does
        pair.generator.train(not training.resample_generated)
        with torch.set_grad_enabled(last and not training.resample_generated):
            generated = generate(pair, wanted, noise(len(real)), precision=precision)
        if training.discriminator_steps:
            one = discriminator_step(
                pair, real, wanted, generated, chance, penalise=penalised[turn],
                precision=precision, replayed=mitigation.replayed(len(real), chance),
                symbols=labels,
            )  # fmt: skip
        else:
            one = losses_without_labels(pair, real, wanted, generated, precision=precision)
        seen.append(one)
    pair.generator.train()
    if turned is not None:
        real, labels = turned
        wanted = labels if conditional else None
        generated = generate(pair, wanted, noise(len(real)), precision=precision)
    relative = adversarial_loss(training.loss).relative
    loss = generator_step(
        pair, wanted, generated, precision=precision,
        real=real if relative else None, sample_mask=mitigation.sample_mask,
    )  # fmt: skip
    return seen, loss
