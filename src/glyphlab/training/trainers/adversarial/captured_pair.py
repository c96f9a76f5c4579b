"""Steps of generator and discriminator on a GPU, captured as a whole and replayed."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial

import torch
from torch import Tensor

from glyphlab._common.progress import note
from glyphlab._common.seeds import seed_for
from glyphlab.backends.cuda import (
    CaptureFailed,
    GraphRecorder,
    Replayed,
    Tally,
    capture_is_off,
    rate_from,
)
from glyphlab.models.generators import losses
from glyphlab.recipes import GeneratorRecipe
from glyphlab.training.trainers.adversarial.both_steps import (
    Batch,
    StepLeft,
    both_steps,
    is_penalised,
    numbers_of,
)
from glyphlab.training.trainers.adversarial.collapse_mitigation import CollapseMitigation
from glyphlab.training.trainers.adversarial.images import Pictures, scaled
from glyphlab.training.trainers.adversarial.net_pair import AdversarialPair
from glyphlab.training.trainers.adversarial.real_batches import rows_of

__all__ = ["CapturedPair", "reason_against_capture_of_pair"]


def reason_against_capture_of_pair(recipe: GeneratorRecipe) -> str:
    """Return why the steps of a training cannot be captured, or are not to be; empty if they can.

    Whether there is a GPU is not asked.
    """
    if off := capture_is_off():
        return off
    training = recipe.training
    if training.collapse_mitigation != "none":
        return f"collapse_mitigation '{training.collapse_mitigation}' reads images on the host"
    loss = losses.adversarial_loss(training.loss)
    if loss.discriminator.__module__ != losses.__name__:
        return f"loss '{training.loss}' is from outside"
    return ""


class CapturedPair:
    """Takes the steps of `both_steps` by replaying them; what they leave is asked for later.

    The real images stay on the device, and a step is given the rows of its batches.

    Parameters
    ----------
    pair : AdversarialPair
        Whose checkpoint, if any, is loaded.
    recipe : GeneratorRecipe
    pictures : Pictures
    precision : {'float32', 'bfloat16'}

    Attributes
    ----------
    failed : bool
        Whether a step could not be recorded: then no other is tried.
    """

    def __init__(
        self, pair: AdversarialPair, recipe: GeneratorRecipe, pictures: Pictures, precision: str
    ) -> None:
        self.pair, self.recipe, self.precision, self.failed = pair, recipe, precision, False
        device = pair.device
        self.images = torch.tensor(pictures.images, device=device)
        self.labels = torch.tensor(pictures.labels, device=device)
        self.rates = [torch.zeros((), device=device) for _ in pair.optimizers]
        columns = 3 * recipe.training.batches + 1
        self.tally: Tally[tuple[int, list[int], int]] = Tally(columns, device)
        self.generator = torch.Generator(device)
        self.replayed = Replayed(GraphRecorder(), self._changed, self.generator)
        self._held: dict[Hashable, list[Tensor]] = {}

    @property
    def is_full(self) -> bool:
        """Whether `take` must come before the next step."""
        return self.tally.is_full

    @property
    def seconds(self) -> float:
        """Seconds that recording took."""
        return self.replayed.seconds

    def __call__(self, step: int, whole: int) -> bool:
        """Take a step by its number, or leave it to `both_steps`.

        Returns
        -------
        bool
            Whether it was taken; False leaves everything as it was.
        """
        training = self.recipe.training
        numbers = numbers_of(training, step)
        given = [self._rows(training.batch_size, number) for number in numbers]
        if training.resample_generated:
            count = training.generator_batch_size or training.batch_size
            given.append(self._rows(count, numbers[-1], turned=True))
        penalised = tuple(is_penalised(training, number) for number in numbers)
        sizes = [len(rows) for rows in given]
        key = (*sizes, *penalised)
        if self.failed or not self.replayed.takes(key):
            return False
        if key not in self._held:
            self._held[key] = [rows.clone() for rows in given]
        for held, rows in zip(self._held[key], given, strict=True):
            held.copy_(rows)
        now = self.pair.rates_at(step / whole)
        for optimizer, kept, rate in zip(self.pair.optimizers, self.rates, now, strict=True):
            kept.fill_(rate)
            rate_from(optimizer, kept)
        try:
            body = partial(self._body, self._held[key], penalised)
            self.replayed.run(key, body, seed_for(self.recipe.seed, "step", step))
        except CaptureFailed as error:
            self.failed = True
            for optimizer in self.pair.optimizers:
                rate_from(optimizer, None)
            note(
                f"a step cannot be captured on this GPU ({error}): steps run one operation at a "
                "time, which is slower"
            )
            return False
        self.pair.follow()
        self.tally.expect((step, sizes[: training.batches], sizes[-1]))
        return True

    def take(self) -> list[tuple[int, StepLeft]]:
        """Wait for the steps so far; return number of each, and what it left."""
        found = []
        for (step, shown, generated), (*seen, loss) in self.tally.take():
            triples = [(seen[k], seen[k + 1], seen[k + 2]) for k in range(0, len(seen), 3)]
            found.append((step, StepLeft(shown, triples, generated, loss)))
        return found

    def _body(self, given: list[Tensor], penalised: tuple[bool, ...]) -> None:
        batches = self.recipe.training.batches
        shown = [self._batch(rows) for rows in given[:batches]]
        turned = self._batch(given[batches]) if len(given) > batches else None
        seen, loss = both_steps(
            self.pair, self.recipe, shown, turned, self.generator,
            penalised=penalised, precision=self.precision, mitigation=CollapseMitigation(),
        )  # fmt: skip
        numbers = [of for one in seen for of in (one.loss, one.real_correct, one.generated_correct)]
        self.tally.put(torch.stack([*numbers, loss]))

    def _batch(self, rows: Tensor) -> Batch:
        return scaled(self.images[rows]), self.labels[rows]

    def _rows(self, size: int, number: int, *, turned: bool = False) -> Tensor:
        seed, device = self.recipe.seed, self.pair.device
        return rows_of(len(self.images), size, seed, number, device, turned=turned)

    def _changed(self) -> list[Tensor]:
        pair = self.pair
        found = [*self.tally.tensors, pair.balance]
        for net in (pair.generator, *pair.discriminators):
            found += [*net.parameters(), *net.buffers()]
        for optimizer in pair.optimizers:
            found += [v for state in optimizer.state.values() for v in state.values()]
        return found
