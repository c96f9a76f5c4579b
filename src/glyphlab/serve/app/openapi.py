"""The OpenAPI document, from the very types that requests are checked against."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from glyphlab.serve.app.areas import Area, Endpoint, Upload

__all__ = ["openapi_document"]

_IN_PATH = re.compile(r"\{(\w+)\}")
_REASONS = {
    "400": "The request is none.", "403": "Not allowed, and why.", "404": "There is no such thing.",
    "408": "The body came too slowly.", "409": "It cannot be used now, and why.",
    "413": "The body is too large.", "415": "The body is of another type.",
    "422": "A value is wrong: which, and what was expected.", "429": "The studio is busy.",
}  # fmt: skip


def openapi_document(areas: Sequence[Area]) -> dict[str, Any]:
    """Return the document of all endpoints under ``/api/``."""
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {
        "Error": {
            "type": "object", "required": ["error"],
            "properties": {"error": {"type": "string", "description": "A sentence."}},
        }
    }  # fmt: skip
    for area in areas:
        for one in area.endpoints:
            if one.path.startswith("/api/"):
                operation = _operation(area, one, schemas)
                paths.setdefault(one.path, {})[one.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Glyphlab studio",
            "version": importlib.metadata.version("glyphlab"),
            "description": "Every request carries the token: as ?token=…, as the cookie of the "
            "first visit, or as 'Authorization: Bearer …'.",
        },
        "security": [{"token": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "query", "name": "token"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(area: Area, one: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    first, _, rest = one.about.partition("\n\n")
    found: dict[str, Any] = {
        "tags": [area.name],
        "operationId": one.handler.__name__.strip("_"),
        "summary": " ".join(first.split()),
        "responses": {
            "200": {"description": "The answer.", "content": _answered(one, schemas)},
            **{
                status: {
                    "description": why,
                    "content": {"application/json": {"schema": _reference("Error")}},
                }
                for status, why in _REASONS.items()
            },
        },
    }
    if rest:
        found["description"] = " ".join(rest.split())
    if parameters := _parameters(one, schemas):
        found["parameters"] = parameters
    if one.body is not None:
        found["requestBody"] = {"required": True, "content": _taken(one, schemas)}
    if one.changes:
        found["x-changes"] = True
    return found


def _parameters(one: Endpoint, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    if one.given is None:
        return []
    schema = one.given.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    in_path, required = set(_IN_PATH.findall(one.path)), set(schema.get("required", ()))
    found = []
    for name, wanted in schema.get("properties", {}).items():
        described = {key: value for key, value in wanted.items() if key != "description"}
        parameter = {
            "name": name,
            "in": "path" if name in in_path else "query",
            "required": name in in_path or name in required,
            "schema": described,
        }
        if "description" in wanted:
            parameter["description"] = wanted["description"]
        found.append(parameter)
    return found


def _taken(one: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    if one.body is Upload:
        return {media: {} for media in one.takes or ("application/octet-stream",)}
    assert one.body is not None
    assert issubclass(one.body, BaseModel)
    return {"application/json": {"schema": _schema(one.body, schemas, "validation")}}


def _answered(one: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    if one.answer is None:
        return {media: {} for media in one.media or ("application/octet-stream",)}
    return {"application/json": {"schema": _schema(one.answer, schemas, "serialization")}}


def _schema(model: type[BaseModel], schemas: dict[str, Any], mode: Any) -> dict[str, str]:
    schema = model.model_json_schema(mode=mode, ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema
    return _reference(model.__name__)


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
