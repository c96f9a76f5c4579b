"""Documents that people write, checked key by key: recipes, scenes, studies, requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails

__all__ = ["TypedDocument"]


class TypedDocument(BaseModel):
    """A frozen document: unknown keys, infinities and true or false for a number are refused.

    pydantic reads ``true`` as 1 where a number is expected. Whoever writes ``epochs = true`` means
    something else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _has_no_boolean_for_a_number(cls, content: Any) -> Any:
        # of the whole document: a field that decides between documents takes no such validator
        wrong = list(_booleans_for_numbers(cls, content)) if isinstance(content, Mapping) else []
        if wrong:
            raise ValidationError.from_exception_data(cls.__name__, wrong)
        return content


def _booleans_for_numbers(
    document: type[BaseModel], content: Mapping[str, Any]
) -> Iterator[InitErrorDetails]:
    for key, field in document.model_fields.items():
        value = content.get(key)
        found = [one for one in _entries(value) if isinstance(one, bool)]
        taken = set(_leaves(field.annotation)) if found else set()
        if taken & {int, float} and not taken & {bool, Any}:
            kind = "float_type" if float in taken else "int_type"
            yield InitErrorDetails(type=kind, loc=(key,), input=found[0])


def _entries(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for one in value:
            yield from _entries(one)
    else:
        yield value


def _leaves(annotation: Any) -> Iterator[Any]:
    """Return the types that an annotation is made of, such as int and None of ``int | None``."""
    parts = get_args(annotation)
    if not parts:
        yield annotation if isinstance(annotation, type) or annotation is Any else type(annotation)
    for part in parts:
        yield from _leaves(part)
