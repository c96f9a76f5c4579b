"""The application: every endpoint of every area, behind what lets requests in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from glyphlab.serve.app.access import Access
from glyphlab.serve.app.answering import answer, refused
from glyphlab.serve.app.areas import Endpoint
from glyphlab.serve.app.refusals import Refused, refusal_of
from glyphlab.serve.app.static_files import StaticFile, static_files
from glyphlab.serve.app.studio import Studio

__all__ = ["application"]

_SAID = {404: "there is no such page", 405: "this address is not asked in that way"}


def application(
    studio: Studio, *, token: str, owner: str | None = None, hosts: Collection[str], cookie: str
) -> Access:
    """Return the ASGI application of a studio.

    Parameters
    ----------
    studio : Studio
    token, owner, hosts, cookie
        As `Access` takes them.
    """
    pages = [one for area in studio.areas for one in area.endpoints]
    routes = [_route(studio, one) for one in pages]
    routes += [_static(path, file) for path, file in static_files().items()]
    first = next(area.path for area in studio.areas if area.path)
    routes.append(Route("/", lambda _request: RedirectResponse(first, status_code=303)))
    made = Starlette(
        routes=routes,
        exception_handlers={
            HTTPException: lambda request, error: _not_found(studio, request, error),
        },
    )
    made.router.redirect_slashes = False  # an address is right as it is, or there is no such page
    return Access(
        made, token=token, owner=owner, hosts=hosts, cookie=cookie,
        refuse=lambda scope, status, reason: refused(studio, scope, Refused(status, reason)),
    )  # fmt: skip


def _route(studio: Studio, endpoint: Endpoint) -> Route:
    async def asked(request: Request) -> Response:
        return await answer(studio, endpoint, request)

    return Route(endpoint.path, asked, methods=[endpoint.method])


def _static(path: str, file: StaticFile) -> Route:
    async def asked(request: Request) -> Response:
        known = request.headers.get("if-none-match") == file.tag
        return Response(
            b"" if known else file.content, status_code=304 if known else 200,
            media_type=file.media,
            headers={"etag": file.tag, "cache-control": "no-cache",
                     "x-content-type-options": "nosniff"},
        )  # fmt: skip

    return Route(path, asked)


def _not_found(studio: Studio, request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return refused(studio, request.scope, refusal_of(error))
    said: Any = _SAID.get(error.status_code, error.detail)
    return refused(studio, request.scope, Refused(error.status_code, str(said)))
