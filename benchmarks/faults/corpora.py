"""Whole inputs of every kind that is read from outside, and the readers of each."""

from __future__ import annotations

import bz2
import gzip
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["READERS", "Reader"]

Reader = Callable[[bytes], object]


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


def csv_sources() -> list[bytes]:
    """Return tables of pixels, with names of columns and without, and one packed."""
    rows = [f"{n % 3},{','.join(str((n * 7 + k) % 256) for k in range(9))}" for n in range(8)]
    head = "label," + ",".join(f"pixel{k}" for k in range(9))
    plain = "\n".join([head, *rows]).encode() + b"\n"
    quoted = "\r\n".join(f'"{row.replace(",", chr(34) + "," + chr(34))}"' for row in rows).encode()
    return [plain, "\n".join(rows).encode(), quoted, gzip.compress(plain)]


def npz_sources() -> list[bytes]:
    """Return images and labels, in two forms."""
    images = np.arange(8 * 16, dtype=np.int64).reshape(8, 4, 4).astype(np.uint8)
    labels = np.arange(8) % 2
    found = []
    forms: tuple[dict[str, Any], ...] = (
        {"images": images, "labels": labels},
        {"x_train": images / 255, "y_train": labels, "x_test": images, "y_test": labels},
    )
    for arrays in forms:
        file = io.BytesIO()
        np.savez_compressed(file, **arrays)
        found.append(file.getvalue())
    return found


def mat_sources() -> list[bytes]:
    """Return MATLAB files of versions 4 and 5, packed and not."""
    import scipy.io

    colours = np.arange(32 * 32 * 3 * 4, dtype=np.int64).reshape(32, 32, 3, 4).astype(np.uint8)
    flat = {"X": np.arange(8 * 9.0).reshape(8, 9), "y": np.arange(8.0).reshape(8, 1) % 2}
    found = []
    for content, options in (
        ({"X": colours, "y": np.array([[1], [10], [1], [10]], np.uint8)}, {"do_compression": True}),
        ({**flat, "more": {"a": [1, "b"]}}, {}), (flat, {"format": "4"}),
    ):  # fmt: skip
        file = io.BytesIO()
        scipy.io.savemat(file, content, **options)
        found.append(file.getvalue())
    return found


def usps_sources() -> list[bytes]:
    """Return lines of places and values, packed and not."""
    lines = [
        f"{n % 10 + 1} " + " ".join(f"{k + 1}:{(k % 21) / 10 - 1:.1f}" for k in range(n, 256))
        for n in range(6)
    ]
    plain = "\n".join(lines).encode() + b"\n"
    return [plain, bz2.compress(plain)]


def cards() -> list[bytes]:
    """Return the card of a source."""
    return [
        b'{"schema": 2, "name": "mine", "classes": {"a": "A/B", "b": "b"}, "licence": "CC0", '
        b'"kind": "writing", "split": "of its own", "done": ["inverted"], "images": {"train": 4}}'
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


def read_source(name: str) -> Reader:
    """Return the reader of a source that is kept in a file of this name."""

    def read(content: bytes) -> object:
        from glyphlab.data import load_symbols

        return load_symbols(str(_on_disk(content, name)))

    return read


def read_source_card(content: bytes) -> object:
    """Read the card of a folder of images."""
    from glyphlab.data.source_card import CARD, read_card

    return read_card(_on_disk(content, CARD).parent)


READERS: dict[str, tuple[Callable[[], list[bytes]], Reader]] = {
    "image": (images, read_image), "idx": (idx_files, read_idx), "table": (tables, read_table),
    "toml": (tomls, read_toml), "override": (tomls, read_override), "json": (jsons, read_json),
    "history": (jsons, read_history), "npz": (archives, read_archive),
    "safetensors": (tensors, read_tensors), "skops": (models, read_models),
    "csv source": (csv_sources, read_source("fuzz-source.csv")),
    "npz source": (npz_sources, read_source("fuzz.npz")),
    "mat source": (mat_sources, read_source("fuzz.mat")),
    "usps source": (usps_sources, read_source("usps")),
    "source card": (cards, read_source_card),
}  # fmt: skip


def _on_disk(content: bytes, name: str) -> Path:
    path = Path(tempfile.gettempdir(), name)
    path.write_bytes(content)
    return path
