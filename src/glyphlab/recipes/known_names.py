"""Keys of a recipe whose values are names of a registry."""

from __future__ import annotations

from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from glyphlab._common.errors import UnknownName
from glyphlab._common.registry import Registry

__all__ = ["one_of"]


class one_of:  # noqa: N801 - stands in annotations, as pydantic's own do
    """A string that a registry knows, plug-ins and all; its JSON Schema lists the names."""

    def __init__(self, registry: Registry[Any]) -> None:
        self.registry = registry

    def _check(self, name: str) -> str:
        try:
            return self.registry.check(name)
        except UnknownName as error:
            *others, last = (f"'{one}'" for one in self.registry.names())
            known = " or ".join([*([", ".join(others)] if others else []), last])
            raise PydanticCustomError(
                "unknown_name", "expected {expected}", {"expected": known}
            ) from error

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Validate the string first, and then the name."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """List the names that there are now."""
        return {**handler(schema), "enum": list(self.registry.names())}
