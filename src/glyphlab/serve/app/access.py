"""Who may ask: the names of the server, the pages it answers to, and the token.

A page of a stranger cannot use the studio through a visitor's browser: its Origin is another, a
name that it has changed to point here is no name of the server, and the cookie stays away. The
owner has a token of his own, which counts on this machine alone.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable, Collection, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["OPEN", "TOKEN", "Access", "is_owner"]

TOKEN = "token"
"""The key of an address that holds it."""
OPEN = "/static/"
"""What is not secret: styles and scripts, of the page that says that the token is missing too."""
_OWNER = "glyphlab.owner"
"""The key of a scope that says whether its owner asks; no request can send one."""


class Access:
    """Lets a request in, or answers 403 with the reason.

    Parameters
    ----------
    application : ASGI application
    token : str
        Lets a request in.
    owner : str, optional
        Another token, which makes a request from this machine the owner's. The address alone does
        not: who comes through a proxy on this machine, or is another of its users, has it too.
    hosts : collection of str
        What the Host header may be, port included.
    cookie : str
        Name of the cookie that holds the token after the first visit. Browsers give cookies to
        every port of a machine, so that two studios need two names.
    refuse : callable
        Makes the response of a status and a sentence.
    """

    def __init__(
        self,
        application: ASGIApp,
        *,
        token: str,
        owner: str | None = None,
        hosts: Collection[str],
        cookie: str,
        refuse: Callable[[Scope, int, str], Response],
    ) -> None:
        self.application, self.token, self.owner = application, token, owner
        self.hosts = frozenset(host.lower() for host in hosts)
        self.cookie, self.refuse = cookie, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.application(scope, receive, send)
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            return
        scope[_OWNER] = self._is_owner(scope)
        answer = self._refusal(scope) or self._first_visit(scope)
        await (answer or self.application)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self.hosts or len(headers.getlist("host")) != 1:
            return self.refuse(scope, 403, "this is not the studio's address: open the one that "
                               "its terminal shows")  # fmt: skip
        origin = headers.get("origin")
        if origin is not None and not self._is_own(origin):
            return self.refuse(scope, 403, "a page from elsewhere asks: only the studio's own may")
        if scope["path"].startswith(OPEN):
            return None
        if not any(map(self._known, self._tokens(scope, headers))):
            return self.refuse(scope, 403, "the token is missing or another one: open the address "
                               "with ?token=… that the studio's terminal shows")  # fmt: skip
        return None

    def _is_own(self, origin: str) -> bool:
        try:
            parts = urlsplit(origin.lower())
        except ValueError:
            return False
        return parts.scheme == "http" and parts.netloc in self.hosts

    def _known(self, said: str) -> str | None:
        """Return the token that a request says, or None where it is none of ours."""
        for token in (self.owner, self.token):
            if token is not None and _same(said, token):
                return token
        return None

    def _is_owner(self, scope: Scope) -> bool:
        if self.owner is None or not _is_from_here(scope):
            return False
        return any(_same(said, self.owner) for said in self._tokens(scope, Headers(scope=scope)))

    def _tokens(self, scope: Scope, headers: Headers) -> list[str]:
        """Return what a request says is the token: in its address, its cookie or its header."""
        found = [value for key, value in _query(scope) if key == TOKEN]
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            found.append(bearer.strip())
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            morsel = None
        return [*found, *([morsel.value] if morsel is not None else [])]

    def _first_visit(self, scope: Scope) -> Response | None:
        """Put the token into a cookie and take it out of the address, which others may see."""
        query = _query(scope)
        if scope["method"] not in ("GET", "HEAD") or scope["path"].startswith(("/api/", OPEN)):
            return None
        if not any(key == TOKEN for key, _ in query):
            return None
        kept = urlencode([(key, value) for key, value in query if key != TOKEN])
        # one slash: two at the beginning would name another server
        path = "/" + scope["raw_path"].decode("latin-1").split("?")[0].lstrip("/\\")
        answer = RedirectResponse(path + (f"?{kept}" if kept else ""), status_code=303)
        known = filter(None, map(self._known, self._tokens(scope, Headers(scope=scope))))
        answer.set_cookie(self.cookie, next(known), httponly=True, samesite="strict", path="/")
        return answer


def is_owner(scope: Mapping[str, Any]) -> bool:
    """Whether the owner asks, at the machine itself; `Access` finds it out."""
    return bool(scope.get(_OWNER, False))


def _same(said: str, token: str) -> bool:
    return secrets.compare_digest(said.encode("utf-8", "replace"), token.encode())


def _is_from_here(scope: Scope) -> bool:
    """Whether the connection itself comes from this machine, whatever headers say of it."""
    client, server = scope.get("client"), scope.get("server")
    if not client:
        return False
    if server and client[0] == server[0]:  # a machine that asks itself by its own address
        return True
    try:
        address = ipaddress.ip_address(client[0])
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _query(scope: Scope) -> list[tuple[str, str]]:
    try:
        return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True,
                         max_num_fields=200)  # fmt: skip
    except ValueError:
        return []
