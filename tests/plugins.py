"""Packages that are installed for a test, without a build and without a network."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path

__all__ = ["EXAMPLE", "install", "install_example"]

EXAMPLE = Path(__file__).parents[1] / "examples" / "plugin"


def install(folder: Path, name: str, points: Mapping[str, Mapping[str, str]]) -> None:
    """Leave what an installer leaves of a package's entry points."""
    info = folder / f"{name.replace('-', '_')}-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
    groups = (
        [f"[{group}]", *(f"{key} = {value}" for key, value in names.items()), ""]
        for group, names in points.items()
    )
    (info / "entry_points.txt").write_text("\n".join(line for group in groups for line in group))


def install_example(folder: Path) -> None:
    """Install the package of ``examples/plugin``."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    shutil.copytree(EXAMPLE / "glyphlab_example", folder / "glyphlab_example")
    install(folder, project["name"], project["entry-points"])
