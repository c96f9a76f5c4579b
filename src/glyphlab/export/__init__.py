"""What leaves the bench: a finished run as one page, or as an ONNX file."""

from __future__ import annotations

__all__: list[str] = []
