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
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["DAMAGES", "MARKS", "damage_study", "runs_in"]

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


def huge(run: Path, victim: Path) -> None:
    """Put a number that no machine counts to wherever a document takes a whole number."""
    del victim
    _say(run, 2**62, 0, 1, int)


def nothing(run: Path, victim: Path) -> None:
    """Put 0 wherever a document takes a number."""
    del victim
    _say(run, 0, 0, 1, int)
    _say(run, 0.0, 0, 1, float)


def below(run: Path, victim: Path) -> None:
    """Put a number below 0 wherever a document takes one."""
    del victim
    _say(run, -1, 0, 1, int)
    _say(run, -1e300, 0, 1, float)


def links(run: Path, victim: Path) -> None:
    """Let the files that a training writes be links to somebody's, and leave it unfinished."""
    (run / "done").unlink(missing_ok=True)
    for name in ("metrics.jsonl", "checkpoint.safetensors", "model.safetensors", "summary.json"):
        _replace(run / name).symlink_to(victim / "precious.txt")
    shutil.rmtree(run / "grids", ignore_errors=True)
    _replace(run / "grids").symlink_to(victim)
    (run / ".env.json.abcdefgh.json.tmp").symlink_to(victim / "precious.txt")


def linked(run: Path, victim: Path, name: str) -> None:
    """Let a file that is read be a link to somebody's file."""
    _replace(run / name).symlink_to(victim / "precious.txt")


def endless(run: Path, victim: Path, name: str) -> None:
    """Let a file that is read be a link to a device without an end."""
    del victim
    _replace(run / name).symlink_to("/dev/zero")


def pipe(run: Path, victim: Path, name: str) -> None:
    """Let a file that is read be a pipe that nobody writes to."""
    del victim
    os.mkfifo(_replace(run / name))


def deep(run: Path, victim: Path, name: str) -> None:
    """Nest a document a hundred thousand deep."""
    del victim
    (run / name).write_bytes(b'{"schema":2,"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n")


def less_deep(run: Path, victim: Path, name: str) -> None:
    """Nest a document as deep as Python itself still reads it."""
    del victim
    (run / name).write_bytes(b'{"schema":2,"a":' + b'{"a":' * 900 + b"1" + b"}" * 901 + b"\n")


def header(run: Path, victim: Path, name: str) -> None:
    """Promise ten gigabytes in the header of a file of tensors or arrays."""
    del victim
    if name.endswith(".npz"):
        head = io.BytesIO()
        form = {"descr": "<i8", "fortran_order": False, "shape": (_HUGE // 8, 1)}
        np.lib.format.write_array_header_1_0(head, form)
        with zipfile.ZipFile(run / name, "w") as archive:
            for array in ("true", "pred", "samples"):
                archive.writestr(f"{array}.npy", head.getvalue() + bytes(80))
    else:
        (run / name).write_bytes(struct.pack("<Q", _HUGE) + b"{}" + bytes(1000))


def tensor(run: Path, victim: Path, name: str) -> None:
    """Promise ten gigabytes for one tensor."""
    del victim
    one = {"a": {"dtype": "F32", "shape": [_HUGE // 4], "data_offsets": [0, _HUGE]}}
    content = json.dumps(one).encode()
    (run / name).write_bytes(struct.pack("<Q", len(content)) + content + bytes(64))


def bomb(run: Path, victim: Path, name: str) -> None:
    """Pack four gigabytes of nothing into an archive."""
    del victim
    (run / name).write_bytes(_bomb("true.npy", 4096, 4096 << 20))


def lying_bomb(run: Path, victim: Path, name: str) -> None:
    """Pack four gigabytes of nothing into an archive that says it holds a thousand bytes."""
    del victim
    inside = "schema.json" if name.endswith(".skops") else "true.npy"
    (run / name).write_bytes(_bomb(inside, 4096, 1000))


def pickled(run: Path, victim: Path, name: str) -> None:
    """Put a pickle that runs a command where data is expected."""
    import pickle

    evil = _Evil(victim / "ran")
    if name.endswith(".npz"):
        held = io.BytesIO()
        np.lib.format.write_array(held, np.array([evil], object), allow_pickle=True)
        with zipfile.ZipFile(run / name, "w") as archive:
            for array in ("true", "pred", "samples"):
                archive.writestr(f"{array}.npy", held.getvalue())
    elif name.endswith(".skops"):
        call: dict[str, Any] = {
            "__class__": "system",
            "__module__": "os",
            "__loader__": "ReduceNode",
            "__id__": 1,
        }
        call |= {"args": {"content": [f"touch {victim / 'ran'}"]}, "protocol": 2}
        with zipfile.ZipFile(run / name, "w") as archive:
            archive.writestr("schema.json", json.dumps(call))
            archive.writestr("1.npy", pickle.dumps(evil))
    else:
        (run / name).write_bytes(pickle.dumps(evil))


def sizes(run: Path, victim: Path) -> None:
    """Let a net be asked for that no machine holds."""
    del victim
    _change(run / "recipe.json", lambda path, _: path[-1] in ("channels", "width"), 10_000_000)


def images(run: Path, victim: Path) -> None:
    """Let a net be asked for that reads images of no screen."""
    del victim
    _change(run / "summary.json", lambda path, _: path[-1] in ("height", "width"), 100_000)


def imports(run: Path, victim: Path) -> None:
    """Let the recipe name code as its model."""
    path = run / "recipe.json"
    document = json.loads(path.read_text())
    if "strategy" in document.get("model", {}):
        (victim.parent / "place" / "evil.py").write_text(f"open({str(victim / 'ran')!r}, 'w')\n")
        custom = {"name": "evil", "kind": "net", "source": "0" * 16, "where": "evil:net"}
        model = {"strategy": document["model"]["strategy"], "net": "custom", "custom": custom}
        document["model"] = model
        path.write_text(json.dumps(document))


_JSON = ("recipe.json", "summary.json", "env.json", "metrics.jsonl")
_TENSORS = ("model.safetensors", "best.safetensors", "checkpoint.safetensors")
_ARCHIVES = ("predictions.npz", "test_glyphs.npz", "model.skops")
_EVERY = (*_JSON, *_TENSORS, *_ARCHIVES, "reference.json", "done")
DAMAGES: dict[str, Callable[[Path, Path], None]] = {
    **{one.__name__: one for one in (
        markup, dots, huge, nothing, below, links, sizes, images, imports)},
    **{
        f"{one.__name__} {name}": partial(one, name=name)
        for one, names in {
            linked: _EVERY, endless: _EVERY, pipe: _EVERY, deep: _JSON, less_deep: _JSON,
            header: (*_TENSORS, *_ARCHIVES[:2]), tensor: _TENSORS, bomb: _ARCHIVES,
            lying_bomb: _ARCHIVES, pickled: (*_TENSORS, *_ARCHIVES),
        }.items()
        for name in names
    },
}  # fmt: skip
"""By name: damage to a run folder, of which a folder beside it must not hear."""


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
    elif damage.startswith("pipe"):
        os.mkfifo(_replace(folder / "journal.log"))
    elif "deep" in damage:
        (folder / "study.json").write_bytes(b"[" * 100_000)
    elif damage.startswith("pickled"):
        (folder / "journal.log").write_bytes(b"\x80\x04\x95 cos\nsystem\n")


# --- documents -----------------------------------------------------------------------------------


def _say(run: Path, value: Any, number: int, of: int, kind: type = str) -> None:
    """Put a value into every N-th place for one of its kind, wherever it is still read there."""
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
            (False, place)
            for place, inner in _leaves(whole)
            if type(inner) is kind and place[-1] not in ("strategy", "net", "schema")
        ]
        keys = {
            place[: end + 1]: None
            for place, _ in _leaves(whole)
            for end, step in enumerate(place)
            if isinstance(step, str)
        }
        if kind is str:
            places += [(True, place) for place in sorted(keys, key=len, reverse=True)]
        for is_key, place in places[number::of]:
            changed = json.loads(path.read_text())
            before = path.read_bytes()
            try:
                (_rename if is_key else _put)(changed, place, value)
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
