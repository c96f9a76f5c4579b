"""Model `bits-funnel`: what a comparison trains under that name."""

from glyphlab.recipes import ModelEntry

BITS_FUNNEL = ModelEntry(
    "bits-funnel",
    "bits",
    "funnel",
    "every symbol in bits, read by two dense layers",
    {"epochs": 20, "batch_size": 16, "learning_rate": 5e-3, "optimizer": "adam", "augment": "dim"},
    task="pair",
)
