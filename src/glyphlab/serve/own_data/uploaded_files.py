"""Files on their way into the studio: under numbers of our own, never under a client's path."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from glyphlab._common.untrusted.gray_images import ENDINGS
from glyphlab._common.untrusted.limits import in_words
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.readers.kept_with_studio import kept_with

__all__ = ["MOST_BYTES", "MOST_FILES", "TABLES", "Upload", "UploadedFile", "Uploads", "uploads_of"]

TABLES = (".csv", ".npz")
MOST_FILES = 20_000
MOST_BYTES = 512 << 20
"""Of one upload."""
MOST_OF_IMAGE = 16 << 20
MOST_OF_TABLE = 128 << 20
MOST_UPLOADS = 4
"""At a time: all are on this machine's disk."""
IDLE = 1_800.0
"""Seconds after which an upload that nobody went on with makes room for another."""
_PATIENCE = 5.0
"""Seconds that a request waits for another one about the same upload."""
_PART = re.compile(r"[^/\\\x00-\x1f\x7f]{1,100}")
_DEEPEST = 12


@dataclass(frozen=True)
class UploadedFile:
    """A file that was sent.

    Attributes
    ----------
    parts : tuple of str
        Folders and name as the client has them; for order, labels and messages alone.
    path : Path
        Where it is kept, under a number.
    size : int
        Bytes so far.
    """

    parts: tuple[str, ...]
    path: Path
    size: int

    @property
    def ending(self) -> str:
        """Such as ``.png``, in small letters."""
        return Path(self.parts[-1]).suffix.lower()


@dataclass
class Upload:
    """Files of one person, who may yet add to them.

    Attributes
    ----------
    name : str
        A secret: who knows it may add, audit and use.
    folder : Path
    files : dict of tuple of str to UploadedFile
    used : float
        When it was last asked for.
    lock : Lock
        Held while files are added, or read.
    """

    name: str
    folder: Path
    files: dict[tuple[str, ...], UploadedFile] = field(default_factory=dict)
    used: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def total(self) -> int:
        """Of all files."""
        return sum(one.size for one in self.files.values())

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold it for as long as the block runs, against changes by others.

        Raises
        ------
        Refused
            Where another request works on it.
        """
        if not self.lock.acquire(timeout=_PATIENCE):
            raise Refused(409, "these files are being read already: wait for their audit")
        try:
            yield
        finally:
            self.lock.release()

    def add(self, path: str, start: int, content: bytes) -> UploadedFile:
        """Add a file, or more of it.

        Parameters
        ----------
        path : str
            Its folders and name, as the client has them.
        start : int
            Bytes of it that were sent before.
        content : bytes

        Raises
        ------
        Refused
            For a name that none can have, another kind of file, a part that does not follow, and
            beyond the limits.
        """
        parts = _parts(path)
        ending = Path(parts[-1]).suffix.lower()
        if ending not in ENDINGS and ending not in TABLES:
            raise Refused(422, f"'{parts[-1]}' is no image, and no table that is read (CSV, NPZ)")
        with self.held():
            there = self.files.get(parts)
            if start and (there is None or there.size != start):
                raise Refused(409, f"'{parts[-1]}': this part begins at byte {start:,}, and "
                              f"{there.size if there else 0:,} bytes are here: begin again"
                              )  # fmt: skip
            before = there.size if there and start else 0
            self._require_room(parts, before, len(content), ending)
            number = there.path if there else self.folder / f"{len(self.files):06}{ending}"
            try:
                with number.open("ab" if before else "wb") as file:
                    file.write(content)
            except OSError:  # as of a full disk: what is written of it would be there twice
                with contextlib.suppress(OSError):
                    os.truncate(number, before)
                if there is not None:
                    self.files[parts] = replace(there, size=before)
                raise
            found = self.files[parts] = UploadedFile(parts, number, before + len(content))
            return found

    def _require_room(self, parts: tuple[str, ...], before: int, more: int, ending: str) -> None:
        if parts not in self.files and len(self.files) >= MOST_FILES:
            raise Refused(413, f"more than {MOST_FILES:,} files: import them in a terminal with "
                          "'glyphlab data import'")  # fmt: skip
        most = MOST_OF_TABLE if ending in TABLES else MOST_OF_IMAGE
        if before + more > most:
            raise Refused(413, f"'{parts[-1]}' has more than {in_words(most)}: import it in a "
                          "terminal with 'glyphlab data import'")  # fmt: skip
        if self.total + more > MOST_BYTES:
            raise Refused(413, f"the files have more than {in_words(MOST_BYTES)} together: import "
                          "them in a terminal with 'glyphlab data import'")  # fmt: skip


class Uploads:
    """All uploads of a studio, in a temporary folder that goes with it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="glyphlab-uploads-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._there: dict[str, Upload] = {}
        self._lock = threading.Lock()

    def begin(self) -> Upload:
        """Begin an upload; one that was left for long makes room.

        Raises
        ------
        Refused
            Where others are busy with as many as there may be.
        """
        with self._lock:
            now = time.monotonic()
            for name in [one.name for one in self._there.values() if now - one.used > IDLE]:
                self._drop(name)
            if len(self._there) >= MOST_UPLOADS:
                raise Refused(429, f"{MOST_UPLOADS} uploads are being prepared already: use or "
                              "discard one of them, or try again later")  # fmt: skip
            name = secrets.token_hex(12)
            folder = self._folder / name
            folder.mkdir()
            found = self._there[name] = Upload(name, folder)
            return found

    def of(self, name: str) -> Upload:
        """Return an upload by its name.

        Raises
        ------
        Refused
            Where it was used, discarded, or left for long.
        """
        with self._lock:
            found = self._there.get(name)
            if found is None:
                raise Refused(404, "there is no such upload (any more): send the files again")
            found.used = time.monotonic()
            return found

    def discard(self, name: str) -> None:
        """Remove an upload and its files."""
        self.of(name)
        with self._lock:
            self._drop(name)

    def _drop(self, name: str) -> None:
        shutil.rmtree(self._there.pop(name).folder, ignore_errors=True)


def uploads_of(studio: Studio) -> Uploads:
    """Return the uploads of a studio."""
    return kept_with(studio, _made_for)


def _made_for(_studio: Studio) -> Uploads:
    return Uploads()


def _parts(path: str) -> tuple[str, ...]:
    parts = tuple(part for part in path.split("/") if part)
    hidden = next((part for part in parts if part.startswith(".")), None)
    if hidden is not None:
        raise Refused(422, f"'{hidden}' is hidden, or leads elsewhere: only plain names are taken")
    if not parts or not all(map(_PART.fullmatch, parts)) or len(parts) > _DEEPEST:
        raise Refused(422, f"a path of 1 to {_DEEPEST} plain names is expected, of at most 100 "
                      "characters each")  # fmt: skip
    return parts
