"""A net by description: a list of words, layer by layer.

======================  ========================================================================
``conv CHANNELS SIZE``  convolution and activation; ``same`` after it keeps the size (odd SIZE)
``pool SIZE``           largest of SIZE×SIZE, no overlap, odd rows and columns left out
``dense UNITS``         affine map and activation; flattens what comes before, channels last
``dropout SHARE``       that share of the values is zero in training, the others scaled up
``norm``                batch norm, after the activation, where the word stands
``block CHANNELS``      residual block of two 3×3 convolutions with batch norm (`ResidualBlock`)
``mean``                mean over the whole map, one value a channel
======================  ========================================================================

The output layer is not said: it is a dense one of all heads' classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glyphlab._common.errors import RecipeError, nearest

__all__ = ["LAYER_FORMS", "Layer", "parse_layers"]

LAYER_FORMS = {
    "block": "block CHANNELS",
    "conv": "conv CHANNELS SIZE, or conv CHANNELS SIZE same",
    "dense": "dense UNITS",
    "dropout": "dropout SHARE with a share in (0, 1)",
    "mean": "mean",
    "norm": "norm",
    "pool": "pool SIZE",
}


@dataclass(frozen=True)
class Layer:
    """One layer of a description.

    Attributes
    ----------
    kind : {'block', 'conv', 'dense', 'dropout', 'mean', 'norm', 'pool'}
    size : int
        Channels, units, or side of the pool; 0 where the kind has none.
    side : int
        Side of a convolution.
    same : bool
        Whether a convolution keeps the size of its input.
    share : float
        Of a dropout.
    """

    kind: str
    size: int = 0
    side: int = 0
    same: bool = False
    share: float = 0.0


def parse_layers(words: Sequence[str]) -> tuple[Layer, ...]:
    """Read a description.

    Parameters
    ----------
    words : sequence of str
        As ``["conv 32 3", "pool 2", "dropout 0.25", "dense 128"]``.

    Raises
    ------
    RecipeError
        For a layer that is none, with the nearest right word or its form; for one that needs a map
        after one that leaves none.
    """
    layers = tuple(_parse(text) for text in words)
    flat = ""
    for text, layer in zip(words, layers, strict=True):
        if flat and layer.kind in ("block", "conv", "mean", "pool"):
            raise RecipeError(
                f"layer '{text}' comes after a {flat}, which leaves no map: "
                f"put every block, conv and pool before the first dense or mean"
            )
        flat = flat or ({"dense": "dense layer", "mean": "mean"}.get(layer.kind, ""))
    return layers


def _parse(text: str) -> Layer:
    kind, *rest = text.split() or [""]
    if kind not in LAYER_FORMS:
        close = nearest(kind, LAYER_FORMS)
        hint = f"did you mean '{close}'? " if close else ""
        raise RecipeError(f"unknown layer '{text}': {hint}known: {'; '.join(LAYER_FORMS.values())}")
    try:
        if kind == "conv" and len(rest) in (2, 3) and rest[2:] in ([], ["same"]):
            size, side = _whole(rest[0]), _whole(rest[1])
            same = len(rest) == 3
            if not (same and side % 2 == 0):
                return Layer(kind, size, side, same)
        elif kind in ("block", "dense", "pool") and len(rest) == 1:
            return Layer(kind, _whole(rest[0]))
        elif kind == "dropout" and len(rest) == 1 and 0 < float(rest[0]) < 1:
            return Layer(kind, share=float(rest[0]))
        elif kind in ("mean", "norm") and not rest:
            return Layer(kind)
    except ValueError:
        pass
    odd = " with an odd SIZE" if text.endswith(" same") else ""
    raise RecipeError(f"layer '{text}' cannot be read: write {LAYER_FORMS[kind]}{odd}")


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number
