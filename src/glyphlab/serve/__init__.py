"""The studio: a local page to draw on, follow trainings, look inside models, and an HTTP API.

Needs Starlette, Uvicorn and segno, of the extra ``serve``. What listens is `serve.app.listening`;
what is shown is in `serve.views`, one module an area.
"""

from __future__ import annotations

import importlib.util

from glyphlab._common.errors import UsageError

__all__ = ["require_serve"]

PACKAGES = {"segno": "segno", "starlette": "Starlette", "uvicorn": "Uvicorn"}
"""Of the extra, with what people call them."""


def require_serve() -> None:
    """Insist on the packages of the extra ``serve``.

    Raises
    ------
    UsageError
    """
    missing = [said for name, said in PACKAGES.items() if importlib.util.find_spec(name) is None]
    if missing:
        one = len(missing) == 1
        raise UsageError(
            f"the studio needs {' and '.join(missing)}, which {'is' if one else 'are'} not "
            "installed: pip install 'glyphlab[serve]'"
        )
