"""Images that a person names, tasks in shards among them: these are read a part at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from glyphlab._common.errors import GlyphlabError
from glyphlab.data.named_images import Gathered, NamedImage, gather, of_arrays, of_error
from glyphlab.tasks.splits import SPLITS
from glyphlab.tasks.streams.image_shards import ShardImages, is_shards, shard_images
from glyphlab.tasks.streams.streamed_images import CHUNK

__all__ = ["gather_pictures"]


def gather_pictures(names: Sequence[str | Path]) -> Gathered:
    """Find the images that names stand for; nothing is read yet.

    Parameters
    ----------
    names : sequence of str or Path
        Each as `glyphlab.data.named_images.gather` takes it; or the folder of a task in shards,
        which stands for the images of all its splits; or the folder of one of these splits.

    Returns
    -------
    Gathered
        Images of shards are read a few at a time, while they are iterated over.
    """
    found: list[Gathered] = []
    others: list[str | Path] = []
    for name in names:
        root, splits = _shards_at(Path(name))
        if root is None:
            others.append(name)
            continue
        found.append(gather(others))
        others = []
        try:
            images = shard_images(root)
        except GlyphlabError as error:
            found.append(Gathered([of_error(error, str(name))], 1))
            continue
        found += [
            Gathered(_in_parts(images[split], called), len(images[split]))
            for split, called in splits.items()
        ]
    return Gathered.joined([*found, gather(others)])


def _shards_at(path: Path) -> tuple[Path | None, Mapping[str, str]]:
    """Return the folder of a task in shards, and its splits that a path names with their names."""
    if is_shards(path):
        return path, {split: f"{path} {split}" for split in SPLITS}
    if path.name in SPLITS and is_shards(path.parent):
        return path.parent, {path.name: str(path)}
    return None, {}


def _in_parts(images: ShardImages, name: str) -> Iterator[NamedImage]:
    for start in range(0, len(images), CHUNK):
        try:
            part = images[start : start + CHUNK]
        except GlyphlabError as error:
            yield of_error(error, name)
            return
        yield from of_arrays(part, name, start + 1)
