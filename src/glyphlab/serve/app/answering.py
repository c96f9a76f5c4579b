"""From a request to its answer: checked, done in a pool, and turned into a response."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from glyphlab._common.errors import GlyphlabError
from glyphlab._common.untrusted import Unreadable, parse_json
from glyphlab.serve.app.access import TOKEN, is_owner
from glyphlab.serve.app.areas import Content, Endpoint, Followed, Upload
from glyphlab.serve.app.page_templates import page_text
from glyphlab.serve.app.refusals import Refused, refusal_of

if TYPE_CHECKING:
    from glyphlab.serve.app.studio import Studio

__all__ = ["POLICY", "answer", "refused"]

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'self'"
)
"""Nothing from elsewhere, and nothing that is written within a page."""
_LATE = 20.0
"""Seconds in which a body must be here."""
_EVERY = 0.4
"""Seconds between two questions whether there is something new to say."""
_ALIVE = 15.0
"""Seconds after which a stream without news says that it lives."""
AFTER = "after"
"""The key of an address that says the last event that was heard, as ``Last-Event-ID`` does."""
STREAMS = 64
"""That are open at once."""


async def answer(studio: Studio, endpoint: Endpoint, request: Request) -> Response:
    """Answer a request, whatever happens."""
    try:
        return await _answer(studio, endpoint, request)
    except ClientDisconnect:
        return Response(status_code=400)
    except asyncio.CancelledError:
        if not studio.closing:
            raise
        return refused(studio, request.scope, Refused(503, "the studio is being closed"))
    except Exception as error:
        return refused(studio, request.scope, refusal_of(error))


async def _answer(studio: Studio, endpoint: Endpoint, request: Request) -> Response:
    read_only = _only_shows(studio, request.scope)
    if endpoint.changes and read_only:
        raise Refused(403, "this studio only shows: start it with --allow-training to let visitors "
                      "start, stop and delete")  # fmt: skip
    values: dict[str, Any] = {"studio": studio, "read_only": read_only}
    if endpoint.given is not None:
        values["given"] = _checked(endpoint.given, _said_in_address(request, endpoint))
    elif unknown := set(request.query_params) - _beside(endpoint):
        raise Refused(422, f"unknown key '{min(unknown)}' in the address: there are none")
    if endpoint.body is not None:
        content = await _body(request, endpoint.bytes)
        values["body"] = _parsed(endpoint, content, request.headers.get("content-type", ""))
    wanted = inspect.signature(endpoint.handler).parameters
    if "after" in wanted:
        values["after"] = _last_heard(request)
    work = {name: value for name, value in values.items() if name in wanted}
    found = await studio.pools.run(
        endpoint.pool, lambda: _done(studio, endpoint, work, read_only),
        seconds=endpoint.seconds,
    )  # fmt: skip
    return found if isinstance(found, Response) else _stream(studio, request, found)


def _only_shows(studio: Studio, scope: Mapping[str, Any]) -> bool:
    return studio.settings.read_only and not is_owner(scope)


def _done(
    studio: Studio, endpoint: Endpoint, work: Mapping[str, Any], read_only: bool
) -> Response | Followed:
    """Do the work of a request, in a thread, down to the bytes of its answer."""
    found = endpoint.handler(**work)
    if endpoint.kind == "stream":
        followed: Followed = found
        return followed
    if endpoint.kind == "page":
        return _html(studio.said(page_text(studio, endpoint, found, read_only=read_only)))
    if isinstance(found, Content):
        content: bytes | str = found.content
        if studio.settings.own_folders and found.media.startswith("text/"):
            content = studio.said(found.content.decode(errors="replace"))
        answer = Response(content, media_type=found.media)
        _protect(answer, found.policy)
        return answer
    assert isinstance(found, BaseModel)
    answer = Response(studio.said(found.model_dump_json()), media_type="application/json")
    _protect(answer)
    return answer


def refused(studio: Studio, scope: Mapping[str, Any], refusal: Refused) -> Response:
    """Return the answer of a request that gets none: a page for people, JSON for programs."""
    reason = studio.said(str(refusal))
    if str(scope["path"]).startswith("/api/"):
        answer = Response(
            json.dumps({"error": reason}),
            status_code=refusal.status, media_type="application/json",
        )  # fmt: skip
        _protect(answer)
        return answer
    read_only = _only_shows(studio, scope)
    answer = _html(page_text(studio, None, {"reason": reason}, read_only=read_only))
    answer.status_code = refusal.status
    return answer


def _html(text: str) -> Response:
    answer = Response(text, media_type="text/html; charset=utf-8")
    _protect(answer)
    return answer


def _protect(answer: Response, policy: str | None = None) -> None:
    answer.headers["content-security-policy"] = policy or POLICY
    answer.headers["x-content-type-options"] = "nosniff"
    answer.headers["referrer-policy"] = "same-origin"
    answer.headers["cross-origin-resource-policy"] = "same-origin"
    answer.headers["cache-control"] = "no-store"


def _said_in_address(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    """Return what path and query say; a key that may have several values has a list."""
    query, beside = request.query_params, _beside(endpoint)
    several = frozenset[str]() if endpoint.given is None else _lists(endpoint.given)
    found: dict[str, Any] = {
        key: query.getlist(key) if key in several else query[key]
        for key in query
        if key not in beside
    }
    return found | dict(request.path_params)


@functools.cache
def _lists(model: type[BaseModel]) -> frozenset[str]:
    """Return the keys of a model that hold several values."""
    keys = model.model_json_schema().get("properties", {})
    return frozenset(name for name, one in keys.items() if one.get("type") == "array")


def _beside(endpoint: Endpoint) -> set[str]:
    """Return what an address may say of any endpoint of its kind."""
    return {TOKEN, AFTER} if endpoint.kind == "stream" else {TOKEN}


def _checked(model: type[BaseModel], content: Any) -> BaseModel:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise Refused(422, _words(error)) from error


def _words(error: ValidationError) -> str:
    said = []
    for one in error.errors(include_url=False, include_context=False)[:3]:
        key = ".".join(map(str, one["loc"])) or "the document"
        message = one["msg"].removeprefix("Value error, ")  # pydantic puts it before our own
        said.append(f"{key}: {message[:1].lower()}{message[1:]}")
    return "; ".join(said)


async def _body(request: Request, most: int) -> bytes:
    """Return the body of a request, which is neither too large nor too slow."""
    too_large = Refused(413, f"the body has more than {most:,} bytes: send less")
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) > most:
        raise too_large
    parts, size = [], 0
    try:
        async with asyncio.timeout(_LATE):
            async for part in request.stream():
                size += len(part)
                if size > most:
                    raise too_large
                parts.append(part)
    except TimeoutError:
        raise Refused(408, f"the body did not arrive within {_LATE:g} seconds") from None
    return b"".join(parts)


def _parsed(endpoint: Endpoint, content: bytes, media: str) -> Any:
    kind = media.split(";")[0].strip().lower()
    if endpoint.body is Upload:
        if endpoint.takes and kind not in endpoint.takes:
            raise Refused(415, f"the body is '{kind}', expected {' or '.join(endpoint.takes)}")
        return Upload(content, kind)
    if kind != "application/json":
        raise Refused(415, f"the body is '{kind}', expected application/json")
    assert endpoint.body is not None
    assert issubclass(endpoint.body, BaseModel)
    try:
        found = parse_json(content, "the body")
    except Unreadable as error:
        raise Refused(400, str(error)) from error
    return _checked(endpoint.body, found)


def _last_heard(request: Request) -> int:
    said = request.headers.get("last-event-id", request.query_params.get(AFTER, ""))
    return int(said) if said.isdecimal() and said.isascii() and len(said) < 12 else 0


def _stream(studio: Studio, request: Request, followed: Followed) -> Response:
    if studio.streams >= STREAMS:
        raise Refused(429, f"{STREAMS} pages follow something already: close some")
    answer = StreamingResponse(_said(studio, request, followed), media_type="text/event-stream")
    _protect(answer)
    return answer


def _news(followed: Followed) -> list[str]:
    """Return what is new as a stream writes it."""
    return [
        f"id: {event.number}\nevent: {event.name}\n"
        f"data: {json.dumps(event.data, separators=(',', ':'), allow_nan=False)}\n\n"
        for event in followed.more()
    ]


async def _said(studio: Studio, request: Request, followed: Followed) -> AsyncIterator[str]:
    """Yield the events of a stream until it ends, the browser goes, or the studio closes."""
    studio.streams += 1
    try:
        yield "retry: 2000\n\n"
        quiet = 0.0
        while not studio.closing:
            news = await studio.pools.run("files", _news, followed, seconds=30)
            for text in news:
                yield studio.said(text)
            if followed.ended:
                return
            quiet = 0.0 if news else quiet + _EVERY
            if quiet >= _ALIVE:
                yield ": still here\n\n"
                quiet = 0.0
            if await request.is_disconnected():
                return
            await asyncio.sleep(_EVERY)
    except GlyphlabError:
        return  # the browser comes back, and is told by an answer what is wrong
    finally:
        studio.streams -= 1
