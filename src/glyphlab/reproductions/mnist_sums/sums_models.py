"""Our models of the sums benchmark, and the literature's LeNet beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from glyphlab.recipes import ModelEntry, model_entry

__all__ = ["sums_models"]

LONGEST = 15
SETTINGS = (  # digits of a number; images of a batch, and epochs: of our net, and of the LeNet
    (1, (256, 5), (128, 8)),
    (2, (64, 8), (64, 10)),
    (4, (32, 8), (32, 12)),
    (LONGEST, (16, 12), (8, 20)),
)


def sums_models() -> Iterator[ModelEntry]:
    """Yield both nets for each length, and the nets that know no structure."""
    for digits, ours, theirs in SETTINGS:
        for name, of, (batch, epochs), views in (
            ("sum", "sum", ours, 5),
            ("lenet", "sum-lenet", theirs, 1),
        ):
            known = model_entry(of)
            changes = {"batch_size": batch, "epochs": epochs}
            if digits == LONGEST:
                changes["restarts"] = 3  # one of three trainings of `sum-15` without ended at 0 %
            yield replace(
                known,
                name=f"{name}-{digits}",
                about=f"{known.about}; numbers of {digits}",
                model=MappingProxyType({**known.model, "test_views": views}),
                training=MappingProxyType({**known.training, **changes}),
                of_task=MappingProxyType({"digits": digits}),
            )
    direct = model_entry("combined")
    yield replace(direct, name="direct-30000")
    few = MappingProxyType({"train_images": 3_000})
    longer = MappingProxyType({**direct.training, "epochs": 20})
    yield replace(direct, name="direct-3000", of_task=few, training=longer)
