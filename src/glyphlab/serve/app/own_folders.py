"""Folders of this machine: visitors from other machines see their last name alone."""

from __future__ import annotations

import html
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

__all__ = ["own_folders", "without_folders"]


def own_folders(*named: Path | None) -> tuple[str, ...]:
    """Return where things of this machine are, what lies deepest first.

    Parameters
    ----------
    *named : Path or None
        Folders that a command named; the home folder and those of Python and of the system's
        temporary files are added.
    """
    places = [Path.cwd(), Path(tempfile.gettempdir()), Path(sys.prefix)]
    places += [one.expanduser() for one in named if one is not None]
    found = {form for place in places for form in (place.absolute(), place.resolve())}
    # of one name, as /data, no more is said than a link of the studio's own could say
    deep = {str(one) for one in found if len(one.parts) > 2}
    home = Path.home()
    return tuple(sorted(deep | ({str(home)} if home.name else set()), key=len, reverse=True))


def without_folders(text: str, folders: Sequence[str]) -> str:
    """Return a text, plain, JSON or HTML, whose paths begin within these folders."""
    for folder in folders:
        for form in _written(folder):
            for separator in {os.sep, "/", json.dumps(os.sep)[1:-1]}:
                text = text.replace(form + separator, "")
            text = text.replace(form, form.replace("\\", "/").rpartition("/")[2])
    return text


def _written(folder: str) -> Iterable[str]:
    plain, escaped = (json.dumps(folder, ensure_ascii=only)[1:-1] for only in (False, True))
    return dict.fromkeys((folder, plain, escaped, html.escape(folder)))
