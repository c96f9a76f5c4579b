"""What the studio shows and answers, one module an area; `areas_in_order` lists them."""

from __future__ import annotations

__all__: list[str] = []
