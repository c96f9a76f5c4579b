"""Feed every reader of outside bytes with damaged inputs; only our own errors may come back.

Inputs are made from whole ones by flips, cuts, repeats, splices and hostile numbers at places where
formats keep lengths, from a seed. Every reader runs in a process of its own, so that a crash is
counted and not suffered; each input has five seconds, and the process 512 MB. Prints one JSON
document; exits 1 where anything but a value or an error of ours came back.

    python benchmarks/fuzz.py --inputs 100000 --record records/fuzz.json
    python benchmarks/fuzz.py --inputs 2000 --readers toml,image
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import multiprocessing
import random
import resource
import signal
import struct
import sys
import tempfile
import time
import traceback
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab._common.errors import GlyphlabError, nearest
from glyphlab._common.files import write_json
from glyphlab._common.progress import progress
from glyphlab._common.seeds import seed_for
from glyphlab.runs import commit_of
from glyphlab.runs.env import environment

SECONDS = 5
MEGABYTES = 512
NUMBERS = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
WORDS = [
    b"[" * 3000, b"9" * 5000, b"\0", b"\xff\xfe", b'"', b"{" * 60, b"1979-05-27", b"nan", b"-1",
    b"1e999", b"../" * 20, b"<script>", b",", b"\n", b"\\ud800", b"'''",
]  # fmt: skip
Reader = Callable[[bytes], object]


@dataclass
class Found:
    """What came back from one reader."""

    reader: str
    inputs: int = 0
    values: int = 0
    refused: int = 0
    foreign: int = 0
    hung: int = 0
    crashed: int = 0
    megabytes: float = 0.0
    slowest: float = 0.0
    seconds: float = 0.0
    examples: list[str] = field(default_factory=list)


# --- whole inputs --------------------------------------------------------------------------------


def images() -> list[bytes]:
    """Return small images in every format that is read, and of every kind of pixel."""
    from PIL import Image

    gray = np.arange(28 * 28, dtype=np.uint32).reshape(28, 28)
    made = {
        "L": Image.fromarray((gray % 251).astype(np.uint8)),
        "I;16": Image.fromarray((gray * 83).astype(np.uint16)),
        "RGBA": Image.fromarray(np.stack([gray % 251] * 4, -1).astype(np.uint8)),
        "F": Image.fromarray((gray / 784).astype(np.float32)),
    }
    made["P"] = made["RGBA"].convert("RGB").convert("P")
    made["1"] = made["L"].convert("1")
    found = []
    for kind, modes in {
        "PNG": ("L", "I;16", "RGBA", "P", "1"), "JPEG": ("L",), "BMP": ("L", "P"),
        "GIF": ("P",), "TIFF": ("L", "I;16", "RGBA", "F"), "WEBP": ("RGBA",), "PPM": ("L",),
    }.items():  # fmt: skip
        for mode in modes:
            file = io.BytesIO()
            made[mode].save(file, kind)
            found.append(file.getvalue())
    turned = Image.Exif()
    turned[0x0112] = 6
    file = io.BytesIO()
    made["L"].save(file, "JPEG", exif=turned)
    return [*found, file.getvalue(), b"P2 4 4 255\n" + b"7 " * 16]


def idx_files() -> list[bytes]:
    """Return images and labels as IDX, plain and compressed."""
    from glyphlab.data.formats.idx import encode_idx

    pixels = encode_idx(np.arange(3 * 28 * 28, dtype=np.int64).reshape(3, 28, 28).astype(np.uint8))
    labels = encode_idx(np.arange(10, dtype=np.uint8))
    return [
        pixels,
        labels,
        gzip.compress(pixels),
        gzip.compress(labels[:9]) + gzip.compress(labels[9:]),
    ]


def tables() -> list[bytes]:
    """Return tables of glyph numbers."""
    return [
        b"task,split,glyph 1,glyph 2\naddition,train,812,510\naddition,test,1617,1780\n",
        b'task,split,glyph 1,glyph 2\r\n"product",train,1,2\r\nproduct,test,3,4\r\n',
    ]


def tomls() -> list[bytes]:
    """Return a recipe and a study."""
    return [
        b'kind = "classifier"\nseed = 1\n[task]\nname = "single"\ndata = "digits"\n'
        b'[model]\nstrategy = "sliced"\n[training]\nepochs = 3\naugment = "roll"\n',
        b'name = "s"\nseeds = 3\n[base.task]\nname = "triple"\n[[stages]]\nname = "a"\ntrials = 6\n'
        b"[stages.space]\n'training.epochs' = [1, 2, 3]\n",
        b'name = "five"\ncolumns = 5\ncell = [28, 28]\nfree = [2, 2]\n',
    ]


def jsons() -> list[bytes]:
    """Return documents as a run folder has them."""
    return [
        b'{"schema": 2, "task": {"name": "single", "data": "digits"}, "seed": 0, "x": [1, 2.5e3]}',
        b'{"epoch": 1, "loss": 0.25, "accuracy": 0.5, "val_loss": null}\n',
        '{"name": "\\u00fc \U0001f600", "list": [[[]]], "true": true}'.encode(),
    ]


def archives() -> list[bytes]:
    """Return arrays as ``predictions.npz`` holds them, compressed and not."""
    arrays: dict[str, Any] = {
        "true": np.zeros((20, 1), np.int64), "pred": np.ones((20, 1), np.int64),
        "confidence": np.full(20, 0.5, np.float32), "long": np.array([["12345678901234567890"]]),
        "sample_images": np.zeros((2, 8, 8), np.uint8),
    }  # fmt: skip
    found = []
    for save in (np.savez, np.savez_compressed):
        file = io.BytesIO()
        save(file, **arrays)
        found.append(file.getvalue())
    return found


def tensors() -> list[bytes]:
    """Return tensors with a header."""
    import torch
    from safetensors.torch import save

    content: bytes = save(
        {"a.weight": torch.zeros(3, 4), "b": torch.ones(2, dtype=torch.int64)},
        {"state": '{"epoch": 3}'},
    )
    return [content]


def models() -> list[bytes]:
    """Return fitted scikit-learn models."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    from glyphlab.models.sklearn.skops_files import to_bytes

    x, y = np.arange(40).reshape(10, 4), np.arange(10) % 2
    return [
        to_bytes([Pipeline([("classify", one.fit(x, y))])])
        for one in (LogisticRegression(), RandomForestClassifier(2, random_state=0))
    ]


# --- readers -------------------------------------------------------------------------------------


def read_image(content: bytes) -> object:
    """Read an image."""
    from glyphlab._common.untrusted.gray_images import gray_pixels

    return gray_pixels(content, "an image")


def read_idx(content: bytes) -> object:
    """Read an IDX file."""
    from glyphlab.data.formats.idx import decode_idx

    return decode_idx(content)


def read_table(content: bytes) -> object:
    """Read a table of glyph numbers, to the scene it is of."""
    from glyphlab.tasks import load_pairs_task

    path = _on_disk(content, "fuzz.csv")
    return load_pairs_task(path)


def read_toml(content: bytes) -> object:
    """Read a TOML file as what it says it is: a recipe, a study or a scene."""
    from glyphlab._common.untrusted import parse_toml
    from glyphlab.experiments.search.definition import StudyDefinition
    from glyphlab.recipes.union import parse_recipe
    from glyphlab.tasks import read_scene

    found = parse_toml(content, "fuzz.toml")
    if "stages" in found:
        return StudyDefinition.from_mapping(found)
    if "kind" in found or "task" in found:
        return parse_recipe(found)
    return read_scene(_on_disk(content, "fuzz.toml"))


def read_override(content: bytes) -> object:
    """Read a value as it is typed."""
    from glyphlab.recipes.overrides import apply_overrides

    return apply_overrides({}, ["training.epochs=" + content.decode("utf-8", "replace")])


def read_json(content: bytes) -> object:
    """Read a document of a run folder."""
    from glyphlab.runs.documents import parse_json

    return parse_json(content, Path("fuzz/recipe.json"))


def read_history(content: bytes) -> object:
    """Read the epochs of a run."""
    from glyphlab.runs.history import read_history

    return read_history(_on_disk(content, "metrics.jsonl"))


def read_archive(content: bytes) -> object:
    """Read the predictions of a run."""
    from glyphlab.runs.arrays import read_arrays

    return read_arrays(_on_disk(content, "predictions.npz"))


def read_tensors(content: bytes) -> object:
    """Read the weights of a run, and the position of its training."""
    from glyphlab.runs.tensors import read_state, read_tensors

    path = _on_disk(content, "model.safetensors")
    return read_state(path), read_tensors(path)


def read_models(content: bytes) -> object:
    """Read fitted scikit-learn models."""
    from glyphlab.models.sklearn.skops_files import from_bytes

    return from_bytes(content, "model.skops")


READERS: dict[str, tuple[Callable[[], list[bytes]], Reader]] = {
    "image": (images, read_image), "idx": (idx_files, read_idx), "table": (tables, read_table),
    "toml": (tomls, read_toml), "override": (tomls, read_override), "json": (jsons, read_json),
    "history": (jsons, read_history), "npz": (archives, read_archive),
    "safetensors": (tensors, read_tensors), "skops": (models, read_models),
}  # fmt: skip


def _on_disk(content: bytes, name: str) -> Path:
    path = Path(tempfile.gettempdir(), name)
    path.write_bytes(content)
    return path


# --- damage --------------------------------------------------------------------------------------


def damaged(whole: Sequence[bytes], chance: random.Random) -> bytes:
    """Return one input made from whole ones: one to four kinds of damage."""
    content = bytearray(chance.choice(whole))
    for _ in range(chance.choice((1, 1, 2, 4))):
        place = chance.randrange(len(content) + 1)
        kind = chance.randrange(8)
        if kind == 0 and content:
            content[place % len(content)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del content[place:]
        elif kind == 2:
            del content[place : place + chance.randrange(1, 64)]
        elif kind == 3:
            content[place:place] = chance.randbytes(chance.randrange(1, 32))
        elif kind == 4:
            number, width = chance.choice(NUMBERS), chance.choice("BHIQ")
            size = struct.calcsize(width)
            packed = struct.pack(chance.choice("<>") + width, number % (1 << 8 * size))
            content[place : place + size] = packed
        elif kind == 5:
            content[place:place] = chance.choice(WORDS)
        elif kind == 6:
            other = chance.choice(whole)
            content[place:] = other[chance.randrange(len(other) + 1) :]
        else:
            content[place:place] = content[place : place + 200] * chance.randrange(1, 20)
    return bytes(content)


def deeper(whole: Sequence[bytes], chance: random.Random) -> bytes:
    """Return one input damaged inside: packed again, so that every sum of bytes is right."""
    content = chance.choice(whole)
    if content.startswith(b"PK"):
        return _zip_again(content, chance)
    if content.startswith(b"\x1f\x8b"):
        return gzip.compress(damaged([gzip.decompress(content)], chance))
    if content.startswith(b"\x89PNG"):
        return _png_again(damaged([content], chance))
    return damaged(whole, chance)


def _zip_again(content: bytes, chance: random.Random) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        members = {member.filename: old.read(member) for member in old.infolist()}
        hurt = chance.choice(list(members))
        for name, inside in members.items():
            new.writestr(name, damaged([inside], chance) if name == hurt else inside)
    return made.getvalue()


def _png_again(content: bytes) -> bytes:
    made, place = bytearray(content[:8]), 8
    while place + 8 <= len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        chunk = content[place + 4 : place + 8 + length]
        made += content[place : place + 4] + chunk + struct.pack(">I", zlib.crc32(chunk))
        place += 12 + length
    return bytes(made)


class _TooSlow(BaseException):
    """No `Exception`, so that no reader takes it for a fault of its input."""


def _alarm(*_: object) -> None:
    raise _TooSlow


def fuzz(name: str, inputs: int, seed: int, queue: Any) -> None:
    """Try one reader; every so often what was found so far is put into `queue`."""
    make, read = READERS[name]
    tempfile.tempdir = tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm" if _has_shm() else None)
    whole, found = make(), Found(name)
    for content in whole:  # what is whole is read, or the damage below would show nothing
        read(content)
    chance = random.Random(seed_for(seed, "fuzz", name))
    signal.signal(signal.SIGALRM, _alarm)
    began = time.monotonic()
    for number in range(inputs):
        content = (damaged, deeper)[number % 2](whole, chance)
        start = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            read(content)
            found.values += 1
        except GlyphlabError as error:
            found.refused += 1
            if "\n" in str(error) or not str(error):
                found.foreign += 1
                found.examples.append(f"not one line: {str(error)[:200]!r}")
        except _TooSlow:
            found.hung += 1
            found.examples.append(f"over {SECONDS} s: {content[:200]!r}")
        except BaseException as error:
            found.foreign += 1
            last = traceback.extract_tb(error.__traceback__)[-1]
            found.examples.append(
                f"{repr(error)[:200]} at {Path(last.filename).name}:{last.lineno}"
            )
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        found.slowest = max(found.slowest, time.monotonic() - start)
        found.inputs = number + 1
        if number % 200 == 199 or number + 1 == inputs:
            found.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            found.seconds = time.monotonic() - began
            found.examples = list(dict.fromkeys(found.examples))[:5]
            queue.put(asdict(found))


def _has_shm() -> bool:
    return Path("/dev/shm").is_dir()


def tried(name: str, inputs: int, seed: int) -> Found:
    """Try one reader in a process of its own."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    child = context.Process(target=fuzz, args=(name, inputs, seed, queue), daemon=True)
    child.start()
    found = Found(name)
    with progress(inputs, name, unit="input") as bar:
        while found.inputs < inputs and (child.is_alive() or not queue.empty()):
            try:
                told = Found(**queue.get(timeout=1))
            except Exception:  # nothing was put for a second
                continue
            bar.advance(told.inputs - found.inputs)
            found = told
    child.join(timeout=10)
    if found.inputs < inputs:
        found.crashed = 1
        found.examples.append(f"the process ended with {child.exitcode} after {found.inputs}")
    return found


def main() -> None:
    """Try the readers, print and keep what came back."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=100_000, help="of each reader")
    parser.add_argument("--readers", default=",".join(READERS), help="comma-separated names")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", type=Path, help="a JSON file that takes the figures")
    asked = parser.parse_args()
    names = asked.readers.split(",")
    for name in names:
        if name not in READERS:
            close = nearest(name, READERS)
            parser.error(f"unknown reader '{name}'{f': did you mean {close}?' if close else ''}")
    results = [tried(name, asked.inputs, asked.seed) for name in names]
    env = environment()
    document = {
        "schema": 1, "command": " ".join(["python", *sys.argv]), "seed": asked.seed,
        "seconds_an_input": SECONDS, "megabytes": MEGABYTES,
        "readers": [asdict(one) for one in results], "commit": commit_of(env), "env": env,
    }  # fmt: skip
    print(json.dumps(document, indent=2))
    if asked.record:
        write_json(asked.record, document)
    wrong = [
        one.reader for one in results
        if one.foreign or one.hung or one.crashed or one.megabytes > MEGABYTES
    ]  # fmt: skip
    sys.exit(f"faults in: {', '.join(wrong)}" if wrong else 0)


if __name__ == "__main__":
    main()
