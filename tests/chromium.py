"""Pages in headless Chromium, opened from disk."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

__all__ = ["QUIET", "chromium", "found_in"]

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "Chromium is not installed: .ci/chromium installs it on Debian"
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-sync", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
)  # fmt: skip


def chromium() -> str:
    """Return the path of Chromium; the test is skipped where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(MISSING)
    return found


def found_in(
    page: Path, script: str, folder: Path, *, timed: bool = False, width: int = 800
) -> Any:
    """Return what a script of a module finds in a page: the value of its variable ``found``.

    The page is opened from disk, with the script after its own. What goes wrong in it is raised.
    Time is virtual, so that nothing waits; what is `timed` goes by the clock, and must not wait.
    The window is `width` pixels wide, and 500 at least.
    """
    program = chromium()
    module = f"""
      const put = (text) => {{
        const pre = document.createElement("pre");
        pre.id = "found-by-the-test";
        pre.textContent = text;
        document.body.append(pre);
      }};
      try {{
        let found = null;
        {script}
        put(JSON.stringify({{ found }}));
      }} catch (error) {{ put(JSON.stringify({{ error: String(error.stack ?? error) }})); }}
    """
    copy = folder / f"{page.stem}-with-a-script.html"
    content = page.read_text(encoding="utf-8")
    copy.write_text(
        content.replace("</body>", f'<script type="module">{module}</script></body>'),
        encoding="utf-8",
    )
    done = subprocess.run(
        [
            program, *QUIET, f"--user-data-dir={folder / 'profile'}", "--enable-logging=stderr",
            f"--window-size={width},800",
            *([] if timed else ["--virtual-time-budget=300000"]), "--dump-dom", copy.as_uri(),
        ],
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    shown = re.search(r'<pre id="found-by-the-test">(.*?)</pre>', done.stdout, re.DOTALL)
    assert shown is not None, [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    said = json.loads(html.unescape(shown[1]))
    assert "error" not in said, said["error"]
    return said["found"]
