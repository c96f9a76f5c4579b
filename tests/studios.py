"""Clients of a studio in the same process, and every request that it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asgi_client import Client
from glyphlab.serve.app.application import application
from glyphlab.serve.app.areas import Endpoint
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.views.areas_in_order import AREAS

__all__ = ["HOST", "TOKEN", "address_of", "client_of", "endpoints"]

TOKEN = "the-token"
HOST = "studio.test:8000"


def client_of(studio: Studio, token: str | None = TOKEN, host: str = HOST) -> Client:
    """Return a client that has the token."""
    made = application(studio, token=TOKEN, hosts=[HOST], cookie="glyphlab-8000")
    return Client(made, host, {} if token is None else {"authorization": f"Bearer {token}"})


def endpoints() -> Iterator[Endpoint]:
    """Yield everything that a studio answers."""
    for area in AREAS:
        yield from area.endpoints


def address_of(endpoint: Endpoint, name: str = "nothing") -> str:
    """Return an address of an endpoint, with a name in each of its places."""
    return re.sub(r"\{\w+\}", name, endpoint.path)
