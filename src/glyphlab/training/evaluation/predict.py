"""Predictions of a finished run for pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab.data.named_images import of_arrays
from glyphlab.runs import Run
from glyphlab.tasks.streams.shard_pictures import gather_pictures
from glyphlab.training.evaluation.picture_reader import Failure, PictureReader, Prediction

__all__ = ["as_mapping", "predict"]


def predict(
    run: str | Path | Run,
    images: str | Path | Sequence[str | Path] | NDArray[Any] | Iterable[NDArray[Any]],
    as_is: bool = False,
    *,
    warnings: bool = True,
    data_dir: str | Path | None = None,
    quiet: bool = True,
) -> list[dict[str, Any]]:
    """Predict the labels of pictures with a finished run.

    Parameters
    ----------
    run : str, Path or Run
        A run folder with its ``done``, or the run.
    images : paths or arrays
        Image files, folders, patterns and tasks in shards, as
        `glyphlab.tasks.streams.shard_pictures.gather_pictures` takes them; or
        arrays ``(h, w)``, several of them ``(n, h, w)``, of uint8 or of floats in 0..1.
    as_is : bool
        Take the pictures as they are, which must have the size that the model was trained on. By
        default each is prepared: its symbols are found and made like the training images. One that
        is like them already is left as it is.
    warnings : bool
        Whether images unlike the training data are warned of. The first time the training data are
        looked at for it, which takes a while.
    data_dir : path, optional
        Where the datasets are.
    quiet : bool
        Show no progress.

    Returns
    -------
    list of dict
        In the order of the pictures: ``path`` (as given, or the number of an array), ``label``
        (text, in class names), ``symbols`` (list of int), ``confidence`` in 0..1, ``prepared``
        (list of str: what was done first) and ``warning`` (str or None: why the label may mean
        nothing). Where nothing is written ``label`` and ``confidence`` are None, and ``symbols`` is
        empty.

    Raises
    ------
    NoSuchPath, DataError
        For the first picture that is missing, is no image, shows another number of symbols than
        the run expects, or with `as_is` has another size.
    UsageError
        For a run that reads nothing, as a generator's.
    RunError
        Where the run is not finished or does not fit its model.
    """
    loaded = run if isinstance(run, Run) else Run.load(Path(run))
    reader = PictureReader.load(loaded, warnings=warnings, data_dir=data_dir, quiet=quiet)
    if isinstance(images, str | Path):
        images = [images]
    if isinstance(images, np.ndarray) and images.ndim == 2:
        images = images[None]
    given = list(images)
    if any(isinstance(one, str | Path) for one in given):
        named = gather_pictures(given).images
    else:
        named = of_arrays(given)
    found = []
    for batch in reader.read(named, as_is=as_is):
        for one in batch:
            if isinstance(one, Failure):
                raise one.error
            found.append(as_mapping(one))
    return found


def as_mapping(one: Prediction) -> dict[str, Any]:
    """Return a prediction as ``glyphlab predict --json`` has it."""
    return {
        "path": one.name,
        "label": None if one.blank else one.label,
        "symbols": [] if one.blank else one.symbols,
        "confidence": None if one.blank else one.confidence,
        "prepared": list(one.prepared),
        "warning": one.warning,
    }
