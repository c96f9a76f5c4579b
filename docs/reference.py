"""Write docs/reference/: every key of a recipe, and every command and option.

Both pages come from what the program itself checks: the JSON Schema of recipes and the Typer app.

::

    python docs/reference.py
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import typer.main

from glyphlab.cli.app import app
from glyphlab.recipes.union import json_schema

__all__ = ["FOLDER", "commands_page", "pages", "recipe_page"]

FOLDER = Path(__file__).resolve().parent / "reference"
HEAD = "| key | type | default | range | meaning |\n|---|---|---|---|---|"
TYPES = {"integer": "integer", "number": "number", "string": "text", "boolean": "true or false"}
BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}

Schema = Mapping[str, Any]


def pages() -> dict[Path, str]:
    """Return the text of each page by its path."""
    return {FOLDER / "recipe.md": recipe_page(), FOLDER / "commands.md": commands_page()}


def recipe_page() -> str:
    """Return the page of recipe keys."""
    schema = json_schema()
    kinds = schema["discriminator"]["mapping"]
    parts = [
        "# Recipe keys\n\n"
        "A recipe is a TOML file (`glyphlab train recipe.toml`); `--set KEY=VALUE` changes one key "
        "of it. A key left out has its default. The named models of `compare` set some keys "
        "otherwise: `glyphlab train RECIPE.toml --dry-run` prints a whole recipe, and each run "
        "keeps its own in `recipe.json`. A key that the chosen model would ignore is an error.\n\n"
        "`make reference` writes this page from the recipes themselves."
    ]
    known: set[str] = set()
    for kind, reference in kinds.items():
        parts.append(f"## A {kind}'s recipe")
        parts += _tables(schema, reference, "", known)
    return "\n\n".join(parts) + "\n"


def _tables(schema: Schema, reference: str, path: str, known: set[str]) -> list[str]:
    """Return the table of a model's own keys, and then those of the tables in it.

    A table that a recipe of another kind has too is shown once, in `known` from then on.
    """
    rows, below = [], []
    for key, one in _keys(schema, reference).items():
        name, inner = f"{path}{key}", _inner(one)
        if inner is None:
            rows.append(
                f"| `{name}` | {_type(one)} | {_default(one)} | {_range(one)} "
                f"| {_cell(one.get('description', ''))} |"
            )
            continue
        below += [f"### `[{name}]`", one["description"]]
        if inner in known:
            below.append(_same_keys(one, _keys(schema, inner), name))
        else:
            known.add(inner)
            below += _tables(schema, inner, f"{name}.", known)
    return ["\n".join([HEAD, *rows]), *below]


def _keys(schema: Schema, reference: str) -> Schema:
    keys: Schema = schema["$defs"][reference.rpartition("/")[2]]["properties"]
    return keys


def _same_keys(one: Schema, keys: Schema, name: str) -> str:
    """Return a sentence on a table that stands above, and on the defaults that differ here."""
    other = [
        f"`{name}.{key}` is {_default({'default': value})}"
        for key, value in one.get("default", {}).items()
        if key in keys and value != keys[key].get("default", value)
    ]
    differ = f" Other defaults: {', '.join(other)}." if other else ""
    return f"The keys are those of [`[{name}]`](#{name}) above.{differ}"


def _inner(one: Schema) -> str | None:
    """Return the reference of a key that is a table of its own."""
    found = [choice["$ref"] for choice in _choices(one) if "$ref" in choice]
    return found[0] if found else None


def _choices(one: Schema) -> list[Schema]:
    return [each for each in one.get("anyOf", [one]) if each.get("type") != "null"]


def _type(one: Schema) -> str:
    return " or ".join(dict.fromkeys(_type_of(choice) for choice in _choices(one)))


def _type_of(one: Schema) -> str:
    if "const" in one or "enum" in one:
        return "one of"
    if one["type"] == "array":
        if "prefixItems" in one:
            return f"pair of {_type_of(one['prefixItems'][0])}s"
        return f"list: {_type(one['items'])}"
    return "table" if one["type"] == "object" else TYPES[one["type"]]


def _default(one: Schema) -> str:
    if "default" not in one:
        return "required"
    value = one["default"]
    return "left out" if value is None else f"`{json.dumps(value, ensure_ascii=False)}`"


def _range(one: Schema) -> str:
    found = []
    for choice in _choices(one):
        names = choice.get("enum", [choice["const"]] if "const" in choice else ())
        found += [f"`{json.dumps(name)}`" for name in names]
        found += [f"{sign} {choice[bound]:,}" for bound, sign in BOUNDS.items() if bound in choice]
    return ", ".join(dict.fromkeys(found))


def commands_page() -> str:
    """Return the page of commands."""
    parts = [
        "# Commands\n\n"
        "`glyphlab COMMAND --help` prints the same. Results go to stdout, progress and notes to "
        "stderr. The [guide](../guide.md) has an example of each and the exit codes.\n\n"
        "`make reference` writes this page from the command line itself."
    ]
    for path, command in _leaves(typer.main.get_command(app), "glyphlab"):
        parts.append(f"## `{path}`")
        parts.append(_plain(command.help))
        parts += _parameters(path, command)
    return "\n\n".join(parts) + "\n"


def _leaves(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, one in command.commands.items():
        if one.hidden:
            continue
        yield from _leaves(one, f"{path} {name}")


def _parameters(path: str, command: Any) -> list[str]:
    """Return a table of the arguments, and one of the options, as ``--help`` has them."""
    context = command.make_context(path, [], resilient_parsing=True)
    rows: dict[str, list[str]] = {"argument": [], "option": []}
    for one in command.params:
        record = one.get_help_record(context)
        if record is not None:
            names, meaning = record
            names = _plain(names).replace("|", r"\|")
            rows[one.param_type_name].append(f"| `{names}` | {_cell(_plain(meaning))} |")
    return [
        "\n".join([f"| {what} | meaning |", "|---|---|", *found])
        for what, found in rows.items()
        if found
    ]


def _cell(text: str) -> str:
    """Return text as a cell of a table may have it."""
    return text.replace("|", r"\|").replace("<", "&lt;")


def _plain(text: str | None) -> str:
    return re.sub(r"\s+", " ", (text or "").replace("\b", " ")).strip()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for page, text in pages().items():
        page.write_text(text, encoding="utf-8")
        print(f"wrote {page}")
