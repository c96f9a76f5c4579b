"""Who may ask: the names of the server, the pages it answers to, and the token.

A page of a stranger cannot use the studio through a visitor's browser: its Origin is another, a
name that it has changed to point here is no name of the server, and the cookie stays away.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["OPEN", "TOKEN", "Access"]

TOKEN = "token"
"""The key of an address that holds it."""
OPEN = "/static/"
"""What is not secret: styles and scripts, of the page that says that the token is missing too."""


class Access:
    """Lets a request in, or answers 403 with the reason.

    Parameters
    ----------
    application : ASGI application
    token : str
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
        hosts: Collection[str],
        cookie: str,
        refuse: Callable[[Scope, int, str], Response],
    ) -> None:
        self.application, self.token = application, token
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
        if not any(map(self._is_token, self._tokens(scope, headers))):
            return self.refuse(scope, 403, "the token is missing or another one: open the address "
                               "with ?token=… that the studio's terminal shows")  # fmt: skip
        return None

    def _is_own(self, origin: str) -> bool:
        try:
            parts = urlsplit(origin.lower())
        except ValueError:
            return False
        return parts.scheme == "http" and parts.netloc in self.hosts

    def _is_token(self, said: str) -> bool:
        return secrets.compare_digest(said.encode("utf-8", "replace"), self.token.encode())

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
        answer.set_cookie(self.cookie, self.token, httponly=True, samesite="strict", path="/")
        return answer


def _query(scope: Scope) -> list[tuple[str, str]]:
    try:
        return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True,
                         max_num_fields=200)  # fmt: skip
    except ValueError:
        return []
