"""What goes to a worker and what comes back: recipes there, names and digests back, as JSON."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import TypeAdapter

from glyphlab._common import errors
from glyphlab._common.errors import GlyphlabError, WorkerError
from glyphlab.runs import Run, environment

__all__ = ["Answer", "Ended", "Heard", "Job", "digest_of", "error_of", "own_environment"]

COMPARED = ("glyphlab", "commit", "source", "torch", "numpy", "sklearn", "numba")
"""What must be the same where two processes work on one experiment."""
_PACKAGE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Job:
    """Recipes that train side by side, and where.

    Attributes
    ----------
    recipes : tuple of dict
        As `parse_recipe` reads them, each with its kind.
    root : str
        Folder of the run folders, which every worker sees.
    folder : str
        The caller's working folder, in which relative paths are meant.
    driver : str
        Name of a file in `root` that the caller keeps there for as long as it lives.
    command : str or None
        What was typed; None where each run is to say how it is made by itself.
    required : tuple of str
        Folders of finished runs that the recipes name.
    data_dir : str or None
        Where the datasets are.
    imports : tuple of str
        Modules of the user's own models, which the caller has imported.
    environment : dict
        Versions and source that the caller runs on.
    threads : int
        Of each training that begins; one that is resumed keeps its own.
    checkpoint_seconds : float
    quiet : bool
    streamed : bool
        Whether tasks are composed as streams.
    """

    recipes: tuple[dict[str, Any], ...]
    root: str
    folder: str
    driver: str
    command: str | None
    required: tuple[str, ...]
    data_dir: str | None
    imports: tuple[str, ...]
    environment: dict[str, Any]
    threads: int
    checkpoint_seconds: float
    quiet: bool
    streamed: bool

    def to_json(self) -> dict[str, Any]:
        """Return what JSON holds of it."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` returned."""
        return TypeAdapter(cls).validate_python(dict(document))


@dataclass(frozen=True)
class Ended:
    """What became of one recipe: a run by name and digest, or the error that ended it."""

    name: str = ""
    digest: str = ""
    trained: bool = False
    error: str = ""
    message: str = ""


@dataclass(frozen=True)
class Heard:
    """An alarm or a note of a training, for those who listen."""

    kind: Literal["alarm", "note"]
    run: str
    text: str
    name: str = ""
    epoch: int = 0


@dataclass(frozen=True)
class Answer:
    """What a worker says of a job.

    Attributes
    ----------
    node : str
        Name of the machine.
    ended : tuple of Ended
        One a recipe, in order; empty where the job as a whole failed.
    notes : tuple of str
        What was noted meanwhile.
    heard : tuple of Heard
    stopped : bool
        Whether it was asked to stop, and did so behind a checkpoint.
    unfit : bool
        Whether another machine may succeed: data, a disk or a version that this one lacks.
    error, message : str
        Class and text of what ended all of it.
    fault : str
        The traceback of a fault of ours.
    """

    node: str
    ended: tuple[Ended, ...] = ()
    notes: tuple[str, ...] = ()
    heard: tuple[Heard, ...] = field(default=())
    stopped: bool = False
    unfit: bool = False
    error: str = ""
    message: str = ""
    fault: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what JSON holds of it."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` returned."""
        return TypeAdapter(cls).validate_python(dict(document))


def error_of(name: str, message: str) -> GlyphlabError:
    """Return an error of our tree by the name of its class, with this message."""
    kind = getattr(errors, name, None)
    if not (isinstance(kind, type) and issubclass(kind, GlyphlabError)):
        kind = WorkerError
    made = kind.__new__(kind)
    made.args = (message,)  # past __init__, which would make a second message of the first
    return made


def digest_of(run: Run) -> str:
    """Return the digest of what a finished run leaves, 16 hexadecimal digits."""
    content = hashlib.blake2b()
    for name in ("predictions.npz", "model.safetensors", "model.skops"):
        path = run.path / name
        if path.exists():
            content.update(name.encode())
            content.update(path.read_bytes())
    return content.hexdigest()[:16]


@functools.cache
def own_environment() -> dict[str, Any]:
    """Return what this process works with, as far as workers must have the same."""
    source = hashlib.blake2b()
    for file in sorted(_PACKAGE.rglob("*.py")):
        source.update(file.relative_to(_PACKAGE).as_posix().encode())
        source.update(file.read_bytes())
    found = {**environment(), "source": source.hexdigest()[:16]}
    return {name: found[name] for name in COMPARED}
