"""Where a studio listens, what it is called there, and that it ends."""

from __future__ import annotations

import http.client
import shutil
import threading
from pathlib import Path

import pytest

from glyphlab._common.errors import UsageError
from glyphlab.serve.app.listening import Listening
from glyphlab.serve.app.starting import open_studio
from trained import digits_run


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(digits_run().path, tmp_path / digits_run().name)
    return tmp_path


def ask(opened: Listening, method: str, path: str, host: str | None = None) -> tuple[int, bytes]:
    """Return the answer to one request that names another host in its head."""
    port = opened.socket.getsockname()[1]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    token = opened.address.partition("=")[2]
    headers = {"authorization": f"Bearer {token}", "host": host or f"127.0.0.1:{port}"}
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_it_answers_this_machine_until_it_is_stopped(root: Path) -> None:
    with open_studio(root) as opened:
        thread = threading.Thread(target=opened.run)
        thread.start()
        port = opened.socket.getsockname()[1]
        assert opened.others == ()
        assert ask(opened, "GET", "/api/health")[0] == 200
        assert ask(opened, "GET", "/api/health", f"localhost:{port}")[0] == 200
        assert ask(opened, "GET", "/api/health", f"evil.test:{port}")[0] == 403
        assert ask(opened, "GET", "/api/health", "127.0.0.1:1")[0] == 403
        opened.stop()
        thread.join(20)
        assert not thread.is_alive()


def test_a_stream_that_is_open_keeps_it_from_nothing(root: Path) -> None:
    with open_studio(root) as opened:
        thread = threading.Thread(target=opened.run)
        thread.start()
        port = opened.socket.getsockname()[1]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", f"/api/runs/events?{opened.address.partition('?')[2]}")
        assert connection.getresponse().read1(20)
        opened.stop()
        thread.join(10)
        assert not thread.is_alive()
        connection.close()


def test_to_a_classroom_it_only_shows(root: Path) -> None:
    with open_studio(root, host="0.0.0.0") as opened:
        thread = threading.Thread(target=opened.run)
        thread.start()
        assert opened.address == opened.others[0]
        status, said = ask(opened, "DELETE", f"/api/runs/{digits_run().name}")
        assert (status, b"--allow-training" in said) == (403, True)
        assert (root / digits_run().name).exists()
        opened.stop()
        thread.join(20)


def test_what_visitors_may_is_said_where_there_are_any(root: Path) -> None:
    for host in ("127.0.0.1", "localhost"):
        with (
            pytest.raises(UsageError, match="add --host"),
            open_studio(root, host=host, allow_training=True),
        ):
            pass
