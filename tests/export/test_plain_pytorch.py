"""The lines of docs/exporting.md that compute a run's logits without Glyphlab."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from exported_runs import run_of
from glyphlab.training.evaluation.loaded_models import load_net

PAGE = Path(__file__).resolve().parents[2] / "docs" / "exporting.md"

pytestmark = pytest.mark.usefixtures("one_thread")


def test_ten_lines_of_plain_pytorch() -> None:
    run = run_of("multihead")
    section = PAGE.read_text(encoding="utf-8").partition("## Plain PyTorch")[2]
    (code,) = re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert len(code.strip().splitlines()) <= 11  # ten, and an empty one
    assert "glyphlab" not in code
    state = run.classifier_summary.strategy_state
    images = torch.randint(0, 256, (5, state.height, state.width), dtype=torch.uint8)
    names: dict[str, Any] = {"images": images}
    file = run.path / "model.safetensors"
    exec(re.sub(r'load_file\(".*"\)', f"load_file({str(file)!r})", code), names)
    with torch.no_grad():
        expected = load_net(run).eval()(images.unsqueeze(1))[:, 0]
    torch.testing.assert_close(names["logits"], expected, rtol=1e-5, atol=1e-5)
