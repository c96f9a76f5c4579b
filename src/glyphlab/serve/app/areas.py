"""An area of the studio: its place in the navigation, its pages, and what it answers.

An area is one module with one `Area`, and a line in `serve.views.areas_in_order`. Functions become
endpoints by a decorator; the types of their parameters are what requests are checked against and
what the OpenAPI document shows, and their docstring is its description.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol, TypeVar, get_type_hints

from pydantic import BaseModel, Field, StringConstraints

from glyphlab._common.typed import TypedDocument

__all__ = [
    "BODY_BYTES",
    "NAME",
    "Area",
    "Content",
    "Endpoint",
    "Followed",
    "Given",
    "OfRun",
    "ServerEvent",
    "Upload",
]

BODY_BYTES = 64 << 10
"""Of a request, unless its endpoint says more."""
NAME = r"^[^/\\\x00-\x1f.][^/\\\x00-\x1f]*$"
"""What a name in an address can be: never a path, and never hidden."""

Pool = Literal["files", "compute", "figures"]
"""Where the work of a request is done: several at once read files; one asks models; one draws."""
Method = Literal["GET", "POST", "DELETE"]
Handler = TypeVar("Handler", bound=Callable[..., Any])


class Given(TypedDocument):
    """What a request says in its address, or as a JSON document; no other key is taken."""


class OfRun(Given):
    """A request about one run."""

    run: Annotated[str, StringConstraints(max_length=255, pattern=NAME)] = Field(
        description="The name of a run's folder."
    )


@dataclass(frozen=True)
class Upload:
    """The body of a request as it came, where that is no JSON."""

    content: bytes
    media: str


@dataclass(frozen=True)
class Content:
    """An answer that is no JSON: a picture, a table, a page.

    Attributes
    ----------
    content : bytes
    media : str
        Its media type, such as ``text/csv``.
    policy : str or None
        Content security policy in the place of the studio's own.
    """

    content: bytes
    media: str
    policy: str | None = None


@dataclass(frozen=True)
class ServerEvent:
    """What a stream says.

    Attributes
    ----------
    name : str
        As the page listens to it.
    data : mapping
        What JSON can hold.
    number : int
        A browser that comes back says the last one that it heard.
    """

    name: str
    data: Mapping[str, Any]
    number: int


class Followed(Protocol):
    """What a stream follows; asked again and again, in a thread."""

    def more(self) -> list[ServerEvent]:
        """Return what is new."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""


@dataclass(frozen=True)
class Endpoint:
    """One thing that the studio answers.

    Attributes
    ----------
    method, path : str
        As Starlette writes paths: ``/api/runs/{run}``.
    handler : callable
        ``(studio, given, body, read_only)``, of these what its parameters name.
    kind : {'page', 'data', 'stream'}
        A page is a template filled with the mapping that the handler returns. Data are a model of
        pydantic's, or `Content`. A stream is a `Followed`.
    given, body : type or None
        What the address and the body are checked against.
    answer : type or None
        Of the JSON that is answered; None where it is a `Content`.
    media : tuple of str
        Media types of a `Content`, or of an `Upload` for the body.
    changes : bool
        Whether it starts, stops, writes or deletes something: refused where the studio only shows.
    pool, seconds, bytes
        Where it works, how long it may, and how large its body may be.
    template, title, script : str
        Of a page; the script is a module of ``static``.
    """

    method: Method
    path: str
    handler: Callable[..., Any]
    kind: Literal["page", "data", "stream"]
    given: type[Given] | None = None
    body: type[BaseModel] | type[Upload] | None = None
    answer: type[BaseModel] | None = None
    media: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    changes: bool = False
    pool: Pool = "files"
    seconds: float = 30.0
    bytes: int = BODY_BYTES
    template: str = ""
    title: str = ""
    script: str = ""

    @property
    def about(self) -> str:
        """What it does: the handler's docstring."""
        return inspect.getdoc(self.handler) or ""


@dataclass
class Area:
    """A part of the studio.

    Parameters
    ----------
    name : str
        One word; styles and tests use it.
    title : str
        Of its entry in the navigation; empty where it has none.
    path : str
        Where that entry leads.
    """

    name: str
    title: str = ""
    path: str = ""
    endpoints: list[Endpoint] = field(default_factory=list)

    def page(
        self, path: str, *, title: str, template: str, script: str = "", **more: Any
    ) -> Callable[[Handler], Handler]:
        """Make a page of a function that returns what its template asks for."""
        return self._add(
            "GET", path, kind="page", title=title, template=template, script=script, **more
        )

    def get(self, path: str, **more: Any) -> Callable[[Handler], Handler]:
        """Answer with what a function returns."""
        return self._add("GET", path, kind="data", **more)

    def post(self, path: str, **more: Any) -> Callable[[Handler], Handler]:
        """Answer a request with a body; one that starts, stops or deletes says ``changes=True``."""
        return self._add("POST", path, kind="data", **more)

    def delete(self, path: str, **more: Any) -> Callable[[Handler], Handler]:
        """Delete something."""
        return self._add("DELETE", path, kind="data", changes=True, **more)

    def stream(self, path: str, **more: Any) -> Callable[[Handler], Handler]:
        """Send server-sent events, as the `Followed` says them that a function returns.

        The function may take ``after``: the number of the last event that the browser heard, or 0.
        """
        return self._add("GET", path, kind="stream", media=("text/event-stream",), **more)

    def _add(self, method: Method, path: str, **more: Any) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            types = get_type_hints(handler)
            returned = types.get("return")
            answer = returned if _is_model(returned) else None
            self.endpoints.append(
                Endpoint(
                    method, path, handler, given=types.get("given"), body=types.get("body"),
                    answer=answer, **more,
                )
            )  # fmt: skip
            return handler

        return add


def _is_model(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, BaseModel)
