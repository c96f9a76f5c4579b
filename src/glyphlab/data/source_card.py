"""The card of a source of one's own: a small JSON file that says what a folder of images is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.errors import DataError, printable
from glyphlab._common.untrusted import Unreadable, read_json
from glyphlab.data.class_names import LONGEST_NAME
from glyphlab.data.published_sets import Kind

__all__ = ["CARD", "PICTURE", "SourceCard", "read_card"]

CARD = "glyphlab-source.json"
"""Name of the file in the folder."""
PICTURE = "contact-sheet.svg"
"""Name of a picture of the images, beside it."""
LONGEST_TEXT = 1_000
_KEYS = {"schema", "name", "classes", "licence", "kind", "split", "done", "images"}


@dataclass(frozen=True)
class SourceCard:
    """What a folder of images is.

    Attributes
    ----------
    name : str
        What the images were made from, by its last name.
    classes : dict of str to str
        The name of each class by its folder, in the order of the classes.
    licence : str
        What the images may be used under.
    kind : {"writing", "photographs"} or None
        What they show; None where nobody said.
    split : str
        Where the division into training and test is from.
    done : tuple of str
        What was done to the images.
    images : dict of str to int
        How many there are in each split.
    """

    name: str
    classes: dict[str, str]
    licence: str
    kind: Kind | None
    split: str
    done: tuple[str, ...]
    images: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return the document of the file."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "classes": dict(self.classes),
            "licence": self.licence,
            "kind": self.kind,
            "split": self.split,
            "done": list(self.done),
            "images": dict(self.images),
        }


def read_card(folder: Path) -> SourceCard | None:
    """Return the card of a folder; None where it has none.

    Raises
    ------
    DataError
        Where the file is not as above: a folder may be a stranger's.
    """
    path = folder / CARD
    if not path.is_file():
        return None
    found = read_json(path)
    if not isinstance(found, dict) or set(found) != _KEYS or found["schema"] != SCHEMA:
        raise _wrong(path, f"its keys are not {', '.join(sorted(_KEYS))} of schema {SCHEMA}")
    classes, images = found["classes"], found["images"]
    if not isinstance(classes, Mapping) or not all(_is_name(name) for name in classes.values()):
        raise _wrong(path, "classes is no table of names by their folders")
    if len(set(classes.values())) < len(classes):
        raise _wrong(path, "two classes have one name")
    texts = [found["name"], found["licence"], found["split"]]
    done = found["done"]
    if not isinstance(done, list) or not all(_is_text(text) for text in (*texts, *done)):
        raise _wrong(path, "name, licence, split or done is no short text")
    if found["kind"] not in (None, *get_args(Kind)):
        raise _wrong(path, f"kind is none of {', '.join(get_args(Kind))}")
    if not isinstance(images, Mapping) or not all(isinstance(one, int) for one in images.values()):
        raise _wrong(path, "images is no table of numbers")
    return SourceCard(
        texts[0], dict(classes), texts[1], found["kind"], texts[2], tuple(done), dict(images)
    )


def _wrong(path: Path, what: str) -> DataError:
    return Unreadable(path, what, "import the images again with 'glyphlab data import'")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and printable(value) == value


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT and printable(value) == value
