"""A net as a notebook shows it: its parameters, and its first filters as pictures."""

from __future__ import annotations

import numpy as np
from torch import Tensor, nn

from glyphlab._common.notebook import contact_strip, paragraph
from glyphlab._common.tabular.column_table import Column, Table
from glyphlab._common.tabular.number_texts import count_text
from glyphlab._common.tabular.table_forms import as_html
from glyphlab.models.nets.net_summary import count_parameters

__all__ = ["net_html"]

_COLUMNS = (Column("weights"), Column("shape"), Column("numbers", form=count_text))
_SMALLEST = 3
"""Side of a filter that shows anything as a picture."""


def net_html(net: nn.Module) -> str:
    """Return a row a weight with its shape, and the filters of the first layer as pictures."""
    weights = [(name, one) for name, one in net.named_parameters() if one.requires_grad]
    rows = [
        {"weights": name, "shape": " × ".join(map(str, one.shape)), "numbers": one.numel()}
        for name, one in weights
    ]
    parts = [paragraph(f"{type(net).__name__}: {count_parameters(net):,} parameters")]
    filters = next((one for _, one in weights if one.ndim == 4 and one.shape[1] == 1), None)
    if filters is not None and min(filters.shape[2:]) >= _SMALLEST:
        parts += [paragraph("the first filters"), contact_strip(_pictures(filters))]
    return "\n".join([*parts, as_html(Table("weights", rows, _COLUMNS))])


def _pictures(filters: Tensor) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """Return each filter from its smallest weight, black, to its largest, white."""
    values = filters.detach().float().cpu().numpy()[:, 0]
    low, high = (of(values, axis=(1, 2), keepdims=True) for of in (np.min, np.max))
    return np.asarray(np.round(255 * (values - low) / np.maximum(high - low, 1e-12)), np.uint8)
