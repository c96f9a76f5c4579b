"""Downloading a file from the first mirror that serves the right bytes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from glyphlab._common.errors import DataError, DataMissing
from glyphlab._common.files import atomic_path
from glyphlab._common.progress import Progress, progress
from glyphlab._common.untrusted import Unreadable, read_plain_file
from glyphlab._common.untrusted.limits import ARRAY_BYTES
from glyphlab.data.formats.idx import decompressed
from glyphlab.data.published_sets import RemoteFile

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


def action(path: Path, digest: str, size: int = ARRAY_BYTES) -> Literal["use", "fetch", "replace"]:
    """Decide what a fetch has to do about one file; nothing is changed.

    Parameters
    ----------
    path : Path
        Where the file would be, gzip or plain.
    digest : str
        SHA-256 that its decompressed bytes must have.
    size : int
        Bytes that it unpacks to at most.

    Returns
    -------
    {"use", "fetch", "replace"}
        It is there and right, not there, or there and wrong.
    """
    if not path.is_file():
        return "fetch"
    try:
        verified(path, digest, source="", size=size)
    except DataError:
        return "replace"
    return "use"


def verified(path: Path, digest: str, *, source: str, size: int = ARRAY_BYTES) -> bytes:
    """Return the decompressed bytes of a file, `size` at most, after checking them.

    Raises
    ------
    DataError
        Where they are not what `digest` says.
    """
    again = fetch_command(source, path.parent.parent)
    advice = f"delete it or run '{again}' to replace it"
    try:
        content = decompressed(read_plain_file(path), str(path), size)
    except Unreadable as error:
        raise DataError(f"{path}: {error.reason}; {advice}") from error
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


class _Bar:
    """What pooch expects of a progress bar, told to ours: it opens once the size is known.

    Parameters
    ----------
    title : str
        What is fetched.
    quiet : bool
        Show nothing.
    """

    def __init__(self, title: str, quiet: bool) -> None:
        self._title, self._quiet = title, quiet
        self._size = self._done = 0
        self._shown: Progress | None = None
        self._block = contextlib.ExitStack()

    @property
    def total(self) -> int:
        """Bytes in all; 0 where the mirror did not say."""
        return self._size

    @total.setter
    def total(self, size: int) -> None:
        self._size = size
        self._shown = self._block.enter_context(
            progress(size or None, self._title, unit="byte", quiet=self._quiet)
        )

    def update(self, amount: int) -> None:
        """Hear of a chunk. Pooch takes the last for as long as all others: no more than all is."""
        assert self._shown is not None, "pooch says the size first"
        done = self._done + amount
        done = min(done, self._size) if self._size else done
        self._shown.advance(done - self._done)
        self._done = done

    def reset(self) -> None:
        """Do nothing: pooch begins again only to say that all is there."""

    def close(self) -> None:
        """Do nothing: the end of the block ends the bar, also where pooch fails."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._block.__exit__(kind, error, at)


def download(
    file: RemoteFile, mirrors: Iterable[str], target: Path, *, source: str, quiet: bool = False
) -> bytes:
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
    quiet : bool
        Show no progress.

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
        try:
            with atomic_path(target) as temporary:
                with _Bar(file.name, quiet) as bar:
                    pooch.HTTPDownloader(progressbar=bar, timeout=_TIMEOUT_SECONDS)(
                        address, str(temporary), None
                    )
                return verified(temporary, file.sha256, source=source, size=file.size)
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
    with contextlib.suppress(OSError):
        target.parent.rmdir()  # made for this file; it stays where it holds others
    kind = DataError if wrong_bytes else DataMissing
    raise kind(
        f"'{file.name}' of {source} could not be fetched from {'; '.join(failures)}: check the "
        f"network and run '{fetch_command(source, target.parent.parent)}', or put the file at "
        f"{target}"
    )
