"""The OpenAPI document: every endpoint, by the types that requests are checked against."""

from __future__ import annotations

from typing import Any

from asgi_client import Client
from studios import endpoints


def references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if "$ref" in part else set()
        return own.union(*map(references, part.values()), set())
    return set().union(*map(references, part)) if isinstance(part, list) else set()


def test_it_holds_every_endpoint(client: Client) -> None:
    document = client.get("/api/openapi.json").json()
    found = {(path, way) for path, ways in document["paths"].items() for way in ways}
    wanted = {(one.path, one.method.lower()) for one in endpoints() if "/api/" in one.path}
    assert found == wanted
    names = [way["operationId"] for ways in document["paths"].values() for way in ways.values()]
    assert len(set(names)) == len(names)
    assert all(way["summary"] for ways in document["paths"].values() for way in ways.values())


def test_every_reference_leads_somewhere(client: Client) -> None:
    document = client.get("/api/openapi.json").json()
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= known


def test_it_says_what_is_checked(client: Client) -> None:
    document = client.get("/api/openapi.json").json()
    (name,) = document["paths"]["/api/runs/{run}"]["get"]["parameters"]
    assert (name["name"], name["in"], name["required"]) == ("run", "path", True)
    schema = document["components"]["schemas"]["Pictures"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["pictures"]["maxItems"] > 0
