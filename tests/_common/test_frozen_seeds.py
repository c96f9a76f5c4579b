"""The names that seeds are derived from: frozen, since another name would move every number."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from glyphlab._common.seeds import seed_for

SOURCE = Path(__file__).parents[2] / "src" / "glyphlab"
DERIVING = ("numpy_rng", "seed_for", "torch_rng")
PASSING_ON = ("_draw", "_order", "asked_labels", "fixed_noise")
"""Functions of generators that hand names on to those above."""

FROZEN = {
    ("affine",),
    ("asked",),
    ("augment",),
    ("augmentation",),
    ("augmented",),
    ("calibration",),
    ("cells",),
    ("chunk",),
    ("classical",),
    ("components",),
    ("corruption",),
    ("detectable",),
    ("digits", "test"),
    ("draw",),
    ("drawn",),
    ("dropout",),
    ("evaluate",),
    ("familiarity", "projection"),
    ("familiarity",),
    ("final",),
    ("fixed",),
    ("floor",),
    ("glyphs", "val"),
    ("glyphs",),
    ("hold-out",),
    ("images-a-symbol",),
    ("init",),
    ("k",),
    ("kernel-distance",),
    ("labels", "drawn"),
    ("labels",),
    ("map",),
    ("noise",),
    ("offsets",),
    ("once",),
    ("order",),
    ("places",),
    ("real",),
    ("remedy",),
    ("round",),
    ("rows",),
    ("sampler",),
    ("samples",),
    ("square",),
    ("start",),
    ("step",),
    ("studio",),
    ("studio", "walk"),
    ("task-1-pictures",),
    ("test", "pairs"),
    ("train", "pairs"),
    ("train-images",),
    ("train-labels",),
    ("training-accuracy",),
    ("trial",),
    ("turned", "order"),
    ("walk",),
    ("winner",),
    ("within-class",),
}
"""Every text in the names of a use, one tuple a kind of use; what is no text is not held here."""


def _texts(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def _uses() -> Iterator[tuple[str, ...]]:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in DERIVING + PASSING_ON:
                texts = tuple(text for value in node.args for text in _texts(value))
                if texts:
                    yield texts


def test_names_are_what_they_were() -> None:
    """A name may be added here with a new use; one that is here may never change."""
    assert set(_uses()) == FROZEN


def test_a_seed_is_what_it_was() -> None:
    assert seed_for(0, "order", 3) == 2723741169552378311
    assert seed_for(7, "labels", "drawn") == 7131857708312907981
