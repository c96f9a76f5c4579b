"""Maps of test images by t-SNE, kept for as long as the studio lives, and how far one is."""

from __future__ import annotations

from dataclasses import dataclass, field

from glyphlab.experiments.embedding import RunEmbeddings, embed
from glyphlab.runs import GeneratorSummary, Run
from glyphlab.serve.app.areas import ServerEvent
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.inside.scored_images import test_task
from glyphlab.serve.readers.kept_with_studio import kept_with
from glyphlab.serve.readers.last_few import LastFew

__all__ = ["FollowedMap", "MapKey", "kept_map"]

MOST = 12
MapKey = tuple[str, str, float, int]
"""Run, layer, perplexity, images."""


@dataclass
class _KeptMaps:
    found: LastFew[tuple[MapKey, int], RunEmbeddings] = field(default_factory=lambda: LastFew(MOST))
    sentences: dict[MapKey, str] = field(default_factory=dict)


def kept_map(studio: Studio, run: Run, key: MapKey) -> RunEmbeddings:
    """Return a map, made when it is first asked for.

    Parameters
    ----------
    studio : Studio
    run : Run
        A finished one.
    key : MapKey
        With the name of a layer, or ``'input'``.
    """
    kept, made = kept_with(studio, _made_for), (run.path / "done").stat().st_mtime_ns
    _, layer, perplexity, images = key

    def say(sentence: str) -> None:
        kept.sentences[key] = sentence

    def make() -> RunEmbeddings:
        generator = isinstance(run.summary, GeneratorSummary)
        say("loading the images")
        try:
            return embed(
                run, [layer], perplexities=[perplexity], images=images,
                data_dir=studio.settings.data_dir, quiet=True, on_progress=say,
                task=None if generator else test_task(studio, run),
            )  # fmt: skip
        finally:
            kept.sentences.pop(key, None)

    return kept.found.of((key, made), make)


class FollowedMap:
    """How far a map is, as a stream tells it; it ends with the browser alone."""

    def __init__(self, studio: Studio, key: MapKey) -> None:
        self.kept, self.key = kept_with(studio, _made_for), key
        self.sentence, self.number = "", 0
        self.ended = False

    def more(self) -> list[ServerEvent]:
        """Return the sentence, where it is another one."""
        now = self.kept.sentences.get(self.key, "")
        if now == self.sentence:
            return []
        self.sentence = now
        self.number += 1
        return [ServerEvent("progress", {"sentence": now}, self.number)]


def _made_for(_studio: Studio) -> _KeptMaps:
    return _KeptMaps()
