"""The one tree of errors, and the exit codes of the command line.

::

    GlyphlabError            exit 1  anything this project raises on purpose
    ├── UsageError           exit 2  a word, option or recipe that cannot be meant
    │   ├── OldArgument      exit 2  an argument of a function that has a new name; a TypeError
    │   ├── NoSuchPath       exit 2  a file or folder that was named and is not there
    │   ├── UnknownName      exit 2  not in a registry; carries the nearest right name
    │   ├── RecipeError      exit 2  a recipe with a wrong key or value
    │   │   └── IgnoredKey   exit 2  a key that would change nothing
    │   ├── SceneError       exit 2  a scene that cannot be drawn
    │   └── StudyError       exit 2  a study with a wrong key or value
    ├── PluginError          exit 1  a plug-in that cannot be used
    ├── DataError            exit 1  a file that is there but wrong
    ├── DataMissing          exit 5  a source that is not here and may not, or could not, be fetched
    ├── LeakFound            exit 3  ``audit --strict``
    ├── AlarmRaised          exit 4  ``generate --strict``
    ├── RunError             exit 1  a run folder that cannot be used
    │   ├── ReferenceMismatch    exit 1  another reference classifier than before
    │   ├── OtherSchema      exit 1  a run of an older or a newer layout
    │   └── RunLocked        exit 1  another process holds it
    ├── TrainingDiverged     exit 1  a loss that is not a number
    └── WorkerError          exit 1  a worker that died, or a cluster that cannot be used

A message says what was found, what was expected, and what to do next, on one line.
"""

from __future__ import annotations

import copyreg
import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

__all__ = [
    "AlarmRaised",
    "DataError",
    "DataMissing",
    "GlyphlabError",
    "IgnoredKey",
    "LeakFound",
    "NoSuchPath",
    "OldArgument",
    "OtherSchema",
    "PluginError",
    "RecipeError",
    "ReferenceMismatch",
    "RunError",
    "RunLocked",
    "SceneError",
    "StudyError",
    "TrainingDiverged",
    "UnknownName",
    "UsageError",
    "WorkerError",
    "look_up",
    "names_in_short",
    "nearest",
    "printable",
]

Entry = TypeVar("Entry")

INTERRUPTED_EXIT = 130
"""Exit code after Ctrl-C, once the checkpoint is written."""
MOST_SHOWN = 160
"""Characters of known names in a message, of each kind of them."""


def printable(text: str) -> str:
    """Return one line with nothing in it that commands a terminal, as names from outside may."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode()
                   for one in text)  # fmt: skip


class GlyphlabError(Exception):
    """Anything this project raises on purpose."""

    exit_code: int = 1

    def __str__(self) -> str:
        return printable(super().__str__())


class UsageError(GlyphlabError, ValueError):
    """A word, option or value that cannot be meant."""

    exit_code = 2


class OldArgument(UsageError, TypeError):
    """An argument of a function by a name that it had before."""


class NoSuchPath(UsageError):
    """A file or folder that was named and is not there."""


class UnknownName(UsageError):
    """A name that is in no registry.

    Parameters
    ----------
    kind : str
        What was looked up: ``"task"``, ``"model"``, …
    name : str
        What was typed.
    known : iterable of str
        The right names.
    beside : str
        What may stand there besides a name, as ``"a folder"``.
    where : str
        Where it was looked for, as ``"in the folder runs"``.
    groups : mapping of str to iterables of str, optional
        Right names of several kinds, by what each kind is called; `known` is left out then.
    beginnings : bool
        Whether the beginning of a name may stand for it, and may have been mistyped too.
    """

    def __init__(
        self,
        kind: str,
        name: str,
        known: Iterable[str] = (),
        beside: str = "",
        *,
        where: str = "",
        groups: Mapping[str, Iterable[str]] = MappingProxyType({}),
        beginnings: bool = False,
    ) -> None:
        by_kind = {what: sorted(names) for what, names in (groups or {"": known}).items()}
        every = [one for names in by_kind.values() for one in names]
        close = _nearest_beginning(name, every) if beginnings else nearest(name, every)
        hint = f"did you mean '{close}'? " if close else ""
        shown = [f"{what} {names_in_short(name, names)}" for what, names in by_kind.items()]
        shown += [f"or {beside}"] if beside else []
        place = f" {where}" if where else ""
        known_names = "; ".join(shown).strip()
        super().__init__(f"unknown {kind} '{name}'{place}: {hint}known: {known_names}")
        self.kind, self.name, self.suggestion = kind, name, close

    def __reduce__(self) -> tuple[object, ...]:
        # past __init__, which would make a second message of the first
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class RecipeError(UsageError):
    """A recipe with a key or a value that it cannot have."""


class IgnoredKey(RecipeError):
    """A key that would change nothing of the recipe that it stands in.

    Parameters
    ----------
    where : str
        What the recipe is called.
    key : str
        As ``training.momentum``.
    reason : str
        Why it would change nothing, and what to do.
    """

    def __init__(self, where: str, key: str, reason: str) -> None:
        super().__init__(f"{where}: {key} {reason}")
        self.where, self.key, self.reason = where, key, reason

    def __reduce__(self) -> tuple[object, ...]:
        return IgnoredKey, (self.where, self.key, self.reason), self.__dict__


class SceneError(UsageError):
    """A scene that cannot be drawn on its canvas or from its symbols."""


class StudyError(UsageError):
    """A study with a key or a value that it cannot have, or another one of the same name."""


class PluginError(GlyphlabError):
    """An extension from another package that cannot be imported, or has what another has."""


class DataError(GlyphlabError):
    """A data file that is there but is not what it should be."""


class DataMissing(GlyphlabError):
    """A source of data that is not on this machine and may not, or could not, be fetched."""

    exit_code = 5


class LeakFound(GlyphlabError):
    """Training and test share what they must not share."""

    exit_code = 3


class AlarmRaised(GlyphlabError):
    """A generator that failed, by a statistic of its training."""

    exit_code = 4


class RunError(GlyphlabError):
    """A run folder that cannot be read or written."""


class ReferenceMismatch(RunError):
    """The reference classifier of generated images is not the one of before."""


class OtherSchema(RunError):
    """A run folder that another version wrote in another layout."""


class RunLocked(RunError):
    """A run folder that another process is writing."""


class TrainingDiverged(GlyphlabError):
    """A loss that is not a finite number."""


class WorkerError(GlyphlabError):
    """A worker that died again and again, or a cluster that cannot be used."""


ALSO_CALLED = {
    "gpu": "cuda",
    "batch": "batch_size",
    "lr": "learning_rate",
    "rate": "learning_rate",
    "augmentation": "augment",
    "early_stopping": "patience",
    "validation_split": "validation_fraction",
    "cap": "class_cap",
    "memory": "replay",
    "report": "triple-mnist-cnn",
    "report-multihead": "paper-multihead",
    "report-sliced": "paper-sliced",
    "report-whole": "paper-whole",
    "label": "rule",
    "offset": "free",
    "offsets": "free",
}
"""Other words for a name, which no closeness of letters finds."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a typing mistake most likely meant, or None."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    if (meant := ALSO_CALLED.get(name.lower())) in by_lower:
        return meant
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.5)
    return by_lower[close[0]] if close else None


def _nearest_beginning(name: str, known: Iterable[str]) -> str | None:
    """Return the name, or the beginning of several, up to a hyphen, that was most likely meant."""
    beginnings: dict[str, list[str]] = {}
    for one in known:
        words = one.split("-")
        for count in range(1, len(words) + 1):
            beginnings.setdefault("-".join(words[:count]), []).append(one)
    close = nearest(name, beginnings)
    return beginnings[close][0] if close and len(beginnings[close]) == 1 else close


def names_in_short(name: str, known: Iterable[str]) -> str:
    """Return known names on one line: all of them where they are few, else the nearest first.

    Parameters
    ----------
    name : str
        What was typed instead of one.
    known : iterable of str
    """
    names = sorted(known)
    if len(", ".join(names)) <= MOST_SHOWN:
        return ", ".join(names)
    typed = name.lower()
    first = nearest(name, names)
    names.sort(
        key=lambda one: (one != first, -difflib.SequenceMatcher(None, typed, one.lower()).ratio())
    )
    shown: list[str] = []
    for one in names:
        if shown and len(", ".join([*shown, one])) > MOST_SHOWN:
            break
        shown.append(one)
    return f"{', '.join(shown)} and {len(names) - len(shown)} more"


def look_up(kind: str, name: str, registry: Mapping[str, Entry]) -> Entry:
    """Return what a registry holds under a name.

    Raises
    ------
    UnknownName
        With the nearest right name.
    """
    if name not in registry:
        raise UnknownName(kind, name, registry)
    return registry[name]
