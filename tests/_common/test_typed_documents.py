"""Documents that people write: true or false is no number."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import Field, ValidationError

from glyphlab._common.typed import TypedDocument, explain


class Document(TypedDocument):
    count: int = Field(1, ge=0)
    share: float | None = None
    sizes: tuple[int, ...] = ()
    pairs: list[tuple[int, float]] = Field([])
    flag: bool = False
    either: bool | int = False
    anything: Any = None
    words: dict[str, bool] = Field({})


@pytest.mark.parametrize("value", [True, False])
@pytest.mark.parametrize(
    ("key", "expected"),
    [("count", "a whole number"), ("share", "a number")],
)
def test_true_and_false_are_no_numbers(key: str, expected: str, value: bool) -> None:
    with pytest.raises(ValidationError) as caught:
        Document(**{key: value})  # type: ignore[arg-type]
    typed = str(value).lower()
    assert explain(caught.value, Document) == f"{key} must be {expected}, found {typed}"


@pytest.mark.parametrize("content", [{"sizes": [3, True]}, {"pairs": [(1, 2.0), (3, False)]}])
def test_nor_are_they_among_numbers(content: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"a valid (integer|number)"):
        Document(**content)


@pytest.mark.parametrize(
    "content",
    [
        {"flag": True},
        {"either": True},
        {"either": 3},
        {"anything": [True, 1]},
        {"words": {"a": True}},
        {"count": 3.0, "share": 1, "sizes": (2,), "pairs": [(1, 2)]},
    ],
)
def test_where_they_belong_they_stay(content: dict[str, Any]) -> None:
    for key, value in content.items():
        assert getattr(Document(**content), key) == value
