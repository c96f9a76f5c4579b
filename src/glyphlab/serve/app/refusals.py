"""Why a request gets no answer: a status and a sentence, whatever was raised."""

from __future__ import annotations

import logging

from glyphlab._common.errors import (
    DataError,
    DataMissing,
    GlyphlabError,
    NoSuchPath,
    RunError,
    RunLocked,
    UnknownName,
    UsageError,
)
from glyphlab._common.machine import of_the_machine

__all__ = ["Refused", "refusal_of"]

_STATUS: tuple[tuple[type[GlyphlabError], int], ...] = (
    (UnknownName, 404),
    (NoSuchPath, 404),
    (RunLocked, 409),
    (RunError, 409),
    (DataMissing, 409),
    (DataError, 422),
    (UsageError, 422),
    (GlyphlabError, 409),
)
"""Of our errors; the first class that fits counts."""


class Refused(GlyphlabError):
    """A request that is not answered.

    Parameters
    ----------
    status : int
        Of HTTP, from 400.
    reason : str
        A sentence.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.status, str(self))


def refusal_of(error: Exception) -> Refused:
    """Return what a client is answered for an error; a fault of ours is logged whole."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, GlyphlabError):
        status = next(status for kind, status in _STATUS if isinstance(error, kind))
        return Refused(status, str(error))
    if isinstance(error, PermissionError):
        return Refused(403, of_the_machine(error) or "the system does not allow that")
    message = of_the_machine(error)
    if message is not None:
        return Refused(409, message)
    logging.getLogger("glyphlab").error("the studio failed at a request", exc_info=error)
    return Refused(500, "the studio failed at this request; its terminal shows the details")
