"""One step of each player."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glyphlab.models.generators.losses import adversarial_loss
from glyphlab.models.generators.penalties import gradient_penalty, squared_gradients
from glyphlab.optim.optimizers import laid_out_as
from glyphlab.recipes import PlayRecipe
from glyphlab.training.precision import autocast
from glyphlab.training.trainers.adversarial.net_pair import Players

__all__ = ["Told", "discriminator_step", "generator_step", "make", "shown_untaught"]


@dataclass(frozen=True)
class Told:
    """What a step of the discriminator saw.

    Attributes
    ----------
    loss : float
        Without penalties.
    real_right, made_right : float
        Share of real images taken for real, and of made ones taken for made; of a relative loss
        both are the share of pairs in which the real one has the higher logit.
    """

    loss: float
    real_right: float
    made_right: float


def make(players: Players, labels: Tensor | None, noise: Tensor, *, precision: str) -> Tensor:
    """Return images ``(n, 1, h, w)`` of noise ``(n, latent)``, as the generator draws them now."""
    with autocast(players.device, precision):
        made: Tensor = players.generator(noise, labels)
    return made


def discriminator_step(
    players: Players,
    real: Tensor,
    labels: Tensor | None,
    made: Tensor,
    chance: torch.Generator,
    *,
    penalise: bool,
    precision: str,
    rejected: Tensor | None = None,
) -> Told:
    """Teach the discriminator to tell real images from made ones.

    Parameters
    ----------
    players : Players
    real : (n, 1, h, w) float32
        In the generator's range.
    labels : (n,) int64, optional
        Of the real images.
    made : (n, 1, h, w) float
        Images that were made for the same labels.
    chance : torch.Generator
        On the CPU: points of a gradient penalty.
    penalise : bool
        Whether this step pays the penalty of the recipe.
    precision : {'float32', 'bfloat16'}
    rejected : (m, 1, h, w) float32, optional
        Images to take for made ones, in the place of as many that were made now; they have no
        labels, so these are for players that are told none.

    Returns
    -------
    Told
    """
    play, net = players.play, players.discriminator
    made = made.detach().float()
    if rejected is not None:
        made = torch.cat([rejected, made[len(rejected) :]])
    net.zero_grad(set_to_none=True)
    squares = penalise and play.penalty in ("r1", "r1+r2")
    shown_real, shown_made = real.detach(), made
    if squares:
        shown_real = shown_real.requires_grad_(True)
        if play.penalty == "r1+r2":
            shown_made = shown_made.requires_grad_(True)
    with autocast(players.device, precision):
        told = None
        if net.joint:
            both = torch.cat([shown_real, shown_made])
            twice = None if labels is None else torch.cat([labels, labels])
            features = net.features(both)
            on_real, on_made = net.judge(features, twice).float().chunk(2)
            if play.auxiliary:
                told = net.read(features[: len(real)]).float()  # type: ignore[operator]
        else:
            on_real = net(shown_real, labels).float()
            on_made = net(shown_made, labels).float()
    loss = adversarial_loss(play.loss).discriminator(on_real, on_made, play.smoothing)
    whole = loss
    if told is not None:
        whole = whole + play.auxiliary * _misread(told, labels)
    if squares:
        at = [image for image in (shown_real, shown_made) if image.requires_grad]
        squared = squared_gradients(torch.cat([on_real, on_made]), at)
        whole = whole + play.strength / 2 * play.every * squared
    elif penalise and play.penalty == "gradient":
        steep = gradient_penalty(lambda x: net(x, labels), real, made, chance)
        whole = whole + play.strength * play.every * steep
    whole.backward()  # type: ignore[no-untyped-call]
    _step(players.discriminator_optimizer)
    return _told(play, float(loss.detach()), on_real.detach(), on_made.detach())


@torch.no_grad()
def shown_untaught(
    players: Players, real: Tensor, labels: Tensor | None, made: Tensor, *, precision: str
) -> Told:
    """Return what a discriminator that is never taught says of a batch, and leave it as it is.

    Parameters
    ----------
    players : Players
    real : (n, 1, h, w) float32
    labels : (n,) int64, optional
        Of the real images.
    made : (n, 1, h, w) float
    precision : {'float32', 'bfloat16'}
    """
    play, net = players.play, players.discriminator
    with _left_alone(net), autocast(players.device, precision):
        on_real = net(real, labels).float()
        on_made = net(made.float(), labels).float()
    loss = adversarial_loss(play.loss).discriminator(on_real, on_made, play.smoothing)
    return _told(play, float(loss), on_real, on_made)


def generator_step(
    players: Players,
    labels: Tensor | None,
    made: Tensor,
    *,
    precision: str,
    real: Tensor | None = None,
    worth: Callable[[Tensor], Tensor | None] = lambda _made: None,
) -> float:
    """Teach the generator to be taken for real; returns its loss.

    The discriminator is left as it is, its batch norms included: they read their running means.

    Parameters
    ----------
    players : Players
    labels : (n,) int64, optional
        What to make.
    made : (n, 1, h, w) float
        Images made for these labels, with the graph that leads back to the generator.
    precision : {'float32', 'bfloat16'}
    real : (n, 1, h, w) float32, optional
        Real images of the same labels, for a loss of pairs.
    worth : callable, optional
        From made images to ``(n,)`` weights of 0 or 1: what counts. None where all do.
    """
    play, net = players.play, players.discriminator
    players.generator.zero_grad(set_to_none=True)
    net.zero_grad(set_to_none=True)
    with _left_alone(net):
        counts = worth(made.detach().float())
        if counts is not None:  # what does not count is passed on without a gradient
            made = torch.where(counts[:, None, None, None] > 0, made, made.detach())
        with autocast(players.device, precision):
            features = net.features(made)
            on_made = net.judge(features, labels).float()
            told = net.read(features).float() if play.auxiliary else None  # type: ignore[operator]
            on_real = None
            if adversarial_loss(play.loss).relative:
                assert real is not None
                with torch.no_grad():
                    on_real = net(real, labels).float()
        loss = adversarial_loss(play.loss).generator(on_made, on_real)
        whole = loss if told is None else loss + play.auxiliary * _misread(told, labels)
        whole.backward()  # type: ignore[no-untyped-call]
    _step(players.generator_optimizer)
    players.follow()
    return float(loss.detach())


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
    assert labels is not None, "what is to be read is told"
    return F.cross_entropy(logits, labels)


def _step(optimizer: torch.optim.Optimizer) -> None:
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = laid_out_as(parameter, parameter.grad)
    optimizer.step()


def _told(play: PlayRecipe, loss: float, on_real: Tensor, on_made: Tensor) -> Told:
    if adversarial_loss(play.loss).relative:
        right = float((on_real > on_made).float().mean())
        return Told(loss, right, right)
    middle = 0.5 if play.loss == "least-squares" else 0.0
    if play.loss == "wasserstein":  # a critic has no zero: a logit is high or low beside the others
        middle = float(torch.cat([on_real, on_made]).mean())
    return Told(
        loss,
        float((on_real > middle).float().mean()),
        float((on_made < middle).float().mean()),
    )
