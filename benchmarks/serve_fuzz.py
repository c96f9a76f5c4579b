"""Ten thousand requests that nobody would make, built on the studio's own OpenAPI document.

Each is one of its operations with values that fit their schema, nearly fit it, or are anything at
all; with a body that is one, is cut, or is noise. No answer may be a fault of the studio (500 and
above), none may hold a traceback, and the memory of its process must stay flat.

    python benchmarks/serve_fuzz.py --folder /tmp/fuzzed --json records/serve-fuzz.json
"""

from __future__ import annotations

import argparse
import base64
import collections
import io
import json
import random
import shutil
import string
import time
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from PIL import Image

from glyphlab.runs import record_head
from glyphlab.training.engine_choice import engine_for
from serve_process import Server, serving, small_run

__all__ = ["Fuzzer", "fuzz"]

EVERY = 500
"""Requests between two looks at the memory."""
WARM = 2_000
"""Requests after which the memory must stay flat."""
SLOWEST = ("/api/evaluate", "/api/compare/tests")
"""Asked more rarely: each takes seconds, and none of them differs much."""
NASTY = (
    "", " ", "..", "../..", "/etc/passwd", "%00", "\x00", "a" * 300, "𝔘", "é", "-1", "1e999",
    "NaN", "null", "true", "<script>", "{{7*7}}", "' OR 1=1", ".hidden", "con", "\ud7ff",
)  # fmt: skip


class Fuzzer:
    """Makes requests of one OpenAPI document.

    Parameters
    ----------
    document : dict
    runs : list of str
        Names that there are.
    seed : int
    """

    def __init__(self, document: dict[str, Any], runs: list[str], seed: int) -> None:
        self.schemas = document["components"]["schemas"]
        self.operations = [
            (method, path, one)
            for path, ways in document["paths"].items()
            for method, one in ways.items()
        ]
        self.runs, self.random = runs, random.Random(seed)

    def request(self) -> tuple[str, str, bytes | None, str | None]:
        """Return method, path with query, body and media type of one request."""
        chance = self.random.random
        method, path, one = self.random.choice(self.operations)
        while path in SLOWEST and chance() < 0.95:
            method, path, one = self.random.choice(self.operations)
        query = []
        for parameter in one.get("parameters", ()):
            value = self.value(parameter["schema"], parameter["name"], plain=True)
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", quote(str(value), safe=""))
            elif parameter["required"] or chance() < 0.5:
                values = value if isinstance(value, list) else [value]
                query += [(parameter["name"], one) for one in values]
        if chance() < 0.05:
            query.append((self.random.choice(NASTY), self.random.choice(NASTY)))
        text = "&".join(f"{quote(str(k), safe='')}={quote(str(v), safe='')}" for k, v in query)
        body, media = self.body(one)
        if chance() < 0.02:
            method = self.random.choice(["get", "post", "delete", "put", "patch", "options"])
        return method.upper(), f"{path}?{text}" if text else path, body, media

    def body(self, operation: dict[str, Any]) -> tuple[bytes | None, str | None]:
        """Return a body and its media type; mostly what the operation takes."""
        content = operation.get("requestBody", {}).get("content", {})
        if not content:
            return (None, None) if self.random.random() < 0.95 else (self.noise(), "text/plain")
        media, wanted = self.random.choice(list(content.items()))
        if "schema" not in wanted:
            body = self.picture() if self.random.random() < 0.5 else self.noise()
        else:
            body = json.dumps(self.value(wanted["schema"], "")).encode()
        how = self.random.random()
        if how < 0.05:
            body = body[: self.random.randrange(len(body) + 1)]
        elif how < 0.1:
            body = self.noise()
        elif how < 0.12:
            body = b"[" * 5_000 + b"]" * 5_000
        if self.random.random() < 0.03:
            media = self.random.choice(["text/plain", "", "application/xml"])
        return body, media

    def value(self, schema: dict[str, Any], name: str, *, plain: bool = False) -> Any:
        """Return a value that fits a schema, or nearly, or not at all."""
        how = self.random.random()
        if how < 0.08:
            return self.random.choice(NASTY)
        if how < 0.12 and not plain:
            return self.random.choice([None, True, -1, 1e308, [], {}, [[[]]], {"a": {"b": 1}}])
        if "$ref" in schema:
            return self.value(self.schemas[schema["$ref"].rpartition("/")[2]], name, plain=plain)
        if "anyOf" in schema:
            return self.value(self.random.choice(schema["anyOf"]), name, plain=plain)
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        if "const" in schema:
            return schema["const"]
        kind = schema.get("type")
        if kind == "object":
            return self.mapping(schema)
        if kind == "array":
            most = min(schema.get("maxItems", 5), 5)
            count = self.random.randint(schema.get("minItems", 0), most)
            return [self.value(schema.get("items", {}), name, plain=plain) for _ in range(count)]
        if kind in ("integer", "number"):
            return self.number(schema, kind)
        if kind == "boolean":
            return self.random.random() < 0.5
        return None if kind == "null" else self.text(schema, name)

    def mapping(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return an object; one without keys of its own is a recipe, or nearly."""
        if "properties" not in schema:
            return self.recipe()
        required = schema.get("required", ())
        found = {
            key: self.value(inner, key)
            for key, inner in schema["properties"].items()
            if key in required or self.random.random() < 0.5
        }
        if self.random.random() < 0.05:
            found[self.random.choice(NASTY)] = 1
        return found

    def recipe(self) -> dict[str, Any]:
        """Return a recipe: tiny ones train, most are wrong."""
        choice = self.random.choice
        if self.random.random() < 0.3:
            return {choice(NASTY): choice(NASTY), "task": choice([None, [], "single", {"name": 3}])}
        return {
            "task": {"name": choice(["single", "triple", "/etc", ""]), "data": choice(
                ["digits", "mnist", "/etc", "nothing"]), "generalization_grid": 0},
            "model": {"strategy": choice(["multihead", "whole", "sum", "nonsense"]),
                      "channels": choice([2, 4, 0, "x"])},
            "training": {"epochs": choice([1, 1, 0, 1.5]), "precision": "float32"},
            "seed": choice([0, 1, 2, -1]),
        }  # fmt: skip

    def number(self, schema: dict[str, Any], kind: str) -> float:
        """Return a number within its bounds, at them, or a little beyond."""
        low = schema.get("minimum", schema.get("exclusiveMinimum", -3))
        high = schema.get("maximum", schema.get("exclusiveMaximum", low + 5))
        found = self.random.choice([low, high, low - 1, high + 1, self.random.uniform(low, high)])
        return int(found) if kind == "integer" else float(found)

    def text(self, schema: dict[str, Any], name: str) -> str:
        """Return a text: the name of a run where one is asked for, a picture, or letters."""
        if name == "run":
            return self.random.choice(self.runs)
        if schema.get("contentEncoding") == "base64":
            found = self.picture() if self.random.random() < 0.7 else self.noise()
            return base64.b64encode(found).decode()
        if name == "changes":
            return self.random.choice(
                ["training.epochs=1", "training.epochs=x", "model.channels=3", "=", "a.b=c"]
            )
        if name == "source":
            return self.random.choice(["digits", "mnist", "../x"])
        count = self.random.randint(schema.get("minLength", 0), min(schema.get("maxLength", 9), 9))
        return "".join(self.random.choices(string.printable, k=count))

    def picture(self) -> bytes:
        """Return a picture of ink, of noise, of nothing, or of many pixels that are one colour."""
        how = self.random.random()
        if how < 0.02:
            pixels = np.zeros((9_000, 9_000), np.uint8)
        else:
            side = self.random.choice([1, 8, 28, 60, 300])
            draw = np.random.default_rng(self.random.randrange(2**32))
            pixels = draw.integers(0, 256, (side, self.random.choice([side, 3 * side])), np.uint8)
            pixels[pixels < 200] = 0
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, self.random.choice(["PNG", "JPEG", "BMP"]))
        found = file.getvalue()
        if self.random.random() < 0.2:
            cut = bytearray(found)
            for _ in range(20):
                cut[self.random.randrange(len(cut))] = self.random.randrange(256)
            return bytes(cut[: self.random.randrange(1, len(cut) + 1)])
        return found

    def noise(self) -> bytes:
        """Return bytes that are nothing."""
        return self.random.randbytes(self.random.choice([0, 1, 30, 1_000, 100_000]))


def fuzz(server: Server, count: int, seed: int, restore: Any) -> dict[str, Any]:
    """Make the requests, one after the other; return what was answered, and the memory."""
    connection = server.connection()
    document = json.loads(server.ask(connection, "GET", "/api/openapi.json")[1])
    fuzzer = Fuzzer(document, restore(), seed)
    statuses: collections.Counter[int] = collections.Counter()
    faults: list[dict[str, Any]] = []
    memory = []
    began = time.perf_counter()
    for number in range(count):
        if number % EVERY == 0:
            fuzzer.runs = restore()
            memory.append(server.megabytes())
        method, path, body, media = fuzzer.request()
        try:
            status, found = server.ask(connection, method, path, body, media)
        except (OSError, HTTPException) as error:  # refused before the body was sent
            connection.close()
            statuses[0] += 1
            if server.process.poll() is not None:
                raise RuntimeError(f"the studio ended at {method} {path}") from error
            continue
        statuses[status] += 1
        if status >= 500 or b"Traceback" in found:
            faults.append({"request": f"{method} {path}", "status": status,
                           "answer": found[:300].decode("utf-8", "replace")})  # fmt: skip
    memory.append(server.megabytes())
    settled = memory[WARM // EVERY :] or memory[-1:]
    return {
        "requests": count,
        "operations": len(fuzzer.operations),
        "statuses": {str(status): statuses[status] for status in sorted(statuses)},
        "faults": faults,
        "seconds": time.perf_counter() - began,
        "megabytes": memory,
        "growth": settled[-1] / settled[0] - 1,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="where runs may come and go")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, metavar="PATH")
    options = parser.parse_args()
    source = small_run(options.folder / "source")
    root = options.folder / "runs"
    root.mkdir(parents=True, exist_ok=True)

    def restore() -> list[str]:
        names = [f"single-small-s{seed}-{seed:08x}" for seed in range(4)]
        for name in names:
            if not (root / name / "done").exists():
                shutil.copytree(source.path, root / name, dirs_exist_ok=True)
        return names

    restore()
    with serving(root, "--quiet") as server:
        found = fuzz(server, options.requests, options.seed, restore)
    print(json.dumps(found, indent=1))
    if options.json:
        document = {
            **record_head("benchmarks/serve_fuzz.py", [engine_for("cpu", "float32")]),
            "benchmark": "serve-fuzz",
            **found,
        }
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    if found["faults"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
