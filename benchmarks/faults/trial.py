"""One command in a forked process, disturbed at one file operation, and what became of it."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from faults.file_layer import FileLayer
from faults.leftovers import let_time_pass

__all__ = [
    "KINDS",
    "Ended",
    "environment_of_ours",
    "found_in",
    "judged",
    "left_over",
    "preload",
    "run",
]

SECONDS = 60
"""After which a command hangs; undisturbed it takes two."""
CACHE = ".glyphlab-digest.json"
"""What a source's folder keeps of its own digest: made anew whenever it is not there."""
TIMES = ("seconds", "date", "time", "when", "pid", "host", "minutes")
"""Words in the keys of what changes from run to run."""
KINDS = (
    "missed", "hung", "traceback", "wrong_end", "half_written", "lost", "trained_again",
    "different", "left_over",
)  # fmt: skip
"""What may be wrong with a point; `judged` says each in a sentence."""


@dataclass(frozen=True)
class Ended:
    """How a command ended.

    Attributes
    ----------
    code : int
        Its exit code; negative for a signal.
    said, log : str
        On its streams, and by its `FileLayer`.
    megabytes : int
        Of memory at most, with what it shares with the process that it was forked from.
    """

    code: int
    said: str
    log: str
    megabytes: int

    @property
    def lines(self) -> list[str]:
        """What it said, without notes."""
        return [
            line for line in self.said.splitlines()
            if line.strip() and not line.startswith(("note", "warning"))
        ]  # fmt: skip


def environment_of_ours() -> dict[str, str]:
    """Return the environment in which a new process imports what this one does, on one thread."""
    import glyphlab

    source = str(Path(glyphlab.__file__).parents[1])
    path = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
            "GLYPHLAB_OFFLINE": "1"}  # fmt: skip


def run(
    folder: Path,
    words: Sequence[str],
    mode: str = "",
    at: int = 0,
    *,
    pictures: bool = False,
    seconds: float = SECONDS,
    before: Callable[[], None] = lambda: None,
) -> Ended:
    """Run ``glyphlab WORDS`` in a folder, in a forked process, and wait for its end.

    Parameters
    ----------
    folder : Path
        The working folder.
    words : sequence of str
    mode, at : str, int
        Of a `FileLayer`; none by default.
    pictures : bool
        Draw the figures of pages, which takes most of the time of a tiny command and no file.
    seconds : float
        After which it is killed, and its code is 75.
    before : callable
        Called in the process before the command.
    """
    said, log = (folder.parent / f"{folder.name}.{name}" for name in ("said", "log"))
    pid = os.fork()
    if pid == 0:
        _child(folder, words, mode, at, said, log, pictures, before)
    began, hung = time.monotonic(), False
    while not (status := os.wait4(pid, os.WNOHANG))[0]:
        if not hung and time.monotonic() - began > seconds:
            hung = True
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.002)
    code = 75 if hung else os.waitstatus_to_exitcode(status[1])
    return Ended(code, _text(said), _text(log), status[2].ru_maxrss >> 10)


def _child(
    folder: Path, words: Sequence[str], mode: str, at: int, said: Path, log: Path,
    pictures: bool, before: Callable[[], None],
) -> None:  # fmt: skip
    code = 70
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        handle = os.open(said, flags)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        os.chdir(folder)
        sys.argv = ["glyphlab", *words]
        _settle_precision()
        if not pictures:
            _draw_nothing()
        before()
        if mode:
            FileLayer(folder, mode, at, os.open(log, flags)).install()
        from glyphlab.cli import entry

        entry.run()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _settle_precision() -> None:
    """Leave no precision to a measurement, which a busy machine may turn: bits would differ."""
    from glyphlab.training import precision

    settled: Any = precision
    settled.probe = lambda device="cpu": {"device": device, "choice": "float32"}


def _draw_nothing() -> None:
    if "matplotlib.figure" not in sys.modules:
        return
    from matplotlib.figure import Figure

    plain: Any = Figure.savefig

    def savefig(self: Any, target: Any, **asked: Any) -> None:
        if asked.get("format") != "svg":
            plain(self, target, **asked)
            return
        target.write('<svg width="1" height="1" viewBox="0 0 1 1"><g></g></svg>')

    Figure.savefig = savefig  # type: ignore[method-assign,assignment]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def preload(folder: Path, words: Sequence[str]) -> None:
    """Import what a command imports, so that a forked process need not; run it once to see what."""
    names = folder.parent / "modules"

    def note_modules() -> None:
        import atexit

        del atexit
        plain = os._exit

        def leave(code: int) -> None:
            names.write_text("\n".join(sorted(sys.modules)))
            plain(code)

        os._exit = leave  # type: ignore[assignment]

    ended = run(folder, words, seconds=20 * SECONDS, before=note_modules)
    if ended.code:
        sys.exit(f"glyphlab {' '.join(words)} fails undisturbed with {ended.code}: {ended.said}")
    for name in names.read_text().splitlines():
        if name not in sys.modules and name != "__main__":
            try:
                importlib.import_module(name)
            except Exception:  # one that only its package may import
                continue
    if "safetensors.torch" in sys.modules:  # what its first call prepares
        import torch
        from safetensors.torch import save

        save({"a": torch.zeros(1)})


# --- results -------------------------------------------------------------------------------------


def found_in(folder: Path) -> dict[str, str]:
    """Return a digest of every file of a result by its path, without the times in it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != CACHE:
            name = path.relative_to(folder).as_posix()
            found[name] = hashlib.sha256(_settled(path)).hexdigest()[:16]
    return found


def _settled(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix == ".html":  # pages show times; that they are whole is enough
        return b"whole" if content.rstrip().endswith(b"</html>") else b"torn"
    if path.suffix == ".log":  # Optuna's clock; result.json has what the journal says
        return b""
    if path.suffix not in (".json", ".jsonl"):
        return content
    texts = content.splitlines() if path.suffix == ".jsonl" else [content]
    try:
        return json.dumps([_timeless(json.loads(one)) for one in texts], sort_keys=True).encode()
    except ValueError:
        return content


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _timeless(inner)
            for key, inner in value.items()
            if not any(word in key for word in TIMES)
        }
    return [_timeless(one) for one in value] if isinstance(value, list) else value


def _finished(folder: Path) -> dict[str, tuple[int, int]]:
    """Return inode and time of every file of a finished run that stays in it."""
    return {
        str(path): (path.stat().st_ino, path.stat().st_mtime_ns)
        for done in folder.rglob("done")
        for path in done.parent.iterdir()
        if path.is_file() and not path.name.startswith(("checkpoint.", "."))
    }


def left_over(folder: Path) -> list[str]:
    """Return temporary files, locks and checkpoints, and whatever else is hidden."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.name != CACHE
        and (
            path.name.startswith(".")
            or path.suffix in (".tmp", ".lock", ".rename")
            or path.name == "checkpoint.safetensors"
        )
    )


def _unfinished(name: str) -> bool:
    """Whether a file grows, or is hidden until it is whole."""
    path = Path(name)
    return path.suffix in (".jsonl", ".log", ".lock", ".tmp", ".rename") or any(
        part.startswith(".") for part in path.parts
    )


def _half_written(folder: Path, expected: dict[str, str]) -> list[str]:
    """Return files that have their final name and are not what they will be."""
    wrong = []
    for name, digest in found_in(folder).items():
        path = folder / name
        if _unfinished(name):
            continue
        torn = path.suffix == ".safetensors" and not _whole_tensors(path.read_bytes())
        settled = path.name != "checkpoint.safetensors"  # that of now is not that of later
        if torn or (settled and digest != expected.get(name, digest)):
            wrong.append(name)
    return wrong


def _whole_tensors(content: bytes) -> bool:
    size = int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8 : 8 + size])
    except ValueError:
        return False
    ends = [one["data_offsets"][1] for key, one in header.items() if key != "__metadata__"]
    return len(content) == 8 + size + max(ends, default=0)


def judged(
    place: Path, words: Sequence[str], mode: str, at: int, expected: dict[str, str]
) -> dict[str, str]:
    """Disturb a command in a folder, give it again, and return what is wrong by its kind."""
    wrong: dict[str, str] = {}
    ended = run(place, words, mode, at)
    if not ended.log:
        wrong["missed"] = f"it ended with {ended.code} before"
    if ended.code == 75:
        wrong["hung"] = f"over {SECONDS} s"
    if "Traceback" in ended.said or ended.code == 70:
        wrong["traceback"] = " | ".join(ended.lines[-1:])
    dies = mode in ("kill", "tear")
    told = [line for line in ended.lines if line.startswith("glyphlab: ")]
    if dies != (ended.code == -signal.SIGKILL) or (
        not dies and (ended.code not in (0, 1) or len(told) != ended.code)
    ):
        wrong["wrong_end"] = f"exit {ended.code}: {' | '.join(ended.lines)[-300:]}"
    if halves := _half_written(place, expected):
        wrong["half_written"] = ", ".join(halves[:3])
    before = _finished(place)
    let_time_pass(place)
    again = run(place, words)
    if again.code == 2 and "is there already" in again.said and found_in(place) == expected:
        again = replace(again, code=0)  # of what makes one folder, and made it
    if again.code:
        wrong["lost"] = f"the same command ends with {again.code}: {again.said.strip()[-300:]}"
    after = _finished(place)
    if touched := [name for name, was in before.items() if after.get(name) != was]:
        wrong["trained_again"] = ", ".join(touched[:3])
    now, rest = found_in(place), left_over(place)
    if not again.code:
        other = [name for name in {*now, *expected} if now.get(name) != expected.get(name)]
        if other := sorted({*other} - {*rest}):
            wrong["different"] = ", ".join(other[:3])
    if rest:
        wrong["left_over"] = ", ".join(rest[:3])
    return wrong
