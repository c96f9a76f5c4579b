"""Scene `pair`: two symbols side by side."""

from glyphlab.tasks import Scene

PAIR = Scene("pair", 2, (28, 56), (28, 28), (0, 28), (0, 0))
