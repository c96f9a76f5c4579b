"""An address as a QR code in the terminal, for the cameras of phones."""

from __future__ import annotations

import io
import sys

import segno

__all__ = ["print_qr_code", "qr_text"]


def qr_text(address: str) -> str:
    """Return the code of an address as lines of half blocks."""
    text = io.StringIO()
    segno.make(address, error="l").terminal(text, compact=True)
    return text.getvalue()


def print_qr_code(address: str) -> None:
    """Show the code on stderr, where that is a terminal that a phone can be held before."""
    if sys.stderr.isatty():
        sys.stderr.write(qr_text(address))
        sys.stderr.flush()
