"""A client of an ASGI application in the same process: requests in, whole answers out."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

__all__ = ["Answer", "Client"]


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


class Client:
    """Asks an application; what it says is all that is said, nothing is added but the host.

    Parameters
    ----------
    application : ASGI application
    host : str
    headers : dict
        Of every request.
    """

    def __init__(self, application: Any, host: str, headers: dict[str, str] | None = None) -> None:
        self.application, self.host, self.headers = application, host, headers or {}

    def get(self, path: str, **more: Any) -> Answer:
        return self.ask("GET", path, **more)

    def post(self, path: str, **more: Any) -> Answer:
        return self.ask("POST", path, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        return self.ask("DELETE", path, **more)

    def ask(
        self,
        method: str,
        path: str,
        *,
        json_: Any = None,
        content: bytes = b"",
        headers: dict[str, str] | None = None,
        most: int | None = None,
    ) -> Answer:
        """Return the answer of one request.

        Parameters
        ----------
        method, path : str
            The path with its query.
        json_ : object, optional
            Is sent as JSON.
        content : bytes
            Is sent as it is.
        headers : dict, optional
            Beside those of every request, or in their place; None leaves one out.
        most : int, optional
            Go away after this number of parts of the answer, as of a stream that does not end.
        """
        if json_ is not None:
            content = json.dumps(json_).encode()
            headers = {"content-type": "application/json", **(headers or {})}
        sent = {"host": self.host, **self.headers, **(headers or {})}
        parts = urlsplit(path)
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
            "scheme": "http", "path": parts.path, "raw_path": quote(parts.path, safe="/%").encode(),
            "query_string": parts.query.encode(), "root_path": "",
            "headers": [(k.lower().encode(), v.encode()) for k, v in sent.items() if v is not None],
            "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 80), "state": {},
        }  # fmt: skip
        return asyncio.run(self._asked(scope, content, most))

    async def _asked(self, scope: dict[str, Any], content: bytes, most: int | None) -> Answer:
        status, headers, found = 0, {}, []
        given, gone = [{"type": "http.request", "body": content}], asyncio.Event()

        async def receive() -> dict[str, Any]:
            if given:
                return given.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers.update({k.decode(): v.decode() for k, v in message["headers"]})
            elif message.get("body"):
                found.append(message["body"])
                if most is not None and len(found) >= most:
                    gone.set()

        await asyncio.wait_for(self.application(scope, receive, send), 120)
        return Answer(status, headers, b"".join(found))
