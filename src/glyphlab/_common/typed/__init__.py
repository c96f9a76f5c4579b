"""Documents that people type: how they are checked, and the message for a wrong one."""

from __future__ import annotations

from glyphlab._common.typed.typed_documents import TypedDocument
from glyphlab._common.typed.validation_messages import explain, must_be

__all__ = ["TypedDocument", "explain", "must_be"]
