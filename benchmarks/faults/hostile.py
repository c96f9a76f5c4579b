"""Run folders as somebody makes them who means harm: each kind of damage to a whole run."""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["DAMAGES", "MARKS", "damage_study", "runs_in", "wrong_in_page"]

MARKS = (
    '"><script>glyphmark()</script>',
    "'><img src=x onerror=glyphmark()>",
    '</style></svg></title><script src="//glyphmark">',
    "\x1b]0;glyphmark\x07\x1b[31m\u202eglyphmark",
)
"""Texts that do harm where a page or a terminal takes them for more than text."""
_UP = "../../../victim/glyphmark"
_HUGE = 10 << 30


def runs_in(folder: Path) -> list[Path]:
    """Return the run folders below a folder."""
    return sorted(path.parent for path in folder.rglob("recipe.json"))


# --- damage --------------------------------------------------------------------------------------


def markup(run: Path, victim: Path) -> None:
    """Put markup wherever a document takes text."""
    del victim
    for number, mark in enumerate(MARKS):
        _say(run, mark, number, len(MARKS))


def dots(run: Path, victim: Path) -> None:
    """Put a way out of the folder wherever a document takes text."""
    del victim
    _say(run, _UP, 0, 1)


def links(run: Path, victim: Path) -> None:
    """Let the files that a training writes be links to somebody's, and leave it unfinished."""
    (run / "done").unlink(missing_ok=True)
    for name in ("metrics.jsonl", "checkpoint.safetensors", "model.safetensors", "summary.json"):
        _replace(run / name).symlink_to(victim / "precious.txt")
    shutil.rmtree(run / "grids", ignore_errors=True)
    _replace(run / "grids").symlink_to(victim)
    (run / ".env.json.abcdefgh.json.tmp").symlink_to(victim / "precious.txt")


def linked(run: Path, victim: Path) -> None:
    """Let the files that are read be links to somebody's files."""
    for name in ("predictions.npz", "model.safetensors", "model.skops", "env.json", "summary.json"):
        if (run / name).exists():
            _replace(run / name).symlink_to(victim / "precious.txt")
    _replace(run / "reference.json").symlink_to("/dev/zero")


def headers(run: Path, victim: Path) -> None:
    """Promise ten gigabytes in the header of every array and tensor."""
    del victim
    (run / "model.safetensors").write_bytes(struct.pack("<Q", _HUGE) + b"{}" + bytes(1000))
    tensor = {"a": {"dtype": "F32", "shape": [_HUGE // 4], "data_offsets": [0, _HUGE]}}
    header = json.dumps(tensor).encode()
    for name in ("best.safetensors", "checkpoint.safetensors"):
        (run / name).write_bytes(struct.pack("<Q", len(header)) + header + bytes(64))
    head = io.BytesIO()
    form = {"descr": "<i8", "fortran_order": False, "shape": (_HUGE // 8, 1)}
    np.lib.format.write_array_header_1_0(head, form)
    with zipfile.ZipFile(run / "predictions.npz", "w") as archive:
        for name in ("true", "pred", "samples"):
            archive.writestr(f"{name}.npy", head.getvalue() + bytes(80))


def bombs(run: Path, victim: Path) -> None:
    """Pack four gigabytes of nothing into every archive, once honestly and once with a lie."""
    del victim
    (run / "predictions.npz").write_bytes(_bomb("true.npy", 4096, 4096 << 20))
    (run / "model.skops").write_bytes(_bomb("schema.json", 4096, 1000))


def pipes(run: Path, victim: Path) -> None:
    """Let every file that is read be a pipe that nobody writes to."""
    del victim
    for name in ("metrics.jsonl", "summary.json", "predictions.npz", "model.safetensors",
                 "model.skops", "env.json", "checkpoint.safetensors"):  # fmt: skip
        os.mkfifo(_replace(run / name))


def pipe_for_a_recipe(run: Path, victim: Path) -> None:
    """Let the recipe be a pipe."""
    del victim
    os.mkfifo(_replace(run / "recipe.json"))


def depths(run: Path, victim: Path) -> None:
    """Nest every document a hundred thousand deep."""
    del victim
    for name in ("summary.json", "env.json", "metrics.jsonl"):
        (run / name).write_bytes(b'{"schema":2,"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n")


def code(run: Path, victim: Path) -> None:
    """Put pickles and commands where data is expected."""
    import pickle

    evil = pickle.dumps(_Evil(victim / "ran"))
    (run / "model.safetensors").write_bytes(evil)
    (run / "checkpoint.safetensors").write_bytes(evil)
    held = io.BytesIO()
    np.lib.format.write_array(held, np.array([_Evil(victim / "ran")], object), allow_pickle=True)
    with zipfile.ZipFile(run / "predictions.npz", "w") as archive:
        for name in ("true", "pred", "samples"):
            archive.writestr(f"{name}.npy", held.getvalue())
    call: dict[str, object] = {
        "__class__": "system",
        "__module__": "os",
        "__loader__": "ReduceNode",
    }
    call |= {"args": {"content": [f"touch {victim / 'ran'}"]}, "__id__": 1}
    with zipfile.ZipFile(run / "model.skops", "w") as archive:
        archive.writestr("schema.json", json.dumps({**call, "protocol": 2}))
        archive.writestr("1.npy", evil)
    _change(run / "recipe.json", lambda path, _: path[-2:] == ("custom", "source"), "os:system")


def sizes(run: Path, victim: Path) -> None:
    """Let a net be asked for that no machine holds."""
    del victim
    _change(run / "summary.json", lambda path, _: path[-1] in ("height", "width"), 100_000)
    _change(run / "recipe.json", lambda path, _: path[-1] in ("channels", "width"), 10_000_000)


DAMAGES: dict[str, Callable[[Path, Path], None]] = {
    one.__name__: one
    for one in (
        markup, dots, links, linked, headers, bombs, pipes, pipe_for_a_recipe, depths, code, sizes,
    )
}  # fmt: skip


class _Evil:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.path}",)


def _replace(path: Path) -> Path:
    """Return a path at which nothing is any more."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    return path


def _bomb(name: str, megabytes: int, said: int) -> bytes:
    """Return an archive of one member of zeros, whose directory says that it has `said` bytes."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)
    again = deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH)
    packed = first + again * (megabytes - 1) + deflate.flush()
    encoded = name.encode()
    size = min(said, 0xFFFFFFFE)
    common = struct.pack("<HHHHHIIIH", 20, 0, 8, 0, 33, 0, len(packed), size, len(encoded))
    local = b"PK\3\4" + common + struct.pack("<H", 0) + encoded
    central = b"PK\1\2" + struct.pack("<H", 20) + common
    central += struct.pack("<HHHHII", 0, 0, 0, 0, 0, 0) + encoded
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local + packed), 0)
    return local + packed + central + end


def damage_study(folder: Path, damage: str, victim: Path) -> None:
    """Do to the files of a study what was done to its runs."""
    if damage == "links":
        _replace(folder / "journal.log").symlink_to(victim / "precious.txt")
        _replace(folder / "result.json").symlink_to(victim / "precious.txt")
    elif damage == "pipes":
        os.mkfifo(_replace(folder / "journal.log"))
    elif damage == "depths":
        (folder / "study.json").write_bytes(b"[" * 100_000)
    elif damage == "code":
        (folder / "journal.log").write_bytes(b"\x80\x04\x95 cos\nsystem\n")


# --- documents -----------------------------------------------------------------------------------


def _say(run: Path, text: str, number: int, of: int) -> None:
    """Put a text into every N-th place for text of a run, wherever it is still read afterwards."""
    from glyphlab.recipes.union import parse_recipe
    from glyphlab.runs.documents import read_json, read_recipe
    from glyphlab.runs.summary import read_summary

    readers: dict[str, Callable[[], object]] = {
        "summary.json": lambda: read_summary(run),
        "recipe.json": lambda: parse_recipe(read_recipe(run)),
        "env.json": lambda: read_json(run / "env.json"),
    }
    for name, read in readers.items():
        path = run / name
        if not path.exists():
            continue
        whole = json.loads(path.read_text())
        places: list[tuple[bool, tuple[Any, ...]]] = [
            (False, place) for place, value in _leaves(whole) if isinstance(value, str)
        ]
        keys = {
            place[: end + 1]: None
            for place, _ in _leaves(whole)
            for end, step in enumerate(place)
            if isinstance(step, str)
        }
        places += [(True, place) for place in sorted(keys, key=len, reverse=True)]
        for is_key, place in places[number::of]:
            changed = json.loads(path.read_text())
            before = path.read_bytes()
            try:
                (_rename if is_key else _put)(changed, place, text)
            except KeyError:  # below a key that has another name by now
                continue
            path.write_text(json.dumps(changed))
            try:
                read()
            except Exception:
                path.write_bytes(before)


def _change(path: Path, wanted: Callable[[tuple[Any, ...], Any], bool], value: Any) -> None:
    if not path.exists():
        return
    document = json.loads(path.read_text())
    for place, before in list(_leaves(document)):
        if wanted(place, before):
            _put(document, place, value)
    path.write_text(json.dumps(document))


def _leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield every value that is no object or list, by its place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*place, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*place, number))
    elif place:
        yield place, value


def _rename(document: Any, place: tuple[Any, ...], text: str) -> None:
    for step in place[:-1]:
        document = document[step]
    document[f"{text}{place[-1]}"] = document.pop(place[-1])


def _put(document: Any, place: tuple[Any, ...], value: Any) -> None:
    for step in place[:-1]:
        document = document[step]
    document[place[-1]] = value


# --- pages ---------------------------------------------------------------------------------------


def wrong_in_page(text: str) -> list[str]:
    """Return what a page holds that it may not: a script, a handler, anything from outside."""
    from html.parser import HTMLParser

    wrong = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag in ("script", "iframe", "object", "embed", "base", "link", "form"):
                wrong.append(f"<{tag}>")
            for name, value in attrs:
                if name.startswith("on") or "glyphmark" in name:
                    wrong.append(f"{tag} {name}")
                if name in ("src", "href", "xlink:href") and not (value or "").startswith(
                    ("data:image/", "#")
                ):
                    wrong.append(f"{tag} {name}={value}")

        handle_startendtag = handle_starttag

        def handle_comment(self, data: str) -> None:
            if "glyphmark" in data:
                wrong.append("comment")

    Reader().feed(text)
    return wrong
