"""Nobody waits in these tests."""

from __future__ import annotations

import pytest

from glyphlab.training.executors import dispatch


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "EVERY", 0.01)
