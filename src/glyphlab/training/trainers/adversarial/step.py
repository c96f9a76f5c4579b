"""One step of the generator and of the discriminator."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glyphlab.models.generators.losses import adversarial_loss, moved_balance, of_discriminator
from glyphlab.models.generators.nets_by_name import Discriminator
from glyphlab.models.generators.penalties import gradient_penalty, squared_gradients
from glyphlab.optim.optimizers import laid_out_as
from glyphlab.recipes import GeneratorTrainingRecipe
from glyphlab.training.precision import autocast
from glyphlab.training.trainers.adversarial.net_pair import AdversarialPair

__all__ = [
    "DiscriminatorStep",
    "discriminator_step",
    "generate",
    "generator_step",
    "losses_without_labels",
]


@dataclass(frozen=True)
class DiscriminatorStep:
    """What a step of the discriminator saw.

    Attributes
    ----------
    loss : scalar tensor
        Without penalties.
    real_correct, generated_correct : scalar tensor
        Share of real images taken for real, and of generated ones taken for generated; of a
        relative loss both are the share of pairs in which the real one has the higher logit.
    """

    loss: Tensor
    real_correct: Tensor
    generated_correct: Tensor


def generate(
    pair: AdversarialPair, labels: Tensor | None, noise: Tensor, *, precision: str
) -> Tensor:
    """Return images ``(n, 1, h, w)`` of noise ``(n, latent)``, as the generator draws them now."""
    with autocast(pair.device, precision):
        generated: Tensor = pair.generator(noise, labels)
    return generated


def discriminator_step(
    pair: AdversarialPair,
    real: Tensor,
    labels: Tensor | None,
    generated: Tensor,
    chance: torch.Generator,
    *,
    penalise: bool,
    precision: str,
    replayed: Tensor | None = None,
    symbols: Tensor | None = None,
) -> DiscriminatorStep:
    """Teach the discriminator to tell real images from generated ones.

    Parameters
    ----------
    pair : AdversarialPair
    real : (n, 1, h, w) float32
        In the generator's range.
    labels : (n,) int64, optional
        Of the real images, where the pair takes labels.
    generated : (n, 1, h, w) float
        Images that were made for the same labels.
    chance : torch.Generator
        Draws the points of a gradient penalty.
    penalise : bool
        Whether this step pays the penalty of the recipe.
    precision : {'float32', 'bfloat16'}
    replayed : (m, 1, h, w) float32, optional
        Images to take for generated ones, in the place of as many that were made now; they have no
        labels, so these are for pairs that take none.
    symbols : (n,) int64, optional
        What is on the real images, where several discriminators weigh them differently.

    Returns
    -------
    DiscriminatorStep
        Of several discriminators the mean.
    """
    generated = generated.detach().float()
    if replayed is not None:
        generated = torch.cat([replayed.to(generated.device), generated[len(replayed) :]])
    seen = []
    for place in range(len(pair.discriminators)):
        weights = None
        if pair.class_weights is not None:
            assert symbols is not None, "symbols are given where discriminators weigh them"
            weights = pair.class_weights[place][symbols]
        given = (real, labels, generated, chance)
        seen.append(_taught(pair, place, *given, weights, penalise, precision))
    return seen[0] if len(seen) == 1 else _mean_of(seen)


def _taught(
    pair: AdversarialPair,
    place: int,
    real: Tensor,
    labels: Tensor | None,
    generated: Tensor,
    chance: torch.Generator,
    weights: Tensor | None,
    penalise: bool,
    precision: str,
) -> DiscriminatorStep:
    """Teach one discriminator, by its place."""
    training, net = pair.training, pair.discriminators[place]
    net.zero_grad(set_to_none=True)
    squares = penalise and training.penalty in ("r1", "r1+r2")
    input_real, input_generated = real.detach(), generated.detach()
    if squares:
        input_real = input_real.requires_grad_(True)
        if training.penalty == "r1+r2":
            input_generated = input_generated.requires_grad_(True)
    with autocast(pair.device, precision):
        readout = None
        if net.joint:
            both = torch.cat([input_real, input_generated])
            twice = None if labels is None else torch.cat([labels, labels])
            features = net.features(both)
            on_real, on_generated = net.discriminate(features, twice).float().chunk(2)
            if training.auxiliary:
                readout = net.read(features[: len(real)]).float()  # type: ignore[operator]
        else:
            on_real = net(input_real, labels).float()
            on_generated = net(input_generated, labels).float()
    loss = _loss(pair, on_real, on_generated, weights)
    whole = loss
    if readout is not None:
        whole = whole + training.auxiliary * _misread(readout, labels)
    if squares:
        at = [image for image in (input_real, input_generated) if image.requires_grad]
        squared = squared_gradients(torch.cat([on_real, on_generated]), at)
        whole = whole + training.strength / 2 * training.every * squared
    elif penalise and training.penalty == "gradient":
        steep = gradient_penalty(lambda x: net(x, labels), real, generated, chance)
        whole = whole + training.strength * training.every * steep
    whole.backward()  # type: ignore[no-untyped-call]
    _step(pair.discriminator_optimizers[place])
    on_real, on_generated = on_real.detach(), on_generated.detach()
    found = _discriminator_step(training, loss.detach(), on_real, on_generated)
    if pair.balanced:
        moved_balance(pair.balance, on_real, on_generated, training.diversity)
    return found


def _loss(
    pair: AdversarialPair, on_real: Tensor, on_generated: Tensor, weights: Tensor | None = None
) -> Tensor:
    """Return the discriminator's loss of its logits, by the recipe."""
    training = pair.training
    given = pair.balance.clone() if pair.balanced else training.label_smoothing
    return of_discriminator(
        adversarial_loss(training.loss), on_real, on_generated, given,
        one_sided=training.one_sided, weights=weights,
    )  # fmt: skip


def _mean_of(seen: Sequence[DiscriminatorStep]) -> DiscriminatorStep:
    """Return the mean of what the steps of several discriminators saw."""
    columns = [(one.loss, one.real_correct, one.generated_correct) for one in seen]
    loss, real, generated = (torch.stack(column).mean() for column in zip(*columns, strict=True))
    return DiscriminatorStep(loss, real, generated)


@torch.no_grad()
def losses_without_labels(
    pair: AdversarialPair, real: Tensor, labels: Tensor | None, generated: Tensor, *, precision: str
) -> DiscriminatorStep:
    """Return what a discriminator that is never taught says of a batch, and leave it as it is.

    Parameters
    ----------
    pair : AdversarialPair
    real : (n, 1, h, w) float32
    labels : (n,) int64, optional
        Of the real images.
    generated : (n, 1, h, w) float
    precision : {'float32', 'bfloat16'}
    """
    training, net = pair.training, pair.discriminator
    with _left_alone(net), autocast(pair.device, precision):
        on_real = net(real, labels).float()
        on_generated = net(generated.float(), labels).float()
    loss = _loss(pair, on_real, on_generated)
    return _discriminator_step(training, loss, on_real, on_generated)


def generator_step(
    pair: AdversarialPair,
    labels: Tensor | None,
    generated: Tensor,
    *,
    precision: str,
    real: Tensor | None = None,
    sample_mask: Callable[[Tensor], Tensor | None] = lambda _made: None,
) -> Tensor:
    """Teach the generator to be taken for real; returns its loss, a scalar.

    The discriminator is left as it is, its batch norms included: they read their running means. Of
    several discriminators the loss is the mean.

    Parameters
    ----------
    pair : AdversarialPair
    labels : (n,) int64, optional
        What to make.
    generated : (n, 1, h, w) float
        Images made for these labels, with the graph that leads back to the generator.
    precision : {'float32', 'bfloat16'}
    real : (n, 1, h, w) float32, optional
        Real images of the same labels, for a loss of pairs.
    sample_mask : callable, optional
        From generated images to ``(n,)`` weights of 0 or 1: what counts. None where all do.
    """
    training, nets = pair.training, pair.discriminators
    for net in (pair.generator, *nets):
        net.zero_grad(set_to_none=True)
    with contextlib.ExitStack() as frozen:
        for discriminator in nets:
            frozen.enter_context(_left_alone(discriminator))
        counts = sample_mask(generated.detach().float())
        if counts is not None:  # what does not count is passed on without a gradient
            generated = torch.where(counts[:, None, None, None] > 0, generated, generated.detach())
        found = [
            _fooled(training, net, labels, generated, real, pair.device, precision) for net in nets
        ]
        loss, whole = found[0]
        if len(found) > 1:
            loss, whole = (torch.stack(one).mean() for one in zip(*found, strict=True))
        whole.backward()  # type: ignore[no-untyped-call]
    _step(pair.generator_optimizer)
    return loss.detach()


def _fooled(
    training: GeneratorTrainingRecipe,
    net: Discriminator,
    labels: Tensor | None,
    generated: Tensor,
    real: Tensor | None,
    device: str,
    precision: str,
) -> tuple[Tensor, Tensor]:
    """Return the generator's loss by one discriminator, without and with the label loss."""
    with autocast(device, precision):
        features = net.features(generated)
        on_generated = net.discriminate(features, labels).float()
        readout = net.read(features).float() if training.auxiliary else None  # type: ignore[operator]
        on_real = None
        if adversarial_loss(training.loss).relative:
            assert real is not None
            with torch.no_grad():
                on_real = net(real, labels).float()
    loss = adversarial_loss(training.loss).generator(on_generated, on_real)
    return loss, loss if readout is None else loss + training.auxiliary * _misread(readout, labels)


@contextlib.contextmanager
def _left_alone(net: nn.Module) -> Iterator[None]:
    """Freeze a net as Keras does: no gradients, and batch norms that read their running means."""
    norms = [one for one in net.modules() if isinstance(one, nn.BatchNorm2d) and one.training]
    net.requires_grad_(False)
    for norm in norms:
        norm.eval()
    try:
        yield
    finally:
        net.requires_grad_(True)
        for norm in norms:
            norm.train()


def _misread(logits: Tensor, labels: Tensor | None) -> Tensor:
    assert labels is not None, "labels are given where there is a label loss"
    return F.cross_entropy(logits, labels)


def _step(optimizer: torch.optim.Optimizer) -> None:
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = laid_out_as(parameter, parameter.grad)
    optimizer.step()


def _discriminator_step(
    training: GeneratorTrainingRecipe, loss: Tensor, on_real: Tensor, on_generated: Tensor
) -> DiscriminatorStep:
    if adversarial_loss(training.loss).relative:
        right = (on_real > on_generated).float().mean()
        return DiscriminatorStep(loss, right, right)
    middle: float | Tensor = 0.5 if training.loss == "least-squares" else 0.0
    if training.loss in ("boundary-equilibrium", "wasserstein"):
        # a critic and an error have no zero: a logit is high or low beside the others
        middle = torch.cat([on_real, on_generated]).mean()
    return DiscriminatorStep(
        loss, (on_real > middle).float().mean(), (on_generated < middle).float().mean()
    )
