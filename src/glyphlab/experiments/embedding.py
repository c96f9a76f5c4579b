"""t-SNE maps of a finished run: of the images and of its layers, at several perplexities.

Of a generator: of real and generated images, in the features of its reference classifier.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.progress import progress
from glyphlab._common.tabular.column_table import Column, Table
from glyphlab._common.tabular.number_texts import number_text, seconds_text, share_text
from glyphlab.experiments.command_line import embedding_words
from glyphlab.experiments.embedded_images import INPUT, seen_by_classifier, seen_by_generator
from glyphlab.experiments.results.document import SCHEMA, Document
from glyphlab.metrics.embedding_scores import (
    cluster_count,
    embed_points,
    knn_accuracy,
    separability,
    silhouette,
    trust,
)
from glyphlab.reporting.pages.embedding_page import embedding_page
from glyphlab.reporting.pages.page_parts import Page
from glyphlab.runs import GeneratorSummary, Run, environment
from glyphlab.tasks import Task

__all__ = ["INPUT", "LayerEmbedding", "RunEmbeddings", "embed"]

SHOWN = 12
"""Images that a page shows."""


@dataclass(frozen=True)
class LayerEmbedding:
    """One map with its scores.

    Attributes
    ----------
    layer : str
    perplexity : float
    seconds : float
        To make the map.
    points : (n, 2) float64 array
    scores : dict
        Of the map: ``knn`` and ``silhouette`` by label, ``trust`` in its neighbours, ``clusters``
        found without labels and the share ``alone``; for each pair that was asked for ``apart``,
        and ``kinds``: how many images of either kind there are.
    features : dict
        ``knn``, ``silhouette`` and ``apart`` of what the map was made from.
    """

    layer: str
    perplexity: float
    seconds: float
    points: NDArray[np.float64] = field(repr=False)
    scores: dict[str, Any]
    features: dict[str, Any]


def _two(value: float | None, _metric: str) -> str:
    return number_text(value, "distance")


_SCORES = (
    Column("layer"), Column("perplexity"), Column("knn", "k-NN", share_text),
    Column("knn_before", "k-NN before", share_text), Column("silhouette", form=_two),
    Column("silhouette_before", form=_two), Column("trust", form=_two), Column("clusters"),
    Column("alone", form=share_text), Column("seconds", "time", seconds_text),
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class RunEmbeddings(Document):
    """All maps of a run.

    Attributes
    ----------
    run, protocol, command : str
    labels : (n,) int64 array, or Python integers
    symbols : (n, k) int64 array
    embeddings : list of LayerEmbedding
    env : dict
    generated : (n,) bool array, optional
        Which of the images the run generated, where it is a generator's.
    names : tuple of str
        What the classes are called; none where they have numbers alone.
    images : (n, H, W) uint8 array, optional
    numbers : (n,) int64 array, optional
        Places of the images in the test set; None of a generator's.
    """

    run: str
    protocol: str
    command: str
    labels: NDArray[Any] = field(repr=False)
    symbols: NDArray[np.int64] = field(repr=False)
    embeddings: list[LayerEmbedding]
    env: dict[str, Any]
    generated: NDArray[np.bool_] | None = field(default=None, repr=False)
    names: tuple[str, ...] = field(default=(), repr=False)
    images: NDArray[np.uint8] | None = field(default=None, repr=False)
    numbers: NDArray[np.int64] | None = field(default=None, repr=False)

    @property
    def remark(self) -> str:
        """Why scores by label say nothing, as where most labels occur once; empty where they do."""
        _, counts = np.unique(self.labels, return_counts=True)
        if len(counts) == 1:
            return (
                f"All {len(self.labels):,} images have one label: k-NN is 100 % and silhouette 0 "
                "whatever the net has learned. Take images of several labels, or measure two kinds "
                "of images (--separability)."
            )
        once = int((counts == 1).sum())
        if 2 * once < len(self.labels):
            return ""
        return (
            f"{once:,} of the {len(self.labels):,} images are alone with their label, so that no "
            "neighbour shares it: k-NN and silhouette are near 0 whatever the net has learned. "
            "Take more images (--images), or measure two kinds of images (--separability)."
        )

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab embed --json``; the points are left out."""
        rows = []
        for one in self.embeddings:
            row = asdict(one)
            del row["points"]
            rows.append(row)
        return {
            "schema": SCHEMA,
            "run": self.run,
            "protocol": self.protocol,
            "images": len(self.labels),
            "remark": self.remark,
            "embeddings": rows,
            "command": self.command,
            "env": self.env,
        }

    def tables(self) -> list[Table]:
        """Return a row a map; its scores, and those of what it was made from, each by itself."""
        rows = []
        for one in self.to_json()["embeddings"]:
            scores, before = one.pop("scores"), one.pop("features")
            kept = {key: value for key, value in scores.items() if key not in ("apart", "kinds")}
            kept |= {f"{key}_before": before[key] for key in ("knn", "silhouette")}
            for pair, score in scores["apart"].items():
                kept |= {pair: score, f"{pair} before": before["apart"][pair]}
            rows.append({**one, **kept})
        pairs = list(self.embeddings[0].scores["apart"]) if self.embeddings else []
        apart = [Column(key, form=share_text) for pair in pairs for key in (pair, f"{pair} before")]
        return [Table("embeddings", rows, [*_SCORES, *apart])]

    @property
    def headline(self) -> str:
        """What was embedded."""
        return f"{len(self.embeddings)} maps of {len(self.labels):,} images of {self.run}"

    def notes(self) -> list[str]:
        """Return why scores say nothing, where they do not."""
        return [self.remark] if self.remark else []

    def page(self) -> Page:
        """Return the page of the maps."""
        points = [one.points for one in self.embeddings]
        return embedding_page(
            self.to_json(), points, self.labels, self.symbols, self.generated, self.names,
            images=() if self.images is None else [*self.images[:SHOWN]],
        )  # fmt: skip

    def __str__(self) -> str:
        """Return the scores as text."""
        lines = [
            self.protocol,
            *([self.remark] if self.remark else []),
            "",
            f"{'layer':<12}{'perplexity':>11}{'k-NN':>9}{'silhouette':>12}{'trust':>8}"
            f"{'clusters':>10}{'alone':>8}{'k-NN before':>13}{'seconds':>9}",
        ]
        for one in self.embeddings:
            scores = one.scores
            lines.append(
                f"{one.layer:<12}{one.perplexity:>11g}{scores['knn']:>9.1%}"
                f"{scores['silhouette']:>12.2f}{scores['trust']:>8.3f}{scores['clusters']:>10}"
                f"{scores['alone']:>8.1%}{one.features['knn']:>13.1%}{one.seconds:>9.1f}"
            )
            for name, share in scores["apart"].items():
                first, second = scores["kinds"][name]
                lines.append(
                    f"  {name} ({first} and {second} images): neighbours distinguish {share:.1%}, "
                    f"{one.features['apart'][name]:.1%} before; 50 % is chance"
                )
        return "\n".join(lines)


def embed(
    run: Run,
    layers: Sequence[str] = (),
    *,
    perplexities: Sequence[float] = (30.0,),
    images: int = 2_000,
    apart: Sequence[tuple[tuple[int, ...], tuple[int, ...]]] = (),
    seed: int = 0,
    threads: int = 1,
    data_dir: str | Path | None = None,
    task: Task | None = None,
    command: str = "",
    quiet: bool = False,
    on_progress: Callable[[str], None] | None = None,
) -> RunEmbeddings:
    """Make maps of test images as a run's net sees them; of a generator also of its images.

    Parameters
    ----------
    run : Run
        A finished one with a net. A generator's images are shown beside as many real ones, as the
        reference classifier sees both; it stands in the same folder of runs.
    layers : sequence of str
        Layers of the net, or ``'input'``; by default the images and the last layer but the output.
        Of a generator ``'input'`` and ``'features'``.
    perplexities : sequence of float
    images : int
        Test images, drawn by `seed`; all where there are fewer. Of a generator real and generated
        ones together, which are drawn by its own seed.
    apart : sequence of pairs of tuples of int
        Symbols of two kinds of images, as ``((3, 5), (4, 4))``, whose separation is measured. Their
        order on the image counts for nothing.
    seed : int
        Of the choice of images and of the maps.
    threads : int
    data_dir : path, optional
        Where the datasets are.
    task : Task, optional
        The run's own, where it was loaded already.
    command : str
        What was typed; by default the one that does the same.
    quiet : bool
        Show no progress.
    on_progress : callable, optional
        Is given a short sentence of what is done now, again and again.

    Raises
    ------
    UnknownName
        For a layer that the net does not have, with the nearest right name.
    UsageError
        Where a perplexity is too large for the images, the run has no net, no image shows the
        symbols that are to be held apart, or the reference classifier of a generator is not there.
    """
    say = on_progress or (lambda _sentence: None)
    say("reading the images, and what the net makes of them")
    if isinstance(run.summary, GeneratorSummary):
        seen = seen_by_generator(run, layers, images, task=task, data_dir=data_dir, quiet=quiet)
    else:
        seen = seen_by_classifier(
            run, layers, images, seed, task=task, data_dir=data_dir, quiet=quiet
        )
    features, labels = seen.features, seen.labels
    groups = seen.groups(apart)
    maps = []
    plan = [(name, perplexity) for name in features for perplexity in perplexities]
    with progress(len(plan), f"{run.name}, maps", unit="map", quiet=quiet) as bar:
        for name, perplexity in plan:
            maps.append(_one_map(name, features[name], labels, groups, perplexity, seed, threads,
                                 say))  # fmt: skip
            bar.advance(text=f"{name}, perplexity {perplexity:g}")
    return RunEmbeddings(
        run=run.name,
        protocol=f"{seen.what}; t-SNE, seed {seed}",
        command=command
        or shlex.join(
            embedding_words(run.path, layers, perplexities, images=images, apart=apart, seed=seed)
        ),
        labels=labels,
        symbols=seen.symbols,
        embeddings=maps,
        env=environment(),
        generated=seen.generated,
        names=run.summary.class_names or (),
        images=seen.images,
        numbers=seen.numbers,
    )


def _one_map(
    layer: str,
    features: NDArray[np.float32],
    labels: NDArray[Any],
    groups: dict[str, tuple[NDArray[np.int64], NDArray[np.bool_]]],
    perplexity: float,
    seed: int,
    threads: int,
    say: Callable[[str], None],
) -> LayerEmbedding:
    started = time.perf_counter()
    what = f"{len(features):,} images by {layer}"
    say(f"finding the neighbours of {what}")
    points = embed_points(
        features, perplexity=perplexity, seed=seed, threads=threads,
        on_step=lambda step, steps: say(f"placing {what}: step {step} of {steps}"),
    ).points  # fmt: skip
    seconds = time.perf_counter() - started
    say("measuring how good the map is")
    clusters, alone = cluster_count(points)

    def separation(of: NDArray[Any]) -> dict[str, float]:
        return {name: separability(of[rows], which) for name, (rows, which) in groups.items()}

    return LayerEmbedding(
        layer,
        float(perplexity),
        round(seconds, 2),
        points,
        {
            "knn": knn_accuracy(points, labels),
            "silhouette": silhouette(points, labels, seed),
            "trust": trust(features, points, seed),
            "clusters": clusters,
            "alone": alone,
            "apart": separation(points),
            "kinds": {
                name: [int((~which).sum()), int(which.sum())] for name, (_, which) in groups.items()
            },
        },
        {
            "knn": knn_accuracy(features, labels),
            "silhouette": silhouette(features, labels, seed),
            "apart": separation(features),
        },
    )
