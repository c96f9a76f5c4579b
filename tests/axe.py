"""Accessibility of a page, as axe-core finds it.

axe-core is a file of its own, which no package of Python has: ``npm pack axe-core`` in a folder and
``GLYPHLAB_AXE`` with the path of its ``axe.min.js``; without it these checks are skipped.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from browser import Tab

__all__ = ["violations"]

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def violations(tab: Tab) -> list[str]:
    """Return what is wrong with a page that is open, a line each."""
    path = Path(os.environ.get("GLYPHLAB_AXE", ""))
    if not path.is_file():
        pytest.skip("set GLYPHLAB_AXE to axe.min.js of the npm package axe-core")
    tab.say("Runtime.evaluate", expression=path.read_text(encoding="utf-8"))
    found = tab.run(
        f"const found = await axe.run(document, {{runOnly: {json.dumps(RULES)}, iframes: false}});"
        "return found.violations.flatMap((one) => one.nodes.map("
        "(node) => `${one.id}: ${node.target} ${node.failureSummary}`));"
    )
    return [str(one) for one in found]
