"""Samples of a finished generator: by label and seed, and along a line between two of them."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from glyphlab._common.errors import GlyphlabError, RunError
from glyphlab.models.generators.nets_by_name import Generator
from glyphlab.recipes import GeneratorRecipe
from glyphlab.runs import Run
from glyphlab.runs.documents import read_json
from glyphlab.training.evaluation.generate import load_generator
from glyphlab.training.evaluation.reference_classifier import ReferenceClassifier, load_reference
from glyphlab.training.evaluation.sampling import draw_samples, fixed_noise, spread_labels

__all__ = ["AskedSamples", "LoadedGenerator", "loaded_generator"]

_REFERENCE = "reference.json"


@dataclass(frozen=True)
class AskedSamples:
    """Images, and what a reference classifier says of them.

    Attributes
    ----------
    images : (n, h, w) uint8
    asked : (n,) int64 or None
        What was asked for; None of a generator that takes no labels.
    read : list of str, or None
        The label that the reference classifier predicts; None where it is not at hand, or reads
        no such images.
    """

    images: NDArray[np.uint8]
    asked: NDArray[np.int64] | None
    read: list[str] | None


@dataclass(frozen=True)
class LoadedGenerator:
    """A finished generator in memory."""

    recipe: GeneratorRecipe
    net: Generator
    names: tuple[str, ...]
    reference: ReferenceClassifier | None

    @property
    def takes_labels(self) -> bool:
        """Whether it generates the label that is asked for."""
        return self.recipe.model.conditional

    def samples(self, label: int | None, count: int, seed: int) -> AskedSamples:
        """Return samples of a label, or of each in turn.

        Raises
        ------
        RunError
            For a label of a generator that takes none, or a class that there is not.
        """
        asked = self._asked(label, count)
        noise = fixed_noise(self.recipe.model.latent, count, seed, "studio")
        return self._said(draw_samples(self.net, noise, asked), asked)

    def walk(self, label: int | None, steps: int, seed: int) -> AskedSamples:
        """Return samples on the way from one latent point to another.

        The points between have the length that samples have, as the walk on a generator's page.
        """
        if label is not None:
            self._require(label)
        asked = np.full(steps, label or 0, np.int64) if self.takes_labels else None
        ends = fixed_noise(self.recipe.model.latent, 2, seed, "studio", "walk")
        share = torch.linspace(0, 1, steps)[:, None]
        line = ends[:1] * (1 - share) + ends[1:] * share
        line = line / line.norm(dim=1, keepdim=True) * self.recipe.model.latent**0.5
        return self._said(draw_samples(self.net, line, asked), asked)

    def _asked(self, label: int | None, count: int) -> NDArray[np.int64] | None:
        if label is not None:
            self._require(label)
        if not self.takes_labels:
            return None
        return spread_labels(count, len(self.names)) if label is None else np.full(count, label)

    def _require(self, label: int) -> None:
        if not self.takes_labels:
            raise RunError("this generator takes no labels: leave the label out")
        if label >= len(self.names):
            raise RunError(f"there is no class {label}: this generator knows 0 to "
                           f"{len(self.names) - 1}")  # fmt: skip

    def _said(self, images: NDArray[np.uint8], asked: NDArray[np.int64] | None) -> AskedSamples:
        if self.reference is None:
            return AskedSamples(images, asked, None)
        found = self.reference(images).labels
        read = ["".join(self.names[one] for one in row) for row in found.tolist()]
        return AskedSamples(images, asked, read)


def loaded_generator(folder: Path) -> LoadedGenerator:
    """Return the generator of a finished run, and its reference classifier where that is there.

    Raises
    ------
    RunError
        Where the run is not finished, or no generator's.
    """
    run = Run.load(folder)
    return _loaded(folder, (run.path / "done").stat().st_mtime_ns)


@functools.lru_cache(maxsize=4)
def _loaded(folder: Path, _finished: int) -> LoadedGenerator:
    run = Run.load(folder)
    recipe, net = load_generator(run)
    reference = _reference(run) if recipe.pictures == "images" else None
    return LoadedGenerator(recipe, net, tuple(run.generator_summary.names), reference)


def _reference(run: Run) -> ReferenceClassifier | None:
    try:
        said = read_json(run.path / _REFERENCE)
        found = load_reference(Run.load(run.path.parent / Path(str(said.get("run"))).name))
        found.require(str(said.get("hash")))
    except (GlyphlabError, OSError):
        return None
    return found
