"""The files that pages are made of: styles and scripts, by name, and nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import glyphlab.export
import glyphlab.reporting
from glyphlab.serve.app.access import OPEN

__all__ = ["StaticFile", "static_files"]

_MEDIA = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class StaticFile:
    """One file, read when the studio starts."""

    content: bytes
    media: str
    tag: str

    @classmethod
    def of(cls, path: Path) -> StaticFile:
        """Read a file."""
        content = path.read_bytes()
        tag = hashlib.sha256(content).hexdigest()[:20]
        return cls(content, _MEDIA[path.suffix], f'"{tag}"')


def static_files() -> dict[str, StaticFile]:
    """Return every file by its address.

    The studio's own are in ``static/``; ``look.css`` is the style of the pages of runs, and
    ``exported/`` has the modules of the page that ``glyphlab export`` writes, with its canvas.
    """
    own = Path(__file__).parents[1] / "static"
    found = {path.relative_to(own).as_posix(): path for path in own.rglob("*") if path.is_file()}
    reporting, export = (
        Path(str(package.__file__)).parent / "templates"
        for package in (glyphlab.reporting, glyphlab.export)
    )
    found["look.css"] = reporting / "style.css"
    found |= {f"exported/{path.name}": path for path in export.glob("*.js")}
    return {
        OPEN + name: StaticFile.of(path)
        for name, path in sorted(found.items()) if path.suffix in _MEDIA
    }  # fmt: skip
