"""How the data were made is told once; how each model was trained, with its name."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from glyphlab.report.sections import data_protocol, protocol_lines

DATA = "triple of digits, seed 0"


def run(protocol: str) -> Any:
    return SimpleNamespace(summary={"protocol": protocol}, folder=Path("x").name)


def test_what_all_share_is_told_once_and_the_rest_by_model() -> None:
    groups = {
        "whole": [run(f"{DATA}; last epoch")],
        "sliced": [run(f"{DATA}; short; best epoch")],
        "aligned": [run(f"{DATA}; short; best epoch")],
    }
    assert data_protocol(groups["whole"][0]) == DATA
    assert protocol_lines(groups, DATA) == [
        "whole: last epoch",
        "sliced, aligned: short, best epoch",
    ]
    assert protocol_lines(groups, "something else")[0] == DATA
