"""Where the studio listens, and the addresses that lead there."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import uvicorn

from glyphlab._common.errors import UsageError
from glyphlab.serve.app.application import application
from glyphlab.serve.app.studio import Studio

__all__ = ["LOCAL", "Listening", "is_local", "listening"]

LOCAL = "127.0.0.1"
_LOCAL_NAMES = (LOCAL, "localhost", "::1")
_EVERY = ("0.0.0.0", "::")
"""Addresses that mean every one of this machine."""
_BACKLOG = 128
_CONNECTIONS = 512
_GRACE = 3
"""Seconds that requests have to end once the studio closes."""


@dataclass(frozen=True)
class Listening:
    """A studio that is ready to answer.

    Attributes
    ----------
    address : str
        For a browser of this machine, with the owner's token.
    others : tuple of str
        For other machines, with the token of visitors; empty where only this one is answered.
    server : uvicorn.Server
    socket : socket.socket
    """

    address: str
    others: tuple[str, ...]
    server: uvicorn.Server
    socket: socket.socket

    def run(self) -> None:
        """Answer until a signal ends it, or `stop` does."""
        self.server.run(sockets=[self.socket])

    def stop(self) -> None:
        """End `run`, from another thread."""
        self.server.should_exit = True


def is_local(host: str) -> bool:
    """Whether nobody from another machine can reach that address."""
    return host in _LOCAL_NAMES


@contextlib.contextmanager
def listening(
    studio: Studio, *, host: str = LOCAL, port: int | None = None, token: str | None = None
) -> Iterator[Listening]:
    """Open a studio's socket, and close both when the block ends.

    Parameters
    ----------
    studio : Studio
    host : str
        An address or a name of this machine; ``0.0.0.0`` are all of them.
    port : int, optional
        By default a free one.
    token : str, optional
        Of the owner, by default a new one; visitors have a new one of their own.

    Raises
    ------
    UsageError
        Where the port is in use, or the host is no address of this machine.
    """
    token = token or secrets.token_urlsafe(18)
    visitors = token if is_local(host) else secrets.token_urlsafe(18)
    with contextlib.closing(studio), contextlib.closing(_opened(host, port or 0)) as opened:
        number = opened.getsockname()[1]
        names = _names(host)
        hosts = {f"{_in_address(name)}:{number}" for name in (*names, *_always(host))}
        hosts |= {name.rpartition(":")[0] for name in hosts} if number == 80 else set()
        made = application(
            studio, token=visitors, owner=token, hosts=hosts, cookie=f"glyphlab-{number}"
        )
        config = uvicorn.Config(
            made, log_config=None, access_log=False, lifespan="off",
            loop="asyncio", http="h11", ws="none", server_header=False, date_header=False,
            timeout_graceful_shutdown=_GRACE, proxy_headers=False, limit_concurrency=_CONNECTIONS,
        )  # fmt: skip
        own = _address(LOCAL if host in _EVERY else names[0], number, token)
        addresses = tuple(_address(name, number, visitors) for name in names)
        others = () if is_local(host) else addresses
        yield Listening(own, others, _Server(config, studio), opened)


class _Server(uvicorn.Server):
    """Ends streams first, which would otherwise be waited for."""

    def __init__(self, config: uvicorn.Config, studio: Studio) -> None:
        super().__init__(config)
        self.studio = studio

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.studio.closing = True
        await super().shutdown(sockets)


def _opened(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise UsageError(
            f"--host {host}: no such address or name: give one of this machine, or 0.0.0.0"
        ) from error
    family, kind, protocol, _, address = found[0]
    opened = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it lets two servers have one port
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(_BACKLOG)  # from now on the port is ours
    except OSError as error:
        opened.close()
        if error.errno == errno.EADDRINUSE:
            raise UsageError(
                f"port {port} is in use: name another, or leave --port out for a free one"
            ) from error
        if error.errno == errno.EACCES:
            raise UsageError(f"port {port} is not for users: name one from 1024") from error
        raise UsageError(
            f"--host {host}: {error.strerror}: give an address of this machine, or 0.0.0.0"
        ) from error
    return opened


def _names(host: str) -> list[str]:
    """Return what browsers may call the server, the name to print first."""
    if host not in _EVERY:
        return [host]
    return [*_own_addresses(), socket.gethostname().lower()]


def _always(host: str) -> list[str]:
    """Return names of this machine by which it may ask itself."""
    try:
        one = ipaddress.ip_address(host)
    except ValueError:
        return ["localhost", LOCAL] if host == "localhost" else []
    return ["localhost", LOCAL] if one.is_loopback or one.is_unspecified else []


def _own_addresses() -> list[str]:
    """Return the addresses by which other machines reach this one, the likeliest first."""
    found: list[str] = []
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.connect(("192.0.2.1", 9))  # which sends nothing, and chooses a way
        found.append(asked.getsockname()[0])
    with contextlib.suppress(OSError):
        found += [str(one[4][0]) for one in socket.getaddrinfo(socket.gethostname(), None,
                                                               socket.AF_INET)]  # fmt: skip
    return list(dict.fromkeys(one for one in found if not one.startswith("127."))) or [LOCAL]


def _address(name: str, port: int, token: str) -> str:
    return f"http://{_in_address(name)}:{port}/?token={token}"


def _in_address(name: str) -> str:
    return f"[{name}]" if ":" in name else name
