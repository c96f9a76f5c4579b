"""Downloading a file from the first mirror that serves the right bytes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from glyphlab.data.idx import decompressed
from glyphlab.data.registry import RemoteFile
from glyphlab.errors import DataError, DataMissing
from glyphlab.files import atomic_path

__all__ = [
    "action",
    "default_root",
    "digest_of",
    "download",
    "fetch_command",
    "is_offline",
    "verified",
]

_TIMEOUT_SECONDS = 30


def is_offline(offline: bool | None) -> bool:
    """Return `offline`, or where it is None whether ``GLYPHLAB_OFFLINE`` forbids the network."""
    if offline is not None:
        return offline
    return os.environ.get("GLYPHLAB_OFFLINE", "").strip().lower() not in ("", "0", "false", "no")


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def action(path: Path, digest: str) -> Literal["use", "fetch", "replace"]:
    """Decide what a fetch has to do about one file; nothing is changed.

    Parameters
    ----------
    path : Path
        Where the file would be, gzip or plain.
    digest : str
        SHA-256 that its decompressed bytes must have.

    Returns
    -------
    {"use", "fetch", "replace"}
        It is there and right, not there, or there and wrong.
    """
    if not path.is_file():
        return "fetch"
    try:
        verified(path, digest, source="")
    except DataError:
        return "replace"
    return "use"


def verified(path: Path, digest: str, *, source: str) -> bytes:
    """Return the decompressed bytes of a file after checking them.

    Raises
    ------
    DataError
        Where they are not what `digest` says.
    """
    again = fetch_command(source, path.parent.parent)
    advice = f"delete it or run '{again}' to replace it"
    try:
        content = decompressed(path.read_bytes(), str(path))
    except DataError as error:
        raise DataError(f"{error}, or run '{again}' to replace it") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error}); {advice}") from error
    found = digest_of(content)
    if found != digest:
        raise DataError(
            f"{path}: SHA-256 of its decompressed bytes is {found}, expected {digest}; {advice}"
        )
    return content


def fetch_command(source: str, root: Path) -> str:
    """Return what to type to fetch a source into the folder of datasets `root`."""
    command = f"glyphlab data fetch {source}"
    if root == default_root():
        return command
    return f"{command} --data-dir {shlex.quote(str(root))}"


def default_root() -> Path:
    """Return the user's cache, where datasets go unless another folder is named."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("glyphlab"))


class _RichBar:
    """What pooch expects of a progress bar, drawn by rich on stderr."""

    def __init__(self, what: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task(what, total=None)
        self._progress.start()

    @property
    def total(self) -> float | None:
        return self._progress.tasks[0].total

    @total.setter
    def total(self, total: float) -> None:
        self._progress.update(self._task, total=total)

    def update(self, amount: int) -> None:
        self._progress.advance(self._task, amount)

    def reset(self) -> None:
        self._progress.update(self._task, completed=0)

    def close(self) -> None:
        self._progress.stop()


def download(file: RemoteFile, mirrors: Iterable[str], target: Path, *, source: str) -> bytes:
    """Fetch one file under a temporary name, check it, and only then give it its own.

    Parameters
    ----------
    file : RemoteFile
        What to fetch.
    mirrors : iterable of str
        Addresses of folders, tried in order.
    target : Path
        Where the file goes, as the mirror serves it.
    source : str
        The source's name, for messages.

    Returns
    -------
    bytes
        The decompressed bytes.

    Raises
    ------
    DataMissing
        Where no mirror could be reached.
    DataError
        Where a mirror answered and none served the right bytes, or the folder cannot be written.
    """
    import pooch
    import requests

    failures: list[str] = []
    wrong_bytes = False
    for mirror in mirrors:
        address = mirror + file.name
        bar: Any = _RichBar(file.name)
        try:
            with atomic_path(target) as temporary:
                pooch.HTTPDownloader(progressbar=bar, timeout=_TIMEOUT_SECONDS)(
                    address, str(temporary), None
                )
                return verified(temporary, file.sha256, source=source)
        except requests.RequestException as error:
            failures.append(f"{address} ({type(error).__name__})")
        except DataError:
            wrong_bytes = True
            failures.append(f"{address} (not the right bytes)")
        except OSError as error:
            raise DataError(
                f"{target}: cannot be written ({error}); "
                "name a folder of yours with --data-dir or GLYPHLAB_DATA"
            ) from error
        finally:
            bar.close()
    with contextlib.suppress(OSError):
        target.parent.rmdir()  # made for this file; it stays where it holds others
    kind = DataError if wrong_bytes else DataMissing
    raise kind(
        f"'{file.name}' of {source} could not be fetched from {'; '.join(failures)}: check the "
        f"network and run '{fetch_command(source, target.parent.parent)}', or put the file at "
        f"{target}"
    )
