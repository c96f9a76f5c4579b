"""The nets of the MNIST networks report, by the names that its runs carry here."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from glyphlab.recipes import ModelEntry
from glyphlab.reproductions.core.keras_models import keras_model

__all__ = [
    "CNN_HELD_OUT",
    "ENDS",
    "EQUAL",
    "HELD_OUT",
    "LAMBDAS",
    "SETTINGS",
    "TANH",
    "WIDE_HELD_OUT",
    "network_models",
    "penalty_name",
    "strength_text",
    "tanh_name",
]

_WIDTHS = (10, 100, 200)

SETTINGS = (*((first, second) for first in _WIDTHS for second in _WIDTHS), (30, 100))
"""Units of the two hidden layers, 1.3."""

BETWEEN = ((20, 100), (40, 100))
"""Our own, on both sides of the 97 %: there the report has one net."""

ENDS = tuple(f"units-{first}-{second}" for first, second in (*SETTINGS, *BETWEEN))
"""Trained on all images, scored at their end."""

EQUAL = ((34, 21), (32, 59), (30, 100), (25, 223), (20, 385), (10, 943))
"""Units of both layers, in as many parameters as 30 and 100 have, to within 30."""

HELD_OUT = tuple(f"relu-{first}-{second}" for first, second in SETTINGS)
"""Trained with a sixth held out, for their curves."""

CNN_HELD_OUT, WIDE_HELD_OUT = "cnn-200-100-held", "units-200-held"
"""The nets of 1.7 and 1.6 once more, with a sixth held out, for their curves."""

PRINTED = MappingProxyType({"units-30-100": (1, 2, 9), "units-200": (1, 2, 3, 4, 9)})
"""Epochs before the last that a log prints. At a constant learning rate a training of N epochs is
the same as the first N of ten, so that each evaluates the test images once."""

LAMBDAS = (1.0, 1e-2, 1e-4, 1e-6, 1e-8)
"""Strengths of the penalty, 1.4."""

TANH = ((200, 100, 0.0), (200, 100, 1e-8), (100, 100, 0.0), (100, 100, 1e-8))
"""Units and strength of the tanh nets, 1.5."""


def network_models() -> Iterator[ModelEntry]:
    """Yield every net of the report, and two of our own."""
    for first, second in (*SETTINGS, *BETWEEN):
        yield keras_model(
            f"units-{first}-{second}", (f"dense {first}", f"dense {second}"),
            about=f"{first} and {second} units", batch_size=128, epochs=10,
        )  # fmt: skip
    for first, second in EQUAL:
        if (first, second) not in SETTINGS:
            yield keras_model(
                f"units-{first}-{second}", (f"dense {first}", f"dense {second}"),
                about=f"{first} and {second} units, as many parameters as 30 and 100",
                batch_size=128, epochs=10,
            )  # fmt: skip
    yield keras_model(
        "units-200",
        ("dense 200",),
        about="200 units, l1 of 1e-6",
        batch_size=128,
        epochs=10,
        l1=1e-6,
    )
    for first, second in SETTINGS:
        yield keras_model(
            f"relu-{first}-{second}", (f"dense {first}", f"dense {second}"),
            about=f"{first} and {second} relu units, a sixth held out", batch_size=128, epochs=10,
            validation_fraction=1 / 6,
        )  # fmt: skip
    for first, second, strength in TANH:
        yield keras_model(
            tanh_name(first, second, strength), (f"dense {first}", f"dense {second}"),
            about=f"{first} and {second} tanh units, l2 of {strength:g}, a sixth held out",
            batch_size=128, epochs=10, activation="tanh", validation_fraction=1 / 6, l2=strength,
        )  # fmt: skip
    for kind, strength in (*(("l2", one) for one in LAMBDAS), ("l1", 1e-2)):
        yield keras_model(
            penalty_name(kind, strength), ("dense 200", "dense 100"),
            about=f"200 and 100 units, {kind} of {strength:g}, a sixth held out", batch_size=128,
            epochs=10, validation_fraction=1 / 6, l1=strength if kind == "l1" else 0.0,
            l2=strength if kind == "l2" else 0.0,
        )  # fmt: skip
    for name, fraction in (("cnn-200-100", 0.0), (CNN_HELD_OUT, 1 / 6)):
        yield keras_model(
            name, ("conv 200 5 same", "pool 2", "conv 100 3 same", "pool 2"),
            about="two convolutions of 200 and 100 channels" + _held(fraction), batch_size=128,
            epochs=10, validation_fraction=fraction,
        )  # fmt: skip
    yield keras_model(
        WIDE_HELD_OUT, ("dense 200",), about="200 units, l1 of 1e-6" + _held(1 / 6), batch_size=128,
        epochs=10, l1=1e-6, validation_fraction=1 / 6,
    )  # fmt: skip
    for name, epochs in PRINTED.items():
        for count in epochs:
            yield keras_model(
                f"{name}-epoch-{count}",
                tuple(f"dense {units}" for units in name.split("-")[1:]),
                about=f"{name} after {count} of its ten epochs", batch_size=128, epochs=count,
                l1=1e-6 if name == "units-200" else 0.0,
            )  # fmt: skip


def _held(fraction: float) -> str:
    return ", a sixth held out" if fraction else ""


def penalty_name(kind: str, strength: float) -> str:
    """Return the name of the net of 1.4 with this penalty, ``'l1'`` or ``'l2'``."""
    return f"{kind}-{strength_text(strength)}"


def tanh_name(first: int, second: int, strength: float) -> str:
    """Return the name of a net of 1.5."""
    return f"tanh-{first}-{second}" + (f"-{strength_text(strength)}" if strength else "")


def strength_text(strength: float) -> str:
    """Return a strength as the report writes it: ``'1'``, ``'1e-8'``."""
    return f"{strength:.0e}".replace("e-0", "e-") if strength < 1 else f"{strength:g}"
