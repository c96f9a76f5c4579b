"""From a folder of runs to a studio that listens."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from glyphlab._common.errors import NoSuchPath, UsageError
from glyphlab.runs.index import require_folder
from glyphlab.serve.app.listening import LOCAL, Listening, is_local, listening
from glyphlab.serve.app.own_folders import own_folders
from glyphlab.serve.app.studio import Settings, Studio
from glyphlab.serve.readers.embedded_model import embedded_run
from glyphlab.serve.views.areas_in_order import AREAS

__all__ = ["open_studio"]


@contextlib.contextmanager
def open_studio(
    root: str | Path = "runs",
    *,
    host: str = LOCAL,
    port: int | None = None,
    token: str | None = None,
    allow_training: bool = False,
    at_once: int = 1,
    data_dir: str | Path | None = None,
    quiet: bool = False,
) -> Iterator[Listening]:
    """Open the studio of a folder of runs, and close it when the block ends.

    Where no finished run of a classifier is there, a small model of the embedded digits is trained
    first, with a progress bar; it is kept in the user's cache.

    Parameters
    ----------
    root : path
        The folder of runs; ``runs`` need not be there yet.
    host, port, token
        As `listening` takes them.
    allow_training : bool
        Whether visitors from other machines may start, stop and delete, as the owner may.
    at_once : int
        Trainings that run side by side.
    data_dir : path, optional
        Where the datasets are.
    quiet : bool
        Show no progress.

    Raises
    ------
    UsageError
        Where the folder is not there, or it cannot be listened on that port or host.
    """
    root = Path(root)
    if root.exists() and not root.is_dir():
        raise NoSuchPath(f"{root} is a file, expected a folder of runs: name another")
    require_folder(root)
    if allow_training and is_local(host):
        raise UsageError(
            "--allow-training is for visitors from other machines: add --host ADDRESS, or leave "
            "it out, as this machine may train anyway"
        )
    read_only = not is_local(host) and not allow_training
    data_dir = None if data_dir is None else Path(data_dir)
    folders = () if is_local(host) else own_folders(root, data_dir)
    settings = Settings(root, read_only, data_dir, at_once, own_folders=folders)
    studio = Studio(settings, AREAS)
    with listening(studio, host=host, port=port, token=token) as opened:
        known = studio.runs.all().runs.values()
        if not any(one.state == "done" and one.kind == "classifier" for one in known):
            studio.settings = replace(settings, embedded=embedded_run(quiet=quiet).path)
        yield opened
